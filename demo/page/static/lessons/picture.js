// What a lesson compares, drawn small under its answer. teaching/pictures.py computes the numbers.

import { runs } from '../core/align.js';
import { brief, list, make, number, string, text } from '../core/dom.js';

const WIDTH = 300; // units of a drawing, which is as wide as the panel
const EDGE = 6;

/** @type {Record<string, (value: any) => Node>} */
const KINDS = { bars, bowls, race, lists, strips };

/** The picture of an answer; none where it has none. @param {any} value */
export function picture(value) {
  if (!value || !Object.hasOwn(KINDS, value.kind)) return null;
  return make('div', { class: `compared ${value.kind}`, role: 'img', 'aria-label': string(value.label) }, KINDS[value.kind](value));
}

// ---- amounts

/** @param {{ bars: { label: string, value: number | null, text: string }[], most: number | null, end: string }} value */
function bars({ bars: all, most, end }) {
  const high = number(most) ?? Math.max(...list(all).map((one) => number(one.value) ?? 0));
  const rows = all.map((one) => {
    const finite = number(one.value);
    const fill = make('span', { class: finite === null ? 'fill endless' : 'fill' });
    fill.style.width = `${100 * Math.min(1, (finite ?? high) / high)}%`;
    return [make('span', {}, text(one.label)), make('span', { class: 'track' }, fill), make('b', {}, string(one.text))];
  });
  const scale = end ? [make('span', { class: 'end' }, `The bars end at ${end}: ${brief(Number(high.toFixed(3)))}.`)] : [];
  return make('div', { class: 'rows' }, ...rows.flat(), ...scale);
}

// ---- a ball in a bowl

/** Where a ball lies in a bowl that is `size` wide and high. @param {number} place from −1 to 1 @param {number} size */
export function inBowl(place, size) {
  const half = size / 2 - EDGE;
  return { x: size / 2 + place * half, y: size - EDGE - place * place * (size - 2 * EDGE) };
}

/** @param {{ bowls: { rate: number, places: number[], words: string, own: boolean }[] }} value */
function bowls({ bowls: all }) {
  const size = 100;
  const points = (/** @type {number[]} */ places) => places.map((place) => inBowl(place, size));
  const path = (/** @type {{ x: number, y: number }[]} */ ps) => `M${ps.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}`;
  const rim = path(points(Array.from({ length: 41 }, (_, i) => i / 20 - 1)));
  const drawn = list(all).map(({ rate, places, words, own }) => {
    const way = points(places);
    const balls = way.map(({ x, y }, i) => make('circle', { cx: x, cy: y, r: i === way.length - 1 ? 5 : 3, class: i === way.length - 1 ? 'last' : '' }));
    const svg = make('svg', { viewBox: `0 0 ${size} ${size}` }, make('path', { class: 'rim', d: rim }), make('path', { class: 'way', d: path(way) }), ...balls);
    return make('div', { class: own ? 'own' : '' }, svg, make('p', {}, make('b', {}, `rate ${brief(rate)}`), `: ${words}`));
  });
  return make('div', { class: 'row' }, ...drawn);
}

// ---- two curves

/** @param {{ lines: { name: string, loss: (number | null)[] }[] }} value */
function race({ lines }) {
  const height = 120;
  const all = list(lines).flatMap(({ loss }) => loss.map(Number));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const last = Math.max(...lines.map(({ loss }) => loss.length - 1));
  const x = (/** @type {number} */ step) => EDGE + (step / last) * (WIDTH - 64);
  const y = (/** @type {number} */ loss) => EDGE + ((high - loss) / (high - low || 1)) * (height - 26);
  const drawn = lines.flatMap(({ name, loss }, i) => {
    const d = `M${loss.map((one, step) => `${x(step).toFixed(1)},${y(Number(one)).toFixed(1)}`).join('L')}`;
    const words = make('text', { x: x(last) + 5, y: y(Number(loss[loss.length - 1])) + 4 }, string(name));
    return [make('path', { class: i ? 'ghost' : 'line', d }), words];
  });
  const axis = make('text', { x: EDGE, y: height - 2 }, `loss over ${last} steps`);
  return make('svg', { viewBox: `0 0 ${WIDTH} ${height}` }, ...drawn, axis);
}

// ---- two lists of names

/** @param {{ heads: string[], lists: string[][] }} value */
function lists({ heads, lists: [one, other] }) {
  const row = (/** @type {string} */ name, /** @type {string} */ beside) =>
    make('td', {}, ...runs(name, beside).map(({ word, same }) => (same ? word : make('mark', {}, word))));
  const rows = list(one).map((name, i) => make('tr', {}, row(name, other[i]), row(other[i], name)));
  const head = make('tr', {}, ...list(heads).map((words) => make('th', {}, words)));
  return make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows));
}

// ---- two strips under one u

/** @param {{ u: number, around: number, strips: { title: string, letter: string, pieces: [string, number, number][] }[] }} value */
function strips({ u, around, strips: both }) {
  const [from, to] = [Math.max(0, u - around), Math.min(1, u + around)];
  const x = (/** @type {number} */ at) => ((Math.min(to, Math.max(from, at)) - from) / (to - from)) * WIDTH;
  const drawn = list(both).flatMap(({ title, letter, pieces }, i) => {
    const top = 18 + i * 52;
    const seen = list(pieces).filter(([, low, high]) => high > from && low < to && high > low);
    const parts = seen.flatMap(([name, low, high]) => {
      const [left, right] = [x(low), x(high)];
      const rect = make('rect', { x: left, y: top, width: right - left, height: 26, class: name === letter ? `hit ${title}` : '' });
      return right - left < 9 ? [rect] : [rect, make('text', { x: (left + right) / 2, y: top + 18, 'text-anchor': 'middle' }, string(name))];
    });
    return [make('text', { x: 0, y: top - 4 }, `${title}: ${letter}`), ...parts];
  });
  const line = make('line', { class: 'u', x1: x(u), x2: x(u), y1: 8, y2: 100 });
  const words = make('text', { x: x(u), y: 114, 'text-anchor': 'middle' }, `u = ${u.toFixed(4)}`);
  return make('svg', { viewBox: `0 0 ${WIDTH} 118` }, ...drawn, line, words);
}
