// Settings that the lab chooses for own words: the lecture's are made for many more. What the visitor has set himself
// stays as it is.

import { make } from '../core/dom.js';
import { button } from '../core/fields.js';

const CHOOSES = { lr: 'rate', k: 'smoothing' };
const MADE_FROM = ['data', 'words', 'order', 'l2', 'split'];
const PAUSE = 400; // milliseconds without a key
const CHOOSE = 'Choose for my words';
const LECTURE = 'Use the lecture’s settings instead';

// controls: by key. `read`: all settings. `filled` is called when a setting was chosen.
export function suit(controls, page, read, filled) {
  const keys = Object.keys(CHOOSES);
  const usual = Object.fromEntries(keys.map((key) => [key, controls[key].default]));
  const words = make('span', { role: 'status' });
  const other = button(LECTURE, turnRound);
  const element = make('div', { class: 'suit' }, words, other);
  let own = new Set(); // what the visitor has set himself
  let chosen = {}; // what the lab has chosen
  let wanted = true;
  let asked = { about: '', answer: Promise.resolve() };
  let timer = 0;

  function put(values) {
    for (const key of keys) if (key in values && !own.has(key)) controls[key].fill(values[key]);
    filled();
  }

  // The visitor has typed into a setting.
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
    asked = { about: '', answer: Promise.resolve() };
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
    const mine = { about: about(now) };
    asked = mine;
    mine.answer = page.ask('settings', 'suit', { experiment: now, quiet: true }).then((reply) => {
      if (asked !== mine) return;
      if (!reply?.settings) {
        asked = { about: '', answer: Promise.resolve() }; // may be asked again
        return;
      }
      chosen = reply.settings;
      put(wanted ? chosen : usual);
      show();
    });
    return mine.answer;
  }

  function turnRound() {
    wanted = !wanted;
    put(wanted ? chosen : usual);
    show();
  }

  function show() {
    const free = keys.filter((key) => key in chosen && !own.has(key) && chosen[key] !== usual[key]);
    const named = (values) => free.map((key) => `${CHOOSES[key]} ${values[key]}`).join(', ');
    other.hidden = free.length === 0;
    other.textContent = wanted ? LECTURE : CHOOSE;
    if (free.length) words.textContent = wanted ? `Chosen for so few words: ${named(chosen)}.` : `As in the lecture: ${named(usual)}.`;
    else if (keys.every((key) => own.has(key))) words.textContent = 'Your own rate and smoothing are used.';
    else words.textContent = 'The lab chooses a rate and a smoothing that suit your words.';
  }

  return { element, typed, reset, ready };
}

function about(settings) {
  return JSON.stringify(MADE_FROM.map((key) => settings[key]));
}
