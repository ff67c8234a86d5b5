// The descent as a film, computed where it is shown: the counts and the first weights say all of it. No page here, only
// numbers, so that it can be tested without a browser.

// A table from the server: base64 of little-endian floats, row by row; counts as float64, which holds all their digits.
export function decode(base64, size, Kind = Float32Array) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const numbers = new Kind(bytes.buffer);
  if (numbers.length !== size) throw new RangeError('not one number per cell');
  return numbers;
}

export function sumRows(table, rows, columns) {
  const sums = new Float64Array(rows);
  for (let cell = 0; cell < rows * columns; cell++) sums[Math.floor(cell / columns)] += table[cell];
  return sums;
}

// Each row of weights as probabilities that sum to 1. The largest weight is taken off first: e^1000 is too large.
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

// One step of gradient descent: W − lr · ((r·softmax(W) − N)/n + 2·l2/size · W), r the row sums of N.
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

// The frames of a run: `at(step)` is W after that many steps, made when it is first asked for and then kept.
// null where the server sends no first weights.
export function frames(value) {
  if (!value.start || !value.film) return null;
  const [rows, columns] = [value.rows.length, value.columns.length];
  const N = decode(value.N, rows * columns, Float64Array);
  const totals = sumRows(N, rows, columns);
  const start = decode(value.start, rows * columns);
  const kept = [start];
  let W = Float64Array.from(start); // goes on in double precision; what is kept is rounded
  return {
    at(step) {
      while (kept.length <= step) {
        W = descend(W, N, totals, value.film);
        kept.push(Float32Array.from(W));
      }
      return kept[step];
    },
  };
}

// What makes two films the same run: all but how far it has gone, and the smoothing of the counted table beside it.
export function runKey({ rows, columns, N, start, film }) {
  return JSON.stringify([rows, columns, N, start, { ...film, chaotic: undefined }]); // known at the end only
}

// The number of a curve at a step, or at its end where it is not yet so long.
export function along(numbers, step) {
  return numbers[Math.min(step, numbers.length - 1)] ?? null;
}
