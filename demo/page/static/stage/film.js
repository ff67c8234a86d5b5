// The training as a film: which step is shown, its buttons, and the losses as its time line.

import { calm, format, make, setAll } from '../core/dom.js';
import { frames, runKey } from '../core/film.js';
import { fixed } from '../core/numbers.js';
import { player } from '../core/player.js';
import { lossesAt } from '../core/stage.js';
import { timeline } from '../pictures/timeline.js';

const STORY = { after: 700, milliseconds: 2900 }; // of a first visit: noise stands, then the film plays
const PLAYED = 3500; // milliseconds from noise to the end when Train or Play is pressed
const LENGTHENED = 400; // milliseconds from one end to the next, when a run was made longer
const SHAPES = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  back: 'M11.5 3v10L5.5 8zM4 3h1.6v10H4z',
  on: 'M4.5 3v10l6-5zM10.4 3H12v10h-1.6z',
};

/**
 * @typedef {object} Frame a step that is shown
 * @property {number} step
 * @property {boolean} isEnd whether it is the last step that is there
 * @property {boolean} isPlaying
 * @property {number | null} nll of the trained table; null is infinite
 * @property {Float32Array | null} W the weights of a step before the end
 *
 * @param {object} of
 * @param {(frame: Frame) => string} of.draw shows a step everywhere else; returns what there is to say below the film
 * @param {(isWatched: boolean) => void} of.open brings the trained table into sight, for a film that is watched from its
 *   start or for less
 * @param {(isPlaying: boolean) => void} of.turned hears of each start and stop, before the next step is drawn
 * @param {() => boolean} of.isRunning whether the run is still being trained
 */
export function film({ draw, open, turned, isRunning }) {
  /** @type {import('../core/stage.js').Stage} */
  let value; // the last answer about the run
  /** @type {import('../core/film.js').Film | null} */
  let weights = null;
  let run = ''; // key of the run that the film shows
  let step = 0; // that is shown
  const projector = player({ frame, turned: turn });
  const line = timeline({ seek: stepTo });
  const buttons = controls(press, (by) => stepTo(step + by));
  const note = make('p', { class: 'note', hidden: '' });
  const element = make('section', { class: 'film', 'aria-label': 'the training' }, buttons.element, line.element, note);

  /** Takes an answer. Returns whether the film shows this run already. @param {typeof value} fresh */
  function take(fresh) {
    const key = runKey(fresh);
    const isSameRun = key === run;
    if (!isSameRun) weights = frames(fresh);
    [value, run] = [fresh, key];
    const canMove = weights !== null && value.step > 0;
    buttons.enable(canMove);
    line.show(value);
    line.enable(canMove);
    return isSameRun;
  }

  /** @param {import('../core/motion.js').Motion} motion @param {number} before the end until now */
  function move(motion, before) {
    if (motion === 'trained') open(false);
    if (motion === 'story') watch(STORY);
    else if (motion === 'train') watch();
    else if (motion === 'lengthen') play(before, () => value.step, LENGTHENED);
    else if (motion === 'stay') frame(Math.min(step, value.step));
    else rest(value.step);
  }

  function watch({ after, milliseconds } = { after: 0, milliseconds: PLAYED }) {
    open(true);
    projector.play({ from: 0, to: goal, ready: () => value.step, milliseconds, after });
  }

  /** @param {number} from @param {() => number} to @param {number} milliseconds */
  function play(from, to, milliseconds) {
    open(false);
    projector.play({ from, to, ready: () => value.step, milliseconds });
  }

  // From where the film stands; from the start where it stands at the end.
  function press() {
    if (projector.isPlaying()) projector.pause();
    else play(step >= value.step ? 0 : step, goal, PLAYED);
  }

  // Where the run will end: it may be under way.
  function goal() {
    return isRunning() ? Math.max(value.step, value.steps) : value.step;
  }

  /** @param {number} to */
  function stepTo(to) {
    open(false);
    rest(Math.max(0, Math.min(value.step, to)));
  }

  /** @param {number} to */
  function rest(to) {
    step = to;
    if (projector.isPlaying()) projector.pause(); // which draws the step
    else frame(step);
  }

  /** @param {boolean} isPlaying */
  function turn(isPlaying) {
    buttons.turn(isPlaying);
    turned(isPlaying);
    if (!isPlaying) frame(step); // with all that is left out while the film plays
  }

  /** @param {number} to */
  function frame(to) {
    step = to;
    const isEnd = step >= value.step;
    const { nll, objective } = lossesAt(value, step);
    const W = isEnd || !weights ? null : weights.at(step);
    buttons.show(value, step, objective, weights !== null);
    line.at(step, nll);
    note.textContent = draw({ step, isEnd, isPlaying: projector.isPlaying(), nll, W });
    note.hidden = !note.textContent;
  }

  function now() {
    return { step, isPlaying: projector.isPlaying(), canPlay: weights !== null && !calm() };
  }

  return { element, line, take, move, watch, frame, now };
}

/** The buttons over the time line, and the step and the loss beside them. @param {() => void} toggle @param {(by: number) => void} move */
function controls(toggle, move) {
  const play = button('Play', SHAPES.play, toggle);
  const back = button('One step back', SHAPES.back, () => move(-1));
  const on = button('One step forward', SHAPES.on, () => move(1));
  const clock = make('span', { class: 'clock' });
  const loss = make('span', { class: 'loss quiet' });
  const element = make('div', { class: 'controls' }, play, back, on, make('div', {}, clock, loss));

  /** @param {boolean} isMoving whether there is a film to play */
  function enable(isMoving) {
    for (const one of [play, back, on]) one.disabled = !isMoving;
  }

  /** @param {boolean} isPlaying */
  function turn(isPlaying) {
    const label = isPlaying ? 'Pause' : 'Play';
    setAll(play, { 'aria-label': label, title: label });
    play.querySelector('path')?.setAttribute('d', isPlaying ? SHAPES.pause : SHAPES.play);
  }

  /**
   * @param {{ step: number, steps: number }} end
   * @param {number} step
   * @param {number | null} objective what training lowers
   * @param {boolean} hasFilm
   */
  function show(end, step, objective, hasFilm) {
    clock.textContent = `step ${format(step, 'integer')} of ${format(end.steps, 'integer')}`;
    back.disabled = !hasFilm || step < 1;
    on.disabled = !hasFilm || step >= end.step;
    loss.textContent = `loss ${fixed(objective, 4)}`;
    loss.title = `NLL + L2, which training lowers: ${fixed(objective, 6)}`;
  }

  return { element, enable, turn, show };
}

/** @param {string} label @param {string} shape @param {() => void} press */
function button(label, shape, press) {
  const icon = make('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, make('path', { d: shape }));
  const node = make('button', { type: 'button', 'aria-label': label, title: label }, icon);
  node.addEventListener('click', press);
  return node;
}
