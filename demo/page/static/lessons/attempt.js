// What a lesson does, apart from its drawing. A lesson that is closed withdraws what it asked for, and does no more.

import { isDefault } from '../core/state.js';

const KEPT = ['tab', 'hide', 'embed', 'large']; // what a teacher shows stays

/**
 * @typedef {import('../core/page.js').Page} Page
 * @typedef {import('../core/page.js').Experiment} Experiment
 *
 * @typedef {object} Lesson
 * @property {string} [key] a lesson of one's own has a query instead
 * @property {string} [query]
 * @property {string} title
 * @property {string} question
 * @property {string[]} choices
 * @property {Experiment} settings
 * @property {string} tab
 * @property {number} [right] of a lesson of one's own, from 1
 * @property {string} [why]
 *
 * @typedef {object} Answer
 * @property {number} right from 0
 * @property {string} look where to look
 * @property {string | null} place on the screen
 * @property {Record<string, any>} shows
 * @property {string} verdict
 * @property {string} explanation
 * @property {object | null} picture what is compared: see picture.js
 * @property {string} more for who wants to know more; "" where there is none
 *
 * @typedef {'closed' | 'asked' | 'running' | 'looking' | 'told'} Stage
 *
 * @param {Page} page
 * @param {(stage: Stage) => void} draw
 */
export function createAttempt(page, draw) {
  /** @type {Lesson | null} none where a step of a course only shows an experiment */
  let lesson = null;
  /** @type {Stage} */
  let stage = 'closed';
  /** @type {Answer | null} */
  let answer = null;
  /** @type {Experiment | null} what was on the page before the lessons */
  let own = null;
  /** @type {Experiment | null} what a lesson trained last */
  let trained = null;
  let isTraining = false;
  let closing = new AbortController();

  /** @param {Stage} to */
  function turn(to) {
    stage = to;
    draw(to);
  }

  // Whether the experiment on the page is that of a lesson; the number of steps may be another one.
  function isOfLesson() {
    const [now, then] = [page.experiment, trained];
    if (!now || !then) return false;
    return Object.keys(then).every((key) => key === 'steps' || String(now[key]) === String(then[key]));
  }

  // What the lesson has not trained yet, it does not train any more. What it has reached stays on the page.
  function end() {
    closing.abort();
    if (isTraining && !isOfLesson()) page.parts.settings.fill({ ...page.experiment, steps: page.goal });
    isTraining = false;
    lesson = answer = null;
  }

  /** @param {Lesson} of */
  function ask(of) {
    if (of.key) return page.ask('course', 'explain', { experiment: undefined, key: of.key, signal: closing.signal });
    const look = `Look at the screen ${page.titles[of.tab] ?? 'of this lesson'}. What do you see?`;
    return { right: (of.right ?? 1) - 1, look, place: null, shows: {}, verdict: '', explanation: of.why ?? '', more: '', picture: null };
  }

  const attempt = {
    get lesson() {
      return lesson;
    },
    get stage() {
      return stage;
    },
    get answer() {
      return answer;
    },
    // The experiment to go back to, as long as that of a lesson is on the page.
    get own() {
      return isOfLesson() ? own : null;
    },

    /** @param {Lesson | null} fresh */
    open(fresh) {
      end();
      closing = new AbortController();
      lesson = fresh;
      turn(fresh ? 'asked' : 'told');
    },

    close() {
      end();
      turn('closed');
    },

    // Trains the experiment of the lesson and asks for its answer. Returns whether it is there.
    async run() {
      if (!lesson || stage === 'running') return false;
      const [mine, { signal }] = [lesson, closing];
      const form = page.parts.settings.read();
      const kept = Object.fromEntries(KEPT.map((key) => [key, form[key]]));
      if (!isOfLesson()) own = isDefault(page.link) ? null : { ...page.experiment, steps: page.goal, ...kept };
      trained = { ...mine.settings, ...kept };
      page.parts.settings.fill(trained);
      isTraining = true;
      turn('running');
      const isTrained = await page.train(trained, mine.tab, signal);
      if (signal.aborted) return false;
      isTraining = false;
      const told = isTrained && (await ask(mine));
      if (signal.aborted) return false;
      answer = told || null;
      turn(answer ? 'looking' : 'asked'); // without an answer: it was stopped, refused, or another run came between
      return answer !== null;
    },

    /**
     * Sets the screen to what the lesson is about. Returns the place that it speaks of; null where it has none, or where
     * the lesson was closed meanwhile.
     *
     * @param {boolean} again
     */
    async point(again) {
      const [mine, { signal }] = [lesson, closing];
      if (!mine || !answer?.place) return null;
      const told = answer;
      await page.toTab(mine.tab);
      if (signal.aborted) return null;
      const place = await page.parts[mine.tab].point({ ...told, again, signal });
      return signal.aborted ? null : place;
    },

    tell() {
      turn('told');
    },
  };
  return attempt;
}
