// Puts a part of the page in its place: called by the one line that each Gradio component runs when it is drawn.

import { make } from './core/dom.js';
import { createPage } from './core/page.js';

const { page, register } = createPage();
const FIRST_SCREEN = 1000; // milliseconds in which nothing else is loaded

export async function mount(name, element, props, server) {
  const { default: build } = await import(`./parts/${name}.js`);
  const value = props.value ? JSON.parse(props.value) : null;
  const root = make('div', { class: `part part-${name}` });
  element.replaceChildren(root);
  register(name, root, server, build(root, { value, page }), value);
  if (name === 'settings') setTimeout(loadScreens, FIRST_SCREEN);
}

// All screens, before they are opened: a new version of the lab takes the files of this one away.
function loadScreens() {
  for (const tab of Object.keys(page.titles)) import(`./parts/${tab}.js`).catch(() => {}); // tried again when it is opened
}
