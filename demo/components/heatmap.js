// One hue for amounts, two for signed numbers; steps of equal lightness (OKLCH), paper side first.
const RAMPS = {
  sequential: {
    light: ['#e9f5ff', '#bbdefa', '#8dc5f5', '#60abef', '#407dc3', '#245298', '#0d296e'],
    dark: ['#192133', '#263a5f', '#2e558f', '#3072c1', '#4a9fdd', '#71cbf8', '#a1f7ff'],
  },
  diverging: {
    light: ['#922f0a', '#bd5f31', '#e78f56', '#f0c2a3', '#f4f3f1', '#afd1f5', '#6aadf0', '#3e76c1', '#194292'],
    dark: ['#ffc778', '#e4944d', '#c16229', '#72442a', '#252628', '#325074', '#397dc4', '#61b3e7', '#97e8ff'],
  },
};
const LARGEST_CELL = 30;
const LARGEST_HEIGHT = 760; // of all cells, so that the whole picture fits on a screen
const LONGEST_LABEL = 8; // characters on the canvas; the read-out gives the whole label
const HINT = 'Point at a cell, or focus the picture and use the arrow keys.';

const canvas = find('canvas');
const pen = canvas.getContext('2d');
let table = null; // the value, as read
let layer = null; // the layer that is shown
let shown = null; // its numbers as drawn now: frames pass through here
let step = null; // the step of the frame drawn now, while frames play
let grid = null; // where the cells lie on the canvas, in CSS pixels
let cursor = null; // [i, j] under the pointer or the keyboard
let chosen = null; // key of the layer that the reader chose
let styles = null; // the theme's colours and fonts at the last drawing
let mono = 'monospace';
let size = 12; // of the labels, in pixels
let played = ''; // the frames that were played last
let stop = () => {};

function decode(base64, size) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  if (numbers.length !== size) throw new RangeError('not one number per cell');
  return numbers;
}

function read(value) {
  const rows = list(value.rows).map(string);
  const columns = list(value.columns).map(string);
  const size = rows.length * columns.length;
  const layers = list(value.layers).map((one) => ({
    key: string(one.key),
    label: string(one.label),
    unit: string(one.unit),
    scale: one.scale === 'diverging' ? 'diverging' : 'sequential',
    format: string(one.format) || 'number',
    max: number(one.max) ?? (one.key === value.layer ? number(value.max) : null),
    data: decode(one.data, size),
  }));
  if (!size || !layers.length || rows.length > 64 || columns.length > 64) throw new RangeError('no cells');
  const frames = value.frames && {
    key: string(value.frames.key),
    steps: list(value.frames.steps).map(Number),
    data: list(value.frames.data).map((one) => decode(one, size)),
    signature: JSON.stringify(value.frames),
  };
  const inside = ([i, j]) => i in rows && j in columns;
  const selected = Array.isArray(value.selected) && inside(value.selected) ? value.selected : null;
  const before = rows.some((row) => row.length > 1) ? 'characters before' : 'character before';
  return {
    title: string(value.title),
    note: string(value.note),
    rowTitle: string(value.row_title ?? before),
    columnTitle: string(value.column_title ?? 'next character'),
    first: layers.find((one) => one.key === value.layer) ?? layers[0],
    rows,
    columns,
    layers,
    frames,
    selected,
  };
}

function show(value) {
  table = value;
  layer = table.layers.find((one) => one.key === chosen) ?? table.first;
  if (cursor && !(cursor[0] in table.rows && cursor[1] in table.columns)) cursor = null;
  find('title').textContent = table.title;
  find('note').textContent = table.note;
  canvas.setAttribute('aria-label', `${table.title}: ${table.rows.length} rows, ${table.columns.length} columns`);
  toolbar();
  play();
}

function toolbar() {
  const group = find('layers');
  group.hidden = table.layers.length < 2;
  const radios = [...group.querySelectorAll('input')];
  if (String(radios.map((radio) => radio.value)) === String(table.layers.map((one) => one.key))) {
    radios.forEach((radio) => (radio.checked = radio.value === layer.key));
    return;
  }
  const buttons = table.layers.map((one) => {
    const radio = make('input', { type: 'radio', name: `${element.id}-layer`, value: one.key });
    radio.checked = one === layer;
    radio.addEventListener('change', () => {
      chosen = one.key;
      layer = table.layers.find((other) => other.key === chosen);
      rest();
      if (find('twin').open) fillTwin();
    });
    return make('label', {}, radio, text(one.label));
  });
  group.replaceChildren(...buttons);
}

// ---- frames

function play() {
  const { frames } = table;
  const fresh = frames && frames.signature !== played && frames.data.length > 0;
  if (!fresh || frames.key !== layer.key || calm() || !element.checkVisibility()) {
    if (fresh) played = frames.signature;
    rest();
    return;
  }
  played = frames.signature;
  // While an earlier part of the same run still plays, go on from what is drawn.
  const goesOn = step !== null && frames.steps[0] >= step;
  const path = [...frames.data, layer.data];
  const steps = [...frames.steps, frames.steps.at(-1)];
  if (goesOn) {
    path.unshift(shown);
    steps.unshift(step);
  }
  stop();
  element.dataset.state = 'playing';
  stop = animate(
    1000,
    (t) => {
      const place = t * (path.length - 1);
      const k = Math.min(Math.floor(place), path.length - 2);
      const share = place - k;
      shown = path[k].map((x, cell) => x + share * (path[k + 1][cell] - x));
      step = Math.round(steps[k] + share * (steps[k + 1] - steps[k]));
      draw();
    },
    rest,
  );
}

function rest() {
  stop();
  step = null;
  shown = layer.data;
  element.dataset.state = 'rest';
  element.dataset.layer = layer.key;
  legend();
  draw();
  readOut();
}

// ---- colours

function ramp() {
  return RAMPS[layer.scale][element.closest('.dark') ? 'dark' : 'light'];
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function largest() {
  if (layer.max) return layer.max;
  let max = 0;
  for (const x of layer.data) if (Number.isFinite(x) && Math.abs(x) > max) max = Math.abs(x);
  return max || 1;
}

// The place of x on the ramp, 0 to 1. Counts and probabilities by their square root, so that rare pairs show.
function place(x, max) {
  const share = Math.min(1, Math.abs(x) / max);
  if (layer.scale === 'diverging') return 0.5 + (Math.sign(x) * share) / 2;
  return layer.format === 'number' ? share : Math.sqrt(share);
}

function colour(x, max, stops) {
  const at = place(x, max) * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return stops[k].map((channel, c) => Math.round(channel + (at - k) * (stops[k + 1][c] - channel)));
}

function legend() {
  const max = largest();
  const bar = make('div', { class: 'ramp' });
  bar.style.background = `linear-gradient(90deg, ${ramp().join(', ')})`;
  const middle = layer.scale === 'diverging' ? 0 : layer.format === 'number' ? max / 2 : max / 4;
  const low = layer.scale === 'diverging' ? -max : 0;
  const ticks = [low, middle, max].map((x) => {
    const tick = make('span', {}, brief(layer.format === 'integer' ? Math.round(x) : Number(x.toPrecision(2))));
    tick.style.left = `${100 * place(x, max)}%`;
    return tick;
  });
  const parts = [make('div', { class: 'scale' }, bar, make('div', { class: 'ticks' }, ...ticks))];
  if (layer.data.some(isNothing)) parts.push(make('span', {}, make('span', { class: 'swatch' }), 'exactly 0'));
  if (layer.data.some((x) => !Number.isFinite(x))) {
    parts.push(make('span', {}, make('span', { class: 'swatch hatched' }), unknown(layer)));
  }
  find('legend').replaceChildren(...parts);
}

// A pair that never happened, drawn hollow: nothing is another thing than little.
function isNothing(x) {
  return x === 0 && layer.scale === 'sequential' && layer.format !== 'number';
}

// ---- drawing

function draw() {
  const width = find('stage').clientWidth;
  if (!table || !width) return;
  const { rows, columns } = table;
  styles = getComputedStyle(element);
  mono = ink('--font-mono') || 'monospace';
  const aside = table.rowTitle ? 17 : 0;
  size = (width - aside - 10) / columns.length < 14 ? 10 : 12;
  pen.font = `${size}px ${mono}`;
  const widest = (labels) => Math.max(...labels.map((label) => pen.measureText(short(label)).width));
  const left = Math.ceil(widest(rows)) + 7 + aside;
  const top = table.columnTitle ? 36 : 20;
  const cell = Math.min(LARGEST_CELL, LARGEST_HEIGHT / rows.length, (width - left - 2) / columns.length);
  grid = { left, top, cell, x: (j) => left + Math.round(j * cell), y: (i) => top + Math.round(i * cell) };
  const height = grid.y(rows.length) + 2;
  Object.assign(canvas.dataset, { left, top, cell }); // for tests that point at a cell

  const ratio = devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  pen.scale(ratio, ratio);

  const max = largest();
  const stops = ramp().map(rgb);
  const gap = cell >= 8 ? 1 : 0;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      const x = shown[i * columns.length + j];
      const box = [grid.x(j), grid.y(i), grid.x(j + 1) - grid.x(j) - gap, grid.y(i + 1) - grid.y(i) - gap];
      if (!Number.isFinite(x)) hatch(box);
      else if (isNothing(x)) hollow(box);
      else {
        const fill = colour(x, max, stops);
        pen.fillStyle = `rgb(${fill})`;
        pen.fillRect(...box);
        if (cell >= 26) inscribe(i, j, x, box, fill);
      }
    }
  }

  pen.textBaseline = 'middle';
  labels(columns, cursor?.[1], widest(columns) + 2, (j, label) => {
    pen.textAlign = 'center';
    pen.fillText(label, (grid.x(j) + grid.x(j + 1) - gap) / 2, top - 9);
  });
  labels(rows, cursor?.[0], size - 1, (i, label) => {
    pen.textAlign = 'right';
    pen.fillText(label, left - 5, (grid.y(i) + grid.y(i + 1) - gap) / 2 + 0.5);
  });
  titles();
  if (table.selected) outline(table.selected, ink('--focus'));
  if (cursor) outline(cursor, ink('--ink'));

  const caption = find('caption');
  caption.hidden = step === null;
  caption.textContent = step === null ? '' : `step ${format(step, 'integer')}`;
}

function ink(name) {
  return styles.getPropertyValue(name).trim();
}

function hatch([x, y, width, height]) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = ink('--hatch');
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = -height; at < width; at += 4) {
    pen.moveTo(x + at, y + height);
    pen.lineTo(x + at + height, y);
  }
  pen.stroke();
  pen.restore();
}

function hollow([x, y, width, height]) {
  pen.strokeStyle = ink('--rule');
  pen.lineWidth = 1;
  pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

// Where there is room, the pair and its number stand in the cell, as in the lecture's picture.
function inscribe(i, j, x, [left, top, width, height], [red, green, blue]) {
  const pair = glyph(table.rows[i]) + glyph(table.columns[j]);
  if (pair.length > 4) return;
  pen.fillStyle = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#101418' : '#ffffff';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.font = `9px ${mono}`;
  pen.fillText(pair, left + width / 2, top + height * 0.3);
  const share = x.toFixed(2).replace('-', '−').replace(/^(−?)0/, '$1'); // .12
  const written = layer.format === 'integer' ? String(Math.round(x)) : share;
  pen.font = `8px ${mono}`;
  if (!/^−?\.00$/.test(written)) pen.fillText(written, left + width / 2, top + height * 0.72, width - 2);
}

function short(label) {
  const characters = Array.from(glyph(label));
  if (characters.length <= LONGEST_LABEL) return characters.join('');
  return `${characters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}

function titles() {
  pen.fillStyle = ink('--quiet');
  pen.font = `11px ${ink('--font') || 'sans-serif'}`;
  pen.textAlign = 'left';
  if (table.columnTitle) pen.fillText(`${table.columnTitle} →`, grid.left, 8);
  if (!table.rowTitle) return;
  pen.save();
  pen.translate(7, grid.top);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = 'right';
  pen.fillText(`← ${table.rowTitle}`, 0, 0);
  pen.restore();
}

// All labels where there is room, else every second, third, …; the one pointed at always.
function labels(names, active, room, place) {
  const every = Math.ceil(room / grid.cell);
  names.forEach((name, at) => {
    const near = active !== undefined && at !== active && Math.abs(at - active) < every;
    if (at !== active && (at % every || (every > 1 && near))) return;
    pen.font = `${at === active ? 'bold ' : ''}${size}px ${mono}`;
    pen.fillStyle = ink(at === active ? '--ink' : '--quiet');
    place(at, short(name));
  });
}

function outline([i, j], colour) {
  const gap = grid.cell >= 8 ? 1 : 0;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  const [left, top] = [grid.x(j) - 1, grid.y(i) - 1];
  pen.strokeRect(left, top, grid.x(j + 1) - left - gap + 1, grid.y(i + 1) - top - gap + 1);
}

// ---- reading a cell

function unknown(one) {
  return /log/i.test(one.label) ? 'infinite' : 'none';
}

function say(one, cell) {
  const x = one.data[cell];
  if (Number.isNaN(x)) return unknown(one);
  return `${format(x, one.format)}${one.unit ? ` ${one.unit}` : ''}`;
}

function readOut() {
  const out = find('readout');
  const at = cursor ?? table.selected;
  out.replaceChildren();
  if (!at) {
    out.append(make('span', { class: 'hint' }, HINT));
    return;
  }
  const [i, j] = at;
  const row = table.rows[i];
  const column = table.columns[j];
  out.append(make('b', {}, text(glyph(row))), row.startsWith('.') ? ' (start)' : '', ' → ');
  out.append(make('b', {}, text(glyph(column))), column === '.' ? ' (end)' : '');
  for (const one of table.layers) {
    const said = say(one, i * table.columns.length + j);
    out.append(' · ', make('span', { class: 'fact', 'data-key': one.key }, text(one.label), ` ${said}`));
  }
}

function point(at, told = false) {
  if (String(at) === String(cursor)) return;
  cursor = at;
  find('readout').setAttribute('aria-live', told ? 'off' : 'polite');
  draw();
  readOut();
  if (told) return;
  document.dispatchEvent(new CustomEvent('heatmap-point', { detail: { from: element, at, names: names() } }));
}

function names() {
  return table ? JSON.stringify([table.rows, table.columns]) : '';
}

// Two maps with the same rows and columns point at the same cell together.
document.addEventListener('heatmap-point', function follow({ detail }) {
  if (!element.isConnected) document.removeEventListener('heatmap-point', follow);
  else if (detail.from !== element && table && detail.names === names()) point(detail.at, true);
});

function cellAt(event) {
  if (!grid) return null;
  const { left, top } = canvas.getBoundingClientRect();
  const i = Math.floor((event.clientY - top - grid.top) / grid.cell);
  const j = Math.floor((event.clientX - left - grid.left) / grid.cell);
  return i in table.rows && j in table.columns ? [i, j] : null;
}

function choose(at) {
  table.selected = at;
  draw();
  readOut();
  trigger('cell', { i: at[0], j: at[1] });
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

canvas.addEventListener('pointermove', (event) => point(cellAt(event)));
canvas.addEventListener('pointerdown', (event) => point(cellAt(event)));
canvas.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && point(null));
canvas.addEventListener('click', (event) => {
  const at = cellAt(event);
  if (at) choose(at);
});
canvas.addEventListener('focus', () => {
  if (canvas.matches(':focus-visible')) point(cursor ?? table.selected ?? [0, 0]);
});
canvas.addEventListener('blur', () => point(null));
canvas.addEventListener('keydown', (event) => {
  const [i, j] = cursor ?? table.selected ?? [0, 0];
  if (MOVES[event.key]) {
    const limit = (x, count) => Math.max(0, Math.min(count - 1, x));
    const [down, right] = MOVES[event.key];
    point([limit(i + down, table.rows.length), limit(j + right, table.columns.length)]);
  } else if (event.key === 'Home') point([i, 0]);
  else if (event.key === 'End') point([i, table.columns.length - 1]);
  else if (event.key === 'Enter' || event.key === ' ') choose([i, j]);
  else return;
  event.preventDefault();
});

twin(() => ({
  caption: `${table.title}: ${layer.label}`,
  head: [layer.label, ...table.columns.map(glyph)],
  body: table.rows.map((row, i) => {
    const cells = table.columns.map((_, j) => say(layer, i * table.columns.length + j));
    return [glyph(row), ...cells];
  }),
}));
redraw(find('stage'), () => {
  if (table) legend();
  draw();
});
keep(read, show);
