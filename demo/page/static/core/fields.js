// What a screen is filled in with: labelled boxes, choices, buttons, and the small sentence beside a button.

import { find, make, text } from './dom.js';

/** @typedef {[value: string | number, words: string][]} Options */

/** @param {string} label @param {Node} input */
export function field(label, input, help = '') {
  const words = make('span', { class: 'name' }, label);
  if (help) words.append(' ', make('small', {}, help));
  return make('label', { class: 'field' }, words, input);
}

/** @param {string} id @param {import('./dom.js').Attributes} [attributes] */
export function box(id, attributes = {}) {
  const plain = { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
  return make('input', { id, ...plain, ...attributes });
}

/** @param {string} id @param {Options} options @param {string | number} chosen */
export function select(id, options, chosen) {
  const node = make('select', { id }, ...options.map(([value, words]) => make('option', { value }, words)));
  node.value = String(chosen);
  return node;
}

/**
 * Radio buttons or check boxes with one question.
 *
 * @param {'radio' | 'checkbox'} type
 * @param {string} name
 * @param {string} question
 * @param {Options} options
 */
export function choices(type, name, question, options) {
  const element = make('fieldset', { class: 'choices' }, make('legend', {}, question));
  /** @type {HTMLInputElement[]} */
  const inputs = [];

  /** @param {Options} more */
  function offer(more) {
    for (const [value, words] of more) {
      const input = make('input', { type, name, value });
      inputs.push(input);
      element.append(make('label', { class: 'choice' }, input, ` ${words}`));
    }
  }

  offer(options);
  return {
    element,
    offer,
    isEmpty: () => inputs.length === 0,
    chosen: () => inputs.filter((input) => input.checked).map((input) => input.value),
    /** @param {(string | number)[]} values */
    choose: (values) => inputs.forEach((input) => (input.checked = values.map(String).includes(input.value))),
  };
}

/**
 * A button whose work is done once at a time: while it lasts, further clicks do nothing.
 *
 * @param {string} words
 * @param {() => unknown} work
 */
export function button(words, work, { primary = false } = {}) {
  const node = make('button', { type: 'button', class: primary ? 'primary' : '' }, words);
  node.addEventListener('click', async () => {
    if (node.ariaBusy === 'true') return;
    node.ariaBusy = 'true';
    try {
      await work();
    } finally {
      node.ariaBusy = 'false';
    }
  });
  return node;
}

/**
 * Copies what a node holds, a `name`. Where the browser refuses, selects it for the visitor's own keys. Returns a
 * sentence.
 *
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLElement} node
 * @param {string} name
 */
export async function copy(node, name) {
  try {
    await navigator.clipboard.writeText('value' in node ? node.value : (node.textContent ?? ''));
    return 'Copied.';
  } catch {
    node.focus();
    if ('select' in node) node.select();
    else getSelection()?.selectAllChildren(node);
    return `The ${name} is selected: press Ctrl+C.`;
  }
}

/** Enter in a box presses the button. @param {HTMLElement[]} inputs @param {HTMLElement} node */
export function enter(inputs, node) {
  for (const input of inputs) {
    input.addEventListener('keydown', (event) => event.key === 'Enter' && !event.isComposing && node.click());
  }
}

/** A small sentence; what went wrong is marked. @param {string} [id] */
export function sentence(id) {
  const element = make('p', { class: 'sentence', role: 'status', id });
  const say = (/** @type {string} */ words, kind = '') => {
    element.className = `sentence ${words ? kind : ''}`;
    element.replaceChildren(...(words ? [text(words)] : []));
  };
  return { element, say };
}

/**
 * The screen's own place of a picture: tests and links find it by its id. `empty` is said where there is no picture yet.
 *
 * @param {string} id
 * @param {{ element: HTMLElement }} picture
 */
export function held(id, picture, empty = '') {
  if (empty) find(picture.element, '.nothing').textContent = empty;
  return make('div', { id, class: 'held' }, picture.element);
}

/** @param {...(Node | string)} nodes */
export function row(...nodes) {
  return make('div', { class: 'fields' }, ...nodes);
}
