function draw() {
  const { sentences = [], kind } = given() ?? {};
  find('notice').className = `notice ${sentences.length ? 'filled' : ''} ${kind === 'error' ? 'error' : ''}`;
  find('notice').replaceChildren(...sentences.map((sentence) => make('p', {}, sentence)));
}

watch('value', draw);
draw();
