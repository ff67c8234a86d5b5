const HINT = 'Point at a bar, or focus the picture and use the arrow keys.';
const MOST = 200; // bars that are drawn; the table twin has them all
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
  const cut = value.bars.length > MOST ? `The first ${MOST} of ${format(value.bars.length, 'integer')}. ` : '';
  find('note').textContent = cut + value.note;
  stage.setAttribute('aria-label', `${value.title}: ${value.bars.length} bars, in ${value.unit || 'numbers'}`);
  draw();
  point(cursor !== null && cursor < nodes.length ? cursor : null);
}

function draw() {
  const longest = Math.max(...value.bars.map((one) => Array.from(one.label).length));
  nodes = value.bars.slice(0, MOST).map((one) => {
    const label = make('span', { class: 'label' }, text(glyph(one.label)));
    const written = make('span', { class: 'text' }, SIGNS[one.mark] ?? '', text(one.text));
    const { bar, end } = fill(one);
    const area = make('div', { class: 'area' }, bar);
    const track = make('div', { class: 'track' }, area);
    if (value.signed) area.append(zero());
    if (value.vertical) {
      area.append(written);
      Object.assign(written.style, end);
    }
    const node = make('div', { class: `bar ${one.mark ?? ''}` });
    node.append(...(value.vertical ? [track, label] : [label, track, written]));
    if (value.vertical) node.style.minWidth = `${Math.max(8, longest * 7.5)}px`;
    return node;
  });
  const kind = `${value.vertical ? 'vertical' : 'horizontal'} ${value.signed ? 'signed' : ''}`;
  stage.replaceChildren(make('div', { class: `bars ${kind}` }, ...nodes));
  loosen();
}

// Texts over slim bars would run into each other: then only the chosen bar keeps its own.
function loosen() {
  if (!value?.vertical) return;
  const room = nodes[0].clientWidth;
  stage.firstChild.classList.toggle('tight', value.bars.some((one) => one.text.length * 6.5 > room));
}

// The bar, and where its text goes: beyond its end.
function fill(one) {
  const share = one.value === null ? 1 : Math.min(1, Math.abs(one.value) / value.max);
  const below = one.value !== null && one.value < 0 && value.signed;
  const bar = make('div', { class: `fill ${one.value === null ? 'endless' : ''} ${below ? 'below' : ''}` });
  const base = value.signed ? 50 : 0;
  const length = share * (100 - base);
  const [start, size, sides] = value.vertical
    ? ['bottom', 'height', { left: 0, right: 0 }]
    : ['left', 'width', { top: 0, bottom: 0 }];
  Object.assign(bar.style, sides, { [size]: `${length}%`, [start]: `${below ? base - length : base}%` });
  return { bar, end: below ? { top: `${base + length}%` } : { bottom: `${base + length}%` } };
}

function zero() {
  const line = make('div', { class: 'zero' });
  const across = { left: 0, right: 0, bottom: '50%', height: '1px' };
  const down = { top: 0, bottom: 0, left: '50%', width: '1px' };
  Object.assign(line.style, value.vertical ? across : down);
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
stage.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && point(null));
stage.addEventListener('blur', () => point(null));
stage.addEventListener('focus', () => {
  if (value && stage.matches(':focus-visible')) point(cursor ?? Math.max(0, value.bars.findIndex((one) => one.mark === 'chosen')));
});
stage.addEventListener('click', (event) => {
  if (at(event) !== null) trigger('bar', { i: at(event) });
});
stage.addEventListener('keydown', (event) => {
  if (!value) return;
  const last = nodes.length - 1;
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
redraw(stage, loosen);
keep(read, show);
