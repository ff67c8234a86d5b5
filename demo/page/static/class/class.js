// What the pages of students and of the host share: how they ask the server, and what they draw.

import { make, text } from '../core/dom.js';
import { wait } from '../core/state.js';

export const AWAY = 'The server does not answer. The page tries again by itself.';
const PATIENCE = 10_000; // milliseconds until a question is asked again

/**
 * @typedef {object} Room what the server says of a room
 * @property {string} code
 * @property {number} number of the question
 * @property {string} question
 * @property {string[]} choices
 * @property {string} phase
 * @property {number} round 1 or 2, and 0 before them
 * @property {number[][] | null} tally the votes of each round on each choice, once they are shown
 * @property {number | null} answer the index of the right choice, once it is known
 *
 * A JSON object for a JSON object. While there is no answer, or one that says "later" (503), it is asked again: each
 * question may come twice.
 *
 * @param {string} name
 * @param {object} question
 * @param {(sentence: string) => void} say
 */
export async function ask(name, question, say) {
  const address = new URL(`../../../class/${name}`, import.meta.url);
  const headers = { 'content-type': 'application/json' };
  for (let tries = 0; ; tries++) {
    let why = AWAY;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const reply = await fetch(address, { method: 'POST', headers, body: JSON.stringify(question), signal });
      if (reply.ok) return await reply.json();
      if (reply.status === 503) why = (await reply.json()).error ?? AWAY;
    } catch {
      // the server is away, or something between speaks for it
    }
    say(why);
    await wait(tries);
  }
}

/**
 * How far a class is; of a room that is no more, neither number nor phase. null: the server does not answer.
 *
 * @param {string} code
 * @returns {Promise<Partial<Pick<Room, 'number' | 'phase'>> | null>}
 */
export async function placeOf(code) {
  try {
    const address = new URL(`../../../class/place/${encodeURIComponent(code)}`, import.meta.url);
    const reply = await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

// What a browser keeps; a private window may keep nothing, then it is kept as long as the page is open.
/** @type {Record<string, string>} */
const memory = {};

/** @param {string} key @param {string} value */
export function keep(key, value) {
  memory[key] = value;
  try {
    localStorage.setItem(key, value);
  } catch {
    // the page goes on without it
  }
}

/** @param {string} key @returns {string} */
export function kept(key) {
  try {
    return localStorage.getItem(key) ?? memory[key] ?? '';
  } catch {
    return memory[key] ?? '';
  }
}

// 128 random bits. Not `randomUUID`, which a page without https has not.
export function newVoter(bytes = crypto.getRandomValues(new Uint8Array(16))) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The rounds that are drawn beside each other: the second one only if anybody voted in it. @param {number[][]} tally */
export function roundsOf(tally) {
  return tally[1].some((votes) => votes > 0) ? [0, 1] : [0];
}

/** A choice with its letter, so that a class can name it. @param {string} choice @param {number} i */
export function named(choice, i) {
  return make('span', {}, make('span', { class: 'letter' }, `${String.fromCharCode(65 + i)}. `), text(choice));
}

/**
 * The votes on each choice, the rounds side by side. `mine` are the student's own votes.
 *
 * @param {{ choices: string[], tally: number[][], answer: number | null }} room
 * @param {(number | null)[]} [mine]
 */
export function results({ choices, tally, answer }, mine = [null, null]) {
  const rounds = roundsOf(tally);
  const all = rounds.map((round) => tally[round].reduce((a, b) => a + b, 0));
  const head = ['Choice', ...rounds.map((round) => `Round ${round + 1}`)];
  const rows = choices.map((choice, i) => {
    const cells = rounds.map((round, at) => bar(tally[round][i], all[at], mine[round] === i));
    const right = i === answer ? [named(choice, i), make('b', {}, ' ✓ right')] : [named(choice, i)];
    const kind = answer === null ? null : i === answer ? 'right' : 'wrong';
    return make('tr', { class: kind }, make('th', { scope: 'row' }, ...right), ...cells);
  });
  return make(
    'table',
    { class: 'results' },
    make('thead', {}, make('tr', {}, ...head.map((words) => make('th', { scope: 'col' }, words)))),
    make('tbody', {}, ...rows),
  );
}

/** @param {number} votes @param {number} all @param {boolean} mine */
function bar(votes, all, mine) {
  const percent = all ? Math.round((100 * votes) / all) : 0;
  const fill = make('span', { class: 'fill' });
  fill.style.width = `${percent}%`; // a `style` in the text of the page would need a weaker policy
  const words = make('span', { class: 'words' }, `${votes.toLocaleString('en-US')} (${percent}%)`);
  const own = mine ? [make('small', {}, 'your vote')] : [];
  return make('td', {}, words, make('span', { class: 'bar' }, fill), ...own);
}
