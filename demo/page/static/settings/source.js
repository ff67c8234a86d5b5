// What the models learn from, where the visitor brings it: a list of words, typed or uploaded, or a table of counts.

import { make } from '../core/dom.js';
import { packed } from '../core/files.js';
import { amount, countOf, textOf, tooLarge } from '../core/form.js';

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
    upload.accept = chosen === 'table' ? '.safetensors' : '.txt,text/plain';
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

  /** @param {ReturnType<typeof textOf>} read */
  async function takeList({ text, wrong }) {
    if (wrong) {
      page.say([wrong], 'error');
      return;
    }
    const reply = await page.ask('settings', 'read_list', { experiment: undefined, words: text });
    if (!reply) return;
    words.fill(reply.words);
    page.say([`${amount(reply.count, 'own word')} ${reply.count === 1 ? 'is' : 'are'} ready. Press Train.`]);
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
    if (data.read() === 'table') takeTable(await packed(file));
    else takeList(textOf(new Uint8Array(await file.arrayBuffer()), words.max ?? Infinity));
  });

  return { element, show, forget };
}
