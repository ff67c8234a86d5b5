// One name sampled letter by letter: the row, the cumulative bar, the drawn u and where it falls.
//
// value: {name, known, steps: [{context, labels: [text], row: [number], cumulative: [number], u, chosen: int}]}
// `known` says whether the finished name stands in the training list; null: there is no such list. Played in the
// browser, by buttons or keys.

import { animate, calm, format, glyph, list, make, number, setAll, string, text } from '../core/dom.js';
import { frame } from './frame.js';

const TOP = 20; // of the row's bars, in pixels from the top of the plot
const THICK = 28; // of the cumulative bar
const FALL = 600; // milliseconds for u to find its place
const PAUSE = 1500; // between two steps while it plays

/**
 * @typedef {object} Step
 * @property {string} context
 * @property {string[]} labels
 * @property {number[]} row
 * @property {number[]} cumulative
 * @property {number} u
 * @property {number} chosen
 */

/** Numbers from 0 to 1. @param {any} raw */
function shares(raw) {
  return list(raw).map((p) => {
    const share = number(p);
    if (share === null || share < 0 || share > 1.001) throw new RangeError('not a share');
    return share;
  });
}

/**
 * @param {Record<string, any>} raw
 * @returns {{ title: string, name: string, known: boolean | null, steps: Step[] }}
 */
export function read(raw) {
  const steps = list(raw.steps).map((one) => {
    const labels = list(one.labels).map(string);
    const [row, cumulative] = [shares(one.row), shares(one.cumulative)];
    const { chosen } = one;
    if (!(chosen in labels) || row.length !== labels.length || cumulative.length !== labels.length) {
      throw new RangeError('not a step');
    }
    return { context: string(one.context), labels, row, cumulative, u: shares([one.u])[0], chosen };
  });
  if (!steps.length) throw new RangeError('no steps');
  return { title: string(raw.title), name: string(raw.name), known: raw.known ?? null, steps };
}

/**
 * The segment of the cumulative bar that belongs to column k.
 *
 * @param {Pick<Step, 'cumulative'>} step
 * @param {number} k
 */
export function segment({ cumulative }, k) {
  return [k ? cumulative[k - 1] : 0, cumulative[k]];
}

/**
 * Where things lie, in pixels from the top: the row's bars stand on `base`, the wedges begin at `join` below the letters,
 * and the cumulative bar begins at `bar`. A wide picture has room for higher bars.
 *
 * @param {number} width
 */
export function heights(width) {
  const base = TOP + Math.round(Math.max(100, Math.min(160, width * 0.22)));
  const [join, bar] = [base + 22, base + 70];
  return { base, join, bar, under: bar + THICK, height: bar + 60 };
}

/**
 * @typedef {ReturnType<typeof read>} Value
 *
 * @typedef {object} Shown a step as it stands in the picture
 * @property {Step} step
 * @property {number} needle where the marker stands, 0 to 1
 * @property {boolean} landed whether u has found its segment: the letter is known
 */

// ---- drawing

/**
 * The row's bars, each joined by a wedge to its segment of the cumulative bar, where u points from below.
 *
 * @param {Shown} shown
 * @param {number} width
 * @returns {Element[]}
 */
function drawn(shown, width) {
  const { labels } = shown.step;
  const letters = labels.map((_, k) => letterOf(shown, k, width));
  return [...letters.flatMap(({ shapes }) => shapes), ...axis(shown, width), ...letters.flatMap(({ over }) => over)];
}

/**
 * One letter: its bar, its wedge and its segment; and what is drawn over all else, in the segment and over the bar.
 *
 * @param {Shown} shown
 * @param {number} k
 * @param {number} width
 */
function letterOf({ step, landed }, k, width) {
  const { labels, row, chosen } = step;
  const label = glyph(labels[k]);
  const place = heights(width);
  const { base, bar } = place;
  const slot = (width - 2) / labels.length;
  const kind = landed && k === chosen ? 'drawn' : '';
  const [left, right, middle] = [0, 1, 0.5].map((part) => 1 + (k + part) * slot);
  const [from, to] = segment(step, k).map((share) => 1 + share * (width - 2));
  const height = (row[k] / (Math.max(...row) || 1)) * (base - TOP);
  const gap = Math.min(4, slot * 0.2);
  /** @type {Element[]} */
  const shapes = [
    make('rect', { class: `share ${kind}`, x: left + gap / 2, y: base - height, width: slot - gap, height }),
    make('path', { class: `wedge ${k % 2 ? 'odd' : ''} ${kind}`, d: wedge(left, right, from, to, place) }),
    make('rect', { class: `segment ${kind}`, x: from, y: bar, width: Math.max(0, to - from), height: THICK }),
  ];
  if (slot > 9 || kind) shapes.push(make('text', { class: kind, x: middle, y: base + 15 }, label));
  const over = [];
  if (to - from > 13) over.push(make('text', { class: `inside ${kind}`, x: (from + to) / 2, y: bar + 18 }, label));
  if (kind) {
    const at = { x: within(middle, width, 24), y: base - height - 6 };
    over.push(make('text', { class: 'over drawn', ...at }, format(row[k], 'probability')));
  }
  return { shapes, over };
}

/** The axis from 0 to 1 below the cumulative bar, and u on it. @param {Shown} shown @param {number} width @returns {Element[]} */
function axis({ step, needle, landed }, width) {
  const { bar, under } = heights(width);
  const across = (/** @type {number} */ share) => 1 + share * (width - 2);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(across);
  const x = across(needle);
  return [
    ...ticks.map((tick) => make('line', { class: 'rule', x1: tick, x2: tick, y1: under, y2: under + 4 })),
    make('text', { x: 5, y: under + 18 }, '0'),
    make('text', { x: width - 5, y: under + 18 }, '1'),
    make('line', { class: 'needle', x1: x, x2: x, y1: bar - 6, y2: under + 6 }),
    make('path', { class: 'head', d: `M${x},${under + 2}l5,9h-10z` }),
    make('text', { class: 'told', x: within(x, width, 52), y: under + 26 }, `u = ${(landed ? step.u : needle).toFixed(4)}`),
  ];
}

// ---- what is said

/**
 * The name so far: the context that chooses the row, and the letter that was drawn.
 *
 * @param {Step[]} steps up to the one that is shown
 * @param {boolean} landed
 */
function spelling(steps, landed) {
  const { context, labels, chosen } = steps[steps.length - 1];
  const order = Array.from(context).length;
  const before = [...Array(order).fill('.'), ...steps.slice(0, -1).map((one) => one.labels[one.chosen])];
  const from = before.length - order;
  const letters = before.map((letter, k) => make('span', { class: k >= from ? 'context' : '' }, text(glyph(letter))));
  letters.push(make('span', { class: landed ? 'drawn' : 'open' }, text(landed ? glyph(labels[chosen]) : '?')));
  return { letters, words: `The name so far: ${before.join('')}${landed ? labels[chosen] : ''}` };
}

/** Where u has fallen. @param {Step} step @returns {(Node | string)[]} */
function fallen(step) {
  const { u, labels, chosen } = step;
  const [low, high] = segment(step, chosen);
  const end = labels[chosen] === '.' ? ' (end)' : '';
  const letter = make('b', {}, text(glyph(labels[chosen])));
  return [`u = ${u.toFixed(4)} falls in the segment of `, letter, `${end} (${low.toFixed(4)} to ${high.toFixed(4)}).`];
}

/** @param {Value} value @returns {(Node | string)[]} */
function verdictOf({ name, known }) {
  const verdict = known ? '; it stands in the training list.' : '; it is new: not in the training list.';
  return [' The name is ', name ? make('b', {}, text(name)) : 'empty', known === null ? '.' : verdict];
}

/** @param {Value} value @returns {import('../core/dom.js').Numbers} */
function numbers({ name, steps }) {
  const [{ labels }] = steps;
  const alike = steps.every((one) => String(one.labels) === String(labels)); // else a column has no one letter
  const letters = alike ? labels.map((label) => `p(${glyph(label)})`) : [];
  return {
    caption: `How ${name} was drawn`,
    head: ['step', 'context', 'u', 'drawn', 'from', 'to', ...letters],
    body: steps.map((one, k) => [
      String(k + 1),
      one.context,
      one.u.toFixed(4),
      glyph(one.labels[one.chosen]),
      ...segment(one, one.chosen).map((p) => p.toFixed(4)),
      ...(alike ? one.row.map((p) => p.toFixed(4)) : []),
    ]),
  };
}

// ---- the picture

/** @param {{ ended?: () => void }} [of] is called when the last letter of the name is there */
export function walk({ ended = () => {} } = {}) {
  const control = (/** @type {string} */ name, /** @type {string} */ words) => make('button', { class: name, type: 'button' }, words);
  const [onwardButton, playButton, againButton] = [control('onward', 'Step'), control('play', 'Play'), control('again', 'Again')];
  const count = make('span', { class: 'count' });
  const controls = make('div', { class: 'controls' }, onwardButton, playButton, againButton, count);
  const spelt = make('div', { class: 'spelt', role: 'img' });
  const plot = make('svg', { class: 'plot' });
  const stage = make('div', { class: 'stage', 'aria-hidden': 'true' }, plot);
  /** @type {Value} */
  let value; // as read: of the last picture
  let at = 0; // the step shown
  let needle = 0; // where the marker stands, 0 to 1
  let landed = true; // u has found its segment: the letter is known
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let playing; // the timer of the next step
  let stop = () => {};
  const above = [controls, spelt];
  const picture = frame('walk', { above, stage, read, draw: begin, redraw: drawPlot, rows: () => numbers(value) });
  const { element, readout } = picture;

  /** @param {Value} fresh */
  function begin(fresh) {
    pause();
    value = fresh;
    land(0);
  }

  /** @param {number} step */
  function land(step) {
    stop();
    at = step;
    landed = true;
    needle = value.steps[at].u;
    draw();
    if (isLast()) ended();
  }

  // To the next step: u moves to its place first, then the letter is read off.
  function onward() {
    if (isLast()) return;
    const from = needle;
    stop();
    at += 1;
    if (calm()) {
      land(at);
      return;
    }
    landed = false;
    draw();
    const to = value.steps[at].u;
    const fall = (/** @type {number} */ t) => {
      needle = from + (to - from) * (t * t * (3 - 2 * t));
      drawPlot();
    };
    stop = animate(FALL, fall, () => land(at));
  }

  function play() {
    if (playing) {
      pause();
      return;
    }
    if (isLast()) land(0);
    const next = () => {
      if (!element.isConnected) return;
      onward();
      if (isLast()) pause();
      else playing = setTimeout(next, PAUSE);
    };
    playing = setTimeout(next, landed && at === 0 ? PAUSE / 2 : 0);
    buttons();
  }

  function pause() {
    clearTimeout(playing);
    playing = undefined;
    if (value) buttons();
  }

  function isLast() {
    return at === value.steps.length - 1;
  }

  function draw() {
    drawPlot();
    buttons();
    const { letters, words } = spelling(value.steps.slice(0, at + 1), landed);
    spelt.replaceChildren(...letters);
    spelt.setAttribute('aria-label', words);
    const step = value.steps[at];
    readout.replaceChildren(...(landed ? fallen(step) : [`u = ${step.u.toFixed(4)} …`]));
    if (landed && isLast()) readout.append(...verdictOf(value));
  }

  function buttons() {
    playButton.textContent = playing ? 'Pause' : 'Play';
    onwardButton.disabled = isLast();
    count.textContent = `step ${at + 1} of ${value.steps.length}`;
    element.dataset.step = String(at);
    element.dataset.state = landed ? 'rest' : 'drawing';
  }

  function drawPlot() {
    const width = stage.clientWidth;
    if (!width) return;
    const { height } = heights(width);
    setAll(plot, { viewBox: `0 0 ${width} ${height}`, height });
    plot.replaceChildren(...drawn({ step: value.steps[at], needle, landed }, width));
  }

  onwardButton.addEventListener('click', () => {
    pause();
    if (landed) onward();
    else land(at);
  });
  playButton.addEventListener('click', play);
  againButton.addEventListener('click', () => to(0));

  /** @param {any} raw @param {string} table from which the name is drawn: 'counted' or 'descended' */
  function show(raw, table = '') {
    element.dataset.table = table;
    picture.show(raw);
    if (element.classList.contains('empty')) pause();
  }

  /** Goes to a step at once. @param {number} step */
  function to(step) {
    pause();
    land(Math.min(step, value.steps.length - 1));
  }

  // Shows the whole name from its first letter.
  function replay() {
    to(0);
    play();
  }

  return { element, show, to, replay };
}

/**
 * @param {number} left
 * @param {number} right
 * @param {number} from
 * @param {number} to
 * @param {ReturnType<typeof heights>} place
 */
function wedge(left, right, from, to, { join, bar }) {
  const [bend, end] = [bar - 20, join + 20];
  const down = `C${right},${bend} ${to},${end} ${to},${bar}`;
  const up = `C${from},${end} ${left},${bend} ${left},${join}`;
  return `M${left},${join}H${right}${down}H${from}${up}`;
}

/**
 * The middle of a text that must not leave the plot: at least `room` from its edges.
 *
 * @param {number} x
 * @param {number} width
 * @param {number} room
 */
function within(x, width, room) {
  return Math.max(room, Math.min(width - room, x));
}
