import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  across,
  layout,
  logTicks,
  placeWords,
  read,
  span,
  spread,
  ticks,
} from '../../demo/page/static/pictures/curve.js';

const LINE = { name: 'dev', x: [0, 0.1, 1, 10], y: [2, 3, null, 4] };

test('ticks are round numbers from end to end', () => {
  const { values, label } = ticks(0, 10, 5);
  assert.deepEqual(values, [0, 2, 4, 6, 8, 10]);
  assert.equal(label(2), '2');
  assert.deepEqual(ticks(-1, 1, 4).values, [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(ticks(0, 100, 4).values, [0, 50, 100]);
  assert.deepEqual(ticks(0.1, 0.4, 3).values, [0.1, 0.2, 0.3, 0.4]);
  assert.equal(ticks(-1, 1, 4).label(-0.5), '−0.5');
  assert.deepEqual(
    ticks(2.45, 2.52, 6).values.map(ticks(2.45, 2.52, 6).label),
    ['2.46', '2.48', '2.50', '2.52'],
  );
});

test('no tick is minus zero', () => {
  assert.ok(ticks(-2, 2, 4).values.every((x) => !Object.is(x, -0)));
});

test('logarithmic ticks are powers of ten, finer on demand', () => {
  assert.deepEqual(logTicks(0.001, 1000, false), [0.001, 0.01, 0.1, 1, 10, 100, 1000]);
  assert.deepEqual(logTicks(0.1, 1, true), [0.1, 0.2, 0.5, 1]);
});

test('a span is never empty', () => {
  assert.deepEqual(span([3, null, 1]), [1, 3]);
  assert.deepEqual(span([2, 2]), [1.5, 2.5]);
  assert.deepEqual(span([null, Infinity]), [0, 1]);
});

test('on a logarithmic axis equal factors lie equally far apart, and 0 at the left', () => {
  const { xAt, first } = across({ xs: [0, 0.1, 1, 10], xLog: true }, 50, 250);
  assert.equal(first, 0.1);
  assert.equal(xAt(0), 50);
  assert.ok(xAt(0.1) > 50);
  assert.ok(Math.abs(xAt(1) - xAt(0.1) - (xAt(10) - xAt(1))) < 1e-9);
  assert.equal(xAt(10), 250);
});

test('on a plain axis equal steps lie equally far apart', () => {
  const { xAt } = across({ xs: [0, 5, 10], xLog: false }, 50, 250);
  assert.deepEqual([0, 5, 10].map(xAt), [50, 150, 250]);
});

test('all points lie inside the plot at every width', () => {
  const value = read({ title: 't', x_label: 'k', y_label: 'nats', x_log: true, series: [LINE] });
  for (const width of [300, 340, 600, 950]) {
    const scale = layout(value, width);
    for (const [k, x] of LINE.x.entries()) {
      assert.ok(scale.xAt(x) >= scale.left && scale.xAt(x) <= scale.right);
      const y = LINE.y[k];
      if (y !== null) assert.ok(scale.yAt(y) > scale.top && scale.yAt(y) < scale.bottom);
    }
    assert.ok(scale.yAt(4) < scale.yAt(2));
  }
});

test('a narrow plot keeps room for short names beside the ends of its lines', () => {
  const line = { ...LINE, name: 'train, order 2', short: 'train 2' };
  const [narrow, wide] = [330, 900].map((width) => layout(read({ x_log: true, series: [line] }), width));
  assert.ok(narrow.width - narrow.right >= 14 + 7 * 'train 2'.length);
  assert.ok(narrow.right - narrow.left > 0.6 * narrow.width);
  assert.ok(wide.width - wide.right >= 14 + 7 * 'train, order 2: 0.0000'.length);
});

test('names at the ends of lines keep apart and above the floor', () => {
  const names = [100, 101, 240].map((y) => ({ x: 10, y }));
  const at = spread(names, 230).map((name) => name.at);
  assert.equal(at[0], 100);
  assert.ok(at[1] - at[0] >= 15 && at[2] - at[1] >= 15);
  assert.equal(at[2], 230);
});

test('words of marked points lie on no point and on no other words', () => {
  const box = { left: 0, right: 400, top: 0, bottom: 300 };
  const points = [150, 155, 160].map((y, i) => ({ x: 100 + i, y, words: `best k = ${i}` }));
  const places = placeWords(points, box);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  places.forEach((a, i) => places.slice(i + 1).forEach((b) => assert.ok(apart(a, b))));
  assert.ok(places.every((place) => place.left >= 0 && place.right <= 400));
});

test('words lie on no line where there is room beside it', () => {
  const box = { left: 0, right: 400, bottom: 300 };
  const rising = Array.from({ length: 50 }, (_, i) => ({ x: 150 + 4 * i, y: 200 - 4 * i }));
  const [place] = placeWords([{ x: 140, y: 200, words: 'best k = 0.1: 2.1' }], box, [], rising);
  const within = ({ x, y }) => place.left < x && x < place.right && place.top < y && y < place.bottom;
  assert.ok(!rising.some(within));
});

test('a curve keeps gaps, sorts the common x, and refuses half a line', () => {
  const value = read({ series: [LINE, { name: 'train', x: [0.5], y: [NaN], style: 'dashed' }] });
  assert.deepEqual(value.xs, [0, 0.1, 0.5, 1, 10]);
  assert.deepEqual(value.series[0].ys, [2, 3, null, 4]);
  assert.deepEqual(value.series[1].ys, [null]);
  assert.deepEqual(value.series.map((one) => one.style), ['solid', 'dashed']);
  assert.throws(() => read({ series: [{ name: 'a', x: [1, 2], y: [1] }] }));
  assert.throws(() => read({ series: [{ name: 'a', x: [], y: [] }] }));
});
