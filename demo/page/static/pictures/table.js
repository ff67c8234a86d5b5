// The table of all pairs on a canvas: a colour for each number, and in each cell the pair and the number itself.
import { brief, glyph, make, text } from '../core/dom.js';

/**
 * @typedef {[row: number, column: number]} Place
 * @typedef {number[]} Colour red, green, blue, 0 to 255
 * @typedef {'amount' | 'weight' | 'difference'} Kind of colours
 *
 * @typedef {object} Picture
 * @property {string} title
 * @property {string} unit
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {Float32Array | Float64Array} data row by row
 * @property {number} max the number of the strongest colour
 * @property {Kind} kind
 * @property {boolean | undefined} even whether colours follow the size, not its root
 * @property {boolean} hollow whether a 0 is an empty cell
 * @property {boolean} bare colours alone
 * @property {(x: number) => string} write in a cell
 * @property {string} unknown what a cell means that holds no finite number
 * @property {[low: string, high: string] | null} ends of the legend
 * @property {(row: number, column: number) => Told} tell
 *
 * @typedef {object} Told what the tooltip says of a cell
 * @property {(Node | string)[]} title
 * @property {string} spokenTitle
 * @property {string[]} head
 * @property {[name: string, ...numbers: string[]][]} lines
 *
 * @typedef {{ left: number, top: number, cell: number, labelSize: number, wide: number }} Grid in pixels
 * @typedef {object} Look colours and fonts of the page
 * @property {Record<Kind, string[]>} stops
 * @property {string} font
 * @property {number} size
 * @property {string} ink
 * @property {string} quiet
 * @property {string} rule
 * @property {string} chosen
 */

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
const SMALLEST_CELL = 10;
const LARGEST_CELL = 34;
const TEXT = 9; // pixels, of the smallest inscription
const LONGEST_LABEL = 8; // characters; the tooltip gives the whole label
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// ---- pure parts

/**
 * The place of x on a ramp, 0 to 1. Even: by size. Else by the square root, so that rare pairs show.
 *
 * @param {number} x
 * @param {number} max
 * @param {{ signed?: boolean, even?: boolean }} [scale]
 */
export function place(x, max, { signed = false, even = false } = {}) {
  const share = Math.min(1, Math.abs(x) / max);
  const size = even ? share : Math.sqrt(share);
  return signed ? 0.5 + (Math.sign(x) * size) / 2 : size;
}

/** @param {string} colour @returns {Colour} */
export function rgb(colour) {
  const hex = colour.trim().replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** @param {Colour[]} stops @param {number} share */
export function mix(stops, share) {
  const at = share * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return stops[k].map((channel, c) => Math.round(channel + (at - k) * (stops[k + 1][c] - channel)));
}

/** Dark ink or light ink, whichever stands out more. @param {Colour} colour */
export function inkOn([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 132 ? '#10161d' : '#ffffff';
}

/**
 * The side of a cell, in whole pixels, so that all cells are of one size.
 * Up to the height `most` it grows where else what stands in the cells would be lost.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} rows
 * @param {number} columns
 */
export function cellSize(width, height, rows, columns, most = height, text = TEXT) {
  const inscribed = [2 * text + 2, text + 6]; // pixels that a cell needs for a pair with its number, and for a pair
  const size = largestCell(width, height, rows, columns);
  const higher = largestCell(width, most, rows, columns);
  return inscribed.find((least) => size < least && least <= higher) ?? size;
}

/** @param {number} width @param {number} height @param {number} rows @param {number} columns */
function largestCell(width, height, rows, columns) {
  const fits = Math.min(width / columns, height / rows, LARGEST_CELL);
  return Math.max(Math.floor(fits), Math.min(SMALLEST_CELL, Math.floor(width / columns)), 3);
}

/**
 * Where a key leads from a cell; null for a key that does not move.
 *
 * @param {string} key
 * @param {Place} from
 * @param {number} rows
 * @param {number} columns
 * @returns {Place | null}
 */
export function move(key, [i, j], rows, columns) {
  const limit = (/** @type {number} */ x, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, x));
  if (key === 'Home') return [i, 0];
  if (key === 'End') return [i, columns - 1];
  if (!MOVES[key]) return null;
  return [limit(i + MOVES[key][0], rows), limit(j + MOVES[key][1], columns)];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {Pick<Grid, 'left' | 'top' | 'cell'>} grid
 * @param {number} rows
 * @param {number} columns
 * @returns {Place | null}
 */
export function cellAt(x, y, { left, top, cell }, rows, columns) {
  const [i, j] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
  return i >= 0 && i < rows && j >= 0 && j < columns ? [i, j] : null;
}

/** @param {string} label */
export function short(label) {
  const characters = Array.from(glyph(label));
  if (characters.length <= LONGEST_LABEL) return characters.join('');
  return `${characters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}

// ---- the picture

/**
 * `show` draws, `trace` lights up a way through the cells, `pin` pins a cell. `legend` is an element of its own, for the
 * page to place.
 *
 * @param {{ pin: (at: Place | null) => void }} of hears that a cell is pinned, or none
 */
export function table({ pin }) {
  const canvas = make('canvas', { tabindex: 0, role: 'application', 'aria-roledescription': 'heat map' });
  const tip = make('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
  const spoken = make('p', { class: 'spoken', 'aria-live': 'polite' });
  const legend = make('div', { class: 'legend' });
  const element = make('div', { class: 'sheet' }, canvas, tip, spoken);
  const pen = penOf(canvas);
  const cells = document.createElement('canvas'); // the cells as painted last: pointing at one repaints none
  /** @type {Picture} */
  let picture; // the last one
  let room = { width: 0, height: Infinity, most: Infinity };
  /** @type {Grid} */
  let grid; // of the last picture
  /** @type {Place | null} */
  let cursor = null;
  /** @type {Place | null} */
  let pinned = null;
  /** @type {number[][]} */
  let traced = []; // cells that are lit up, one after the other
  /** @type {Look} */
  let look; // colours and fonts of the page at the last painting
  let keyed = false; // the cursor was moved by a key

  function readLook() {
    const styles = getComputedStyle(element);
    const colour = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
    const theme = element.closest('.dark') ? 'dark' : 'light';
    const difference = [colour('--descended'), PAPER[theme], colour('--counted')];
    const stops = { amount: AMOUNT[theme], weight: WEIGHT[theme], difference };
    look = {
      stops,
      font: styles.fontFamily,
      size: parseFloat(styles.fontSize),
      ink: colour('--body-text-color') || '#1f2933',
      quiet: colour('--quiet') || '#57606a',
      rule: colour('--rule') || '#d8dee4',
      chosen: colour('--chosen') || '#a21caf',
    };
  }

  /**
   * The room that the picture may take, and the height that it takes only for its inscriptions; returns the width that
   * it does take.
   *
   * @param {number} width
   * @param {number} height
   */
  function fit(width, height, most = height) {
    room = { width, height, most };
    if (!picture) return width;
    readLook();
    measure();
    draw();
    return canvas.clientWidth;
  }

  function measure() {
    const { rows, columns } = picture;
    const labelSize = Math.max(11, Math.round(look.size * 0.85));
    pen.font = `${labelSize}px ${look.font}`;
    const widest = (/** @type {string[]} */ labels) => Math.max(...labels.map((label) => pen.measureText(short(label)).width));
    const left = Math.ceil(widest(rows)) + 9;
    const top = labelSize + 7;
    const [across, down, most] = [room.width - left - 2, room.height - top - 2, room.most - top - 2];
    const cell = cellSize(across, down, rows.length, columns.length, most, leastText());
    grid = { left, top, cell, labelSize, wide: widest(columns) + 2 };
    Object.assign(canvas.dataset, { left, top, cell }); // for tests that point at a cell
    const [width, height] = [left + columns.length * cell + 2, top + rows.length * cell + 2];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const ratio = Math.max(2, devicePixelRatio || 1); // sharp on paper, too
    for (const one of [canvas, cells]) {
      one.width = Math.round(width * ratio);
      one.height = Math.round(height * ratio);
      penOf(one).setTransform(ratio, 0, 0, ratio, 0, 0);
    }
  }

  // The smallest inscription in pixels: larger on a projector, or none.
  function leastText() {
    return Math.max(TEXT, Math.round(0.7 * look.size));
  }

  /** @param {Picture} fresh */
  function show(fresh) {
    const names = (/** @type {Picture} */ { rows, columns }) => JSON.stringify([rows, columns]);
    const again = picture && names(picture) === names(fresh);
    if (pinned && !again) {
      // the same letters; where they are gone, none
      const [row, column] = [picture.rows[pinned[0]], picture.columns[pinned[1]]];
      pinned = [fresh.rows.indexOf(row), fresh.columns.indexOf(column)];
    }
    picture = fresh;
    if (!again) traced = [];
    const inside = (/** @type {Place | null} */ at) => at && fresh.rows[at[0]] !== undefined && fresh.columns[at[1]] !== undefined;
    if (!inside(cursor)) cursor = null;
    if (!inside(pinned)) pinned = null;
    const size = `${fresh.rows.length} rows, ${fresh.columns.length} columns`;
    canvas.setAttribute('aria-label', `${fresh.title}. ${size}. Arrow keys move, Enter pins a cell.`);
    readLook();
    if (!again || !grid) measure();
    draw();
    showTip();
  }

  function draw() {
    if (!picture || !grid) return;
    paint(penOf(cells));
    compose();
    showLegend();
  }

  // ---- cells

  /** @param {CanvasRenderingContext2D} ink */
  function paint(ink) {
    const { rows, columns, data, max, kind, even } = picture;
    const { left, top, cell } = grid;
    const stops = look.stops[kind].map(rgb);
    const signed = kind !== 'amount';
    const size = picture.bare ? Infinity : Math.max(leastText(), Math.min(0.4 * look.size + 8, Math.floor(cell * 0.4)));
    const gap = cell >= 8 ? 1 : 0;
    ink.clearRect(0, 0, cells.width, cells.height);
    ink.textAlign = 'center';
    ink.textBaseline = 'alphabetic';
    ink.font = `${picture.bare ? TEXT : size}px ${look.font}`;
    canvas.dataset.text = String(cell >= 2 * size + 2 || cell >= size + 6 ? size : 0);
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j < columns.length; j++) {
        const x = data[i * columns.length + j];
        /** @type {[number, number, number, number]} */
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
        inscribe(ink, rows[i], columns[j], x, box, size);
      }
    }
  }

  /**
   * The pair above and its number below, as in the lecture; only the pair where there is no room for two lines.
   *
   * @param {CanvasRenderingContext2D} ink
   * @param {string} row
   * @param {string} column
   * @param {number} x
   * @param {number[]} box
   * @param {number} size
   */
  function inscribe(ink, row, column, x, [left, top, side], size) {
    if (side < size + 5) return;
    const pair = glyph(row) + glyph(column);
    const middle = left + side / 2;
    if (side < 2 * size + 1) {
      if (pair.length <= 3) ink.fillText(pair, middle, top + side / 2 + size * 0.33, side - 1);
      return;
    }
    const space = (side - 2 * size) / 3;
    if (pair.length <= 5) ink.fillText(pair, middle, top + space + size * 0.8, side - 1);
    ink.fillText(picture.write(x), middle, top + side - space - size * 0.12, side - 1);
  }

  /** @param {CanvasRenderingContext2D} ink @param {number[]} box */
  function hatch(ink, [x, y, width, height]) {
    ink.save();
    ink.beginPath();
    ink.rect(x, y, width, height);
    ink.clip();
    ink.strokeStyle = look.rule;
    ink.lineWidth = 1;
    ink.beginPath();
    for (let at = -height; at < width; at += 5) {
      ink.moveTo(x + at, y + height);
      ink.lineTo(x + at + height, y);
    }
    ink.stroke();
    ink.restore();
  }

  /**
   * A pair that never happened: nothing is another thing than little.
   *
   * @param {CanvasRenderingContext2D} ink
   * @param {number[]} box
   */
  function hollow(ink, [x, y, width, height]) {
    ink.strokeStyle = look.rule;
    ink.lineWidth = 1;
    ink.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }

  // ---- labels and marks over the cells

  function compose() {
    const { rows, columns } = picture;
    const { left, top, cell, labelSize, wide } = grid;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(cells, 0, 0, canvas.width / ratio(), canvas.height / ratio());
    pen.textBaseline = 'middle';
    const active = cursor ?? pinned;
    label(columns, active?.[1], Math.ceil(wide / cell), (j, name) => {
      pen.textAlign = 'center';
      pen.fillText(name, left + (j + 0.5) * cell, top - 8);
    });
    label(rows, active?.[0], Math.ceil((labelSize - 1) / cell), (i, name) => {
      pen.textAlign = 'right';
      pen.fillText(name, left - 5, top + (i + 0.5) * cell);
    });
    way();
    if (pinned) outline(pinned, look.chosen, 3);
    if (cursor) {
      cross(cursor);
      if (String(cursor) !== String(pinned)) outline(cursor, look.ink, 2);
    }
  }

  function ratio() {
    return Math.max(2, devicePixelRatio || 1);
  }

  /**
   * All labels where there is room, else every second, third, …; the one pointed at always.
   *
   * @param {string[]} names
   * @param {number | undefined} active
   * @param {number} every
   * @param {(at: number, name: string) => void} write
   */
  function label(names, active, every, write) {
    names.forEach((name, at) => {
      const near = active !== undefined && at !== active && Math.abs(at - active) < every;
      if (at !== active && (at % every || (every > 1 && near))) return;
      pen.font = `${at === active ? 'bold ' : ''}${grid.labelSize + (at === active ? 1 : 0)}px ${look.font}`;
      pen.fillStyle = at === active ? look.ink : look.quiet;
      write(at, short(name));
    });
  }

  /** Thin lines from the two labels to the cell. @param {Place} at */
  function cross([i, j]) {
    const { left, top, cell } = grid;
    pen.fillStyle = look.ink;
    pen.globalAlpha = 0.35;
    pen.fillRect(left - 2, top + i * cell - 1, j * cell + 2, 1);
    pen.fillRect(left - 2, top + (i + 1) * cell - 1, j * cell + 2, 1);
    pen.fillRect(left + j * cell - 1, top - 2, 1, i * cell + 2);
    pen.fillRect(left + (j + 1) * cell - 1, top - 2, 1, i * cell + 2);
    pen.globalAlpha = 1;
  }

  // The cells that are lit up, and the way from each to the next: the column of one is the row of the next.
  function way() {
    if (!traced.length) return;
    const { left, top, cell } = grid;
        pen.strokeStyle = look.chosen;
    pen.lineWidth = 1.5;
    pen.globalAlpha = 0.55;
    pen.beginPath();
    for (const [i, j] of traced) pen.lineTo(left + (j + 0.5) * cell, top + (i + 0.5) * cell);
    pen.stroke();
    pen.globalAlpha = 1;
    for (const at of traced) outline(at, look.chosen, 2.5);
  }

  /** @param {number[]} at @param {string} colour @param {number} width */
  function outline([i, j], colour, width) {
    const { left, top, cell } = grid;
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.strokeRect(left + j * cell - 0.5, top + i * cell - 0.5, cell, cell);
  }

  function showLegend() {
    const { max, kind, even, unit, ends, data, unknown, hollow: holes } = picture;
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
    const words = (/** @type {string} */ said) => make('span', {}, said);
    const parts = ends ? [words(ends[0]), scale, words(ends[1])] : [words(unit), scale];
    if (holes && data.some((x) => x === 0)) {
      parts.push(make('span', {}, make('span', { class: 'swatch' }), 'never occurs'));
    }
    if (data.some((x) => !Number.isFinite(x))) {
      parts.push(make('span', {}, make('span', { class: 'swatch hatched' }), unknown));
    }
    legend.replaceChildren(...parts);
  }

  // ---- the tooltip, at the cell

  function showTip() {
    tip.hidden = !cursor;
    if (!cursor) return;
    const { title, head, lines } = picture.tell(...cursor);
    const rows = lines.map(([name, ...numbers]) =>
      make('tr', {}, make('th', {}, name), ...numbers.map((one) => make('td', {}, one))),
    );
    const names = head.map((name) => make('th', { class: name }, name));
    const body = make('table', {}, make('tr', {}, make('td', {}), ...names), ...rows);
    tip.replaceChildren(make('div', { class: 'pair' }, ...title), body);
    placeTip(cursor);
  }

  /**
   * Below and right of the cell, as far as the sheet goes; above it where there is no room below.
   *
   * @param {Place} at
   */
  function placeTip([i, j]) {
    const { left, top, cell } = grid;
    const [width, height] = [tip.offsetWidth, tip.offsetHeight];
    const [right, below] = [left + (j + 1) * cell + 8, top + (i + 1) * cell + 8];
    tip.style.left = `${Math.max(0, Math.min(right, canvas.clientWidth - width))}px`;
    tip.style.top = `${below + height <= canvas.clientHeight ? below : top + i * cell - height - 8}px`;
  }

  /** @param {Place | null} at */
  function pointAt(at, byKey = false) {
    if (!picture || String(at) === String(cursor)) return;
    cursor = at;
    keyed = byKey;
    compose();
    showTip();
    if (byKey && at) speak(at);
  }

  /** What the tooltip says, in a sentence. @param {Place} at */
  function speak(at) {
    const { spokenTitle, head, lines } = picture.tell(...at);
    const both = (/** @type {string[]} */ numbers) => head.map((one, k) => `${one} ${numbers[k]}`).join(', ');
    const facts = lines.map(([name, ...numbers]) => `${name}: ${both(numbers)}`);
    spoken.replaceChildren(text(`${spokenTitle}. ${facts.join('; ')}.`));
  }

  /** @param {Place | null} at */
  function pinAt(at) {
    pinned = at;
    if (picture) compose();
    pin(at);
  }

  /** @param {number[][]} way */
  function trace(way) {
    traced = way;
    if (picture && grid) compose();
  }

  /** @param {MouseEvent} event */
  function under(event) {
    if (!grid || !picture) return null;
    const { left, top } = canvas.getBoundingClientRect();
    return cellAt(event.clientX - left, event.clientY - top, grid, picture.rows.length, picture.columns.length);
  }

  canvas.addEventListener('pointermove', (event) => pointAt(under(event)));
  canvas.addEventListener('pointerdown', (event) => pointAt(under(event)));
  canvas.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && pointAt(null));
  // A finger leaves the tooltip open; a tap elsewhere closes it.
  document.addEventListener('pointerdown', ({ target }) => (target instanceof Node && element.contains(target)) || pointAt(null));
  canvas.addEventListener('click', (event) => {
    const at = cursor ?? under(event); // a tap and its click may lie a fraction of a pixel apart
    if (at) pinAt(at);
  });
  canvas.addEventListener('focus', () => {
    if (canvas.matches(':focus-visible') && picture) pointAt(cursor ?? pinned ?? [0, 0], true);
  });
  canvas.addEventListener('blur', () => keyed && pointAt(null));
  canvas.addEventListener('keydown', (event) => {
    if (!picture) return;
    const from = cursor ?? pinned ?? [0, 0];
    const to = move(event.key, from, picture.rows.length, picture.columns.length);
    if (to) pointAt(to, true);
    else if (event.key === 'Enter' || event.key === ' ') pinAt(from);
    else if (event.key === 'Escape' && (pinned || cursor)) {
      pointAt(null);
      pinAt(null);
    } else return;
    event.preventDefault();
  });

  return { element, legend, canvas, show, fit, trace, pin: pinAt, pinned: () => pinned };
}

/** @param {HTMLCanvasElement} canvas */
function penOf(canvas) {
  const pen = canvas.getContext('2d');
  if (!pen) throw new TypeError('This browser does not draw on a canvas.');
  return pen;
}
