// A student's page: the question, its choices as buttons, and nothing else. It asks when it opens and at a vote, and it
// follows the class by itself.

import { ask, AWAY, keep, kept, named, newVoter, placeOf, results } from './class.js';
import { make, text } from '../core/dom.js';

/** @type {Record<string, string>} */
const SAID = {
  ready: 'The vote has not begun yet. This page shows it by itself.',
  'round 1': 'Choose one. You can change your vote until the round is closed.',
  'pause 1': 'Your teacher has paused the vote.',
  'closed 1': 'Round 1 is closed.',
  discuss: 'Discuss with your neighbour: why did you choose what you chose?',
  'round 2': 'Round 2: choose again. It may be the same choice.',
  'pause 2': 'Your teacher has paused the vote.',
  'closed 2': 'Round 2 is closed.',
  shown: 'This is how the class has voted. Next, the lab shows which answer is right.',
  answer: 'The right answer is marked.',
};
const EVERY = 4000; // milliseconds from one question to the next, on average, so that not all phones ask at once
const root = /** @type {HTMLElement} */ (document.getElementById('room'));
const code = (new URLSearchParams(location.search).get('room') ?? '').trim().toUpperCase();
const status = make('p', { class: 'status', role: 'status' });
let voter = kept('bigram-voter');
/** @typedef {import('./class.js').Room & { mine: (number | null)[] }} Room with the student's own votes */
/** @type {Room | null} */
let room = null; // what the server said last
/** @type {number | null} */
let wanted = null; // the vote that is on its way
let isAway = false; // whether the server gave no answer last

if (!/^[0-9a-f]{32}$/.test(voter)) {
  voter = newVoter();
  keep('bigram-voter', voter);
}

/** @param {string} sentence */
function say(sentence) {
  status.textContent = sentence;
}

/** Draws what the server says; a sentence of refusal stays with what is shown. @param {any} reply */
function show(reply) {
  if (reply.code) room = reply;
  if (!room) {
    enter(reply.error);
    return;
  }
  const { number, question, choices, phase, round, tally, mine } = room;
  const open = phase.startsWith('round');
  const vote = wanted ?? mine[round - 1] ?? null;
  const list = choices.map((choice, i) => {
    const button = make('button', { type: 'button', class: 'choice', 'aria-pressed': String(i === vote) }, named(choice, i));
    button.disabled = !open;
    button.addEventListener('click', () => send(i));
    return button;
  });
  const part = round && !tally ? ` · round ${round}` : '';
  const head = make('p', { class: 'where' }, `Room ${room.code} · question ${number}${part}`);
  const group = { role: 'group', 'aria-label': 'Choices' };
  const body = tally ? results({ ...room, tally }, mine) : make('div', group, ...list);
  const focused = [...root.querySelectorAll('button')].findIndex((button) => button === document.activeElement);
  root.replaceChildren(head, make('h1', {}, text(question)), body, status);
  root.querySelectorAll('button')[focused]?.focus(); // the keyboard stays where it was
  const voted = open && wanted === null && vote !== null;
  say(reply.error ?? (voted ? 'Your vote is counted. You can change it until the round is closed.' : SAID[phase]));
}

/** Looks again where the class has moved on. */
async function follow() {
  const before = room;
  if (!before || wanted !== null || document.hidden) return;
  const now = await placeOf(before.code);
  if (room !== before || wanted !== null) return; // it has looked or voted meanwhile
  if (!now) {
    isAway = true;
    say(AWAY);
  } else if (now.number !== before.number || now.phase !== before.phase) await look();
  else if (isAway) show(before);
  if (now) isAway = false;
}

async function keepFollowing() {
  await follow();
  setTimeout(keepFollowing, EVERY * (0.75 + Math.random() / 2));
}

async function look() {
  if (wanted !== null) return;
  const reply = await ask('look', { code, voter }, say);
  if (reply.error) room = null; // the class has ended: another code may be typed
  show(reply);
}

/** One vote at a time, the last choice last. @param {number} choice */
async function send(choice) {
  const sending = wanted !== null;
  wanted = choice;
  show(room);
  say('Your vote is on its way.');
  if (sending) return;
  let reply;
  do {
    choice = wanted;
    reply = await ask('vote', { code, voter, number: room?.number, round: room?.round, choice }, say);
  } while (choice !== wanted);
  wanted = null;
  show(reply);
}

// Who comes without a code, or with one that is none, types it.
function enter(error = '') {
  const field = make('input', { name: 'room', id: 'code', autocomplete: 'off', maxlength: 10 });
  const label = make('label', { for: 'code' }, 'The code of your room');
  const form = make('form', {}, label, field, make('button', { class: 'refresh' }, 'Open'));
  root.replaceChildren(make('h1', {}, 'Vote with your class'), form, status);
  say(error);
}

document.addEventListener('visibilitychange', () => !document.hidden && room && look());
keepFollowing();
if (code) {
  root.replaceChildren(status);
  say('Opening…');
  look();
} else enter();
