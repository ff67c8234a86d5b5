// One setting as the form has it: its label, what it is typed or chosen in, reading and filling.

import { make } from '../core/dom.js';
import { formIs } from '../core/form.js';

const WIDE = ['data', 'words', 'table', 'sha', 'hide'];
const EXAMPLE = 'emma\nolivia\nava\nnoah\nliam';

// field: as screens.py sends it. `explain` takes the sentence on the setting that the reader is at.
export function control(field, explain) {
  const { key, kind, choices, label } = field;
  const input = inputOf(field);
  const element = make(kind === 'parts' ? 'div' : 'label', { class: 'field', id: `setting-${key}` });
  element.title = [field.help, field.formula].filter(Boolean).join(': ');
  element.classList.toggle('wide', WIDE.includes(key));
  element.append(make('span', { class: 'name' }, label), input);
  element.addEventListener('focusin', () => explain(`${label}: ${element.title}.`));

  function read() {
    if (kind === 'parts') return [...input.querySelectorAll(':checked')].map((box) => box.value).join(',');
    if (kind === 'choice') return choices[input.selectedIndex]?.[1] ?? input.value;
    return formIs(kind, input.value);
  }

  function fill(value) {
    if (kind !== 'parts') input.value = value;
    else input.querySelectorAll('input').forEach((box) => (box.checked = String(value).split(',').includes(box.value)));
  }

  return { ...field, element, input, read, fill };
}

function inputOf({ key, kind, choices, min, max }) {
  if (kind === 'choice') {
    return make('select', { name: key }, ...choices.map(([words, one]) => make('option', { value: one }, words)));
  }
  if (kind === 'table') return make('input', { name: key, type: 'hidden' });
  if (kind === 'parts') {
    const parts = choices.map(([words, one]) =>
      make('label', { class: 'choice' }, make('input', { type: 'checkbox', name: key, value: one }), ` ${words}`),
    );
    return make('div', { class: 'parts', role: 'group', 'aria-label': 'hidden parts' }, ...parts);
  }
  if (key === 'words') return make('textarea', { name: key, rows: 5, spellcheck: 'false', placeholder: EXAMPLE });
  const number = kind === 'whole' || kind === 'real';
  const mode = kind === 'real' ? 'decimal' : kind === 'text' ? null : 'numeric';
  return make('input', { name: key, type: 'text', inputmode: mode, 'data-number': number ? '' : null, min, max });
}
