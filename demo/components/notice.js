let said = '';

// What went wrong must be seen: on a phone the notice lies below the controls.
function draw() {
  const { sentences = [], kind } = given() ?? {};
  const notice = find('notice');
  notice.className = `notice ${sentences.length ? 'filled' : ''} ${kind === 'error' ? 'error' : ''}`;
  notice.replaceChildren(...sentences.map((sentence) => make('p', {}, sentence)));
  const wrong = kind === 'error' ? sentences.join('\n') : '';
  if (wrong && wrong !== said) notice.scrollIntoView({ block: 'nearest' });
  said = wrong;
}

watch('value', draw);
draw();
