// The host's page: a panel for the projector over the lab.

import { ask, keep, kept, named, results } from '../class/class.js';
import { make, text } from '../core/dom.js';
import { copy } from '../core/fields.js';

const EVERY = 2000; // milliseconds
const STORE = 'bigram-class'; // code and secret of the host's room
/** @type {Record<string, string>} */
const BUTTONS = {
  'open round 1': 'Open round 1',
  'go on': 'Go on',
  pause: 'Pause',
  close: 'Close the round',
  discuss: 'Discuss',
  'open round 2': 'Open round 2',
  show: 'Show the votes',
};
/** @type {Record<string, string>} */
const SAID = {
  ready: 'Read the question. Nobody can vote yet.',
  'round 1': 'Round 1: vote alone.',
  'pause 1': 'Round 1 is paused.',
  'closed 1': 'Round 1 is closed.',
  discuss: 'Discuss with your neighbour: why did you choose what you chose?',
  'round 2': 'Round 2: vote again.',
  'pause 2': 'Round 2 is paused.',
  'closed 2': 'Round 2 is closed.',
  shown: 'This is how you have voted. Next, the lab shows which answer is right.',
  answer: 'The right answer is marked.',
};
const CROWD =
  'Many new voters came from one network at once, and some of them wait. ' +
  'If there are more votes than students, somebody votes by a program.';
const FULL = 'QR code of the room. Press it to fill the screen.';
const SURE = 'Remove the room and all its votes';
const TO_BE_SURE = 8000; // milliseconds in which a second press ends the class

/**
 * @typedef {{ code: string, secret: string }} Own the room that this page leads
 * @typedef {import('../class/class.js').Room & { lesson: string, votes: number[], acts: string[], crowd: boolean }} Room
 */

/** The code and the secret behind the # of a host's link, null where there are none. @param {string} hash @returns {Own | null} */
export function ownRoom(hash) {
  const found = /^#class=([A-Z]{3,10})\.([\w-]{10,60})$/.exec(hash);
  return found && { code: found[1], secret: found[2] };
}

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function host(root, { page }) {
  const panel = make('dialog', { id: 'class', 'aria-label': 'The class' });
  const back = make('button', { type: 'button', id: 'class_back' });
  root.append(back, panel);
  /** @type {Own | null} */
  let own = null;
  /** @type {Room | null} */
  let room = null; // what the server said last
  let isInvited = false; // whether the link and its QR code are drawn
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = 0; // questions, counted
  let drawn = 0; // the one whose answer is shown
  let waits = 0; // how many of them have no answer yet
  let away = false; // whether the last one had to be asked again

  const where = make('p', { class: 'where' });
  const question = make('h2', {});
  const body = make('div', { class: 'body' });
  const status = make('p', { class: 'status', role: 'status' });
  const buttons = make('div', { class: 'buttons' });
  const qr = make('button', { type: 'button', class: 'qr', 'aria-label': FULL, title: FULL });
  const code = make('p', { class: 'code' });
  const link = make('p', { class: 'link' });
  const votes = make('p', { class: 'votes' });
  const crowd = make('p', { class: 'crowd' });
  const invited = make('aside', {}, qr, code, link, votes, crowd); // fills the screen for a class that joins
  const more = make('div', { class: 'more' });
  // Seen only where the browser refuses to copy, and as dots: a projector would show it.
  const secret = make('input', { class: 'own', readonly: '', hidden: '', 'aria-label': 'Link of the host' });
  secret.addEventListener('blur', () => (secret.hidden = true));
  panel.append(
    make('div', { class: 'asked' }, where, question, body),
    invited,
    make('div', { class: 'acts' }, status, secret, buttons, more),
  );

  /** @param {string} words @param {(event: Event) => unknown} press */
  function button(words, press, kind = '') {
    const node = make('button', { type: 'button', class: kind }, words);
    node.addEventListener('click', press);
    return node;
  }

  /** @param {string} sentence */
  function say(sentence) {
    status.textContent = sentence;
  }

  // ---- asking

  /** @param {string} name */
  async function tell(name, more = {}) {
    const mine = ++asked;
    waits++;
    const reply = await ask(name, { ...own, ...more }, missed);
    waits--;
    if (!own) return null; // the room was left meanwhile
    if (reply.error && !room) {
      leave(); // there is no such room any more
      page.say([reply.error], 'error');
    } else if (reply.error) say(reply.error);
    else if (reply.phase && mine > drawn) {
      drawn = mine; // an older answer that comes later tells of an older phase
      show(reply);
    }
    return reply;
  }

  /** @param {string} sentence */
  function missed(sentence) {
    away = true;
    say(sentence);
  }

  async function poll() {
    clearTimeout(timer);
    if (panel.open && own && !document.hidden && !waits) await tell('host');
    clearTimeout(timer);
    timer = setTimeout(poll, EVERY);
  }

  /** A lesson for the class: in the room that is open, else in a new one. @param {string} lesson */
  async function askClass(lesson) {
    const late = (/** @type {string} */ sentence) => page.say([sentence], 'error');
    let now = own && (await ask('host', own, late));
    if (now?.error) leave();
    if (!own) {
      now = await ask('open_room', { lesson }, late);
      if (now.error) {
        page.say([now.error], 'error');
        return;
      }
      enter(now);
      now = { lesson };
    }
    page.say([]);
    if (now.phase) show(now);
    open();
    if (now.lesson !== lesson || now.phase === 'answer') await tell('ask_next', { lesson, after: now.number });
  }

  /** @param {Own} one */
  function enter(one) {
    own = { code: one.code, secret: one.secret };
    keep(STORE, JSON.stringify(own));
    back.textContent = `Class ${own.code}`;
    back.hidden = false;
  }

  function leave() {
    own = room = null;
    isInvited = false;
    keep(STORE, '');
    back.hidden = true;
    if (panel.open) panel.close();
  }

  async function open() {
    if (!panel.open) panel.showModal();
    page.go({ class: true });
    poll();
    if (isInvited) return;
    const mine = own;
    const reply = await tell('invitation', { base: page.base });
    if (!reply?.qr || own?.code !== mine?.code) return;
    isInvited = true;
    const picture = new DOMParser().parseFromString(reply.qr, 'image/svg+xml').documentElement;
    qr.replaceChildren(picture);
    link.replaceChildren(text(reply.link.replace(/^https?:\/\//, '')));
  }

  // ---- drawing

  /** @param {string[]} choices */
  function list(choices) {
    return make('ul', {}, ...choices.map((choice, i) => make('li', {}, named(choice, i))));
  }

  /** @param {Room} fresh */
  function show(fresh) {
    const same = JSON.stringify(fresh) === JSON.stringify(room);
    room = fresh;
    if (away) say(SAID[room.phase]);
    away = false;
    if (same) return;
    const { number, phase, round, tally, choices, acts } = room;
    where.textContent = `Question ${number}${round && !tally ? ` · round ${round}` : ''}`;
    code.textContent = room.code;
    question.replaceChildren(text(room.question));
    body.replaceChildren(tally ? results({ ...room, tally }) : list(choices));
    const count = room.votes[Math.max(0, round - 1)].toLocaleString('en-US');
    votes.textContent = tally ? '' : `Votes: ${count}`;
    crowd.textContent = room.crowd ? CROWD : '';
    say(SAID[phase]);
    const focused = buttons.contains(document.activeElement);
    const first = acts.includes('close') ? 'close' : acts[0];
    const offered = acts.filter((act) => BUTTONS[act]); // the answer comes when the lab tells it
    const made = offered.map((act) => button(BUTTONS[act], () => take(act), act === first ? 'primary' : ''));
    buttons.replaceChildren(...made);
    if (tally && room.lesson) buttons.append(button('Run it in the lab', runIt, 'primary'));
    if (phase === 'answer') buttons.append(button('Next question', next));
    if (focused) buttons.querySelector('button')?.focus();
    more.replaceChildren(
      button('Counts as CSV', save),
      button('Copy the host’s link', copyLink),
      button('Back to the lab', () => panel.close()),
      button('End the class', finish),
    );
  }

  // ---- what the host does

  /** An act names the question and the phase that the host sees: one that comes late, or twice, then changes nothing. @param {string} act */
  function take(act) {
    return tell('act', { act, number: room?.number, phase: room?.phase });
  }

  async function runIt() {
    if (!room) return;
    panel.close();
    await page.lesson(room.lesson);
    page.parts.course?.run?.();
  }

  /** The lab tells the answer of a lesson: from now on the students' pages tell it, too. @param {string} lesson */
  async function told(lesson) {
    if (own && !room) await tell('host'); // after a reload
    if (own && room?.phase === 'shown' && room.lesson === lesson) await take('answer');
  }

  // The lesson that follows, in the same room: the students keep their page.
  async function next() {
    if (!room) return;
    panel.close();
    await page.lesson(room.lesson);
    if (await page.parts.course.askNext()) return;
    page.say(['Nothing follows this question. Open any lesson and press Ask the class: the class keeps its room.']);
  }

  async function save() {
    const reply = await tell('counts');
    if (!reply?.csv || !own) return;
    const url = URL.createObjectURL(new Blob([reply.csv], { type: 'text/csv' }));
    make('a', { href: url, download: `class-${own.code}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async function copyLink() {
    if (!own) return;
    secret.value = `${page.base}#class=${own.code}.${own.secret}`;
    secret.hidden = false;
    say(`${await copy(secret, 'link')} Anyone who has this link can lead the class: keep it to yourself.`);
    secret.hidden = document.activeElement !== secret;
  }

  /** @param {any} event */
  async function finish({ target }) {
    if (target.textContent !== SURE) {
      const words = target.textContent;
      target.textContent = SURE;
      setTimeout(() => (target.textContent = words), TO_BE_SURE);
      return;
    }
    const reply = await tell('end');
    if (reply && !reply.error) leave();
  }

  /** Where the browser's Back leads. @param {import('../core/places.js').Place} place */
  function goTo({ class: shown = false }) {
    if (shown && own && !panel.open) open();
    if (!shown && panel.open) panel.close();
  }

  back.addEventListener('click', open);
  panel.addEventListener('close', () => page.remember({ class: false }));
  qr.addEventListener('click', () => (document.fullscreenElement ? document.exitFullscreen() : invited.requestFullscreen?.()));
  panel.addEventListener('cancel', (event) => document.fullscreenElement && event.preventDefault()); // Esc leaves the full screen only
  document.addEventListener('visibilitychange', () => !document.hidden && panel.open && poll());

  // The secret leaves the address at once: a projector would show it.
  back.hidden = true;
  const linked = ownRoom(location.hash);
  if (linked) history.replaceState(null, '', location.pathname + location.search);
  const stored = kept(STORE);
  if (linked || stored) enter(linked ?? JSON.parse(stored));
  if (linked || (stored && history.state?.class)) page.arrive(open); // after a reload, the panel that was open
  /** Whether it is this lesson that the class votes on. @param {string} lesson */
  function asks(lesson) {
    return own !== null && room?.lesson === lesson;
  }

  return { ask: askClass, asks, told, goTo };
}
