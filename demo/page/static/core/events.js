// The events of the page, one after the other. The machine says what follows from each of them.

import { START, step } from './machine.js';

/**
 * @typedef {import('./machine.js').Experiment} Experiment
 * @typedef {import('./machine.js').Effect} Effect
 * @typedef {{ type: string, [more: string]: any }} MachineEvent
 * @typedef {{ begun: (isOn: boolean) => void, ended: (isDone: boolean) => void }} Waiting for a press or a link
 */

export class Events {
  state = START;
  /** @type {MachineEvent[]} the first is being carried out, the others wait for it */
  #queue = [];
  #ids = 0; // of presses and links
  /** @type {Map<number, Waiting>} by the id of the press or the link */
  #waiting = new Map();
  /** @type {WeakMap<Experiment, number>} the version of each experiment that was on the page */
  #versions = new WeakMap();
  #screenInSight;
  #carryOut;

  /** @param {() => string | null} screenInSight @param {(effect: Effect) => void} carryOut */
  constructor(screenInSight, carryOut) {
    this.#screenInSight = screenInSight;
    this.#carryOut = carryOut;
  }

  /** What an effect sends waits until all effects of the event before are carried out. @param {MachineEvent} event */
  send(event) {
    this.#queue.push(event);
    if (this.#queue.length > 1) return;
    for (; this.#queue.length; this.#queue.shift()) this.#take(this.#queue[0]);
  }

  /** @param {MachineEvent} event */
  #take(event) {
    const { state, effects } = step(this.state, { ...event, screen: this.#screenInSight() });
    this.state = state;
    if (state.experiment) this.#versions.set(state.experiment, state.version);
    effects.forEach((effect) => this.#carryOut(effect));
  }

  /**
   * Sends a press or a link. `begun`: whether its experiment came on the page. `ended`: whether it was trained to its
   * end.
   *
   * @param {MachineEvent} event
   */
  follow(event) {
    const id = ++this.#ids;
    /** @type {Partial<Waiting>} */
    const waits = {};
    /** @type {Promise<boolean>} */
    const begun = new Promise((done) => (waits.begun = done));
    /** @type {Promise<boolean>} */
    const ended = new Promise((done) => (waits.ended = done));
    this.#waiting.set(id, /** @type {Waiting} */ (waits));
    this.send({ ...event, id });
    return { id, begun, ended };
  }

  /** @param {number} id */
  begun(id) {
    this.#waiting.get(id)?.begun(true);
  }

  /** @param {number} id @param {boolean} isDone */
  ended(id, isDone) {
    this.#waiting.get(id)?.begun(false);
    this.#waiting.get(id)?.ended(isDone);
    this.#waiting.delete(id);
  }

  /**
   * The version of an experiment that is or was on the page; null where there is none.
   *
   * @param {Experiment | null | undefined} experiment
   */
  versionOf(experiment) {
    return experiment ? (this.#versions.get(experiment) ?? this.state.version) : null;
  }
}
