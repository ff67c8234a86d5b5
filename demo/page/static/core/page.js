// The page: what its screens, the form and the course may ask of it. It tells the machine what happens and carries out
// the effects. The server keeps nothing: each question carries the experiment.

import { START, step } from './machine.js';
import { createPlaces } from './places.js';
import { createServer } from './server.js';
import { isNewcomer, latest, markSeen, seedOf } from './state.js';

const AWAY = 'The server does not answer. The page tries again by itself.';
const FRAMES = 600; // after so many frames, a tab that does not open is given up

/**
 * @typedef {import('./machine.js').Experiment} Experiment
 * @typedef {import('./machine.js').Intent} Intent
 * @typedef {import('./machine.js').Effect} Effect
 * @typedef {import('./machine.js').Reply} Reply
 * @typedef {Record<string, any>} Part what the module of a part returned: a screen has `main`, `asks`, `show`, `point`
 * @typedef {{ words: string, work: () => unknown }} Offer a button in the notice
 * @typedef {{ sentences: string[], kind: string, offer: Offer | null }} Said
 * @typedef {{ begun: (isOn: boolean) => void, ended: (isDone: boolean) => void }} Waiting for a press or a link
 * @typedef {ReturnType<typeof createPage>['page']} Page
 */

export function createPage() {
  const me = seedOf(Math.random()) + seedOf(Math.random()); // by this name the page finds itself in the server's queue
  let state = START;
  /** @type {{ type: string, [more: string]: any }[]} that wait for the one before */
  const events = [];
  let ids = 0; // of presses and links
  /** @type {Record<string, Part>} */
  const parts = {};
  /** @type {Record<string, HTMLElement>} where the parts are drawn */
  const roots = {};
  /** @type {{ changed: (() => void)[], notice: ((said: Said) => void)[] }} */
  const listeners = { changed: [], notice: [] };
  /** @type {Map<number, Waiting>} by the id of the press or the link */
  const waiting = new Map();
  /** @type {WeakMap<Experiment, number>} the version of each experiment that was on the page */
  const versions = new WeakMap();
  const presses = latest();
  /** @type {Said | null} */
  let said = null;
  let away = false; // whether the server fails to answer
  /** @type {number | null} */
  let place = null;
  /** @type {[string, string] | null} */
  let pair = null; // the cell that a screen not yet drawn was sent to
  /** @type {any} */
  let asked = null; // what a link opens of the course, until the course is there

  const server = createServer(me, {
    onAway(isAway) {
      away = isAway;
      tellNotice();
    },
    onPlace(now) {
      if (now === place) return;
      place = now;
      changed();
    },
  });
  const places = createPlaces(me, {
    isOpening,
    link: () => state.link,
    address: () => state.aim ?? state.link,
    name: () => state.name,
    back,
  });

  // ---- the machine

  // One event after the other: what an effect sends waits until all effects of the event before are carried out.
  /** @param {{ type: string, [more: string]: any }} event */
  function send(event) {
    events.push(event);
    if (events.length > 1) return;
    for (; events.length; events.shift()) {
      const after = step(state, { ...events[0], screen: openScreen() });
      state = after.state;
      if (state.experiment) versions.set(state.experiment, state.version);
      after.effects.forEach(carryOut);
    }
  }

  /** @param {Effect} effect */
  function carryOut(effect) {
    try {
      EFFECTS[effect.do](effect);
    } catch (error) {
      reportError(error); // a fault in one picture stops neither the run nor the page
    }
  }

  /** @type {Record<string, (effect: any) => void>} */
  const EFFECTS = {
    async ask({ ticket, screen, question }) {
      const isWanted = () => state.question?.ticket === ticket;
      const reply = await server.ask(screen, parts[screen].main, { ...question, ...parts[screen].asks() }, isWanted);
      if (reply) send({ type: 'answered', ticket, reply });
    },
    async follow({ id, query }) {
      const isWanted = () => state.opening?.id === id;
      const answer = await server.ask('settings', 'open_link', { query }, isWanted);
      if (answer?.error) refuse(answer, null);
      if (answer) send({ type: 'resolved', id, answer: answer.error ? null : answer });
    },
    draw: ({ screen, value, reply }) => parts[screen].show(value, reply),
    opened({ query, tab, lesson }) {
      asked = lesson && { ...lesson, query };
      isKnown(lesson ? query : null); // an experiment has an address of its own
      places.remember({ tab });
    },
    unopened() {
      asked = null;
      places.guide = null;
      isKnown(null);
      places.readdress();
    },
    fill({ settings }) {
      presses(); // what was pressed before is void
      parts.settings.fill(settings);
    },
    open: ({ tab }) => page.open(tab),
    begun: ({ id }) => waiting.get(id)?.begun(true),
    ended({ id, done }) {
      waiting.get(id)?.begun(false);
      waiting.get(id)?.ended(done);
      waiting.delete(id);
    },
    refuse: ({ reply, experiment }) => refuse(reply, experiment),
    say: ({ sentences, kind, cpu }) => page.say(sentences, kind, cpu && onCpu(cpu)),
    address: () => places.readdress(),
    changed,
  };

  /**
   * A press of Train or of a button like it. `begun`: whether its experiment came on the page; `ended`: whether it was
   * trained to its end.
   *
   * @param {Experiment} experiment
   * @param {Intent} intent
   */
  function press(experiment, intent, goal = experiment.steps) {
    presses();
    return follow({ type: 'pressed', experiment: { ...experiment }, goal, intent });
  }

  // A press or a link, whose end the caller may wait for.
  /** @param {{ type: string, [more: string]: any }} event */
  function follow(event) {
    /** @type {Partial<Waiting>} */
    const waits = {};
    /** @type {Promise<boolean>} */
    const begun = new Promise((done) => (waits.begun = done));
    /** @type {Promise<boolean>} */
    const ended = new Promise((done) => (waits.ended = done));
    waiting.set(++ids, /** @type {Waiting} */ (waits));
    send({ ...event, id: ids });
    return { id: ids, begun, ended };
  }

  function changed() {
    for (const listen of listeners.changed) listen();
  }

  // ---- the notice

  function tellNotice() {
    const { sentences, kind, offer } = said ?? { sentences: [], kind: 'note', offer: null };
    const now = away ? { sentences: [AWAY, ...sentences], kind: 'error', offer } : { sentences, kind, offer };
    for (const listen of listeners.notice) listen(now);
  }

  // What the server refuses is said. Where only the GPU is missing, the same run is offered on the CPU.
  /** @param {{ error?: string, on_cpu?: boolean }} reply @param {Experiment | null} experiment */
  function refuse(reply, experiment) {
    page.say([reply.error ?? ''], 'error', reply.on_cpu && experiment ? onCpu(experiment) : null);
  }

  /** @param {Experiment} experiment @returns {Offer} */
  function onCpu(experiment) {
    const same = { ...experiment, device: 'cpu' };
    function work() {
      parts.settings.fill(same);
      return page.train(same);
    }
    return { words: 'Train on the CPU', work };
  }

  // ---- tabs and places

  function isOpening() {
    return 'opening' in document.documentElement.dataset;
  }

  // It is known what the address opens. Until then the address stays as it is.
  /** @param {string | null} guide */
  function isKnown(guide) {
    if (!isOpening()) return;
    places.guide = guide;
    delete document.documentElement.dataset.opening;
  }

  function openScreen() {
    const isOpen = (/** @type {string} */ part) => roots[part].isConnected && roots[part].offsetParent;
    return Object.keys(parts).find((part) => parts[part]?.main && isOpen(part)) ?? null;
  }

  // Until the screen of a tab is there: Gradio draws it when it is first opened.
  /** @param {string} tab */
  async function sight(tab) {
    page.open(tab);
    for (let frames = 0; frames < FRAMES && openScreen() !== tab; frames++) await frame();
  }

  // A screen comes into sight, or its size changes.
  /** @param {string} name */
  function appeared(name) {
    markSeen(() => localStorage);
    if (!isOpening() && history.state?.tab !== name) {
      places.remember({ tab: name });
      places.readdress();
    }
    send({ type: 'seen' });
  }

  // The link of the address, if there is one; after a reload, the tab that was open.
  /** @param {Experiment} experiment of a page without a link */
  async function openAddress(experiment) {
    const query = isOpening() ? location.search : null;
    const { ended } = follow({ type: 'loaded', experiment, query });
    if (query !== null && !(await ended)) return;
    if (places.before.tab) page.visit(places.before.tab);
    if (!asked || !parts.course) return;
    await parts.course.guide(page.takeAsked());
  }

  // Where the browser's Back leads.
  /** @param {import('./places.js').Place} to @param {() => boolean} isLast */
  async function back(to, isLast) {
    parts.host?.goTo?.(to);
    const link = places.linkOf(to); // what was there before the page was loaded again is known by its address alone
    if (link) await page.openQuery(link);
    if (isLast()) await parts.course?.goTo(to);
    if (isLast() && to.tab) page.open(to.tab);
  }

  // Puts a part in its place. Gradio may draw a tab again: then the part is made again.
  /**
   * @param {string} name
   * @param {HTMLElement} root
   * @param {import('./server.js').Functions} functions
   * @param {Part} part
   * @param {any} first what the part came filled with
   */
  function register(name, root, functions, part, first) {
    server.parts[name] = functions;
    roots[name] = root;
    parts[name] = part;
    if (name === 'settings' && !state.experiment) {
      page.limits = first.limits;
      page.titles = titlesOf(first.fields);
      places.arrive(() => openAddress(first.settings));
    }
    if (!part?.main) return;
    send({ type: 'mounted', part: name, filled: first !== null && !isOpening() });
    new ResizeObserver(() => root.offsetParent && appeared(name)).observe(root);
  }

  // A visitor opens a tab; what the page itself opens is no new place.
  document.addEventListener('click', ({ target, isTrusted }) => {
    const button = target instanceof Element && target.closest('#tabs button[role=tab]');
    const title = button && button.textContent?.trim();
    const tab = Object.keys(page.titles).find((one) => page.titles[one] === title);
    if (tab && isTrusted) page.go({ tab });
  }, true);

  const page = {
    // ---- what is on the page; the machine says what each is

    get experiment() {
      return state.experiment;
    },
    get version() {
      return state.version;
    },
    get goal() {
      return state.goal;
    },
    get reached() {
      return state.reached;
    },
    get link() {
      return state.link;
    },
    get about() {
      return state.about;
    },
    get name() {
      return state.name;
    },
    get refused() {
      return state.refused;
    },
    /** {step, steps} while something is being trained, or while a press waits for its first answer. */
    get running() {
      const { press: pressed, run } = state;
      if (pressed) return { step: 0, steps: pressed.experiment.steps };
      return run && { step: run.step, steps: run.steps };
    },
    /** The place in the server's queue, when an answer is late. */
    get place() {
      return place;
    },
    get guide() {
      return places.guide;
    },
    set guide(link) {
      places.guide = link;
    },
    /** Whether this is the first visit of this browser, without a link. */
    firstVisit: !isOpening() && !location.hash && !history.state && isNewcomer(() => localStorage),
    parts,
    /** @type {Record<string, string>} of the tabs */
    titles: {},
    /** @type {any} what the screens may ask for, as the server says; it comes with the settings */
    limits: null,
    /** Where the lab lies, as its visitor sees it. */
    get base() {
      return location.origin + location.pathname;
    },

    // ---- questions and sentences

    /**
     * The answer of function `fn` of a part. It is null where it would come too late: another experiment is on the page
     * now. A refusal is said in the notice, or returned as {error} where the question is quiet. A question that is not
     * about an experiment sets `experiment` to undefined. `signal` withdraws the question.
     *
     * @param {string} part
     * @param {string} fn
     * @param {{ quiet?: boolean, signal?: AbortSignal, experiment?: Experiment | null, [more: string]: any }} [question]
     */
    async ask(part, fn, { quiet = false, signal, ...question } = {}) {
      const whole = { experiment: state.experiment, ...question };
      const { experiment } = whole;
      const version = experiment ? (versions.get(experiment) ?? state.version) : null;
      const isWanted = () => !signal?.aborted && (version === null || version === state.version);
      const reply = await server.ask(part, fn, whole, isWanted);
      if (!reply?.error || quiet) return reply;
      refuse(reply, experiment ?? null);
      return null;
    },

    /** @param {string[]} sentences @param {Offer | null} [offer] */
    say(sentences, kind = 'note', offer = null) {
      said = { sentences, kind, offer };
      tellNotice();
    },

    /** @param {'changed' | 'notice'} event @param {(said: any) => void} listen */
    on(event, listen) {
      /** @type {((said: any) => void)[]} */ (listeners[event]).push(listen);
      if (event === 'notice' && (said || away)) tellNotice(); // the notice may come later than its first sentence
    },

    // ---- presses

    /**
     * Another experiment on the page, on the screen `tab` if one is named. What the server refuses leaves the page as
     * it is. Returns whether this experiment is on the page, trained to its end.
     *
     * @param {Experiment} experiment
     * @param {string | null} [tab]
     * @param {AbortSignal} [signal] withdraws it
     */
    async train(experiment, tab = null, signal) {
      const isLast = presses();
      if (tab) await sight(tab);
      if (!isLast() || signal?.aborted) return false;
      const { id, ended } = press(experiment, 'train');
      signal?.addEventListener('abort', () => send({ type: 'withdrawn', id }));
      return ended;
    },

    /**
     * The same settings with a new seed. Returns the seed as soon as it is on the page, null where it does not get there.
     *
     * @param {Experiment} experiment
     */
    async newSeed(experiment) {
      const seed = seedOf(Math.random());
      return (await press({ ...experiment, seed }, 'train').begun) ? seed : null;
    },

    // The same start, before the first step.
    reset() {
      return press({ ...state.experiment, steps: 0 }, 'reset', state.goal ?? 0).ended;
    },

    // One more step from what is shown.
    step() {
      const steps = (state.reached ?? state.experiment?.steps ?? 0) + 1;
      return press({ ...state.experiment, steps }, 'step', state.goal ?? steps).ended;
    },

    /**
     * Other names from what is shown; a run that is under way goes to its end. Returns whether they are on the page.
     * @param {string} seed of the names
     */
    newNames(seed) {
      const { run, experiment, reached, goal } = state;
      const steps = run ? experiment?.steps : (reached ?? experiment?.steps ?? 0);
      return press({ ...experiment, steps, draw_seed: seed }, 'again', goal ?? steps).ended;
    },

    // What has been reached stays.
    stop() {
      presses();
      send({ type: 'stopped' });
    },

    // The open screen asks again, for instance for other rows of the table.
    refresh() {
      send({ type: 'refreshed' });
    },

    /** The visitor's name, which travels in the link. @param {string} name */
    rename(name) {
      send({ type: 'renamed', name });
    },

    // ---- places

    go: places.go,
    remember: places.remember,
    readdress: places.readdress,
    arrive: places.arrive,

    /** A screen that the visitor asks for by another way than its tab. @param {string} tab */
    visit(tab) {
      page.go({ tab });
      page.open(tab);
    },

    /** @param {string} tab */
    open(tab) {
      for (const button of document.querySelectorAll('#tabs button[role=tab]')) {
        const { offsetParent, textContent } = /** @type {HTMLElement} */ (button);
        if (textContent?.trim() === page.titles[tab] && offsetParent) /** @type {HTMLElement} */ (button).click();
      }
    },

    /** Opens a tab, and waits until its screen is drawn. @param {string} tab */
    async toTab(tab) {
      await sight(tab);
      while (state.question) await frame();
    },

    /**
     * Opens a link on this page. Returns what it opens of the course, or undefined where another link came between.
     *
     * @param {string} query
     */
    async openQuery(query) {
      return (await follow({ type: 'followed', query }).ended) ? page.takeAsked() : undefined;
    },

    // What a link opens of the course, once.
    takeAsked() {
      const taken = asked;
      asked = null;
      return taken;
    },

    /** @param {string} context @param {string} character */
    lookInside(context, character) {
      parts.inside?.choose?.(context, character);
      pair = [context, character];
      page.visit('inside');
    },

    // The pair that a screen not yet drawn was sent to.
    takePair() {
      const chosen = pair;
      pair = null;
      return chosen;
    },

    /** A lesson by its key, or by the link of one that a teacher wrote. @param {string} key */
    async lesson(key) {
      if (parts.course?.holds(key) || (await parts.course?.toStep(key))) return;
      if (!key.startsWith('?')) parts.course?.choose(key);
      else {
        const opens = await page.openQuery(key);
        if (opens) parts.course?.guide(opens);
      }
    },
  };

  return { page, register };
}

function frame() {
  return new Promise(requestAnimationFrame);
}

/** @param {{ key: string, choices: [string, string][] }[]} fields */
function titlesOf(fields) {
  const tab = fields.find(({ key }) => key === 'tab');
  return Object.fromEntries(tab?.choices.map(([title, key]) => [key, title]) ?? []);
}
