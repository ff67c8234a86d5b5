// Files: those to download, made in the visitor's browser, and one to upload, as the text that travels with a question.
// Nothing is left on the server.

import { make } from './dom.js';

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// Base64 of the gzip of a file, in characters that a link leaves as they are.
export async function packed(file) {
  const gzip = await new Response(file.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  const reader = new FileReader();
  await new Promise((done) => {
    reader.onload = done;
    reader.readAsDataURL(gzip);
  });
  return reader.result.slice(reader.result.indexOf(',') + 1).replaceAll('+', '-').replaceAll('/', '_');
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
