import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { cumulate, draw, moreUsual, pathOf, strangestOf, surpriseOf } from '../../demo/page/static/core/draw.js';
import { player } from '../../demo/page/static/core/player.js';
import { read } from '../../demo/page/static/pictures/names.js';
import { rightEnd } from '../../demo/page/static/pictures/surprise.js';
import { tell } from '../../demo/page/static/pictures/tale.js';

const P = [0, 0.5, 0.5, 0.25, 0.5, 0.25, 1, 0, 0]; // ".": a or b; "a": end, a or b; "b": end

test('the running sums of each row end in 1', () => {
  assert.deepEqual([...cumulate([1, 3, 2, 2], 2, 2)], [0.25, 1, 0.5, 1]);
});

test('the next character is the first whose cumulative probability exceeds u', () => {
  const uniforms = [0.4999, 0.25, 0.7499, 0.2499, 0.5, 0, 0.9, 0.9999];
  // . 0.4999 → a; a 0.25 → a; a 0.7499 → a; a 0.2499 → end; . 0.5 → b; b 0 → end; . 0.9 → b; b 0.9999 → end
  assert.deepEqual(draw(P, ['.', 'a', 'b'], uniforms, 3), ['aaa', 'b', 'b']);
  assert.deepEqual(draw(P, ['.', 'a', 'b'], uniforms, 2), ['aaa', 'b']);
});

test('too few random numbers give fewer names, and a broken row ends a name', () => {
  assert.deepEqual(draw(P, ['.', 'a', 'b'], [0.6, 0.5, 0.1], 5), ['b']);
  assert.deepEqual(draw([NaN, NaN, NaN, NaN], ['.', 'a'], [0.5, 0.5], 5), ['', '']);
});

test('a name passes its cells from the start to the end', () => {
  assert.deepEqual(pathOf('ab', ['.', 'a', 'b']), { cells: [[0, 1], [1, 2], [2, 0]] });
  assert.deepEqual(pathOf('a.', ['.', 'a', 'b']), { wrong: '.' });
  assert.deepEqual(pathOf('👩a', ['.', 'a', '👩']), { cells: [[0, 2], [2, 1], [1, 0]] });
});

test('the surprise of a name is the mean of −log p, and is compared with all names', () => {
  assert.equal(surpriseOf([[0, 1], [1, 0]], P, 3), (Math.log(2) + Math.log(4)) / 2);
  assert.equal(surpriseOf([[0, 0]], P, 3), Infinity);
  assert.deepEqual(strangestOf([[0, 1], [1, 0], [1, 2]], P, 3), [1, 0]);
  assert.equal(moreUsual(2, [1, 2, 3, 4]), 0.5);
});

test('the bar reaches beyond pure chance where the table is worse, but not for ever', () => {
  assert.equal(rightEnd(3, 2), 3 * 1.02);
  assert.equal(rightEnd(3, 4), 4 * 1.02);
  assert.equal(rightEnd(3, 1e9), 4.5 * 1.02);
  assert.equal(rightEnd(3, null), 3 * 1.02);
});

test('a list of names may end before the other, and an empty name is a name', () => {
  const pairs = [['', 'a', false, true], ['b', null, false, false]];
  const { trained, counted, note } = read({ pairs, note: 'so' });
  assert.deepEqual(trained, [{ name: 'a', known: true }]);
  assert.deepEqual(counted.map((one) => one.name), ['', 'b']);
  assert.equal(note, 'so');
  assert.deepEqual(read(null).trained, []);
});

test('the story says what is shown, and offers the next thing', () => {
  const end = { view: 'descended', playing: false, step: 100, end: 100, steps: 100, well: true, near: true, filmed: true };
  const said = (changes) => tell({ ...end, ...changes });
  assert.match(said({}).words, /^After 100 steps, the names sound more real/);
  assert.match(said({ near: false }).words, /begun to learn/);
  assert.match(said({ view: 'counted' }).words, /nearly the same/);
  assert.match(said({ view: 'counted' }).why, /why train/);
  assert.doesNotMatch(said({ view: 'counted', near: false }).words, /nearly/);
  assert.equal(said({}).next.does, 'count');
  assert.equal(said({ view: 'counted' }).next.does, 'watch');
  assert.equal(said({ view: 'difference' }).next.does, 'watch');
  assert.match(said({ step: 0 }).words, /random/);
  assert.equal(said({ step: 0, playing: true }).next, null);
  assert.equal(said({ step: 0, end: 0 }).next.does, 'train');
  assert.equal(said({ step: 0, end: 0, steps: 0 }).next, null);
  assert.match(said({ step: 40 }).words, /^Step 40 of 100 steps/);
  assert.match(said({ step: 40, playing: true }).words, /^Training/);
  assert.match(said({ well: false }).words, /not settled/);
  assert.equal(said({ view: 'counted', filmed: false }).next, null);
});

test('the film stands, plays to its end, and waits for a run that is under way', () => {
  let frames = [];
  let ask = null;
  mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.requestAnimationFrame = (one) => ((ask = one), 1);
  globalThis.cancelAnimationFrame = () => (ask = null);
  const turned = [];
  const film = player({ frame: (step) => frames.push(step), turned: (on) => turned.push(on) });
  let ready = 5;
  film.play({ from: 0, to: () => 10, ready: () => ready, milliseconds: 100, after: 50 });
  assert.deepEqual([frames, ask, film.isPlaying()], [[0], null, true]);
  mock.timers.tick(50);
  for (const now of [1000, 1050, 1100]) ask(now);
  assert.deepEqual(frames, [0, 0, 3, 5]);
  assert.ok(film.isPlaying()); // step 10 is not there yet
  ready = 10;
  ask(1200);
  assert.deepEqual([frames.at(-1), film.isPlaying(), turned], [10, false, [true, false]]);
  frames = [];
  film.play({ from: 2, to: () => 10, ready: () => 10, milliseconds: 100 });
  film.pause();
  mock.timers.tick(100);
  assert.deepEqual([frames, ask, turned.at(-1)], [[2], null, false]);
  mock.timers.reset();
});
