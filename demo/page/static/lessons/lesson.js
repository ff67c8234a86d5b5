// One lesson in its steps: question, prediction (asked for, never forced), run, where to look, verdict, why, next.

import { make } from '../core/dom.js';
import { copy } from '../core/fields.js';
import { isDefault } from '../core/state.js';

const SCREEN = 'the screen of this lesson';
export const NEXT = 'Next';

// finished(key), onward(key), home() and leave() tell the course what its visitor does.
export function lessonPanel({ page, finished, onward, home, leave }) {
  const button = (id, words, press, kind = '') => {
    const node = make('button', { id, type: 'button', class: kind }, words);
    node.addEventListener('click', press);
    return node;
  };
  const where = make('span', { class: 'where' });
  const head = make('div', { class: 'head' });
  const title = make('h2', { id: 'lesson_title' });
  const question = make('p', { id: 'question', tabindex: -1 });
  const prediction = make('fieldset', { id: 'prediction' });
  const predicted = make('p', { id: 'predicted' });
  const runIt = button('run_lesson', 'Run', run, 'primary');
  const askClass = button('ask_class', 'Ask the class', ask);
  const look = make('p', { id: 'look', role: 'status' });
  const show = button('show_place', 'Show me', point);
  const tell = button('tell', 'What is the answer?', answer, 'primary');
  const verdict = make('p', { id: 'verdict', role: 'status', tabindex: -1 });
  const why = make('p', { id: 'explanation' });
  const next = button('next_lesson', NEXT, goOn, 'primary');
  const link = make('input', { id: 'lesson_link', type: 'text', readonly: '', 'aria-label': 'Link of this question' });
  const copyIt = button('copy_lesson', 'Copy the link', async () => (copied.textContent = await copy(link, 'link')));
  const copied = make('p', { class: 'quiet', role: 'status' });
  const share = make('div', { class: 'pair' }, link, copyIt);
  const element = make(
    'section',
    { id: 'lesson', 'aria-label': 'Lesson', hidden: '' },
    head,
    title,
    question,
    prediction,
    predicted,
    look,
    verdict,
    why,
    make('div', { class: 'acts' }, runIt, askClass, tell, next, show),
    share,
    copied,
  );
  let lesson = null; // {key, title, question, choices, settings, tab}; of one's own: {query, right, why} in place of a key
  let reply = null; // the server's answer, once the lesson was run
  let own = null; // the experiment that was on the page before the lessons
  let lessonLink = null; // of the experiment that a lesson put there
  let going = false; // whether the next step is being opened
  let marked = null; // the place on the screen that is pointed at

  // `ahead`, `back`: the words of the buttons that go on and back; none where they lead nowhere.
  function open(fresh, { place = '', chapter = null, video = '', ahead = '', back = '‹ Course' }) {
    lesson = fresh;
    reply = null;
    unmark();
    where.textContent = [place, chapter?.title].filter(Boolean).join(' · ');
    head.replaceChildren(back && button('to_course', back, home), where, video, button('leave', 'Close', leave, 'close'));
    title.textContent = lesson?.title ?? 'An experiment';
    question.textContent = lesson?.question ?? `This step shows an experiment. Look at it${ahead === NEXT ? ', then go on' : ''}.`;
    prediction.replaceChildren(
      make('legend', {}, 'What do you predict?'),
      ...(lesson?.choices ?? []).map((choice, i) =>
        make('label', { class: 'choice' }, make('input', { type: 'radio', name: 'prediction', value: i }), ` ${choice}`),
      ),
    );
    next.textContent = ahead;
    link.value = `${page.base}${page.guide ?? ''}`;
    copied.textContent = '';
    stage(lesson ? 'asked' : 'told');
  }

  // One step for a double click.
  async function goOn() {
    if (going) return;
    going = true;
    await onward(lesson?.key);
    going = false;
  }

  function ask() {
    return page.parts.host?.ask(lesson.key ?? lesson.query);
  }

  // Opens what follows, and asks the class where it is a question. Returns whether anything follows.
  async function askNext() {
    const before = lesson;
    do {
      if (next.textContent !== NEXT) return false;
      await onward(lesson?.key);
    } while (!lesson); // a step that only shows an experiment
    if (lesson === before) return false; // the end of the course
    await ask();
    return true;
  }

  // asked, running, looking, told: what of the panel is there. Who pressed a button that goes has the next one in focus.
  function stage(name) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    element.dataset.stage = name;
    const on = {
      asked: [prediction, runIt, askClass],
      running: [prediction, runIt],
      looking: [predicted, look, show, tell],
      told: lesson ? [predicted, verdict, show, why] : [],
    }[name];
    for (const part of [prediction, predicted, runIt, askClass, look, show, tell, verdict, why]) {
      part.hidden = !on.includes(part);
    }
    askClass.hidden ||= !lesson;
    show.hidden ||= !reply?.place;
    share.hidden = name !== 'told' || !lesson;
    next.hidden = name !== 'told' || !next.textContent;
    runIt.ariaBusy = String(name === 'running');
    if (!focused || focused.checkVisibility()) return;
    const to = { asked: question, looking: tell, told: next.hidden ? verdict : next }[name];
    to?.focus({ preventScroll: true });
  }

  async function run() {
    if (!lesson || element.dataset.stage === 'running') return;
    const mine = lesson;
    const kept = Object.fromEntries(['tab', 'hide', 'embed', 'large'].map((key) => [key, page.parts.settings.read()[key]]));
    const settings = { ...mine.settings, ...kept }; // what a teacher shares stays
    if (page.link !== lessonLink && !isDefault(page.link)) own = { ...page.experiment, steps: page.goal, ...kept };
    page.parts.settings.fill(settings);
    stage('running');
    const trained = await page.train(settings, mine.tab);
    const fresh = trained && (mine.key ? await page.ask('course', 'explain', { experiment: undefined, key: mine.key }) : ownReply(mine));
    if (trained) lessonLink = page.link;
    if (mine !== lesson) return;
    if (!fresh) {
      stage('asked'); // stopped, refused, or another run came between
      return;
    }
    reply = fresh;
    const chosen = choice();
    const none = page.parts.host?.asks(mine.key ?? mine.query) ? 'The class has voted.' : 'You made no prediction.';
    predicted.textContent = chosen === null ? none : `Your prediction: ${mine.choices[chosen]}`;
    look.textContent = reply.look;
    stage('looking');
    await point();
  }

  function ownReply({ right, why: words, tab }) {
    const look = `Look at the screen ${page.titles[tab] ?? SCREEN}. What do you see?`;
    return { right: right - 1, look, place: null, shows: {}, verdict: '', explanation: words };
  }

  function choice() {
    const checked = prediction.querySelector(':checked');
    return checked ? Number(checked.value) : null;
  }

  // Sets the screen to what the lesson is about, and points at the place.
  async function point() {
    if (!reply?.place) return;
    const mine = lesson;
    await page.toTab(mine.tab);
    const place = await page.parts[mine.tab].point({ ...reply, again: marked !== null });
    if (mine !== lesson || !place) return;
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
    const right = lesson.choices[reply.right];
    const chosen = choice();
    const first = chosen === null ? `The answer: ${right}.` : chosen === reply.right ? 'You predicted it.' : `It is: ${right}.`;
    verdict.replaceChildren(make('b', {}, first.replace(/([.?!])\.$/, '$1')), ` ${reply.verdict}`);
    why.textContent = reply.explanation;
    finished(lesson.key);
    page.parts.host?.told(lesson.key ?? lesson.query);
    stage('told');
    verdict.scrollIntoView({ block: 'nearest' });
  }

  // Whether it is this lesson, by its key or its link, that is open.
  function holds(one) {
    return lesson !== null && !element.hidden && (lesson.key ?? lesson.query) === one;
  }

  return { element, open, run, holds, askNext, unmark, own: () => (page.link === lessonLink ? own : null) };
}
