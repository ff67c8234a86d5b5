// The course along the lecture: its chapters with their lessons, one lesson at a time, and what the visitor has done.

import { keep, kept } from '../class/class.js';
import { lessonPanel, NEXT } from '../lessons/lesson.js';
import { make } from '../core/dom.js';
import { maker } from '../lessons/maker.js';

const DONE = 'bigram-lab-done'; // the key of the browser's own storage

// The lessons that this browser has finished.
function finishedLessons() {
  return new Set(kept(DONE).split(' ').filter(Boolean));
}

export default function course(root, { value, page }) {
  const { chapters, lessons, limits } = value;
  const order = chapters.flatMap((chapter) => chapter.lessons); // the order of the course
  const door = make('button', { id: 'course_door', type: 'button' });
  const list = make('div', { id: 'chapters', hidden: '' });
  const panel = lessonPanel({ page, finished, onward, home, leave });
  root.append(door, list, panel.element);
  const own = maker({ page, limits }); // made once: what is typed stays
  let chained = null; // {links, at, guide}: a teacher's own course, its step, its address
  const owns = {}; // address: the lesson of a teacher's own that it opened

  function find(key) {
    return lessons.find((lesson) => lesson.key === key);
  }

  // What the column holds: nothing but the door, the list, or a lesson; `guide` is its address.
  function turn(to, guide = null) {
    page.go({ course: to, guide, step: chained?.at ?? 0 });
    draw(to);
  }

  function draw(to) {
    const held = root.contains(document.activeElement); // then the keyboard goes on in what comes into sight
    document.documentElement.dataset.course = to;
    door.hidden = to !== '';
    list.hidden = to !== 'list';
    panel.element.hidden = to !== 'lesson';
    if (to !== 'lesson') panel.close();
    const finishedOnes = finishedLessons();
    const count = order.filter((key) => finishedOnes.has(key)).length;
    door.textContent = count ? `Course: ${count} of ${order.length} done` : 'Follow the lecture';
    if (to === 'list') drawList(finishedOnes);
    if (held) root.querySelector({ '': '#course_door', list: '#begin', lesson: '#question' }[to]).focus({ preventScroll: true });
  }

  function drawList(finishedOnes) {
    const close = make('button', { type: 'button', class: 'close' }, 'Close');
    close.addEventListener('click', leave);
    const next = order.find((key) => !finishedOnes.has(key)) ?? order[0];
    const all = order.every((key) => finishedOnes.has(key));
    const words = all ? 'Begin again' : finishedOnes.has(order[0]) ? 'Go on' : 'Begin';
    const begin = make('button', { id: 'begin', type: 'button', class: 'primary' }, words);
    begin.addEventListener('click', () => choose(next));
    const about = all
      ? `You have answered all ${order.length} questions. Now try settings of your own.`
      : `${order.length} questions along the lecture. Predict, run, look. You may start anywhere.`;
    list.replaceChildren(
      make('div', { class: 'head' }, make('b', {}, 'The course'), close),
      make('p', {}, about),
      begin,
      make('ol', {}, ...chapters.map((chapter) => chapterItem(chapter, finishedOnes))),
      own,
    );
  }

  function chapterItem(chapter, finishedOnes) {
    const screen = make('button', { type: 'button', class: 'link' }, page.titles[chapter.tab] ?? '');
    screen.addEventListener('click', () => page.visit(chapter.tab));
    const items = chapter.lessons.map((key) => {
      const link = make('button', { type: 'button', class: 'link lesson-link', 'data-key': key }, find(key).title);
      link.addEventListener('click', () => choose(key));
      const mark = finishedOnes.has(key) ? make('span', { class: 'done', 'aria-label': 'done' }, ' ✓') : '';
      return make('li', {}, link, mark);
    });
    const head = make('div', { class: 'chapter' }, make('b', {}, chapter.title), ' ', video(chapter));
    return make('li', {}, head, make('div', { class: 'where' }, 'In the lab: ', screen), make('ul', {}, ...items));
  }

  // ---- a lesson

  function choose(key, guide = `?v=1&lesson=${key}`) {
    const lesson = find(key);
    if (!lesson) return;
    const chapter = chapters.find((one) => one.lessons.includes(key));
    const place = `${order.indexOf(key) + 1} of ${order.length}`;
    turn('lesson', guide);
    panel.open(lesson, { place, ahead: NEXT, ...ofChain(), chapter, video: video(chapter) });
    root.scrollIntoView({ block: 'nearest' });
  }

  function finished(key) {
    if (key) keep(DONE, [...finishedLessons().add(key)].join(' '));
  }

  function onward(key) {
    if (chained) return openChained((chained.at + 1) % chained.links.length);
    const next = order[order.indexOf(key) + 1];
    return next ? choose(next) : home();
  }

  function home() {
    if (chained) openChained(chained.at - 1);
    else turn('list');
  }

  function leave() {
    chained = null;
    turn('');
    offerBack();
  }

  // What was on the page before a lesson trained another experiment.
  function offerBack() {
    const own = panel.own();
    if (!own) return;
    const work = () => {
      page.parts.settings.fill(own);
      return page.train(own);
    };
    page.say(['This is the experiment of the lesson.'], 'note', { words: 'Back to your own experiment', work });
  }

  // ---- what a link opens: a lesson, a lesson that a teacher wrote, or a course of links

  function guide(asked) {
    if (asked.course) {
      chained = { links: asked.course, at: 0, guide: asked.query };
      return openChained(history.state?.step ?? 0); // after a reload, where it was
    }
    if (asked.own) openOwn(asked.own, asked.query, asked.query);
    else choose(asked.key);
  }

  function openOwn(own, query, address) {
    if (!chained) owns[address] = { own, query };
    turn('lesson', address);
    panel.open({ title: 'A question', query, ...own }, ofChain());
  }

  // Opens the step of the course of links that is this lesson. Returns whether there is one.
  async function toStep(key) {
    const at = chained?.links.findIndex((link) => link === key || new URLSearchParams(link).get('lesson') === key) ?? -1;
    if (at >= 0) await openChained(at);
    return at >= 0;
  }

  async function openChained(at) {
    const mine = chained;
    chained.at = at;
    page.guide = chained.guide;
    const asked = await page.openQuery(chained.links[at]);
    if (asked === undefined || mine !== chained) return; // another link, or Close, came between
    if (asked?.own) openOwn(asked.own, asked.query, chained.guide);
    else if (asked?.key) choose(asked.key, chained.guide);
    else {
      turn('lesson', chained.guide);
      panel.open(null, ofChain());
    }
  }

  // The place in a course of links, and how it goes on and back.
  function ofChain() {
    if (!chained) return {};
    const [at, all] = [chained.at + 1, chained.links.length];
    const ahead = at < all ? NEXT : at > 1 ? 'Begin again' : '';
    return { place: `${at} of ${all}`, ahead, back: at > 1 ? '‹ Back' : '' };
  }

  // Where the browser's Back leads.
  async function goTo({ course: to = '', guide: link = null, step = 0 }) {
    const same = to === document.documentElement.dataset.course && link === page.guide && step === (chained?.at ?? 0);
    if (same) return;
    const key = new URLSearchParams(link ?? '').get('lesson');
    if (to === '') leave();
    else if (to === 'list') {
      chained = null;
      turn('list');
    } else if (link === chained?.guide) await openChained(step);
    else if (find(key)) choose(key);
    else if (owns[link]) openOwn(owns[link].own, owns[link].query, link);
    else {
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

function video({ time, url, title }) {
  const label = `The lecture at ${time}: ${title}`;
  return make('a', { href: url, target: '_blank', rel: 'noopener', 'aria-label': label }, `▶ ${time}`);
}
