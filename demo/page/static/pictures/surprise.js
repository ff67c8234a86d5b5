// The surprise per letter of both tables on one bar, from 0 to beyond pure chance.

import { make, number } from '../core/dom.js';
import { fixed } from '../core/numbers.js';
import { term } from '../core/term.js';

/** @typedef {'counted' | 'trained' | 'chance'} Key */
/** @type {Record<Key, string>} */
const WORDS = { counted: 'counted', trained: 'trained', chance: 'pure chance' };
const MEANING = 'The mean surprise at the next letter of a real name. Less is better.';

/**
 * The right end of the bar: pure chance, or a little more where the table is more surprised than by chance.
 *
 * @param {number} chance
 * @param {number | null} highest
 */
export function rightEnd(chance, highest) {
  return Math.max(chance, Math.min(highest ?? 0, 1.5 * chance)) * 1.02;
}

export function surprise() {
  const fill = make('div', { class: 'fill' });
  const keys = /** @type {Key[]} */ (Object.keys(WORDS));
  const marks = keys.map((key) => make('div', { class: `mark ${key}` }));
  const bar = make('div', { class: 'bar', role: 'img' }, fill, ...marks);
  const numbers = keys.map(() => make('b', {}));
  const said = keys.map((key, k) => make('span', { class: key }, key === 'chance' ? term(WORDS[key]) : WORDS[key], ' ', numbers[k]));
  const legend = make('p', { class: 'legend' }, ...said);
  const unit = make('span', { class: 'quiet' }, '(', term('NLL'), ', in ', term('nats', 'nat'), ')');
  const title = make('h3', {}, 'Surprise per letter ', unit);
  const meaning = make('p', { class: 'note' }, MEANING);
  const element = make('section', { class: 'surprise' }, title, bar, legend, meaning);

  /**
   * @param {object} values in nats per character; null is infinite
   * @param {number | null} values.counted
   * @param {number | null} values.trained
   * @param {number} values.chance
   * @param {number | null} values.highest
   */
  function show(values) {
    const end = rightEnd(values.chance, values.highest);
    const place = (/** @type {number | null} */ x) => `${100 * Math.min(1, (number(x) ?? end) / end)}%`;
    fill.style.width = place(values.trained);
    marks.forEach((mark, k) => (mark.style.left = place(values[keys[k]])));
    numbers.forEach((one, k) => (one.textContent = fixed(values[keys[k]], 2)));
    bar.setAttribute('aria-label', keys.map((key, k) => `${WORDS[key]} ${numbers[k].textContent}`).join(', '));
  }

  return { element, show };
}
