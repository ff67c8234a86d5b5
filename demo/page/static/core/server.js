// How the page asks the server: again and again until there is an answer, but only as long as somebody wants it.

import { wait } from './state.js';

const LATE = 2000; // milliseconds

/**
 * @typedef {Record<string, (question: object) => Promise<any>>} Functions the server functions of a part
 * @typedef {object} Listeners
 * @property {(isAway: boolean) => void} onAway hears whether the server fails to answer
 * @property {(place: number | null) => void} onPlace hears the place in the server's queue, while an answer is late
 *
 * @param {string} me the name of this page, by which it finds itself in the queue
 * @param {Listeners} listeners
 */
export function createServer(me, { onAway, onPlace }) {
  /** @type {Record<string, Functions>} */
  const parts = {};
  const failing = new Set(); // the questions that had no answer at their last try

  /** @type {(change: () => void) => void} */
  function track(change) {
    const before = failing.size > 0;
    change();
    if (failing.size > 0 !== before) onAway(!before);
  }

  /**
   * The answer of function `fn` of a part; null as soon as nobody wants it any more.
   *
   * @param {string} part
   * @param {string} fn
   * @param {object} question
   * @param {() => boolean} isWanted
   */
  async function ask(part, fn, question, isWanted) {
    for (let tries = 0; ; tries++) {
      try {
        const reply = await patiently(parts[part][fn]({ page: me, ...question }));
        if (!reply) throw new Error('no answer'); // this is how Gradio says that it got none
        track(() => failing.clear());
        return isWanted() ? reply : null;
      } catch {
        track(() => (isWanted() ? failing.add(question) : failing.delete(question)));
        if (isWanted()) await wait(tries);
        if (isWanted()) continue;
        track(() => failing.delete(question));
        return null;
      }
    }
  }

  // While an answer is late, the page shows its place in the queue.
  /** @type {(answer: Promise<any>) => Promise<any>} */
  async function patiently(answer) {
    let isOpen = true;
    const late = setInterval(async () => {
      const reply = await parts.notice?.waiting({ page: me }).catch(() => null);
      if (reply && isOpen) onPlace(reply.place);
    }, LATE);
    try {
      return await answer;
    } finally {
      isOpen = false;
      clearInterval(late);
      onPlace(null);
    }
  }

  return { parts, ask };
}
