// @ts-nocheck: this module has no types yet.
// What a screen is filled in with: labelled boxes, choices, buttons, and the small sentence beside a button.

import { make, text } from './dom.js';

export function field(label, input, help = '') {
  const words = make('span', { class: 'name' }, label);
  if (help) words.append(' ', make('small', {}, help));
  return make('label', { class: 'field' }, words, input);
}

export function box(id, attributes = {}) {
  const plain = { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
  return make('input', { id, ...plain, ...attributes });
}

// options: [[value, words]]
export function select(id, options, chosen) {
  const node = make('select', { id }, ...options.map(([value, words]) => make('option', { value }, words)));
  node.value = chosen;
  return node;
}

// Radio buttons or check boxes with one question.
export function choices(type, name, question, options) {
  const element = make('fieldset', { class: 'choices' }, make('legend', {}, question));
  const inputs = [];

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
    choose: (values) => inputs.forEach((input) => (input.checked = values.map(String).includes(input.value))),
  };
}

// A button whose work is done once at a time: while it lasts, further clicks do nothing.
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

// Copies what a node holds, a `name`. Where the browser refuses, selects it for the visitor's own keys. Returns a
// sentence.
export async function copy(node, name) {
  try {
    await navigator.clipboard.writeText(node.value ?? node.textContent);
    return 'Copied.';
  } catch {
    node.focus();
    if (node.select) node.select();
    else getSelection().selectAllChildren(node);
    return `The ${name} is selected: press Ctrl+C.`;
  }
}

// Enter in a box presses the button.
export function enter(inputs, node) {
  for (const input of inputs) {
    input.addEventListener('keydown', (event) => event.key === 'Enter' && !event.isComposing && node.click());
  }
}

// A small sentence; what went wrong is marked.
export function sentence(id) {
  const element = make('p', { class: 'sentence', role: 'status', id });
  const say = (words, kind = '') => {
    element.className = `sentence ${words ? kind : ''}`;
    element.replaceChildren(...(words ? [text(words)] : []));
  };
  return { element, say };
}

// The screen's own place of a picture: tests and links find it by its id. `empty` is said where there is no picture yet.
export function held(id, picture, empty = '') {
  if (empty) picture.element.querySelector('.nothing').textContent = empty;
  return make('div', { id, class: 'held' }, picture.element);
}

export function row(...nodes) {
  return make('div', { class: 'fields' }, ...nodes);
}
