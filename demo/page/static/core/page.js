// The page: what its screens, the form and the course may call. Each press and each answer is an event for the machine
// (events.js), and effects.js does what follows. The server keeps nothing: each question carries the experiment.

import { appeared, goBack, isOpening, openAddress } from './address.js';
import { carryOut } from './effects.js';
import { Events } from './events.js';
import { Notice } from './notice.js';
import { createPlaces } from './places.js';
import { frame, Screens, titlesOf } from './screens.js';
import { createServer } from './server.js';
import { isNewcomer, latest, seedOf } from './state.js';

/**
 * @typedef {import('./machine.js').Experiment} Experiment
 * @typedef {import('./machine.js').Intent} Intent
 * @typedef {import('./machine.js').Reply} Reply
 * @typedef {import('./notice.js').Offer} Offer
 * @typedef {import('./notice.js').Said} Said
 * @typedef {import('./screens.js').Part} Part
 */

export function createPage() {
  const page = bound(new Page());
  return { page, register: page.register };
}

/** Each method keeps its page: a part may hand it on as a function, for instance `page.visit`. @param {Page} page */
function bound(page) {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Page.prototype))) {
    if (typeof value === 'function' && name !== 'constructor') Object.assign(page, { [name]: value.bind(page) });
  }
  return page;
}

export class Page {
  // ---- what the page consists of, for the modules of this folder

  screens = new Screens();
  notice = new Notice();
  events = new Events(() => this.screens.inSight(), (effect) => carryOut(this, effect));
  presses = latest(); // with a press, those before it are void
  /** @type {any} what a link opens of the course, until the course is there */
  asked = null;

  /** @type {(() => void)[]} */
  #listeners = [];
  /** @type {[string, string] | null} */
  #pair = null; // the cell that a screen not yet drawn was sent to

  constructor() {
    const me = seedOf(Math.random()) + seedOf(Math.random()); // the name of this page in the server's queue
    this.server = createServer(me, {
      onAway: (isAway) => this.notice.setAway(isAway),
      onPlace: (place) => this.#waitAt(place),
    });
    this.places = createPlaces(me, {
      isOpening,
      link: () => this.link,
      address: () => this.events.state.aim ?? this.link,
      name: () => this.name,
      back: (to, isLast) => goBack(this, to, isLast),
    });
    this.go = this.places.go;
    this.remember = this.places.remember;
    this.readdress = this.places.readdress;
    this.arrive = this.places.arrive;
    this.screens.onVisit((tab) => this.go({ tab }));
  }

  // ---- what is on the page; the machine says what each is

  get experiment() {
    return this.events.state.experiment;
  }
  get version() {
    return this.events.state.version;
  }
  get goal() {
    return this.events.state.goal;
  }
  get reached() {
    return this.events.state.reached;
  }
  get link() {
    return this.events.state.link;
  }
  get about() {
    return this.events.state.about;
  }
  get name() {
    return this.events.state.name;
  }
  get refused() {
    return this.events.state.refused;
  }
  /** {step, steps} while something is being trained, or while a press waits for its first answer. */
  get running() {
    const { press, run } = this.events.state;
    if (press) return { step: 0, steps: press.experiment.steps };
    return run && { step: run.step, steps: run.steps };
  }
  /** The place in the server's queue, when an answer is late. @type {number | null} */
  place = null;
  get guide() {
    return this.places.guide;
  }
  set guide(link) {
    this.places.guide = link;
  }
  /** Whether this is the first visit of this browser, without a link. */
  firstVisit = !isOpening() && !location.hash && !history.state && isNewcomer(() => localStorage);
  get parts() {
    return this.screens.parts;
  }
  get titles() {
    return this.screens.titles;
  }
  /** @type {any} what the screens may ask for, as the server says; it comes with the settings */
  limits = null;
  /** Where the lab lies, as its visitor sees it. */
  get base() {
    return location.origin + location.pathname;
  }

  // ---- its parts

  /**
   * Puts a part in its place. Gradio may draw a tab again: then the part is made again.
   *
   * @param {string} name
   * @param {HTMLElement} root
   * @param {import('./server.js').Functions} functions
   * @param {Part} part
   * @param {any} first what the part came filled with
   */
  register(name, root, functions, part, first) {
    this.server.parts[name] = functions;
    this.screens.add(name, root, part);
    if (name === 'settings' && !this.experiment) {
      this.limits = first.limits;
      this.screens.titles = titlesOf(first.fields);
      this.arrive(() => openAddress(this, first.settings));
    }
    if (!part?.main) return;
    this.events.send({ type: 'mounted', part: name, filled: first !== null && !isOpening() });
    this.screens.watch(name, () => appeared(this, name));
  }

  /** @param {'changed' | 'notice'} event @param {(said: any) => void} listen */
  on(event, listen) {
    if (event === 'notice') this.notice.listen(listen);
    else this.#listeners.push(/** @type {() => void} */ (listen));
  }

  changed() {
    for (const listen of this.#listeners) listen();
  }

  /** @param {number | null} place */
  #waitAt(place) {
    if (place === this.place) return;
    this.place = place;
    this.changed();
  }

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
    const whole = { experiment: this.experiment, ...question };
    const version = this.events.versionOf(whole.experiment);
    const isWanted = () => !signal?.aborted && (version === null || version === this.version);
    const reply = await this.server.ask(part, fn, whole, isWanted);
    if (!reply?.error || quiet) return reply;
    this.refuse(reply, whole.experiment ?? null);
    return null;
  }

  /** @param {string[]} sentences @param {Offer | null} [offer] */
  say(sentences, kind = 'note', offer = null) {
    this.notice.say({ sentences, kind, offer });
  }

  // What the server refuses is said. Where only the GPU is missing, the same run is offered on the CPU.
  /** @param {{ error?: string, on_cpu?: boolean }} reply @param {Experiment | null} experiment */
  refuse(reply, experiment) {
    this.say([reply.error ?? ''], 'error', reply.on_cpu && experiment ? this.onCpu(experiment) : null);
  }

  /** @param {Experiment} experiment @returns {Offer} */
  onCpu(experiment) {
    const same = { ...experiment, device: 'cpu' };
    const work = () => {
      this.parts.settings.fill(same);
      return this.train(same);
    };
    return { words: 'Train on the CPU', work };
  }

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
    const isLast = this.presses();
    if (tab) await this.screens.openFully(tab);
    if (!isLast() || signal?.aborted) return false;
    const { id, ended } = this.#press(experiment, 'train');
    signal?.addEventListener('abort', () => this.events.send({ type: 'withdrawn', id }));
    return ended;
  }

  /**
   * The same settings with a new seed. Returns the seed as soon as it is on the page, null where it does not get there.
   *
   * @param {Experiment} experiment
   */
  async newSeed(experiment) {
    const seed = seedOf(Math.random());
    return (await this.#press({ ...experiment, seed }, 'train').begun) ? seed : null;
  }

  // The same start, before the first step.
  reset() {
    return this.#press({ ...this.experiment, steps: 0 }, 'reset', this.goal ?? 0).ended;
  }

  // One more step from what is shown.
  step() {
    const steps = (this.reached ?? this.experiment?.steps ?? 0) + 1;
    return this.#press({ ...this.experiment, steps }, 'step', this.goal ?? steps).ended;
  }

  /**
   * Other names from what is shown; a run that is under way continues to its end. Returns whether they are on the page.
   *
   * @param {string} seed of the names
   */
  newNames(seed) {
    const { run, experiment, reached, goal } = this.events.state;
    const steps = run ? experiment?.steps : (reached ?? experiment?.steps ?? 0);
    return this.#press({ ...experiment, steps, draw_seed: seed }, 'again', goal ?? steps).ended;
  }

  /**
   * A press of Train or of a button like it.
   *
   * @param {Experiment} experiment
   * @param {Intent} intent
   */
  #press(experiment, intent, goal = experiment.steps) {
    this.presses();
    return this.events.follow({ type: 'pressed', experiment: { ...experiment }, goal, intent });
  }

  // What has been reached stays.
  stop() {
    this.presses();
    this.events.send({ type: 'stopped' });
  }

  // The open screen asks again, for instance for other rows of the table.
  refresh() {
    this.events.send({ type: 'refreshed' });
  }

  /** The visitor's name, which travels in the link. @param {string} name */
  rename(name) {
    this.events.send({ type: 'renamed', name });
  }

  // ---- places

  /** @param {string} tab */
  open(tab) {
    this.screens.open(tab);
  }

  /** A screen that the visitor asks for by another way than its tab. @param {string} tab */
  visit(tab) {
    this.go({ tab });
    this.open(tab);
  }

  /** Opens a tab, and waits until its screen is drawn. @param {string} tab */
  async toTab(tab) {
    await this.screens.openFully(tab);
    while (this.events.state.question) await frame();
  }

  /**
   * Opens a link on this page. Returns what it opens of the course, or undefined where another link came between.
   *
   * @param {string} query
   */
  async openQuery(query) {
    return (await this.events.follow({ type: 'followed', query }).ended) ? this.takeAsked() : undefined;
  }

  // What a link opens of the course, once.
  takeAsked() {
    const taken = this.asked;
    this.asked = null;
    return taken;
  }

  /** @param {string} context @param {string} character */
  lookInside(context, character) {
    this.parts.inside?.choose?.(context, character);
    this.#pair = [context, character];
    this.visit('inside');
  }

  // The pair that a screen not yet drawn was sent to.
  takePair() {
    const chosen = this.#pair;
    this.#pair = null;
    return chosen;
  }

  /** A lesson by its key, or by the link of one that a teacher wrote. @param {string} key */
  async lesson(key) {
    if (this.parts.course?.holds(key) || (await this.parts.course?.toStep(key))) return;
    if (!key.startsWith('?')) this.parts.course?.choose(key);
    else {
      const opens = await this.openQuery(key);
      if (opens) this.parts.course?.guide(opens);
    }
  }
}
