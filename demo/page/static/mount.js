// Puts a part of the page in its place: called by the one line that each Gradio component runs when it is drawn.

import { make } from './core/dom.js';
import { createPage } from './core/page.js';
import { wait } from './core/state.js';

const { page, register } = createPage();
const FIRST_SCREEN = 1000; // milliseconds in which nothing else is loaded
const MISSING = 'This part of the page could not be loaded. The page tries again by itself.';

/**
 * @param {string} name
 * @param {HTMLElement} element
 * @param {{ value: string | null }} props
 * @param {import('./core/server.js').Functions} server
 */
export async function mount(name, element, props, server) {
  const build = await load(name, element);
  const value = props.value ? JSON.parse(props.value) : null;
  const root = make('div', { class: `part part-${name}` });
  element.replaceChildren(root);
  register(name, root, server, build(root, { value, page }), value);
  if (name === 'settings') setTimeout(loadScreens, FIRST_SCREEN);
}

// The module of a part. A browser may remember that an address failed, so each new try has an address of its own.
/** @param {string} name @param {HTMLElement} element */
async function load(name, element) {
  for (let tries = 0; ; tries++) {
    try {
      return (await import(`./parts/${name}.js${tries ? `?try=${tries}` : ''}`)).default;
    } catch (error) {
      console.warn(error);
      element.replaceChildren(make('p', { class: 'sentence error', role: 'status' }, MISSING));
      await wait(tries);
    }
  }
}

// All screens, before they are opened: a new version of the lab takes the files of this one away.
function loadScreens() {
  for (const tab of Object.keys(page.titles)) import(`./parts/${tab}.js`).catch(() => {}); // tried again when it is opened
}
