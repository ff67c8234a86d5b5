// What the stage shows of a run at a step, in numbers and words. No page here.

import { list, number } from './dom.js';
import { draw } from './draw.js';
import { along, decode, softmaxRows } from './film.js';
import { largest, layersOf } from './numbers.js';

/**
 * @typedef {'counted' | 'descended' | 'difference'} View the table that is shown
 *
 * @typedef {import('./film.js').Run & More} Stage the server's answer for the stage
 *
 * @typedef {object} More
 * @property {string} note what is left out of the table
 * @property {number} order
 * @property {string} lead the characters that the contexts shown begin with
 * @property {string[]} leads
 * @property {string} P packed probabilities of the counted table
 * @property {string} Q packed probabilities of the trained table
 * @property {string} W packed weights at the end
 * @property {number[]} totals the counts of each row
 * @property {number} step that is reached
 * @property {number} steps that were asked for
 * @property {Curve} curve
 * @property {Figures} figures
 * @property {{ sentence: string, lesson: string | null }} reason why the two losses differ
 * @property {{ pairs: Pair[], note: string }} names
 * @property {number} characters how many the word list has
 * @property {string | null} uniforms packed random numbers that names are drawn with
 * @property {number} uniforms_count
 * @property {(number | null)[]} gaps what each row adds to the gap
 *
 * @typedef {{ nll: (number | null)[], loss: (number | null)[], floor: number | null }} Curve the losses of each step;
 *   null is infinite
 *
 * @typedef {object} Figures nats per character; null is infinite
 * @property {number | null} counted_nll
 * @property {number | null} descended_nll
 * @property {number | null} gap
 * @property {number | null} counted_perplexity
 * @property {number | null} descended_perplexity
 * @property {number} words
 * @property {number} examples
 * @property {number} empty
 * @property {number} cells
 *
 * @typedef {[counted: string | null, trained: string | null, countedIsKnown: boolean, trainedIsKnown: boolean]} Pair names
 *   that were drawn with the same random numbers; null where a list has ended earlier
 *
 * @typedef {import('./numbers.js').Layers} Layers
 * @typedef {ReturnType<typeof tablesOf>} Tables
 */

const NEAR = 0.1; // nats per character under which two tables are nearly the same
const COMPARED = /** @type {const} */ (['count', 'probability', 'surprise']); // the layers that both tables have
const NO_FILM = 'These words have too many characters for a film. You see the end of the training.';
const OWN_FILM = 'The losses and the last table come from the server. Your browser computed the tables of the steps before; it may round differently.';
const NO_NAMES = 'Names of the steps before the end are not drawn: the page holds only a part of this table.';
const TOO_FEW = 'The page got too few random numbers for all names of this step.';

/** Both tables at the end of a run, the greatest number of each layer, and the random numbers of the names. @param {Stage} value */
export function tablesOf(value) {
  const { totals } = value;
  const columns = value.columns.length;
  const size = value.rows.length * columns;
  const [P, Q, W] = [value.P, value.Q, value.W].map((packed) => decode(packed, size));
  /** @type {Layers} */
  const counted = { ...layersOf(P, totals, columns), count: decode(value.N, size, Float64Array) };
  /** @type {Layers} */
  const end = { ...layersOf(Q, totals, columns), weight: W }; // the server's own table, not the last frame of the film
  const most = (/** @type {(layer: typeof COMPARED[number]) => number} */ of) => COMPARED.map((layer) => [layer, of(layer)]);
  /** @type {Record<string, number>} */
  const max = Object.fromEntries([['weight', largest(W)], ...most((layer) => largest(counted[layer], end[layer]))]);
  /** @type {Record<string, number>} */
  const apart = Object.fromEntries(most((layer) => largest(minus(counted[layer], end[layer]))));
  const uniforms = value.uniforms ? decode(value.uniforms, value.uniforms_count, Float64Array) : null;
  return { columns, totals, counted, end, max, apart, uniforms };
}

/** @param {Float32Array | Float64Array} a @param {Float32Array | Float64Array} b */
export function minus(a, b) {
  return Float64Array.from(a, (x, cell) => x - b[cell]);
}

/** The trained table of a step before the end. @param {Float32Array} W @param {Tables} tables @returns {Layers} */
export function trainedAt(W, { totals, columns }) {
  return { ...layersOf(softmaxRows(W, totals.length, columns), totals, columns), weight: W };
}

/** The losses of a step. At the end of the run, the server's own number counts. @param {Stage} value @param {number} step */
export function lossesAt(value, step) {
  const nll = step >= value.step ? value.figures.descended_nll : along(value.curve.nll, step);
  return { nll, objective: along(value.curve.loss, step) };
}

/** Whether the page holds the whole table, and each row is one character. @param {Stage} value */
export function isWhole({ order, rows, characters }) {
  return order === 2 && rows.length === characters;
}

/**
 * The trained names of a step before the end, drawn with the same random numbers as those of the end.
 *
 * @param {Stage} value
 * @param {Tables} tables
 * @param {Layers} trained
 */
export function namesAt({ columns, names }, { uniforms }, trained) {
  return uniforms ? draw(trained.probability, columns, uniforms, list(names?.pairs ?? []).length) : [];
}

/**
 * What there is to say below the film.
 *
 * @param {Stage} value
 * @param {string[] | null} names of a step before the end
 */
export function noteOf(value, names) {
  const notes = [];
  if (!hasFilm(value)) notes.push(NO_FILM);
  else if (value.film?.chaotic) notes.push(OWN_FILM);
  if (names && !value.uniforms) notes.push(NO_NAMES);
  else if (names && names.length < list(value.names?.pairs ?? []).length) notes.push(TOO_FEW);
  return notes.join(' ');
}

/** @param {import('./film.js').Run} run */
export function hasFilm({ start, film }) {
  return Boolean(start && film);
}

/** What the sentence over the stage says of a run. @param {Stage} value */
export function storyOf(value) {
  const { gap, descended_nll: nll } = value.figures;
  return {
    end: value.step,
    well: !value.film?.chaotic && number(nll) !== null,
    near: Math.abs(gap ?? Infinity) < NEAR,
    filmed: hasFilm(value),
  };
}
