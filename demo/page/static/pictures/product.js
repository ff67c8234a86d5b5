// The product of the forward pass: the one-hot row lies on W, each of its numbers at a row. The rows at 0 go, the row
// at 1 lights up and slides out as the logits. A still figure of the end where less motion is asked for.
//
// value: {rows: [text], columns: [text], W: base64 float32, row: int, column: int, contexts: int, all rows of W}

import { animate, calm, format, glyph, list, make, setAll, string, text } from '../core/dom.js';
import { decode } from '../core/film.js';
import { largest } from '../core/numbers.js';
import { frame, hint, readCells } from './frame.js';

const LETTER = 7.5; // width of a letter of the labels
const BETWEEN = 16; // pixels between the one-hot column and W
const TIME = 3600; // milliseconds of the whole

/** @typedef {ReturnType<typeof read>} Value */
/** @typedef {import('./frame.js').Cell} Cell */

/** @param {Record<string, any>} raw */
export function read(raw) {
  const [rows, columns] = [list(raw.rows).map(string), list(raw.columns).map(string)];
  const [row, column, contexts] = [raw.row, raw.column, raw.contexts].map(Number);
  if (!(row in rows) || !(column in columns)) throw new RangeError('not a cell');
  const W = decode(raw.W, rows.length * columns.length);
  const limit = largest(W);
  return { title: 'The product: one row of W is the logits', rows, columns, W, row, column, limit, contexts };
}

/**
 * The three parts of the motion at time t of 0 to 1, each from 0 to 1: the row turns and lies along W, the other rows
 * fade, the chosen one slides out.
 *
 * @param {number} t
 */
export function phases(t) {
  const part = (/** @type {number} */ from, /** @type {number} */ to) => {
    const share = Math.max(0, Math.min(1, (t - from) / (to - from)));
    return share * share * (3 - 2 * share);
  };
  return { lie: part(0.08, 0.45), fade: part(0.5, 0.65), slide: part(0.7, 1) };
}

/** Where things lie, in pixels. @param {Pick<Value, 'rows' | 'columns'>} value @param {number} width */
export function layout({ rows, columns }, width) {
  const names = 8 + LETTER * Math.max(...rows.map((label) => Array.from(glyph(label)).length));
  const most = Math.max(rows.length, columns.length);
  const cell = Math.max(4, Math.min(26, (width - names - BETWEEN - 2) / (most + 1)));
  const high = Math.max(9, Math.min(15, cell));
  const stand = names; // left edge of the one-hot column
  const left = stand + cell + BETWEEN; // of W
  const [lying, top] = [18, 18 + high + 26]; // of the one-hot row and of W
  const out = top + rows.length * high + 26; // of the logits
  return { names, cell, high, stand, left, lying, top, out, height: out + high + 20 };
}

/** How a weight is painted: grey below 0, blue above, paper at 0. @param {number} w @param {number} limit */
export function colour(w, limit) {
  if (!Number.isFinite(w)) return 'var(--hatch)';
  const percent = Math.round(100 * Math.min(1, Math.abs(w) / limit));
  return `color-mix(in srgb, var(${w < 0 ? '--below' : '--data'}) ${percent}%, var(--paper))`;
}

/**
 * @typedef {ReturnType<typeof layout>} Layout
 * @typedef {ReturnType<typeof drawn>} Parts
 */

// ---- drawing

/**
 * The one-hot row above W as it is, and its numbers once more, which turn and stand beside the rows; W; and the logits.
 *
 * @param {Value} value
 * @param {Layout} place
 */
function drawn(value, place) {
  const { rows, columns, row: chosen } = value;
  const { names, left, cell, high, lying, top, out } = place;
  const hot = rows.map((_, row) => bit(row === chosen, place));
  const still = rows.map((_, row) => {
    const node = bit(row === chosen, place);
    setAll(node, { transform: `translate(${left + row * cell} ${lying})` });
    return node;
  });
  const weights = rows.map((_, row) => rowOf(value, place, row));
  const slide = rowOf(value, place, chosen);
  slide.classList.add('logits');
  const labels = rows.map((label, row) => {
    const kind = row === chosen ? 'row-label chosen' : 'row-label';
    return make('text', { class: kind, x: names - 6, y: top + (row + 0.5) * high + 4 }, glyph(label));
  });
  const letters = columns.map((label, column) => {
    const kind = column === value.column ? 'chosen' : '';
    return make('text', { class: kind, x: left + (column + 0.5) * cell, y: out + high + 15 }, glyph(label));
  });
  const mark = make('rect', { class: 'mark' });
  const lie = make('g', { class: 'lying' }, ...still);
  const nodes = [...captions(value, place), lie, ...labels, ...weights, ...hot, slide, ...letters, mark];
  return { nodes, hot, rows: weights, slide, mark };
}

/** @param {Value} value @param {Layout} place */
function captions({ rows, row, contexts }, { left, lying, top, out }) {
  const part = contexts > rows.length ? `: ${rows.length} of ${contexts.toLocaleString('en-US')}` : '';
  const all = [
    { y: lying - 6, words: part ? `x_onehot${part} numbers` : 'x_onehot' },
    { y: top - 6, words: part ? `W${part} rows` : 'W' },
    { y: out - 6, words: `logits = row ${glyph(rows[row])} of W` },
  ];
  return all.map(({ y, words }) => make('text', { class: 'caption', x: left, y }, words));
}

/** One number of the one-hot row. @param {boolean} isOne @param {Layout} place */
function bit(isOne, { cell, high }) {
  const box = make('rect', { width: cell, height: high });
  const digit = make('text', { x: cell / 2, y: high / 2 + 3.5 }, isOne ? '1' : '0');
  return make('g', { class: isOne ? 'bit one' : 'bit' }, box, digit);
}

/** A row of W, at its place. @param {Value} value @param {Layout} place @param {number} row */
function rowOf({ W, limit, columns, row: chosen }, { left, top, cell, high }, row) {
  const cells = columns.map((_, column) => {
    const style = `fill: ${colour(W[row * columns.length + column], limit)}`;
    return make('rect', { x: left + column * cell, width: cell, height: high, style });
  });
  const border = { class: 'border', x: left, width: columns.length * cell, height: high };
  const kind = row === chosen ? 'weights chosen' : 'weights';
  const group = { class: kind, transform: `translate(0 ${top + row * high})` };
  return make('g', group, ...cells, ...(row === chosen ? [make('rect', border)] : []));
}

/** The parts at time t, 0 to 1. @param {Parts} parts @param {Value} value @param {Layout} place @param {number} t */
function move(parts, { row: chosen }, { left, lying, stand, top, cell, high, out }, t) {
  const { lie, fade, slide } = phases(t);
  parts.hot.forEach((node, row) => {
    const x = left + row * cell + (stand - left - row * cell) * lie;
    const y = lying + (top + row * high - lying) * lie;
    setAll(node, { transform: `translate(${x} ${y})` });
  });
  parts.rows.forEach((node, row) => {
    const border = node.lastElementChild;
    if (row !== chosen) node.style.opacity = String(1 - 0.65 * fade);
    else if (border instanceof SVGElement) border.style.opacity = String(fade);
  });
  const from = top + chosen * high;
  setAll(parts.slide, { transform: `translate(0 ${from + (out - from) * slide})` });
  parts.slide.style.visibility = slide > 0 ? 'visible' : 'hidden';
}

// ---- the picture

export function product() {
  const again = make('button', { class: 'again', type: 'button' }, 'Show the product again');
  const plot = make('svg', { class: 'plot', 'aria-hidden': 'true' });
  const purpose = { role: 'application', 'aria-roledescription': 'matrix product' };
  const stage = make('div', { class: 'stage', tabindex: 0, ...purpose }, plot);
  const controls = make('div', { class: 'controls' }, again);
  /** @type {Value} */
  let value; // as read: of the last picture
  /** @type {Cell | null} */
  let at = null; // that is read
  let time = 1;
  let stop = () => {};
  /** @type {Parts} */
  let parts; // of the drawing
  /** @type {Layout} */
  let place; // of the drawing, where things lie
  const picture = frame('product', { above: [controls], stage, read, draw: update, redraw: draw, rows: () => numbers(value) });

  /** @param {Value} fresh */
  function update(fresh) {
    const same = value && value.rows.join() === fresh.rows.join() && value.row === fresh.row;
    value = fresh;
    const row = glyph(value.rows[value.row]);
    stage.setAttribute('aria-label', `One-hot row of ${row}, times W, is row ${row} of W`);
    again.hidden = calm();
    point(null);
    draw();
    if (!same) play();
  }

  function play() {
    stop();
    if (calm() || !picture.element.checkVisibility()) {
      settle();
      return;
    }
    picture.element.dataset.state = 'moving';
    moveTo(0); // before the first frame: else the end would flash up
    stop = animate(TIME, moveTo, settle);
  }

  function settle() {
    picture.element.dataset.state = 'rest';
    moveTo(1);
  }

  /** @param {number} t */
  function moveTo(t) {
    time = t;
    if (parts) move(parts, value, place, t);
  }

  function draw() {
    const width = stage.clientWidth;
    if (!width) return;
    place = layout(value, width);
    parts = drawn(value, place);
    setAll(plot, { viewBox: `0 0 ${width} ${place.height}`, height: place.height });
    plot.replaceChildren(...parts.nodes);
    moveTo(time);
    point(at);
  }

  // ---- reading the cells

  /** @param {Cell | null} cell */
  function point(cell) {
    at = cell;
    parts?.mark.setAttribute('visibility', at ? 'visible' : 'hidden');
    picture.readout.replaceChildren(...(at ? said(value, at) : [hint('a cell')]));
    if (!at || !place) return;
    const { left, top, cell: side, high } = place;
    setAll(parts.mark, { x: left + at.column * side, y: top + at.row * high, width: side, height: high });
  }

  /** @param {PointerEvent} event */
  function under(event) {
    if (!place) return null;
    const box = stage.getBoundingClientRect();
    const { left, top, cell, high, out } = place;
    const column = Math.floor((event.clientX - box.left - left) / cell);
    const y = event.clientY - box.top;
    const row = y >= out && y < out + high ? value.row : Math.floor((y - top) / high);
    return row in value.rows && column in value.columns ? { row, column } : null;
  }

  function now() {
    if (!value) return null;
    return { at, home: { row: value.row, column: value.column }, rows: value.rows.length, columns: value.columns.length };
  }

  again.addEventListener('click', play);
  readCells(stage, { now, under, point });
  return { element: picture.element, show: picture.show };
}

/** What a number of W does in the product. @param {Value} value @param {Cell} cell @returns {(Node | string)[]} */
function said({ W, rows, columns, row: chosen }, { row, column }) {
  const w = format(W[row * columns.length + column]);
  const place = make('b', {}, 'W[', text(glyph(rows[row])), ', ', text(glyph(columns[column])), ']');
  const [factor, sum] = row === chosen ? [1, `the logit is ${w}`] : [0, 'adds 0 to the logit'];
  return [place, ` = ${w} · times ${factor}: ${sum}`];
}

/** @param {Value} value @returns {import('../core/dom.js').Numbers} */
function numbers({ W, rows, columns, row: chosen }) {
  const { length } = columns;
  const body = rows.map((label, row) => [
    glyph(label),
    row === chosen ? '1' : '0',
    ...Array.from(W.slice(row * length, (row + 1) * length), (w) => format(w)),
  ]);
  return { caption: 'W, with the one-hot row beside it', head: ['row', 'one-hot', ...columns.map(glyph)], body };
}
