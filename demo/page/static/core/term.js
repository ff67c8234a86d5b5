// The words of the field that a beginner may not know. Each has one line, which a press or a pointer shows.

import { make } from './dom.js';

/** @type {Record<string, string>} */
export const LINES = {
  'one-hot': 'A list of zeros with a single 1. Its place says which character is meant.',
  W: 'The table of numbers that training changes. It has one row for each context.',
  logit: 'A number of W before it becomes a probability. A larger logit means a more likely character.',
  gradient: 'For each number of W: how the loss changes when this number grows a little. Training steps the other way.',
  loss: 'How wrong the predictions are, in one number. Training makes it smaller.',
  NLL: 'Negative log-likelihood: the mean of −ln p over all characters, where p is the probability of the right one.',
  surprise: 'The mean of −ln p, where p is the probability of the letter that comes next. It is 0 where every letter is certain.',
  nat: 'The unit of surprise, −log p. A probability of 1 has 0 nats, one half has 0.69, one tenth has 2.30.',
  'pure chance': 'Every character is equally likely. The surprise is then ln V, where V is the number of characters.',
  perplexity: 'Between how many equally likely characters the table hesitates on average. Lower is better.',
  smoothing: 'A number k is added to each count, so that no pair of characters has the probability 0.',
  L2: 'A penalty on large numbers of W. It keeps the probabilities closer to each other.',
  train: 'The 80% of the words from which the tables are learned.',
  dev: 'The 10% of the words by which settings are chosen. The tables have not learned from them.',
  test: 'The last 10% of the words. They are scored once, when every choice is made.',
  order: 'How many characters a table looks at, with the next one. Order 2 is a bigram: one before, one after.',
  seed: 'The number that random numbers start from. The same seed gives the same names.',
  u: 'A random number between 0 and 1. Each value is equally likely.',
  counted: 'The table that comes from counting which character follows which.',
  trained: 'The table that gradient descent has learned in small steps.',
  broadcasting: 'PyTorch repeats a smaller tensor until it fits a larger one. It does not ask which side you meant.',
  API: 'The address at which a program, not a person, asks this lab.',
  safetensors: 'A file format for tensors. It holds numbers only, so a file of a stranger can do no harm.',
  tensor: 'A table of numbers in PyTorch. It can have one, two or more dimensions.',
};
const EDGE = 8; // pixels that a line keeps from the edges of the screen

/**
 * Where a box of `width` and `height` goes: under its word, or over it where the screen ends; never off the screen.
 *
 * @param {{ left: number, top: number, bottom: number }} word
 * @param {{ width: number, height: number }} box
 * @param {{ width: number, height: number }} screen
 */
export function placed(word, { width, height }, screen) {
  const left = Math.max(EDGE, Math.min(word.left, screen.width - width - EDGE));
  const below = word.bottom + 4;
  const above = word.top - height - 4;
  const top = below + height > screen.height - EDGE && above >= EDGE ? above : below;
  return { left, top: Math.max(EDGE, Math.min(top, screen.height - height - EDGE)) };
}

/**
 * A word with its line. `key`: the word in the list above, where the sentence says it in another form.
 *
 * @param {string} words
 */
export function term(words, key = words) {
  const line = make('span', { class: 'term-line', popover: 'auto' }, LINES[key]);
  const word = make('button', { type: 'button', class: 'term' }, words);
  word.popoverTargetElement = line;
  word.popoverTargetAction = 'show'; // a press after the pointer has shown the line leaves it open
  line.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'open') return;
    const zoom = line.currentCSSZoom ?? 1;
    const screen = { width: document.documentElement.clientWidth, height: innerHeight };
    const place = placed(word.getBoundingClientRect(), line.getBoundingClientRect(), screen);
    line.style.left = `${place.left / zoom}px`;
    line.style.top = `${place.top / zoom}px`;
  });
  word.addEventListener('pointerenter', ({ pointerType }) => pointerType === 'mouse' && line.togglePopover(true));
  word.addEventListener('pointerleave', ({ pointerType }) => pointerType === 'mouse' && line.togglePopover(false));
  return make('span', { class: 'termed', 'data-word': words }, word, line); // paper has the word without its button
}
