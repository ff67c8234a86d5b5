// Settings that the lab chooses for own words: the lecture's are made for many more. What the visitor has set himself
// stays as it is.

import { make } from '../core/dom.js';
import { button } from '../core/fields.js';

/** @type {Record<string, string>} */
const CHOOSES = { lr: 'rate', k: 'smoothing' };
const MADE_FROM = ['data', 'words', 'order', 'l2', 'split'];
const PAUSE = 400; // milliseconds without a key
const CHOOSE = 'Choose for my words';
const LECTURE = 'Use the lecture’s settings instead';

/**
 * @typedef {import('../core/form.js').Experiment} Experiment
 * @typedef {{ about: string, answer: Promise<void> }} Asked a question about these settings
 */

const NOT_ASKED = { about: '', answer: Promise.resolve() };

/**
 * @param {Record<string, import('./control.js').Control>} controls by key
 * @param {import('../core/page.js').Page} page
 * @param {() => Experiment} read all settings
 * @param {() => void} filled is called when a setting was chosen
 */
export function suit(controls, page, read, filled) {
  const keys = Object.keys(CHOOSES);
  /** @type {Experiment} */
  const usual = Object.fromEntries(keys.map((key) => [key, controls[key].default]));
  const words = make('span', { role: 'status' });
  const other = button(LECTURE, turnRound);
  const element = make('div', { class: 'suit' }, words, other);
  let own = new Set(); // what the visitor has set himself
  /** @type {Experiment} */
  let chosen = {}; // what the lab has chosen
  let wanted = true;
  /** @type {Asked} */
  let asked = NOT_ASKED;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Experiment} values */
  function put(values) {
    for (const key of keys) if (key in values && !own.has(key)) controls[key].fill(values[key]);
    filled();
  }

  /** The visitor has typed into a setting. @param {string} key */
  function typed(key) {
    if (keys.includes(key)) own.add(key);
    show();
    clearTimeout(timer);
    if (MADE_FROM.includes(key)) timer = setTimeout(ready, PAUSE);
    if (key === 'data' && read().data !== 'own') leave();
  }

  // Another list: what was chosen for own words is taken back.
  function leave() {
    const back = Object.keys(chosen);
    chosen = {};
    asked = NOT_ASKED;
    put(Object.fromEntries(back.map((key) => [key, usual[key]])));
  }

  // The form was filled with an experiment: what is not the lecture's in it was set by somebody.
  function reset() {
    clearTimeout(timer);
    const now = read();
    own = new Set(keys.filter((key) => String(now[key]) !== String(usual[key])));
    chosen = {};
    wanted = true;
    asked = { about: about(now), answer: Promise.resolve() };
    show();
  }

  // Settles when the settings suit the words that are in the form.
  function ready() {
    clearTimeout(timer);
    const now = read();
    if (now.data !== 'own' || now.words.trim() === '' || about(now) === asked.about) return asked.answer;
    /** @type {Asked} */
    const mine = { about: about(now), answer: Promise.resolve() };
    asked = mine;
    mine.answer = choose(now, mine);
    return mine.answer;
  }

  /** @param {Experiment} settings @param {Asked} mine */
  async function choose(settings, mine) {
    const reply = await page.ask('settings', 'suit', { experiment: settings, quiet: true });
    if (asked !== mine) return;
    if (!reply?.settings) {
      asked = NOT_ASKED; // may be asked again
      return;
    }
    chosen = reply.settings;
    put(wanted ? chosen : usual);
    show();
  }

  function turnRound() {
    wanted = !wanted;
    put(wanted ? chosen : usual);
    show();
  }

  function show() {
    const free = keys.filter((key) => key in chosen && !own.has(key) && chosen[key] !== usual[key]);
    const named = (/** @type {Experiment} */ values) => free.map((key) => `${CHOOSES[key]} ${values[key]}`).join(', ');
    other.hidden = free.length === 0;
    other.textContent = wanted ? LECTURE : CHOOSE;
    if (free.length) words.textContent = wanted ? `Chosen for so few words: ${named(chosen)}.` : `As in the lecture: ${named(usual)}.`;
    else if (keys.every((key) => own.has(key))) words.textContent = 'Your own rate and smoothing are used.';
    else words.textContent = 'The lab chooses a rate and a smoothing that suit your words.';
  }

  return { element, typed, reset, ready };
}

/** @param {Experiment} settings */
function about(settings) {
  return JSON.stringify(MADE_FROM.map((key) => settings[key]));
}
