// What the page says to its visitor: the last sentences, and whether the server answers.

const AWAY = 'The server does not answer. The page tries again by itself.';

/**
 * @typedef {{ words: string, work: () => unknown }} Offer a button in the notice
 * @typedef {{ sentences: string[], kind: string, offer: Offer | null }} Said
 */

export class Notice {
  /** @type {Said | null} */
  #said = null;
  #isAway = false;
  /** @type {((said: Said) => void)[]} */
  #listeners = [];

  /** A listener that comes later than the first sentence hears it at once. @param {(said: Said) => void} listen */
  listen(listen) {
    this.#listeners.push(listen);
    if (this.#said || this.#isAway) this.#tell();
  }

  /** @param {Said} said */
  say(said) {
    this.#said = said;
    this.#tell();
  }

  /** @param {boolean} isAway whether the server fails to answer */
  setAway(isAway) {
    this.#isAway = isAway;
    this.#tell();
  }

  #tell() {
    const said = this.#said ?? { sentences: [], kind: 'note', offer: null };
    const now = this.#isAway ? { ...said, sentences: [AWAY, ...said.sentences], kind: 'error' } : said;
    for (const listen of this.#listeners) listen(now);
  }
}
