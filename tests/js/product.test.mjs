import assert from 'node:assert/strict';
import { test } from 'node:test';

import { colour, layout, phases, read } from '../../demo/page/static/pictures/product.js';
import { segment } from '../../demo/page/static/pictures/walk.js';

const pack = (numbers) => Buffer.from(new Float32Array(numbers).buffer).toString('base64');

test('the parts of the motion follow one another and end', () => {
  assert.deepEqual(phases(0), { lie: 0, fade: 0, slide: 0 });
  assert.deepEqual(phases(0.47), { lie: 1, fade: 0, slide: 0 });
  assert.deepEqual(phases(0.67), { lie: 1, fade: 1, slide: 0 });
  assert.deepEqual(phases(1), { lie: 1, fade: 1, slide: 1 });
});

test('a weight is grey below zero, blue above, paper at zero', () => {
  assert.match(colour(-2, 4), /--below\) 50%/);
  assert.match(colour(4, 4), /--data\) 100%/);
  assert.match(colour(0, 4), / 0%/);
  assert.equal(colour(NaN, 4), 'var(--hatch)');
});

test('the whole product fits the width', () => {
  const letters = [...'.abcdefghijklmnopqrstuvwxyz'];
  for (const width of [300, 340, 950, 1600]) {
    const { left, cell, out, high, height } = layout({ rows: letters, columns: letters }, width);
    assert.ok(left + 27 * cell <= width);
    assert.ok(out + high < height);
  }
});

test('a product without its cell, or without all weights, is refused', () => {
  const whole = { rows: ['.', 'a'], columns: ['.', 'a'], W: pack([1, -3, 0, 2]), row: 1, column: 0 };
  assert.equal(read(whole).limit, 3);
  assert.equal(read({ ...whole, W: pack([0, 0, 0, 0]) }).limit, 1);
  assert.throws(() => read({ ...whole, row: 2 }));
  assert.throws(() => read({ ...whole, W: pack([1, 2, 3]) }));
});

test('the segments of a cumulative row join', () => {
  const step = { cumulative: [0.25, 0.75, 1] };
  assert.deepEqual([0, 1, 2].map((k) => segment(step, k)), [[0, 0.25], [0.25, 0.75], [0.75, 1]]);
});
