// The stage: one large table, counted or trained, and beside it the training as a film, with the loss as its time line
// and the names that each step would give.

import { make, watchSize } from '../core/dom.js';
import { motionOf } from '../core/motion.js';
import { film } from '../stage/film.js';
import { fit } from '../stage/room.js';
import { createScene } from '../stage/scene.js';

/**
 * @typedef {import('../core/stage.js').Stage} Stage
 * @typedef {import('../core/machine.js').Intent} Intent
 */

let begun = false; // whether this page has told its story: Gradio may draw the stage again

/** @param {HTMLElement} root @param {{ value: Stage | null, page: import('../core/page.js').Page }} of */
export default function twoWays(root, { value: first, page }) {
  const scene = createScene(root, page, press);
  const { story, plate, beside, row, more } = scene;
  const reel = film({
    draw: scene.draw,
    open: plate.open,
    turned: (isPlaying) => (root.dataset.state = isPlaying ? 'playing' : 'rest'),
    isRunning: () => page.running !== null,
  });
  const parts = [story.element, beside.element, reel.element, plate.element, row.element, more];
  const stage = make('div', { class: 'two-ways', hidden: '' }, ...parts);
  root.append(stage);
  root.dataset.state = 'rest';
  /** @type {Stage} */
  let value; // the last answer; until there is one, the stage is hidden
  let version = 0; // of the experiment that is shown

  /** An answer arrives. @param {Stage} fresh @param {{ done?: boolean, intent?: Intent }} [reply] */
  function show(fresh, { done = true, intent = 'open' } = {}) {
    const before = stage.hidden ? null : value.step;
    const isNew = page.version !== version;
    const isStory = page.firstVisit && !begun;
    [value, version, begun] = [fresh, page.version, true];
    stage.hidden = false;
    const isSameRun = reel.take(value);
    scene.take(value);
    const { step: end, steps } = value;
    const motion = motionOf({ intent, isNew, isSameRun, isStory, ...reel.now(), before, end, steps });
    if (motion === 'story' || intent === 'open') scene.alone(motion === 'story');
    reel.move(motion, before ?? 0);
    if (before === null || !isSameRun) measure();
    root.dataset.done = String(done);
    if (intent === 'open' && isNew) beside.fill(page.name);
  }

  /** What the sentence over the stage offers. @param {import('../pictures/tale.js').Does} does */
  function press(does) {
    if (does === 'watch') reel.watch();
    else if (does === 'train') page.parts.settings.train();
    else plate.turn('counted');
  }

  function measure() {
    if (stage.hidden) return;
    fit(stage, plate, reel);
    if (plate.map.pinned()) scene.showRow(plate.map.pinned());
  }

  /**
   * Sets the table and the film to what a lesson is about; returns the place that it speaks of.
   *
   * @param {{ place: string, shows: Record<string, any>, signal?: AbortSignal }} of
   */
  async function point({ place, shows, signal }) {
    while (reel.now().isPlaying) await new Promise(requestAnimationFrame); // the run is seen first
    if (signal?.aborted) return null;
    scene.together();
    const { view, layer } = plate.sight();
    plate.set({ view: shows.view || view, layer: shows.layer || layer, isNumbered: true });
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
  return { main: 'two_ways', asks: () => ({ lead: plate.leads.value }), show, point, together: scene.together };
}
