// What the form of settings decides, as pure functions.

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

// Whether a table, packed, is small enough: a sentence where it has more than `most` characters.
export function tooLarge(packed, most) {
  if (packed.length <= most) return '';
  const [size, limit] = [packed.length, most].map((length) => ((length * 0.75) / 1e6).toFixed(1));
  return `The compressed table has ${size} MB; at most ${limit} MB are allowed. Upload a table of a lower order.`;
}

// The text of a file with a list: {text, wrong}. The server reads the words in it: here it is only known whether it may
// be sent, in at most `most` characters. `wrong` is a sentence where it may not.
export function textOf(bytes, most) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { wrong: 'The list is not UTF-8. Save it as UTF-8 text.' };
  }
  const length = text.length > most ? [...text].length : text.length; // Python counts an emoji as one character
  if (length <= most) return { text };
  const [has, limit] = [length, most].map((n) => n.toLocaleString('en-US'));
  return { wrong: `The list has ${has} characters; at most ${limit} are allowed. Take a part of it.` };
}
