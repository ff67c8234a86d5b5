// Look inside: the forward and the backward pass for one pair, and the score of a name.

import { bars } from '../pictures/bars.js';
import { make } from '../core/dom.js';
import { box, button, enter, field, held, row, sentence } from '../core/fields.js';
import { latest } from '../core/latest.js';
import { term } from '../core/term.js';
import { figures } from '../pictures/figures.js';
import { product } from '../pictures/product.js';

// The six passes in their order. What stands for the trained table has its colour.
/** @typedef {{ counted: any, descended: any, max?: number }} Score a bar chart by each table; null where there is none */

/** @type {Record<string, string>} */
const PASSES = { onehot: '', logits: '', exp: '', p: 'descended', surprise: 'descended', slope: '' };

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function inside(root, { page }) {
  const context = box('context', { class: 'short', size: 6, maxlength: 40 });
  const character = box('character', { class: 'short', size: 6, maxlength: 40 });
  const typed = box('typed');
  const cards = figures();
  const multiplied = product();
  const passes = Object.entries(PASSES).map(([id, role], i) => ({ id, ...bars({ role, code: true, hints: i === 0 }) }));
  const scores = { counted: bars({ role: 'counted' }), descended: bars({ role: 'descended', hints: false }) };
  const [wrong, wrongName] = [sentence(), sentence()];
  const look = make('button', { type: 'button' }, 'Look');
  const step = button('One step of descent', takeStep, { primary: true });
  const scoreButton = make('button', { type: 'button' }, 'Score');
  const askPair = latest((/** @type {typeof asked} */ pair) => page.ask('inside', 'look', { ...pair, quiet: true }));
  const askScore = latest((/** @type {string} */ name) => page.ask('inside', 'score', { name, quiet: true }));
  let chosen = false; // whether the name is the visitor's or the lesson's
  /** @type {number | null} */
  let reached = null; // the step that is shown
  let asked = { context: '', character: '' }; // the pair of the last question
  /** @type {number | null} */
  let before = null; // the step that one step of descent went on from

  async function lookUp() {
    const reply = await askPair(pair());
    if (!reply) return;
    wrong.say(reply.error ?? '', 'error');
    if (!reply.error) draw(reply);
  }

  async function takeStep() {
    before = reached;
    await page.step();
    before = null;
  }

  async function score() {
    const name = typed.value;
    const reply = await askScore(name);
    if (!reply || name !== typed.value) return;
    wrongName.say(reply.error ?? '', 'error');
    drawScore(reply.error ? { counted: null, descended: null } : reply); // never the score of another name
  }

  function pair() {
    asked = { context: context.value, character: character.value };
    return asked;
  }

  /** @param {Record<string, any>} value the pair and its pictures */
  function draw(value) {
    fill(context, asked.context, value.context);
    fill(character, asked.character, value.character);
    cards.show(value.figures);
    multiplied.show(value.product);
    passes.forEach((one, i) => one.show(value.passes[i]));
  }

  /**
   * Not while the visitor types, nor over what was typed after the question.
   *
   * @param {HTMLInputElement} input
   * @param {string} before
   * @param {string} words
   */
  function fill(input, before, words) {
    if (document.activeElement !== input && input.value === before) input.value = words;
  }

  /** Both tables on one scale. @param {Score} score */
  function drawScore({ counted, descended, max }) {
    scores.counted.show(counted && { max, ...counted });
    scores.descended.show(descended && { max, ...descended });
  }

  [context.value, character.value] = page.takePair() ?? ['', '']; // the screen Two ways may have chosen already
  look.addEventListener('click', lookUp);
  scoreButton.addEventListener('click', score);
  enter([context, character], look);
  enter([typed], scoreButton);
  typed.addEventListener('input', () => (chosen = true));
  root.append(
    make(
      'div',
      { class: 'screen' },
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
      make('h2', { class: 'heading' }, 'Score a name'),
      make(
        'p',
        {},
        'How surprised is each table by a name? The ',
        term('NLL'),
        ' is the mean surprise of its characters.',
      ),
      row(field('Name', typed, 'each character, and the end, by both tables'), scoreButton),
      wrongName.element,
      make(
        'div',
        { class: 'pictures' },
        held('score_counted', scores.counted),
        held('score_descended', scores.descended),
      ),
    ),
  );

  return {
    main: 'inside',
    // A cell that was chosen on another screen.
    /** @param {string} from @param {string} to */
    choose(from, to) {
      context.value = from;
      character.value = to;
      return lookUp();
    },
    // Sets the pair or the name that a lesson is about; returns the picture that it speaks of.
    /** @param {{ place: string, shows: Record<string, string> }} of */
    async point({ place, shows }) {
      if (shows.before) {
        context.value = shows.before;
        character.value = shows.after;
        await lookUp();
      }
      if (shows.name) {
        typed.value = shows.name;
        chosen = true;
        await score();
      }
      return root.querySelector(`#${place}`);
    },
    asks: () => (before === null ? pair() : { ...pair(), before }),
    /** @param {Record<string, any>} value @param {{ step: number, done: boolean }} reply */
    show(value, reply) {
      reached = reply.step;
      wrong.say('');
      draw(value);
      if (!chosen) typed.value = value.name;
      if (reply.done && typed.value) score();
    },
  };
}
