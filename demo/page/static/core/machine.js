// The state of the page and everything that can happen to it. `step(state, event)` is pure: it returns the next state
// and the effects, which page.js carries out.
//
// A press (Train, New seed, Reset, one step more) waits until the server gives its first answer. Then its experiment is
// on the page, and the press has become the run. A press that is refused changes nothing, and the earlier run continues.
// At most one question about a run is open: the answer to any other question is dropped.

/**
 * @typedef {Record<string, any>} Experiment the settings by their keys
 * @typedef {'train' | 'step' | 'reset' | 'open' | 'again'} Intent why a screen is drawn
 *
 * @typedef {object} Press what the visitor asked for and the server has not answered yet
 * @property {number} id
 * @property {Experiment} experiment
 * @property {number} goal the steps that the form shows
 * @property {Intent} intent
 *
 * @typedef {object} Run what is being trained
 * @property {number} id of its press or its link
 * @property {number} step
 * @property {number} steps
 * @property {string} screen that was drawn last
 * @property {Intent} intent
 *
 * @typedef {object} Question the one open question about a run
 * @property {number} ticket
 * @property {string} screen
 * @property {Intent} intent
 * @property {boolean} pressed whether it asks for the press
 *
 * @typedef {object} Opening a link that is being opened
 * @property {number} id
 * @property {string} query
 * @property {boolean} first whether it is the address of the page
 * @property {LinkAnswer | null} answer which waits for its screen
 *
 * @typedef {object} Reply the server's answer about a run
 * @property {string} [error]
 * @property {boolean} [on_cpu] whether the CPU can do what was refused
 * @property {any} value
 * @property {number} step
 * @property {number} steps
 * @property {boolean} done
 * @property {string} link
 * @property {string} aim the link of the whole run
 * @property {string} about
 * @property {string[]} notice
 *
 * @typedef {object} LinkAnswer the server's answer about a link
 * @property {Experiment} experiment
 * @property {Experiment} settings for the form
 * @property {string} tab
 * @property {string[]} sentences
 * @property {Reply} reply
 * @property {any} lesson
 * @property {boolean} [on_cpu]
 *
 * @typedef {object} State
 * @property {Experiment | null} experiment on the page
 * @property {number} version of the experiment: it grows with each new one
 * @property {number | null} goal the steps that were asked for: Reset, one step more and Stop leave them
 * @property {number | null} reached the steps of what is shown
 * @property {string} link of what is shown
 * @property {string | null} aim the link of the run that is under way: a reload continues it
 * @property {string} about what a table of counts is, in words
 * @property {string} name that travels in the link
 * @property {Experiment | null} refused what the server refused last, until another experiment is on the page
 * @property {Press | null} press
 * @property {Run | null} run
 * @property {Question | null} question
 * @property {Opening | null} opening
 * @property {string | null} screen in sight
 * @property {string[]} screens that can be drawn
 * @property {Record<string, number | null>} shown screen: the version that it shows to its end
 * @property {string | null} drawn the screen that was drawn last
 * @property {string | null} failed the screen in sight, where the server could not answer for it
 * @property {string | null} told the sentences of the last answer: the same ones again leave what was said since then
 * @property {{ version: number, sentences: string[], cpu: Experiment | null }} opened what there is to say of a link
 * @property {number} tickets that were given out
 * @property {number} begun the runs that were asked for: with a new one, the server ends the one before
 *
 * @typedef {{ do: string, [more: string]: any }} Effect
 * @typedef {{ state: State, effects: Effect[] }} Next
 * @typedef {(state: State) => Next} Move
 */

/** @type {State} */
export const START = {
  experiment: null,
  version: 1,
  goal: null,
  reached: null,
  link: '?v=1',
  aim: null,
  about: '',
  name: '',
  refused: null,
  press: null,
  run: null,
  question: null,
  opening: null,
  screen: null,
  screens: [],
  shown: {},
  drawn: null,
  failed: null,
  told: '[]',
  opened: { version: 0, sentences: [], cpu: null },
  tickets: 0,
  begun: 0,
};

/**
 * What follows from an event. Each event says which screen is in sight; what this screen lacks afterwards is asked for.
 *
 * @param {State} state
 * @param {{ type: string, screen: string | null, [more: string]: any }} event
 * @returns {Next}
 */
export function step(state, event) {
  const failed = event.screen === state.screen ? state.failed : null;
  const now = { ...state, screen: event.screen, failed };
  return chain(now, (before) => TRANSITIONS[event.type](before, event), showLink, catchUp);
}

/** @type {Record<string, (state: State, event: any) => Next>} */
const TRANSITIONS = {
  // The settings are there, and so is the first experiment. The address may hold a link, which is shown instead.
  loaded(state, { id, experiment, query }) {
    const known = { ...state, experiment, goal: experiment.steps };
    return query === null ? next(known, { do: 'changed' }) : follow(known, { id, query, first: true });
  },

  // A screen can be drawn. It may come filled with the first experiment.
  mounted(state, { part, filled }) {
    const isShown = filled && state.version === 1 && !state.opening;
    const screens = [...new Set([...state.screens, part])];
    return next({ ...state, screens, shown: { ...state.shown, [part]: isShown ? state.version : null } });
  },

  // Another screen may have come into sight.
  seen: (state) => next(state),

  // The screen in sight asks again, for instance for other rows of the table.
  refreshed(state) {
    if (!state.screen || isBlocked(state)) return next(state);
    return state.press ? askForPress(state) : ask(state, state.screen, { intent: 'again' });
  },

  pressed(state, { id, experiment, goal, intent }) {
    const press = { id, experiment, goal, intent };
    const question = state.question?.pressed ? null : state.question; // that of the press before is void
    const pressed = { ...state, press, question, failed: null };
    return next(pressed, ended(state.press, false), { do: 'changed' });
  },

  // A press is withdrawn. If it has no answer yet, nothing has changed, and the earlier run continues.
  withdrawn(state, { id }) {
    if (state.press?.id === id) return dropPress(state);
    return state.run?.id === id ? haltRun(state) : next(state);
  },

  stopped: (state) => chain(state, dropPress, haltRun),

  // The answer to a question about a run.
  answered(state, { ticket, reply }) {
    const { question } = state;
    if (!question || question.ticket !== ticket) return next(state);
    const answered = { ...state, question: null };
    if (reply.error) return question.pressed ? refusePress(answered, reply) : endRun(answered, question, reply);
    return chain(
      answered,
      question.pressed ? acceptPress : next,
      (accepted) => take(accepted, question, reply),
      (taken) => (reply.done ? next(taken) : ask(taken, question.screen, { ...question, pressed: false, late: true })),
    );
  },

  // A link is opened on this page.
  followed: (state, { id, query }) => follow(state, { id, query, first: false }),

  // The answer to a link, or null. It fills the form, so presses that were made before it are void.
  resolved(state, { id, answer }) {
    const { opening } = state;
    if (!opening || opening.id !== id) return next(state);
    if (!answer) {
      const { query } = opening;
      return next({ ...state, opening: null }, { do: 'unopened', query }, ended(opening, true), { do: 'changed' });
    }
    const idle = { press: null, run: null, question: null, refused: null, aim: null };
    return next(
      { ...state, ...idle, opening: { ...opening, answer } },
      ended(state.press, false),
      ended(state.run, false),
      { do: 'fill', settings: answer.settings },
      { do: 'open', tab: answer.tab },
      { do: 'changed' },
    );
  },

  renamed: (state, { name }) => next({ ...state, name }, { do: 'address' }, { do: 'changed' }),
};

// ---- presses and runs

/** @type {Move} The first answer is there: the experiment of the press is on the page. */
function acceptPress(state) {
  const { press } = state;
  if (!press) return next(state);
  const { id, experiment, goal, intent } = press;
  const run = { id, step: 0, steps: experiment.steps, screen: '', intent };
  const accepted = { ...state, experiment, goal, run, press: null, refused: null, version: state.version + 1, told: null };
  return next(accepted, ended(state.run, false), { do: 'begun', id });
}

// The page stays as it is. The server has ended the run before the press: it is asked for as a new one.
/** @type {Move} */
function dropPress(state) {
  const question = state.question?.pressed ? null : state.question;
  const dropped = { ...state, press: null, question, begun: state.begun + 1 };
  return next(dropped, ended(state.press, false), { do: 'changed' });
}

/** @type {Move} What has been reached stays. The other screens do not show it yet. */
function haltRun(state) {
  const question = state.question?.pressed ? state.question : null;
  const halted = { ...state, run: null, question, aim: null };
  const effects = [ended(state.run, false), { do: 'address' }, { do: 'changed' }];
  if (!state.run || !state.drawn) return next(halted, ...effects);
  const version = state.version + 1;
  const experiment = { ...state.experiment, steps: state.reached };
  return next({ ...halted, version, experiment, shown: { ...state.shown, [state.drawn]: version } }, ...effects);
}

/** @type {(state: State, reply: Reply) => Next} */
function refusePress(state, reply) {
  const experiment = state.press?.experiment ?? null;
  return chain({ ...state, refused: experiment }, dropPress, (now) => next(now, { do: 'refuse', reply, experiment }));
}

/** @type {(state: State, question: Question, reply: Reply) => Next} The server can't answer for what is on the page. */
function endRun(state, { screen }, reply) {
  const { experiment } = state;
  const over = { ...state, run: null, aim: null, refused: experiment, failed: screen };
  const effects = [{ do: 'refuse', reply, experiment }, { do: 'address' }, { do: 'changed' }];
  return next(over, ended(state.run, false), ...effects);
}

/** @type {(state: State, of: { screen: string, intent: Intent }, reply: Reply) => Next} Draws an answer. */
function take(state, { screen, intent }, reply) {
  const { value, done, link, aim, about } = reply;
  const { version, sentences, cpu } = state.opened;
  const isOfLink = version === state.version && sentences.length > 0;
  const words = isOfLink ? [...sentences, ...reply.notice] : reply.notice;
  const told = JSON.stringify(words);
  const before = state.drawn && state.drawn !== screen ? null : state.told;
  const id = state.run?.id ?? 0;
  const taken = {
    ...state,
    link,
    aim: done ? null : aim,
    about,
    reached: reply.step,
    run: done ? null : { id, step: reply.step, steps: reply.steps, screen, intent },
    shown: { ...state.shown, [screen]: done ? state.version : null }, // whoever leaves it before the end finds it drawn again
    drawn: screen,
    told,
  };
  const said = { do: 'say', sentences: words, kind: isOfLink ? 'error' : 'note', cpu: isOfLink ? cpu : null };
  return next(
    taken,
    { do: 'draw', screen, value, reply: { ...reply, intent } },
    before === told ? null : said,
    { do: 'address' },
    { do: 'changed' },
    done ? ended(state.run, true) : null,
  );
}

// ---- links

/** @type {(state: State, link: { id: number, query: string, first: boolean }) => Next} */
function follow(state, link) {
  const { id, query } = link;
  return next({ ...state, opening: { ...link, answer: null } }, ended(state.opening, false), { do: 'follow', id, query });
}

/** @type {Move} Draws the answer to a link as soon as its screen is there. */
function showLink(state) {
  const { opening } = state;
  if (!opening?.answer || !state.screens.includes(opening.answer.tab)) return next(state);
  const { id, query } = opening;
  const { tab, experiment, settings, sentences, reply, lesson, on_cpu: onCpu } = opening.answer;
  const version = state.version + 1;
  const shown = {
    ...state,
    opening: null,
    experiment,
    goal: experiment.steps,
    version,
    name: experiment.name ?? '',
    run: { id, step: 0, steps: experiment.steps, screen: tab, intent: /** @type {Intent} */ ('open') },
    begun: state.begun + 1,
    failed: null,
    told: state.drawn ? null : state.told,
    opened: { version, sentences, cpu: onCpu ? settings : null },
  };
  const opened = { do: 'opened', query, tab, lesson };
  if (reply.error) {
    const said = { do: 'say', sentences: [...sentences, reply.error], kind: 'error', cpu: null };
    return next({ ...shown, run: null, failed: tab }, opened, said, { do: 'changed' }, ended(opening, true));
  }
  return chain(
    shown,
    (before) => next(before, opened),
    (before) => take(before, { screen: tab, intent: 'open' }, reply),
    (before) => next(before, ended(opening, true)),
  );
}

/** @type {(state: State) => boolean} Until the link of the address is on the page, no screen asks for anything. */
function isBlocked({ opening }) {
  return opening !== null && (opening.first || opening.answer !== null);
}

// ---- questions

/** @type {Move} Asks for what the screen in sight lacks. */
function catchUp(state) {
  const { screen, press, question, run } = state;
  if (!screen || !state.experiment || isBlocked(state) || state.failed === screen) return next(state);
  if (press) return question?.pressed && question.screen === screen ? next(state) : askForPress(state);
  const isShown = state.shown[screen] === state.version;
  if (question ? question.screen === screen || isShown : isShown && !run) return next(state);
  return ask(state, screen, { intent: run?.screen === screen ? run.intent : 'again' });
}

/** @type {Move} */
function askForPress(state) {
  const { screen, press } = state;
  if (!screen || !press) return next(state);
  return ask({ ...state, begun: state.begun + 1 }, screen, { intent: press.intent, pressed: true });
}

/** @type {(state: State, screen: string, how: { intent: Intent, pressed?: boolean, late?: boolean }) => Next} */
function ask(state, screen, { intent, pressed = false, late = false }) {
  const ticket = state.tickets + 1;
  const experiment = pressed ? state.press?.experiment : state.experiment;
  const asked = { ...state, tickets: ticket, question: { ticket, screen, intent, pressed } };
  return next(asked, { do: 'ask', ticket, screen, question: { experiment, late, run: state.begun } });
}

// ---- small tools

/** @type {(state: State, ...effects: (Effect | null)[]) => Next} */
function next(state, ...effects) {
  return { state, effects: effects.flatMap((one) => one ?? []) };
}

/** @type {(state: State, ...moves: Move[]) => Next} */
function chain(state, ...moves) {
  /** @type {Effect[]} */
  const effects = [];
  for (const move of moves) {
    const after = move(state);
    state = after.state;
    effects.push(...after.effects);
  }
  return { state, effects };
}

/** @type {(one: { id: number } | null, done: boolean) => Effect | null} Whoever waits for a press or a link is told. */
function ended(one, done) {
  return one && { do: 'ended', id: one.id, done };
}
