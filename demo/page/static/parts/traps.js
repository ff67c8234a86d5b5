// Traps of PyTorch: a few lines with the mistake and without it, and what the server's PyTorch prints for each.

import { make } from '../core/dom.js';
import { field, row, select, sentence } from '../core/fields.js';

const TITLES = { wrong: 'Wrong', right: 'Right' };

// The lines of one side, those that differ marked.
export function marked(lines, differing) {
  const own = new Set(differing.split('\n'));
  return lines.split('\n').map((line) => ({ line, differs: own.has(line) }));
}

export default function traps(root, { page }) {
  const picker = make('div', {});
  const sides = make('div', { class: 'sides', id: 'printed' });
  const wrong = sentence();
  const said = make('p', { class: 'unseen', role: 'status' }); // what a screen reader tells of the two
  const start = make('pre', {});
  const before = make('details', {}, make('summary', {}, 'The lines before'), start);
  const lesson = make('button', { type: 'button', class: 'lesson-on' }, 'Lesson on this');
  lesson.addEventListener('click', () => page.lesson(chosen));
  let chosen = null;
  let turn = 0;

  async function draw(key) {
    const mine = ++turn;
    chosen = key;
    sides.replaceChildren(); // never the lines of one trap under the name of another
    wrong.say('Both pieces of code are running …');
    const reply = await page.ask('traps', 'run_trap', { experiment: undefined, key, quiet: true });
    if (!reply || mine !== turn) return;
    wrong.say(reply.error ?? '', 'error');
    if (reply.error) return;
    start.textContent = reply.start;
    sides.replaceChildren(...reply.sides.map((side, i) => half(side, reply.differ[i])));
    said.textContent = reply.sides.map(({ side, printed }) => `${TITLES[side]} prints ${printed}`).join('\n');
  }

  function half({ side, lines, printed }, differing) {
    const code = make('pre', { class: 'lines', tabindex: 0, role: 'region', 'aria-label': `${TITLES[side]}: the lines` });
    for (const { line, differs } of marked(lines, differing)) {
      code.append(differs ? make('mark', {}, line) : line, '\n');
    }
    const out = make('pre', { class: 'out', tabindex: 0, role: 'region', 'aria-label': `${TITLES[side]}: what it prints` });
    out.textContent = printed;
    return make('section', { class: side }, make('h3', {}, TITLES[side]), code, make('h4', {}, 'prints'), out);
  }

  root.append(
    make(
      'div',
      { class: 'screen' },
      make('p', {}, 'Mistakes that PyTorch does not always report. Both pieces of code are run on this server, on the names of 2018.'),
      row(picker, lesson),
      wrong.element,
      said,
      sides,
      before,
    ),
  );

  return {
    main: 'wrong_and_right',
    asks: () => ({}),
    show(value) {
      if (picker.firstChild) return;
      const options = value.traps.map(({ key, title }) => [key, title]);
      const list = select('trap', options, chosen ?? options[0][0]);
      list.addEventListener('change', () => draw(list.value));
      picker.replaceChildren(field('Trap', list));
      if (chosen === null) draw(list.value);
    },
    async point({ shows }) {
      await draw(shows.trap);
      const list = picker.querySelector('select');
      if (list) list.value = shows.trap;
      return sides;
    },
  };
}
