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
  return `color-mix(in srgb, var(${w < 0 ? '--below' : '--amount'}) ${percent}%, var(--paper))`;
}

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
  /** @type {{ hot: SVGGElement[], rows: SVGGElement[], slide: SVGGElement, mark: SVGRectElement }} */
  let parts; // of the drawing, what moves
  /** @type {ReturnType<typeof layout>} */
  let place; // of the drawing, where things lie
  const picture = frame('product', { above: [controls], stage, read, draw: update, redraw: draw, rows: table });

  /** @param {Value} fresh */
  function update(fresh) {
    const same = value && value.rows.join() === fresh.rows.join() && value.row === fresh.row;
    value = fresh;
    stage.setAttribute('aria-label', `One-hot row of ${name(value.row)}, times W, is row ${name(value.row)} of W`);
    again.hidden = calm();
    point(null);
    draw();
    if (!same) play();
  }

  /** @param {number} row */
  function name(row) {
    return glyph(value.rows[row]);
  }

  function play() {
    stop();
    if (calm() || !picture.element.checkVisibility()) {
      settle();
      return;
    }
    picture.element.dataset.state = 'moving';
    move(0); // before the first frame: else the end would flash up
    stop = animate(TIME, move, settle);
  }

  function settle() {
    picture.element.dataset.state = 'rest';
    move(1);
  }

  function draw() {
    const width = stage.clientWidth;
    if (!width) return;
    place = layout(value, width);
    const { left, lying, top, out, height } = place;
    const mark = make('rect', { class: 'mark' });
    parts = { hot: standing(), rows: value.rows.map((_, row) => weights(row)), slide: weights(value.row), mark };
    parts.slide.classList.add('logits');
    const { length } = value.rows;
    const part = value.contexts > length ? `: ${length} of ${value.contexts.toLocaleString('en-US')}` : '';
    const captions = [
      caption(left, lying - 6, part ? `x_onehot${part} numbers` : 'x_onehot'),
      caption(left, top - 6, part ? `W${part} rows` : 'W'),
      caption(left, out - 6, `logits = row ${name(value.row)} of W`),
    ];
    const letters = value.columns.map((label, column) => letter(label, column));
    setAll(plot, { viewBox: `0 0 ${width} ${height}`, height });
    plot.replaceChildren(...captions, lie(), ...labels(), ...parts.rows, ...parts.hot, parts.slide, ...letters, mark);
    move(time);
    point(at);
  }

  /** @param {number} x @param {number} y @param {string} words */
  function caption(x, y, words) {
    return make('text', { class: 'caption', x, y }, words);
  }

  /** One number of the one-hot row. @param {number} row */
  function bit(row) {
    const { cell, high } = place;
    const one = row === value.row;
    const box = make('rect', { width: cell, height: high });
    const digit = make('text', { x: cell / 2, y: high / 2 + 3.5 }, one ? '1' : '0');
    return make('g', { class: `bit ${one ? 'one' : ''}` }, box, digit);
  }

  // The one-hot row as it is, above W; and its numbers once more, which turn and stand beside the rows.
  function lie() {
    const bits = value.rows.map((_, row) => {
      const node = bit(row);
      node.setAttribute('transform', `translate(${place.left + row * place.cell} ${place.lying})`);
      return node;
    });
    return make('g', { class: 'lying' }, ...bits);
  }

  function standing() {
    return value.rows.map((_, row) => bit(row));
  }

  function labels() {
    return value.rows.map((label, row) => {
      const { names, top, high } = place;
      const chosen = row === value.row ? 'chosen' : '';
      const y = top + (row + 0.5) * high + 4;
      return make('text', { class: `row-label ${chosen}`, x: names - 6, y }, glyph(label));
    });
  }

  /** @param {string} label @param {number} column */
  function letter(label, column) {
    const { left, cell, out, high } = place;
    const chosen = column === value.column ? 'chosen' : '';
    return make('text', { class: chosen, x: left + (column + 0.5) * cell, y: out + high + 15 }, glyph(label));
  }

  /** A row of W, at its place. @param {number} row */
  function weights(row) {
    const { left, top, cell, high } = place;
    const columns = value.columns.length;
    const cells = value.columns.map((_, column) => {
      const style = `fill: ${colour(value.W[row * columns + column], value.limit)}`;
      return make('rect', { x: left + column * cell, width: cell, height: high, style });
    });
    const border = { class: 'border', x: left, width: columns * cell, height: high };
    const chosen = row === value.row ? 'chosen' : '';
    const group = { class: `weights ${chosen}`, transform: `translate(0 ${top + row * high})` };
    return make('g', group, ...cells, ...(chosen ? [make('rect', border)] : []));
  }

  /** @param {number} t */
  function move(t) {
    time = t;
    if (!parts) return;
    const { lie, fade, slide } = phases(t);
    const { left, lying, stand, top, cell, high, out } = place;
    parts.hot.forEach((node, row) => {
      const x = left + row * cell + (stand - left - row * cell) * lie;
      const y = lying + (top + row * high - lying) * lie;
      node.setAttribute('transform', `translate(${x} ${y})`);
    });
    parts.rows.forEach((node, row) => {
      const border = node.lastElementChild;
      if (row !== value.row) node.style.opacity = String(1 - 0.65 * fade);
      else if (border instanceof SVGElement) border.style.opacity = String(fade);
    });
    const from = top + value.row * high;
    parts.slide.setAttribute('transform', `translate(0 ${from + (out - from) * slide})`);
    parts.slide.style.visibility = slide > 0 ? 'visible' : 'hidden';
  }

  // ---- reading the cells

  /** @param {Cell | null} cell */
  function point(cell) {
    at = cell;
    parts?.mark.setAttribute('visibility', at ? 'visible' : 'hidden');
    const out = picture.readout;
    if (!at) {
      out.replaceChildren(hint('a cell'));
      return;
    }
    const { row, column } = at;
    const w = format(value.W[row * value.columns.length + column]);
    const factor = row === value.row ? 1 : 0;
    const place = make('b', {}, 'W[', text(name(row)), ', ', text(glyph(value.columns[column])), ']');
    const sum = factor ? `the logit is ${w}` : 'adds 0 to the logit';
    out.replaceChildren(place, ` = ${w} · times ${factor}: ${sum}`);
    ring(row, column);
  }

  /** @param {number} row @param {number} column */
  function ring(row, column) {
    if (!place) return;
    const { left, top, cell, high } = place;
    setAll(parts.mark, { x: left + column * cell, y: top + row * high, width: cell, height: high });
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

  function table() {
    const columns = value.columns.length;
    const body = value.rows.map((label, row) => [
      glyph(label),
      row === value.row ? '1' : '0',
      ...Array.from(value.W.slice(row * columns, (row + 1) * columns), (w) => format(w)),
    ]);
    const head = ['row', 'one-hot', ...value.columns.map(glyph)];
    return { caption: 'W, with the one-hot row beside it', head, body };
  }

  again.addEventListener('click', play);
  function now() {
    return value ? { at, home: { row: value.row, column: value.column }, rows: value.rows.length, columns: value.columns.length } : null;
  }

  readCells(stage, { now, under, point });
  return { element: picture.element, show: picture.show };
}
