const figureList = element.querySelector('.figures');

function figureLine(tag, className, text) {
  const line = document.createElement(tag);
  line.className = className;
  line.textContent = text;
  return line;
}

function drawFigures() {
  figureList.replaceChildren(...(props.value?.figures ?? []).map((figure) => {
    const card = document.createElement('div');
    if (figure.key) card.dataset.key = figure.key;
    card.append(
      figureLine('dt', '', figure.label),
      figureLine('dd', 'number', figure.value),
      figureLine('dd', 'unit', figure.unit),
    );
    return card;
  }));
}

watch('value', drawFigures);
drawFigures();
