// The list of the course: its chapters with their lessons, and which of them this browser has finished.

import { keep, kept } from '../class/class.js';
import { make } from '../core/dom.js';

const DONE = 'bigram-lab-done'; // the key of the browser's own storage

/**
 * @typedef {object} Chapter
 * @property {string} title
 * @property {string} time in the lecture
 * @property {string} url
 * @property {string} tab its screen in the lab
 * @property {string[]} lessons their keys
 *
 * @typedef {{ key: string, title: string }} Entry a lesson in the list
 * @typedef {object} Press what the buttons of the list do
 * @property {(key: string) => void} choose
 * @property {(tab: string) => void} visit
 * @property {() => void} leave
 */

/** The keys of the lessons that this browser has finished. */
export function finishedLessons() {
  return new Set(kept(DONE).split(' ').filter(Boolean));
}

/** @param {string} key */
export function finish(key) {
  keep(DONE, [...finishedLessons().add(key)].join(' '));
}

/**
 * @param {Chapter[]} chapters
 * @param {Entry[]} lessons
 * @param {Record<string, string>} titles of the screens
 * @param {Press} press
 * @returns {Node[]}
 */
export function chapterList(chapters, lessons, titles, press) {
  const finished = finishedLessons();
  const order = chapters.flatMap((chapter) => chapter.lessons);
  const next = order.find((key) => !finished.has(key));
  const words = next === undefined ? 'Begin again' : finished.has(order[0]) ? 'Go on' : 'Begin';
  const about =
    next === undefined
      ? `You have answered all ${order.length} questions. Now try settings of your own.`
      : `${order.length} questions along the lecture. Predict, run, look. You may start anywhere.`;
  const items = chapters.map((chapter) => {
    const entries = chapter.lessons.map((key) => lessons.find((lesson) => lesson.key === key) ?? { key, title: key });
    return chapterItem(chapter, entries, titles[chapter.tab] ?? '', finished, press);
  });
  return [
    make('div', { class: 'head' }, make('b', {}, 'The course'), button('Close', press.leave, { class: 'close' })),
    make('p', {}, about),
    button(words, () => press.choose(next ?? order[0]), { id: 'begin', class: 'primary' }),
    make('ol', {}, ...items),
  ];
}

/** @param {Chapter} chapter @param {Entry[]} entries @param {string} screen @param {Set<string>} finished @param {Press} press */
function chapterItem(chapter, entries, screen, finished, { choose, visit }) {
  const items = entries.map(({ key, title }) => {
    const link = button(title, () => choose(key), { class: 'link lesson-link', 'data-key': key });
    const mark = finished.has(key) ? make('span', { class: 'done', 'aria-label': 'done' }, ' ✓') : '';
    return make('li', {}, link, mark);
  });
  const head = make('div', { class: 'chapter' }, make('b', {}, chapter.title), ' ', video(chapter));
  const where = make('div', { class: 'where' }, 'In the lab: ', button(screen, () => visit(chapter.tab), { class: 'link' }));
  return make('li', {}, head, where, make('ul', {}, ...items));
}

/** The place of a chapter in the lecture. @param {Chapter} chapter */
export function video({ time, url, title }) {
  const label = `The lecture at ${time}: ${title}`;
  return make('a', { href: url, target: '_blank', rel: 'noopener', 'aria-label': label }, `▶ ${time}`);
}

/** @param {string} words @param {() => void} work @param {Record<string, string>} attributes */
function button(words, work, attributes) {
  const node = make('button', { type: 'button', ...attributes }, words);
  node.addEventListener('click', () => work());
  return node;
}
