function draw() {
  for (const link of find('files').querySelectorAll('a')) URL.revokeObjectURL(link.href);
  const files = given()?.files ?? [];
  find('files').replaceChildren(...files.map(({ name, type, data }) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const href = URL.createObjectURL(new Blob([bytes], { type }));
    return make('li', {}, make('a', { href, download: name }, `${name} (${(bytes.length / 1024).toFixed(1)} KiB)`));
  }));
}

watch('value', draw);
draw();
