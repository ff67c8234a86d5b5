// What the stage shows just now, in one sentence, and the one thing to press next.

import { format, make } from '../core/dom.js';

const NOISE = 'Before training, the table is random, and so are its names.';
const NOT_PERFECT = 'They are not perfect: the table looks only at the letter before.';
const WHY_TRAIN = 'Then why train? A larger network can only be trained.';
/** @type {Next} */
const TRAIN = { words: 'Watch it learn', does: 'train' };

/**
 * @typedef {'watch' | 'count' | 'train'} Does
 * @typedef {{ words: string, does: Does }} Next what there is to press
 */

/**
 * The sentence and the next thing.
 *
 * @param {object} of
 * @param {import('../core/stage.js').View} of.view
 * @param {boolean} of.playing
 * @param {number} of.step that is shown
 * @param {number} of.end the last step that is there
 * @param {number | null} of.steps that were asked for
 * @param {boolean} of.well whether the run has settled
 * @param {boolean} of.near whether both tables are nearly the same
 * @param {boolean} of.filmed
 * @returns {{ words: string, why?: string, next: Next | null }}
 */
export function tell({ view, playing, step, end, steps, well, near, filmed }) {
  const many = `${format(end, 'integer')} ${end === 1 ? 'step' : 'steps'}`;
  /** @type {Next | null} */
  const watch = filmed && end > 0 ? { words: 'Watch it learn', does: 'watch' } : null;
  if (step === 0 && view !== 'counted') return { words: NOISE, next: playing ? null : end > 0 || steps === 0 ? watch : TRAIN };
  if (playing) return { words: 'Training: each step makes the real names more likely.', next: null };
  if (view === 'counted') {
    if (!near) return { words: 'This table was counted, not trained.', next: watch };
    return { words: 'Counting the letter pairs gives nearly the same table.', why: WHY_TRAIN, next: watch };
  }
  if (view === 'difference') return { words: 'Where the trained and the counted table differ.', next: watch };
  if (step < end) return { words: `Step ${format(step, 'integer')} of ${many}: half noise, half learned.`, next: watch };
  if (!well) return { words: `After ${many}, this run has not settled.`, next: watch };
  return {
    words: near ? `After ${many}, the names sound more real.` : `After ${many}, it has begun to learn.`,
    why: near ? NOT_PERFECT : '',
    next: { words: 'Learn by counting instead', does: 'count' },
  };
}

/**
 * press(does) is called with what the visitor wants.
 *
 * @param {{ press: (does: Does) => void }} of hears what the visitor wants
 */
export function tale({ press }) {
  const words = make('p', { class: 'words', 'aria-live': 'polite' });
  const because = make('p', { class: 'note' });
  const button = make('button', { type: 'button', class: 'next' });
  const element = make('div', { class: 'tale' }, make('div', {}, words, because), button);
  /** @type {Does} */
  let does = 'watch';
  button.addEventListener('click', () => press(does));

  /** @param {Parameters<typeof tell>[0]} state */
  function show(state) {
    const { words: said, why = '', next } = tell(state);
    if (words.textContent !== said) words.textContent = said;
    because.textContent = why;
    button.style.visibility = next ? '' : 'hidden'; // it keeps its place
    if (!next) return;
    does = next.does;
    button.textContent = next.words;
    element.dataset.next = does;
  }

  return { element, show };
}
