// Lines over a common x: the losses over a setting.
//
// value: {title, x_label, y_label, series: [{name, x: [number], y: [number | null], style: 'solid' | 'dashed',
//         short?, mark?: {x, y, text}, color?: int}], x_log, note?}
// `short` names a line where there is little room. null breaks a line. On a logarithmic axis x = 0 has a place of its own at the left.

import { brief, format, list, make, number, setAll, string, text } from '../core/dom.js';
import { frame, hint, moved } from './frame.js';

const COLOURS = ['--line-1', '--line-2', '--line-3']; // one an order; none of them stands for a table
const APART = 15; // pixels between the names of two lines
const LETTER = 7; // about the width of a letter
const FEW = 24; // points that are drawn as dots, too
const ZERO = 26; // pixels that x = 0 takes at the left of a logarithmic axis

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} short
 * @property {number[]} xs
 * @property {(number | null)[]} ys
 * @property {'solid' | 'dashed'} style
 * @property {{ x: number | null, y: number | null, text: string } | undefined} mark
 * @property {string} colour the name of a CSS property
 *
 * @typedef {ReturnType<typeof read>} Value
 * @typedef {ReturnType<typeof layout>} Scale
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ left: number, right: number, top: number, bottom: number }} Box
 * @typedef {Point & { words: string, colour: string }} Name of a line
 * @typedef {Name & { left: number, at: number }} Placed beside the end of its line
 */

/** @param {Record<string, any>} raw */
export function read(raw) {
  /** @type {Line[]} */
  const series = list(raw.series).map((one, index) => {
    const xs = list(one.x).map(Number);
    const ys = list(one.y).map(number);
    if (xs.length !== ys.length || !xs.every(Number.isFinite)) throw new RangeError('not one y per x');
    const style = one.style === 'dashed' ? 'dashed' : 'solid';
    const mark = one.mark && { x: number(one.mark.x), y: number(one.mark.y), text: string(one.mark.text) };
    const colour = COLOURS[(number(one.color) ?? index) % COLOURS.length];
    return { name: string(one.name), short: string(one.short || one.name), xs, ys, style, mark, colour };
  });
  if (!series.some((one) => one.xs.length)) throw new RangeError('no points');
  return {
    title: string(raw.title),
    note: string(raw.note),
    xLabel: string(raw.x_label),
    yLabel: string(raw.y_label),
    series,
    xLog: raw.x_log === true,
    xs: [...new Set(series.flatMap((one) => one.xs))].sort((a, b) => a - b),
  };
}

// ---- axes

/**
 * Round numbers from low to high, about `count` of them, and how to write them.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const unit = ([1, 2, 5, 10].find((k) => k * size >= rough * 0.999) ?? 10) * size;
  const values = [];
  for (let k = Math.ceil(low / unit - 1e-9); k * unit <= high + unit * 1e-9; k++) {
    values.push(Number((k * unit).toPrecision(12)) || 0); // never −0
  }
  const digits = Math.max(0, -Math.floor(Math.log10(unit) + 1e-9));
  return { values, label: (/** @type {number} */ x) => (Math.abs(x) < 1e4 ? x.toFixed(digits).replace('-', '−') : format(x, 'short')) };
}

/**
 * The powers of ten from low to high; `fine`: with 2 and 5 times each.
 *
 * @param {number} low
 * @param {number} high
 * @param {boolean} fine
 */
export function logTicks(low, high, fine) {
  const values = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k++) {
    for (const m of fine ? [1, 2, 5] : [1]) {
      const x = m * 10 ** k;
      if (x >= low * 0.999 && x <= high * 1.001) values.push(Number(x.toPrecision(3)));
    }
  }
  return values;
}

/** The least and the greatest of the numbers, never the same. @param {(number | null)[]} numbers */
export function span(numbers) {
  const finite = numbers.filter((x) => x !== null).filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/**
 * From x to pixels between left and right.
 *
 * @param {Value} value
 * @param {number} left
 * @param {number} right
 */
export function across({ xs, xLog }, left, right) {
  const [first, last] = span(xs);
  if (!xLog) return { first, last, xAt: (/** @type {number} */ x) => left + ((x - first) / (last - first)) * (right - left) };
  const least = xs.find((x) => x > 0) ?? 1;
  const start = left + (xs[0] <= 0 ? ZERO : 0);
  const from = Math.log(least);
  const to = Math.log(Math.max(last, least * 1.0001));
  const xAt = (/** @type {number} */ x) => (x <= 0 ? left : start + ((Math.log(x) - from) / (to - from)) * (right - start));
  return { first: least, last, xAt };
}

/** Where things lie, in pixels. @param {Value} value @param {number} width */
export function layout(value, width) {
  const narrow = width < 520;
  const [low, high] = span(value.series.flatMap((one) => one.ys));
  const height = Math.round(Math.max(220, Math.min(340, width * 0.5)));
  const longest = LETTER * Math.max(...value.series.map((one) => wordsOf(one, narrow, 0).length));
  const [top, bottom] = [24, height - 40];
  const [peak, base] = [top + 10, bottom - 12]; // where `high` and `low` lie
  const yAt = (/** @type {number} */ y) => base - ((y - low) / (high - low)) * (base - peak);
  const rim = (9 * (high - low)) / (base - peak); // 9 pixels
  const y = ticks(low - rim, high + rim, 6);
  const left = 14 + LETTER * Math.max(3, ...y.values.map((tick) => y.label(tick).length));
  const right = width - Math.min(longest + 14, width * 0.34);
  return { left, right, top, bottom, width, height, narrow, yAt, y, ...across(value, left, right) };
}

// ---- the names at the ends of the lines

/**
 * A narrow plot has room for a short name only: its number is read with a finger.
 *
 * @param {Line} line
 * @param {boolean} narrow
 * @param {number | null | undefined} y
 */
function wordsOf({ name, short }, narrow, y) {
  return narrow ? short : `${name}: ${y === null ? 'not finite' : format(y, 'probability')}`;
}

/** Each name stands beside the end of its line. @param {Value} value @param {Scale} scale */
function ends({ series }, { xAt, yAt, narrow, bottom }) {
  /** @type {Name[]} */
  const found = [];
  for (const one of series) {
    const { xs, ys, colour } = one;
    const last = ys.findLastIndex((one) => one !== null);
    const y = ys[last] ?? null;
    if (y === null) continue;
    found.push({ x: xAt(xs[last]), y: yAt(y), words: wordsOf(one, narrow, ys.at(-1)), colour });
  }
  return spread(found.sort((a, b) => a.y - b.y), bottom + 6);
}

/**
 * Names from top to bottom, each as near as can be to its line, none nearer than APART to the next, none below `floor`.
 *
 * @template {Point} Named
 * @param {Named[]} names
 * @param {number} floor
 */
export function spread(names, floor) {
  let ceiling = -Infinity;
  const placed = names.map((name) => {
    const at = Math.max(name.y, ceiling);
    ceiling = at + APART;
    return { ...name, left: name.x + 14, at };
  });
  for (const name of placed.toReversed()) {
    name.at = Math.min(name.at, floor);
    floor = name.at - APART;
  }
  return placed;
}

/**
 * Where the words of marked points go: above them, or where they lie on no other point and no other words, and, where
 * that can be, on no line. `strokes` are points along the lines.
 *
 * @param {(Point & { words: string })[]} points
 * @param {Pick<Box, 'left' | 'right' | 'bottom'>} box
 * @param {Box[]} others
 * @param {Point[]} strokes
 */
export function placeWords(points, box, others = [], strokes = []) {
  const taken = [...points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 })), ...others];
  const free = (/** @type {Box} */ at) =>
    at.left >= box.left &&
    at.right <= box.right &&
    at.bottom < box.bottom &&
    !taken.some((o) => at.left < o.right && o.left < at.right && at.top < o.bottom && o.top < at.bottom);
  const clear = (/** @type {Box} */ at) =>
    !strokes.some(({ x, y }) => at.left < x && x < at.right && at.top < y && y < at.bottom);
  return points.map(({ x, y, words }) => {
    const width = LETTER * words.length;
    const sides = [
      { anchor: 'start', left: x, right: x + width },
      { anchor: 'middle', left: x - width / 2, right: x + width / 2 },
      { anchor: 'end', left: x - width, right: x },
    ];
    if (x > (box.left + box.right) / 2) sides.reverse();
    const places = [-12, 22, -28, 38, -44].flatMap((by) =>
      sides.map((side) => ({ ...side, top: y + by - 10, bottom: y + by + 2 })),
    );
    const place = places.find((at) => free(at) && clear(at)) ?? places.find(free) ?? places[0];
    taken.push(place);
    return place;
  });
}

// ---- drawing

/** @param {Value} value @param {Scale} scale */
function axes(value, { left, right, bottom, xAt, yAt, first, last, y }) {
  /** @type {Element[]} */
  const parts = [];
  for (const tick of y.values) {
    parts.push(make('line', { class: 'rule', x1: left, x2: right, y1: yAt(tick), y2: yAt(tick) }));
    parts.push(make('text', { x: left - 8, y: yAt(tick) + 4, 'text-anchor': 'end' }, y.label(tick)));
  }
  const room = (right - left) / 60;
  let xs = value.xLog ? logTicks(first, last, Math.log10(last / first) * 3 < room) : ticks(first, last, room).values;
  if (value.xLog && value.xs[0] <= 0) xs = [0, ...xs];
  for (const tick of xs) {
    parts.push(make('line', { class: 'rule', x1: xAt(tick), x2: xAt(tick), y1: bottom, y2: bottom + 5 }));
    parts.push(make('text', { x: xAt(tick), y: bottom + 18, 'text-anchor': 'middle' }, brief(tick)));
  }
  parts.push(make('line', { class: 'rule', x1: left, x2: right, y1: bottom, y2: bottom }));
  parts.push(make('text', { x: (left + right) / 2, y: bottom + 35, 'text-anchor': 'middle' }, value.xLabel));
  parts.push(make('text', { x: 0, y: 12 }, value.yLabel));
  return parts;
}

/** @param {Line} line @param {Scale} scale */
function line({ xs, ys, style, colour }, { xAt, yAt, top }) {
  let d = '';
  let pen = 'M';
  /** @type {Element[]} */
  const dots = [];
  xs.forEach((x, k) => {
    const [cx, y] = [xAt(x), ys[k]];
    if (y === null) {
      // Infinite, or not a number: at the top.
      pen = 'M';
      const place = { x: cx, y: top + 8, 'text-anchor': 'middle', style: `fill: var(${colour})` };
      dots.push(make('text', { class: 'name', ...place }, '∞'));
      return;
    }
    d += `${pen}${cx.toFixed(2)},${yAt(y).toFixed(2)}`;
    pen = 'L';
    dots.push(make('circle', { style: `fill: var(${colour})`, cx, cy: yAt(y), r: 3 }));
  });
  const path = make('path', { class: `line ${style}`, d, style: `stroke: var(${colour})` });
  return xs.length <= FEW ? [path, ...dots] : [path];
}

/** @param {Placed} name */
function label({ x, y, at, left, words, colour }) {
  const name = make('text', { class: 'name', style: `fill: var(${colour})`, x: left, y: at + 4 }, words);
  const d = `M${x + 3},${y}L${x + 11},${at}`;
  return [make('path', { class: 'leader', style: `stroke: var(${colour})`, d }), name];
}

/** @param {Value} value @param {Scale} scale @param {Placed[]} names */
function marks({ series }, scale, names) {
  const marked = series.flatMap(({ mark, colour }) => {
    if (!mark || mark.x === null || mark.y === null) return [];
    return { x: mark.x, y: mark.y, words: mark.text, colour };
  });
  marked.sort((a, b) => a.y - b.y); // the lowest first: there is room below it
  const points = marked.map(({ x, y, words }) => ({ x: scale.xAt(x), y: scale.yAt(y), words }));
  return placeWords(points, scale, names.map(boxOf), series.flatMap((one) => strokesOf(one, scale))).flatMap((place, i) => {
    const { x, y, words } = points[i];
    const style = `fill: var(${marked[i].colour})`;
    const at = { x, y: place.bottom - 2, 'text-anchor': place.anchor, style };
    return [ring(x, y, 5, marked[i].colour), make('text', { class: 'name', ...at }, words)];
  });
}

/** Points along a line, a few pixels from each other. @param {Line} line @param {Scale} scale */
function strokesOf({ xs, ys }, { xAt, yAt }) {
  const corners = xs.flatMap((x, k) => {
    const y = ys[k];
    return y === null ? [] : [{ x: xAt(x), y: yAt(y) }];
  });
  return corners.slice(1).flatMap((to, k) => {
    const from = corners[k];
    const parts = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 4);
    return Array.from({ length: parts }, (_, i) => ({
      x: from.x + ((to.x - from.x) * i) / parts,
      y: from.y + ((to.y - from.y) * i) / parts,
    }));
  });
}

/** The room that the name of a line takes. @param {Placed} name */
function boxOf({ at, left, words }) {
  return { left, right: left + LETTER * words.length, top: at - 8, bottom: at + 6 };
}

/** @param {number} cx @param {number} cy @param {number} r @param {string} colour */
function ring(cx, cy, r, colour) {
  return make('circle', { class: 'ring', cx, cy, r, style: `stroke: var(${colour})` });
}

/** @param {Value} value @param {number} x @param {Scale} scale */
function crossHair({ series }, x, { xAt, yAt, top, bottom }) {
  const cx = xAt(x);
  /** @type {Element[]} */
  const parts = [make('line', { class: 'hair', x1: cx, x2: cx, y1: top, y2: bottom })];
  for (const one of series) {
    const y = one.ys[one.xs.indexOf(x)] ?? null;
    if (y !== null) parts.push(ring(cx, yAt(y), 4, one.colour));
  }
  return parts;
}

export function curve() {
  const plot = make('svg', { class: 'plot', 'aria-hidden': 'true' });
  const purpose = { role: 'application', 'aria-roledescription': 'line chart' };
  const stage = make('div', { class: 'stage', tabindex: 0, ...purpose }, plot);
  /** @type {Value} */
  let value; // as read: of the last picture
  /** @type {number | null} */
  let cursor = null; // index into value.xs
  /** @type {Scale} */
  let scale; // of the last drawing
  const picture = frame('curve', { stage, read, draw: update, redraw: draw, rows });

  /** @param {Value} fresh */
  function update(fresh) {
    value = fresh;
    cursor = null;
    stage.setAttribute('aria-label', `${value.title}: ${value.series.map((one) => one.name).join(', ')}`);
    draw();
    readOut();
  }

  function draw() {
    const width = stage.clientWidth;
    if (!width) return;
    scale = layout(value, width);
    const names = ends(value, scale);
    setAll(plot, { viewBox: `0 0 ${width} ${scale.height}`, height: scale.height });
    plot.replaceChildren(...axes(value, scale), ...value.series.flatMap((one) => line(one, scale)));
    plot.append(...marks(value, scale, names), ...names.flatMap(label));
    if (cursor !== null) plot.append(...crossHair(value, value.xs[cursor], scale));
  }

  function readOut() {
    const out = picture.readout;
    if (cursor === null) {
      out.replaceChildren(hint('the curve'));
      return;
    }
    const x = value.xs[cursor];
    out.replaceChildren(make('b', {}, text(value.xLabel), ` ${brief(x)}`));
    for (const one of value.series) {
      const y = one.ys[one.xs.indexOf(x)];
      if (y === undefined) continue;
      const said = y === null ? 'not finite' : format(y, 'probability');
      out.append(' · ', make('span', { class: 'fact', 'data-series': one.name }, text(one.name), ` ${said}`));
    }
  }

  /** @param {number | null} at */
  function point(at) {
    if (!value || at === cursor) return;
    cursor = at;
    draw();
    readOut();
  }

  /** @param {PointerEvent} event */
  function nearest(event) {
    if (!scale) return null;
    const x = event.clientX - stage.getBoundingClientRect().left;
    const off = (/** @type {number} */ at) => Math.abs(scale.xAt(value.xs[at]) - x);
    return value.xs.reduce((best, _, at) => (off(at) < off(best) ? at : best), 0);
  }

  function rows() {
    const body = value.xs.map((x) => [
      brief(x),
      ...value.series.map((one) => {
        const at = one.xs.indexOf(x);
        return at < 0 ? '' : (one.ys[at]?.toFixed(6) ?? '∞');
      }),
    ]);
    const head = [value.xLabel, ...value.series.map((one) => one.name)];
    return { caption: `${value.title}: ${value.yLabel}`, head, body };
  }

  stage.addEventListener('pointermove', (event) => point(nearest(event)));
  stage.addEventListener('pointerdown', (event) => point(nearest(event)));
  stage.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && point(null));
  stage.addEventListener('blur', () => point(null));
  stage.addEventListener('focus', () => {
    if (value && stage.matches(':focus-visible')) point(cursor ?? value.xs.length - 1);
  });
  stage.addEventListener('keydown', (event) => {
    if (!value) return;
    const last = value.xs.length - 1;
    const to = moved(event.key, cursor, last, event.shiftKey ? 10 : 1);
    if (to === undefined) return;
    event.preventDefault();
    point(to);
  });
  return { element: picture.element, show: picture.show };
}
