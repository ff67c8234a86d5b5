// A list of files to download, made in the visitor's browser: nothing is left on the server.

import { make } from './dom.js';

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// value: [{name, type: MIME type, data: base64}]
export function files() {
  const element = make('ul', { class: 'files' });

  function show(value) {
    for (const link of element.querySelectorAll('a')) URL.revokeObjectURL(link.href);
    element.replaceChildren(
      ...(value ?? []).map(({ name, type, data }) => {
        const content = bytes(data);
        const href = URL.createObjectURL(new Blob([content], { type }));
        const words = `${name} (${(content.length / 1024).toFixed(1)} KiB)`;
        return make('li', {}, make('a', { href, download: name }, words));
      }),
    );
  }

  return { element, show };
}
