// Puts a part of the page in its place: called by the one line that each Gradio component runs when it is drawn.

import { make } from './dom.js';
import { page, register } from './page.js';

export async function mount(name, element, props, server) {
  const { default: build } = await import(`./${name}.js`);
  const value = props.value ? JSON.parse(props.value) : null;
  const root = make('div', { class: `part part-${name}` });
  element.replaceChildren(root);
  register(name, root, server, build(root, { value, page }), value);
}
