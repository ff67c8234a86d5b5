// Everything that shows a step of a run, beside the film itself: the sentence, the names and numbers, the table, the row.

import { find, format, glyph, list, make, twin } from '../core/dom.js';
import { signed } from '../core/numbers.js';
import { namesAt, noteOf, storyOf, tablesOf, trainedAt } from '../core/stage.js';
import { rowPicture } from '../pictures/row.js';
import { tale } from '../pictures/tale.js';
import { facts } from './facts.js';
import { sheet } from './sheet.js';

/**
 * @typedef {import('../core/stage.js').Stage} Stage
 * @typedef {import('./film.js').Frame} Frame
 *
 * @param {HTMLElement} root whose data say what is shown
 * @param {import('../core/page.js').Page} page
 * @param {(does: import('../pictures/tale.js').Does) => void} press hears what the sentence offers and the visitor wants
 */
export function createScene(root, page, press) {
  /** @type {Stage} */
  let value; // the last answer
  /** @type {import('../core/stage.js').Tables} */
  let tables;
  /** @type {import('../core/numbers.js').Layers} */
  let trained; // the trained table of the step that is shown
  /** @type {Frame} */
  let now; // that is shown
  let isAlone = false; // whether the story has not yet come to the counted table
  const story = tale({ press });
  const plate = sheet(root, { pinned: showRow, turned: tell, led: page.refresh });
  const beside = facts(page, plate.map.trace);
  const row = rowPicture({ pin: plate.map.pin, look: page.lookInside });
  const gaps = twin(() => gapNumbers(value));
  find(gaps, 'summary').textContent = 'What each row adds to the gap';
  const more = make('div', { class: 'more' }, plate.numbers, gaps, plate.numberLine);

  /** @param {Stage} fresh */
  function take(fresh) {
    value = fresh;
    tables = tablesOf(value);
    beside.take(value);
    plate.take(value);
    gaps.refresh();
  }

  /** Shows a step; returns what there is to say below the film. @param {Frame} frame */
  function draw(frame) {
    now = frame;
    const { step, isEnd, isPlaying, W } = frame;
    trained = W ? trainedAt(W, tables) : tables.end;
    root.dataset.step = String(step);
    const names = isEnd ? null : namesAt(value, tables, trained);
    beside.show(frame, tables, names, isAlone);
    plate.draw({ value, tables, trained, step, isPlaying });
    showRow(plate.map.pinned());
    tell();
    return noteOf(value, names);
  }

  /** Whether the trained table stands alone, as at the beginning of the story. @param {boolean} is */
  function alone(is) {
    isAlone = is;
    root.querySelector('.two-ways')?.classList.toggle('alone', is);
  }

  /** Shows the counted table beside it, too. */
  function together() {
    if (!isAlone) return;
    alone(false);
    draw(now);
  }

  function tell() {
    const { step, isPlaying: playing } = now;
    const { view } = plate.sight();
    if (view !== 'descended') together();
    story.show({ ...storyOf(value), view, playing, step, steps: page.goal });
  }

  /** @param {import('../pictures/table.js').Place | null} cell */
  function showRow(cell) {
    root.querySelector('.two-ways')?.classList.toggle('pinned', cell !== null);
    plate.name(cell);
    const { rows, columns, gaps: all } = value;
    const [counted, atStep, end] = [tables.counted, trained, tables.end].map((one) => one.probability);
    const gap = cell && now.isEnd ? all?.[cell[0]] : null;
    row.show(cell && { cell, rows, columns, counted, trained: atStep, end, gap });
  }

  return { story, plate, beside, row, more, take, draw, showRow, alone, together };
}

/** @param {Stage} value @returns {import('../core/dom.js').Numbers} */
function gapNumbers(value) {
  const gaps = list(value.gaps ?? []);
  return {
    caption: `What each row adds to the gap at step ${format(value.step, 'integer')}, in nats per character`,
    head: ['row', 'adds to the gap'],
    body: value.rows.map((label, i) => [glyph(label), signed(gaps[i], 6)]),
  };
}
