// The numbers of a screen as a row of cards.

import { make } from '../core/dom.js';
import { term } from '../core/term.js';

/**
 * @typedef {object} Card
 * @property {string} label
 * @property {string} value
 * @property {string} unit
 * @property {string} [key]
 * @property {string} [term] what the label means, by its key in term.js
 */

export function figures() {
  const element = make('dl', { class: 'figures' });

  /** @param {Card[] | null | undefined} cards */
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
