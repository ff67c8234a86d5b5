// The surprise per letter of both tables on one bar, from 0 to beyond pure chance.

import { make, number } from '../core/dom.js';
import { term } from '../core/term.js';

const WORDS = { counted: 'counted', trained: 'trained', chance: 'pure chance' };

// The right end of the bar: pure chance, or a little more where the table is more surprised than by chance.
export function rightEnd(chance, highest) {
  return Math.max(chance, Math.min(highest ?? 0, 1.5 * chance)) * 1.02;
}

export function surprise() {
  const fill = make('div', { class: 'fill' });
  const marks = Object.keys(WORDS).map((key) => make('div', { class: `mark ${key}` }));
  const bar = make('div', { class: 'bar', role: 'img' }, fill, ...marks);
  const legend = make('p', { class: 'legend' });
  const unit = make('span', { class: 'quiet' }, '(', term('NLL'), ', in ', term('nats', 'nat'), ')');
  const title = make('h3', {}, 'Surprise per letter ', unit);
  const meaning = make('p', { class: 'note' });
  const element = make('section', { class: 'surprise' }, title, bar, legend, meaning);

  // values: {counted, trained, chance, highest}, in nats per character; null is infinite. `characters`: how many there are.
  function show(values, characters) {
    const size = characters.toLocaleString('en-US');
    meaning.textContent = `The average of −ln p. Less is better. Guessing among ${size} characters gives ln ${size} = ${values.chance.toFixed(2)}.`;
    const end = rightEnd(values.chance, values.highest);
    const place = (x) => `${100 * Math.min(1, (number(x) ?? end) / end)}%`;
    fill.style.width = place(values.trained);
    marks.forEach((mark) => (mark.style.left = place(values[mark.classList[1]])));
    const said = Object.entries(WORDS).map(([key, words]) => {
      const written = number(values[key]) === null ? '∞' : values[key].toFixed(2);
      return make('span', { class: key }, `${words} `, make('b', {}, written));
    });
    legend.replaceChildren(...said);
    bar.setAttribute('aria-label', said.map((one) => one.textContent).join(', '));
  }

  return { element, show };
}
