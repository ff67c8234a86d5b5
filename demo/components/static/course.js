// The lessons: a question, a prediction that is asked for and never forced, the run, the answer, and why.

import { make } from './dom.js';

export default function course(root, { value, page }) {
  const { lessons } = value;
  const picker = make('select', { id: 'lesson', 'aria-label': 'Lesson' }, make('option', { value: '' }, 'Choose a lesson'));
  lessons.forEach(({ key, title }, i) => picker.append(make('option', { value: key }, `${i + 1}. ${title}`)));
  const question = make('p', { id: 'question' });
  const prediction = make('fieldset', { id: 'prediction' });
  const runIt = make('button', { id: 'run_lesson', type: 'button', class: 'primary' }, 'Run this lesson');
  const verdict = make('p', { id: 'verdict', role: 'status' });
  const look = make('p', { id: 'look' });
  const why = make('p', { id: 'explanation' });
  const explained = make('details', { id: 'explained' }, make('summary', {}, 'Why?'), why);
  const body = make('div', { class: 'lesson' }, question, prediction, runIt, verdict, look, explained);
  const all = make('details', { id: 'course-fold' }, make('summary', {}, 'Lessons: predict, run, compare'), picker, body);
  root.append(all);
  let lesson = null;

  function choose(key) {
    lesson = lessons.find((one) => one.key === key) ?? null;
    all.open = true;
    picker.value = lesson?.key ?? '';
    body.hidden = !lesson;
    if (!lesson) return;
    question.textContent = lesson.question;
    prediction.replaceChildren(
      make('legend', {}, 'Your prediction'),
      ...lesson.choices.map((choice, i) =>
        make('label', { class: 'choice' }, make('input', { type: 'radio', name: 'prediction', value: i }), ` ${choice}`),
      ),
    );
    verdict.textContent = look.textContent = '';
    explained.hidden = true;
    explained.open = false;
    root.scrollIntoView({ block: 'nearest' });
  }

  async function run() {
    const mine = lesson;
    const predicted = prediction.querySelector(':checked')?.value;
    const { hide, embed, large } = page.parts.settings.read(); // what a teacher shares stays
    const settings = { ...mine.settings, hide, embed, large };
    page.parts.settings.fill(settings);
    if (!(await page.train(settings, mine.tab))) return; // stopped, refused, or another run came between
    const answer = await page.ask('course', 'explain', { experiment: undefined, key: mine.key });
    if (!answer || mine !== lesson) return;
    const right = mine.choices[answer.right];
    if (predicted === undefined) verdict.textContent = `The answer: ${right}`;
    else if (Number(predicted) === answer.right) verdict.textContent = `You predicted it: ${right}`;
    else verdict.textContent = `You predicted “${mine.choices[predicted]}”. It is: ${right}`;
    look.textContent = answer.look;
    why.textContent = answer.explanation;
    explained.hidden = false;
  }

  picker.addEventListener('change', () => choose(picker.value));
  runIt.addEventListener('click', run);
  choose('');
  all.open = false;
  return { choose };
}
