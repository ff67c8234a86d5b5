const HINT = 'Point at a bar, or focus the picture and use the arrow keys.';
const SIGNS = { chosen: '', good: '✓ ', bad: '✗ ' };

const stage = find('stage');
let value = null; // as read
let nodes = []; // one per bar
let cursor = null;

function read(raw) {
  const bars = list(raw.bars).map((one) => ({
    label: string(one.label),
    value: number(one.value),
    text: string(one.text),
    mark: one.mark in SIGNS ? one.mark : null,
    note: string(one.note),
  }));
  if (!bars.length) throw new RangeError('no bars');
  return {
    title: string(raw.title),
    unit: string(raw.unit),
    note: string(raw.note),
    signed: raw.signed === true,
    vertical: raw.orientation !== 'horizontal',
    max: number(raw.max) || Math.max(...bars.map((one) => Math.abs(one.value ?? 0))) || 1,
    bars,
  };
}

function show(fresh) {
  value = fresh;
  find('title').textContent = value.title;
  find('note').textContent = value.note;
  stage.setAttribute('aria-label', `${value.title}: ${value.bars.length} bars, in ${value.unit || 'numbers'}`);
  draw();
  point(cursor !== null && cursor < nodes.length ? cursor : null);
}

function draw() {
  if (!value) return;
  const longest = Math.max(...value.bars.map((one) => [...one.label].length));
  nodes = value.bars.map((one) => {
    const sign = SIGNS[one.mark] ?? '';
    const label = make('span', { class: 'label' }, text(glyph(one.label)));
    const written = make('span', { class: 'text' }, sign, text(one.text));
    const track = make('span', { class: 'track' }, fill(one));
    if (value.signed) track.append(zero());
    const node = make('div', { class: `bar ${one.mark ?? ''}` });
    node.append(...(value.vertical ? [written, track, label] : [label, track, written]));
    if (value.vertical) node.style.minWidth = `${Math.max(8, longest * 7.5)}px`;
    return node;
  });
  const all = make('div', { class: `bars ${value.vertical ? 'vertical' : 'horizontal'}` }, ...nodes);
  stage.replaceChildren(all);
  // Texts above slim bars would run into each other: then the read-out alone gives them.
  const room = value.bars.every((one, i) => one.text.length * 6.5 < nodes[i].clientWidth);
  if (value.vertical && !room) all.querySelectorAll('.text').forEach((node) => node.replaceChildren());
}

function fill(one) {
  const share = one.value === null ? 1 : Math.min(1, Math.abs(one.value) / value.max);
  const below = one.value !== null && one.value < 0;
  const bar = make('span', { class: `fill ${one.value === null ? 'endless' : ''} ${below ? 'below' : ''}` });
  const half = value.signed ? 50 : 0;
  const [start, size, across] = value.vertical ? ['bottom', 'height', ['left', 'right']] : ['left', 'width', ['top', 'bottom']];
  const length = value.signed ? share * 50 : share * 100;
  bar.style[size] = `${length}%`;
  bar.style[start] = `${below ? half - length : half}%`;
  across.forEach((side) => (bar.style[side] = 0));
  return bar;
}

function zero() {
  const line = make('span', { class: 'zero' });
  const place = value.vertical ? { left: 0, right: 0, bottom: '50%', height: '1px' } : { top: 0, bottom: 0, left: '50%', width: '1px' };
  Object.assign(line.style, place);
  return line;
}

function point(at) {
  nodes[cursor]?.classList.remove('active');
  cursor = at;
  const out = find('readout');
  if (at === null) {
    out.replaceChildren(make('span', { class: 'hint' }, HINT));
    return;
  }
  nodes[at].classList.add('active');
  const one = value.bars[at];
  out.replaceChildren(make('b', {}, text(glyph(one.label))), ' · ', text(one.text), value.unit ? ` ${value.unit}` : '');
  if (one.mark) out.append(` · ${one.mark}`);
  if (one.note) out.append(' · ', text(one.note));
}

function at(event) {
  const node = event.target.closest('.bar');
  return node ? nodes.indexOf(node) : null;
}

stage.addEventListener('pointerover', (event) => point(at(event)));
stage.addEventListener('pointerleave', () => point(null));
stage.addEventListener('blur', () => point(null));
stage.addEventListener('focus', () => {
  if (value && stage.matches(':focus-visible')) point(cursor ?? Math.max(0, value.bars.findIndex((one) => one.mark === 'chosen')));
});
stage.addEventListener('click', (event) => {
  if (at(event) !== null) trigger('bar', { i: at(event) });
});
stage.addEventListener('keydown', (event) => {
  if (!value) return;
  const last = value.bars.length - 1;
  const back = Math.max(0, (cursor ?? 0) - 1);
  const on = Math.min(last, (cursor ?? -1) + 1);
  const to = { ArrowLeft: back, ArrowUp: back, ArrowRight: on, ArrowDown: on, Home: 0, End: last }[event.key];
  if (to !== undefined) {
    point(to);
    stage.scrollLeft = nodes[to].offsetLeft - stage.clientWidth / 2;
  } else if ((event.key === 'Enter' || event.key === ' ') && cursor !== null) trigger('bar', { i: cursor });
  else return;
  event.preventDefault();
});

twin(() => ({
  caption: value.title,
  head: ['', value.unit || 'value', 'note'],
  body: value.bars.map((one) => [glyph(one.label), one.text, [one.mark, one.note].filter(Boolean).join(', ')]),
}));
redraw(stage, () => {
  draw();
  if (cursor !== null) point(cursor);
});
keep(read, show);
