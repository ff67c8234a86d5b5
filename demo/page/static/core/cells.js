// What the cells of the stage's table show, as pure functions: numbers, colours and words.

import { format, glyph } from './dom.js';
import { brieflyExpected, inscription, isEmptyName, LAYERS, pairOf } from './numbers.js';
import { minus } from './stage.js';

/**
 * @typedef {import('./numbers.js').LayerKey} LayerKey
 *
 * @typedef {object} Sight what is looked at
 * @property {import('./stage.js').View} view
 * @property {LayerKey} layer
 * @property {import('./stage.js').Stage} value
 * @property {import('./stage.js').Tables} tables
 * @property {import('./numbers.js').Layers} trained the trained table at the step that is shown
 * @property {number} step
 */

/** @type {Record<import('./stage.js').View, string>} */
export const VIEWS = { counted: 'counted', descended: 'trained', difference: 'difference' };

/** The layer that can be shown: only the trained table has weights. @param {Pick<Sight, 'view' | 'layer'>} sight */
export function layerOf({ view, layer }) {
  return view !== 'descended' && layer === 'weight' ? 'count' : layer;
}

/** @param {Sight} sight @returns {import('./numbers.js').Cells} */
export function cellsOf({ view, layer, tables: { counted }, trained }) {
  const used = layerOf({ view, layer });
  const [a, b] = [counted[used] ?? counted.count, trained[used] ?? trained.count];
  if (view === 'difference') return minus(a, b);
  return view === 'counted' ? a : b;
}

/**
 * The table as `table` of pictures/table.js draws it, but for what the film and the tooltip add.
 *
 * @param {Sight} sight
 * @returns {Omit<import('../pictures/table.js').Picture, 'numbers' | 'tell'>}
 */
export function pictureOf(sight) {
  const { view, value, tables } = sight;
  const used = layerOf(sight);
  const { kind, even = false, write, label } = LAYERS[used];
  const apart = view === 'difference';
  const unit = view === 'descended' && used === 'count' ? 'expected count' : label;
  return {
    title: `${VIEWS[view]} table, ${unit}`,
    rows: value.rows,
    columns: value.columns,
    data: cellsOf(sight),
    max: apart ? tables.apart[used] : tables.max[used],
    kind: apart ? 'difference' : (kind ?? 'amount'),
    even: even || apart,
    hollow: view === 'counted' && used !== 'surprise',
    write: (/** @type {number} */ x) => inscription(x, write, apart),
    unknown: used === 'surprise' ? 'infinite: p is 0' : 'not a number',
    ends: apart ? ['trained is higher', 'counted is higher'] : null,
    unit,
  };
}

/** What there is to read of a cell: the pair in words, and the numbers of both tables. @param {Sight} sight @param {number} i @param {number} j */
export function factsOf({ view, layer, value, tables, trained }, i, j) {
  const cell = i * tables.columns + j;
  const { counted } = tables;
  const [from, to] = [value.rows[i], value.columns[j]];
  /** @type {[name: string, ...numbers: string[]][]} */
  const lines = [
    ['count, expected', LAYERS.count.say(counted.count[cell]), brieflyExpected(trained.count[cell])],
    ['p', LAYERS.probability.say(counted.probability[cell]), format(trained.probability[cell], 'probability')],
    ['−log p', LAYERS.surprise.say(counted.surprise[cell]), format(trained.surprise[cell])],
  ];
  if (view === 'descended' && layer === 'weight') lines.push(['W', '', format(trained.weight?.[cell])]);
  return { pair: pairOf(from, to), empty: isEmptyName(from, to) ? ' (an empty name)' : '', head: ['counted', 'trained'], lines };
}

/** The cells as a table of texts. @param {Sight} sight @returns {import('./dom.js').Numbers} */
export function numbersOf(sight) {
  const { view, value, tables, step } = sight;
  const used = layerOf(sight);
  const data = cellsOf(sight);
  const say = view !== 'counted' && used === 'count' ? brieflyExpected : LAYERS[used].say;
  const { label } = LAYERS[used];
  return {
    caption: `${VIEWS[view]}, ${label}, step ${step}`,
    head: [label, ...value.columns.map(glyph)],
    body: value.rows.map((row, i) => [
      glyph(row),
      ...value.columns.map((_, j) => say(data[i * tables.columns + j])),
    ]),
  };
}
