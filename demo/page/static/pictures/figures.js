// The numbers of a screen as a row of cards: [{label, value, unit, key?}].

import { make } from '../core/dom.js';

export function figures() {
  const element = make('dl', { class: 'figures' });

  function show(cards) {
    element.replaceChildren(
      ...(cards ?? []).map(({ key, label, value, unit }) =>
        make(
          'div',
          { 'data-key': key },
          make('dt', {}, label),
          make('dd', { class: 'number' }, value),
          make('dd', { class: 'unit' }, unit),
        ),
      ),
    );
  }

  return { element, show };
}
