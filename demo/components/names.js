const stage = find('stage');
const letters = new Intl.Segmenter();

function read(raw) {
  const pairs = list(raw.pairs).map(([left, right, leftKnown, rightKnown]) => [
    { name: string(left), other: string(right), known: leftKnown === true },
    { name: string(right), other: string(left), known: rightKnown === true },
  ]);
  if (!pairs.length) throw new RangeError('no names');
  return { heads: [string(raw.left), string(raw.right)], pairs, note: string(raw.note) };
}

function show({ heads, pairs, note }) {
  const head = make('tr', {}, ...heads.map((name) => make('th', { scope: 'col' }, text(name))));
  const rows = pairs.map((pair) => {
    const same = pair[0].name === pair[1].name;
    return make('tr', { class: same ? 'same' : '' }, ...pair.map((one) => make('td', {}, cell(one))));
  });
  stage.replaceChildren(make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)));
  find('note').textContent = note;
}

function cell({ name, other, known }) {
  const node = make('div', { class: 'cell' }, make('bdi', { class: 'name', title: name }, ...marked(name, other)));
  if (known) node.append(make('span', { class: 'tag' }, 'in the list'));
  return node;
}

// The name in runs of letters that agree with the other name and runs that do not.
function marked(name, other) {
  const split = (word) => Array.from(letters.segment(word), (part) => part.segment);
  const theirs = split(other);
  const runs = [];
  split(name).forEach((letter, at) => {
    const differs = letter !== theirs[at];
    if (runs.at(-1)?.differs === differs) runs.at(-1).word += letter;
    else runs.push({ differs, word: letter });
  });
  return runs.map(({ differs, word }) => (differs ? make('span', { class: 'differs' }, word) : word));
}

keep(read, show);
