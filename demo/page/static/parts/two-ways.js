// The stage: one large table, counted or descended, and beside it the descent as a film with the loss as its time line.
import { calm, format, glyph, list, make, number, paper, text, twin, watchSize } from '../core/dom.js';
import { along, decode, frames, runKey, softmaxRows } from '../core/film.js';
import { lines, runs } from '../core/align.js';
import { table } from '../pictures/table.js';
import { timeline } from '../pictures/timeline.js';

const VIEWS = ['counted', 'descended', 'difference'];
const FIRST_RUN = 1500; // milliseconds from noise to the end after Train
const PLAYED = 3500; // and when Play is pressed
const GOES_ON = 400; // from one rest to the next, when a run was made longer
const WIDE = 600; // pixels from which table and curve stand beside each other,
const HIGH = 460; // where the window is so high; a page at 200% is not
const SWITCHES = [38, 30]; // ems that the switches over the table take in one line: wide, and tight
const LOW = 48; // ems of height under which the table is too small for wide switches
const MARGINS = 11; // pixels between the parts of the table
const BELOW = 8; // pixels over the folds and under the page
const MINUS = /-/g;
const NO_FILM = 'These words have too many characters for a film. You see the end of the descent.';
const OWN_FILM = 'The losses and the last table come from the server. Your browser computed the tables of the steps before; it may round differently.';
const START = /^\.+$/; // a context before the first letter

const LAYERS = {
  count: { label: 'count', write: counts, say: (x) => format(x, 'integer') },
  probability: { label: 'probability', write: share, say: (x) => format(x, 'probability') },
  surprise: { label: '−log p', even: true, write: (x) => x.toFixed(x < 9.95 ? 1 : 0), say: (x) => format(x) },
  weight: { label: 'W', kind: 'weight', even: true, write: (x) => x.toFixed(1), say: (x) => format(x) },
};

// .12 for 0.12, as there is little room in a cell.
export function share(x) {
  return x.toFixed(2).replace(/^(-?)0/, '$1');
}

// A count in a cell, which has room for four digits: 12K or 3.4M for more. The tooltip says all of them.
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 2 });
export function counts(x) {
  return Math.abs(x) < 9999.5 ? String(Math.round(x)) : SHORT.format(x);
}

// What stands in a cell: a real minus, a sign for a difference, nothing like −0.
export function inscription(x, write, signed) {
  if (Number.isNaN(x)) return '–';
  if (!Number.isFinite(x)) return '∞';
  const written = write(x);
  if (/^-?[0.]*$/.test(written)) return written.replace('-', '');
  return `${signed && x > 0 ? '+' : ''}${written.replace(MINUS, '−')}`;
}

// A pair in words: “.” is the start of a name where it stands before, and the end where it stands after.
export function pairOf(from, to) {
  return [START.test(from) ? 'start' : glyph(from), to === '.' ? 'end' : glyph(to)];
}

// All layers of a table of probabilities.
export function layersOf(P, totals, columns) {
  return {
    count: Float64Array.from(P, (p, cell) => p * totals[Math.floor(cell / columns)]),
    probability: P,
    surprise: Float64Array.from(P, (p) => -Math.log(p) || 0), // never −0
  };
}

export function largest(...tables) {
  let most = 0;
  for (const one of tables) for (const x of one) if (Number.isFinite(x) && Math.abs(x) > most) most = Math.abs(x);
  return most || 1;
}

// The sign is part of a gap.
export function signed(x, digits = 4) {
  if (number(x) === null) return '–';
  const written = Math.abs(x).toFixed(digits);
  return `${x < 0 && Number(written) > 0 ? '−' : '+'}${written}`;
}

// A diverged run may have one of many digits.
function perplexed(x) {
  return number(x) !== null && x >= 1e5 ? format(x, 'short') : fixed(x, 2);
}

function fixed(x, digits) {
  return number(x) === null ? '∞' : x.toFixed(digits);
}

// A group of radio buttons that looks like one switch.
function choice(name, label, options, chosen, change) {
  const radios = options.map(([value, words]) => {
    const radio = make('input', { type: 'radio', name, value });
    radio.checked = value === chosen;
    radio.addEventListener('change', () => change(value));
    return { radio, node: make('label', { class: value }, radio, make('span', {}, words)) };
  });
  const element = make('div', { class: 'switch', role: 'radiogroup', 'aria-label': label });
  element.append(...radios.map((one) => one.node));
  return {
    element,
    choose: (value) => radios.forEach(({ radio }) => (radio.checked = radio.value === value)),
    enable: (value, on) => radios.forEach(({ radio }) => radio.value === value && (radio.disabled = !on)),
  };
}

function button(label, shape, press) {
  const icon = make('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, make('path', { d: shape }));
  const node = make('button', { type: 'button', 'aria-label': label, title: label }, icon);
  node.addEventListener('click', press);
  return node;
}

const SHAPES = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  back: 'M11.5 3v10L5.5 8zM4 3h1.6v10H4z',
  on: 'M4.5 3v10l6-5zM10.4 3H12v10h-1.6z',
};

export default function twoWays(root, { value: first, page }) {
  let value = null;
  let numbers = null; // {counted, descended, start...}: the layers of both tables
  let film = null;
  let run = ''; // key of the run that the film shows
  let version = null;
  let view = 'counted';
  let layer = 'count';
  let lead = '';
  let step = 0; // the frame that is shown
  let playing = null; // {from, begun, milliseconds} while the film plays
  let request = 0;

  // ---- the parts

  const map = table({ pin: showRow });
  const line = timeline({
    seek: (to) => {
      pause();
      turnToFilm();
      frame(to);
    },
  });
  const views = choice('view', 'table', VIEWS.map((one) => [one, one]), view, (to) => {
    view = to;
    drawTable();
  });
  const layers = choice(
    'layer',
    'number in each cell',
    Object.entries(LAYERS).map(([key, { label }]) => [key, label]),
    layer,
    (to) => {
      layer = to;
      drawTable();
    },
  );
  const leads = make('select', { 'aria-label': 'contexts that begin with' });
  const leadLine = make('label', { class: 'leads', hidden: '' }, 'Contexts that begin with', leads);
  const rowPicker = make('select', {});
  const rowLine = make('label', { class: 'picker' }, 'Look at the row of', rowPicker);
  const playButton = button('Play', SHAPES.play, () => {
    if (playing) pause();
    else play(step >= value.step ? 0 : step, PLAYED);
  });
  const backButton = button('One step back', SHAPES.back, () => stepTo(step - 1));
  const onButton = button('One step on', SHAPES.on, () => stepTo(step + 1));
  const clock = make('span', { class: 'clock' });
  const filmNote = make('p', { class: 'note', hidden: '' });
  const loss = make('span', { class: 'loss quiet' });
  const controls = make('div', { class: 'controls' }, playButton, backButton, onButton, make('div', {}, clock, loss));
  const figures = make('dl', { class: 'numbers' });
  const reason = make('p', { class: 'reason', hidden: '' });
  const ends = [0, 1].map(() => make('span')); // of which step the sentence and the names are, where it is not this one
  const row = make('section', { class: 'row', 'aria-label': 'the pinned row', hidden: '' });
  const names = make('section', { class: 'names' });
  const note = make('p', { class: 'note' });
  const tableTwin = twin(tableNumbers);
  const gapTwin = twin(gapNumbers);
  gapTwin.querySelector('summary').textContent = 'What each row adds to the gap';
  const filmPart = make('section', { class: 'film', 'aria-label': 'the descent' }, controls, line.element, filmNote);
  const tools = make('div', { class: 'tools' }, views.element, layers.element);
  const under = make('div', { class: 'under' }, map.legend, rowLine, leadLine);
  const tablePart = make('section', { class: 'table', 'aria-label': 'the table' }, tools, map.element, under, note);
  const facts = make('div', { class: 'facts' }, figures, reason, row, names);
  const more = make('div', { class: 'more' }, tableTwin, gapTwin);
  const stage = make('div', { class: 'two-ways', hidden: '' }, filmPart, tablePart, facts, more);
  root.append(stage);
  root.dataset.state = 'rest';

  // ---- a value arrives

  function show(fresh, reply = { done: true }) {
    const sameRun = runKey(fresh) === run;
    const before = value;
    const ended = before && step >= before.step; // the end was shown: go on to the new end
    const opened = reply.film === false; // a link shows its end at once
    const trained = before && !opened && page.version !== version && !sameRun && fresh.lead === before.lead;
    value = fresh;
    version = page.version;
    if (!sameRun) {
      film = frames(value);
      run = runKey(value);
    }
    readTables();
    readEnd();
    lead = value.lead ?? '';
    stage.hidden = false;
    showLead();
    fillPicker();
    showReason();
    showNames();
    line.show(value);
    note.textContent = value.note ?? '';
    note.hidden = !value.note;
    tell(!film, value.film?.chaotic);
    for (const one of [playButton, backButton, onButton]) one.disabled = !film || value.step < 1;
    line.enable(Boolean(film) && value.step > 0);
    for (const one of [tableTwin, gapTwin]) one.refresh();
    if (trained && film) begin();
    else if (!sameRun || !before) {
      pause();
      frame(value.step);
    } else if (playing) frame(step);
    else if (ended && before.step < value.step && film && !calm()) play(before.step, GOES_ON);
    else frame(ended ? value.step : Math.min(step, value.step));
    if (!before || !sameRun) fit();
    root.dataset.done = String(reply.done !== false);
  }

  function readTables() {
    const [rows, columns] = [value.rows.length, value.columns.length];
    const N = decode(value.N, rows * columns, Float64Array);
    const P = decode(value.P, rows * columns);
    const { totals } = value;
    numbers = { rows, columns, totals, counted: { ...layersOf(P, totals, columns), count: N } };
  }

  // The end of the run is the server's own table, not the last frame of the film.
  function readEnd() {
    const size = numbers.rows * numbers.columns;
    const [Q, W] = [decode(value.Q, size), decode(value.W, size)];
    numbers.end = { ...layersOf(Q, numbers.totals, numbers.columns), weight: W };
    numbers.max = { weight: largest(W) };
    for (const key of ['count', 'probability', 'surprise']) {
      numbers.max[key] = largest(numbers.counted[key], numbers.end[key]);
    }
    numbers.apart = {};
    for (const key of ['count', 'probability', 'surprise']) {
      numbers.apart[key] = largest(numbers.counted[key].map((x, cell) => x - numbers.end[key][cell]));
    }
  }

  // ---- the film

  // A new run: from noise to the end before the eyes of who pressed Train.
  function begin() {
    view = 'descended';
    views.choose(view);
    if (layer !== 'probability') layer = 'count';
    layers.choose(layer);
    if (calm()) frame(value.step);
    else play(0, FIRST_RUN);
  }

  function play(from, milliseconds) {
    if (!film) return;
    pause();
    turnToFilm();
    playing = { from, begun: null, milliseconds };
    root.dataset.state = 'playing';
    dressPlay();
    frame(from);
    request = requestAnimationFrame(tick);
  }

  // Slow at first, where the loss falls fast. While a run is under way the film waits for what is not there yet.
  function tick(now) {
    playing.begun ??= now;
    const share = Math.min(1, (now - playing.begun) / playing.milliseconds);
    const wanted = playing.milliseconds === GOES_ON ? value.step : Math.max(value.step, value.steps);
    const to = Math.round(playing.from + (wanted - playing.from) * share ** 2);
    frame(Math.min(to, value.step));
    if (share < 1 && step < wanted) request = requestAnimationFrame(tick);
    else pause();
  }

  function pause() {
    cancelAnimationFrame(request);
    const played = playing;
    playing = null;
    root.dataset.state = 'rest';
    dressPlay();
    if (played) tableTwin.refresh();
  }

  function dressPlay() {
    const label = playing ? 'Pause' : 'Play';
    playButton.setAttribute('aria-label', label);
    playButton.title = label;
    playButton.querySelector('path').setAttribute('d', playing ? SHAPES.pause : SHAPES.play);
  }

  function stepTo(to) {
    pause();
    turnToFilm();
    frame(Math.max(0, Math.min(value.step, to)));
  }

  // The counted table has no film.
  function turnToFilm() {
    if (view !== 'counted') return;
    view = 'descended';
    views.choose(view);
  }

  function frame(to) {
    step = to;
    numbers.descended = to >= value.step || !film ? numbers.end : layersAt(to);
    root.dataset.step = step;
    clock.textContent = `step ${format(step, 'integer')} of ${format(value.steps, 'integer')}`;
    const objective = along(value.curve.loss, step);
    loss.textContent = `NLL + L2 ${fixed(objective, 4)}`;
    loss.title = fixed(objective, 6);
    for (const one of ends) one.textContent = step < value.step ? `At step ${format(value.step, 'integer')}: ` : '';
    backButton.disabled = !film || step < 1;
    onButton.disabled = !film || step >= value.step;
    line.at(step, nllAt());
    showFigures();
    drawTable();
    showRow(map.pinned());
  }

  function layersAt(to) {
    const W = film.at(to);
    return { ...layersOf(softmaxRows(W, numbers.rows, numbers.columns), numbers.totals, numbers.columns), weight: W };
  }

  function nllAt() {
    if (step >= value.step) return value.figures.descended_nll;
    return along(value.curve.nll, step);
  }

  function tell(filmless, chaotic) {
    filmNote.hidden = !(filmless || chaotic);
    filmNote.textContent = filmless ? NO_FILM : OWN_FILM;
  }

  // ---- the table

  function drawTable() {
    if (!value || !numbers.descended) return;
    const used = view !== 'descended' && layer === 'weight' ? 'count' : layer;
    layers.enable('weight', view === 'descended');
    layers.choose(used);
    const { kind, even, write, label } = LAYERS[used];
    const apart = view === 'difference';
    const [counted, descended] = [numbers.counted[used], numbers.descended[used]];
    const data = apart ? counted.map((x, cell) => x - descended[cell]) : numbers[view][used];
    const expected = view === 'descended' && used === 'count';
    map.show({
      title: `${view} table, ${expected ? 'expected count' : label}`,
      rows: value.rows,
      columns: value.columns,
      data,
      max: apart ? numbers.apart[used] : numbers.max[used],
      kind: apart ? 'difference' : (kind ?? 'amount'),
      even: even || apart,
      hollow: view === 'counted' && used !== 'surprise',
      write: (x) => inscription(x, write, apart),
      unknown: used === 'surprise' ? 'infinite: p is 0' : 'not a number',
      ends: apart ? ['descended is higher', 'counted is higher'] : null,
      unit: expected ? 'expected count' : label,
      tell: tellCell,
    });
    Object.assign(root.dataset, { view, layer: used });
    if (!playing) tableTwin.refresh();
  }

  function tellCell(i, j) {
    const cell = i * numbers.columns + j;
    const [from, to] = [value.rows[i], value.columns[j]];
    const [a, b] = [numbers.counted, numbers.descended];
    const facts = ['count', 'probability', 'surprise'].map((key) => {
      const name = { count: 'count, expected', probability: 'p', surprise: '−log p' }[key];
      const expected = format(b[key][cell], key === 'probability' ? 'probability' : 'number');
      return [name, LAYERS[key].say(a[key][cell]), key === 'count' ? brieflyExpected(b.count[cell]) : expected];
    });
    if (view === 'descended' && layer === 'weight') facts.push(['W', '', format(b.weight[cell])]);
    const [before, after] = pairOf(from, to);
    const empty = START.test(from) && to === '.' ? ' (an empty name)' : '';
    return {
      title: [make('b', {}, text(before), ' → ', text(after)), empty],
      spokenTitle: `${before}, then ${after}${empty}`,
      head: ['counted', 'descended'],
      lines: facts,
    };
  }

  // Expected counts are no whole numbers: one digit says so.
  function brieflyExpected(x) {
    if (!Number.isFinite(x)) return '–';
    const written = x.toLocaleString('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    return written === '-0.0' ? '0.0' : written.replace('-', '−');
  }

  function tableNumbers() {
    const used = root.dataset.layer;
    const apart = view === 'difference';
    const data = apart
      ? numbers.counted[used].map((x, cell) => x - numbers.descended[used][cell])
      : numbers[view][used];
    const say = (x) => (view !== 'counted' && used === 'count' ? brieflyExpected(x) : LAYERS[used].say(x));
    const name = `${view}, ${LAYERS[used].label}, step ${step}`;
    return {
      caption: name,
      head: [LAYERS[used].label, ...value.columns.map(glyph)],
      body: value.rows.map((label, i) => [
        glyph(label),
        ...value.columns.map((_, j) => say(data[i * numbers.columns + j])),
      ]),
    };
  }

  function gapNumbers() {
    const gaps = list(value.gaps ?? []);
    return {
      caption: `What each row adds to the gap at step ${format(value.step, 'integer')}, in nats per character`,
      head: ['row', 'adds to the gap'],
      body: value.rows.map((label, i) => [glyph(label), signed(gaps[i], 6)]),
    };
  }

  // ---- figures and the reason

  function showFigures() {
    const all = value.figures;
    const nll = nllAt();
    const gap = step >= value.step ? all.gap : number(nll) === null ? null : nll - all.counted_nll;
    const perplexity = step >= value.step ? all.descended_perplexity : number(nll) === null ? null : Math.exp(nll);
    const both = [all.counted_perplexity, perplexity];
    const whole = (x) => format(x, 'integer');
    const learned = all.words ? `from ${whole(all.words)} ${all.words === 1 ? 'word' : 'words'}` : 'from a table of counts';
    const kind = value.rows[0].length > 1 ? 'combinations' : 'pairs';
    const from = `${learned}; ${whole(all.empty)} of ${whole(all.cells)} ${kind} never occur`;
    figures.replaceChildren(
      figure('counted_nll', 'NLL counted', fixed(all.counted_nll, 4), fixed(all.counted_nll, 6)),
      figure('descended_nll', 'NLL descended', fixed(nll, 4), fixed(nll, 6)),
      figure('gap', 'gap', signed(gap), signed(gap, 6)),
      figure('perplexity', 'perplexity', both.map(perplexed).join(' · '), both.map((x) => fixed(x, 6)).join(' · ')),
      figure('examples', 'examples', whole(all.examples), from, from),
    );
  }

  function figure(key, label, number, title, more = '') {
    const said = make('dd', {}, make('span', { class: 'number', 'data-key': key, title }, number));
    if (more) said.append(' ', make('span', { class: 'unit' }, more));
    return make('div', { class: `figure ${key}` }, make('dt', {}, label), said);
  }

  function showReason() {
    const { sentence, lesson } = value.reason ?? {};
    reason.hidden = !sentence;
    reason.replaceChildren(ends[0], sentence ?? '');
    if (!lesson) return;
    const link = make('button', { type: 'button', class: 'link' }, 'Lesson on this');
    link.addEventListener('click', () => page.lesson?.(lesson));
    reason.append(' ', link);
  }

  // ---- one row, counted against descended

  function showRow(at) {
    row.hidden = !at;
    stage.classList.toggle('pinned', Boolean(at));
    rowPicker.value = at ? at[0] : '';
    if (at) drawRow();
  }

  function drawRow() {
    const [i, j] = map.pinned();
    const cell = i * numbers.columns + j;
    const [from, to] = [value.rows[i], value.columns[j]];
    const [a, b] = [numbers.counted.probability, numbers.descended.probability];
    const close = button('Unpin', 'M3.5 3.5l9 9M12.5 3.5l-9 9', () => map.pin(null));
    close.classList.add('close');
    const inside = make('button', { type: 'button', class: 'inside' }, 'Look inside');
    inside.addEventListener('click', () => page.lookInside?.(from, to));
    const [before, after] = pairOf(from, to);
    const head = make('h3', {}, `After ${before === 'start' ? 'the ' : ''}`, make('b', {}, text(before)));
    head.append(', which comes next?');
    const chosen = make('p', {}, make('b', { class: 'chosen' }, text(before), ' → ', text(after)));
    chosen.append(': ', make('span', { class: 'counted' }, `p ${format(a[cell], 'probability')}`), ' counted, ');
    chosen.append(make('span', { class: 'descended' }, `p ${format(b[cell], 'probability')}`), ' descended. ');
    const gap = value.gaps?.[i];
    if (number(gap) !== null && step >= value.step) chosen.append(`This row adds ${signed(gap, 5)} to the gap.`);
    // The buttons stay while a film plays under them, so that focus is not lost.
    const old = row.querySelector('.bars');
    if (old && row.dataset.cell === `${from} ${to}`) {
      old.replaceWith(bars(i, j));
      row.querySelector('p').replaceWith(chosen);
      return;
    }
    row.dataset.cell = `${from} ${to}`;
    row.replaceChildren(make('div', { class: 'head' }, head, inside, close), bars(i, j), chosen);
  }

  // Two bars a character on one scale.
  function bars(i, j) {
    const width = Math.max(200, facts.clientWidth);
    const [height, base, top] = [112, 96, 6];
    const { columns } = numbers;
    const slot = width / columns;
    const start = i * columns;
    const max = largest(
      numbers.counted.probability.slice(start, start + columns),
      numbers.end.probability.slice(start, start + columns),
    );
    const svg = make('svg', { class: 'bars', viewBox: `0 0 ${width} ${height}`, height, role: 'img' });
    svg.setAttribute('aria-label', `Row ${glyph(value.rows[i])}: p of each next character, counted and descended`);
    svg.append(make('rect', { class: 'band', x: j * slot, y: 0, width: slot, height, rx: 2 }));
    value.columns.forEach((label, at) => {
      [numbers.counted, numbers.descended].forEach((one, k) => {
        const p = one.probability[start + at];
        const size = Number.isFinite(p) ? (Math.min(1, p / max) * (base - top)) : 0;
        const wide = (slot - 1.5) / 2;
        const place = { x: at * slot + 0.5 + k * wide, y: base - size, width: wide, height: size };
        svg.append(make('rect', { class: k ? 'descended' : 'counted', ...place }));
      });
      const name = { x: (at + 0.5) * slot, y: height - 4, class: at === j ? 'chosen' : '' };
      svg.append(make('text', name, glyph(label)));
    });
    svg.append(make('line', { x1: 0, x2: width, y1: base, y2: base }));
    svg.addEventListener('click', (event) => {
      const x = (event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width;
      map.pin([i, Math.max(0, Math.min(columns - 1, Math.floor(x * columns)))]);
    });
    return svg;
  }

  function fillPicker() {
    const chosen = map.pinned();
    const options = value.rows.map((label, i) => make('option', { value: i }, glyph(label)));
    rowPicker.replaceChildren(make('option', { value: '' }, '–'), ...options);
    rowPicker.value = chosen ? chosen[0] : '';
  }

  function showLead() {
    const all = list(value.leads ?? []);
    leadLine.hidden = all.length < 2;
    leads.replaceChildren(...all.map((one) => make('option', { value: one }, glyph(one))));
    leads.value = lead;
  }

  // ---- names

  function showNames() {
    const pairs = list(value.names?.pairs ?? []);
    const sides = [0, 1].map((side) =>
      pairs.map((pair) => ({ name: pair[side], known: pair[side + 2] === true })),
    );
    // A list may be shorter than the other, or missing: its end is filled with empty strings.
    const lists = sides.map((side) => side.slice(0, side.findLastIndex((one) => one.name !== '') + 1));
    const words = lists.map((side) => side.map((one) => one.name));
    const both = new Set(words[0].filter((name) => words[1].includes(name)));
    const items = lines(...words).map(({ left, right, same }) => {
      const cells = [left, right].map((at, side) => nameCell(lists, side, at, side ? left : right, both));
      return make('tr', { class: same ? 'same' : '' }, ...cells);
    });
    const count = Math.max(...lists.map((side) => side.length), 0);
    const summary = `${both.size} in both`;
    const columns = ['counted', 'descended'].map((one) => make('th', { scope: 'col', class: one }, one));
    const head = make('tr', {}, ...columns);
    const region = make(
      'div',
      { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': `${count} names from each table` },
      make('table', {}, make('thead', {}, head), make('tbody', {}, ...items)),
    );
    const title = make('h3', {}, ends[1], `${count} names from each table `, make('span', { class: 'quiet sample' }, summary));
    const said = make('p', { class: 'note' }, value.names?.note ?? '');
    names.hidden = !items.length;
    names.replaceChildren(title, region, said);
    paper(names);
  }

  function nameCell(lists, side, at, beside, both) {
    if (at === null) return make('td', { class: 'gap' });
    const { name, known } = lists[side][at];
    const other = beside === null ? null : lists[1 - side][beside].name;
    const shared = both.has(name);
    const parts = shared || other === null ? [{ word: name, same: shared }] : runs(name, other);
    const marked = parts.map(({ word, same }) => (same ? word : make('span', { class: 'differs' }, word)));
    const node = make('td', { class: shared ? 'shared' : '' }, make('span', { class: 'place' }, `${at + 1} `));
    node.append(make('bdi', { class: 'name', title: name }, ...(name ? marked : ['(no letter)'])));
    if (known) node.append(' ', make('span', { class: 'tag' }, 'in the list'));
    return node;
  }

  // ---- room

  // The whole page fits the first screen. Where the numbers in the cells would be lost for it, the folds and the footer
  // go below.
  function fit() {
    const width = stage.clientWidth;
    if (!value || !width) return;
    const wide = width >= WIDE && innerHeight >= HIGH;
    stage.classList.toggle('wide', wide);
    const gap = 18;
    const side = width < 820 ? Math.max(220, width * 0.35) : Math.max(310, width * 0.3);
    const top = stage.getBoundingClientRect().top + scrollY;
    const most = wide ? width - side - gap : width;
    const em = parseFloat(getComputedStyle(stage).fontSize);
    const tight = wide && (innerHeight - top < LOW * em || most < SWITCHES[0] * em);
    tools.classList.toggle('tight', tight);
    const rest = tools.offsetHeight + under.offsetHeight + note.offsetHeight + MARGINS;
    const room = wide ? innerHeight - top - rest : Infinity;
    const footer = document.querySelector('footer')?.offsetHeight ?? 0;
    const used = map.fit(most, room - tableTwin.querySelector('summary').offsetHeight - footer - BELOW, room);
    stage.style.setProperty('--table', `${Math.min(most, Math.max(used, SWITCHES[Number(tight)] * em))}px`);
    const across = filmPart.clientWidth;
    const tallest = wide ? Math.min(200, (innerHeight - top) * 0.27) : 170;
    line.fit(across, Math.round(Math.max(110, Math.min(tallest, across * 0.5))));
    if (map.pinned()) drawRow();
  }

  // Sets the table and the film to what a lesson is about; returns the place that it speaks of.
  async function point({ place, shows }) {
    while (playing) await new Promise(requestAnimationFrame); // the run is seen first
    if (shows.view) view = shows.view;
    if (shows.layer) layer = shows.layer;
    views.choose(view);
    line.set({ logarithm: shows.log === true, last: shows.last === true });
    frame(Math.min(shows.step ?? value.step, value.step));
    const cell = [value.rows.indexOf(shows.before), value.columns.indexOf(shows.after)];
    map.pin(cell.includes(-1) ? null : cell);
    return { row, curve: filmPart }[place] ?? figures.querySelector(`.${place}`);
  }

  leads.addEventListener('change', () => {
    lead = leads.value;
    page.refresh?.('two-ways');
  });
  rowPicker.addEventListener('change', () => {
    const i = rowPicker.value;
    map.pin(i === '' ? null : [Number(i), map.pinned()?.[1] ?? 0]);
  });
  stage.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && map.pinned()) map.pin(null);
  });
  watchSize(stage, fit);
  addEventListener('resize', fit);
  if (first) show(first);

  return { main: 'two_ways', asks: () => ({ lead }), show, point };
}
