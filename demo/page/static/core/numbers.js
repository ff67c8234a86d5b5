// The numbers of a table in all the forms that the stage shows, and how each is written. Pure functions.

import { format, glyph, number } from './dom.js';

const START = /^\.+$/; // a context before the first letter
const MINUS = /-/g;

/**
 * @typedef {import('./film.js').Table} Table
 * @typedef {'count' | 'probability' | 'surprise' | 'weight'} LayerKey what a cell may show
 * @typedef {Float32Array | Float64Array} Cells the numbers of a table, row by row
 * @typedef {{ count: Cells, probability: Cells, surprise: Cells, weight?: Cells }} Layers of one table
 *
 * @typedef {object} Layer
 * @property {string} label
 * @property {'weight'} [kind] of its colours
 * @property {boolean} [even] whether colours follow the size, not its root
 * @property {(x: number) => string} write in a cell
 * @property {(x: number) => string} say beside the table, with more digits
 */

/** @type {Record<LayerKey, Layer>} */
export const LAYERS = {
  count: { label: 'count', write: counts, say: (x) => format(x, 'integer') },
  probability: { label: 'probability', write: share, say: (x) => format(x, 'probability') },
  surprise: { label: '−log p', even: true, write: (x) => x.toFixed(x < 9.95 ? 1 : 0), say: (x) => format(x) },
  weight: { label: 'W', kind: 'weight', even: true, write: (x) => x.toFixed(1), say: (x) => format(x) },
};

/**
 * All layers of a table of probabilities.
 *
 * @param {Float32Array | Float64Array} P
 * @param {Table} totals of the counts of each row
 * @param {number} columns
 */
export function layersOf(P, totals, columns) {
  return {
    count: Float64Array.from(P, (p, cell) => p * totals[Math.floor(cell / columns)]),
    probability: P,
    surprise: Float64Array.from(P, (p) => -Math.log(p) || 0), // never −0
  };
}

/** @param {...Iterable<number>} tables */
export function largest(...tables) {
  let most = 0;
  for (const one of tables) for (const x of one) if (Number.isFinite(x) && Math.abs(x) > most) most = Math.abs(x);
  return most || 1;
}

/** .12 for 0.12, as there is little room in a cell. @param {number} x */
export function share(x) {
  return x.toFixed(2).replace(/^(-?)0/, '$1');
}

const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 2 });

/**
 * A count in a cell, which has room for four digits: 12K or 3.4M for more. The tooltip says all of them.
 *
 * @param {number} x
 */
export function counts(x) {
  return Math.abs(x) < 9999.5 ? String(Math.round(x)) : SHORT.format(x);
}

/**
 * What stands in a cell: a real minus, a sign for a difference, nothing like −0.
 *
 * @param {number} x
 * @param {(x: number) => string} write
 * @param {boolean} signed
 */
export function inscription(x, write, signed) {
  if (Number.isNaN(x)) return '–';
  if (!Number.isFinite(x)) return x < 0 ? '−∞' : '∞';
  const written = write(x);
  if (/^-?[0.]*$/.test(written)) return written.replace('-', '');
  return `${signed && x > 0 ? '+' : ''}${written.replace(MINUS, '−')}`;
}

/**
 * A pair in words: “.” is the start of a name where it stands before, and the end where it stands after.
 *
 * @param {string} from
 * @param {string} to
 */
export function pairOf(from, to) {
  return [START.test(from) ? 'start' : glyph(from), to === '.' ? 'end' : glyph(to)];
}

/** @param {string} from @param {string} to */
export function isEmptyName(from, to) {
  return START.test(from) && to === '.';
}

/** The sign is part of a gap. @param {number | null | undefined} x */
export function signed(x, digits = 4) {
  const gap = number(x);
  if (gap === null) return '–';
  const written = Math.abs(gap).toFixed(digits);
  return `${gap < 0 && Number(written) > 0 ? '−' : '+'}${written}`;
}

/** @param {number | null | undefined} x @param {number} digits */
export function fixed(x, digits) {
  return number(x)?.toFixed(digits) ?? '∞';
}

/** A diverged run may have one of many digits. @param {number | null} x */
export function perplexed(x) {
  return (number(x) ?? 0) >= 1e5 ? format(x, 'short') : fixed(x, 2);
}

/** Expected counts are no whole numbers: one digit says so. @param {number} x */
export function brieflyExpected(x) {
  if (!Number.isFinite(x)) return '–';
  const written = x.toLocaleString('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  return written === '-0.0' ? '0.0' : written.replace('-', '−');
}
