// Shared by all pictures, and run in front of each. Gradio gives `element`, `props`, `watch` and `trigger`.
// Text reaches the page as text nodes only, so that whatever a learner types is shown literally.

const SHAPES = new Set(['svg', 'g', 'path', 'line', 'circle', 'rect', 'text', 'tspan', 'clipPath', 'defs']);

function find(name) {
  return element.querySelector(`.${name}`);
}

function make(tag, attributes = {}, ...children) {
  const node = SHAPES.has(tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// A string in its own direction: right-to-left text must not turn its neighbours round.
function text(string) {
  return make('bdi', {}, string);
}

// The value that Python sent.
function given() {
  return JSON.parse(props.value);
}

function list(x) {
  if (!Array.isArray(x)) throw new TypeError('not a list');
  return x;
}

function string(x) {
  return typeof x === 'string' || typeof x === 'number' ? String(x) : '';
}

function number(x) {
  return typeof x === 'number' && Number.isFinite(x) ? x : null;
}

const EXPONENTS = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

function power(exponent) {
  return `10${[...String(exponent)].map((digit) => EXPONENTS[digit] ?? '').join('')}`;
}

function format(x, kind = 'number') {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  if (!Number.isFinite(x)) return x < 0 ? '−∞' : '∞';
  const size = Math.abs(x);
  let digits = kind === 'integer' ? 0 : kind === 'probability' || size < 1 ? 4 : size < 100 ? 3 : 1;
  if (kind !== 'integer' && size > 0 && (size < 0.001 || size >= 1e7 || kind === 'short')) {
    const [mantissa, exponent] = x.toExponential(kind === 'short' ? 0 : 2).split('e');
    return `${mantissa}·${power(Number(exponent))}`.replace('-', '−');
  }
  if (Number.isInteger(x) && kind === 'number') digits = 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return x.toLocaleString('en-US', options).replace('-', '−');
}

// A few digits for axes and legends.
function brief(x) {
  if (x !== 0 && (Math.abs(x) >= 1e6 || Math.abs(x) < 1e-3)) return format(x);
  return x.toLocaleString('en-US', { maximumFractionDigits: 4 }).replace('-', '−');
}

// A label of an axis. What has no body of its own gets one: spaces, combining marks, invisible characters.
function glyph(label) {
  if (label === ' ') return '␣';
  if (/^[\p{C}\p{Z}]$/u.test(label)) return `U+${label.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /^\p{M}/u.test(label) ? `◌${label}` : label;
}

function calm() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

// Calls frame(t) for t from 0 to 1; returns a function that stops it.
function animate(milliseconds, frame, done = () => {}) {
  let start = null;
  let request = requestAnimationFrame(function tick(now) {
    start ??= now;
    const t = Math.min(1, (now - start) / milliseconds);
    frame(t);
    if (t < 1) request = requestAnimationFrame(tick);
    else done();
  });
  return () => cancelAnimationFrame(request);
}

let drawAgain = () => {};

// `read` turns the value into what is drawn, or throws where it is malformed: then the picture is empty and quiet.
function keep(read, show) {
  const update = () => {
    let picture = null;
    try {
      picture = read(given());
    } catch {
      // an empty picture
    }
    find('picture').classList.toggle('empty', !picture);
    if (picture) show(picture);
    if (picture && find('twin')?.open) fillTwin();
  };
  paper();
  update();
  watch('value', update);
  const theme = new MutationObserver(() => {
    if (!element.isConnected) theme.disconnect();
    paper();
    drawAgain();
  });
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, { attributes: true, attributeFilter: ['class'] });
  }
}

// What lies behind the picture, for halos round text and for rows that stay in view: the first opaque ancestor.
function paper() {
  let node = element;
  const colour = () => getComputedStyle(node).backgroundColor;
  while (node.parentElement && /^(transparent|rgba\(.*, 0\))$/.test(colour())) node = node.parentElement;
  element.style.setProperty('--paper', colour());
}

// Draws again when the theme changes and when the width does, so too when a hidden tab opens.
function redraw(stage, draw) {
  let width = stage.clientWidth;
  drawAgain = draw;
  new ResizeObserver(() => {
    if (stage.clientWidth !== width) draw();
    width = stage.clientWidth;
  }).observe(stage);
}

// The table twin of a picture: built when a reader opens it, built anew while it is open.
// `rows()` returns {caption, head: [string], body: [[string]]}; the first cell of a row is its header.
let twinRows = null;

function twin(rows) {
  twinRows = rows;
  find('twin').addEventListener('toggle', fillTwin);
}

function fillTwin() {
  const details = find('twin');
  details.querySelector('.scroller')?.remove();
  if (!details.open) return;
  const { caption, head, body } = twinRows();
  const table = make('table');
  table.append(make('caption', {}, text(caption)));
  table.append(make('thead', {}, make('tr', {}, ...head.map((cell) => make('th', { scope: 'col' }, text(cell))))));
  const lines = body.map(([first, ...rest]) => {
    const header = make('th', { scope: 'row' }, text(first));
    return make('tr', {}, header, ...rest.map((cell) => make('td', {}, text(cell))));
  });
  table.append(make('tbody', {}, ...lines));
  details.append(make('div', { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': caption }, table));
}
