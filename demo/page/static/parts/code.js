// Code: the experiment to take home.

import { make } from '../core/dom.js';
import { button, copy, held, row, sentence } from '../core/fields.js';
import { files } from '../core/files.js';
import { term } from '../core/term.js';

const BLOCKS = {
  script: 'Alone: PyTorch and the word list',
  terminal: 'In the terminal, with this package',
  python: 'By the API, from Python',
  curl: 'By the API, with curl',
};
const THANKS = 5000; // milliseconds that the button says what it has done

/** @param {HTMLElement} root @param {{ page: import('../core/page.js').Page }} of */
export default function code(root, { page }) {
  const blocks = Object.entries(BLOCKS).map(([id, title]) => block(id, title));
  const made = files();
  const wrong = sentence();
  let based = false; // the answer knows where the lab lies

  async function makeFiles() {
    const { version } = page;
    const reply = await page.ask('code', 'files', { quiet: true });
    if (!reply || version !== page.version) return;
    wrong.say(reply.error ?? '', 'error');
    made.show(reply.files);
  }

  root.append(
    make(
      'div',
      { class: 'screen' },
      make('p', {}, 'Run this experiment elsewhere, with the same settings and the same numbers: as a program, or by the ', term('API'), '.'),
      ...blocks.map((one) => one.element),
      make('h2', { class: 'heading' }, 'Files'),
      row(button('Make the files', makeFiles), make('span', {}, 'Both tables (CSV) and the weights (', term('safetensors'), ').')),
      wrong.element,
      held('files', made),
    ),
  );

  return {
    main: 'code',
    asks() {
      based = true;
      return { base: location.origin + location.pathname };
    },
    /** @param {Record<string, string | undefined>} value */
    show(value) {
      if (!based) page.refresh(); // the first answer to a link does not
      based = false;
      for (const { id, show } of blocks) show(value[id]);
      made.show([]); // files of another experiment go
    },
  };
}

/** @param {string} id @param {string} title */
function block(id, title) {
  const words = make('pre', { tabindex: 0, role: 'region', 'aria-label': title });
  const copied = make('span', { class: 'copied', role: 'status' });
  const copyIt = button('Copy', async () => {
    copied.textContent = await copy(words, 'text');
    setTimeout(() => (copied.textContent = ''), THANKS);
  });
  const head = make('figcaption', {}, make('b', {}, title), copied, copyIt);
  const element = make('figure', { id, class: 'code-block' }, head, words);

  /** @param {string | undefined} value */
  function show(value) {
    element.hidden = !value;
    if (words.textContent !== (value ?? '')) words.textContent = value ?? ''; // what a visitor has selected stays so
  }

  return { id, element, show };
}
