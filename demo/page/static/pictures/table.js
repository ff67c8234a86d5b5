// The table of all pairs as a heat map: what is pointed at, what is pinned, and what is read of a cell.

import { make, text } from '../core/dom.js';
import { cellAt, move } from '../core/heat.js';
import { gridOf, hasRoom, legendOf, lookOf, paintCells, paintMarks, penOf, ratio } from './paint.js';

/**
 * @typedef {import('../core/heat.js').Place} Place
 * @typedef {import('../core/heat.js').Grid} Grid
 * @typedef {'amount' | 'weight' | 'difference'} Kind of colours
 *
 * @typedef {object} Picture
 * @property {string} title
 * @property {string} unit
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {Float32Array | Float64Array} data row by row
 * @property {number} max the number of the strongest colour
 * @property {Kind} kind
 * @property {boolean | undefined} even whether colours follow the size, not its root
 * @property {boolean} hollow whether a 0 is an empty cell
 * @property {boolean | null} numbers whether they stand in the cells; null: where they are read with ease
 * @property {(x: number) => string} write in a cell
 * @property {string} unknown what a cell means that holds no finite number
 * @property {[low: string, high: string] | null} ends of the legend
 * @property {(row: number, column: number) => Told} tell
 *
 * @typedef {object} Told what the tooltip says of a cell
 * @property {(Node | string)[]} title
 * @property {string} spokenTitle
 * @property {string[]} head
 * @property {[name: string, ...numbers: string[]][]} lines
 */

/**
 * `show` draws, `trace` lights up a way through the cells, `pin` pins a cell. `legend` is an element of its own, for the
 * page to place.
 *
 * @param {object} of
 * @param {(at: Place | null) => void} of.pin hears that a cell is pinned, or none
 * @param {(size: number, hasRoom: boolean) => void} of.written hears in which size the cells are inscribed (0: they are not),
 *   and whether they can be
 */
export function table({ pin, written }) {
  const canvas = make('canvas', { tabindex: 0, role: 'application', 'aria-roledescription': 'heat map' });
  const tip = tooltip(canvas);
  const legend = make('div', { class: 'legend' });
  const element = make('div', { class: 'sheet' }, canvas, tip.element, tip.spoken);
  const cells = make('canvas'); // the cells as painted last: pointing at one repaints none
  /** @type {Picture} */
  let picture; // the last one
  let room = { width: 0, height: Infinity, most: Infinity };
  /** @type {Grid} */
  let grid; // of the last picture
  /** @type {import('./paint.js').Marks} */
  const marks = { cursor: null, pinned: null, traced: [] };
  /** @type {import('./paint.js').Look} */
  let look; // of the page at the last painting

  /**
   * The room that the picture may take, and the height that it takes only for its inscriptions; returns the width that
   * it does take.
   *
   * @param {number} width
   * @param {number} height
   */
  function fit(width, height, most = height) {
    room = { width, height, most };
    if (!picture) return width;
    look = lookOf(element);
    measure();
    draw();
    return canvas.clientWidth;
  }

  function measure() {
    grid = gridOf(penOf(canvas), picture, look, room);
    const { left, top, cell } = grid;
    Object.assign(canvas.dataset, { left, top, cell }); // for tests that point at a cell
    const [width, height] = [left + picture.columns.length * cell + 2, top + picture.rows.length * cell + 2];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    for (const one of [canvas, cells]) {
      one.width = Math.round(width * ratio());
      one.height = Math.round(height * ratio());
      penOf(one).setTransform(ratio(), 0, 0, ratio(), 0, 0);
    }
  }

  /** @param {Picture} fresh */
  function show(fresh) {
    const isSame = picture && labelsOf(picture) === labelsOf(fresh);
    if (!isSame && picture) marks.pinned = moved(marks.pinned, picture, fresh);
    if (!isSame) marks.traced = [];
    marks.cursor = within(marks.cursor, fresh);
    picture = fresh;
    const size = `${fresh.rows.length} rows, ${fresh.columns.length} columns`;
    canvas.setAttribute('aria-label', `${fresh.title}. ${size}. Arrow keys move, Enter pins a cell.`);
    look = lookOf(element);
    if (!isSame || !grid) measure();
    draw();
    tip.show(marks.cursor, picture, grid);
  }

  function draw() {
    const size = paintCells(penOf(cells), picture, grid, look);
    canvas.dataset.text = String(size);
    written(size, hasRoom(grid, look));
    compose();
    legend.replaceChildren(...legendOf(picture, look));
  }

  function compose() {
    const pen = penOf(canvas);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(cells, 0, 0, canvas.width / ratio(), canvas.height / ratio());
    paintMarks(pen, picture, grid, look, marks);
  }

  /** @param {Place | null} at */
  function point(at) {
    if (!picture || String(at) === String(marks.cursor)) return false;
    marks.cursor = at;
    compose();
    tip.show(at, picture, grid);
    return true;
  }

  /** @param {Place | null} at */
  function pinAt(at) {
    marks.pinned = at;
    if (picture) compose();
    pin(at);
  }

  /** @param {number[][]} way */
  function trace(way) {
    marks.traced = way;
    if (picture) compose();
  }

  listen(canvas, { marks, now: () => picture && { picture, grid }, point, pin: pinAt, speak: tip.speak });
  // A finger leaves the tooltip open; a tap elsewhere closes it.
  document.addEventListener('pointerdown', ({ target }) => (target instanceof Node && element.contains(target)) || point(null));
  return { element, legend, canvas, show, fit, trace, pin: pinAt, pinned: () => marks.pinned };
}

/** @param {Picture} picture */
function labelsOf({ rows, columns }) {
  return JSON.stringify([rows, columns]);
}

/** A cell, where a table has it. @param {Place | null} at @param {Picture} picture */
function within(at, { rows, columns }) {
  return at && rows[at[0]] !== undefined && columns[at[1]] !== undefined ? at : null;
}

/** The cell of the same letters in another table, where it has them. @param {Place | null} at @param {Picture} from @param {Picture} to */
function moved(at, from, to) {
  return at && within([to.rows.indexOf(from.rows[at[0]]), to.columns.indexOf(from.columns[at[1]])], to);
}

/**
 * Lets the cells be read and pinned by pointer, finger and keys.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} of
 * @param {import('./paint.js').Marks} of.marks
 * @param {() => { picture: Picture, grid: Grid } | undefined} of.now what is drawn
 * @param {(at: Place | null) => boolean} of.point returns whether it is another cell
 * @param {(at: Place | null) => void} of.pin
 * @param {(at: Place, picture: Picture) => void} of.speak
 */
function listen(canvas, { marks, now, point, pin, speak }) {
  let isByKey = false; // the cursor was moved by a key

  /** @param {MouseEvent} event */
  function under(event) {
    const drawn = now();
    if (!drawn) return null;
    const { left, top } = canvas.getBoundingClientRect();
    const { picture, grid } = drawn;
    return cellAt(event.clientX - left, event.clientY - top, grid, picture.rows.length, picture.columns.length);
  }

  /** @param {Place | null} at */
  function pointByHand(at) {
    if (point(at)) isByKey = false;
  }

  /** @param {Place} at @param {Picture} picture */
  function pointByKey(at, picture) {
    if (!point(at)) return;
    isByKey = true;
    speak(at, picture);
  }

  canvas.addEventListener('pointermove', (event) => pointByHand(under(event)));
  canvas.addEventListener('pointerdown', (event) => pointByHand(under(event)));
  canvas.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && pointByHand(null));
  canvas.addEventListener('click', (event) => {
    const at = marks.cursor ?? under(event); // a tap and its click may lie a fraction of a pixel apart
    if (at) pin(at);
  });
  canvas.addEventListener('focus', () => {
    const drawn = now();
    if (drawn && canvas.matches(':focus-visible')) pointByKey(marks.cursor ?? marks.pinned ?? [0, 0], drawn.picture);
  });
  canvas.addEventListener('blur', () => isByKey && pointByHand(null));
  canvas.addEventListener('keydown', (event) => {
    const drawn = now();
    if (!drawn) return;
    const { rows, columns } = drawn.picture;
    const from = marks.cursor ?? marks.pinned ?? [0, 0];
    const to = move(event.key, from, rows.length, columns.length);
    if (to) pointByKey(to, drawn.picture);
    else if (event.key === 'Enter' || event.key === ' ') pin(from);
    else if (event.key === 'Escape' && (marks.pinned || marks.cursor)) {
      pointByHand(null);
      pin(null);
    } else return;
    event.preventDefault();
  });
}

/** What is read of a cell: beside it, and as a sentence for a screen reader. @param {HTMLCanvasElement} canvas */
function tooltip(canvas) {
  const element = make('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
  const spoken = make('p', { class: 'spoken', 'aria-live': 'polite' });

  /** @param {Place | null} at @param {Picture} picture @param {Grid} grid */
  function show(at, picture, grid) {
    element.hidden = !at;
    if (!at) return;
    const { title, head, lines } = picture.tell(...at);
    const rows = lines.map(([name, ...numbers]) =>
      make('tr', {}, make('th', {}, name), ...numbers.map((one) => make('td', {}, one))),
    );
    const names = head.map((name) => make('th', { class: name }, name));
    const body = make('table', {}, make('tr', {}, make('td', {}), ...names), ...rows);
    element.replaceChildren(make('div', { class: 'pair' }, ...title), body);
    put(at, grid);
  }

  // Below and right of the cell, as far as the sheet goes; above it where there is no room below.
  /** @param {Place} at @param {Grid} grid */
  function put([i, j], { left, top, cell }) {
    const [width, height] = [element.offsetWidth, element.offsetHeight];
    const [right, below] = [left + (j + 1) * cell + 8, top + (i + 1) * cell + 8];
    element.style.left = `${Math.max(0, Math.min(right, canvas.clientWidth - width))}px`;
    element.style.top = `${below + height <= canvas.clientHeight ? below : top + i * cell - height - 8}px`;
  }

  /** @param {Place} at @param {Picture} picture */
  function speak(at, picture) {
    const { spokenTitle, head, lines } = picture.tell(...at);
    const both = (/** @type {string[]} */ numbers) => head.map((one, k) => `${one} ${numbers[k]}`).join(', ');
    const facts = lines.map(([name, ...numbers]) => `${name}: ${both(numbers)}`);
    spoken.replaceChildren(text(`${spokenTitle}. ${facts.join('; ')}.`));
  }

  return { element, spoken, show, speak };
}
