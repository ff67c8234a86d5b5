// Names from both tables, drawn with the same luck, side by side: what differs is underlined, and while the film plays,
// what has changed since the last frame lights up for a moment.

import { lines, runs } from '../core/align.js';
import { list, make, paper } from '../core/dom.js';
import { term } from '../core/term.js';

const TABLES = ['trained', 'counted'];
const KEY = 'Grey: in both lists. Underlined: letters that differ.';
const MOVING = 'Coloured: letters that have just changed.';

/** @typedef {{ name: string, known: boolean }} Name known: whether it stands in the training list */

/** @param {import('../core/stage.js').Stage['names'] | undefined} value */
export function read(value) {
  const pairs = list(value?.pairs ?? []);
  /** @returns {Name[]} */
  const ofSide = (/** @type {0 | 1} */ side) =>
    pairs.filter((pair) => pair[side] !== null).map((pair) => ({ name: pair[side], known: pair[side + 2] === true }));
  return { trained: ofSide(1), counted: ofSide(0), note: value?.note ?? '' };
}

/** options: fresh() draws new names. @param {{ fresh: () => void }} of draws new names */
export function nameLists({ fresh }) {
  const title = make('h3', {});
  const again = make('button', { type: 'button', class: 'again' }, 'New names');
  again.addEventListener('click', fresh);
  const note = make('p', { class: 'note' });
  const body = make('tbody', {});
  const heads = TABLES.map((one) => make('th', { scope: 'col', class: one === 'trained' ? 'descended' : one }, term(one)));
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...heads)), body);
  const region = make('div', { class: 'scroller', tabindex: 0, role: 'region' }, table, note);
  const key = make('p', { class: 'note key' }, KEY);
  const element = make('section', { class: 'names' }, make('div', { class: 'head' }, title, again), key, region);
  /** @type {ReturnType<typeof read>} */
  let end = { trained: [], counted: [], note: '' };
  /** @type {string[] | null} */
  let before = null; // the trained names of the last frame
  /** @type {Name[]} */
  let noise = []; // the trained names of step 0, while they stand beside the others
  let isAlone = false; // as it was shown last

  /**
   * The names of the end of a run, as the server drew them.
   *
   * @param {import('../core/stage.js').Stage['names']} value
   */
  function show(value) {
    end = read(value);
    note.textContent = end.note;
    element.hidden = !end.trained.length && !end.counted.length;
    paper(element);
  }

  /**
   * At rest at the end: `drawn` is null. Else the names of the step that stands on the stage.
   *
   * @param {string[] | null} drawn
   * @param {{ moving: boolean, alone: boolean, step: number }} how alone: beside the names of step 0, not the counted ones
   */
  function at(drawn, { moving, alone, step }) {
    const trained = drawn ? drawn.map((name) => ({ name, known: false })) : end.trained;
    if (step === 0) noise = trained;
    const counted = alone ? noise : end.counted;
    const words = trained.map((one) => one.name);
    const same = before && String(words) === String(before);
    if (moving && same) return;
    if (alone !== isAlone) heads[1].replaceChildren(alone ? 'before training' : term('counted'));
    isAlone = alone;
    const rows = moving || alone ? inPlace(trained, counted, moving ? before : null) : compared(trained, counted);
    body.replaceChildren(...rows);
    before = words;
    key.textContent = moving ? MOVING : KEY;
    key.style.visibility = alone && !moving ? 'hidden' : ''; // it keeps its place
    const count = Math.max(trained.length, counted.length);
    title.textContent = `${count} made-up ${count === 1 ? 'name' : 'names'}${alone ? '' : ' each'}`;
    region.setAttribute('aria-label', `${title.textContent}, trained and ${alone ? 'before training' : 'counted'}`);
  }

  /**
   * Place by place, so that each name changes where it stands.
   *
   * @param {Name[]} trained
   * @param {Name[]} counted
   * @param {string[] | null} last the trained names of the last frame
   */
  function inPlace(trained, counted, last) {
    return Array.from({ length: Math.max(trained.length, counted.length) }, (_, k) => {
      const cells = [cell(k, trained[k] ?? null, last?.[k], 'changed'), cell(k, counted[k] ?? null)];
      return make('tr', {}, ...cells);
    });
  }

  /**
   * Equal names beside each other: a shift is no difference.
   *
   * @param {Name[]} trained
   * @param {Name[]} counted
   */
  function compared(trained, counted) {
    const [mine, others] = [trained, counted].map((side) => side.map((one) => one.name));
    const both = new Set(mine.filter((name) => others.includes(name)));
    return lines(mine, others).map(({ left, right }) => {
      const [one, other] = [left === null ? null : trained[left], right === null ? null : counted[right]];
      const beside = (/** @type {Name | null} */ x, /** @type {Name | null} */ y) => (x && y && !both.has(x.name) ? y.name : undefined);
      const cells = [cell(left, one, beside(one, other), 'differs', both), cell(right, other, beside(other, one), 'differs', both)];
      return make('tr', {}, ...cells);
    });
  }

  /**
   * One name; where it is compared with another one, the runs of letters that differ are marked.
   *
   * @param {number | null} place
   * @param {Name | null} one
   * @param {string} [other]
   * @param {string} [mark]
   * @param {Set<string>} [both]
   */
  function cell(place, one, other, mark = '', both = new Set()) {
    if (!one || place === null) return make('td', { class: 'gap' });
    const { name, known } = one;
    const parts = other === undefined ? [{ word: name, same: true }] : runs(name, other);
    const marked = parts.map(({ word, same }) => (same ? word : make('span', { class: mark }, word)));
    const node = make('td', { class: both.has(name) ? 'shared' : '' }, make('span', { class: 'place' }, `${place + 1} `));
    node.append(make('bdi', { class: 'name', title: name }, ...(name ? marked : ['(no letter)'])));
    if (known) node.append(' ', make('span', { class: 'tag' }, 'in the list'));
    return node;
  }

  return { element, show, at };
}
