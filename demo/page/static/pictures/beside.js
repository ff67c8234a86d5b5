// Two tables beside each other, on one scale: what wrong lines make of the numbers, and what right ones do. A cell that
// is pointed at is read in both. They stand below what the lines print, in the same columns.
//
// value: {title, rows: [text], columns: [text], sides: {wrong: base64 float32 | null, right: …}, sums: 'rows' | 'columns'
//         | ''}. null: there is no such table. `sums` are drawn as bars beside each table.

import { format, glyph, list, make, setAll, string, text } from '../core/dom.js';
import { decode } from '../core/film.js';
import { largest } from '../core/numbers.js';
import { frame, hint, readCells } from './frame.js';
import { colour } from './product.js';

/** @typedef {ReturnType<typeof read>} Value */
/** @typedef {import('./frame.js').Cell} Cell */

/** @type {Record<string, string>} */
const TITLES = { wrong: 'Wrong', right: 'Right' };
const LABELS = 9; // pixels of a cell that is large enough for letters beside it
const LARGEST = 10; // pixels of a cell
const LETTER = 7;

/** @param {Record<string, any>} raw */
export function read(raw) {
  const [rows, columns] = [list(raw.rows).map(string), list(raw.columns).map(string)];
  if (!rows.length || !columns.length) throw new RangeError('no cells');
  const tables = Object.keys(TITLES).map((side) => {
    const packed = raw.sides[side];
    const values = packed === null ? null : decode(packed, rows.length * columns.length);
    return { side, values, sums: values && raw.sums ? sumsOf(values, columns.length, raw.sums) : null };
  });
  return {
    title: string(raw.title),
    note: raw.sums ? `The bars are the sums of the ${raw.sums}.` : '',
    rows,
    columns,
    tables,
    by: raw.sums ?? '',
    limit: largest(...tables.map(({ values }) => values ?? [])),
    highest: largest(...tables.map(({ sums }) => sums ?? [])),
  };
}

/**
 * The sum of each row, or of each column.
 *
 * @param {Float32Array | number[]} values
 * @param {number} width
 * @param {'rows' | 'columns'} by
 */
export function sumsOf(values, width, by) {
  /** @type {number[]} */
  const sums = Array(by === 'rows' ? values.length / width : width).fill(0);
  values.forEach((x, i) => (sums[by === 'rows' ? Math.floor(i / width) : i % width] += x));
  return sums;
}

/**
 * Where things lie in one of the tables, in pixels.
 *
 * @param {Pick<Value, 'rows' | 'columns' | 'by'>} value
 * @param {number} width
 */
export function layout({ rows, columns, by }, width) {
  const most = Math.max(...rows.map((label) => Array.from(glyph(label)).length));
  const bars = by === 'rows' ? Math.min(48, width * 0.18) : 0;
  const fit = (/** @type {number} */ left) => Math.min(LARGEST, (width - left - bars - 2) / columns.length);
  const named = fit(4 + LETTER * most) >= LABELS;
  const left = named ? 4 + LETTER * most : 1;
  const cell = fit(left);
  const bottom = cell * rows.length + 1;
  const under = by === 'columns' ? 32 : 0;
  return { left, cell, named, bars, under, bottom, height: bottom + under + (named ? 16 : 2) };
}

/** @typedef {ReturnType<typeof layout>} Layout */

// ---- drawing

/** @param {Value} value @param {Layout} place @param {Float32Array} values */
function cells({ columns, limit }, { left, cell }, values) {
  const width = columns.length;
  return Array.from(values, (x, i) => {
    const corner = { x: left + (i % width) * cell, y: Math.floor(i / width) * cell + 1 };
    return make('rect', { class: 'cell', ...corner, width: cell, height: cell, style: `fill: ${colour(x, limit)}` });
  });
}

/** @param {Value} value @param {Layout} place @param {number[]} sums */
function bars({ columns, highest, by }, { left, cell, bottom, bars: across, under }, sums) {
  const beyond = left + columns.length * cell + 4;
  return sums.map((sum, k) => {
    const length = Math.max(0, sum / highest);
    const lying = { x: beyond, y: k * cell + 1.5, width: length * (across - 4), height: cell - 1 };
    const hanging = { x: left + k * cell + 0.5, y: bottom + 4, width: cell - 1, height: length * (under - 6) };
    return make('rect', { class: 'sum', ...(by === 'rows' ? lying : hanging) });
  });
}

/** @param {Value} value @param {Layout} place */
function labels({ rows, columns }, { left, cell, named, bottom, under }) {
  if (!named) return [];
  const before = rows.map((label, k) => {
    return make('text', { class: 'row-label', x: left - 4, y: (k + 0.5) * cell + 4 }, glyph(label));
  });
  const below = columns.map((label, k) => {
    return make('text', { x: left + (k + 0.5) * cell, y: bottom + under + 12 }, glyph(label));
  });
  return [...before, ...below];
}

/** What a cell holds in both tables. @param {Value} value @param {Cell} cell @returns {(Node | string)[]} */
function said({ rows, columns, by, tables }, { row, column }) {
  const numbers = tables.flatMap(({ side, values, sums }) => {
    if (!values) return [];
    const sum = sums ? ` (sum ${format(sums[by === 'rows' ? row : column])})` : '';
    const words = `${TITLES[side].toLowerCase()} ${format(values[row * columns.length + column])}${sum}`;
    return [' · ', make('span', { class: 'fact' }, words)];
  });
  return [make('b', {}, text(glyph(rows[row])), ', ', text(glyph(columns[column]))), ...numbers];
}

/** @param {Value} value @returns {import('../core/dom.js').Numbers} */
function numbers({ title, rows, columns, by, tables }) {
  const width = columns.length;
  const head = ['table, row', ...(by === 'rows' ? ['sum'] : []), ...columns.map(glyph)];
  const body = tables.flatMap(({ side, values, sums }) => {
    if (!values) return [];
    return rows.map((label, row) => [
      `${side}, ${glyph(label)}`,
      ...(by === 'rows' ? [format(sums?.[row])] : []),
      ...Array.from(values.slice(row * width, (row + 1) * width), (x) => format(x)),
    ]);
  });
  return { caption: title, head, body };
}

// ---- the picture

export function beside() {
  const stage = make('div', { class: 'stage', tabindex: 0, role: 'application', 'aria-roledescription': 'two tables' });
  const halves = Object.keys(TITLES).map((side) => {
    const plot = make('svg', { class: 'plot', 'aria-hidden': 'true' });
    const none = make('p', { class: 'none' }, 'There is no table: the lines stop with an error.');
    const mark = make('rect', { class: 'mark' });
    return { element: make('section', { class: side }, plot, none), plot, none, mark };
  });
  stage.append(...halves.map(({ element }) => element));
  /** @type {Value} */
  let value; // as read: of the last picture
  /** @type {Cell | null} */
  let at = null; // that is read
  /** @type {Layout} */
  let place; // where things lie
  const picture = frame('beside', { stage, read, draw: update, redraw: draw, rows: () => numbers(value) });

  /** @param {Value} fresh */
  function update(fresh) {
    value = fresh;
    at = null;
    stage.setAttribute('aria-label', `${value.title}: wrong, and right`);
    draw();
    point(null);
  }

  function draw() {
    const width = halves[0].element.clientWidth;
    if (!width) return;
    place = layout(value, width);
    halves.forEach(({ plot, none, mark }, i) => {
      const { values, sums } = value.tables[i];
      none.hidden = values !== null;
      plot.toggleAttribute('hidden', values === null);
      setAll(plot, { viewBox: `0 0 ${width} ${place.height}`, height: place.height });
      const drawn = values ? [...cells(value, place, values), ...bars(value, place, sums ?? []), ...labels(value, place)] : [];
      plot.replaceChildren(...drawn, mark);
    });
    ring();
  }

  // ---- reading the cells

  /** @param {Cell | null} cell */
  function point(cell) {
    at = cell;
    ring();
    picture.readout.replaceChildren(...(at ? said(value, at) : [hint('a cell')]));
  }

  function ring() {
    for (const { mark } of halves) {
      setAll(mark, { visibility: at ? 'visible' : 'hidden' });
      if (!at || !place) continue;
      const { left, cell } = place;
      setAll(mark, { x: left + at.column * cell, y: at.row * cell + 1, width: cell, height: cell });
    }
  }

  /** @param {PointerEvent} event */
  function under(event) {
    const plot = halves.find((half) => event.target instanceof Node && half.plot.contains(event.target))?.plot;
    if (!plot || !place || !value) return null;
    const box = plot.getBoundingClientRect();
    const scale = box.width / plot.viewBox.baseVal.width;
    const column = Math.floor(((event.clientX - box.left) / scale - place.left) / place.cell);
    const row = Math.floor(((event.clientY - box.top) / scale - 1) / place.cell);
    return row in value.rows && column in value.columns ? { row, column } : null;
  }

  function now() {
    return value ? { at, home: { row: 0, column: 0 }, rows: value.rows.length, columns: value.columns.length } : null;
  }

  readCells(stage, { now, under, point });
  return { element: picture.element, show: picture.show };
}
