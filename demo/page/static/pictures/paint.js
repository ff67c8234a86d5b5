// How the table is painted on a canvas: its cells, its labels, what is marked in it, and its legend.

import { brief, glyph, make } from '../core/dom.js';
import { cellSize, inkOn, inscriptionSize, mix, place, rgb, short, TEXT } from '../core/heat.js';

// Blue is amount, as in the lecture, in steps of equal lightness (OKLCH), paper side first.
const AMOUNT = {
  light: ['#edf6ff', '#bbdefa', '#8dc5f5', '#60abef', '#407dc3', '#245298', '#0d296e'],
  dark: ['#192133', '#263a5f', '#2e558f', '#3072c1', '#4a9fdd', '#71cbf8', '#a1f7ff'],
};
// A weight may be negative: grey below zero, blue above.
const WEIGHT = {
  light: ['#4b5563', '#7b8491', '#b3b9c1', '#f6f6f5', '#a5cdf5', '#4f93dd', '#184a98'],
  dark: ['#c3c9d1', '#868e99', '#525962', '#22262d', '#2c5388', '#3b86cf', '#7fd4fb'],
};
const PAPER = { light: '#f7f6f4', dark: '#20242b' }; // of the difference, where both tables agree

/**
 * @typedef {import('../core/heat.js').Place} Place
 * @typedef {import('../core/heat.js').Grid} Grid
 * @typedef {import('./table.js').Picture} Picture
 * @typedef {Picture['kind']} Kind
 * @typedef {[x: number, y: number, width: number, height: number]} Box
 * @typedef {CanvasRenderingContext2D} Pen
 *
 * @typedef {object} Look colours and fonts of the page
 * @property {Record<Kind, string[]>} stops
 * @property {string} font
 * @property {number} size
 * @property {string} ink
 * @property {string} quiet
 * @property {string} rule
 * @property {string} chosen
 *
 * @typedef {{ cursor: Place | null, pinned: Place | null, traced: number[][] }} Marks the cell that is pointed at, the one
 *   that is pinned, and those that are lit up, one after the other
 */

/** @param {HTMLCanvasElement} canvas @returns {Pen} */
export function penOf(canvas) {
  const pen = canvas.getContext('2d');
  if (!pen) throw new TypeError('This browser does not draw on a canvas.');
  return pen;
}

// Sharp on paper, too.
export function ratio() {
  return Math.max(2, devicePixelRatio || 1);
}

/** @param {Element} element @returns {Look} */
export function lookOf(element) {
  const styles = getComputedStyle(element);
  const colour = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
  const theme = element.closest('.dark') ? 'dark' : 'light';
  const difference = [colour('--trained'), PAPER[theme], colour('--counted')];
  return {
    stops: { amount: AMOUNT[theme], weight: WEIGHT[theme], difference },
    font: styles.fontFamily,
    size: parseFloat(styles.fontSize),
    ink: colour('--body-text-color') || '#1f2933',
    quiet: colour('--quiet') || '#57606a',
    rule: colour('--rule') || '#d8dee4',
    chosen: colour('--chosen') || '#a21caf',
  };
}

// The smallest inscription in pixels: larger on a projector, or none.
/** @param {Look} look */
function leastText(look) {
  return Math.max(TEXT, Math.round(0.7 * look.size));
}

/** Whether anything can be written in the cells. @param {Grid} grid @param {Look} look */
export function hasRoom({ cell }, look) {
  return cell >= leastText(look) + 6;
}

/**
 * Where things lie in the room that there is. `most`: the height that is taken only for the inscriptions.
 *
 * @param {Pen} pen
 * @param {Picture} picture
 * @param {Look} look
 * @param {{ width: number, height: number, most: number }} room
 * @returns {Grid}
 */
export function gridOf(pen, { rows, columns }, look, room) {
  const labelSize = Math.max(11, Math.round(look.size * 0.85));
  pen.font = `${labelSize}px ${look.font}`;
  const widest = (/** @type {string[]} */ labels) => Math.max(...labels.map((label) => pen.measureText(short(label)).width));
  const left = Math.ceil(widest(rows)) + 9;
  const top = labelSize + 7;
  const [across, down, most] = [room.width - left - 2, room.height - top - 2, room.most - top - 2];
  const cell = cellSize(across, down, rows.length, columns.length, most, leastText(look));
  return { left, top, cell, labelSize, wide: widest(columns) + 2 };
}

// ---- cells

/**
 * Paints all cells; returns the size of what is written in them, 0 where nothing is.
 *
 * @param {Pen} ink
 * @param {Picture} picture
 * @param {Grid} grid
 * @param {Look} look
 */
export function paintCells(ink, picture, { left, top, cell }, look) {
  const { rows, columns, data, max, kind, even } = picture;
  const stops = look.stops[kind].map(rgb);
  const signed = kind !== 'amount';
  const size = inscriptionSize(picture.numbers, cell, { least: leastText(look), most: 0.4 * look.size + 8 });
  const gap = cell >= 8 ? 1 : 0;
  ink.clearRect(0, 0, ink.canvas.width, ink.canvas.height);
  ink.textAlign = 'center';
  ink.textBaseline = 'alphabetic';
  ink.font = `${Number.isFinite(size) ? size : TEXT}px ${look.font}`;
  ink.lineWidth = 1;
  ink.strokeStyle = look.rule;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      const x = data[i * columns.length + j];
      /** @type {Box} */
      const box = [left + j * cell, top + i * cell, cell - gap, cell - gap];
      let words = look.quiet;
      if (!Number.isFinite(x)) hatch(ink, box);
      else if (picture.hollow && x === 0) hollow(ink, box);
      else {
        const fill = mix(stops, place(x, max, { signed, even }));
        ink.fillStyle = `rgb(${fill})`;
        ink.fillRect(...box);
        words = inkOn(fill);
      }
      ink.fillStyle = words;
      inscribe(ink, glyph(rows[i]) + glyph(columns[j]), () => picture.write(x), box, size);
    }
  }
  return cell >= size + 6 ? size : 0;
}

/**
 * The pair above and its number below, as in the lecture; only the pair where there is no room for two lines.
 *
 * @param {Pen} ink
 * @param {string} pair
 * @param {() => string} write the number
 * @param {Box} box
 * @param {number} size
 */
function inscribe(ink, pair, write, [left, top, side], size) {
  if (side < size + 5) return;
  const middle = left + side / 2;
  if (side < 2 * size + 1) {
    if (pair.length <= 3) ink.fillText(pair, middle, top + side / 2 + size * 0.33, side - 1);
    return;
  }
  const space = (side - 2 * size) / 3;
  if (pair.length <= 5) ink.fillText(pair, middle, top + space + size * 0.8, side - 1);
  ink.fillText(write(), middle, top + side - space - size * 0.12, side - 1);
}

/** @param {Pen} ink @param {Box} box */
function hatch(ink, [x, y, width, height]) {
  ink.save();
  ink.beginPath();
  ink.rect(x, y, width, height);
  ink.clip();
  ink.beginPath();
  for (let at = -height; at < width; at += 5) {
    ink.moveTo(x + at, y + height);
    ink.lineTo(x + at + height, y);
  }
  ink.stroke();
  ink.restore();
}

/** A pair that never happened: nothing is another thing than little. @param {Pen} ink @param {Box} box */
function hollow(ink, [x, y, width, height]) {
  ink.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

// ---- labels and marks over the cells

/** @param {Pen} pen @param {Picture} picture @param {Grid} grid @param {Look} look @param {Marks} marks */
export function paintMarks(pen, { rows, columns }, grid, look, { cursor, pinned, traced }) {
  const { left, top, cell, labelSize, wide } = grid;
  const active = cursor ?? pinned;
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  for (const [j, name] of labels(pen, columns, active?.[1], Math.ceil(wide / cell), labelSize, look)) {
    pen.fillText(name, left + (j + 0.5) * cell, top - 8);
  }
  pen.textAlign = 'right';
  for (const [i, name] of labels(pen, rows, active?.[0], Math.ceil((labelSize - 1) / cell), labelSize, look)) {
    pen.fillText(name, left - 5, top + (i + 0.5) * cell);
  }
  if (traced.length) way(pen, grid, traced, look.chosen);
  if (pinned) outline(pen, grid, pinned, look.chosen, 3);
  if (!cursor) return;
  cross(pen, grid, cursor, look.ink);
  if (String(cursor) !== String(pinned)) outline(pen, grid, cursor, look.ink, 2);
}

/**
 * All labels where there is room, else every second, third, …; the one pointed at always. The pen is ready to write each.
 *
 * @param {Pen} pen
 * @param {string[]} names
 * @param {number | undefined} active
 * @param {number} every
 * @param {number} size
 * @param {Look} look
 * @returns {Generator<[number, string]>}
 */
function* labels(pen, names, active, every, size, look) {
  for (const [at, name] of names.entries()) {
    const isActive = at === active;
    const isNear = active !== undefined && Math.abs(at - active) < every;
    if (!isActive && (at % every || (every > 1 && isNear))) continue;
    pen.font = isActive ? `bold ${size + 1}px ${look.font}` : `${size}px ${look.font}`;
    pen.fillStyle = isActive ? look.ink : look.quiet;
    yield [at, short(name)];
  }
}

/** Thin lines from the two labels to the cell. @param {Pen} pen @param {Grid} grid @param {Place} at @param {string} colour */
function cross(pen, { left, top, cell }, [i, j], colour) {
  pen.fillStyle = colour;
  pen.globalAlpha = 0.35;
  pen.fillRect(left - 2, top + i * cell - 1, j * cell + 2, 1);
  pen.fillRect(left - 2, top + (i + 1) * cell - 1, j * cell + 2, 1);
  pen.fillRect(left + j * cell - 1, top - 2, 1, i * cell + 2);
  pen.fillRect(left + (j + 1) * cell - 1, top - 2, 1, i * cell + 2);
  pen.globalAlpha = 1;
}

/**
 * The cells that are lit up, and the way from each to the next: the column of one is the row of the next.
 *
 * @param {Pen} pen
 * @param {Grid} grid
 * @param {number[][]} cells
 * @param {string} colour
 */
function way(pen, grid, cells, colour) {
  const { left, top, cell } = grid;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.globalAlpha = 0.55;
  pen.beginPath();
  for (const [i, j] of cells) pen.lineTo(left + (j + 0.5) * cell, top + (i + 0.5) * cell);
  pen.stroke();
  pen.globalAlpha = 1;
  for (const at of cells) outline(pen, grid, at, colour, 2.5);
}

/** @param {Pen} pen @param {Grid} grid @param {number[]} at @param {string} colour @param {number} width */
function outline(pen, { left, top, cell }, [i, j], colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.strokeRect(left + j * cell - 0.5, top + i * cell - 0.5, cell, cell);
}

// ---- the legend

/** @param {Picture} picture @param {Look} look @returns {Node[]} */
export function legendOf({ max, kind, even, unit, ends, data, unknown, hollow: holes }, look) {
  const signed = kind !== 'amount';
  const bar = make('div', { class: 'ramp' });
  const stops = Array.from({ length: 13 }, (_, k) => `rgb(${mix(look.stops[kind].map(rgb), k / 12)})`);
  bar.style.background = `linear-gradient(90deg, ${stops})`;
  const middle = signed ? 0 : even ? max / 2 : max / 4;
  const round = (/** @type {number} */ x) => brief(max > 50 ? Math.round(x) : Number(x.toPrecision(2)));
  const ticks = [signed ? -max : 0, middle, max].map((x) => {
    const tick = make('span', {}, round(x));
    tick.style.left = `${100 * place(x, max, { signed, even })}%`;
    return tick;
  });
  const scale = make('div', { class: 'scale' }, bar, make('div', { class: 'ticks' }, ...ticks));
  const words = (/** @type {(Node | string)[]} */ ...said) => make('span', {}, ...said);
  const parts = ends ? [words(ends[0]), scale, words(ends[1])] : [words(unit), scale];
  if (holes && data.some((x) => x === 0)) parts.push(words(make('span', { class: 'swatch' }), 'never occurs'));
  if (data.some((x) => !Number.isFinite(x))) parts.push(words(make('span', { class: 'swatch hatched' }), unknown));
  return parts;
}
