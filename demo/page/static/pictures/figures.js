// The numbers of a screen as a row of cards: [{label, value, unit, key?, term?}]. `term`: what the label
// means, by its key in term.js.

import { make } from '../core/dom.js';
import { term } from '../core/term.js';

export function figures() {
  const element = make('dl', { class: 'figures' });

  function show(cards) {
    element.replaceChildren(
      ...(cards ?? []).map(({ key, label, value, unit, term: means }) =>
        make(
          'div',
          { 'data-key': key },
          make('dt', {}, means ? term(label, means) : label),
          make('dd', { class: 'number' }, value),
          make('dd', { class: 'unit' }, unit),
        ),
      ),
    );
  }

  return { element, show };
}
