// What the models learn from, where the visitor brings it: a list of words, typed or uploaded, or a table of counts.

import { make } from '../core/dom.js';
import { packed } from '../core/files.js';
import { amount, countOf, tooLarge } from '../core/form.js';

const TOO_LARGE =
  'The list is too large for this page. In the terminal, python -m bigram.corpus makes a table of a list of any size, ' +
  'and the page takes that table.';

/**
 * @param {Record<string, import('./control.js').Control>} controls by key
 * @param {import('../core/page.js').Page} page
 * @param {object} form
 * @param {(settings: import('../core/form.js').Experiment) => void} form.fill
 * @param {(key: string) => void} form.taken hears that a file has changed a setting
 */
export function source(controls, page, { fill, taken }) {
  const { data, words, table, sha } = controls;
  const count = make('p', { class: 'about', id: 'own_count' });
  const about = make('p', { class: 'about' }, 'No table is uploaded yet.');
  table.element.append(about);

  const upload = make('input', { type: 'file', id: 'upload' });
  const what = make('span');
  const uploads = make('label', { id: 'uploads' }, what, upload);
  const element = make('div', { class: 'given' }, count, uploads);

  function show() {
    const chosen = data.read();
    words.element.hidden = chosen !== 'own';
    table.element.hidden = chosen !== 'table';
    count.hidden = chosen !== 'own';
    element.hidden = chosen !== 'own' && chosen !== 'table';
    sha.element.hidden = element.hidden || sha.read() === '';
    what.textContent = chosen === 'table' ? 'Upload a table' : 'Upload a list';
    upload.accept = chosen === 'table' ? '.safetensors' : '.txt,.csv,.tsv,.json,.jsonl,.gz,text/*';
    if (page.about) about.textContent = page.about;
    if (count.hidden) return;
    const { words: number, examples } = countOf(words.read());
    count.textContent = number ? `${amount(number, 'name')}, ${amount(examples, 'example')}` : 'One name a line.';
  }

  // Of another list, the file and the SHA-256 are no more true.
  function forget() {
    sha.fill('');
    upload.value = '';
  }

  /** A list as it was brought: the server reads its words, and says how. @param {{ words?: string, file?: string, plain?: boolean }} list */
  async function takeList(list) {
    const reply = await page.ask('settings', 'read_list', { experiment: undefined, ...list });
    if (!reply) return;
    words.fill(reply.words);
    const plainly = () => takeList({ ...list, plain: true });
    page.say(reply.said, 'note', reply.special ? { words: 'Read each line as it is instead', work: plainly } : null);
    taken('words');
  }

  /** @param {string} text the file, packed */
  async function takeTable(text) {
    const sentence = tooLarge(text, table.max ?? Infinity);
    if (sentence) {
      page.say([sentence], 'error');
      return;
    }
    const reply = await page.ask('settings', 'read_table', { experiment: undefined, table: text });
    if (!reply) return;
    about.textContent = reply.about;
    page.say(['The table is read. Press Train.']);
    fill(reply.settings);
  }

  upload.addEventListener('click', () => (upload.value = '')); // the same file may be chosen again
  upload.addEventListener('change', async () => {
    const file = upload.files?.[0];
    if (!file) return;
    const content = await packed(file);
    if (data.read() === 'table') takeTable(content);
    else if (content.length > (table.max ?? Infinity)) page.say([TOO_LARGE], 'error');
    else takeList({ file: content });
  });
  words.element.addEventListener('paste', () => setTimeout(() => words.read().trim() && takeList({ words: words.read() })));

  return { element, show, forget };
}
