// One lesson in its steps: question, prediction (asked for, never forced), run, where to look, verdict, why, next.

import { make } from '../core/dom.js';
import { copy } from '../core/fields.js';
import { createAttempt } from './attempt.js';
import { picture } from './picture.js';

export const NEXT = 'Next';

/**
 * @typedef {import('./attempt.js').Lesson} Lesson
 *
 * @typedef {object} Course what the panel tells the course
 * @property {import('../core/page.js').Page} page
 * @property {(key: string | undefined) => void} finished
 * @property {(key: string | undefined) => unknown} onward
 * @property {() => unknown} home
 * @property {() => unknown} leave
 *
 * @typedef {object} Head
 * @property {string} [place] in the course
 * @property {{ title: string } | null} [chapter]
 * @property {Node | string} [video]
 * @property {string} [ahead] the words of the button that goes on; none where it leads nowhere
 * @property {string} [back] the words of the button that goes back; none where it leads nowhere
 *
 * @param {Course} course
 */
export function lessonPanel({ page, finished, onward, home, leave }) {
  const parts = drawn({ run, ask, mark, answer, goOn });
  const { element, head, where, title, question, prediction, predicted, look, verdict, why, next, link, copied } = parts;
  const { drawing, rest, restWords } = parts;
  const attempt = createAttempt(page, draw);
  let isGoing = false; // whether the next step is being opened
  /** @type {Element | null} the place on the screen that is pointed at */
  let marked = null;

  /** @param {Lesson | null} fresh @param {Head} of */
  function open(fresh, { place = '', chapter = null, video = '', ahead = '', back = '‹ Course' }) {
    unmark();
    next.textContent = ahead;
    where.textContent = [place, chapter?.title].filter(Boolean).join(' · ');
    head.replaceChildren(back && press('to_course', back, home), where, video, press('leave', 'Close', leave, 'close'));
    title.textContent = fresh?.title ?? 'An experiment';
    question.textContent = fresh?.question ?? `This step shows an experiment. Look at it${ahead === NEXT ? ', then go on' : ''}.`;
    prediction.replaceChildren(make('legend', {}, 'What do you predict?'), ...(fresh?.choices ?? []).map(option));
    link.value = `${page.base}${page.guide ?? ''}`;
    copied.textContent = '';
    rest.open = false;
    if (fresh) veil(`Predict first. Then Run shows the screen “${page.titles[fresh.tab] ?? ''}”.`);
    attempt.open(fresh);
  }

  function close() {
    unmark();
    attempt.close();
  }

  // One step for a double click.
  async function goOn() {
    if (isGoing) return;
    isGoing = true;
    await onward(attempt.lesson?.key);
    isGoing = false;
  }

  function ask() {
    return page.parts.host?.ask(nameOf(attempt.lesson));
  }

  // Opens what follows, and asks the class where it is a question. Returns whether anything follows.
  async function askNext() {
    const before = attempt.lesson;
    do {
      if (next.textContent !== NEXT) return false;
      await onward(attempt.lesson?.key);
      if (attempt.stage === 'closed') return false; // the end of the course
    } while (!attempt.lesson); // a step that only shows an experiment
    if (attempt.lesson === before) return false;
    await ask();
    return true;
  }

  async function run() {
    if (!(await attempt.run())) return;
    await mark();
  }

  // Points at the place that the lesson speaks of.
  async function mark() {
    const place = await attempt.point(marked !== null);
    if (!place) return;
    unmark();
    marked = place;
    place.classList.add('here');
    place.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  }

  function unmark() {
    marked?.classList.remove('here');
    marked = null;
  }

  function answer() {
    const { lesson, answer: told } = attempt;
    if (!lesson || !told) return;
    const right = lesson.choices[told.right];
    const chosen = choice(prediction);
    const first = chosen === null ? `The answer: ${right}.` : chosen === told.right ? 'You predicted it.' : `It is: ${right}.`;
    verdict.replaceChildren(make('b', {}, first.replace(/([.?!])\.$/, '$1')), ` ${told.verdict}`);
    drawing.replaceChildren(...[picture(told.picture)].filter((one) => one !== null));
    why.textContent = told.explanation;
    restWords.textContent = told.more;
    finished(lesson.key);
    page.parts.host?.told(nameOf(lesson));
    attempt.tell();
    verdict.scrollIntoView({ block: 'nearest' });
  }

  /** @param {import('./attempt.js').Stage} stage */
  function draw(stage) {
    const { lesson, answer: told } = attempt;
    if (stage === 'looking' && lesson && told) {
      const chosen = choice(prediction);
      const none = page.parts.host?.asks(nameOf(lesson)) ? 'The class has voted.' : 'You made no prediction.';
      predicted.textContent = chosen === null ? none : `Your prediction: ${lesson.choices[chosen]}`;
      look.textContent = told.look;
    }
    dress(parts, stage, lesson !== null, Boolean(told?.place));
  }

  /** Whether it is this lesson, by its key or its link, that is open. @param {string} one */
  function holds(one) {
    return attempt.lesson !== null && nameOf(attempt.lesson) === one;
  }

  return { element, open, close, run, holds, askNext, own: () => attempt.own };
}

/** What stands on the screen until the lesson has run, so that no screen answers before. @param {string} words */
function veil(words) {
  document.documentElement.style.setProperty('--veil', JSON.stringify(words));
}

/** @param {Lesson | null} lesson */
function nameOf(lesson) {
  return lesson?.key ?? lesson?.query;
}

// ---- what the panel is made of

/** @typedef {Record<'run' | 'ask' | 'mark' | 'answer' | 'goOn', () => unknown>} Work */
/** @param {Work} work of its buttons */
function drawn(work) {
  const parts = {
    where: make('span', { class: 'where' }),
    head: make('div', { class: 'head' }),
    title: make('h2', { id: 'lesson_title' }),
    question: make('p', { id: 'question', tabindex: -1 }),
    prediction: make('fieldset', { id: 'prediction' }),
    predicted: make('p', { id: 'predicted' }),
    runIt: press('run_lesson', 'Run', work.run, 'primary'),
    askClass: press('ask_class', 'Ask the class', work.ask),
    look: make('p', { id: 'look', role: 'status' }),
    show: press('show_place', 'Show me where', work.mark),
    tell: press('tell', 'What is the answer?', work.answer, 'primary'),
    verdict: make('p', { id: 'verdict', role: 'status', tabindex: -1 }),
    drawing: make('figure', { id: 'picture' }),
    why: make('p', { id: 'explanation' }),
    rest: make('details', { id: 'rest' }, make('summary', {}, 'More')),
    restWords: make('p', {}),
    next: press('next_lesson', NEXT, work.goOn, 'primary'),
    link: make('input', { id: 'lesson_link', type: 'text', readonly: '', 'aria-label': 'Link of this question' }),
    copied: make('p', { class: 'quiet', role: 'status' }),
  };
  const { head, title, question, prediction, predicted, runIt, askClass, look, show, tell, verdict, why } = parts;
  const { drawing, rest, restWords, next, link, copied } = parts;
  rest.append(restWords);
  const copyIt = press('copy_lesson', 'Copy the link', async () => (copied.textContent = await copy(link, 'link')));
  const share = make('div', { class: 'pair' }, link, copyIt);
  const acts = make('div', { class: 'acts' }, runIt, askClass, tell, next, show);
  const told = [head, title, question, prediction, predicted, look, verdict, drawing, why, rest, acts, share, copied];
  const element = make('section', { id: 'lesson', 'aria-label': 'Lesson', hidden: '' }, ...told);
  return { ...parts, share, element };
}

/** @param {string} id @param {string} words @param {() => unknown} work */
function press(id, words, work, kind = '') {
  const node = make('button', { id, type: 'button', class: kind }, words);
  node.addEventListener('click', () => work());
  return node;
}

/** @param {string} words @param {number} i */
function option(words, i) {
  return make('label', { class: 'choice' }, make('input', { type: 'radio', name: 'prediction', value: i }), ` ${words}`);
}

/** @param {Element} prediction @returns {number | null} */
function choice(prediction) {
  const checked = /** @type {HTMLInputElement | null} */ (prediction.querySelector(':checked'));
  return checked && Number(checked.value);
}

/**
 * Shows what belongs to a stage and hides the rest. If the button in focus goes, the next one gets the focus.
 *
 * @param {ReturnType<typeof drawn>} parts
 * @param {import('./attempt.js').Stage} stage
 * @param {boolean} isLesson
 * @param {boolean} hasPlace
 */
function dress(parts, stage, isLesson, hasPlace) {
  const { element, prediction, predicted, runIt, askClass, look, show, tell, verdict, why, next, share, question } = parts;
  const { drawing, rest, restWords } = parts;
  const { activeElement } = document;
  const focused = element.contains(activeElement) ? activeElement : null;
  /** @type {Record<import('./attempt.js').Stage, HTMLElement[]>} */
  const on = {
    closed: [],
    asked: [prediction, runIt, askClass],
    running: [prediction, runIt],
    looking: [predicted, look, show, tell],
    told: isLesson ? [predicted, verdict, drawing, show, why, rest] : [],
  };
  element.dataset.stage = stage;
  for (const part of [prediction, predicted, runIt, askClass, look, show, tell, verdict, drawing, why, rest]) {
    part.hidden = !on[stage].includes(part);
  }
  rest.hidden ||= !restWords.textContent;
  drawing.hidden ||= !drawing.firstChild;
  show.hidden ||= !hasPlace;
  share.hidden = stage !== 'told' || !isLesson;
  next.hidden = stage !== 'told' || !next.textContent;
  runIt.ariaBusy = String(stage === 'running');
  if (!focused || focused.checkVisibility()) return;
  const to = { asked: question, looking: tell, told: next.hidden ? verdict : next, closed: null, running: null }[stage];
  to?.focus({ preventScroll: true });
}
