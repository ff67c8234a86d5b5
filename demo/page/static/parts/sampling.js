// Sampling: names letter by letter, from one of the two tables. The names that were drawn stay below.

import { collected, ofTables } from '../core/collection.js';
import { make, text } from '../core/dom.js';
import { box, button, choices, enter, field, held, row, sentence } from '../core/fields.js';
import { latest } from '../core/latest.js';
import { term } from '../core/term.js';
import { walk } from '../pictures/walk.js';

/**
 * @typedef {import('../core/page.js').Page} Page
 * @typedef {import('../core/collection.js').Drawn} Drawn
 *
 * @typedef {object} Value a name from a table
 * @property {string} wrong why no name can be drawn; '' where one can
 * @property {string} table
 * @property {string} seed
 * @property {Record<string, string>} about names the numbers of each table
 * @property {{ name: string, known: boolean | null, steps: any[] }} walk
 */

/** @type {Record<string, string>} */
const TABLES = { counted: 'counted', descended: 'trained' };

/** @param {HTMLElement} root @param {{ page: Page }} of */
export default function sampling(root, { page }) {
  return new Sampling(root, page);
}

class Sampling {
  main = 'sampling';
  #page;
  #parts;
  #ask;
  /** @type {string | null} */
  #given = null; // the seed of the experiment, which the box was last filled with
  #filled = ''; // what the box was filled with last: else the visitor has typed into it
  /** @type {Drawn | null} */
  #current = null; // the name in the picture
  /** @type {Drawn[]} */
  #names = []; // those that were drawn

  /** @param {HTMLElement} root @param {Page} page */
  constructor(root, page) {
    this.#page = page;
    this.#ask = latest((/** @type {{ table: string, seed: string }} */ asked) => page.ask('sampling', 'sampling', { ...asked, quiet: true }));
    this.#parts = drawn({
      draw: () => this.#draw(),
      another: () => this.#another(),
      ended: () => this.#collect(),
      forget: () => this.#keep([]),
    });
    this.#keep([]);
    root.append(this.#parts.element);
  }

  /** What the box holds is asked for by its own buttons only: a seed that is none stops no training. */
  asks() {
    return { table: this.#parts.table.chosen()[0], seed: this.#current?.seed ?? '' };
  }

  /** @param {Value} value */
  show(value) {
    const fresh = this.#page.experiment?.draw_seed;
    const asksAgain = this.#given !== null && this.#given !== fresh; // a link or a lesson brought another seed
    this.#given = fresh;
    if (asksAgain) {
      this.#parts.seed.value = fresh;
      this.#draw();
    } else this.#take(value);
  }

  /** Draws from the table that a lesson is about, and goes to its step. @param {{ shows: { table: string, draw: string } }} of */
  async point({ shows }) {
    const { picture } = this.#parts;
    this.#write(shows.table, this.#page.experiment?.draw_seed);
    await this.#draw();
    picture.to(Number(shows.draw));
    return picture.element;
  }

  // ---- drawing a name

  /** @param {string} table @param {string} seed */
  #write(table, seed) {
    this.#parts.table.choose([table]);
    this.#parts.seed.value = seed;
  }

  // Asks again until the run is done. Returns whether there is a name.
  async #draw() {
    const { seed, table, wrong } = this.#parts;
    const typed = seed.value;
    for (let done = false; !done; ) {
      const reply = await this.#ask({ table: table.chosen()[0], seed: typed.trim() });
      if (!reply) return false;
      if (reply.error) {
        wrong.say(reply.error, 'error');
        return false;
      }
      if (!reply.value.wrong && seed.value === typed) this.#filled = typed;
      this.#take(reply.value);
      if (reply.value.wrong) return false;
      done = reply.done;
    }
    return true;
  }

  async #another() {
    this.#parts.seed.value = String(Math.floor(Math.random() * 2 ** 31));
    if (await this.#draw()) this.#parts.picture.replay();
  }

  /** Draws a name of the list again, from the table that it came from. @param {Drawn} one */
  async #again(one) {
    this.#write(one.table, one.seed);
    if (await this.#draw()) this.#parts.picture.replay();
  }

  // ---- what the server answers

  /** @param {Value} value */
  #take(value) {
    const { seed, wrong } = this.#parts;
    const isMine = seed.value === this.#filled;
    this.#keep(ofTables(this.#names, value.about));
    if (isMine || value.wrong) wrong.say(value.wrong, 'error');
    if (value.wrong) {
      if (!this.#isOfTable(value)) this.#empty();
      return;
    }
    if (this.#current && !this.#isCurrent(value)) this.#collect(); // the name before this one
    if (isMine) seed.value = this.#filled = value.seed;
    this.#turnTo(value);
    this.#keep(ofTables(this.#names, value.about));
  }

  /** @param {Value} value */
  #turnTo(value) {
    const { walk: steps, table, seed, about } = value;
    this.#current = { ...steps, table, seed, about: about[table] };
    this.#parts.picture.show({ ...steps, title: `From the ${TABLES[table]} table, seed ${seed}` }, table);
  }

  #empty() {
    this.#current = null;
    this.#parts.picture.show(null);
  }

  /** Whether the name in the picture is from this very table: then it stays where no other can be drawn. @param {Value} value */
  #isOfTable({ table, about }) {
    return this.#current?.table === table && this.#current.about === about[table];
  }

  /** Whether it is this name that is in the picture. @param {{ table: string, seed: string }} one */
  #isCurrent({ table, seed }) {
    return this.#current?.table === table && this.#current.seed === seed;
  }

  // ---- the names so far

  #collect() {
    this.#keep(collected(this.#names, this.#current));
  }

  /** @param {Drawn[]} fresh */
  #keep(fresh) {
    const { chips, forget } = this.#parts;
    this.#names = fresh;
    forget.hidden = !fresh.length;
    const none = make('li', { class: 'quiet' }, 'Each name that you draw is collected here.');
    const chip = (/** @type {Drawn} */ one) => drawnChip(one, this.#isCurrent(one), () => this.#again(one));
    chips.replaceChildren(...(fresh.length ? fresh.map((one) => make('li', {}, chip(one))) : [none]));
  }
}

/**
 * A name of the list, as a button that plays it again.
 *
 * @param {Drawn} one
 * @param {boolean} isCurrent
 * @param {() => unknown} again
 */
function drawnChip({ name, known, table, seed }, isCurrent, again) {
  const node = button('', again);
  node.append(name ? text(name) : '(no letter)', make('small', {}, known === null ? '' : known ? 'in the list' : 'new'));
  node.classList.add('chip', table);
  node.title = `${TABLES[table]} table, seed ${seed}. Press to play it again.`;
  node.ariaPressed = String(isCurrent);
  return node;
}

/**
 * The screen: what is to be drawn, its picture, and the names so far.
 *
 * @param {Record<'draw' | 'another' | 'ended' | 'forget', () => unknown>} press
 */
function drawn({ draw, another, ended, forget: empty }) {
  const seed = box('walk-seed', { inputmode: 'numeric', maxlength: 40 });
  const table = choices('radio', 'table', 'Table', Object.entries(TABLES));
  const picture = walk({ ended });
  const wrong = sentence();
  const drawButton = make('button', { type: 'button' }, 'Draw');
  const chips = make('ul', { class: 'chips' });
  const forget = button('Empty the list', empty);
  table.choose(['counted']);
  table.element.addEventListener('change', draw);
  drawButton.addEventListener('click', draw);
  enter([seed], drawButton);
  const element = make(
    'div',
    { class: 'screen' },
    make(
      'p',
      {},
      'A name is drawn letter by letter. A random number ',
      term('u'),
      ' chooses each letter from one row of the table, ',
      term('counted'),
      ' or ',
      term('trained'),
      '. The numbers start from a ',
      term('seed'),
      '.',
    ),
    row(
      table.element,
      field('Seed', seed, 'same seed, same name'),
      drawButton,
      button('Another name', another, { primary: true }),
      wrong.element,
    ),
    held('walk', picture),
    make('section', { class: 'drawn-names', 'aria-label': 'Names so far' }, chips, forget),
  );
  return { element, seed, table, picture, wrong, chips, forget };
}
