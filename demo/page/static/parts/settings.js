// The settings as a form, the buttons that train, and the link to share.

import { make } from '../core/dom.js';
import { copy } from '../core/fields.js';
import { packed } from '../core/files.js';
import { formIs, summaryOf, textOf, tooLarge } from '../core/form.js';

const COMMON = ['data', 'words', 'table', 'sha', 'order', 'k', 'steps', 'lr', 'l2', 'seed'];

export default function settings(root, { value, page }) {
  const { fields } = value;
  const inputs = Object.fromEntries(fields.map((field) => [field.key, control(field)]));
  const boxes = Object.fromEntries(fields.map((field) => [field.key, wrap(field, inputs[field.key])]));
  const help = make('p', { class: 'help', id: 'setting_help' });

  const train = button('train', 'Train', 'primary');
  train.type = 'submit';
  const stop = button('stop', 'Stop');
  const reset = button('reset', 'Reset');
  const newSeed = button('new_seed', 'New seed');
  const status = make('p', { id: 'status', role: 'status' });

  const upload = make('input', { type: 'file', id: 'upload' });
  const what = make('span');
  const uploads = make('label', { class: 'field wide', id: 'uploads' }, what, upload);
  const about = make('p', { class: 'about' }, 'No table is uploaded yet.');
  boxes.table.append(about);

  const group = (name) => fields.filter((field) => field.group === name).map((field) => boxes[field.key]);
  const rare = fields.filter((field) => field.group !== 'share' && !COMMON.includes(field.key)).map(({ key }) => key);
  const more = make('details', { id: 'more' }, make('summary', {}, 'More settings'));
  more.append(make('div', { class: 'grid' }, ...rare.map((key) => boxes[key])));

  const link = make('input', { id: 'link', readonly: '', 'aria-label': 'Link of this experiment' });
  const copyLink = button('copy', 'Copy');
  const copied = make('p', { class: 'help', role: 'status' });
  const qr = make('div', { id: 'qr' });
  const showQr = button('show_qr', 'QR code');
  const fullScreen = button('full_screen', 'Full screen');
  const share = make('details', { id: 'share' }, make('summary', {}, 'Share'));
  share.append(
    make('div', { class: 'pair' }, link, copyLink),
    copied,
    make('div', { class: 'grid' }, ...group('share')),
    make('div', { class: 'pair' }, showQr, fullScreen),
    qr,
  );

  const summary = make('summary', {});
  const folded = make('details', { id: 'fields' }, summary);
  const common = COMMON.map((key) => boxes[key]);
  common.splice(COMMON.indexOf('sha') + 1, 0, uploads);
  folded.append(make('div', { class: 'grid' }, ...common), more, help, share);

  const form = make('form', { id: 'form', novalidate: '', autocomplete: 'off' });
  const buttons = make('div', { class: 'buttons' }, train, reset, newSeed, stop);
  form.append(buttons, status, folded);
  root.append(form);

  // ---- what a setting is typed into

  function control({ key, kind, choices, min, max }) {
    if (kind === 'choice') {
      return make('select', { name: key }, ...choices.map(([words, one]) => make('option', { value: one }, words)));
    }
    if (kind === 'text' && key === 'words') return make('textarea', { name: key, rows: 4, spellcheck: 'false' });
    if (kind === 'table') return make('input', { name: key, type: 'hidden' });
    if (kind === 'parts') {
      const parts = choices.map(([words, one]) =>
        make('label', { class: 'choice' }, make('input', { type: 'checkbox', name: key, value: one }), ` ${words}`),
      );
      return make('div', { class: 'parts', role: 'group', 'aria-label': 'hidden parts' }, ...parts);
    }
    const number = kind === 'whole' || kind === 'real';
    const mode = kind === 'real' ? 'decimal' : kind === 'text' ? null : 'numeric';
    return make('input', { name: key, type: 'text', inputmode: mode, 'data-number': number ? '' : null, min, max });
  }

  function wrap(field, input) {
    const label = make(field.kind === 'parts' ? 'div' : 'label', { class: 'field', id: `setting-${field.key}` });
    const title = [field.help, field.formula].filter(Boolean).join(': ');
    if (['data', 'words', 'table', 'sha', 'hide'].includes(field.key)) label.classList.add('wide');
    label.title = title;
    label.append(make('span', { class: 'name' }, field.label), input);
    label.addEventListener('focusin', () => (help.textContent = `${field.label}: ${title}.`));
    return label;
  }

  function button(id, words, kind = '') {
    return make('button', { id, type: 'button', class: kind }, words);
  }

  // ---- reading and filling

  function read() {
    return Object.fromEntries(fields.map((field) => [field.key, valueOf(field)]));
  }

  function valueOf({ key, kind, choices }) {
    const input = inputs[key];
    if (kind === 'parts') return [...input.querySelectorAll(':checked')].map((box) => box.value).join(',');
    if (kind === 'choice') return choices[input.selectedIndex]?.[1] ?? input.value;
    return formIs(kind, input.value);
  }

  function fill(values) {
    for (const { key, kind } of fields) {
      if (!(key in values)) continue;
      if (kind === 'parts') {
        const hidden = String(values[key]).split(',');
        inputs[key].querySelectorAll('input').forEach((box) => (box.checked = hidden.includes(box.value)));
      } else inputs[key].value = values[key];
    }
    const unusual = fields.some(({ key, default: usual }) => rare.includes(key) && String(values[key]) !== String(usual));
    if (unusual) more.open = true;
    edited();
  }

  function edited() {
    const { data } = read();
    boxes.words.hidden = data !== 'own';
    boxes.table.hidden = data !== 'table';
    uploads.hidden = data !== 'own' && data !== 'table';
    boxes.sha.hidden = uploads.hidden || inputs.sha.value === '';
    what.textContent = data === 'table' ? 'Upload a table ' : 'Upload a list ';
    upload.accept = data === 'table' ? '.safetensors' : '.txt,text/plain';
    const now = read();
    const asked = page.experiment ?? now;
    const isShown = (key) => [asked[key], key === 'steps' ? page.goal : asked[key]].map(String).includes(String(now[key]));
    const changed = fields.filter(({ key, group: of }) => of !== 'share' && !isShown(key));
    for (const { key } of fields) boxes[key].classList.toggle('edited', changed.some((field) => field.key === key));
    summary.textContent = `Settings: ${summaryOf(now)}`;
    const { max } = fields.find(({ key }) => key === 'steps');
    const canBe = Number.isInteger(now.steps) && now.steps >= 0 && now.steps <= max;
    tell(now, changed.some(({ key }) => key !== 'steps') || !canBe);
  }

  function tell(now, changed) {
    const { running } = page;
    const reached = page.reached ?? page.experiment?.steps ?? 0;
    const steps = (n) => n.toLocaleString('en-US');
    if (!running && document.activeElement === stop) train.focus({ preventScroll: true });
    stop.hidden = !running;
    form.dataset.changed = changed ? '1' : '';
    if (page.place) status.textContent = `Waiting for the server. Your place in the queue: ${steps(page.place)}.`;
    else if (running) status.textContent = `Training: step ${steps(running.step)} of ${steps(running.steps)}.`;
    else if (isRefused(now)) status.textContent = 'These settings are not trained. The message says why.';
    else if (changed) status.textContent = 'Changed settings are not trained yet. Press Train.';
    else if (now.steps === reached) status.textContent = `Trained: ${steps(reached)} ${reached === 1 ? 'step' : 'steps'}.`;
    else status.textContent = `At step ${steps(reached)}. Train takes ${steps(now.steps)} ${now.steps === 1 ? 'step' : 'steps'} from the start.`;
  }

  function isRefused(now) {
    return page.refused && fields.every(({ key }) => String(now[key]) === String(page.refused[key]));
  }

  // ---- what happens

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    page.train(read());
  });
  form.addEventListener('input', (event) => {
    if (event.target === inputs.data) inputs.sha.value = upload.value = ''; // of other words or of another table
    edited();
    if (share.contains(event.target)) askLink();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('select, input[type=text]') && event.target !== link) {
      event.preventDefault();
      page.train(read());
    }
  });
  stop.addEventListener('click', () => page.stop());
  reset.addEventListener('click', () => page.reset());
  newSeed.addEventListener('click', async () => {
    await page.newSeed(read());
    inputs.seed.value = page.experiment.seed;
    edited();
  });
  upload.addEventListener('click', () => (upload.value = '')); // the same file may be chosen again
  upload.addEventListener('change', async () => {
    const [file] = upload.files;
    if (!file) return;
    const table = inputs.data.value === 'table' ? await packed(file) : null;
    const bytes = table === null ? new Uint8Array(await file.arrayBuffer()) : null;
    if (bytes) takeList(textOf(bytes, limit('words')));
    else takeTable(table);
  });

  function limit(key) {
    return fields.find((field) => field.key === key).max;
  }

  async function takeList({ text, wrong }) {
    if (wrong) {
      page.say([wrong], 'error');
      return;
    }
    const reply = await page.ask('settings', 'read_list', { experiment: undefined, words: text });
    if (!reply) return;
    inputs.words.value = reply.words;
    page.say([`${reply.count.toLocaleString('en-US')} own words are ready. Press Train.`]);
    edited();
  }

  async function takeTable(table) {
    const sentence = tooLarge(table, limit('table'));
    if (sentence) {
      page.say([sentence], 'error');
      return;
    }
    const reply = await page.ask('settings', 'read_table', { experiment: undefined, table });
    if (!reply) return;
    about.textContent = reply.about;
    page.say(['The table is read. Press Train.']);
    fill({ ...read(), ...reply.settings });
  }

  // ---- the link

  // The link of what is on the page, with what a teacher shows of it. Answers may come late: only the last one counts.
  let asked = 0;
  async function askLink(withCode = false) {
    const mine = ++asked;
    const shown = Object.fromEntries(fields.filter(({ group: of }) => of === 'share').map((f) => [f.key, valueOf(f)]));
    const experiment = { ...page.experiment, steps: page.reached ?? page.experiment.steps, ...shown };
    const reply = await page.ask('settings', 'share', { experiment, base: page.base });
    if (!reply || mine !== asked) return;
    link.value = reply.url;
    qr.replaceChildren();
    if (!withCode) return;
    const picture = reply.qr && new DOMParser().parseFromString(reply.qr, 'image/svg+xml').documentElement;
    if (picture) picture.setAttribute('aria-label', 'QR code of the link');
    if (picture) picture.setAttribute('role', 'img');
    qr.append(picture ?? make('p', {}, reply.note));
    qr.scrollIntoView({ block: 'nearest' });
  }

  copyLink.addEventListener('click', async () => {
    const untrained = form.querySelector('.edited') ? ' Train first if the link is to hold your changes.' : '';
    copied.textContent = (await copy(link, 'link')) + untrained;
  });
  showQr.addEventListener('click', () => askLink(true));
  fullScreen.addEventListener('click', async () => {
    if (!qr.firstChild) await askLink(true);
    qr.requestFullscreen?.();
  });

  page.on('changed', () => {
    link.value = page.base + page.link;
    qr.replaceChildren();
    if (page.about) about.textContent = page.about;
    edited();
  });

  const wide = matchMedia('(min-width: 900px)');
  const unfold = () => (folded.open ||= wide.matches); // a wide page has no summary to open it by
  wide.addEventListener('change', unfold);
  unfold();
  fill(value.settings);
  link.value = page.base + value.link;
  return { fill, read };
}
