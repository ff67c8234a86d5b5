// Small decisions of the page, as pure functions.

const FIRST_TAB = 'two-ways'; // no link names it

/**
 * The address of the page for a link. What a teacher hides is hidden for the class: the teacher's own page keeps what it
 * was opened with.
 *
 * @param {string} link
 * @param {{ pathname: string, search: string, hash?: string }} here
 * @param {string | null} [tab] the screen that is open, if the address is to name it
 * @param {string} [name] the visitor's name, if the address is to hold one
 */
export function addressOf(link, here, tab = null, name = '') {
  const address = new URLSearchParams(link);
  if (tab) address.set('tab', tab);
  if (tab === FIRST_TAB) address.delete('tab');
  address.delete('name'); // the link may hold an earlier one
  if (name) address.set('name', name);
  const asked = new URLSearchParams(here.search);
  for (const part of ['hide', 'embed', 'large', '__theme']) {
    address.delete(part);
    const kept = asked.get(part);
    if (kept !== null) address.set(part, kept);
  }
  return (`${address}` === 'v=1' ? here.pathname : `?${address}`) + (here.hash ?? ''); // a class may stand behind the #
}

/**
 * The link without the visitor's name.
 *
 * @param {string} link
 */
export function nameless(link) {
  const parts = new URLSearchParams(link);
  parts.delete('name');
  return `?${parts}`;
}

/**
 * Whether a link holds the default experiment: then it says at most what a teacher shows.
 *
 * @param {string} link
 */
export function isDefault(link) {
  const given = new URLSearchParams(link);
  for (const part of ['v', 'tab', 'hide', 'embed', 'large', 'name']) given.delete(part);
  return `${given}` === '';
}

/**
 * A new seed, as text.
 *
 * @param {number} random from 0 to 1
 */
export function seedOf(random) {
  return String(Math.floor(random * 2 ** 31));
}

/**
 * The pause after a try that failed, in milliseconds: 1, 2, 4, … 15 seconds, and a little by chance, so that a class
 * does not come back at one moment.
 *
 * @param {number} tries
 */
export function pause(tries, random = Math.random()) {
  return 1000 * Math.min(15, 2 ** tries) * (0.75 + random / 2);
}

/**
 * @param {number} tries
 * @returns {Promise<void>}
 */
export function wait(tries) {
  return new Promise((done) => setTimeout(done, pause(tries)));
}

/**
 * Whether a part is not in the document: Gradio may draw a tab again.
 *
 * @param {{ isConnected: boolean } | undefined} root
 */
export function busy(root) {
  return !root?.isConnected;
}

/**
 * Of several works begun one after the other, only the last may continue:
 * `const begin = latest()`, then at each beginning `const isLast = begin()`.
 */
export function latest() {
  let last = 0;
  return () => {
    const mine = ++last;
    return () => mine === last;
  };
}

/**
 * Whether this browser sees the page for the first time. A browser that keeps nothing never says so: its visitor would
 * be a newcomer at every visit.
 *
 * @param {() => Storage} storage
 */
export function isNewcomer(storage) {
  try {
    if (storage().getItem(SEEN)) return false;
    storage().setItem(SEEN, ''); // tests whether it can be kept
    return true;
  } catch {
    return false;
  }
}

/** @param {() => Storage} storage */
export function markSeen(storage) {
  try {
    storage().setItem(SEEN, '1');
  } catch {
    // a browser that keeps nothing
  }
}

const SEEN = 'bigram-seen';
