// The course along the lecture: its list of chapters, one lesson at a time, and the courses that teachers make of links.

import { chapterList, finish, finishedLessons, video } from '../lessons/chapters.js';
import { lessonPanel, NEXT } from '../lessons/lesson.js';
import { make } from '../core/dom.js';
import { maker } from '../lessons/maker.js';

/**
 * @typedef {import('../lessons/attempt.js').Lesson} Lesson
 * @typedef {'' | 'list' | 'lesson'} Shown what the column holds
 * @typedef {{ links: string[], at: number, guide: string }} Chain a teacher's own course, its step, its address
 *
 * @typedef {object} Value what the server sends of the course
 * @property {import('../lessons/chapters.js').Chapter[]} chapters
 * @property {(Lesson & { key: string })[]} lessons
 * @property {{ choices: number, links: number }} limits of a lesson of one's own
 *
 * @param {HTMLElement} root
 * @param {{ value: Value, page: import('../core/page.js').Page }} of
 */
export default function course(root, { value, page }) {
  const { chapters, lessons, limits } = value;
  const order = chapters.flatMap((chapter) => chapter.lessons); // the order of the course
  const finished = (/** @type {string | undefined} */ key) => key && finish(key);
  const panel = lessonPanel({ page, finished, onward, home, leave });
  const own = maker({ page, limits }); // made once: what is typed stays
  const entries = () => [...chapterList(chapters, lessons, page.titles, { choose, visit: page.visit, leave }), own];
  const { door, draw } = column(root, panel, order, entries);
  /** @type {Chain | null} */
  let chained = null;
  /** @type {Record<string, { own: Lesson, query: string }>} */
  const owns = {}; // address: the lesson of a teacher's own that it opened

  /** @param {string | null | undefined} key */
  function find(key) {
    return lessons.find((lesson) => lesson.key === key);
  }

  /** What the column holds: nothing but the door, the list, or a lesson. @param {Shown} to @param {string | null} guide its address */
  function turn(to, guide = null) {
    page.go({ course: to, guide, step: chained?.at ?? 0 });
    draw(to);
  }

  // ---- a lesson

  /** @param {string | undefined} key */
  function choose(key, guide = `?v=1&lesson=${key}`) {
    const lesson = find(key);
    if (!lesson) return;
    const chapter = chapters.find((one) => one.lessons.includes(lesson.key));
    const place = `${order.indexOf(lesson.key) + 1} of ${order.length}`;
    turn('lesson', guide);
    panel.open(lesson, { place, ahead: NEXT, ...headOf(chained), chapter, video: chapter && video(chapter) });
    root.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string | undefined} key */
  function onward(key) {
    if (chained) return openChained(chained, (chained.at + 1) % chained.links.length);
    const next = order[order.indexOf(key ?? '') + 1];
    return next ? choose(next) : home();
  }

  function home() {
    if (chained) openChained(chained, chained.at - 1);
    else turn('list');
  }

  function leave() {
    chained = null;
    turn('');
    offerBack();
  }

  // What was on the page before a lesson trained another experiment.
  function offerBack() {
    const before = panel.own();
    if (!before) return;
    const work = () => {
      page.parts.settings.fill(before);
      return page.train(before);
    };
    page.say(['This is the experiment of the lesson.'], 'note', { words: 'Back to your own experiment', work });
  }

  // ---- what a link opens: a lesson, a lesson that a teacher wrote, or a course of links

  /** @param {any} asked */
  function guide(asked) {
    if (asked.course) {
      chained = { links: asked.course, at: 0, guide: asked.query };
      return openChained(chained, history.state?.step ?? 0); // after a reload, where it was
    }
    if (asked.own) openOwn(asked.own, asked.query, asked.query);
    else choose(asked.key);
  }

  /** @param {Lesson} lesson @param {string} query @param {string} address */
  function openOwn(lesson, query, address) {
    if (!chained) owns[address] = { own: lesson, query };
    turn('lesson', address);
    panel.open({ ...lesson, title: 'A question', query }, headOf(chained));
  }

  /** Opens the step of the course of links that is this lesson. Returns whether there is one. @param {string} key */
  async function toStep(key) {
    if (!chained) return false;
    const at = stepOf(chained, key);
    if (at >= 0) await openChained(chained, at);
    return at >= 0;
  }

  /** @param {Chain} chain @param {number} at */
  async function openChained(chain, at) {
    chain.at = at;
    page.guide = chain.guide;
    const asked = await page.openQuery(chain.links[at]);
    if (asked === undefined || chain !== chained) return; // another link, or Close, came between
    if (asked?.own) openOwn(asked.own, asked.query, chain.guide);
    else if (asked?.key) choose(asked.key, chain.guide);
    else {
      turn('lesson', chain.guide);
      panel.open(null, headOf(chained));
    }
  }

  /** Where the browser's Back leads. @param {import('../core/places.js').Place} place */
  async function goTo({ course: to = '', guide: link = null, step = 0 }) {
    const same = to === document.documentElement.dataset.course && link === page.guide && step === (chained?.at ?? 0);
    if (same) return;
    const key = new URLSearchParams(link ?? '').get('lesson');
    if (to === '') leave();
    else if (to === 'list') {
      chained = null;
      turn('list');
    } else if (chained && link === chained.guide) await openChained(chained, step);
    else if (find(key)) choose(key ?? '');
    else if (link && owns[link]) openOwn(owns[link].own, owns[link].query, link);
    else if (link) {
      const asked = await page.openQuery(link);
      if (asked) await guide(asked);
    }
  }

  door.addEventListener('click', () => turn('list'));
  draw(history.state?.course === 'list' ? 'list' : ''); // after a reload, the list that was open
  const asked = page.takeAsked();
  if (asked) page.arrive(() => guide(asked));
  return { choose, goTo, guide, toStep, run: panel.run, holds: panel.holds, askNext: panel.askNext };
}

/**
 * The column of the course: nothing but its door, the list, or a lesson.
 *
 * @param {HTMLElement} root
 * @param {ReturnType<typeof lessonPanel>} panel
 * @param {string[]} order the keys of all lessons
 * @param {() => Node[]} entries of the list
 */
function column(root, panel, order, entries) {
  const door = make('button', { id: 'course_door', type: 'button' });
  const list = make('div', { id: 'chapters', hidden: '' });
  root.append(door, list, panel.element);

  /** @param {Shown} to */
  function draw(to) {
    const held = root.contains(document.activeElement); // then the keyboard stays in what comes into sight
    document.documentElement.dataset.course = to;
    door.hidden = to !== '';
    list.hidden = to !== 'list';
    panel.element.hidden = to !== 'lesson';
    if (to !== 'lesson') panel.close();
    const done = finishedLessons();
    const count = order.filter((key) => done.has(key)).length;
    door.textContent = count ? `Course: ${count} of ${order.length} done` : 'Follow the lecture';
    if (to === 'list') list.replaceChildren(...entries());
    const focused = { '': '#course_door', list: '#begin', lesson: '#question' }[to];
    if (held) root.querySelector(/** @type {'button'} */ (focused))?.focus({ preventScroll: true });
  }

  return { door, draw };
}

/** The step of a course of links that is this lesson; −1 where there is none. @param {Chain} chain @param {string} key */
function stepOf({ links }, key) {
  return links.findIndex((link) => link === key || new URLSearchParams(link).get('lesson') === key);
}

/** The place in a course of links, and the buttons that lead on and back. @param {Chain | null} chain */
function headOf(chain) {
  if (!chain) return {};
  const [at, all] = [chain.at + 1, chain.links.length];
  const ahead = at < all ? NEXT : at > 1 ? 'Begin again' : '';
  return { place: `${at} of ${all}`, ahead, back: at > 1 ? '‹ Back' : '' };
}
