// Two sequences side by side, so that a shift is not a difference: first the two lists of names, then the letters of
// two names that stand beside each other. Pure functions.

const LARGEST = 2_000_000; // cells of the table of an alignment; longer sequences are compared place by place
const segments = new Intl.Segmenter();

// What a reader takes for one letter, accents included.
export function letters(word) {
  return Array.from(segments.segment(word), (part) => part.segment);
}

// The longest common subsequence (Needleman–Wunsch with 1 for equal and 0 for all else), as pairs of places.
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
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
    else j++;
  }
  return pairs;
}

function inPlace(a, b) {
  const pairs = [];
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] === b[k]) pairs.push([k, k]);
  return pairs;
}

// A name in runs of letters that the other name shares and runs that it does not: [{word, same}].
export function runs(name, other) {
  const mine = letters(name);
  const shared = new Set(common(mine, letters(other)).map(([i]) => i));
  const found = [];
  mine.forEach((letter, at) => {
    const same = shared.has(at);
    if (found.at(-1)?.same === same) found.at(-1).word += letter;
    else found.push({ word: letter, same });
  });
  return found;
}

// The lines of two lists of names: [{left, right, same}], left and right the places in the lists, or null for a gap.
// Names between two equal ones stand beside each other as far as they go.
export function lines(left, right) {
  const found = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...common(left, right), [left.length, right.length]]) {
    while (i < x || j < y) found.push({ left: i < x ? i++ : null, right: j < y ? j++ : null, same: false });
    if (x < left.length && y < right.length) found.push({ left: i++, right: j++, same: true });
  }
  return found;
}
