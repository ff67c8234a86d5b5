// The stage: one large table, counted or trained, and beside it the training as a film, with the loss as its time line
// and the names that each step would give.

import { calm, format, glyph, list, make, number, twin, watchSize } from '../core/dom.js';
import { draw } from '../core/draw.js';
import { along, decode, frames, runKey, softmaxRows } from '../core/film.js';
import { brieflyExpected, fixed, inscription, isEmptyName, largest, LAYERS, layersOf, pairOf, signed } from '../core/numbers.js';
import { player } from '../core/player.js';
import { seedOf } from '../core/state.js';
import { exactNumbers } from '../pictures/exact.js';
import { nameLists } from '../pictures/names.js';
import { rowPicture } from '../pictures/row.js';
import { surprise } from '../pictures/surprise.js';
import { table } from '../pictures/table.js';
import { tale } from '../pictures/tale.js';
import { timeline } from '../pictures/timeline.js';
import { yours } from '../pictures/yours.js';

const VIEWS = { counted: 'counted', descended: 'trained', difference: 'difference' };
const STORY = { after: 700, milliseconds: 2900 }; // of a first visit: noise stands, then the film plays
const PLAYED = 3500; // milliseconds from noise to the end when Train or Play is pressed
const GOES_ON = 400; // from one rest to the next, when a run was made longer
const WIDE = 600; // pixels from which table and film stand beside each other,
const HIGH = 460; // where the window is so high; a page at 200% is not
const SWITCHES = [38, 30]; // ems that the switches over the table take in one line: wide, and tight
const NARROW = 24; // ems of the film under which its sentence stands over its button
const LOW = 48; // ems of height under which the table is too small for wide switches
const MARGINS = 11; // pixels between the parts of the table
const BELOW = 8; // pixels over the folds and under the page
const NEAR = 0.1; // nats per character under which two tables are nearly the same
const GAP = 18; // pixels between table and film
const NO_FILM = 'These words have too many characters for a film. You see the end of the training.';
const OWN_FILM = 'The losses and the last table come from the server. Your browser computed the tables of the steps before; it may round differently.';
const NO_NAMES = 'Names of the steps before the end are not drawn: the page holds only a part of this table.';
const HOW = 'Row: a letter. Column: the next one. The dot: start and end of a name.';
const TOO_FEW = 'The page got too few random numbers for all names of this step.';

let begun = false; // whether this page has told its story: Gradio may draw the stage again

export default function twoWays(root, { value: first, page }) {
  let value = null;
  let numbers = null; // {counted, descended, end...}: the layers of both tables
  let film = null;
  let uniforms = null; // null where the names of a step can't be drawn here
  let run = ''; // key of the run that the film shows
  let version = null;
  let view = 'counted';
  let layer = 'count';
  let lead = '';
  let step = 0; // the frame that is shown

  // ---- the parts

  const projector = player({ frame, turned });
  const map = table({ pin: showRow });
  const line = timeline({ seek: (to) => stepTo(to) });
  const names = nameLists({ fresh: newNames });
  const bar = surprise();
  const exact = exactNumbers({ lesson: (key) => page.lesson?.(key) });
  const story = tale({ press });
  const name = yours({ trace: map.trace, ask: () => usual(), rename: (to) => page.rename?.(to) });
  const row = rowPicture({ pin: (at) => map.pin(at), look: (from, to) => page.lookInside?.(from, to) });
  const views = choice('view', 'table', Object.entries(VIEWS), view, turnTo);
  const layers = choice(
    'layer',
    'number in each cell',
    Object.entries(LAYERS).map(([key, { label }]) => [key, label]),
    layer,
    (to) => {
      layer = to;
      drawTable();
    },
  );
  const leads = make('select', { 'aria-label': 'contexts that begin with' });
  const leadLine = make('label', { class: 'leads', hidden: '' }, 'Contexts that begin with', leads);
  const rowPicker = make('select', {});
  const rowLine = make('label', { class: 'picker' }, 'Look at the row of', rowPicker);
  const playButton = button('Play', SHAPES.play, () => (projector.isPlaying() ? projector.pause() : play()));
  const backButton = button('One step back', SHAPES.back, () => stepTo(step - 1));
  const onButton = button('One step forward', SHAPES.on, () => stepTo(step + 1));
  const clock = make('span', { class: 'clock' });
  const loss = make('span', { class: 'loss quiet' });
  const filmNote = make('p', { class: 'note', hidden: '' });
  const controls = make('div', { class: 'controls' }, playButton, backButton, onButton, make('div', {}, clock, loss));
  const note = make('p', { class: 'note' });
  const how = make('p', { class: 'note how' }, HOW);
  const tableTwin = twin(tableNumbers);
  const gapTwin = twin(gapNumbers);
  gapTwin.querySelector('summary').textContent = 'What each row adds to the gap';
  const filmPart = make('section', { class: 'film', 'aria-label': 'the training' }, controls, line.element, filmNote);
  const tools = make('div', { class: 'tools' }, views.element, layers.element);
  const under = make('div', { class: 'under' }, map.legend, how, rowLine, leadLine);
  const tablePart = make('section', { class: 'table', 'aria-label': 'the table' }, tools, map.element, under, note);
  const facts = make('div', { class: 'facts' }, names.element, name.element, bar.element, exact.element);
  const more = make('div', { class: 'more' }, tableTwin, gapTwin);
  const stage = make('div', { class: 'two-ways', hidden: '' }, story.element, facts, filmPart, tablePart, row.element, more);
  root.append(stage);
  root.dataset.state = 'rest';

  // ---- a value arrives

  // `intent`: what the visitor did. Train plays the film from its start, one step more goes on from the end.
  function show(fresh, { done = true, intent = 'open' } = {}) {
    const before = value;
    const sameRun = runKey(fresh) === run;
    const ended = before && step >= before.step; // the end was shown: go on to the new end
    const isNew = page.version !== version; // the first answer of this run
    const begins = intent === 'train' && isNew;
    value = fresh;
    version = page.version;
    if (!sameRun) {
      film = frames(value);
      run = runKey(value);
    }
    readTables();
    readEnd();
    lead = value.lead ?? '';
    stage.hidden = false;
    showLead();
    fillPicker();
    names.show(value.names);
    line.show(value);
    note.textContent = value.note ?? '';
    note.hidden = !value.note;
    for (const one of [playButton, backButton, onButton]) one.disabled = !film || value.step < 1;
    line.enable(Boolean(film) && value.step > 0);
    for (const one of [tableTwin, gapTwin]) one.refresh();
    if (begins) begin();
    else if (!before && page.firstVisit && !begun && film && !calm()) watch(STORY);
    else if (!sameRun || !before) {
      rest();
    } else if (intent === 'reset') rest();
    else if (projector.isPlaying()) frame(step);
    else if (ended && before.step < value.step && film && !calm() && intent !== 'open') goOn(before.step);
    else frame(ended ? value.step : Math.min(step, value.step));
    begun = true;
    if (!before || !sameRun) fit();
    root.dataset.done = String(done !== false);
    if (intent === 'open' && isNew) name.fill(page.name ?? '');
  }

  function readTables() {
    const [rows, columns] = [value.rows.length, value.columns.length];
    const N = decode(value.N, rows * columns, Float64Array);
    const P = decode(value.P, rows * columns);
    const { totals } = value;
    numbers = { rows, columns, totals, counted: { ...layersOf(P, totals, columns), count: N } };
    uniforms = value.uniforms ? decode(value.uniforms, value.uniforms_count, Float64Array) : null;
  }

  // The end of the run is the server's own table, not the last frame of the film.
  function readEnd() {
    const size = numbers.rows * numbers.columns;
    const [Q, W] = [decode(value.Q, size), decode(value.W, size)];
    numbers.end = { ...layersOf(Q, numbers.totals, numbers.columns), weight: W };
    numbers.max = { weight: largest(W) };
    for (const key of ['count', 'probability', 'surprise']) {
      numbers.max[key] = largest(numbers.counted[key], numbers.end[key]);
    }
    numbers.apart = {};
    for (const key of ['count', 'probability', 'surprise']) {
      numbers.apart[key] = largest(numbers.counted[key].map((x, cell) => x - numbers.end[key][cell]));
    }
  }

  // ---- the film

  // Train was pressed: from noise to the end.
  function begin() {
    if (film && !calm() && value.steps > 0) watch();
    else {
      turnToFilm();
      rest();
    }
  }

  // At the end.
  function rest() {
    step = value.step;
    if (projector.isPlaying()) projector.pause(); // which draws the frame
    else frame(step);
  }

  function watch({ after = 0, milliseconds = PLAYED } = {}) {
    turnToFilm();
    if (layer !== 'probability') layers.choose((layer = 'count'));
    projector.play({ from: 0, to: goal, ready: () => value.step, milliseconds, after });
  }

  // From where the film stands; from the start where it stands at the end.
  function play() {
    turnToFilm();
    projector.play({ from: step >= value.step ? 0 : step, to: goal, ready: () => value.step, milliseconds: PLAYED });
  }

  // A run was made longer.
  function goOn(from) {
    turnToFilm();
    projector.play({ from, to: () => value.step, ready: () => value.step, milliseconds: GOES_ON });
  }

  // Where the run will end: it may be under way.
  function goal() {
    return page.running ? Math.max(value.step, value.steps) : value.step;
  }

  function turned(playing) {
    root.dataset.state = playing ? 'playing' : 'rest';
    const label = playing ? 'Pause' : 'Play';
    playButton.setAttribute('aria-label', label);
    playButton.title = label;
    playButton.querySelector('path').setAttribute('d', playing ? SHAPES.pause : SHAPES.play);
    if (playing) return;
    tableTwin.refresh();
    frame(step); // with all that is left out while the film plays
  }

  function stepTo(to) {
    step = Math.max(0, Math.min(value.step, to));
    turnToFilm();
    if (projector.isPlaying()) projector.pause(); // which draws the frame
    else frame(step);
  }

  // The counted table has no film.
  function turnToFilm() {
    if (view === 'counted') views.choose((view = 'descended'));
  }

  function turnTo(to) {
    view = to;
    drawTable();
    tellStory();
  }

  // The same tables, with new luck.
  async function newNames() {
    const seed = seedOf(Math.random());
    if (await page.newNames(seed)) page.parts.settings?.put({ draw_seed: seed });
  }

  // What the sentence over the film offers.
  function press(does) {
    if (does === 'watch') watch();
    else if (does === 'train') page.parts.settings.train();
    else {
      views.choose('counted');
      turnTo('counted');
    }
  }

  function frame(to) {
    step = to;
    const isEnd = step >= value.step;
    numbers.descended = isEnd || !film ? numbers.end : layersAt(step);
    root.dataset.step = step;
    clock.textContent = `step ${format(step, 'integer')} of ${format(value.steps, 'integer')}`;
    backButton.disabled = !film || step < 1;
    onButton.disabled = !film || isEnd;
    const nll = isEnd ? value.figures.descended_nll : along(value.curve.nll, step);
    line.at(step, nll);
    const objective = along(value.curve.loss, step);
    loss.textContent = `loss ${fixed(objective, 4)}`;
    loss.title = `NLL + L2, which training lowers: ${fixed(objective, 6)}`;
    exact.show(value, { nll, isEnd });
    const chance = Math.log(value.characters);
    bar.show({ counted: value.figures.counted_nll, trained: nll, chance, highest: value.curve.nll[0] }, value.characters);
    showNames(isEnd);
    drawTable();
    showRow(map.pinned());
    tellStory();
    name.at(whole() && { characters: value.columns, P: numbers.end.probability, columns: numbers.columns, key: `${page.version} ${run} ${value.step}` });
  }

  function tellStory() {
    const well = !value.film?.chaotic && number(value.figures.descended_nll) !== null;
    const filmed = Boolean(film);
    const near = Math.abs(value.figures.gap ?? Infinity) < NEAR;
    story.show({ view, playing: projector.isPlaying(), step, end: value.step, steps: page.goal, well, near, filmed });
  }

  // Whether the page holds the whole table, and each row is one character.
  function whole() {
    return value.order === 2 && numbers.rows === value.characters;
  }

  function layersAt(to) {
    const W = film.at(to);
    return { ...layersOf(softmaxRows(W, numbers.rows, numbers.columns), numbers.totals, numbers.columns), weight: W };
  }

  // The names of the step that is shown, with the same luck.
  function showNames(isEnd) {
    const count = list(value.names?.pairs ?? []).length;
    const drawn = isEnd ? null : uniforms ? draw(numbers.descended.probability, value.columns, uniforms, count) : [];
    names.at(drawn, projector.isPlaying());
    const notes = [];
    if (!film) notes.push(NO_FILM);
    else if (value.film?.chaotic) notes.push(OWN_FILM);
    if (!isEnd && !uniforms) notes.push(NO_NAMES);
    else if (drawn && drawn.length < count) notes.push(TOO_FEW);
    filmNote.hidden = !notes.length;
    filmNote.textContent = notes.join(' ');
  }

  // The surprise of all names of the list, in order; asked once for each end of a run.
  let asked = { key: null, reply: null };
  function usual() {
    if (page.running) return Promise.resolve(null); // its end will be asked about
    const key = `${page.version} ${value.step}`;
    if (asked.key !== key) asked = { key, reply: page.ask('two-ways', 'usual', { quiet: true }) };
    return asked.reply.then((reply) => {
      if (!reply) asked = { key: null, reply: null }; // the page was elsewhere meanwhile
      return reply?.surprises ?? null;
    });
  }

  // ---- the table

  function drawTable() {
    if (!value || !numbers.descended) return;
    const used = view !== 'descended' && layer === 'weight' ? 'count' : layer;
    layers.enable('weight', view === 'descended');
    layers.choose(used);
    const { kind, even, write, label } = LAYERS[used];
    const apart = view === 'difference';
    const expected = view === 'descended' && used === 'count';
    map.show({
      title: `${VIEWS[view]} table, ${expected ? 'expected count' : label}`,
      rows: value.rows,
      columns: value.columns,
      data: tableData(used),
      max: apart ? numbers.apart[used] : numbers.max[used],
      kind: apart ? 'difference' : (kind ?? 'amount'),
      even: even || apart,
      hollow: view === 'counted' && used !== 'surprise',
      bare: projector.isPlaying(),
      write: (x) => inscription(x, write, apart),
      unknown: used === 'surprise' ? 'infinite: p is 0' : 'not a number',
      ends: apart ? ['trained is higher', 'counted is higher'] : null,
      unit: expected ? 'expected count' : label,
      tell: tellCell,
    });
    Object.assign(root.dataset, { view, layer: used });
    if (!projector.isPlaying()) tableTwin.refresh();
  }

  function tableData(used) {
    if (view !== 'difference') return numbers[view][used];
    return numbers.counted[used].map((x, cell) => x - numbers.descended[used][cell]);
  }

  function tellCell(i, j) {
    const cell = i * numbers.columns + j;
    const [from, to] = [value.rows[i], value.columns[j]];
    const [a, b] = [numbers.counted, numbers.descended];
    const facts = ['count', 'probability', 'surprise'].map((key) => {
      const called = { count: 'count, expected', probability: 'p', surprise: '−log p' }[key];
      const trained = format(b[key][cell], key === 'probability' ? 'probability' : 'number');
      return [called, LAYERS[key].say(a[key][cell]), key === 'count' ? brieflyExpected(b.count[cell]) : trained];
    });
    if (view === 'descended' && layer === 'weight') facts.push(['W', '', format(b.weight[cell])]);
    const [before, after] = pairOf(from, to);
    const empty = isEmptyName(from, to) ? ' (an empty name)' : '';
    return {
      title: [make('b', {}, make('bdi', {}, before), ' → ', make('bdi', {}, after)), empty],
      spokenTitle: `${before}, then ${after}${empty}`,
      head: ['counted', 'trained'],
      lines: facts,
    };
  }

  function tableNumbers() {
    const used = root.dataset.layer;
    const data = tableData(used);
    const say = (x) => (view !== 'counted' && used === 'count' ? brieflyExpected(x) : LAYERS[used].say(x));
    return {
      caption: `${VIEWS[view]}, ${LAYERS[used].label}, step ${step}`,
      head: [LAYERS[used].label, ...value.columns.map(glyph)],
      body: value.rows.map((label, i) => [
        glyph(label),
        ...value.columns.map((_, j) => say(data[i * numbers.columns + j])),
      ]),
    };
  }

  function gapNumbers() {
    const gaps = list(value.gaps ?? []);
    return {
      caption: `What each row adds to the gap at step ${format(value.step, 'integer')}, in nats per character`,
      head: ['row', 'adds to the gap'],
      body: value.rows.map((label, i) => [glyph(label), signed(gaps[i], 6)]),
    };
  }

  // ---- one row

  function showRow(at) {
    stage.classList.toggle('pinned', Boolean(at));
    rowPicker.value = at ? at[0] : '';
    const { rows, columns } = value;
    const [counted, trained, end] = ['counted', 'descended', 'end'].map((key) => numbers[key].probability);
    const gap = at && step >= value.step ? value.gaps?.[at[0]] : null;
    row.show(at && { cell: at, rows, columns, counted, trained, end, gap });
  }

  function fillPicker() {
    const chosen = map.pinned();
    const options = value.rows.map((label, i) => make('option', { value: i }, glyph(label)));
    rowPicker.replaceChildren(make('option', { value: '' }, '–'), ...options);
    rowPicker.value = chosen ? chosen[0] : '';
  }

  function showLead() {
    const all = list(value.leads ?? []);
    leadLine.hidden = all.length < 2;
    leads.replaceChildren(...all.map((one) => make('option', { value: one }, glyph(one))));
    leads.value = lead;
  }

  // ---- room

  // The whole page fits the first screen. Where the numbers in the cells would be lost for it, the folds and the footer
  // go below.
  function fit() {
    const width = stage.clientWidth;
    if (!value || !width) return;
    const wide = width >= WIDE && innerHeight >= HIGH;
    stage.classList.toggle('wide', wide);
    const side = width < 820 ? Math.max(240, width * 0.38) : Math.max(330, width * 0.34);
    const top = stage.getBoundingClientRect().top + scrollY;
    const most = wide ? width - side - GAP : width;
    const em = parseFloat(getComputedStyle(stage).fontSize);
    const tight = wide && (innerHeight - top < LOW * em || most < SWITCHES[0] * em);
    tools.classList.toggle('tight', tight);
    stage.classList.toggle('narrow', wide && side < NARROW * em);
    const footer = document.querySelector('footer')?.offsetHeight ?? 0;
    const below = tableTwin.querySelector('summary').offsetHeight + footer + BELOW;
    // Twice, because the lines under the table break as wide as the table is.
    for (let times = 0; times < 2; times++) {
      const rest = tools.offsetHeight + under.offsetHeight + note.offsetHeight + MARGINS;
      const room = wide ? innerHeight - top - rest : Infinity;
      const used = map.fit(most, room - below, room);
      stage.style.setProperty('--table', `${Math.min(most, Math.max(used, SWITCHES[Number(tight)] * em))}px`);
    }
    const across = filmPart.clientWidth;
    const tallest = wide ? Math.min(170, (innerHeight - top) * 0.16) : 95;
    line.fit(across, Math.round(Math.max(90, Math.min(tallest, across * 0.5))));
    if (map.pinned()) showRow(map.pinned());
  }

  // Sets the table and the film to what a lesson is about; returns the place that it speaks of.
  async function point({ place, shows, signal }) {
    while (projector.isPlaying()) await new Promise(requestAnimationFrame); // the run is seen first
    if (signal?.aborted) return null;
    if (shows.view) view = shows.view;
    if (shows.layer) layer = shows.layer;
    views.choose(view);
    line.set({ logarithm: shows.log === true, last: shows.last === true });
    frame(Math.min(shows.step ?? value.step, value.step));
    const cell = [value.rows.indexOf(shows.before), value.columns.indexOf(shows.after)];
    map.pin(cell.includes(-1) ? null : cell);
    const figure = exact.point(place);
    return { row: row.element, curve: filmPart }[place] ?? figure;
  }

  leads.addEventListener('change', () => {
    lead = leads.value;
    page.refresh?.('two-ways');
  });
  rowPicker.addEventListener('change', () => {
    const i = rowPicker.value;
    map.pin(i === '' ? null : [Number(i), map.pinned()?.[1] ?? 0]);
  });
  stage.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && map.pinned()) map.pin(null);
  });
  watchSize(stage, fit);
  addEventListener('resize', fit);
  if (first) show(first);

  return { main: 'two_ways', asks: () => ({ lead }), show, point };
}

// A group of radio buttons that looks like one switch.
function choice(key, label, options, chosen, change) {
  const radios = options.map(([value, words]) => {
    const radio = make('input', { type: 'radio', name: key, value });
    radio.checked = value === chosen;
    radio.addEventListener('change', () => change(value));
    return { radio, node: make('label', { class: value }, radio, make('span', {}, words)) };
  });
  const element = make('div', { class: 'switch', role: 'radiogroup', 'aria-label': label });
  element.append(...radios.map((one) => one.node));
  return {
    element,
    choose: (value) => radios.forEach(({ radio }) => (radio.checked = radio.value === value)),
    enable: (value, on) => radios.forEach(({ radio }) => radio.value === value && (radio.disabled = !on)),
  };
}

const SHAPES = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  back: 'M11.5 3v10L5.5 8zM4 3h1.6v10H4z',
  on: 'M4.5 3v10l6-5zM10.4 3H12v10h-1.6z',
};

function button(label, shape, press) {
  const icon = make('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, make('path', { d: shape }));
  const node = make('button', { type: 'button', 'aria-label': label, title: label }, icon);
  node.addEventListener('click', press);
  return node;
}
