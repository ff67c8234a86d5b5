// Names from a table, drawn in the browser as `bigram.sample` draws them on the server: the next character is the first
// whose cumulative probability exceeds u. The server sends the uniform numbers u, so that both draw the same names;
// tests/browser/test_story.py holds the two together. Pure functions.

/**
 * The running sum of each row, ending in exactly 1.
 * @param {ArrayLike<number>} P row by row
 * @param {number} rows
 * @param {number} columns
 */
export function cumulate(P, rows, columns) {
  const sums = new Float64Array(P.length);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sums[i * columns + j] = sum += P[i * columns + j];
    for (let j = 0; j < columns; j++) sums[i * columns + j] /= sum;
  }
  return sums;
}

/**
 * At most `count` names from a table whose rows are the characters; the first character is the boundary. Fewer, where
 * the uniform numbers do not suffice for more.
 * @param {ArrayLike<number>} P row by row
 * @param {string[]} characters
 * @param {Iterable<number>} uniforms from 0 to below 1
 * @param {number} count
 */
export function draw(P, characters, uniforms, count) {
  const size = characters.length;
  const sums = cumulate(P, size, size);
  /** @type {string[]} */
  const names = [];
  let [name, context] = ['', 0];
  for (const u of uniforms) {
    if (names.length === count) break;
    const next = above(sums, context * size, size, u);
    if (next) name += characters[next];
    else {
      names.push(name);
      name = '';
    }
    context = next;
  }
  return names;
}

/**
 * The first place of a row that is above u; the rows are ordered. A row that holds no numbers ends the name.
 * @param {Float64Array} sums
 * @param {number} start
 * @param {number} size
 * @param {number} u
 */
function above(sums, start, size, u) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (u < sums[start + middle]) high = middle;
    else low = middle + 1;
  }
  return low < size ? low : 0;
}

/**
 * The cells that a name passes on the table, from the start to the end: [[row, column]]. `wrong`: the first character
 * that the table does not have.
 * @param {string} name
 * @param {string[]} characters
 * @returns {{ cells: number[][], wrong?: undefined } | { wrong: string, cells?: undefined }}
 */
export function pathOf(name, characters) {
  const letters = Array.from(name);
  const wrong = letters.find((letter) => characters.indexOf(letter) < 1);
  if (wrong !== undefined) return { wrong };
  const places = [0, ...letters.map((letter) => characters.indexOf(letter)), 0];
  return { cells: places.slice(1).map((to, at) => [places[at], to]) };
}

/**
 * How surprised a table is by a name: the mean of −log p over its cells, in nats per character.
 * @param {number[][]} cells
 * @param {ArrayLike<number>} P row by row
 * @param {number} columns
 */
export function surpriseOf(cells, P, columns) {
  return cells.reduce((sum, [i, j]) => sum - Math.log(P[i * columns + j]), 0) / cells.length;
}

/**
 * The cell of a name that surprises a table most.
 * @param {number[][]} cells
 * @param {ArrayLike<number>} P row by row
 * @param {number} columns
 */
export function strangestOf(cells, P, columns) {
  return cells.reduce((most, one) => (P[one[0] * columns + one[1]] < P[most[0] * columns + most[1]] ? one : most));
}

/**
 * The share of names, 0 to 1, that are more surprising than this one.
 * @param {number} surprise
 * @param {number[]} quantiles the surprise of all names, in order, at equal steps
 */
export function moreUsual(surprise, quantiles) {
  return quantiles.filter((one) => one > surprise).length / quantiles.length;
}
