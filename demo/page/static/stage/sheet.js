// The large table of the stage: which of the tables and which number of it is shown, and the row that is looked at.

import { factsOf, layerOf, numbersOf, pictureOf, VIEWS } from '../core/cells.js';
import { glyph, list, make, twin } from '../core/dom.js';
import { LAYERS } from '../core/numbers.js';
import { table } from '../pictures/table.js';

const ASKS = 'Which letter follows which? Dark: a common pair. Press a cell.';
const HOW = 'Row: a letter. Column: the next one. The dot: start or end of a name.';

/**
 * @typedef {import('../core/stage.js').View} View
 * @typedef {import('../core/numbers.js').LayerKey} LayerKey
 * @typedef {import('../pictures/table.js').Place} Place
 * @typedef {Omit<import('../core/cells.js').Sight, 'view' | 'layer'> & { isPlaying: boolean }} Moment
 *
 * @param {HTMLElement} root whose data say what is shown
 * @param {object} of
 * @param {(cell: Place | null) => void} of.pinned hears that a cell is pinned, or none
 * @param {() => void} of.turned hears that the visitor looks at another table
 * @param {() => void} of.led hears that the visitor looks at other contexts
 */
export function sheet(root, { pinned, turned, led }) {
  /** @type {View} */
  let view = 'counted';
  /** @type {LayerKey} */
  let layer = 'count';
  /** @type {Moment} */
  let moment; // that was drawn last
  /** @type {boolean | null} */
  let isNumbered = null; // as the visitor wants it
  const map = table({ pin: pinned, written });
  const views = choice('view', 'table', entries(VIEWS, (words) => words), view, turn);
  const layers = choice('layer', 'number in each cell', entries(LAYERS, ({ label }) => label), layer, (to) => {
    layer = to;
    draw(moment);
  });
  const rows = make('select');
  const leads = make('select', { 'aria-label': 'contexts that begin with' });
  const rowLine = make('label', { class: 'picker' }, 'Look at the row of', rows);
  const leadLine = make('label', { class: 'leads', hidden: '' }, 'Contexts that begin with', leads);
  const numbered = make('input', { type: 'checkbox' });
  const note = make('p', { class: 'note' });
  const tools = make('div', { class: 'tools' }, views.element, layers.element, make('p', { class: 'asks' }, ASKS));
  const numberLine = make('label', { class: 'numbered note' }, numbered, 'Numbers in the cells');
  const under = make('div', { class: 'under' }, map.legend, make('p', { class: 'note how' }, HOW), rowLine, leadLine);
  const element = make('section', { class: 'table', 'aria-label': 'the table' }, tools, map.element, under, note);
  const numbers = twin(() => numbersOf({ ...moment, view, layer }));

  /** What an answer says of the table: its rows, and the contexts that may be chosen. @param {import('../core/stage.js').Stage} value */
  function take(value) {
    const options = value.rows.map((row, i) => make('option', { value: i }, glyph(row)));
    rows.replaceChildren(make('option', { value: '' }, '–'), ...options);
    name(map.pinned());
    const all = list(value.leads ?? []);
    leadLine.hidden = all.length < 2;
    leads.replaceChildren(...all.map((one) => make('option', { value: one }, glyph(one))));
    leads.value = value.lead ?? '';
    note.textContent = value.note ?? '';
    note.hidden = !value.note;
  }

  /** @param {number} size of the numbers in the cells @param {boolean} hasRoom whether there can be any */
  function written(size, hasRoom) {
    numberLine.hidden = !hasRoom;
    if (!moment.isPlaying) numbered.checked = size > 0;
  }

  /** @param {Moment} of */
  function draw(of) {
    moment = of;
    const sight = { ...moment, view, layer };
    const used = layerOf(sight);
    layers.enable('weight', view === 'descended');
    layers.choose(used);
    map.show({ ...pictureOf(sight), numbers: !moment.isPlaying && isNumbered, tell: (i, j) => told(factsOf(sight, i, j)) });
    Object.assign(root.dataset, { view, layer: used });
    if (!moment.isPlaying) numbers.refresh();
  }

  /** Another table, as a press of its switch. @param {View} to */
  function turn(to) {
    set({ view: to });
    draw(moment);
    turned();
  }

  /** Another table or number, from the next drawing on. @param {{ view?: View, layer?: LayerKey, isNumbered?: boolean }} to */
  function set(to) {
    ({ view, layer, isNumbered } = { view, layer, isNumbered, ...to });
    views.choose(view);
  }

  /** Brings the trained table into sight: the counted one has no film. @param {boolean} isWatched as in film.js */
  function open(isWatched) {
    const isShown = layer === 'probability' || !isWatched; // what else may be seen while the film plays
    set({ view: view === 'counted' ? 'descended' : view, layer: isShown ? layer : 'count' });
  }

  /** Names the row that is looked at. @param {Place | null} cell */
  function name(cell) {
    rows.value = cell ? String(cell[0]) : '';
  }

  rows.addEventListener('change', () => map.pin(rows.value === '' ? null : [Number(rows.value), map.pinned()?.[1] ?? 0]));
  leads.addEventListener('change', led);
  numbered.addEventListener('change', () => {
    isNumbered = numbered.checked;
    draw(moment);
  });

  const sizes = { tools, under, note, summary: numbers };
  return { element, map, numbers, numberLine, leads, sizes, take, draw, turn, open, set, name, sight: () => ({ view, layer }) };
}

/** @param {ReturnType<typeof factsOf>} facts @returns {import('../pictures/table.js').Told} */
function told({ pair: [before, after], empty, head, lines }) {
  return {
    title: [make('b', {}, make('bdi', {}, before), ' → ', make('bdi', {}, after)), empty],
    spokenTitle: `${before}, then ${after}${empty}`,
    head,
    lines,
  };
}

/**
 * @template {string} Key
 * @template Value
 * @param {Record<Key, Value>} values
 * @param {(value: Value) => string} words
 */
function entries(values, words) {
  const keys = /** @type {Key[]} */ (Object.keys(values));
  return keys.map((key) => ({ key, words: words(values[key]) }));
}

/**
 * A group of radio buttons that looks like one switch.
 *
 * @template {string} Key
 * @param {string} name
 * @param {string} label
 * @param {{ key: Key, words: string }[]} options
 * @param {Key} chosen
 * @param {(key: Key) => void} change
 */
function choice(name, label, options, chosen, change) {
  const radios = options.map(({ key, words }) => {
    const radio = make('input', { type: 'radio', name, value: key });
    radio.checked = key === chosen;
    radio.addEventListener('change', () => change(key));
    return { radio, node: make('label', { class: key }, radio, make('span', {}, words)) };
  });
  const element = make('div', { class: `switch ${name}s`, role: 'radiogroup', 'aria-label': label });
  element.append(...radios.map((one) => one.node));

  /** @param {Key} key */
  function choose(key) {
    for (const { radio } of radios) radio.checked = radio.value === key;
  }

  /** @param {Key} key @param {boolean} isOn */
  function enable(key, isOn) {
    for (const { radio } of radios) if (radio.value === key) radio.disabled = !isOn;
  }

  return { element, choose, enable };
}
