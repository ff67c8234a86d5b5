// The numbers of a run with all their digits, what each means, and why the two losses differ.

import { format, make } from '../core/dom.js';
import { fixed, perplexed, signed } from '../core/numbers.js';

/** @type {Record<string, string>} */
const MEANING = {
  counted_nll: 'Surprise per letter of the counted table: the mean of −log p, in nats.',
  descended_nll: 'Surprise per letter of the trained table. The nat is the unit of the natural logarithm.',
  gap: 'Trained less counted. Near 0, both ways have found the same model.',
  perplexity: 'e to the power of the NLL: among so many equally likely letters one would have to guess. Counted · trained.',
  examples: 'The pairs of neighbouring letters that were learned from.',
};

/** @typedef {import('../core/stage.js').Stage} Stage */

/** @param {Stage['figures']} figures */
function atEnd({ gap, counted_perplexity: counted, descended_perplexity: trained }) {
  return { gap, perplexities: [counted, trained] };
}

/** The numbers of a step before the end. @param {Stage['figures']} figures @param {number | null} nll of the trained table */
export function before({ counted_nll: floor, counted_perplexity: counted }, nll) {
  const gap = nll === null || floor === null ? null : nll - floor;
  return { gap, perplexities: [counted, nll === null ? null : Math.exp(nll)] };
}

/** @param {{ lesson: (key: string) => void }} of opens a lesson */
export function exactNumbers({ lesson }) {
  const list = make('dl', { class: 'numbers' });
  const reason = make('p', { class: 'reason', hidden: '' });
  const summary = make('summary', {}, 'Exact numbers, and why the two differ');
  const element = make('details', { class: 'exact' }, summary, list, reason);

  /**
   * @param {Pick<Stage, 'figures' | 'rows' | 'reason' | 'step'>} value
   * @param {{ nll: number | null, isEnd: boolean }} at the step that is shown
   */
  function show({ figures: all, rows, reason: why, step: end }, { nll, isEnd }) {
    const { gap, perplexities: both } = isEnd ? atEnd(all) : before(all, nll);
    const whole = (/** @type {number} */ x) => format(x, 'integer');
    const learned = all.words ? `from ${whole(all.words)} ${all.words === 1 ? 'word' : 'words'}` : 'from a table of counts';
    const kind = rows[0].length > 1 ? 'combinations' : 'pairs';
    const from = `${learned}; ${whole(all.empty)} of ${whole(all.cells)} ${kind} never occur`;
    list.replaceChildren(
      figure('counted_nll', 'NLL counted', fixed(all.counted_nll, 4), fixed(all.counted_nll, 6)),
      figure('descended_nll', 'NLL trained', fixed(nll, 4), fixed(nll, 6)),
      figure('gap', 'gap', signed(gap), signed(gap, 6)),
      figure('perplexity', 'perplexity', both.map(perplexed).join(' · '), both.map((x) => fixed(x, 6)).join(' · ')),
      figure('examples', 'examples', whole(all.examples), from, from),
    );
    reason.hidden = !why?.sentence;
    reason.replaceChildren(isEnd ? '' : `At step ${whole(end)}: `, why?.sentence ?? '');
    if (why?.lesson) reason.append(' ', linkTo(why.lesson));
  }

  /** @param {string} key @param {string} label @param {string} written @param {string} title */
  function figure(key, label, written, title, more = '') {
    const said = make('dd', {}, make('span', { class: 'number', 'data-key': key, title }, written));
    if (more) said.append(' ', make('span', { class: 'unit' }, more));
    const node = make('div', { class: `figure ${key}` }, make('dt', {}, label), said);
    node.append(make('dd', { class: 'meaning' }, MEANING[key]));
    return node;
  }

  /** @param {string} key */
  function linkTo(key) {
    const link = make('button', { type: 'button', class: 'link' }, 'Lesson on this');
    link.addEventListener('click', () => lesson(key));
    return link;
  }

  /** Opens the numbers; returns the figure of a key. @param {string} key */
  function point(key) {
    element.open = true;
    return list.querySelector(`.${key}`);
  }

  return { element, show, point };
}
