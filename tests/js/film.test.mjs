import assert from 'node:assert/strict';
import { test } from 'node:test';
import { along, decode, descend, frames, runKey, softmaxRows, sumRows } from '../../demo/page/static/core/film.js';

const pack = (numbers) => Buffer.from(new Float32Array(numbers).buffer).toString('base64');
const near = (a, b, tolerance = 1e-6) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
const N = [1, 3, 2, 2];
const value = {
  rows: ['.', 'a'],
  columns: ['.', 'a'],
  N: Buffer.from(new Float64Array(N).buffer).toString('base64'),
  start: pack([0.5, -0.25, 0, 1]),
  film: { n: 8, size: 4, lr: 2, l2: 0.01 },
};

function loss(W) {
  let sum = 0;
  for (let i = 0; i < 2; i++) {
    const total = Math.exp(W[2 * i]) + Math.exp(W[2 * i + 1]);
    for (let j = 0; j < 2; j++) sum -= N[2 * i + j] * Math.log(Math.exp(W[2 * i + j]) / total);
  }
  return sum / 8 + (0.01 * W.reduce((all, w) => all + w * w, 0)) / 4;
}

test('decode reads what was packed and refuses another size', () => {
  assert.deepEqual([...decode(pack([1.5, -2]), 2)], [1.5, -2]);
  assert.throws(() => decode(pack([1.5, -2]), 3), RangeError);
});

test('row sums', () => assert.deepEqual([...sumRows([1, 2, 3, 4, 5, 6], 2, 3)], [6, 15]));

test('each row of softmax sums to 1, also for large weights', () => {
  const p = softmaxRows([1000, 1001, -1000, 0], 2, 2);
  near(p[0] + p[1], 1);
  near(p[1] / p[0], Math.E);
  assert.equal(p[2], 0);
  assert.equal(p[3], 1);
});

test('a step goes down the slope of the loss', () => {
  const W = Float64Array.from([0.5, -0.25, 0, 1]);
  const after = descend(W, N, [4, 4], value.film);
  W.forEach((w, cell) => {
    const moved = (by) => loss(W.map((x, at) => (at === cell ? x + by : x)));
    near(after[cell], w - (2 * (moved(1e-5) - moved(-1e-5))) / 2e-5);
  });
});

test('frames begin with the first weights, are kept, and end at the counted table', () => {
  const film = frames({ ...value, film: { ...value.film, l2: 0 } });
  assert.deepEqual([...film.at(0)], [0.5, -0.25, 0, 1]);
  const late = film.at(400);
  assert.equal(film.at(400), late);
  assert.equal(film.at(3).length, 4);
  softmaxRows(late, 2, 2).forEach((p, cell) => near(p, [0.25, 0.75, 0.5, 0.5][cell]));
});

test('no first weights, no film', () => assert.equal(frames({ ...value, start: null }), null));

test('a run is the same run when it has gone further', () => {
  assert.equal(runKey({ ...value, step: 3 }), runKey({ ...value, step: 4 }));
  assert.notEqual(runKey(value), runKey({ ...value, film: { ...value.film, lr: 3 } }));
});

test('along a curve', () => {
  assert.equal(along([3, 2, 1], 1), 2);
  assert.equal(along([3, 2, null], 2), null);
  assert.equal(along([3, 2], 99), 2);
  assert.equal(along([], 0), null);
});

test('what is known only at the end of a run makes no other run', () => {
  const key = (chaotic) => runKey({ ...value, film: { ...value.film, chaotic } });
  assert.equal(key(false), key(true));
});
