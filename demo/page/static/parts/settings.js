// The settings as one line and as a form, the buttons that train, and the link to share.

import { closest, make } from '../core/dom.js';
import { changedIn, lineOf, statusOf } from '../core/form.js';
import { control } from '../settings/control.js';
import { share } from '../settings/share.js';
import { source } from '../settings/source.js';
import { suit } from '../settings/suit.js';

const COMMON = ['data', 'words', 'table', 'sha', 'order', 'k', 'steps', 'lr', 'l2', 'seed'];
const ON_THE_STAGE = ['name']; // settings that are typed elsewhere

/**
 * @typedef {import('../core/form.js').Field} Field
 * @typedef {import('../core/form.js').Experiment} Experiment
 *
 * @param {HTMLElement} root
 * @param {object} of
 * @param {{ fields: Field[], settings: Experiment, link: string }} of.value
 * @param {import('../core/page.js').Page} of.page
 */
export default function settings(root, { value, page }) {
  const fields = value.fields.filter(({ key }) => !ON_THE_STAGE.includes(key));
  const help = make('p', { class: 'help', id: 'setting_help' }, 'Select a setting to read what it does.');
  const controls = Object.fromEntries(fields.map((field) => [field.key, control(field, (words) => (help.textContent = words))]));
  const all = Object.values(controls);
  const of = (/** @type {string[]} */ keys) => keys.map((key) => controls[key].element);

  const own = source(controls, page, {
    fill: (values) => fill({ ...read(), ...values }),
    taken(key) {
      edited();
      suits.typed(key);
    },
  });
  const suits = suit(controls, page, read, edited);

  const shared = share(all.filter(({ group }) => group === 'share'), page, () => !form.querySelector('.edited'));
  const rare = all.filter(({ group, key }) => group !== 'share' && !COMMON.includes(key)).map(({ key }) => key);
  const [data, words, ...others] = of(COMMON);
  const common = make('div', { class: 'grid' }, data, words, own.element, suits.element, ...others);
  const { form, line, change, folded, more, status, train, reset, newSeed, stop, yourself } = drawn(common, of(rare), help, shared);
  root.append(form);

  /** @param {boolean} isOpen */
  function open(isOpen) {
    folded.hidden = !isOpen;
    change.textContent = isOpen ? 'Done' : 'Change';
    change.ariaExpanded = String(isOpen);
  }

  // ---- reading and filling

  function read() {
    return Object.fromEntries(all.map((one) => [one.key, one.read()]));
  }

  /** @param {Experiment} values */
  function fill(values) {
    for (const one of all) if (one.key in values) one.fill(values[one.key]);
    suits.reset();
    const isUnusual = rare.some((key) => String(values[key]) !== String(controls[key].default));
    if (isUnusual) more.open = true;
    if (isUnusual && matchMedia('(min-width: 900px)').matches) open(true); // on a phone the line says it
    edited();
  }

  /** Some settings that were chosen on the page, not by a link: nothing else changes. @param {Experiment} values */
  function put(values) {
    for (const [key, one] of Object.entries(values)) controls[key].fill(one);
    edited();
  }

  // After each change, of the form or of the page.
  function edited() {
    const now = read();
    own.show();
    suits.element.hidden = now.data !== 'own';
    const changed = changedIn(fields, now, page.experiment ?? now, page.goal);
    for (const one of all) one.element.classList.toggle('edited', changed.includes(one.key));
    line.textContent = lineOf(fields, now, (document.documentElement.dataset.hide ?? '').split(' '));
    tell(now, changed);
  }

  /** @param {Experiment} now @param {string[]} changed */
  function tell(now, changed) {
    if (!page.running && document.activeElement === stop) train.focus({ preventScroll: true });
    stop.hidden = !page.running;
    const { max = Infinity } = controls.steps;
    const canBe = Number.isInteger(now.steps) && now.steps >= 0 && now.steps <= max;
    const isChanged = changed.some((key) => key !== 'steps') || !canBe;
    form.dataset.changed = isChanged ? '1' : '';
    status.textContent = statusOf({
      place: page.place,
      running: page.running,
      reached: page.reached ?? page.experiment?.steps ?? 0,
      steps: now.steps,
      isChanged,
      isRefused: isRefused(now),
    });
  }

  // Whether the server has refused these very settings.
  /** @param {Experiment} now */
  function isRefused(now) {
    const { refused } = page;
    return refused !== null && all.every(({ key }) => String(now[key]) === String(refused[key]));
  }

  // ---- what happens

  async function start() {
    await suits.ready();
    await suits.ready(); // asked once more where another experiment came on the page meanwhile
    return page.train(read());
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    start();
  });
  form.addEventListener('input', ({ target }) => {
    const key = target instanceof Element ? (target.getAttribute('name') ?? '') : '';
    if (key === 'data') own.forget();
    edited();
    suits.typed(key);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && closest(event, 'select, input[type=text]:not(#link)')) {
      event.preventDefault();
      start();
    }
  });
  change.addEventListener('click', () => open(folded.hidden));
  yourself.addEventListener('click', () => {
    page.parts['two-ways'].together();
    open(true);
    change.focus({ preventScroll: true });
  });
  stop.addEventListener('click', () => page.stop());
  reset.addEventListener('click', () => page.reset());
  newSeed.addEventListener('click', async () => {
    await suits.ready();
    const typed = read().seed;
    const seed = await page.newSeed(read());
    if (seed !== null && read().seed === typed) put({ seed }); // what was typed since then stays
  });
  page.on('changed', () => {
    shared.show();
    edited();
  });

  const isRoomy = matchMedia('(min-width: 1280px)').matches && document.documentElement.dataset.large !== '1';
  open(isRoomy && !page.firstVisit);
  fill(value.settings);
  shared.show(value.link);
  return { fill, read, put, train: start };
}

/**
 * The form: the settings in one line, the buttons that train, and below them all settings, folded.
 *
 * @param {HTMLElement} common
 * @param {HTMLElement[]} rare
 * @param {HTMLElement} help
 * @param {{ element: HTMLElement, opener: HTMLElement }} shared what shares the page, and the button that opens it
 */
function drawn(common, rare, help, shared) {
  const button = (/** @type {string} */ id, words = '') => make('button', { id, type: 'button' }, words);
  const line = make('p', { class: 'line' });
  const change = button('change');
  change.setAttribute('aria-controls', 'fields');
  const train = make('button', { id: 'train', type: 'submit', class: 'primary' }, 'Train');
  const [reset, newSeed, stop] = [button('reset', 'Reset'), button('new_seed', 'New seed'), button('stop', 'Stop')];
  const yourself = button('yourself', 'Train it yourself'); // on a first visit, in place of the settings
  const status = make('p', { id: 'status', role: 'status' });
  const grid = make('div', { class: 'grid' }, ...rare);
  const more = make('details', { id: 'more' }, make('summary', {}, 'More settings'), grid);
  const folded = make('div', { id: 'fields' }, common, more, help);
  const form = make('form', { id: 'form', novalidate: '', autocomplete: 'off' });
  form.append(
    shared.opener,
    yourself,
    make('div', { class: 'now' }, line, change),
    make('div', { class: 'buttons' }, train, reset, newSeed, stop),
    status,
    folded,
    shared.element,
  );
  return { form, line, change, folded, more, status, train, reset, newSeed, stop, yourself };
}
