function draw() {
  const cards = given()?.figures ?? [];
  find('figures').replaceChildren(...cards.map(({ key, label, value, unit }) => make(
    'div',
    { 'data-key': key },
    make('dt', {}, label),
    make('dd', { class: 'number' }, value),
    make('dd', { class: 'unit' }, unit),
  )));
}

watch('value', draw);
draw();
