// Sampling: one name letter by letter, from one of the two tables.

import { make } from '../core/dom.js';
import { box, button, choices, enter, field, held, row, sentence } from '../core/fields.js';
import { walk } from '../pictures/walk.js';

export default function sampling(root, { page }) {
  const seed = box('walk-seed', { inputmode: 'numeric' });
  const tables = [
    ['counted', 'counted'],
    ['descended', 'trained'],
  ];
  const table = choices('radio', 'table', 'Table', tables);
  const picture = walk();
  const wrong = sentence();
  const drawButton = button('Draw', draw);
  let given = null; // the seed of the experiment, which the box was last filled with
  let turn = 0;

  // Without a seed in its box, the experiment's.
  function asks() {
    return { table: table.chosen()[0], seed: seed.value.trim() };
  }

  // Asks on until the run is done; an answer that a later question has overtaken is dropped.
  async function draw() {
    const mine = ++turn;
    for (let done = false; !done; ) {
      const reply = await page.ask('sampling', 'sampling', { ...asks(), quiet: true });
      if (!reply || mine !== turn) return;
      if (reply.error) {
        wrong.say(reply.error, 'error');
        picture.show(null); // never the name of another table or seed
        return;
      }
      show(reply.value);
      done = reply.done;
    }
  }

  function another() {
    seed.value = String(Math.floor(Math.random() * 2 ** 31));
    return draw();
  }

  function show(value) {
    const fresh = page.experiment.draw_seed;
    const asksAgain = given !== null && given !== fresh; // a link or a lesson brought another seed
    given = fresh;
    if (asksAgain) {
      seed.value = fresh;
      draw();
      return;
    }
    if (document.activeElement !== seed) seed.value = value.seed;
    wrong.say('');
    picture.show(value.walk, value.table);
  }

  table.choose(['counted']);
  table.element.addEventListener('change', draw);
  enter([seed], drawButton);
  root.append(
    make(
      'div',
      { class: 'screen' },
      make(
        'p',
        {},
        'A name, letter by letter. A uniform number u chooses each letter from the row of what stands before it.',
      ),
      row(
        table.element,
        field('Seed', seed, 'same seed, same name'),
        drawButton,
        button('Another name', another),
      ),
      wrong.element,
      held('walk', picture),
    ),
  );

  // Draws from the table that a lesson is about, and goes on to its step.
  async function point({ shows }) {
    table.choose([shows.table]);
    seed.value = page.experiment.draw_seed;
    await draw();
    picture.to(Number(shows.draw));
    return picture.element;
  }

  return { main: 'sampling', asks, show, point };
}
