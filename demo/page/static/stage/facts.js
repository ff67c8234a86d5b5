// What stands beside the table and the film: the names of both tables, the visitor's own name, the surprise, and the
// exact numbers.

import { make } from '../core/dom.js';
import { isWhole } from '../core/stage.js';
import { seedOf } from '../core/state.js';
import { exactNumbers } from '../pictures/exact.js';
import { nameLists } from '../pictures/names.js';
import { surprise } from '../pictures/surprise.js';
import { yours } from '../pictures/yours.js';

/**
 * @param {import('../core/page.js').Page} page
 * @param {(cells: number[][]) => void} trace lights up cells of the table
 */
export function facts(page, trace) {
  const names = nameLists({ fresh: newNames });
  const bar = surprise();
  const exact = exactNumbers({ lesson: page.lesson });
  const own = yours({ trace, ask: usual, rename: page.rename });
  const element = make('div', { class: 'facts' }, names.element, own.element, bar.element, exact.element);
  /** @type {import('../core/stage.js').Stage} */
  let value; // the last answer
  /** @type {{ key: string | null, reply: Promise<any> }} */
  let asked = { key: null, reply: Promise.resolve(null) };

  /** @param {typeof value} fresh */
  function take(fresh) {
    value = fresh;
    names.show(value.names);
  }

  /**
   * @param {import('./film.js').Frame} frame
   * @param {import('../core/stage.js').Tables} tables
   * @param {string[] | null} drawn the trained names of a step before the end
   * @param {boolean} alone without the counted names
   */
  function show({ step, isEnd, isPlaying, nll }, { end, columns }, drawn, alone) {
    const { figures, characters, curve } = value;
    exact.show(value, { nll, isEnd });
    bar.show({ counted: figures.counted_nll, trained: nll, chance: Math.log(characters), highest: curve.nll[0] });
    names.at(drawn, { moving: isPlaying, alone, step });
    const table = { characters: value.columns, P: end.probability, columns, key: `${page.version} ${value.step}` };
    own.at(isWhole(value) ? table : null);
  }

  // The same tables, with new luck.
  async function newNames() {
    const seed = seedOf(Math.random());
    if (await page.newNames(seed)) page.parts.settings?.put({ draw_seed: seed });
  }

  // The surprise of all names of the list, in order; asked once for each end of a run.
  async function usual() {
    if (page.running) return null; // its end will be asked about
    const key = `${page.version} ${value.step}`;
    if (asked.key !== key) asked = { key, reply: page.ask('two-ways', 'usual', { quiet: true }) };
    const reply = await asked.reply;
    if (!reply) asked.key = null; // the page was elsewhere meanwhile
    return reply?.surprises ?? null;
  }

  return { element, take, show, fill: own.fill, point: exact.point };
}
