// What pictures have in common: title, stage, read-out, note, and the same numbers as a table.

import { make, paper, twin, watchSize } from '../core/dom.js';

/** @typedef {{ row: number, column: number }} Cell */

/**
 * Title, stage, read-out, note and table of a picture.
 *
 * @template {{ title?: string, note?: string }} Value
 * @param {string} kind
 * @param {object} of
 * @param {Node[]} [of.above]
 * @param {HTMLElement} of.stage
 * @param {(raw: any) => Value} of.read turns what the server sent into what is drawn, or throws where there is nothing to
 *   draw: then the picture is empty
 * @param {(value: Value) => void} of.draw
 * @param {() => void} [of.redraw] draws again, at another width; never before `draw`
 * @param {() => import('../core/dom.js').Numbers} of.rows the same numbers as a table; never before `draw`
 */
export function frame(kind, { above = [], stage, read, draw, redraw = () => {}, rows }) {
  const title = make('figcaption', { class: 'title' });
  const readout = make('p', { class: 'readout', 'aria-live': 'polite' });
  const note = make('p', { class: 'note' });
  const table = twin(rows);
  const nothing = make('p', { class: 'nothing' }, 'Nothing to show yet.');
  const said = make('p', { class: 'unseen', role: 'status' }); // what a screen reader tells of a new picture
  const parts = [title, ...above, stage, note, readout, table, nothing, said];
  const element = make('figure', { class: `picture ${kind} empty` }, ...parts);
  let shown = false;

  /** @param {any} raw */
  function show(raw) {
    /** @type {Value | null} */
    let value = null;
    try {
      value = read(raw);
    } catch {
      // an empty picture
    }
    shown = value !== null;
    element.classList.toggle('empty', !shown);
    paper(element);
    if (!value) return;
    title.textContent = value.title ?? '';
    note.textContent = value.note ?? '';
    said.textContent = raw.said ?? '';
    draw(value);
    table.refresh();
  }

  watchSize(element, () => shown && redraw());
  return { element, readout, show };
}

/** How a picture is read, in its own read-out. A finger points by a tap. @param {string} part */
export function hint(part) {
  const byHand = matchMedia('(hover: none)').matches;
  const words = byHand ? `Tap ${part} to read it.` : `Point at ${part}, or focus the picture and use the arrow keys.`;
  return make('span', { class: 'hint' }, words);
}

/**
 * The index that an arrow key, Home or End leads to; undefined for other keys. `at` may be null: nowhere yet.
 *
 * @param {string} key
 * @param {number | null} at
 * @param {number} last
 * @returns {number | undefined}
 */
export function moved(key, at, last, leap = 1) {
  const back = Math.max(0, (at ?? 0) - leap);
  const on = Math.min(last, (at ?? -1) + leap);
  /** @type {Record<string, number>} */
  const places = { ArrowLeft: back, ArrowUp: back, ArrowRight: on, ArrowDown: on, Home: 0, End: last };
  return places[key];
}

/**
 * Lets the cells of a picture be read by pointer, finger and arrow keys.
 *
 * @param {HTMLElement} stage
 * @param {object} of
 * @param {() => { at: Cell | null, home: Cell, rows: number, columns: number } | null} of.now what is read, the cell to
 *   begin with, and the size; null while there is no picture
 * @param {(event: PointerEvent) => Cell | null} of.under the cell below the pointer
 * @param {(cell: Cell | null) => void} of.point reads a cell, or none
 */
export function readCells(stage, { now, under, point }) {
  stage.addEventListener('pointermove', (event) => now() && point(under(event)));
  stage.addEventListener('pointerdown', (event) => now() && point(under(event)));
  stage.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && now() && point(null));
  stage.addEventListener('blur', () => now() && point(null));
  stage.addEventListener('focus', () => {
    const read = now();
    if (read && stage.matches(':focus-visible')) point(read.at ?? read.home);
  });
  stage.addEventListener('keydown', (event) => {
    const read = now();
    if (!read) return;
    const { row, column } = read.at ?? read.home;
    const upright = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    const to = upright ? moved(event.key, row, read.rows - 1) : moved(event.key, column, read.columns - 1);
    if (to === undefined) return;
    event.preventDefault();
    point(upright ? { row: to, column } : { row, column: to });
  });
}
