// What page.js decides, as pure functions.

const FIRST_TAB = 'two-ways'; // no link names it

// The address of the page for a link. What a teacher hides is hidden for the class: the teacher's own page keeps what
// it was opened with. `tab`: the screen that is open, if the address is to name it.
export function addressOf(link, here, tab = null) {
  const address = new URLSearchParams(link);
  if (tab) address.set('tab', tab);
  if (tab === FIRST_TAB) address.delete('tab');
  const asked = new URLSearchParams(here.search);
  for (const part of ['hide', 'embed', 'large', '__theme']) {
    address.delete(part);
    if (asked.has(part)) address.set(part, asked.get(part));
  }
  return (`${address}` === 'v=1' ? here.pathname : `?${address}`) + (here.hash ?? ''); // a class may stand behind the #
}

// Whether a link holds the default experiment: then it says at most what a teacher shows.
export function isDefault(link) {
  const given = new URLSearchParams(link);
  for (const part of ['v', 'tab', 'hide', 'embed', 'large']) given.delete(part);
  return `${given}` === '';
}

// A new seed, as text.
export function seedOf(random) {
  return String(Math.floor(random * 2 ** 31));
}

// Longer after each try that failed: 1, 2, 4, … 15 seconds, and a little by chance, so that a class does not come back
// at one moment.
export function pause(tries, random = Math.random()) {
  return 1000 * Math.min(15, 2 ** tries) * (0.75 + random / 2);
}

export function wait(tries) {
  return new Promise((done) => setTimeout(done, pause(tries)));
}

// Whether a part is on its way out: Gradio draws a tab again.
export function busy(root) {
  return !root?.isConnected;
}
