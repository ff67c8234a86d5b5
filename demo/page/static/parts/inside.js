// Look inside: the forward and the backward pass for one pair, and the score of a name.

import { bars } from '../pictures/bars.js';
import { make } from '../core/dom.js';
import { box, button, enter, field, held, row, sentence } from '../core/fields.js';
import { latest } from '../core/latest.js';
import { term } from '../core/term.js';
import { figures } from '../pictures/figures.js';
import { product } from '../pictures/product.js';

/**
 * @typedef {import('../core/page.js').Page} Page
 * @typedef {{ context: string, character: string }} Pair
 * @typedef {{ counted: any, descended: any, max?: number }} Score a bar chart by each table; null where there is none
 */

// The six passes in their order. What stands for the trained table has its colour.
/** @type {Record<string, string>} */
const PASSES = { onehot: '', logits: '', exp: '', p: 'descended', surprise: 'descended', slope: '' };

/** @param {HTMLElement} root @param {{ page: Page }} of */
export default function inside(root, { page }) {
  return new Inside(root, page);
}

class Inside {
  main = 'inside';
  #root;
  #page;
  #pair;
  #score;
  #askPair;
  #askScore;
  /** @type {Pair} */
  #asked = { context: '', character: '' }; // the pair of the last question
  #chosen = false; // whether the name is the visitor's or the lesson's
  /** @type {number | null} */
  #reached = null; // the step that is shown
  /** @type {number | null} */
  #before = null; // the step that one step of descent went on from

  /** @param {HTMLElement} root @param {Page} page */
  constructor(root, page) {
    this.#root = root;
    this.#page = page;
    this.#askPair = latest((/** @type {Pair} */ pair) => page.ask('inside', 'look', { ...pair, quiet: true }));
    this.#askScore = latest((/** @type {string} */ name) => page.ask('inside', 'score', { name, quiet: true }));
    this.#pair = drawnPair({ look: () => this.#look(), step: () => this.#step() });
    this.#score = drawnScore({ score: () => this.#scoreName(), typed: () => (this.#chosen = true) });
    this.#write(...(page.takePair() ?? ['', ''])); // the screen Two ways may have chosen already
    root.append(make('div', { class: 'screen' }, ...this.#pair.nodes, ...this.#score.nodes));
  }

  asks() {
    const pair = this.#readPair();
    return this.#before === null ? pair : { ...pair, before: this.#before };
  }

  /** @param {Record<string, any>} value @param {{ step: number, done: boolean }} reply */
  show(value, reply) {
    this.#reached = reply.step;
    this.#pair.wrong.say('');
    this.#draw(value);
    const { typed } = this.#score;
    if (!this.#chosen) typed.value = value.name;
    if (reply.done && typed.value) this.#scoreName();
  }

  /** A cell that was chosen on another screen. @param {string} context @param {string} character */
  choose(context, character) {
    this.#write(context, character);
    return this.#look();
  }

  /**
   * Sets the pair or the name that a lesson is about; returns the picture that it speaks of.
   *
   * @param {{ place: string, shows: Record<string, string> }} of
   */
  async point({ place, shows }) {
    if (shows.before) await this.choose(shows.before, shows.after);
    if (shows.name) {
      this.#score.typed.value = shows.name;
      this.#chosen = true;
      await this.#scoreName();
    }
    return this.#root.querySelector(`#${place}`);
  }

  // ---- the pair

  /** @param {string} context @param {string} character */
  #write(context, character) {
    this.#pair.context.value = context;
    this.#pair.character.value = character;
  }

  #readPair() {
    const { context, character } = this.#pair;
    this.#asked = { context: context.value, character: character.value };
    return this.#asked;
  }

  async #look() {
    const reply = await this.#askPair(this.#readPair());
    if (!reply) return;
    this.#pair.wrong.say(reply.error ?? '', 'error');
    if (!reply.error) this.#draw(reply);
  }

  async #step() {
    this.#before = this.#reached;
    await this.#page.step();
    this.#before = null;
  }

  /** @param {Record<string, any>} value the pair and its pictures */
  #draw(value) {
    const { context, character, cards, multiplied, passes } = this.#pair;
    fill(context, this.#asked.context, value.context);
    fill(character, this.#asked.character, value.character);
    cards.show(value.figures);
    multiplied.show(value.product);
    passes.forEach((one, i) => one.show(value.passes[i]));
  }

  // ---- the score of a name

  async #scoreName() {
    const { typed, wrong } = this.#score;
    const name = typed.value;
    const reply = await this.#askScore(name);
    if (!reply || name !== typed.value) return;
    wrong.say(reply.error ?? '', 'error');
    this.#drawScore(reply.error ? { counted: null, descended: null } : reply); // never the score of another name
  }

  /** Both tables on one scale. @param {Score} score */
  #drawScore({ counted, descended, max }) {
    const { scores } = this.#score;
    scores.counted.show(counted && { max, ...counted });
    scores.descended.show(descended && { max, ...descended });
  }
}

/**
 * Fills a box, but not while the visitor types, nor over what was typed after the question.
 *
 * @param {HTMLInputElement} input
 * @param {string} before
 * @param {string} words
 */
function fill(input, before, words) {
  if (document.activeElement !== input && input.value === before) input.value = words;
}

// ---- drawing

/**
 * A button that may be pressed again before its answer is there; Enter in one of the boxes presses it, too.
 *
 * @param {string} words
 * @param {() => unknown} work
 * @param {HTMLElement[]} inputs
 */
function pressed(words, work, inputs) {
  const node = make('button', { type: 'button' }, words);
  node.addEventListener('click', work);
  enter(inputs, node);
  return node;
}

/** The two boxes of the pair, and the pictures of its two passes. @param {{ look: () => unknown, step: () => unknown }} press */
function drawnPair(press) {
  const context = box('context', { class: 'short', size: 6, maxlength: 40 });
  const character = box('character', { class: 'short', size: 6, maxlength: 40 });
  const [cards, multiplied] = [figures(), product()];
  const passes = Object.entries(PASSES).map(([id, role], i) => ({ id, ...bars({ role, code: true, hints: i === 0 }) }));
  const wrong = sentence();
  const look = pressed('Look', press.look, [context, character]);
  const step = button('One step of descent', press.step, { primary: true });
  const nodes = [
    make(
      'p',
      {},
      'Follow one pair of characters through the model: from its ',
      term('one-hot'),
      ' row to ',
      term('logits', 'logit'),
      ', to probabilities, to the ',
      term('loss'),
      ' in ',
      term('nats', 'nat'),
      ', and back as a ',
      term('gradient'),
      '. Type a pair, or choose its cell on the screen Two ways.',
    ),
    row(field('Before (x)', context, '. is the start'), field('Next (y)', character, '. is the end'), look, step),
    wrong.element,
    held('pair_figures', cards),
    held('product', multiplied),
    make('div', { class: 'pictures' }, ...passes.map((one) => held(one.id, one))),
  ];
  return { nodes, context, character, cards, multiplied, passes, wrong };
}

/** The box of a name, and its score by both tables. @param {{ score: () => unknown, typed: () => void }} press */
function drawnScore(press) {
  const typed = box('typed');
  typed.addEventListener('input', press.typed);
  const scores = { counted: bars({ role: 'counted' }), descended: bars({ role: 'descended', hints: false }) };
  const wrong = sentence();
  const score = pressed('Score', press.score, [typed]);
  const nodes = [
    make('h2', { class: 'heading' }, 'Score a name'),
    make(
      'p',
      {},
      'How surprised is each table by a name? The ',
      term('NLL'),
      ' is the mean surprise of its characters.',
    ),
    row(field('Name', typed, 'each character, and the end, by both tables'), score),
    wrong.element,
    make('div', { class: 'pictures' }, held('score_counted', scores.counted), held('score_descended', scores.descended)),
  ];
  return { nodes, typed, scores, wrong };
}
