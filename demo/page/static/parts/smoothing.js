// Smoothing: how much is best? The words that were held out decide.

import { curve } from '../pictures/curve.js';
import { make } from '../core/dom.js';
import { button, choices, held, row, sentence } from '../core/fields.js';
import { term } from '../core/term.js';

const AGAIN = 'The test words are used up: to choose settings by them would be learning from them.';

/**
 * @typedef {object} Value
 * @property {string} no_words why there is nothing to sweep; '' where there is
 * @property {number[]} orders
 * @property {string} about which words the losses are about
 * @property {string} about_l2 which words and settings the runs over L2 are about
 * @property {any} over_k the curve of the experiment's own order
 */

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function smoothing(root, { page }) {
  const orders = choices('checkbox', 'orders', 'Orders', []);
  const [overK, overL2] = [curve(), curve()];
  const testButton = button('Score the test words (once)', test);
  const [why, wrong, verdict] = [sentence(), sentence(), sentence('test')];
  /** @type {Map<string | null, string>} */
  const spent = new Map(); // what the test words said, by what it was about
  /** @type {string | null} */
  let about = null; // which words the pictures are about
  /** @type {string | null} */
  let aboutL2 = null; // which words and settings the runs over L2 are about
  /** @type {number | null} */
  let order = null; // of the experiment
  let tell = () => {};
  /** @type {Promise<void>} */
  const told = new Promise((done) => (tell = done)); // `about` is known: a quick visitor's first click waits for it

  function offer() {
    orders.offer(page.limits.orders.map((/** @type {number} */ one) => [one, String(one)]));
  }

  if (page.limits) offer();

  // Asks until all is there. The pictures are about the words and the settings of the first question.
  async function sweep() {
    await told;
    const [mine, experiment] = [about, page.experiment];
    if (!orders.chosen().length) {
      wrong.say('Choose at least one order.', 'error');
      return;
    }
    const asked = { experiment, orders: orders.chosen().map(Number), quiet: true };
    wrong.say('Both sweeps are being computed …');
    for (let done = false; !done; ) {
      const reply = await page.ask('smoothing', 'sweep', asked);
      if (mine !== about) return;
      wrong.say(reply?.error ?? '', 'error');
      if (!reply || reply.error) return;
      overK.show(reply.k);
      overL2.show(reply.l2);
      done = reply.done;
      if (!done) wrong.say('The sweep over L2 is being computed …');
    }
  }

  async function test() {
    await told;
    const mine = about;
    if (spent.has(mine)) return;
    const reply = await page.ask('smoothing', 'test', { quiet: true });
    if (!reply) return;
    if (!reply.error) spent.set(mine, reply.sentence);
    if (mine !== about) return;
    if (reply.error) verdict.say(reply.error, 'error');
    else tellTest();
  }

  // What the test words said of these words, once: then there is nothing left to press.
  function tellTest() {
    testButton.disabled = spent.has(about);
    verdict.say(spent.has(about) ? `${spent.get(about)} ${AGAIN}` : '');
  }

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
  root.append(make('div', { class: 'screen' }, why.element, ...body));

  return {
    // Sweeps the orders that a lesson is about, once.
    /** @param {{ shows: { orders: number[] }, again: boolean }} of */
    async point({ shows, again }) {
      orders.choose(shows.orders);
      if (!again) await sweep();
      return overK.element;
    },
    main: 'smoothing',
    asks: () => ({}),
    /** @param {Value} value */
    show(value) {
      why.say(value.no_words);
      if (orders.isEmpty()) offer();
      for (const part of body) part.hidden = value.no_words !== '';
      if (value.orders[0] !== order) {
        order = value.orders[0];
        if (!orders.chosen().includes(String(order))) {
          orders.choose(value.orders);
          overK.show(value.over_k);
        }
      }
      if (value.about_l2 !== aboutL2) overL2.show(null); // its runs had other settings
      aboutL2 = value.about_l2;
      if (value.about === about) return;
      about = value.about;
      tell();
      wrong.say('');
      tellTest();
      overK.show(value.over_k); // what was learned from other words goes
      overL2.show(null);
    },
  };
}
