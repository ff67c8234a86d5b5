// What the form of settings decides, as pure functions.

const MOST = 2_000_000; // characters of an own list
const MOST_PACKED = 6_000_000; // characters of a table as text

// What was typed, as the server takes it: a number where it is one, else the text, which the server refuses by name.
export function formIs(kind, typed) {
  if (kind === 'text') return typed;
  const trimmed = typed.trim();
  if (kind === 'seed') return trimmed;
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

// The settings in a line, for where they are folded.
export function summaryOf({ data, order, k, steps, lr }) {
  return `${data}, order ${order}, k ${k}, ${steps} steps, rate ${lr}`;
}

// Whether a table, packed, is small enough: a sentence where it is not.
export function tooLarge(packed) {
  if (packed.length <= MOST_PACKED) return '';
  const [size, most] = [packed.length, MOST_PACKED].map((length) => ((length * 0.75) / 1e6).toFixed(1));
  return `The compressed table has ${size} MB; at most ${most} MB are allowed. Upload a table of a lower order.`;
}

// An own list from a file: {words, sentence, kind}. `words` is null where the file is none.
export function readList(bytes) {
  const wrong = (sentence) => ({ words: null, sentence, kind: 'error' });
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return wrong('The list is not UTF-8. Save it as UTF-8 text.');
  }
  if (text.length > MOST) {
    return wrong(`The list has ${text.length.toLocaleString('en-US')} characters; at most 2,000,000 are allowed. Take a part of it.`);
  }
  const words = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter(Boolean);
  if (!words.length) return wrong('The list holds no words. Give at least one, one word a line.');
  const bounded = words.find((word) => word.includes('.'));
  if (bounded) return wrong(`The word “${bounded.slice(0, 40)}” contains “.”, the boundary of words. Remove it.`);
  const sentence = `${words.length.toLocaleString('en-US')} own words are ready. Press Train.`;
  return { words: words.join('\n'), sentence, kind: 'note' };
}
