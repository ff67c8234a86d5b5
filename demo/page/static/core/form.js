// What the form of settings decides, as pure functions.

/**
 * @typedef {import('./machine.js').Experiment} Experiment
 *
 * @typedef {object} Field a setting, as the server describes it
 * @property {string} key
 * @property {string} label
 * @property {'whole' | 'real' | 'seed' | 'text' | 'choice' | 'parts' | 'table'} kind
 * @property {string} group
 * @property {string | number} default
 * @property {string} help
 * @property {string} [formula]
 * @property {[string, string | number][]} choices [words, value]
 * @property {number} [min]
 * @property {number} [max]
 */

const ALWAYS = ['data', 'order', 'k', 'steps', 'lr', 'l2']; // what the line of settings always says
/** @type {Record<string, string>} */
const SHORT = { order: 'order', k: 'smoothing', lr: 'rate', l2: 'L2' };

/**
 * What was typed, as the server takes it: a number where it is one, else the text, which the server refuses by name.
 *
 * @param {Field['kind']} kind
 * @param {string} typed
 */
export function formIs(kind, typed) {
  if (kind === 'text') return typed;
  const trimmed = typed.trim();
  if (kind === 'seed') return trimmed;
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/**
 * All settings in one line: those of the lecture always, the others where they are not at their defaults.
 * `hidden`: the keys that a teacher has left out.
 *
 * @param {Field[]} fields
 * @param {Experiment} values
 * @param {string[]} hidden
 */
export function lineOf(fields, values, hidden = []) {
  const said = fields.filter(({ key, kind, group, default: usual }) => {
    if (hidden.includes(key) || group === 'share' || kind === 'table' || kind === 'text') return false;
    return ALWAYS.includes(key) || String(values[key]) !== String(usual);
  });
  return said.map((field) => inWords(field, values).replaceAll(' ', '\u00a0')).join(' · '); // lines end between settings
}

/** @param {Field} field @param {Experiment} values */
function inWords({ key, label, choices }, values) {
  const value = values[key];
  if (key === 'data' && value === 'own') return amount(countOf(values.words).words, 'own word');
  if (key === 'data') return choices.find(([, one]) => one === value)?.[0] ?? value;
  if (key === 'steps') return amount(value, 'step');
  return `${SHORT[key] ?? label} ${value}`;
}

/** A number and what is counted: `1 step`, `2,000 steps`. @param {number | string} number @param {string} one */
export function amount(number, one) {
  const words = typeof number === 'number' ? number.toLocaleString('en-US') : number;
  return `${words} ${one}${number === 1 ? '' : 's'}`;
}

/**
 * The settings, of those a run has, that differ from what is asked for on the page. `goal`: its last step, which may not
 * be reached yet.
 *
 * @param {Field[]} fields
 * @param {Experiment} now
 * @param {Experiment} asked
 * @param {number | null} goal
 */
export function changedIn(fields, now, asked, goal) {
  return fields
    .filter(({ key, group }) => group !== 'share' && String(now[key]) !== String(asked[key]))
    .map(({ key }) => key)
    .filter((key) => key !== 'steps' || String(now.steps) !== String(goal));
}

/**
 * The state of training in a sentence or two. `reached`: the steps of what is shown. `isRefused`: whether the server has
 * refused these very settings. `isChanged`: whether Train would train something else than what is shown.
 *
 * @param {object} status
 * @param {number | null} [status.place] in the server's queue
 * @param {{ step: number, steps: number } | null} [status.running]
 * @param {boolean} [status.isRefused]
 * @param {boolean} [status.isChanged]
 * @param {number} status.reached
 * @param {number} status.steps that the form shows
 */
export function statusOf({ place, running, isRefused, isChanged, reached, steps }) {
  if (place) return `Waiting for the server. Your place in the queue: ${place.toLocaleString('en-US')}.`;
  if (running) return `Training: step ${running.step.toLocaleString('en-US')} of ${running.steps.toLocaleString('en-US')}.`;
  if (isRefused) return 'These settings are not trained. The message says why.';
  if (isChanged) return 'Changed settings are not trained yet. Press Train.';
  if (steps === reached) return `Trained: ${amount(reached, 'step')}.`;
  return `At step ${reached.toLocaleString('en-US')}. Train takes ${amount(steps, 'step')} from the start.`;
}

/**
 * How many words a list has, one a line, and how many examples: one for each character and one for each end. The server
 * counts the same (bigram.parse); a test in the browser compares them.
 *
 * @param {string} list
 */
export function countOf(list) {
  if (list !== last.list) last = { list, count: counted(list) }; // a long list is counted once, not after each key
  return last.count;
}
/** @type {{ list?: string, count: ReturnType<typeof counted> }} */
let last = { count: { words: 0, examples: 0 } };

/** @param {string} list */
function counted(list) {
  const lines = list.replace(/^\uFEFF/, '').split(/\r\n|[\n\v\f\r\x85\u2028\u2029]/);
  const words = lines.map((line) => line.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')).filter(Boolean);
  return { words: words.length, examples: words.reduce((sum, word) => sum + [...word].length + 1, 0) };
}

/**
 * Whether a table, packed, is small enough: a sentence where it has more than `most` characters.
 *
 * @param {string} packed
 * @param {number} most
 */
export function tooLarge(packed, most) {
  if (packed.length <= most) return '';
  const [size, limit] = [packed.length, most].map((length) => ((length * 0.75) / 1e6).toFixed(1));
  return `The compressed table has ${size} MB; at most ${limit} MB are allowed. Upload a table of a lower order.`;
}
