// The stage: one large table, counted or trained, and beside it the training as a film, with the loss as its time line
// and the names that each step would give. This module only wires the parts.

import { find, format, glyph, list, make, twin, watchSize } from '../core/dom.js';
import { motionOf } from '../core/motion.js';
import { signed } from '../core/numbers.js';
import { namesAt, noteOf, storyOf, tablesOf, trainedAt } from '../core/stage.js';
import { rowPicture } from '../pictures/row.js';
import { tale } from '../pictures/tale.js';
import { facts } from '../stage/facts.js';
import { film } from '../stage/film.js';
import { fit } from '../stage/room.js';
import { sheet } from '../stage/sheet.js';

/**
 * @typedef {import('../core/stage.js').Stage} Stage
 * @typedef {import('../core/machine.js').Intent} Intent
 */

let begun = false; // whether this page has told its story: Gradio may draw the stage again

/** @param {HTMLElement} root @param {{ value: Stage | null, page: import('../core/page.js').Page }} of */
export default function twoWays(root, { value: first, page }) {
  const story = tale({ press });
  const reel = film({ draw, open, turned, isRunning: () => page.running !== null });
  const plate = sheet(root, { pinned: showRow, turned: tell, led: () => page.refresh() });
  const beside = facts(page, plate.map.trace);
  const row = rowPicture({ pin: plate.map.pin, look: page.lookInside });
  const gaps = twin(() => gapNumbers(value));
  find(gaps, 'summary').textContent = 'What each row adds to the gap';
  const more = make('div', { class: 'more' }, plate.numbers, gaps);
  const parts = [story.element, beside.element, reel.element, plate.element, row.element, more];
  const stage = make('div', { class: 'two-ways', hidden: '' }, ...parts);
  root.append(stage);
  root.dataset.state = 'rest';

  /** @type {Stage} */
  let value; // the last answer; the stage is hidden until there is one
  /** @type {import('../core/stage.js').Tables} */
  let tables;
  /** @type {import('../core/numbers.js').Layers} */
  let trained; // the trained table of the step that is shown
  let version = 0; // of the experiment that is shown

  /** An answer arrives. @param {Stage} fresh @param {{ done?: boolean, intent?: Intent }} [reply] */
  function show(fresh, { done = true, intent = 'open' } = {}) {
    const before = stage.hidden ? null : value.step;
    const isNew = page.version !== version;
    const isStory = page.firstVisit && !begun;
    [value, version, begun] = [fresh, page.version, true];
    tables = tablesOf(value);
    stage.hidden = false;
    const isSameRun = reel.take(value);
    beside.take(value);
    plate.take(value);
    gaps.refresh();
    const { step, steps } = value;
    const film = { canPlay: reel.canPlay(), isPlaying: reel.isPlaying(), step: reel.step };
    reel.move(motionOf({ intent, isNew, isSameRun, isStory, ...film, before, end: step, steps }), before ?? 0);
    if (before === null || !isSameRun) measure();
    root.dataset.done = String(done);
    if (intent === 'open' && isNew) beside.fill(page.name);
  }

  // ---- a step is shown

  /** @param {import('../stage/film.js').Frame} frame */
  function draw({ step, isEnd, nll, W }) {
    const isPlaying = reel.isPlaying();
    trained = W ? trainedAt(W, tables) : tables.end;
    root.dataset.step = String(step);
    const names = isEnd ? null : namesAt(value, tables, trained);
    reel.say(noteOf(value, names));
    beside.show({ isEnd, nll }, tables, names, isPlaying);
    plate.draw({ value, tables, trained, step, isPlaying });
    showRow(plate.map.pinned());
    tell();
  }

  /** @param {boolean} isWatched */
  function open(isWatched) {
    const { view, layer } = plate.sight();
    plate.set({
      view: view === 'counted' ? 'descended' : view,
      layer: isWatched && layer !== 'probability' ? 'count' : layer,
    });
  }

  /** @param {boolean} isPlaying */
  function turned(isPlaying) {
    root.dataset.state = isPlaying ? 'playing' : 'rest';
  }

  function tell() {
    story.show({ ...storyOf(value), view: plate.sight().view, playing: reel.isPlaying(), step: reel.step, steps: page.goal });
  }

  /** What the sentence over the stage offers. @param {import('../pictures/tale.js').Does} does */
  function press(does) {
    if (does === 'watch') reel.watch();
    else if (does === 'train') page.parts.settings.train();
    else plate.turn('counted');
  }

  /** @param {import('../pictures/table.js').Place | null} cell */
  function showRow(cell) {
    stage.classList.toggle('pinned', cell !== null);
    plate.name(cell);
    const { rows, columns, gaps, step } = value;
    const [counted, now, end] = [tables.counted, trained, tables.end].map((one) => one.probability);
    const gap = cell && reel.step >= step ? gaps?.[cell[0]] : null;
    row.show(cell && { cell, rows, columns, counted, trained: now, end, gap });
  }

  function measure() {
    if (stage.hidden) return;
    fit(stage, plate, reel);
    if (plate.map.pinned()) showRow(plate.map.pinned());
  }

  /**
   * Sets the table and the film to what a lesson is about; returns the place that it speaks of.
   *
   * @param {{ place: string, shows: Record<string, any>, signal?: AbortSignal }} of
   */
  async function point({ place, shows, signal }) {
    while (reel.isPlaying()) await new Promise(requestAnimationFrame); // the run is seen first
    if (signal?.aborted) return null;
    const { view, layer } = plate.sight();
    plate.set({ view: shows.view || view, layer: shows.layer || layer });
    reel.line.set({ logarithm: shows.log === true, last: shows.last === true });
    reel.frame(Math.min(shows.step ?? value.step, value.step));
    const [i, j] = [value.rows.indexOf(shows.before), value.columns.indexOf(shows.after)];
    plate.map.pin(i < 0 || j < 0 ? null : [i, j]);
    const figure = beside.point(place);
    return { row: row.element, curve: reel.element }[place] ?? figure;
  }

  stage.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && plate.map.pinned()) plate.map.pin(null);
  });
  watchSize(stage, measure);
  addEventListener('resize', measure);
  if (first) show(first);

  return { main: 'two_ways', asks: () => ({ lead: plate.leads.value }), show, point };
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
