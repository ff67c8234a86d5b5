const HINT = 'Point at a bar, or focus the picture and use the arrow keys.';
const LETTER = 6.5; // about the width of a digit, in pixels
const BOLD = 8;
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
    mark: Object.hasOwn(SIGNS, one.mark) ? one.mark : null,
    note: string(one.note),
  }));
  if (!bars.length) throw new RangeError('no bars');
  // How far the bars may go: `high` up (or right) and, where some are negative, `low` down (or left).
  const signed = raw.signed === true;
  const furthest = (side) => Math.max(0, ...bars.map((one) => side * (one.value ?? 0)));
  const max = number(raw.max);
  const low = signed && furthest(-1) > 0 ? max || furthest(-1) : 0;
  const high = furthest(1) > 0 || !low ? max || furthest(1) || 1 : 0;
  return {
    title: string(raw.title),
    unit: string(raw.unit),
    note: string(raw.note),
    vertical: raw.orientation !== 'horizontal',
    signed,
    low,
    high,
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
    const { bar, base, end } = fill(one);
    const area = make('div', { class: 'area' }, bar);
    const track = make('div', { class: 'track' }, area);
    if (value.signed) area.append(zero(base));
    if (value.vertical) {
      area.append(written);
      Object.assign(written.style, end);
    }
    const node = make('div', { class: `bar ${one.mark ?? ''}` });
    node.append(...(value.vertical ? [track, label] : [label, track, written]));
    if (value.vertical) node.style.minWidth = `${Math.max(8, longest * 7.5)}px`;
    return node;
  });
  const kind = `${value.vertical ? 'vertical' : 'horizontal'} ${value.low ? 'signed' : ''}`;
  stage.replaceChildren(make('div', { class: `bars ${kind}` }, ...nodes));
  loosen();
}

// Texts over slim bars would run into each other: then only the chosen bar keeps its own, inside the picture.
function loosen() {
  if (!value?.vertical) return;
  const room = nodes[0].clientWidth;
  const tight = value.bars.some((one) => one.text.length * LETTER > room);
  stage.firstChild.classList.toggle('tight', tight);
  nodes.forEach((node, i) => {
    const beyond = (value.bars[i].text.length * BOLD - room) / 2;
    const left = Math.max(0, beyond - node.offsetLeft);
    const right = Math.max(0, beyond - (stage.scrollWidth - node.offsetLeft - room));
    node.querySelector('.text').style.marginLeft = tight ? `${left - right}px` : '';
  });
}

// The bar, and where its text goes: beyond its end.
function fill(one) {
  const percent = 100 / (value.low + value.high);
  const base = value.low * percent;
  const below = one.value !== null && one.value < 0;
  const length = percent * (below ? Math.min(-one.value, value.low) : Math.min(one.value ?? Infinity, value.high));
  const bar = make('div', { class: `fill ${one.value === null ? 'endless' : ''} ${below ? 'below' : ''}` });
  const [start, size, sides] = value.vertical
    ? ['bottom', 'height', { left: 0, right: 0 }]
    : ['left', 'width', { top: 0, bottom: 0 }];
  Object.assign(bar.style, sides, { [size]: `${length}%`, [start]: `${below ? base - length : base}%` });
  return { bar, base, end: below ? { top: `${100 - base + length}%` } : { bottom: `${base + length}%` } };
}

function zero(base) {
  const line = make('div', { class: 'zero' });
  const across = { left: 0, right: 0, bottom: `${base}%`, height: '1px' };
  const down = { top: 0, bottom: 0, left: `${base}%`, width: '1px' };
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
  const unit = value.unit ? ` ${value.unit}` : '';
  out.replaceChildren(make('b', {}, text(glyph(one.label))), ' · ', text(one.text), unit);
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
  if (!value || !stage.matches(':focus-visible')) return;
  const chosen = value.bars.findIndex((one) => one.mark === 'chosen');
  point(cursor ?? Math.min(Math.max(0, chosen), nodes.length - 1));
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
