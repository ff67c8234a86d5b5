// The loss curve as a time line: a cursor on it says which moment of the descent the table shows. The slider below has
// the same width as the axis, so its thumb stands under the cursor.
import { span, ticks } from './curve.js';
import { brief, format, make, number, setAll } from '../core/dom.js';
import { term } from '../core/term.js';

const THUMB = 14; // pixels, the width of the slider's thumb
const DIGIT = 0.6; // about the width of a digit, in sizes of the font
const LAST = 40; // steps that are drawn so far apart that one sees a zigzag,
const LONG = 200; // where the run has at least so many

/**
 * Powers of ten from 10^low to 10^high, and 2 and 5 times these where there are few; else about `count` round numbers.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function powers(low, high, count) {
  const found = [];
  for (let k = Math.floor(low); k <= Math.ceil(high); k++) {
    for (const m of high - low < 1.5 ? [1, 2, 5] : [1]) {
      const place = Math.log10(m) + k;
      if (place >= low && place <= high) found.push(place);
    }
  }
  return found.length > 1 ? found : ticks(10 ** low, 10 ** high, count).values.map(Math.log10);
}

// The gap between a loss and the floor as a power of ten; null where there is none above 0.
/** @param {number | null} loss @param {number | null} floor null is infinite */
export function gapAsPower(loss, floor) {
  return loss !== null && floor !== null && loss > floor ? Math.log10(loss - floor) : null;
}

/**
 * @typedef {Pick<import('../core/stage.js').Stage, 'steps' | 'curve' | 'step'>} Value
 * @typedef {ReturnType<typeof layout>} Scale
 *
 * @typedef {object} Space what the plot has to fit into, in pixels
 * @property {number} width
 * @property {number} height
 * @property {number} font the size of its letters
 * @property {number} corner the height that the switches take in its upper right corner
 */

/**
 * What the plot holds of the losses, and where things lie.
 *
 * @param {Value} value
 * @param {{ isLog: boolean, isNear: boolean }} shown the logarithm of the gap, and only the last steps
 * @param {Space} space
 */
export function layout({ curve, steps, step }, { isLog, isNear }, { width, height, font, corner }) {
  const [first, last] = isNear ? [step - LAST, step] : [0, Math.max(1, steps)];
  const level = (/** @type {number | null} */ y) => (isLog ? gapAsPower(y, curve.floor) : y);
  const series = [curve.nll, isLog ? [] : curve.loss].map((ys) => ys.slice(first).map((y) => level(number(y))));
  const floor = isLog ? null : number(curve.floor);
  const [low, high] = span([...series.flat(), floor]);
  const rim = (high - low) * 0.06;
  const count = height < 130 ? 3 : 4;
  const marks = isLog ? powers(low - rim, high + rim, count) : ticks(low - rim, high + rim, count).values;
  const write = (/** @type {number} */ y) => brief(isLog ? Number((10 ** y).toPrecision(6)) : y);
  const left = Math.max(THUMB, 8 + DIGIT * font * Math.max(...marks.map((y) => write(y).length), 2));
  const right = width - 12;
  const top = first ? corner + 8 : 8; // a falling curve leaves the corner of the switches free
  const bottom = height - font - 9;
  const x = (/** @type {number} */ at) => left + ((at - first) / (last - first)) * (right - left);
  const y = (/** @type {number} */ at) => bottom - ((at - low + rim) / (high - low + 2 * rim)) * (bottom - top);
  return { left, right, top, bottom, font, first, last, marks, write, floor, series, level, x, y };
}

/** @param {Scale} scale @returns {Element[]} */
function axes({ left, right, bottom, x, y, first, last, marks, write, font, floor }) {
  /** @type {Element[]} */
  const parts = [];
  for (const tick of marks) {
    parts.push(make('line', { class: 'rule', x1: left, x2: right, y1: y(tick), y2: y(tick) }));
    parts.push(make('text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, write(tick)));
  }
  const whole = ticks(first, last, Math.max(2, Math.floor((right - left) / 62))).values.filter(Number.isInteger);
  for (const tick of whole) {
    const anchor = tick === last ? 'end' : 'middle';
    parts.push(make('line', { class: 'rule', x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 4 }));
    const place = { x: x(tick) + (tick === last ? 8 : 0), y: bottom + font + 5, 'text-anchor': anchor };
    parts.push(make('text', place, brief(tick)));
  }
  parts.push(make('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }));
  if (floor !== null) parts.push(make('line', { class: 'floor', x1: left, x2: right, y1: y(floor), y2: y(floor) }));
  return parts;
}

/** The losses as lines: the trained NLL over the loss with L2. @param {Scale} scale */
function lines({ series: [nll, loss], first, x, y }) {
  const path = (/** @type {(number | null)[]} */ ys) => {
    let d = '';
    let pen = 'M';
    ys.forEach((one, at) => {
      if (one === null) {
        pen = 'M';
        return;
      }
      d += `${pen}${x(first + at).toFixed(1)},${y(one).toFixed(1)}`;
      pen = 'L';
    });
    return d;
  };
  return [make('path', { class: 'loss', d: path(loss) }), make('path', { class: 'nll', d: path(nll) })];
}

/** The colours of the lines in words. */
function key() {
  const together = make('span', { class: 'together' }, ', trained');
  const simply = make('span', { class: 'simply' }, ' at the next letter of a real name');
  const names = [
    make('span', { class: 'descended' }, term('surprise'), together, simply),
    make('span', { class: 'dashed' }, 'with L2'),
    make('span', { class: 'counted' }, 'counted'),
    make('span', { class: 'descended', hidden: '' }),
  ];

  /** @param {boolean} isLog @param {boolean} hasGaps whether the gap is not above 0 everywhere */
  function show(isLog, hasGaps) {
    names[0].hidden = names[1].hidden = names[2].hidden = isLog;
    names[3].hidden = !isLog;
    names[3].textContent = `gap: trained − counted${hasGaps ? ', where it is above 0' : ''}`;
  }

  return { element: make('div', { class: 'key' }, ...names), show };
}

/** The two switches in the corner of the plot. @param {() => void} change */
function toggles(change) {
  const log = make('input', { type: 'checkbox' });
  const near = make('input', { type: 'checkbox' });
  const nearLine = make('label', {}, near, `last ${LAST} steps`);
  const element = make('div', { class: 'toggles' }, make('label', {}, log, 'log scale of the gap'), nearLine);
  element.addEventListener('change', change);
  return { element, log, near, nearLine };
}

/**
 * Hears where a pointer is that was pressed in the plot, in pixels from its left.
 *
 * @param {SVGSVGElement} svg
 * @param {() => boolean} isReady
 * @param {(x: number) => void} hear
 */
function dragged(svg, isReady, hear) {
  const drag = (/** @type {PointerEvent} */ event) => hear(event.clientX - svg.getBoundingClientRect().left);
  svg.addEventListener('pointerdown', (event) => {
    if (!isReady()) return;
    svg.setPointerCapture(event.pointerId);
    drag(event);
  });
  svg.addEventListener('pointermove', (event) => svg.hasPointerCapture(event.pointerId) && drag(event));
}

/** @param {{ seek: (step: number) => void }} of what is called when the reader moves the cursor */
export function timeline({ seek }) {
  const svg = make('svg', { class: 'plot', role: 'img', 'aria-label': 'The loss after each step' });
  const slider = make('input', { type: 'range', min: 0, class: 'scrubber', 'aria-label': 'step of the descent' });
  const names = key();
  const { element: switches, log, near, nearLine } = toggles(() => {
    draw();
    if (shown < scale.first) seekTo(scale.last);
  });
  const element = make('div', { class: 'timeline' }, names.element, make('div', { class: 'field' }, svg, switches), slider);
  /** @type {Value} */
  let value; // of the last picture
  let shown = 0; // the step under the cursor
  /** @type {number | null} */
  let loss = null; // and its loss
  /** @type {Scale} */
  let scale; // of the last drawing
  const past = make('rect', { x: 0, y: 0 }); // the part of the plot up to the cursor
  const cursor = make('g', { class: 'cursor' });
  let size = { width: 0, height: 0 };

  /** @param {Value} fresh */
  function show(fresh) {
    value = fresh;
    nearLine.hidden = value.step < LONG;
    draw();
  }

  /** @param {number} width @param {number} height */
  function fit(width, height) {
    size = { width, height };
    draw();
  }

  function draw() {
    const { width, height } = size;
    if (!value || !width) return;
    const font = parseFloat(getComputedStyle(svg).fontSize) || 11;
    const isNear = near.checked && !nearLine.hidden;
    scale = layout(value, { isLog: log.checked, isNear }, { width, height, font, corner: switches.offsetHeight });
    const { left, right, top, bottom, first, last, series } = scale;
    setAll(svg, { viewBox: `0 0 ${width} ${height}` });
    svg.style.height = `${height}px`;
    setAll(past, { height });
    svg.replaceChildren(...axes(scale), make('clipPath', { id: 'past' }, past));
    // What lies behind the cursor is drawn in full, what is still to come is faint.
    svg.append(make('g', { class: 'future' }, ...lines(scale)), make('g', { 'clip-path': 'url(#past)' }, ...lines(scale)), cursor);
    names.show(log.checked, log.checked && series[0].includes(null));
    slider.style.marginLeft = `${left - THUMB / 2}px`;
    slider.style.width = `${right - left + THUMB}px`;
    setAll(slider, { min: first, max: last });
    slider.value = String(shown);
    Object.assign(svg.dataset, { left, right, top, bottom, last }); // for tests that drag along it
    mark();
  }

  /** The cursor alone: it moves with each frame, the lines stay. @param {number} step @param {number | null} nll */
  function at(step, nll) {
    [shown, loss] = [step, number(nll)];
    slider.value = String(step);
    const said = loss === null ? 'not finite' : format(loss, 'probability');
    const [now, end] = [step, value.steps].map((one) => format(one, 'integer'));
    slider.setAttribute('aria-valuetext', `step ${now} of ${end}, NLL ${said}`);
    if (scale && step < scale.first) {
      near.checked = false; // a moment before the last steps is shown among all
      draw();
    } else mark();
  }

  function mark() {
    if (!scale) return;
    const x = scale.x(shown);
    const y = scale.level(loss);
    setAll(past, { width: Math.max(0, x) });
    cursor.replaceChildren(make('line', { x1: x, x2: x, y1: scale.top, y2: scale.bottom }));
    if (y !== null) cursor.append(make('circle', { cx: x, cy: Math.max(scale.top, scale.y(y)), r: 4.5 }));
  }

  /**
   * What the plot holds: the gap's logarithm or the losses as they are, the last steps or all.
   *
   * @param {{ logarithm: boolean, last: boolean }} of
   */
  function set({ logarithm, last }) {
    log.checked = logarithm;
    near.checked = last;
    draw();
  }

  /** @param {boolean} on */
  function enable(on) {
    slider.disabled = !on;
    svg.classList.toggle('draggable', on);
  }

  /** @param {number} step */
  function seekTo(step) {
    const within = Math.max(scale.first, Math.min(value.step, Math.round(step)));
    slider.value = String(within);
    seek(within);
  }

  /** @param {number} x */
  function drag(x) {
    const { left, right, first, last } = scale;
    seekTo(first + ((x - left) / (right - left)) * (last - first));
  }

  dragged(svg, () => !slider.disabled && Boolean(scale), drag);
  slider.addEventListener('input', () => seekTo(Number(slider.value)));

  return { element, show, fit, at, enable, set };
}
