// The loss curve as a time line: a cursor on it says which moment of the descent the table shows. The slider below has
// the same width as the axis, so its thumb stands under the cursor.
import { span, ticks } from './curve.js';
import { brief, format, make, number, setAll } from '../core/dom.js';

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

/** @param {{ seek: (step: number) => void }} of what is called when the reader moves the cursor */
export function timeline({ seek }) {
  const svg = make('svg', { class: 'plot', role: 'img', 'aria-label': 'The loss after each step' });
  const slider = make('input', { type: 'range', min: 0, class: 'scrubber', 'aria-label': 'step of the descent' });
  const log = make('input', { type: 'checkbox' });
  const near = make('input', { type: 'checkbox' });
  const names = [
    make('span', { class: 'descended' }, 'surprise, trained'),
    make('span', { class: 'dashed' }, 'with L2'),
    make('span', { class: 'counted' }, 'counted'),
  ];
  const key = make('div', { class: 'key' }, ...names);
  const nearLine = make('label', {}, near, `last ${LAST} steps`);
  const toggles = make('div', { class: 'toggles' }, make('label', {}, log, 'log scale of the gap'), nearLine);
  const element = make('div', { class: 'timeline' }, key, make('div', { class: 'field' }, svg, toggles), slider);
  /** @type {Pick<import('../core/stage.js').Stage, 'steps' | 'curve' | 'step'>} */
  let value; // of the last picture
  let shown = 0; // the step under the cursor
  /** @type {number | null | undefined} */
  let shownLevel = null; // and its loss
  /** @type {ReturnType<typeof layout>} */
  let scale; // of the last drawing
  let past = make('rect'); // the part of the plot up to the cursor
  let size = { width: 0, height: 0 };

  /** @param {typeof value} fresh */
  function show(fresh) {
    value = fresh;
    nearLine.hidden = value.step < LONG;
    draw();
  }

  // The steps that the axis holds.
  function bounds() {
    if (near.checked && !nearLine.hidden) return [value.step - LAST, value.step];
    return [0, Math.max(1, value.steps)];
  }

  /** @param {number} width @param {number} height */
  function fit(width, height) {
    size = { width, height };
    draw();
  }

  /** The logarithm of what is above the floor, or the number itself. @param {number | null} y */
  function level(y) {
    return log.checked ? gapAsPower(y, value.curve.floor) : y;
  }

  function layout() {
    const { width, height } = size;
    const { curve } = value;
    const [first, last] = bounds();
    const floor = number(curve.floor);
    const losses = [curve.nll, log.checked ? [] : curve.loss];
    const series = losses.map((ys) => ys.slice(first).map((y) => level(number(y))));
    const [low, high] = span([...series.flat(), log.checked ? null : floor]);
    const rim = (high - low) * 0.06;
    const count = height < 130 ? 3 : 4;
    const marks = log.checked ? powers(low - rim, high + rim, count) : ticks(low - rim, high + rim, count).values;
    const write = (/** @type {number} */ y) => brief(log.checked ? Number((10 ** y).toPrecision(6)) : y);
    const font = parseFloat(getComputedStyle(svg).fontSize) || 11;
    const left = Math.max(THUMB, 8 + DIGIT * font * Math.max(...marks.map((y) => write(y).length), 2));
    const top = first ? toggles.offsetHeight + 8 : 8; // a falling curve leaves the corner of the switches free
    const box = { left, right: width - 12, top, bottom: height - font - 9, font };
    return {
      ...box,
      first,
      last,
      marks,
      write,
      floor: log.checked ? null : floor,
      series,
      x: (/** @type {number} */ step) => box.left + ((step - first) / (last - first)) * (box.right - box.left),
      y: (/** @type {number} */ y) => box.bottom - ((y - low + rim) / (high - low + 2 * rim)) * (box.bottom - box.top),
    };
  }

  function draw() {
    if (!value || !size.width) return;
    scale = layout();
    const { left, right, top, bottom, floor, series } = scale;
    svg.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    svg.style.height = `${size.height}px`;
    svg.replaceChildren(...axes());
    if (floor !== null) {
      svg.append(make('line', { class: 'floor', x1: left, x2: right, y1: scale.y(floor), y2: scale.y(floor) }));
    }
    // What lies behind the cursor is drawn in full, what is still to come is faint.
    const lines = () => ['loss', 'nll'].map((name, k) => make('path', { class: name, d: path(series[1 - k]) }));
    past = make('rect', { x: 0, y: 0, width: 0, height: size.height });
    svg.append(make('clipPath', { id: 'past' }, past));
    svg.append(make('g', { class: 'future' }, ...lines()), make('g', { 'clip-path': 'url(#past)' }, ...lines()));
    svg.append(make('g', { class: 'cursor' }));
    names[1].hidden = names[2].hidden = log.checked;
    const below = log.checked && series[0].includes(null);
    const gap = `gap: trained − counted${below ? ', where it is above 0' : ''}`;
    names[0].textContent = log.checked ? gap : 'surprise, trained';
    slider.style.marginLeft = `${left - THUMB / 2}px`;
    slider.style.width = `${right - left + THUMB}px`;
    setAll(slider, { min: scale.first, max: scale.last });
    slider.value = String(shown);
    Object.assign(svg.dataset, { left, right, top, bottom, last: scale.last }); // for tests that drag along it
    mark();
  }

  /** @param {(number | null)[]} ys */
  function path(ys) {
    let d = '';
    let pen = 'M';
    ys.forEach((y, at) => {
      if (y === null) pen = 'M';
      else {
        d += `${pen}${scale.x(scale.first + at).toFixed(1)},${scale.y(y).toFixed(1)}`;
        pen = 'L';
      }
    });
    return d;
  }

  function axes() {
    const { left, right, bottom, x, y, first, last, marks, write, font } = scale;
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
    return parts;
  }

  /**
   * The cursor alone: it moves with each frame, the lines stay.
   *
   * @param {number} step
   * @param {number | null | undefined} nll
   */
  function at(step, nll) {
    shown = step;
    slider.value = String(step);
    const said = nll === null || nll === undefined ? 'not finite' : format(nll, 'probability');
    const [now, end] = [step, value.steps].map((one) => format(one, 'integer'));
    slider.setAttribute('aria-valuetext', `step ${now} of ${end}, NLL ${said}`);
    shownLevel = nll;
    if (!scale || step >= scale.first) mark();
    else {
      near.checked = false; // a moment before the last steps is shown among all
      draw();
    }
  }

  function mark() {
    const group = svg.querySelector('.cursor');
    if (!group || !scale) return;
    const x = scale.x(shown);
    setAll(past, { width: Math.max(0, x) });
    const y = level(number(shownLevel));
    group.replaceChildren(make('line', { x1: x, x2: x, y1: scale.top, y2: scale.bottom }));
    if (y !== null) group.append(make('circle', { cx: x, cy: Math.max(scale.top, scale.y(y)), r: 4.5 }));
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

  /** @param {PointerEvent} event */
  function drag(event) {
    const x = event.clientX - svg.getBoundingClientRect().left;
    const { left, right, first, last } = scale;
    seekTo(first + ((x - left) / (right - left)) * (last - first));
  }

  svg.addEventListener('pointerdown', (event) => {
    if (slider.disabled || !scale) return;
    svg.setPointerCapture(event.pointerId);
    drag(event);
  });
  svg.addEventListener('pointermove', (event) => svg.hasPointerCapture(event.pointerId) && drag(event));
  slider.addEventListener('input', () => seekTo(Number(slider.value)));
  toggles.addEventListener('change', () => {
    draw();
    if (shown < scale.first) seekTo(scale.last);
  });

  return { element, show, fit, at, enable, set };
}
