function draw() {
  const { sentences = [], kind = 'note' } = given() ?? {};
  find('notice').className = `notice ${sentences.length ? 'filled' : ''} ${kind}`;
  find('notice').replaceChildren(...sentences.map((sentence) => make('p', {}, sentence)));
}

watch('value', draw);
draw();
