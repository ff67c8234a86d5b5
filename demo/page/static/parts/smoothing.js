// Smoothing: how much is best? The words that were held out decide.

import { curve } from '../pictures/curve.js';
import { make } from '../core/dom.js';
import { button, choices, held, row, sentence } from '../core/fields.js';
import { term } from '../core/term.js';

const AGAIN = 'The test words are used up: to choose settings by them would be learning from them.';

/**
 * @typedef {import('../core/page.js').Page} Page
 *
 * @typedef {object} Value
 * @property {string} no_words why there is nothing to sweep; '' where there is
 * @property {number[]} orders
 * @property {string} about which words the losses are about
 * @property {string} about_l2 which words and settings the runs over L2 are about
 * @property {any} over_k the curve of the experiment's own order
 */

/** @param {HTMLElement} root @param {{ page: Page }} of */
export default function smoothing(root, { page }) {
  return new Smoothing(root, page);
}

class Smoothing {
  main = 'smoothing';
  #page;
  #parts;
  /** @type {Map<string | null, string>} */
  #spent = new Map(); // what the test words said, by what it was about
  /** @type {string | null} */
  #about = null; // which words the pictures are about
  /** @type {string | null} */
  #aboutL2 = null; // which words and settings the runs over L2 are about
  /** @type {number | null} */
  #order = null; // of the experiment
  #tell = () => {};
  /** @type {Promise<void>} */
  #told = new Promise((done) => (this.#tell = done)); // `#about` is known: a quick visitor's first click waits for it

  /** @param {HTMLElement} root @param {Page} page */
  constructor(root, page) {
    this.#page = page;
    this.#parts = drawn({ sweep: () => this.#sweep(), test: () => this.#test() });
    root.append(this.#parts.element);
    if (page.limits) this.#offer();
  }

  asks() {
    return {};
  }

  /** @param {Value} value */
  show(value) {
    const { orders, why, body, overL2 } = this.#parts;
    why.say(value.no_words);
    if (orders.isEmpty()) this.#offer();
    for (const part of body) part.hidden = value.no_words !== '';
    if (value.orders[0] !== this.#order) this.#chooseOrders(value);
    if (value.about_l2 !== this.#aboutL2) overL2.show(null); // its runs had other settings
    this.#aboutL2 = value.about_l2;
    if (value.about !== this.#about) this.#turnTo(value);
  }

  /** Sweeps the orders that a lesson is about, once. @param {{ shows: { orders: number[] }, again: boolean }} of */
  async point({ shows, again }) {
    this.#parts.orders.choose(shows.orders);
    if (!again) await this.#sweep();
    return this.#parts.overK.element;
  }

  #offer() {
    this.#parts.orders.offer(this.#page.limits.orders.map((/** @type {number} */ one) => [one, String(one)]));
  }

  /** The experiment has another order. What the visitor chose stays where it holds this order. @param {Value} value */
  #chooseOrders(value) {
    const { orders, overK } = this.#parts;
    this.#order = value.orders[0];
    if (orders.chosen().includes(String(this.#order))) return;
    orders.choose(value.orders);
    overK.show(value.over_k);
  }

  /** The experiment has other words: what was learned from those before goes. @param {Value} value */
  #turnTo(value) {
    const { wrong, overK, overL2 } = this.#parts;
    this.#about = value.about;
    this.#tell();
    wrong.say('');
    this.#tellTest();
    overK.show(value.over_k);
    overL2.show(null);
  }

  // Asks until all is there. The pictures are about the words and the settings of the first question.
  async #sweep() {
    await this.#told;
    const { orders, wrong, overK, overL2 } = this.#parts;
    const [mine, experiment] = [this.#about, this.#page.experiment];
    if (!orders.chosen().length) {
      wrong.say('Choose at least one order.', 'error');
      return;
    }
    const asked = { experiment, orders: orders.chosen().map(Number), quiet: true };
    wrong.say('Both sweeps are being computed …');
    for (let done = false; !done; ) {
      const reply = await this.#page.ask('smoothing', 'sweep', asked);
      if (mine !== this.#about) return;
      wrong.say(reply?.error ?? '', 'error');
      if (!reply || reply.error) return;
      overK.show(reply.k);
      overL2.show(reply.l2);
      done = reply.done;
      if (!done) wrong.say('The sweep over L2 is being computed …');
    }
  }

  async #test() {
    await this.#told;
    const mine = this.#about;
    if (this.#spent.has(mine)) return;
    const reply = await this.#page.ask('smoothing', 'test', { quiet: true });
    if (!reply) return;
    if (!reply.error) this.#spent.set(mine, reply.sentence);
    if (mine !== this.#about) return;
    if (reply.error) this.#parts.verdict.say(reply.error, 'error');
    else this.#tellTest();
  }

  // What the test words said of these words, once: then there is nothing left to press.
  #tellTest() {
    const said = this.#spent.get(this.#about);
    this.#parts.testButton.disabled = said !== undefined;
    this.#parts.verdict.say(said === undefined ? '' : `${said} ${AGAIN}`);
  }
}

/**
 * The screen: `why` says why there is nothing to sweep, and `body` is all that is hidden then.
 *
 * @param {{ sweep: () => unknown, test: () => unknown }} press
 */
function drawn({ sweep, test }) {
  const orders = choices('checkbox', 'orders', 'Orders', []);
  const [overK, overL2] = [curve(), curve()];
  const testButton = button('Score the test words (once)', test);
  const [why, wrong, verdict] = [sentence(), sentence(), sentence('test')];
  const body = [
    make(
      'p',
      {},
      'How much ',
      term('smoothing'),
      ' is best? The words are split: the tables learn from ',
      term('train'),
      ' (80%), and the losses on ',
      term('dev'),
      ' (10%) decide. They are measured in ',
      term('nats', 'nat'),
      ' per character.',
    ),
    row(orders.element, term('What is an order?', 'order'), button('Sweep k and L2', sweep, { primary: true })),
    wrong.element,
    held('sweep_k', overK, 'Press Sweep k and L2: the losses are drawn here.'),
    held('sweep_l2', overL2, 'Press Sweep k and L2: the losses over L2 are drawn here.'),
    make('h2', { class: 'heading' }, 'At the very end'),
    make(
      'p',
      {},
      'Score the ',
      term('test'),
      ' words once, when you have chosen. The order and k are those that you trained with last.',
    ),
    row(testButton),
    verdict.element,
  ];
  const element = make('div', { class: 'screen' }, why.element, ...body);
  return { element, body, why, orders, wrong, overK, overL2, testButton, verdict };
}
