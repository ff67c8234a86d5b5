import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { createPage } from '../../demo/page/static/core/page.js';
import { addressOf, busy, isDefault, isNewcomer, markSeen, nameless, pause, seedOf } from '../../demo/page/static/core/state.js';

// ---- the address, seeds, pauses

test('the address follows the link; without settings it is the plain path', () => {
  assert.equal(addressOf('?v=1&steps=7', { pathname: '/lab', search: '' }), '?v=1&steps=7');
  assert.equal(nameless('?v=1&name=emma&steps=7'), '?v=1&steps=7');
  assert.equal(addressOf('?v=1&tab=code', { pathname: '/lab', search: '' }, 'speed'), '?v=1&tab=speed');
  assert.equal(addressOf('?v=1&tab=code', { pathname: '/lab', search: '' }, 'two-ways'), '/lab');
  assert.equal(addressOf('?v=1', { pathname: '/lab', search: '?steps=7', hash: '' }), '/lab');
  assert.equal(addressOf('?v=1&steps=7', { pathname: '/lab', search: '', hash: '#class=A.b' }), '?v=1&steps=7#class=A.b');
});

test('the default experiment stays the default one on another screen', () => {
  assert.ok(isDefault('?v=1&tab=smoothing&large=1'));
  assert.ok(!isDefault('?v=1&steps=20'));
});

test('a page keeps what it was opened with, and takes nothing that it hides for others', () => {
  const here = { pathname: '/', search: '?hide=lr&large=1&__theme=dark&steps=3' };
  const address = new URLSearchParams(addressOf('?v=1&steps=7&hide=controls&embed=1', here));
  assert.deepEqual(Object.fromEntries(address), { v: '1', steps: '7', hide: 'lr', large: '1', __theme: 'dark' });
});

test('seeds are whole numbers below 2^31, as text', () => {
  assert.equal(seedOf(0), '0');
  assert.equal(seedOf(1 - 2 ** -53), '2147483647');
});

test('pauses double up to 15 seconds, and differ by a quarter either way', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 99].map((tries) => pause(tries, 0.5)), [1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(pause(0, 0), 750);
  assert.equal(pause(2, 1), 5000);
});

test('a part that is not in the document is on its way out', () => {
  assert.equal(busy(undefined), true);
  assert.equal(busy({ isConnected: false }), true);
  assert.equal(busy({ isConnected: true }), false);
});

// ---- the runs: page.js in a document of little more than what it asks for

const html = { dataset: {} };
globalThis.Element = class {};
globalThis.reportError = (error) => assert.fail(error);
globalThis.document = { documentElement: html, querySelectorAll: () => [], addEventListener() {} };
globalThis.addEventListener = () => {};
globalThis.location = { origin: 'http://lab', pathname: '/', search: '' };
globalThis.history = { pushState() {}, replaceState: (state, title, address) => addresses.push(address) };
globalThis.requestAnimationFrame = (done) => setTimeout(done, 1);
globalThis.ResizeObserver = class {
  constructor(seen) {
    this.seen = seen;
  }
  observe(root) {
    root.seen = this.seen;
  }
};
mock.timers.enable({ apis: ['setInterval'] }); // a question that is never answered keeps nothing awake
const real = setTimeout;
const turns = (n = 20) => new Promise((done) => (n ? setImmediate(() => turns(n - 1).then(done)) : done()));
let addresses, said, asked, roots, drawn, intents, lab;

const first = { data: 'us-2018', steps: 100, seed: '1' };
const tabs = { key: 'tab', choices: [['One', 'one'], ['Two', 'two']] };

// A page of two screens, of which `one` is open. Each question waits in `asked` until the test answers it.
beforeEach(() => {
  [addresses, said, asked, roots, drawn, intents] = [[], [], [], {}, { one: [], two: [] }, []];
  lab = createPage();
  lab.page.on('notice', ({ sentences }) => said.push(sentences.join(' ')));
  const server = (name, fn = 'main') => ({
    [fn]: (question) => new Promise((answer) => asked.push({ name, question, answer })),
  });
  lab.register('settings', { isConnected: true }, server('settings', 'open_link'), { fill() {} }, { fields: [tabs], settings: first });
  for (const name of ['one', 'two']) {
    roots[name] = { isConnected: true, offsetParent: name === 'one' };
    const show = (value, { intent }) => (drawn[name].push(value), intents.push(intent));
    const screen = { main: 'main', asks: () => ({}), show };
    lab.register(name, roots[name], server(name), screen, name === 'one' ? {} : null);
  }
});

function open(name) {
  for (const other of Object.keys(roots)) roots[other].offsetParent = other === name;
  roots[name].seen();
}

function answer(answer) {
  asked.at(-1).answer(answer);
  return turns();
}

async function reply(step, { steps = asked.at(-1).question.experiment.steps, ...more } = {}) {
  const { question, answer } = asked.at(-1);
  const link = `?v=1&steps=${step}&seed=${question.experiment.seed}`;
  answer({ value: `${question.experiment.seed}:${step}`, step, steps, done: step === steps, link, notice: [], ...more });
  await turns();
}

test('a page that comes filled asks nothing', () => {
  roots.one.seen();
  assert.deepEqual(asked, []);
});

test('a run asks on until it is done, and draws each answer', async () => {
  const trained = lab.page.train({ ...first, steps: 200 });
  await reply(50);
  assert.deepEqual(lab.page.running, { step: 50, steps: 200 });
  await reply(200);
  assert.equal(await trained, true);
  assert.deepEqual(drawn.one, ['1:50', '1:200']);
  assert.deepEqual(asked.map(({ question }) => question.late), [false, true]);
  assert.equal(addresses.at(-1), '?v=1&steps=200&seed=1');
});

test('while an answer is late the page says its place in the queue', async () => {
  const names = [];
  const waiting = async ({ page }) => (names.push(page), { place: 7 });
  lab.register('notice', { isConnected: true }, { waiting }, {}, null);
  const trained = lab.page.train({ ...first, steps: 200 });
  await turns();
  assert.equal(lab.page.place, null);
  mock.timers.tick(2000);
  await turns();
  assert.equal(lab.page.place, 7);
  assert.deepEqual(names, [asked[0].question.page]);
  assert.match(names[0], /^\d+$/);
  await reply(200);
  await trained;
  assert.equal(lab.page.place, null);
  mock.timers.tick(4000);
  await turns();
  assert.equal(lab.page.place, null);
});

test('of two runs only the later is drawn', async () => {
  lab.page.train({ ...first, seed: '2' });
  const [old] = asked;
  lab.page.train({ ...first, seed: '3' });
  old.answer({ value: 'old', step: 100, steps: 100, done: true, link: '?v=1', notice: [] });
  await reply(100);
  assert.deepEqual(drawn.one, ['3:100']);
  assert.equal(lab.page.experiment.seed, '3');
});

test('of two links only the later is opened, and it ends the run that is under way', async () => {
  const opens = (link) => ({
    experiment: { ...first, steps: 20, seed: link },
    settings: first,
    tab: 'one',
    sentences: [],
    lesson: { key: link },
    reply: { value: link, step: 20, steps: 20, done: true, link, notice: [] },
  });
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  const [, run] = asked;
  const links = ['2', '3'].map((link) => lab.page.openQuery(link));
  const [, , early, late] = asked;
  late.answer(opens('3'));
  await turns();
  early.answer(opens('2'));
  run.answer({ value: 'old', step: 200, steps: 200, done: true, link: '?v=1', notice: [] });
  assert.deepEqual((await Promise.all(links)).map((lesson) => lesson?.key), [undefined, '3']);
  await turns();
  assert.deepEqual(drawn.one, ['1:50', '3']);
  assert.deepEqual([lab.page.experiment.seed, lab.page.running, asked.length], ['3', null, 4]);
});

test('each run has a number, which another screen of the same run keeps', async () => {
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  open('two');
  await reply(200);
  lab.page.step();
  assert.deepEqual(asked.map(({ question }) => question.run), [1, 1, 1, 2]);
});

test('where no GPU is to be had the same run is offered on the CPU', async () => {
  const filled = [];
  let offer;
  lab.page.parts.settings.fill = (settings) => filled.push(settings);
  lab.page.on('notice', (said) => (offer = said.offer));
  lab.page.train({ ...first, device: 'cuda', steps: 20 });
  await answer({ error: 'No.' });
  assert.ok(!offer);
  lab.page.train({ ...first, device: 'cuda', steps: 20 });
  await answer({ error: 'No GPU.', on_cpu: true });
  assert.equal(said.at(-1), 'No GPU.');
  assert.equal(offer.words, 'Train on the CPU');
  const trained = offer.work();
  assert.deepEqual(filled, [{ ...first, device: 'cpu', steps: 20 }]);
  await reply(20);
  assert.equal(await trained, true);
  assert.equal(lab.page.experiment.device, 'cpu');
  assert.ok(!offer);
});

test('what is refused leaves the page as it was', async () => {
  const trained = lab.page.train({ ...first, steps: 'x' });
  asked[0].answer({ error: 'No.' });
  assert.equal(await trained, false);
  assert.equal(lab.page.experiment.steps, 100);
  assert.equal(lab.page.running, null);
  assert.equal(said.at(-1), 'No.');
});

test('Stop keeps what has been reached', async () => {
  const trained = lab.page.train({ ...first, steps: 2000 });
  await reply(120);
  lab.page.stop();
  await reply(300);
  assert.deepEqual(drawn.one, ['1:120']);
  assert.equal(lab.page.experiment.steps, 120);
  assert.equal(await trained, false);
  roots.one.seen();
  assert.equal(asked.length, 2, 'what is shown is not asked for again');
  open('two');
  assert.equal(asked.at(-1).question.experiment.steps, 120);
});

test('Stop before the first answer leaves the experiment that is shown', async () => {
  lab.page.train({ ...first, steps: 2000, seed: '5' });
  lab.page.stop();
  await reply(120);
  assert.deepEqual(lab.page.experiment, first);
  assert.deepEqual(drawn.one, []);
});

test('a change of tab before the first answer loses no run', async () => {
  const trained = lab.page.train({ ...first, seed: '7' });
  open('two');
  await reply(100);
  asked[0].answer({ value: 'late', step: 100, steps: 100, done: true, link: '?v=1', notice: [] });
  assert.deepEqual(drawn, { one: [], two: ['7:100'] });
  assert.equal(await trained, true);
});

test('a screen that was left during a run is drawn to its end when it is opened again', async () => {
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  open('two');
  await reply(200);
  open('one');
  await reply(200);
  assert.deepEqual(drawn, { one: ['1:50', '1:200'], two: ['1:200'] });
  roots.one.seen();
  assert.equal(asked.length, 4);
});

test('a screen whose size changes during a run does not begin anew', async () => {
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  roots.one.seen();
  assert.equal(asked.length, 2);
});

test('Reset goes to the start, and a step goes on from what is shown', async () => {
  lab.page.reset();
  await reply(0);
  assert.deepEqual([lab.page.experiment.steps, lab.page.reached], [0, 0]);
  lab.page.step();
  await reply(1);
  assert.deepEqual([lab.page.experiment.steps, lab.page.reached], [1, 1]);
});

test('Stop on a screen that has not been drawn yet draws what has been reached', async () => {
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  open('two');
  lab.page.stop();
  assert.equal(asked.at(-1).question.experiment.steps, 50);
  await reply(50);
  assert.deepEqual(drawn, { one: ['1:50'], two: ['1:50'] });
  open('one');
  assert.equal(asked.length, 4, 'the screen left behind shows it already');
});

test('a server that does not answer is asked again, and the sentence goes', async (t) => {
  globalThis.setTimeout = (done) => real(done, 0);
  t.after(() => (globalThis.setTimeout = real));
  lab.page.train({ ...first, seed: '9' });
  asked.at(-1).answer(undefined); // this is how Gradio tells of a failure
  await turns();
  assert.equal(said.at(-1), 'The server does not answer. The page tries again by itself.');
  while (asked.length < 2) await turns(1);
  await reply(100);
  assert.equal(said.at(-1), '');
  assert.deepEqual(drawn.one, ['9:100']);
});

// ---- the races

const opens = (seed, more = {}) => ({
  experiment: { ...first, steps: 20, seed },
  settings: first,
  tab: 'one',
  sentences: [],
  lesson: null,
  reply: { value: seed, step: 20, steps: 20, done: true, link: `?v=1&seed=${seed}`, notice: [] },
  ...more,
});

test('a Train that is refused leaves the run that is under way, and its steps', async () => {
  const trained = lab.page.train({ ...first, steps: 200 });
  await reply(50);
  const refused = lab.page.train({ ...first, lr: 'abc', steps: 900 });
  await answer({ error: 'The rate is a number.' });
  assert.equal(await refused, false);
  assert.deepEqual([lab.page.running, lab.page.experiment.steps], [{ step: 50, steps: 200 }, 200]);
  assert.equal(asked.at(-1).question.run, 3, 'the server has ended the run before: this is a new one');
  await reply(200);
  assert.equal(await trained, true);
  assert.deepEqual(drawn.one, ['1:50', '1:200']);
});

test('a late answer to a quiet question is none', async () => {
  const functions = (name) => ({ [name]: (question) => new Promise((done) => asked.push({ question, answer: done })) });
  lab.register('quiet', { isConnected: true }, { ...functions('score'), ...functions('list') }, {}, null);
  const before = lab.page.experiment;
  const late = lab.page.ask('quiet', 'score', { quiet: true });
  const other = lab.page.ask('quiet', 'list', { experiment: undefined, quiet: true });
  const [score, list] = asked;
  lab.page.train({ ...first, seed: '2' });
  await reply(100);
  score.answer({ value: 'of seed 1' });
  list.answer({ value: 'of no experiment' });
  assert.equal(await late, null);
  assert.deepEqual(await other, { value: 'of no experiment' });
  const held = lab.page.ask('quiet', 'score', { experiment: before, quiet: true });
  await answer({ value: 'of seed 1' });
  assert.equal(await held, null, 'the experiment is not on the page any more');
  const now = lab.page.ask('quiet', 'score', { quiet: true });
  await answer({ error: 'No.' });
  assert.deepEqual(await now, { error: 'No.' });
});

test('Train while the open screen is still loading is asked as soon as it is there', async () => {
  roots.one.offsetParent = false;
  const trained = lab.page.train({ ...first, seed: '4' });
  assert.deepEqual(asked, []);
  assert.deepEqual(lab.page.running, { step: 0, steps: 100 });
  open('two');
  await reply(100);
  assert.equal(await trained, true);
  assert.deepEqual(drawn.two, ['4:100']);
});

test('a failed request covers what was said only until the server answers', async (t) => {
  globalThis.setTimeout = (done) => real(done, 0);
  t.after(() => (globalThis.setTimeout = real));
  lab.page.say(['This run cannot settle.']);
  lab.register('quiet', { isConnected: true }, { score: () => new Promise((done) => asked.push({ answer: done })) }, {}, null);
  const score = lab.page.ask('quiet', 'score', { quiet: true });
  await answer(undefined);
  assert.equal(said.at(-1), 'The server does not answer. The page tries again by itself. This run cannot settle.');
  while (asked.length < 2) await turns(1);
  await answer({ value: 1 });
  assert.deepEqual(await score, { value: 1 });
  assert.equal(said.at(-1), 'This run cannot settle.');
});

test('a question that nobody wants any more is not asked again, and its sentence goes', async (t) => {
  globalThis.setTimeout = (done) => real(done, 0);
  t.after(() => (globalThis.setTimeout = real));
  lab.page.train({ ...first, seed: '2' });
  const [lost] = asked;
  lab.page.stop();
  lost.answer(undefined);
  await turns();
  assert.equal(asked.length, 1);
  assert.ok(!said.join().includes('does not answer'));
});

test('New seed says its seed as soon as it is on the page, and none where it is refused', async () => {
  const seed = lab.page.newSeed({ ...first, steps: 200 });
  await reply(50);
  assert.equal(await seed, lab.page.experiment.seed);
  assert.deepEqual(lab.page.running, { step: 50, steps: 200 });
  const refused = lab.page.newSeed({ ...first, lr: 'abc' });
  await answer({ error: 'No.' });
  assert.equal(await refused, null);
});

test('an answer says why it is drawn', async () => {
  lab.page.train({ ...first, steps: 200 });
  await reply(50);
  await reply(200);
  lab.page.newSeed(first);
  await reply(100);
  lab.page.train(lab.page.experiment); // the same settings
  await reply(100);
  lab.page.step();
  await reply(101);
  lab.page.reset();
  await reply(0);
  lab.page.refresh();
  await reply(0);
  const opened = lab.page.openQuery('?v=1&seed=5');
  await answer(opens('5', { reply: { ...opens('5').reply, step: 10, done: false } }));
  await opened;
  await reply(20);
  open('two');
  await reply(20);
  assert.deepEqual(intents, ['train', 'train', 'train', 'train', 'step', 'reset', 'again', 'open', 'open', 'again']);
});

test('a fault in one picture stops no run', async (t) => {
  const faults = [];
  t.mock.method(globalThis, 'reportError', (error) => faults.push(error.message));
  lab.page.parts.one.show = () => {
    throw new Error('cannot draw');
  };
  const trained = lab.page.train({ ...first, steps: 200 });
  await reply(50);
  await reply(200);
  assert.equal(await trained, true);
  assert.deepEqual(faults, ['cannot draw', 'cannot draw']);
});

test('what a drawing asks for waits until its answer is taken', async () => {
  lab.page.parts.one.show = () => drawn.one.push('once') < 2 && lab.page.refresh();
  lab.page.train({ ...first, seed: '2' });
  await reply(100);
  assert.equal(asked.length, 2);
  await reply(100);
  assert.deepEqual([drawn.one.length, asked.length, lab.page.running], [2, 2, null]);
});

test('the name of a link is on the page and stays in the address until another link', async () => {
  const opened = lab.page.openQuery('?v=1&seed=5&name=Zo%C3%AB');
  const named = opens('5');
  named.experiment.name = 'Zoë';
  await answer(named);
  await opened;
  assert.equal(lab.page.name, 'Zoë');
  assert.equal(addresses.at(-1), '?v=1&seed=5&name=Zo%C3%AB');
  lab.page.rename('Ana');
  assert.equal(addresses.at(-1), '?v=1&seed=5&name=Ana');
  lab.page.rename('');
  assert.equal(addresses.at(-1), '?v=1&seed=5');
  const other = lab.page.openQuery('?v=1&seed=6');
  await answer(opens('6'));
  await other;
  assert.equal(lab.page.name, '');
  assert.equal(addresses.at(-1), '?v=1&seed=6');
});

// ---- the first visit

const storage = (kept = {}) => ({ getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) });
const throwing = () => assert.fail();

test('a browser is new until it has seen the page, and one that keeps nothing is never new', () => {
  const own = storage();
  assert.equal(isNewcomer(() => own), true);
  assert.equal(isNewcomer(() => own), true, 'a page that was never drawn was not seen');
  markSeen(() => own);
  assert.equal(isNewcomer(() => own), false);
  assert.equal(isNewcomer(throwing), false);
  assert.equal(isNewcomer(() => ({ ...storage(), setItem: throwing })), false);
  markSeen(throwing);
});

test('the first visit is one without a link, without a class and without a place to return to', (t) => {
  const firstVisit = () => createPage().page.firstVisit;
  assert.equal(firstVisit(), false, 'nothing can be kept');
  globalThis.localStorage = storage();
  t.after(() => delete globalThis.localStorage);
  assert.equal(firstVisit(), true);
  for (const [where, key, value] of [[html.dataset, 'opening', ''], [location, 'hash', '#class=A.b'], [history, 'state', {}]]) {
    where[key] = value;
    assert.equal(firstVisit(), false, key);
    delete where[key];
  }
  assert.equal(firstVisit(), true);
  lab.page.train({ ...first, seed: '2' });
  roots.one.seen();
  assert.equal(firstVisit(), false, 'a screen was seen');
});

test('other names keep what is shown, and go on with a run that is under way', async () => {
  const trained = lab.page.train({ ...first, steps: 30 });
  await reply(30);
  await trained;
  const reset = lab.page.reset();
  await reply(0);
  await reset;
  const named = lab.page.newNames('7');
  assert.deepEqual([asked.at(-1).question.experiment.steps, asked.at(-1).question.experiment.draw_seed], [0, '7']);
  await reply(0);
  assert.equal(await named, true);
  assert.equal(lab.page.goal, 30);
});

test('a part may hand on each method of the page as a function', () => {
  const { lookInside, takePair, newNames, openQuery } = lab.page;
  lookInside('a', 'b');
  assert.deepEqual(takePair(), ['a', 'b']);
  newNames('7');
  openQuery('?v=1&seed=5');
  assert.deepEqual(asked.map(({ question }) => question.query ?? question.experiment.draw_seed), ['7', '?v=1&seed=5']);
});
