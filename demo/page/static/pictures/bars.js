// Bars for one row of a table (vertical, slim, a letter under each) or for named amounts (horizontal).
//
// value: {title, unit, bars: [{label, value: number | null, text, mark?: 'chosen' | 'good' | 'bad', note?}],
//         max?, signed, orientation: 'vertical' | 'horizontal', note?}
// null is not finite: a full, hatched bar. `signed` draws up and down from a line at 0.

import { closest, find, format, glyph, list, make, number, string, text } from '../core/dom.js';
import { frame, hint, moved } from './frame.js';

const LETTER = 6.5; // about the width of a digit, in pixels
const BOLD = 8;
const MOST = 200; // bars that are drawn; the table has them all
/** @type {Record<string, string>} */
const SIGNS = { chosen: '', good: '✓ ', bad: '✗ ' };

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {number | null} value
 * @property {string} text
 * @property {'chosen' | 'good' | 'bad' | null} mark
 * @property {string} note
 *
 * @typedef {ReturnType<typeof read>} Value
 */

/** @param {Record<string, any>} raw */
export function read(raw) {
  /** @type {Bar[]} */
  const bars = list(raw.bars).map((one) => ({
    label: string(one.label),
    value: number(one.value),
    text: string(one.text),
    mark: Object.hasOwn(SIGNS, one.mark) ? one.mark : null,
    note: string(one.note),
  }));
  if (!bars.length) throw new RangeError('no bars');
  const signed = raw.signed === true;
  const cut = bars.length > MOST ? `The first ${MOST} of ${format(bars.length, 'integer')}. ` : '';
  return {
    title: string(raw.title),
    unit: string(raw.unit),
    note: cut + string(raw.note),
    vertical: raw.orientation !== 'horizontal',
    signed,
    ...reach(bars.map((one) => one.value ?? 0), signed, number(raw.max)),
    bars,
  };
}

/**
 * How far the bars may go: `high` up (or right) and, where some are negative, `low` down (or left).
 *
 * @param {number[]} values
 * @param {boolean} signed
 * @param {number | null} max
 */
export function reach(values, signed, max = null) {
  const furthest = (/** @type {1 | -1} */ side) => values.reduce((far, value) => Math.max(far, side * value), 0);
  const low = signed && furthest(-1) > 0 ? max || furthest(-1) : 0;
  const high = furthest(1) > 0 || !low ? max || furthest(1) || 1 : 0;
  return { low, high };
}

/**
 * Where a bar begins and how long it is, and where its text stands: all in percent of the track.
 *
 * @param {number | null} value
 * @param {number} low
 * @param {number} high
 */
export function extent(value, low, high) {
  const percent = 100 / (low + high);
  const base = low * percent;
  const below = value !== null && value < 0;
  const length = percent * (below ? Math.min(-value, low) : Math.min(value ?? Infinity, high));
  const end = below ? { top: 100 - base + length } : { bottom: base + length };
  return { base, start: below ? base - length : base, length, end };
}

/**
 * How far a text of `width` over a bar of `room` at `offset` must move to stay within 0 and `whole`.
 *
 * @param {number} width
 * @param {number} room
 * @param {number} offset
 * @param {number} whole
 */
export function nudge(width, room, offset, whole) {
  const beyond = (width - room) / 2;
  return Math.max(0, beyond - offset) - Math.max(0, beyond - (whole - offset - room));
}

// `role` says whose numbers these are: 'counted', 'descended' or ''. `hints`: how it is read stands below
// it, once a screen is enough. `code`: the note is a line of PyTorch.
export function bars({ role = '', hints = true, code = false } = {}) {
  const stage = make('div', { class: 'stage', tabindex: 0, role: 'application', 'aria-roledescription': 'bar chart' });
  /** @type {Value} */
  let value; // as read: of the last picture
  /** @type {HTMLElement[]} */
  let nodes = []; // one per bar
  /** @type {number | null} */
  let cursor = null;
  const picture = frame(`bar-chart ${role} ${code ? 'code' : ''}`, { stage, read, draw, redraw: loosen, rows });

  /** @param {Value} fresh */
  function draw(fresh) {
    value = fresh;
    stage.setAttribute('aria-label', `${value.title}: ${value.bars.length} bars, in ${value.unit || 'numbers'}`);
    const longest = Math.max(...value.bars.map((one) => Array.from(one.label).length));
    nodes = value.bars.slice(0, MOST).map((one) => drawn(one, value, longest));
    const kind = `${value.vertical ? 'vertical' : 'horizontal'} ${value.signed ? 'signed' : ''}`;
    stage.replaceChildren(make('div', { class: `bars ${kind}` }, ...nodes));
    loosen();
    point(cursor !== null && cursor < nodes.length ? cursor : null);
  }

  // Texts over slim bars would run into each other: then only the chosen bar keeps its own, inside the picture.
  function loosen() {
    if (!value.vertical) return;
    const room = nodes[0].clientWidth;
    const tight = value.bars.some((one) => one.text.length * LETTER > room);
    find(stage, '.bars').classList.toggle('tight', tight);
    nodes.forEach((node, i) => {
      const by = nudge(value.bars[i].text.length * BOLD, room, node.offsetLeft, stage.scrollWidth);
      find(node, '.text').style.marginLeft = tight ? `${by}px` : '';
    });
  }

  /** @param {number | null} at */
  function point(at) {
    if (cursor !== null) nodes[cursor]?.classList.remove('active');
    cursor = at;
    if (at === null) {
      picture.readout.replaceChildren(...(hints ? [hint('a bar')] : []));
      return;
    }
    nodes[at].classList.add('active');
    const one = value.bars[at];
    const unit = value.unit ? ` ${value.unit}` : '';
    picture.readout.replaceChildren(make('b', {}, text(glyph(one.label))), ' · ', text(one.text), unit);
    if (one.mark) picture.readout.append(` · ${one.mark}`);
    if (one.note) picture.readout.append(' · ', text(one.note));
  }

  function rows() {
    const body = value.bars.map((one) => [
      glyph(one.label),
      one.text,
      [one.mark, one.note].filter(Boolean).join(', '),
    ]);
    return { caption: value.title, head: ['label', value.unit || 'value', 'note'], body };
  }

  stage.addEventListener('pointerover', (event) => {
    const bar = closest(event, '.bar');
    point(bar ? nodes.findIndex((node) => node === bar) : null);
  });
  stage.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && point(null));
  stage.addEventListener('blur', () => point(null));
  stage.addEventListener('focus', () => {
    if (!value || !stage.matches(':focus-visible')) return;
    const chosen = value.bars.findIndex((one) => one.mark === 'chosen');
    point(cursor ?? Math.min(Math.max(0, chosen), nodes.length - 1));
  });
  stage.addEventListener('keydown', (event) => {
    const to = moved(event.key, cursor, nodes.length - 1);
    if (!value || to === undefined) return;
    event.preventDefault();
    point(to);
    stage.scrollLeft = nodes[to].offsetLeft - stage.clientWidth / 2;
  });
  return { element: picture.element, show: picture.show };
}

/** @param {Bar} one @param {Value} value @param {number} longest characters of a label */
function drawn(one, { vertical, signed, low, high }, longest) {
  const label = make('span', { class: 'label' }, text(glyph(one.label)));
  const written = make('span', { class: 'text' }, SIGNS[one.mark ?? ''] ?? '', text(one.text));
  const { base, start, length, end } = extent(one.value, low, high);
  const area = make('div', { class: 'area' }, fill(one.value, vertical, start, length));
  const track = make('div', { class: 'track' }, area);
  if (signed) area.append(zero(base, vertical));
  if (vertical) {
    area.append(written);
    for (const [side, percent] of Object.entries(end)) written.style.setProperty(side, `${percent}%`);
  }
  const node = make('div', { class: `bar ${one.mark ?? ''}` });
  node.append(...(vertical ? [track, label] : [label, track, written]));
  if (vertical) node.style.minWidth = `${longest > 1 ? longest * 7.5 + 5 : 8}px`;
  return node;
}

/** @param {number | null} value @param {boolean} vertical @param {number} start @param {number} length */
function fill(value, vertical, start, length) {
  const bar = make('div', { class: `fill ${value === null ? 'endless' : ''}` });
  const upright = { left: 0, right: 0, bottom: `${start}%`, height: `${length}%` };
  const lying = { top: 0, bottom: 0, left: `${start}%`, width: `${length}%` };
  Object.assign(bar.style, vertical ? upright : lying);
  return bar;
}

/** @param {number} base @param {boolean} vertical */
function zero(base, vertical) {
  const line = make('div', { class: 'zero' });
  const across = { left: 0, right: 0, bottom: `${base}%`, height: '1px' };
  const down = { top: 0, bottom: 0, left: `${base}%`, width: '1px' };
  Object.assign(line.style, vertical ? across : down);
  return line;
}
