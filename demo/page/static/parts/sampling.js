// Sampling: names letter by letter, from one of the two tables. The names that were drawn stay below.

import { collected, ofTables } from '../core/collection.js';
import { make, text } from '../core/dom.js';
import { box, button, choices, enter, field, held, row, sentence } from '../core/fields.js';
import { latest } from '../core/latest.js';
import { term } from '../core/term.js';
import { walk } from '../pictures/walk.js';

/**
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

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function sampling(root, { page }) {
  const seed = box('walk-seed', { inputmode: 'numeric', maxlength: 40 });
  const table = choices('radio', 'table', 'Table', Object.entries(TABLES));
  const picture = walk({ ended: collect });
  const wrong = sentence();
  const drawButton = make('button', { type: 'button' }, 'Draw');
  const chips = make('ul', { class: 'chips' });
  const forget = button('Empty the list', () => keep([]));
  const list = make('section', { class: 'drawn-names', 'aria-label': 'Names so far' }, chips, forget);
  const ask = latest((/** @type {{ table: string, seed: string }} */ asked) => page.ask('sampling', 'sampling', { ...asked, quiet: true }));
  /** @type {string | null} */
  let given = null; // the seed of the experiment, which the box was last filled with
  let filled = ''; // what the box was filled with last: else the visitor has typed into it
  /** @type {Drawn | null} */
  let current = null; // the name in the picture
  /** @type {Drawn[]} */
  let names = []; // those that were drawn

  // What the box holds is asked for by its own buttons only: a seed that is none stops no training.
  const asks = () => ({ table: table.chosen()[0], seed: current?.seed ?? '' });

  // Asks again until the run is done. Returns whether there is a name.
  async function draw() {
    const typed = seed.value;
    for (let done = false; !done; ) {
      const reply = await ask({ table: table.chosen()[0], seed: typed.trim() });
      if (!reply) return false;
      if (reply.error) {
        wrong.say(reply.error, 'error');
        return false;
      }
      if (!reply.value.wrong && seed.value === typed) filled = typed;
      take(reply.value);
      if (reply.value.wrong) return false;
      done = reply.done;
    }
    return true;
  }

  async function another() {
    seed.value = String(Math.floor(Math.random() * 2 ** 31));
    if (await draw()) picture.replay();
  }

  /** Draws a name of the list again, from the table that it came from. @param {Drawn} one */
  async function again(one) {
    table.choose([one.table]);
    seed.value = one.seed;
    if (await draw()) picture.replay();
  }

  /** @param {Value} value */
  function show(value) {
    const fresh = page.experiment?.draw_seed;
    const asksAgain = given !== null && given !== fresh; // a link or a lesson brought another seed
    given = fresh;
    if (asksAgain) {
      seed.value = fresh;
      draw();
    } else take(value);
  }

  /**
   * Where no name can be drawn, the last one stays, as long as its table is the one that is chosen.
   *
   * @param {Value} value
   */
  function take(value) {
    const isMine = seed.value === filled;
    keep(ofTables(names, value.about));
    if (isMine || value.wrong) wrong.say(value.wrong, 'error');
    if (value.wrong) {
      if (!current || current.table !== value.table || current.about !== value.about[value.table]) {
        current = null;
        picture.show(null);
      }
      return;
    }
    if (current && (current.seed !== value.seed || current.table !== value.table)) collect(); // the name before this one
    if (isMine) seed.value = filled = value.seed;
    current = { ...value.walk, table: value.table, seed: value.seed, about: value.about[value.table] };
    const title = `From the ${TABLES[value.table]} table, seed ${value.seed}`;
    picture.show({ ...value.walk, title }, value.table);
    keep(ofTables(names, value.about));
  }

  function collect() {
    keep(collected(names, current));
  }

  /** @param {Drawn[]} fresh */
  function keep(fresh) {
    names = fresh;
    forget.hidden = !names.length;
    const none = make('li', { class: 'quiet' }, 'Each name that you draw is collected here.');
    chips.replaceChildren(...(names.length ? names.map((one) => make('li', {}, chip(one))) : [none]));
  }

  /** @param {Drawn} one */
  function chip(one) {
    const known = one.known === null ? '' : one.known ? 'in the list' : 'new';
    const words = one.name ? text(one.name) : '(no letter)';
    const node = button('', () => again(one));
    node.append(words, make('small', {}, known));
    node.classList.add('chip', one.table);
    node.title = `${TABLES[one.table]} table, seed ${one.seed}. Press to play it again.`;
    node.ariaPressed = String(one.seed === current?.seed && one.table === current?.table);
    return node;
  }

  keep([]);
  table.choose(['counted']);
  table.element.addEventListener('change', draw);
  drawButton.addEventListener('click', draw);
  enter([seed], drawButton);
  root.append(
    make(
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
      list,
    ),
  );

  // Draws from the table that a lesson is about, and goes to its step.
  /** @param {{ shows: { table: string, draw: string } }} of */
  async function point({ shows }) {
    table.choose([shows.table]);
    seed.value = page.experiment?.draw_seed;
    await draw();
    picture.to(Number(shows.draw));
    return picture.element;
  }

  return { main: 'sampling', asks, show, point };
}
