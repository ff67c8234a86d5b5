// Two sequences side by side, so that a shift is not a difference: first the two lists of names, then the letters of
// two names that stand beside each other. Pure functions.

const LARGEST = 2_000_000; // cells of the table of an alignment; longer sequences are compared place by place
const segments = new Intl.Segmenter();

/** What a reader takes for one letter, accents included. @param {string} word */
export function letters(word) {
  return Array.from(segments.segment(word), (part) => part.segment);
}

/**
 * The longest common subsequence (Needleman–Wunsch with 1 for equal and 0 for all else), as pairs of places.
 *
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[number, number][]}
 */
export function common(a, b) {
  if (a.length * b.length > LARGEST) return inPlace(a, b);
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width); // of a from i on and b from j on
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * width + j] =
        a[i] === b[j]
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
    else j++;
  }
  return pairs;
}

/** @param {string[]} a @param {string[]} b */
function inPlace(a, b) {
  /** @type {[number, number][]} */
  const pairs = [];
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] === b[k]) pairs.push([k, k]);
  return pairs;
}

/** A name in runs of letters that the other name shares and runs that it does not. @param {string} name @param {string} other */
export function runs(name, other) {
  const mine = letters(name);
  const shared = new Set(common(mine, letters(other)).map(([i]) => i));
  /** @type {{ word: string, same: boolean }[]} */
  const found = [];
  mine.forEach((letter, at) => {
    const same = shared.has(at);
    const last = found.at(-1);
    if (last?.same === same) last.word += letter;
    else found.push({ word: letter, same });
  });
  return found;
}

/**
 * The lines of two lists of names: left and right are the places in the lists, or null for a gap. Names between two
 * equal ones stand beside each other as far as they go.
 *
 * @param {string[]} left
 * @param {string[]} right
 */
export function lines(left, right) {
  /** @type {{ left: number | null, right: number | null, same: boolean }[]} */
  const found = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...common(left, right), [left.length, right.length]]) {
    while (i < x || j < y) found.push({ left: i < x ? i++ : null, right: j < y ? j++ : null, same: false });
    if (x < left.length && y < right.length) found.push({ left: i++, right: j++, same: true });
  }
  return found;
}
