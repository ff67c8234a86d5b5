// One row of the table, pinned: the probability of each next character by both tables, on one scale.

import { format, glyph, make, number, text } from '../core/dom.js';
import { largest, pairOf, signed } from '../core/numbers.js';

const PADDING = 22; // pixels, of both sides
const [HEIGHT, BASE, TOP] = [112, 96, 6]; // pixels: of the picture, where the bars stand, and where the highest ends

/**
 * @typedef {object} Row
 * @property {[number, number]} cell that is pinned
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {Float32Array | Float64Array} counted probabilities of the whole table, row by row
 * @property {Float32Array | Float64Array} trained
 * @property {Float32Array | Float64Array} end those of the trained table at the end
 * @property {number | null | undefined} gap what the row adds to it
 *
 * @param {object} of
 * @param {(cell: [number, number] | null) => void} of.pin pins another cell, or none
 * @param {(from: string, to: string) => void} of.look opens the screen Look inside
 */
export function rowPicture({ pin, look }) {
  const element = make('section', { class: 'row', 'aria-label': 'the pinned row', hidden: '' });
  /** @type {Row | null} */
  let shown = null;

  /** @param {Row | null} value null hides it */
  function show(value) {
    element.hidden = !value;
    const before = shown;
    shown = value;
    if (!value) return;
    const [from, to] = letters(value);
    element.dataset.cell = `${from} ${to}`;
    // The buttons stay while a film plays under them, so that focus is not lost.
    if (before && String(letters(before)) === String([from, to])) {
      element.querySelector('.bars')?.replaceWith(bars(value));
      element.querySelector('p')?.replaceWith(sentence(value));
      return;
    }
    const [name] = pairOf(from, to);
    const head = make('h3', {}, `After ${name === 'start' ? 'the ' : ''}`, make('b', {}, text(name)), ', which comes next?');
    const inside = make('button', { type: 'button', class: 'inside' }, 'Look inside');
    const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Unpin', title: 'Unpin' }, '✕');
    inside.addEventListener('click', () => look(from, to));
    close.addEventListener('click', () => pin(null));
    element.replaceChildren(make('div', { class: 'head' }, head, inside, close), bars(value), sentence(value));
  }

  /** @param {Row} value */
  function letters({ cell: [i, j], rows, columns }) {
    return [rows[i], columns[j]];
  }

  /** @param {Row} value */
  function sentence({ cell: [i, j], rows, columns, counted, trained, gap }) {
    const [before, after] = pairOf(rows[i], columns[j]);
    const at = i * columns.length + j;
    const said = make('p', {}, make('b', { class: 'chosen' }, text(before), ' → ', text(after)), ': ');
    said.append(make('span', { class: 'counted' }, `p ${format(counted[at], 'probability')}`), ' counted, ');
    said.append(make('span', { class: 'descended' }, `p ${format(trained[at], 'probability')}`), ' trained. ');
    if (number(gap) !== null) said.append(`This row adds ${signed(gap, 5)} to the gap.`);
    return said;
  }

  /** @param {Row} value */
  function bars({ cell: [i, j], rows, columns, counted, trained, end }) {
    const width = Math.max(200, element.clientWidth - PADDING);
    const count = columns.length;
    const slot = width / count;
    const ofRow = (/** @type {Row['end']} */ table) => table.slice(i * count, (i + 1) * count);
    const max = largest(ofRow(counted), ofRow(end));
    const svg = make('svg', { class: 'bars', viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, role: 'img' });
    svg.setAttribute('aria-label', `Row ${glyph(rows[i])}: p of each next character, counted and trained`);
    svg.append(make('rect', { class: 'band', x: j * slot, y: 0, width: slot, height: HEIGHT, rx: 2 }));
    columns.forEach((label, at) => {
      [counted, trained].forEach((table, k) => {
        const p = table[i * count + at];
        const height = Number.isFinite(p) ? Math.min(1, p / max) * (BASE - TOP) : 0;
        const wide = (slot - 1.5) / 2;
        const place = { x: at * slot + 0.5 + k * wide, y: BASE - height, width: wide, height };
        svg.append(make('rect', { class: k ? 'descended' : 'counted', ...place }));
      });
      svg.append(make('text', { x: (at + 0.5) * slot, y: HEIGHT - 4, class: at === j ? 'chosen' : '' }, glyph(label)));
    });
    svg.append(make('line', { x1: 0, x2: width, y1: BASE, y2: BASE }));
    svg.addEventListener('click', (event) => {
      const { left, width: across } = svg.getBoundingClientRect();
      const at = Math.floor(((event.clientX - left) / across) * count);
      pin([i, Math.max(0, Math.min(count - 1, at))]);
    });
    return svg;
  }

  return { element, show };
}
