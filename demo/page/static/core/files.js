// Files: those to download, made in the visitor's browser, and one to upload, as the text that travels with a question.
// Nothing is left on the server.

import { make } from './dom.js';

/** @param {string} base64 */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Base64 of the gzip of a file, in characters that a link leaves as they are. @param {Blob} file */
export async function packed(file) {
  const gzip = await new Response(file.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  const reader = new FileReader();
  await new Promise((done) => {
    reader.onload = done;
    reader.readAsDataURL(gzip);
  });
  const address = String(reader.result); // data:…;base64,…
  return address.slice(address.indexOf(',') + 1).replaceAll('+', '-').replaceAll('/', '_');
}

/** @typedef {{ name: string, type: string, data: string }} File its MIME type, and its content as base64 */

export function files() {
  const element = make('ul', { class: 'files' });

  /** @param {File[] | undefined} value */
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
