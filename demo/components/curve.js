const COLOURS = ['--blue', '--orange', '--teal', '--plum', '--olive', '--slate'];
const HINT = 'Point at the curve, or focus it and use the arrow keys.';
const APART = 15; // pixels between the names of two lines
const LETTER = 7; // about the width of a letter
const FEW = 24; // points that are drawn as dots, too
const ZERO = 26; // pixels that x = 0 takes at the left of a logarithmic axis

const stage = find('stage');
const plot = find('plot');
const button = find('toggle');
let value = null; // as read
let asGap = false; // the gap is shown instead of the series
let reach = Infinity; // the lines are drawn up to this x
let cursor = null; // index into value.xs
let scale = null; // {x, y, left, right, ...} of the last drawing
let stop = () => {};

function read(raw) {
  const series = list(raw.series).map((one, index) => {
    const xs = list(one.x).map(Number);
    const ys = list(one.y).map(number);
    if (xs.length !== ys.length || !xs.every(Number.isFinite)) throw new RangeError('not one y per x');
    const style = ['dashed', 'points'].includes(one.style) ? one.style : 'solid';
    const mark = one.mark && { x: number(one.mark.x), y: number(one.mark.y), text: string(one.mark.text) };
    const colour = COLOURS[(number(one.color) ?? index) % COLOURS.length];
    return { name: string(one.name), xs, ys, style, mark, colour };
  });
  if (!series.some((one) => one.xs.length)) throw new RangeError('no points');
  const floors = list(raw.floors ?? []).map((one) => ({ name: string(one.name), y: number(one.y) }));
  const gapSeries = raw.gap && series.find((one) => one.name === raw.gap.series);
  const range = Array.isArray(raw.x_range) ? raw.x_range.map(number) : [];
  return {
    title: string(raw.title),
    note: string(raw.note),
    xLabel: string(raw.x_label),
    yLabel: string(raw.y_label),
    series,
    floors: floors.filter((one) => one.y !== null),
    xLog: raw.x_log === true,
    gap: gapSeries && number(raw.gap.floor) !== null ? { series: gapSeries, floor: raw.gap.floor } : null,
    animate: raw.animate === true,
    range: range.filter((x) => x !== null),
    xs: [...new Set(series.flatMap((one) => one.xs))].sort((a, b) => a - b),
  };
}

function show(fresh) {
  const before = value;
  const grown = before && continues(before, fresh);
  const from = grown ? Math.min(reach, before.xs.at(-1)) : -Infinity;
  value = fresh;
  if (cursor !== null && !grown) cursor = null;
  find('title').textContent = value.title;
  find('note').textContent = value.note;
  stage.setAttribute('aria-label', `${value.title}: ${value.series.map((one) => one.name).join(', ')}`);
  button.hidden = !value.gap;
  asGap = asGap && Boolean(value.gap);
  button.setAttribute('aria-pressed', asGap);
  stop();
  const end = value.xs.at(-1);
  if (!value.animate || calm() || !element.checkVisibility() || from >= end) {
    settle();
    return;
  }
  element.dataset.state = 'growing';
  const start = Math.max(from, value.xs[0]);
  const [a, b] = [start, end].map(along);
  stop = animate(800, (t) => {
    reach = back(a + (b - a) * (1 - (1 - t) ** 2));
    draw();
  }, settle);
}

// Growth is even on the axis that is shown.
function along(x) {
  return value.xLog ? Math.log(Math.max(x, smallest())) : x;
}

function back(place) {
  return value.xLog ? Math.exp(place) : place;
}

function smallest() {
  return value.xs.find((x) => x > 0) ?? 1;
}

function settle() {
  reach = Infinity;
  element.dataset.state = 'rest';
  draw();
  readOut();
}

// The same run with more points: each old series is the beginning of the new one of its name.
function continues(old, fresh) {
  return old.series.length === fresh.series.length && old.series.every((one, at) => {
    const next = fresh.series[at];
    const last = one.xs.length - 1;
    const same = (k) => one.xs[k] === next.xs[k] && one.ys[k] === next.ys[k];
    return one.name === next.name && last < next.xs.length && last >= 0 && same(0) && same(last);
  });
}

// What is on the screen: the series themselves, or the gap as powers of ten.
function lines() {
  if (!asGap) return value.series;
  const { series, floor } = value.gap;
  const ys = series.ys.map((y) => (y !== null && y > floor ? Math.log10(y - floor) : null));
  return [{ ...series, name: `${series.name} − floor`, ys, mark: null }];
}

function floors() {
  return asGap ? [] : value.floors;
}

// ---- axes

function ticks(low, high, count) {
  const rough = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].find((k) => k * size >= rough) * size;
  const values = [];
  for (let k = Math.ceil(low / unit - 1e-9); k * unit <= high + unit * 1e-9; k++) {
    values.push(k * unit || 0); // never −0
  }
  const digits = Math.max(0, -Math.floor(Math.log10(unit) + 1e-9));
  return { values, label: (x) => (Math.abs(x) < 1e4 ? x.toFixed(digits).replace('-', '−') : format(x, 'short')) };
}

// The ticks of the vertical axis. A gap is drawn as its logarithm and labelled as itself.
function upright(low, high) {
  if (!asGap) return ticks(low, high, 6);
  const gaps = logTicks(10 ** low, 10 ** high, high - low < 3);
  return { values: gaps.map(Math.log10), label: (place) => brief(Number((10 ** place).toPrecision(1))) };
}

function logTicks(low, high, room) {
  const values = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k++) {
    for (const m of room ? [1, 2, 5] : [1]) {
      const x = m * 10 ** k;
      if (x >= low * 0.999 && x <= high * 1.001) values.push(Number(x.toPrecision(3)));
    }
  }
  return values;
}

function span(numbers) {
  const finite = numbers.filter((x) => x !== null && Number.isFinite(x));
  if (!finite.length) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

// Where things lie, in pixels. `above` is extra room over the plot, for labels.
function layout(width, above = 0) {
  const shown = lines();
  const narrow = width < 520;
  const [low, high] = span([...shown.flatMap((one) => one.ys), ...floors().map((one) => one.y)]);
  const height = above + Math.round(Math.max(220, Math.min(340, width * 0.5)));
  const longest = LETTER * Math.max(...[...shown, ...floors()].map((one) => `${one.name} 0.0000`.length));
  const [top, bottom] = [24 + above, height - 40];
  const [peak, base] = [top + 10, bottom - (narrow && floors().length ? 23 : 12)]; // where `high` and `low` lie
  const yAt = (y) => base - ((y - low) / (high - low)) * (base - peak);
  const rim = (9 * (high - low)) / (base - peak); // 9 pixels
  const y = upright(low - rim, high + rim);
  const left = 14 + LETTER * Math.max(3, ...y.values.map((tick) => y.label(tick).length));
  const right = narrow ? 8 : Math.min(longest + 14, width * 0.34);
  const box = { left, right: width - right, top, bottom, width, height, narrow, longest };
  const [first, last] = span(value.range.length === 2 ? value.range : value.xs);
  if (!value.xLog) {
    const xAt = (x) => box.left + ((x - first) / (last - first)) * (box.right - box.left);
    return { ...box, xAt, yAt, y, first, last };
  }
  const least = smallest();
  const room = value.xs[0] <= 0 ? ZERO : 0;
  const from = Math.log(least);
  const to = Math.log(Math.max(last, least * 1.0001));
  const start = box.left + room;
  const xAt = (x) => (x <= 0 ? box.left : start + ((Math.log(x) - from) / (to - from)) * (box.right - start));
  return { ...box, xAt, yAt, y, first: least, last };
}

// ---- drawing

function draw() {
  const width = stage.clientWidth;
  if (!value || !width) return;
  scale = layout(width);
  let names = arrange(ends());
  const missing = 26 - Math.min(...names.map((name) => name.at));
  if (missing > 0) {
    scale = layout(width, missing);
    names = arrange(ends());
  }
  plot.setAttribute('viewBox', `0 0 ${width} ${scale.height}`);
  plot.setAttribute('height', scale.height);
  plot.replaceChildren(...axes());
  for (const { y } of floors()) {
    plot.append(make('line', { class: 'floor', x1: scale.left, x2: scale.right, y1: scale.yAt(y), y2: scale.yAt(y) }));
  }
  for (const one of lines()) plot.append(...drawn(one));
  if (reach === Infinity) plot.append(...marks());
  plot.append(...names.flatMap(label));
  if (cursor !== null) plot.append(...crossHair());
}

// A line, or its points, or both where they are few.
function drawn(one) {
  const points = visible(one);
  const parts = [];
  if (one.style !== 'points') {
    parts.push(make('path', { class: `line ${one.style}`, d: path(points), style: `stroke: var(${one.colour})` }));
  }
  if (one.style === 'points' || one.xs.length <= FEW) {
    for (const [x, y] of points) {
      const style = `fill: var(${one.colour})`;
      if (y === null) {
        // Infinite, or not a number: at the top.
        const place = { x: scale.xAt(x), y: scale.top + 8, 'text-anchor': 'middle' };
        parts.push(make('text', { class: 'name', style, ...place }, '∞'));
      } else parts.push(make('circle', { style, cx: scale.xAt(x), cy: scale.yAt(y), r: 3 }));
    }
  }
  return parts;
}

function written(y) {
  return asGap ? format(10 ** y, 'probability') : format(y, 'probability');
}

// The points up to `reach`, the last one cut where the line is drawn to by now.
function visible(one) {
  const points = [];
  for (let k = 0; k < one.xs.length; k++) {
    if (one.xs[k] <= reach) points.push([one.xs[k], one.ys[k]]);
    else {
      const [x0, y0] = points.at(-1) ?? [];
      if (x0 !== undefined && y0 !== null && one.ys[k] !== null && one.style !== 'points') {
        points.push([reach, y0 + ((reach - x0) / (one.xs[k] - x0)) * (one.ys[k] - y0)]);
      }
      break;
    }
  }
  return points;
}

function path(points) {
  let d = '';
  let pen = 'M';
  for (const [x, y] of points) {
    if (y === null) pen = 'M';
    else {
      d += `${pen}${scale.xAt(x).toFixed(2)},${scale.yAt(y).toFixed(2)}`;
      pen = 'L';
    }
  }
  return d;
}

function axes() {
  const { left, right, bottom, xAt, yAt, first, last, y } = scale;
  const parts = [];
  for (const tick of y.values) {
    parts.push(make('line', { class: 'rule', x1: left, x2: right, y1: yAt(tick), y2: yAt(tick) }));
    parts.push(make('text', { x: left - 8, y: yAt(tick) + 4, 'text-anchor': 'end' }, y.label(tick)));
  }
  const room = (right - left) / 60;
  let xs = value.xLog ? logTicks(first, last, Math.log10(last / first) * 3 < room) : ticks(first, last, room).values;
  if (value.xLog && value.xs[0] <= 0) xs = [0, ...xs];
  for (const tick of xs) {
    parts.push(make('line', { class: 'rule', x1: xAt(tick), x2: xAt(tick), y1: bottom, y2: bottom + 5 }));
    parts.push(make('text', { x: xAt(tick), y: bottom + 18, 'text-anchor': 'middle' }, brief(tick)));
  }
  parts.push(make('line', { class: 'rule', x1: left, x2: right, y1: bottom, y2: bottom }));
  parts.push(make('text', { x: (left + right) / 2, y: bottom + 35, 'text-anchor': 'middle' }, value.xLabel));
  const yLabel = asGap ? `${value.yLabel}, gap to the floor` : value.yLabel;
  parts.push(make('text', { x: 0, y: 12 }, yLabel));
  return parts;
}

// ---- the names at the ends of the lines

function ends() {
  const found = [];
  for (const { name, y } of floors()) {
    const words = `${name} ${format(y, 'probability')}`;
    found.push({ floor: true, x: scale.right, y: scale.yAt(y), words, colour: '--quiet' });
  }
  for (const one of lines()) {
    const points = visible(one);
    const end = points.findLast(([, y]) => y !== null);
    if (!end) continue;
    const words = `${one.name} ${points.at(-1)[1] === null ? 'not finite' : written(end[1])}`;
    found.push({ x: scale.xAt(end[0]), y: scale.yAt(end[1]), words, colour: one.colour });
  }
  return found.sort((a, b) => a.y - b.y);
}

// Gives each name its place: `at` is its height, `left` where it begins or `right` where it ends. Beside the ends where
// there is room. Else inside the plot: above all that is drawn there, but under its line for a floor below everything.
function arrange(names) {
  const lines = names.filter((name) => !name.floor);
  const beside = (name) => name.x + 14 + (scale.narrow ? scale.longest : 0) <= scale.width;
  const lowest = scale.narrow && names.at(-1)?.floor ? names.at(-1) : null;
  if (lowest) Object.assign(lowest, { at: lowest.y + 11, right: scale.right });
  const rest = names.filter((name) => name !== lowest);
  if (lines.every(beside) && rest.every(beside)) spread(rest);
  else stack(rest);
  return names;
}

function spread(names) {
  names.forEach((name, k) => {
    name.left = name.x + 14;
    name.at = Math.max(name.y, (names[k - 1]?.at ?? -Infinity) + APART);
  });
  let floor = scale.bottom + 6;
  for (const name of names.toReversed()) {
    name.at = Math.min(name.at, floor);
    floor = name.at - APART;
  }
}

function stack(names) {
  let top = Math.min(...names.map((name) => name.y));
  for (const one of lines()) {
    for (const [x, y] of visible(one)) {
      if (y !== null && scale.xAt(x) > scale.right - scale.longest) top = Math.min(top, scale.yAt(y));
    }
  }
  names.toReversed().forEach((name, k) => Object.assign(name, { at: top - 12 - k * APART, right: scale.right }));
}

function label({ x, y, at, left, right, words, colour }) {
  const place = { x: left ?? right, y: at + 4, 'text-anchor': right ? 'end' : 'start' };
  const name = make('text', { class: 'name', style: `fill: var(${colour})`, ...place }, words);
  if (right) return [name];
  const d = `M${x + 3},${y}L${x + 11},${at}`;
  return [make('path', { class: 'leader', style: `stroke: var(${colour})`, d }), name];
}

// The points that lines mark: their words above them, or where they lie on no other point and no other words.
function marks() {
  const marked = lines().filter(({ mark }) => mark && mark.x !== null && mark.y !== null);
  marked.sort((a, b) => a.mark.y - b.mark.y); // the lowest first: there is room below it
  const points = marked.map(({ mark }) => [scale.xAt(mark.x), scale.yAt(mark.y)]);
  const taken = points.map(([x, y]) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const free = (at) =>
    at.left >= scale.left &&
    at.right <= scale.right &&
    at.bottom < scale.bottom &&
    !taken.some((o) => at.left < o.right && o.left < at.right && at.top < o.bottom && o.top < at.bottom);
  return marked.flatMap(({ mark, colour }, i) => {
    const [cx, cy] = points[i];
    const width = LETTER * mark.text.length;
    const sides = [
      { anchor: 'start', left: cx, right: cx + width },
      { anchor: 'end', left: cx - width, right: cx },
    ];
    if (cx > (scale.left + scale.right) / 2) sides.reverse();
    const places = sides.flatMap((side) =>
      [-12, 22, -28, 38].map((by) => ({ ...side, top: cy + by - 10, bottom: cy + by + 2 })),
    );
    const place = places.find(free) ?? places[0];
    taken.push(place);
    const words = { x: cx, y: place.bottom - 2, 'text-anchor': place.anchor, style: `fill: var(${colour})` };
    return [
      make('circle', { class: 'ring', cx, cy, r: 5, style: `stroke: var(${colour})` }),
      make('text', { class: 'name', ...words }, mark.text),
    ];
  });
}

function crossHair() {
  const cx = scale.xAt(value.xs[cursor]);
  const parts = [make('line', { class: 'hair', x1: cx, x2: cx, y1: scale.top, y2: scale.bottom })];
  for (const one of lines()) {
    const y = one.ys[one.xs.indexOf(value.xs[cursor])] ?? null;
    const style = `stroke: var(${one.colour})`;
    if (y !== null) parts.push(make('circle', { class: 'ring', cx, cy: scale.yAt(y), r: 4, style }));
  }
  return parts;
}

// ---- reading the curve

function readOut() {
  const out = find('readout');
  if (cursor === null) {
    out.replaceChildren(make('span', { class: 'hint' }, HINT));
    return;
  }
  const x = value.xs[cursor];
  out.replaceChildren(make('b', {}, text(value.xLabel), ` ${brief(x)}`));
  for (const one of lines()) {
    const y = one.ys[one.xs.indexOf(x)];
    if (y === undefined) continue;
    const said = y === null ? 'not finite' : written(y);
    out.append(' · ', make('span', { class: 'fact', 'data-series': one.name }, text(one.name), ` ${said}`));
  }
  for (const one of floors()) {
    out.append(' · ', make('span', { class: 'fact' }, text(one.name), ` ${format(one.y, 'probability')}`));
  }
}

function point(at) {
  if (at === cursor) return;
  cursor = at;
  draw();
  readOut();
}

function nearest(event) {
  if (!value || !scale) return null;
  const x = event.clientX - stage.getBoundingClientRect().left;
  let best = 0;
  value.xs.forEach((candidate, at) => {
    if (Math.abs(scale.xAt(candidate) - x) < Math.abs(scale.xAt(value.xs[best]) - x)) best = at;
  });
  return best;
}

stage.addEventListener('pointermove', (event) => point(nearest(event)));
stage.addEventListener('pointerdown', (event) => point(nearest(event)));
stage.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && point(null));
stage.addEventListener('blur', () => point(null));
stage.addEventListener('focus', () => {
  if (value && stage.matches(':focus-visible')) point(cursor ?? value.xs.length - 1);
});
stage.addEventListener('keydown', (event) => {
  if (!value) return;
  const last = value.xs.length - 1;
  const leap = event.shiftKey ? 10 : 1;
  const to = {
    ArrowLeft: Math.max(0, (cursor ?? last) - leap),
    ArrowRight: Math.min(last, (cursor ?? -1) + leap),
    Home: 0,
    End: last,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  point(to);
});
button.addEventListener('click', () => {
  asGap = !asGap;
  button.setAttribute('aria-pressed', asGap);
  draw();
  readOut();
});

twin(() => ({
  caption: `${value.title}: ${value.yLabel}`,
  head: [value.xLabel, ...value.series.map((one) => one.name), ...value.floors.map((one) => one.name)],
  body: value.xs.map((x) => [
    brief(x),
    ...value.series.map((one) => {
      const at = one.xs.indexOf(x);
      return at < 0 ? '' : one.ys[at] === null ? '∞' : one.ys[at].toFixed(6);
    }),
    ...value.floors.map((one) => one.y.toFixed(6)),
  ]),
}));
redraw(stage, draw);
keep(read, show);
