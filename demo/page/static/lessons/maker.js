// Exercise E06: a lesson of one's own, about the experiment on the page, as a link; and links chained to a course.

import { make } from '../core/dom.js';
import { copy, field, sentence } from '../core/fields.js';
import { latest } from '../core/state.js';

const DRAFT = 'bigram-lab-draft'; // the key of this tab's storage: what is typed outlasts a reload

/**
 * @param {{ page: import('../core/page.js').Page, limits: { choices: number, links: number } }} of how many choices a
 *   lesson may have, and how many links a course
 */
export function maker({ page, limits }) {
  const area = (/** @type {string} */ id, /** @type {number} */ rows, /** @type {string} */ more) =>
    make('textarea', { id, rows, placeholder: more, spellcheck: 'true' });
  const question = area('own_question', 2, 'What happens to the gap if …?');
  const choices = area('own_choices', 3, `one choice a line, 2 to ${limits.choices}`);
  const right = make('input', { id: 'own_right', type: 'text', inputmode: 'numeric', value: '1' });
  const why = area('own_why', 3, 'shown after the answer');
  const links = area('own_links', 3, `one link a line, at most ${limits.links}`);

  const lesson = form('Make the link', () =>
    page.ask('course', 'write_lesson', {
      question: question.value,
      choices: choices.value,
      right: Number.isSafeInteger(Number(right.value)) ? Number(right.value) : 0,
      why: why.value,
      quiet: true,
    }),
  );
  const chained = form('Chain the links', () =>
    page.ask('course', 'chain', { experiment: undefined, links: links.value, quiet: true }),
  );

  /** A button, the link that it makes, and a sentence where it cannot. @param {string} words @param {() => Promise<any>} ask */
  function form(words, ask) {
    const result = make('input', { type: 'text', readonly: '', 'aria-label': 'Link', hidden: '' });
    const wrong = sentence();
    const button = make('button', { type: 'button' }, words);
    const copyIt = make('button', { type: 'button', hidden: '' }, 'Copy');
    copyIt.addEventListener('click', async () => wrong.say(await copy(result, 'link')));
    const begin = latest();
    button.addEventListener('click', async () => {
      const isLast = begin();
      let reply = null;
      while (!reply && isLast()) reply = await ask(); // null: another experiment came on the page meanwhile
      if (!isLast()) return;
      wrong.say(reply.error ?? '', 'error');
      result.hidden = copyIt.hidden = Boolean(reply.error);
      if (!reply.error) result.value = page.base + reply.link;
    });
    const element = make('div', { class: 'made' }, make('div', { class: 'pair' }, button, result, copyIt), wrong.element);
    const forget = () => {
      begin(); // a link that is being made holds the texts of before
      wrong.say('');
      result.hidden = copyIt.hidden = true;
    };
    return { element, forget };
  }

  const element = make(
    'details',
    { id: 'maker' },
    make('summary', {}, 'E06: make a lesson of your own'),
    make('p', {}, 'The lesson asks about the experiment that is on the page now. Its texts travel in the link.'),
    field('Question', question),
    field('Choices', choices),
    field('Right choice', right, 'its number'),
    field('Why', why),
    lesson.element,
    make('p', {}, 'A course: links of lessons and experiments, in your order.'),
    field('Links', links),
    chained.element,
  );
  for (const input of [question, choices, right, why]) input.addEventListener('input', lesson.forget); // of other texts
  links.addEventListener('input', chained.forget);

  const typed = [question, choices, right, why, links];
  try {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? '[]');
    typed.forEach((input, i) => (input.value = draft[i] ?? input.value));
    element.open = draft.length > 0;
    element.addEventListener('input', () => {
      sessionStorage.setItem(DRAFT, JSON.stringify(typed.map((input) => input.value)));
    });
  } catch {
    // a browser that keeps nothing
  }
  return element;
}
