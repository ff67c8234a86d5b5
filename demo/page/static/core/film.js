// The descent as a film, computed where it is shown: the counts and the first weights say all of it. No page here, only
// numbers, so that it can be tested without a browser.

/**
 * @typedef {object} Rule how gradient descent steps
 * @property {number} n examples
 * @property {number} size numbers of W
 * @property {number} lr learning rate
 * @property {number} l2
 * @property {boolean} [chaotic] whether the run never settles; known at its end only
 *
 * @typedef {object} Run what says all of a run
 * @property {string[]} rows the contexts
 * @property {string[]} columns the next characters
 * @property {string} N packed counts, as float64
 * @property {string | null} [start] packed first weights; none where the page has no film
 * @property {Rule | null} [film]
 *
 * @typedef {ArrayLike<number>} Table its numbers row by row
 * @typedef {{ at: (step: number) => Float32Array }} Film the weights after that many steps
 */

/**
 * A table from the server: base64 of little-endian floats, row by row; counts as float64, which holds all their digits.
 *
 * @template {Float32ArrayConstructor | Float64ArrayConstructor} [Kind=Float32ArrayConstructor]
 * @param {string} base64
 * @param {number} size how many numbers there must be
 * @param {Kind} Kind
 * @returns {InstanceType<Kind>}
 */
export function decode(base64, size, Kind = /** @type {Kind} */ (Float32Array)) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const numbers = /** @type {InstanceType<Kind>} */ (new Kind(bytes.buffer));
  if (numbers.length !== size) throw new RangeError('not one number per cell');
  return numbers;
}

/** @param {Table} table @param {number} rows @param {number} columns */
export function sumRows(table, rows, columns) {
  const sums = new Float64Array(rows);
  for (let cell = 0; cell < rows * columns; cell++) sums[Math.floor(cell / columns)] += table[cell];
  return sums;
}

/**
 * Each row of weights as probabilities that sum to 1. The largest weight is taken off first: e^1000 is too large.
 *
 * @param {Table} W
 * @param {number} rows
 * @param {number} columns
 */
export function softmaxRows(W, rows, columns) {
  const p = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const [start, end] = [i * columns, (i + 1) * columns];
    let largest = -Infinity;
    for (let cell = start; cell < end; cell++) if (W[cell] > largest) largest = W[cell];
    let sum = 0;
    for (let cell = start; cell < end; cell++) sum += p[cell] = Math.exp(W[cell] - largest);
    for (let cell = start; cell < end; cell++) p[cell] /= sum;
  }
  return p;
}

/**
 * One step of gradient descent: W − lr · ((r·softmax(W) − N)/n + 2·l2/size · W), r the row sums of N.
 *
 * @param {Float64Array} W
 * @param {Table} N
 * @param {Table} totals one for each row
 * @param {Rule} rule
 */
export function descend(W, N, totals, { n, size, lr, l2 }) {
  const rows = totals.length;
  const columns = N.length / rows;
  const p = softmaxRows(W, rows, columns);
  const pull = (2 * l2) / size;
  return W.map((w, cell) => {
    const total = totals[Math.floor(cell / columns)];
    return w - lr * ((total * p[cell] - N[cell]) / n + pull * w);
  });
}

/**
 * The frames of a run: `at(step)` is W after that many steps, made when it is first asked for and then kept.
 * null where the server sends no first weights.
 *
 * @param {Run} value
 * @returns {Film | null}
 */
export function frames(value) {
  const { film } = value;
  if (!value.start || !film) return null;
  const [rows, columns] = [value.rows.length, value.columns.length];
  const N = decode(value.N, rows * columns, Float64Array);
  const totals = sumRows(N, rows, columns);
  const start = decode(value.start, rows * columns);
  const kept = [start];
  let W = Float64Array.from(start); // goes on in double precision; what is kept is rounded
  return {
    at(step) {
      while (kept.length <= step) {
        W = descend(W, N, totals, film);
        kept.push(Float32Array.from(W));
      }
      return kept[step];
    },
  };
}

/**
 * What makes two films the same run: all but how far it has gone, and the smoothing of the counted table beside it.
 *
 * @param {Run} run
 */
export function runKey({ rows, columns, N, start, film }) {
  return JSON.stringify([rows, columns, N, start, { ...film, chaotic: undefined }]); // known at the end only
}

/**
 * The number of a curve at a step, or at its end where it is not yet so long.
 *
 * @param {(number | null)[]} numbers
 * @param {number} step
 */
export function along(numbers, step) {
  return numbers[Math.min(step, numbers.length - 1)] ?? null;
}
