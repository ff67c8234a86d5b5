// One setting as the form has it: its label, what it is typed or chosen in, reading and filling.

import { make } from '../core/dom.js';
import { formIs } from '../core/form.js';

const WIDE = ['data', 'words', 'table', 'sha', 'hide'];
const EXAMPLE = 'emma\nolivia\nava\nnoah\nliam';

/**
 * @typedef {import('../core/form.js').Field} Field
 * @typedef {ReturnType<typeof control>} Control
 *
 * @typedef {object} Input what a setting is typed or chosen in
 * @property {HTMLElement} input
 * @property {() => any} read the value as the server takes it
 * @property {(value: any) => void} fill
 *
 * @param {Field} field
 * @param {(sentence: string) => void} explain takes the sentence on the setting that the reader is at
 */
export function control(field, explain) {
  const { key, kind, label } = field;
  const { input, read, fill } = kind === 'parts' ? boxes(field) : kind === 'choice' ? selection(field) : typed(field);
  const element = make(kind === 'parts' ? 'div' : 'label', { class: 'field', id: `setting-${key}` });
  element.title = [field.help, field.formula].filter(Boolean).join(': ');
  element.classList.toggle('wide', WIDE.includes(key));
  element.append(make('span', { class: 'name' }, label), input);
  element.addEventListener('focusin', () => explain(`${label}: ${element.title}.`));
  return { ...field, element, read, fill };
}

/** @param {Field} field @returns {Input} */
function boxes({ key, choices }) {
  const all = choices.map(([words, value]) => ({ words, box: make('input', { type: 'checkbox', name: key, value }) }));
  const labels = all.map(({ words, box }) => make('label', { class: 'choice' }, box, ` ${words}`));
  return {
    input: make('div', { class: 'parts', role: 'group', 'aria-label': 'hidden parts' }, ...labels),
    read: () => all.flatMap(({ box }) => (box.checked ? [box.value] : [])).join(','),
    fill: (value) => all.forEach(({ box }) => (box.checked = String(value).split(',').includes(box.value))),
  };
}

/** @param {Field} field @returns {Input} */
function selection({ key, choices }) {
  const options = choices.map(([words, value]) => make('option', { value }, words));
  const input = make('select', { name: key }, ...options);
  return {
    input,
    read: () => choices[input.selectedIndex]?.[1] ?? input.value,
    fill: (value) => (input.value = value),
  };
}

/** @param {Field} field @returns {Input} */
function typed(field) {
  const { kind } = field;
  const input = field.key === 'words' ? list(field) : line(field);
  return { input, read: () => formIs(kind, input.value), fill: (value) => (input.value = value) };
}

/** @param {Field} field */
function list({ key }) {
  return make('textarea', { name: key, rows: 5, spellcheck: 'false', placeholder: EXAMPLE });
}

/** @param {Field} field */
function line({ key, kind, min, max }) {
  if (kind === 'table') return make('input', { name: key, type: 'hidden' });
  const number = kind === 'whole' || kind === 'real';
  const mode = kind === 'real' ? 'decimal' : kind === 'text' ? null : 'numeric';
  return make('input', { name: key, type: 'text', inputmode: mode, 'data-number': number ? '' : null, min, max });
}
