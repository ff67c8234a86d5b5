// The colour of each number of a table, and the size and the place of its cells, as pure functions.

import { glyph } from './dom.js';

/**
 * @typedef {[row: number, column: number]} Place
 * @typedef {number[]} Colour red, green, blue, 0 to 255
 * @typedef {{ left: number, top: number, cell: number, labelSize: number, wide: number }} Grid in pixels
 */

const SMALLEST_CELL = 10;
const LARGEST_CELL = 34;
export const TEXT = 9; // pixels, of the smallest inscription,
const EASY = 10; // and of the smallest that is read with ease
const LONGEST_LABEL = 8; // characters; the tooltip gives the whole label
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * The place of x on a ramp, 0 to 1. Even: by size. Else by the square root, so that rare pairs show.
 *
 * @param {number} x
 * @param {number} max
 * @param {{ signed?: boolean, even?: boolean }} [scale]
 */
export function place(x, max, { signed = false, even = false } = {}) {
  const share = Math.min(1, Math.abs(x) / max);
  const size = even ? share : Math.sqrt(share);
  return signed ? 0.5 + (Math.sign(x) * size) / 2 : size;
}

/** @param {string} colour @returns {Colour} */
export function rgb(colour) {
  const hex = colour.trim().replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** @param {Colour[]} stops @param {number} share */
export function mix(stops, share) {
  const at = share * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return stops[k].map((channel, c) => Math.round(channel + (at - k) * (stops[k + 1][c] - channel)));
}

/** Dark ink or light ink, whichever stands out more. @param {Colour} colour */
export function inkOn([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 132 ? '#10161d' : '#ffffff';
}

/**
 * The side of a cell, in whole pixels, so that all cells are of one size.
 * Up to the height `most` it grows where else what stands in the cells would be lost.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} rows
 * @param {number} columns
 */
export function cellSize(width, height, rows, columns, most = height, text = TEXT) {
  const inscribed = [2 * text + 2, text + 6]; // pixels that a cell needs for a pair with its number, and for a pair
  const size = largestCell(width, height, rows, columns);
  const higher = largestCell(width, most, rows, columns);
  return inscribed.find((least) => size < least && least <= higher) ?? size;
}

/**
 * The size of what is written in a cell, in pixels; Infinity where nothing is.
 *
 * @param {boolean | null} wanted null: where it is read with ease
 * @param {number} cell
 * @param {{ least: number, most: number }} limits
 */
export function inscriptionSize(wanted, cell, { least, most }) {
  const fitting = Math.floor(cell * 0.4);
  return (wanted ?? fitting >= EASY) ? Math.max(least, Math.min(most, fitting)) : Infinity;
}

/** @param {number} width @param {number} height @param {number} rows @param {number} columns */
function largestCell(width, height, rows, columns) {
  const fits = Math.min(width / columns, height / rows, LARGEST_CELL);
  return Math.max(Math.floor(fits), Math.min(SMALLEST_CELL, Math.floor(width / columns)), 3);
}

/**
 * Where a key leads from a cell; null for a key that does not move.
 *
 * @param {string} key
 * @param {Place} from
 * @param {number} rows
 * @param {number} columns
 * @returns {Place | null}
 */
export function move(key, [i, j], rows, columns) {
  const limit = (/** @type {number} */ x, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, x));
  if (key === 'Home') return [i, 0];
  if (key === 'End') return [i, columns - 1];
  if (!MOVES[key]) return null;
  return [limit(i + MOVES[key][0], rows), limit(j + MOVES[key][1], columns)];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {Pick<Grid, 'left' | 'top' | 'cell'>} grid
 * @param {number} rows
 * @param {number} columns
 * @returns {Place | null}
 */
export function cellAt(x, y, { left, top, cell }, rows, columns) {
  const [i, j] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
  return i >= 0 && i < rows && j >= 0 && j < columns ? [i, j] : null;
}

/** @param {string} label */
export function short(label) {
  const characters = Array.from(glyph(label));
  if (characters.length <= LONGEST_LABEL) return characters.join('');
  return `${characters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}
