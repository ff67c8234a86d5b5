// Speed: a one-hot product against W[xs], and the forms of the loss, timed here beside the committed benchmarks.

import { bars } from '../pictures/bars.js';
import { make } from '../core/dom.js';
import { button, field, held, row, select, sentence } from '../core/fields.js';
import { term } from '../core/term.js';

/**
 * @typedef {import('../core/page.js').Page} Page
 * @typedef {{ device: string, lookups: string[], forms: string[], committed: any[], no_words: string }} Value
 * @typedef {{ form: string, forward: number | null, both: number | null, why_not?: string }} Result milliseconds
 * @typedef {'forward' | 'both'} Pass
 * @typedef {ReturnType<typeof timings>} Chart
 */

/** @type {Record<Pass, string>} */
const PASSES = { forward: 'Forward, here and now', both: 'Forward + backward, here and now' };
const NOTE = 'Each form is timed for 0.2 s; a call that takes longer is timed once. The bar shows the median time. The number with × says how many times as fast as the slowest form it is.';
const USUAL = 10_000; // examples

/**
 * Bars of milliseconds: results are {form, why_not} with a time under `pass`; forms without a result wait.
 *
 * @param {Pass} pass
 * @param {Result[]} results
 * @param {string} about
 * @param {string[]} forms
 */
export function timings(pass, results, about, forms, { title = PASSES[pass], note = NOTE } = {}) {
  const of = (/** @type {string} */ form) => results.find((result) => result.form === form);
  const timeOf = (/** @type {Result | undefined} */ result) => (result && !result.why_not ? (result[pass] ?? null) : null);
  const slowest = Math.max(...results.map((result) => timeOf(result) ?? 0));
  const bar = (/** @type {string} */ form) => {
    const result = of(form);
    const time = timeOf(result);
    if (!result) return { label: form, value: 0, text: '…' };
    if (time === null) return { label: form, value: 0, text: result.why_not ?? '' };
    const ratio = Number((slowest / time).toPrecision(3)).toLocaleString('en-US');
    return { label: form, value: time, text: `${time.toFixed(3)} ms · ${ratio}×` };
  };
  const bars = forms.map(bar);
  const said = results.length < forms.length ? '' : `${title}: ${bars.map((one) => `${one.label} ${one.text}`).join(', ')}`;
  return { title, said, unit: about, note, orientation: 'horizontal', bars };
}

/**
 * How many times as fast the fastest of these bars is: a sentence, where there are two times to compare.
 *
 * @param {Pick<Chart, 'bars'>} chart
 */
export function answer({ bars }) {
  const timed = bars.filter(({ value }) => value > 0);
  if (timed.length < 2) return '';
  const [fast, slow] = [timed.reduce((a, b) => (a.value <= b.value ? a : b)), timed.reduce((a, b) => (a.value > b.value ? a : b))];
  return `${fast.label} is ${Number((slow.value / fast.value).toPrecision(2))} times as fast.`;
}

/** A chart whose title says how many times as fast the fastest bar is. @param {Chart} chart */
function withAnswer(chart) {
  const words = answer(chart);
  return { ...chart, title: words ? `${chart.title}: ${words}` : chart.title };
}

/**
 * Asks the server for one time after the other, and draws after each answer.
 *
 * @param {Page} page
 * @param {string} fn
 * @param {object[]} questions
 * @param {{ say: (words: string, kind?: string) => void }} wrong where an error is said
 * @param {(results: Result[], last: any) => void} draw
 */
async function timeEach(page, fn, questions, wrong, draw) {
  /** @type {Result[]} */
  const results = [];
  wrong.say('');
  for (const question of questions) {
    const reply = await page.ask('speed', fn, question);
    if (!reply || reply.error) {
      wrong.say(reply?.error ?? '', 'error');
      return;
    }
    results.push(reply);
    draw(results, reply);
  }
}

/** @param {HTMLElement} root @param {{ page: Page }} of */
export default function speed(root, { page }) {
  return new Speed(root, page);
}

class Speed {
  main = 'speed';
  #page;
  #parts;
  /** @type {Value} */
  #value = { device: 'cpu', lookups: [], forms: [], committed: [], no_words: '' }; // of the last answer

  /** @param {HTMLElement} root @param {Page} page */
  constructor(root, page) {
    this.#page = page;
    this.#parts = drawn({ time: () => this.#time(), timeWays: () => this.#timeWays() });
    this.#parts.machine.addEventListener('change', () => this.#showCommitted());
    if (page.limits) this.#offer(page.limits); // a quick visitor may choose before the screen is filled
    root.append(this.#parts.element);
  }

  asks() {
    return {};
  }

  /** @param {Value} fresh */
  show(fresh) {
    const { n, press, pressWays, wrongWays } = this.#parts;
    if (!n.options.length) this.#offer(this.#page.limits);
    this.#value = fresh;
    if (press.disabled || fresh.no_words) wrongWays.say(fresh.no_words);
    press.disabled = pressWays.disabled = fresh.no_words !== '';
    this.#offerMachines();
    this.#showCommitted();
  }

  /** @param {{ again: boolean }} of */
  async point({ again }) {
    if (!again) await this.#time();
    return this.#parts.both.element;
  }

  /**
   * What may be timed. The largest size is that of the lecture's names.
   *
   * @param {{ timed_orders: number[], timed_sizes: number[] }} limits
   */
  #offer({ timed_orders: orders, timed_sizes: sizes }) {
    const { order, n } = this.#parts;
    const words = (/** @type {number} */ size) => size.toLocaleString('en-US') + (size === sizes.at(-1) ? ', as in the lecture' : '');
    order.append(...orders.map((one) => make('option', { value: one }, String(one))));
    n.append(...sizes.map((size) => make('option', { value: size }, words(size))));
    n.value = String(USUAL);
  }

  // The machine that was chosen stays chosen, where there still is one.
  #offerMachines() {
    const { machine, machines } = this.#parts;
    const { committed } = this.#value;
    const chosen = Number(machine.value) < committed.length ? Number(machine.value) : 0;
    machine.replaceChildren(...committed.map((one, i) => make('option', { value: i }, one.machine)));
    machine.value = String(chosen);
    machines.hidden = !committed.length;
  }

  #showCommitted() {
    const { machine, lookups, committed } = this.#parts;
    const one = this.#value.committed[Number(machine.value)];
    lookups.show(one && withAnswer(one.lookup));
    committed.show(one?.forms);
  }

  // Who presses before the screen is filled waits.
  async #filled() {
    while (!this.#value.forms.length) await new Promise(requestAnimationFrame);
    return this.#value;
  }

  async #timeWays() {
    const { lookups: ways, device } = await this.#filled();
    const { experiment } = this.#page;
    const questions = ways.map((way) => ({ experiment, quiet: true, way }));
    await timeEach(this.#page, 'lookup', questions, this.#parts.wrongWays, (results, { examples }) => {
      const note = `All ${examples.toLocaleString('en-US')} bigrams of this word list, on ${device}.`;
      const chart = timings('forward', results, 'median ms', ways, { title: 'This server, now', note });
      this.#parts.lookupsNow.show(withAnswer(chart));
    });
  }

  async #time() {
    const { forms, device } = await this.#filled();
    const { order, n, wrong, forward, both } = this.#parts;
    const asked = { order: Number(order.value), n: Number(n.value), experiment: this.#page.experiment, quiet: true };
    const about = `median ms, ${asked.n.toLocaleString('en-US')} examples, order ${asked.order}, ${device}`;
    const questions = forms.map((form) => ({ ...asked, form }));
    await timeEach(this.#page, 'time', questions, wrong, (results) => {
      forward.show(timings('forward', results, about, forms));
      both.show(timings('both', results, about, forms));
    });
  }
}

/**
 * The screen: the one-hot product beside the index, and below them the whole loss.
 *
 * @param {{ time: () => unknown, timeWays: () => unknown }} press
 */
function drawn({ time, timeWays }) {
  const [ways, loss] = [drawnWays(timeWays), drawnLoss(time)];
  return { ...ways, ...loss, element: make('div', { class: 'screen' }, ...ways.nodes, ...loss.nodes) };
}

/** @param {() => unknown} timeWays */
function drawnWays(timeWays) {
  const [lookups, lookupsNow] = [bars({ hints: false }), bars({ hints: false })];
  const machine = select('machine', [], '');
  const machines = field('Measured on', machine);
  const wrongWays = sentence();
  const pressWays = button('Time both here', timeWays, { primary: true });
  const nodes = [
    make('h2', { class: 'heading' }, 'How slow is a one-hot product?'),
    make(
      'p',
      {},
      'The lecture multiplies a ',
      term('one-hot'),
      ' row with ',
      term('W'),
      ', and gets one row of W. The index W[xs] takes the same row directly.',
    ),
    make(
      'div',
      { class: 'pictures' },
      make('div', {}, held('lookup_committed', lookups), row(machines)),
      make(
        'div',
        {},
        held('lookup_now', lookupsNow, 'How fast is this server? Press the button.'),
        row(pressWays, wrongWays.element),
      ),
    ),
  ];
  return { nodes, lookups, lookupsNow, machine, machines, pressWays, wrongWays };
}

/** @param {() => unknown} time */
function drawnLoss(time) {
  const [order, n] = [select('time-order', [], ''), select('time-n', [], '')];
  const [forward, both, committed] = [bars(), bars({ hints: false }), bars({ hints: false })];
  const press = button('Time them', time);
  const wrong = sentence();
  const nodes = [
    make('h2', { class: 'heading' }, 'And the whole loss?'),
    make(
      'p',
      {},
      'There are four forms of the ',
      term('loss'),
      '. They have the same value and the same ',
      term('gradient'),
      ', but they cost different times.',
    ),
    make(
      'div',
      { class: 'pictures' },
      held('committed', committed),
      make(
        'div',
        {},
        row(field('Order', order), field('Examples n', n), press),
        wrong.element,
        held('forward', forward, 'Press Time them: the times of this server are drawn here.'),
        held('both', both),
      ),
    ),
  ];
  return { nodes, order, n, forward, both, committed, press, wrong };
}
