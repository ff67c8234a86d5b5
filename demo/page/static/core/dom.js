// Small tools of all pictures. Text reaches the page as text nodes only, so that whatever a learner types is shown
// literally.

const SHAPES = new Set(['svg', 'g', 'path', 'line', 'circle', 'rect', 'text', 'clipPath']);

/**
 * @typedef {Pick<SVGElementTagNameMap, 'svg' | 'g' | 'path' | 'line' | 'circle' | 'rect' | 'text' | 'clipPath'>} Shapes
 * @typedef {HTMLElementTagNameMap & Shapes} Tags
 * @typedef {Record<string, string | number | null | undefined>} Attributes
 */

/**
 * An element with its attributes and what is in it. Attributes without a value are left out.
 *
 * @template {keyof Tags} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {Tags[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const node = SHAPES.has(tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  setAll(node, attributes);
  node.append(...children);
  return /** @type {Tags[Tag]} */ (node);
}

/** Attributes without a value stay as they are. @param {Element} node @param {Attributes} attributes */
export function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
}

/**
 * The element that a selector finds; an error where there is none.
 *
 * @param {ParentNode} root
 * @param {string} selector
 */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new TypeError(`There is no element ${selector} here.`);
  return found;
}

/** The element under an event that a selector names, if there is one. @param {Event} event @param {string} selector */
export function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/** A string in its own direction: right-to-left text must not turn its neighbours round. @param {string} string */
export function text(string) {
  return make('bdi', {}, string);
}

/** @param {any} x @returns {any[]} */
export function list(x) {
  if (!Array.isArray(x)) throw new TypeError('not a list');
  return x;
}

/** @param {any} x */
export function string(x) {
  return typeof x === 'string' || typeof x === 'number' ? String(x) : '';
}

/** @param {any} x */
export function number(x) {
  return typeof x === 'number' && Number.isFinite(x) ? x : null;
}

/** @type {Record<string, string>} */
const EXPONENTS = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

/** @param {number} exponent */
export function power(exponent) {
  return `10${[...String(exponent)].map((digit) => EXPONENTS[digit] ?? '').join('')}`;
}

/** @param {number | null | undefined} x */
export function format(x, kind = 'number') {
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

/** A few digits for axes and legends. @param {number} x */
export function brief(x) {
  if (x !== 0 && (Math.abs(x) >= 1e6 || Math.abs(x) < 1e-3)) return format(x);
  return x.toLocaleString('en-US', { maximumFractionDigits: Math.abs(x) < 0.01 ? 7 : 5 }).replace('-', '−');
}

/**
 * A label of an axis. What has no body of its own gets one: spaces, combining marks, invisible characters.
 *
 * @param {string} label
 */
export function glyph(label) {
  if (label === ' ') return '␣';
  if (/^[\p{C}\p{Z}]$/u.test(label)) return `U+${Number(label.codePointAt(0)).toString(16).toUpperCase().padStart(4, '0')}`;
  return /^\p{M}/u.test(label) ? `◌${label}` : label;
}

export function calm() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/**
 * Calls frame(t) for t from 0 to 1; returns a function that stops it.
 *
 * @param {number} milliseconds
 * @param {(t: number) => void} frame
 */
export function animate(milliseconds, frame, done = () => {}) {
  /** @type {number | null} */
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

/**
 * Draws when the width of a node changes, so too when a hidden tab opens, and when the page turns light or dark.
 *
 * @param {HTMLElement} node
 * @param {() => void} draw
 */
export function watchSize(node, draw) {
  let width = node.clientWidth;
  new ResizeObserver(() => {
    if (node.clientWidth === width) return;
    width = node.clientWidth;
    draw();
  }).observe(node);
  const theme = new MutationObserver(() => {
    paper(node);
    draw();
  });
  for (const one of [document.documentElement, document.body]) {
    theme.observe(one, { attributes: true, attributeFilter: ['class'] });
  }
}

/**
 * What lies behind a picture, for halos round text and for rows that stay in view: the first opaque ancestor's colour.
 *
 * @param {HTMLElement} node
 */
export function paper(node) {
  let behind = node;
  const colour = () => getComputedStyle(behind).backgroundColor;
  while (behind.parentElement && /^(transparent|rgba\(.*, 0\))$/.test(colour())) behind = behind.parentElement;
  node.style.setProperty('--paper', colour());
}

/** @typedef {{ caption: string, head: string[], body: string[][] }} Numbers */

/**
 * The numbers of a picture as a table, made when it is opened. Returns the <details>; call its `refresh` after each
 * change of the picture.
 *
 * @param {() => Numbers} build
 */
export function twin(build) {
  const details = make('details', { class: 'twin' }, make('summary', {}, 'The numbers as a table'));
  const refresh = () => {
    details.querySelector('.scroller')?.remove();
    if (!details.open) return;
    const { caption, head, body } = build();
    const table = make('table', {}, make('caption', {}, text(caption)));
    table.append(make('thead', {}, make('tr', {}, ...head.map((cell) => make('th', { scope: 'col' }, text(cell))))));
    const lines = body.map(([first, ...rest]) => {
      const cells = rest.map((cell) => make('td', {}, text(cell)));
      return make('tr', {}, make('th', { scope: 'row' }, text(first)), ...cells);
    });
    table.append(make('tbody', {}, ...lines));
    details.append(make('div', { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': caption }, table));
  };
  details.addEventListener('toggle', refresh);
  return Object.assign(details, { refresh });
}
