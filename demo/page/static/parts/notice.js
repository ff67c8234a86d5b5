// A quiet box of sentences, read aloud when they change; nothing at all where there are none.

import { make } from '../core/dom.js';
import { button } from '../core/fields.js';

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function notice(root, { page }) {
  const box = make('div', { class: 'notice', role: 'status', 'aria-live': 'polite' });
  let said = '';

  page.on('notice', (/** @type {import('../core/page.js').Said} */ { sentences, kind, offer }) => {
    box.className = `notice ${sentences.length ? 'filled' : ''} ${kind === 'error' ? 'error' : ''}`;
    box.replaceChildren(...sentences.map((sentence) => make('p', {}, sentence)));
    if (offer) box.append(button(offer.words, offer.work));
    const wrong = kind === 'error' ? sentences.join('\n') : '';
    if (wrong && wrong !== said) box.scrollIntoView({ block: 'nearest' }); // what went wrong must be seen
    said = wrong;
  });
  root.append(box);
  return {};
}
