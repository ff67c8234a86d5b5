// Your name: its way through the table, lit up cell by cell, and how usual it is among the names of the list.

import { calm, make, text } from '../core/dom.js';
import { moreUsual, pathOf, strangestOf, surpriseOf } from '../core/draw.js';
import { pairOf } from '../core/numbers.js';

const LIT = 170; // milliseconds from one cell to the next
const TYPED = 350; // milliseconds without a key until the way is shown
const MOST = 40; // characters
const PROMISE = 'How usual is it? Its letter pairs light up in the table.';

/**
 * @typedef {object} Stage the table that is shown
 * @property {string[]} characters
 * @property {ArrayLike<number>} P row by row
 * @property {number} columns
 * @property {string} key another table has another one
 *
 * @param {object} of
 * @param {(cells: number[][]) => void} of.trace lights up cells of the table
 * @param {() => Promise<number[] | null>} of.ask the surprise of all names of the list, in order
 * @param {(name: string) => void} of.rename tells the page
 */
export function yours({ trace, ask, rename }) {
  const box = make('input', { type: 'text', class: 'box', maxlength: MOST, placeholder: 'type a name', spellcheck: 'false' });
  const said = make('p', { class: 'said', 'aria-live': 'polite' }, PROMISE);
  const element = make('section', { class: 'yours' }, make('label', {}, 'Your name', box), said);
  /** @type {Stage | null} */
  let stage = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = 0;

  /**
   * The table that is shown. Without one (the page holds only a part of it) the part is hidden.
   *
   * @param {Stage | null} fresh
   */
  function at(fresh) {
    element.hidden = !fresh;
    const another = fresh?.key !== stage?.key;
    stage = fresh;
    if (stage && box.value && another) light(false);
  }

  /** @param {string} name */
  function fill(name) {
    if (name === box.value.trim()) return;
    box.value = name;
    if (stage) light(true);
  }

  /** @param {boolean} slowly */
  async function light(slowly) {
    if (!stage) return;
    const mine = ++asked;
    const { characters, P, columns } = stage;
    const name = spelling(box.value.trim(), characters);
    clearTimeout(timer);
    if (!name) {
      trace([]);
      said.textContent = PROMISE;
      return;
    }
    const { cells, wrong } = pathOf(name, characters);
    if (wrong !== undefined) {
      trace([]);
      said.replaceChildren('No name of this list has the character ', make('b', {}, text(wrong)), '. Leave it out.');
      return;
    }
    walk(cells, slowly && !calm() ? 1 : cells.length);
    const surprise = surpriseOf(cells, P, columns);
    const strangest = strangestOf(cells, P, columns);
    const pair = pairOf(characters[strangest[0]], characters[strangest[1]]);
    say(name, surprise, pair, null);
    const quantiles = await ask();
    if (mine === asked && quantiles) say(name, surprise, pair, moreUsual(surprise, quantiles));
  }

  /** The list decides between small and capital letters. @param {string} name @param {string[]} characters */
  function spelling(name, characters) {
    return Array.from(name, (one) => {
      const other = [one, one.toLowerCase(), one.toUpperCase()].find((way) => characters.includes(way));
      return other ?? one;
    }).join('');
  }

  /** @param {number[][]} cells @param {number} far */
  function walk(cells, far) {
    trace(cells.slice(0, far));
    if (far < cells.length) timer = setTimeout(() => walk(cells, far + 1), LIT);
  }

  /** @param {string} name @param {number} surprise @param {string[]} pair @param {number | null} share */
  function say(name, surprise, [before, after], share) {
    const much = Number.isFinite(surprise) ? surprise.toFixed(2) : '∞';
    said.replaceChildren(make('b', {}, text(name)));
    if (share !== null) said.append(` is more usual than ${Math.round(100 * share)}% of the names in the list`);
    said.append(`: surprise per letter ${much}. Most surprising: `, text(before), ' → ', text(after), '.');
  }

  box.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      rename(box.value.trim());
      light(true);
    }, TYPED);
  });

  return { element, at, fill };
}
