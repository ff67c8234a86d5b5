// Traps of PyTorch: a few lines with the mistake and without it, and what the server's PyTorch prints for each.

import { make } from '../core/dom.js';
import { field, held, row, select, sentence } from '../core/fields.js';
import { latest } from '../core/latest.js';
import { term } from '../core/term.js';
import { beside } from '../pictures/beside.js';

/**
 * @typedef {'wrong' | 'right'} Side
 * @typedef {object} Trap
 * @property {string} start the lines before
 * @property {string} head the first lines, which both sides share
 * @property {string} tail the last ones
 * @property {{ side: Side, lines: string, printed: string }[]} sides
 * @property {any} tables
 */

/** @type {Record<Side, string>} */
const TITLES = { wrong: 'Wrong', right: 'Right' };

/**
 * All lines in their order: those that both sides share, and in their midst those that differ, each once.
 *
 * @param {Pick<Trap, 'head' | 'tail' | 'sides'>} trap
 */
export function lines({ head, tail, sides }) {
  const of = (/** @type {string} */ words, /** @type {Side | null} */ side) => words.split('\n').map((line) => ({ line, side }));
  const shared = (/** @type {string} */ words) => (words ? of(words, null) : []);
  return [...shared(head), ...sides.flatMap((one) => of(one.lines, one.side)), ...shared(tail)];
}

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function traps(root, { page }) {
  const picker = make('div', {});
  const code = make('pre', { class: 'lines', tabindex: 0, role: 'region', 'aria-label': 'The lines' });
  const sides = make('div', { class: 'sides' });
  const tables = beside();
  const heldTables = held('tables', tables);
  const printed = make('div', { id: 'printed', hidden: '' }, code, sides, heldTables);
  const wrong = sentence();
  const said = make('p', { class: 'unseen', role: 'status' }); // what a screen reader tells of the two
  const start = make('pre', { tabindex: 0, role: 'region', 'aria-label': 'The lines before' });
  const before = make('details', {}, make('summary', {}, 'The lines before'), start);
  const lesson = make('button', { type: 'button', class: 'lesson-on' }, 'Lesson on this');
  lesson.addEventListener('click', () => chosen && page.lesson(chosen));
  const run = latest((/** @type {string} */ key) => page.ask('traps', 'run_trap', { experiment: undefined, key, quiet: true }));
  /** @type {string | null} */
  let chosen = null;

  /** @param {string} key */
  async function draw(key) {
    chosen = key;
    printed.hidden = true; // never the lines of one trap under the name of another
    wrong.say('Both pieces of code are running …');
    /** @type {Trap & { error?: string } | null} */
    const reply = await run(key);
    if (!reply) return;
    wrong.say(reply.error ?? '', 'error');
    if (reply.error) return;
    start.textContent = reply.start;
    code.replaceChildren(...lines(reply).map(written));
    sides.replaceChildren(...reply.sides.map(half));
    said.textContent = reply.sides.map(({ side, printed: out }) => `${TITLES[side]} prints ${out}`).join('\n');
    printed.hidden = false;
    heldTables.hidden = !reply.tables;
    tables.show(reply.tables);
  }

  /** A line, marked where it is of one side only. @param {{ line: string, side: Side | null }} of */
  function written({ line, side }) {
    const words = side ? make('mark', { class: side, title: TITLES[side] }, line) : make('span', {}, line);
    return make('div', { class: 'line' }, words);
  }

  /** @param {{ side: Side, printed: string }} of */
  function half({ side, printed: words }) {
    const out = make('pre', { class: 'out', tabindex: 0, role: 'region', 'aria-label': `${TITLES[side]}: what it prints` });
    out.textContent = words;
    return make('section', { class: side }, make('h3', {}, `${TITLES[side]} prints`), out);
  }

  root.append(
    make(
      'div',
      { class: 'screen' },
      make(
        'p',
        {},
        'Mistakes with ',
        term('tensors', 'tensor'),
        ' that PyTorch does not always report. Both lines are run on this server.',
      ),
      row(picker, lesson),
      wrong.element,
      said,
      printed,
      before,
    ),
  );

  return {
    main: 'wrong_and_right',
    asks: () => ({}),
    /** @param {{ traps: { key: string, title: string }[] }} value */
    show(value) {
      if (picker.firstChild) return;
      /** @type {import('../core/fields.js').Options} */
      const options = value.traps.map(({ key, title }) => [key, title]);
      const list = select('trap', options, chosen ?? options[0][0]);
      list.addEventListener('change', () => draw(list.value));
      picker.replaceChildren(field('Trap', list));
      if (chosen === null) draw(list.value);
    },
    /** @param {{ shows: { trap: string } }} of */
    async point({ shows }) {
      await draw(shows.trap);
      const list = picker.querySelector('select');
      if (list) list.value = shows.trap;
      return printed;
    },
  };
}
