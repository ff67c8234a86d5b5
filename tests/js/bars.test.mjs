import assert from 'node:assert/strict';
import { test } from 'node:test';

import { extent, nudge, reach, read } from '../../demo/page/static/pictures/bars.js';
import { moved } from '../../demo/page/static/pictures/frame.js';
import { answer, timings } from '../../demo/page/static/parts/speed.js';

const chart = (values, more = {}) => ({
  title: 'a row',
  bars: values.map((value, i) => ({ label: String(i), value, text: String(value) })),
  ...more,
});

test('bars reach as far as the largest, or as far as they are told', () => {
  assert.deepEqual(reach([1, 4, 2], false), { low: 0, high: 4 });
  assert.deepEqual(reach([1, 4, 2], false, 10), { low: 0, high: 10 });
  assert.deepEqual(reach([], false), { low: 0, high: 1 });
});

test('only signed bars go below zero, and only as far as there is something', () => {
  assert.deepEqual(reach([-3, 1], true), { low: 3, high: 1 });
  assert.deepEqual(reach([-3, -1], true), { low: 3, high: 0 });
  assert.deepEqual(reach([2, 1], true), { low: 0, high: 2 });
  assert.deepEqual(reach([-3, 1], false), { low: 0, high: 1 });
});

test('two charts of one scale draw the same number equally long', () => {
  const first = read(chart([2, 1], { max: 4 }));
  const second = read(chart([4, 2], { max: 4 }));
  assert.equal(extent(2, first.low, first.high).length, extent(2, second.low, second.high).length);
  assert.equal(extent(2, first.low, first.high).length, 50);
});

test('a bar begins at zero, and its text stands beyond its end', () => {
  assert.deepEqual(extent(1, 1, 3), { base: 25, start: 25, length: 25, end: { bottom: 50 } });
  assert.deepEqual(extent(-1, 1, 3), { base: 25, start: 0, length: 25, end: { top: 100 } });
  assert.deepEqual(extent(0, 0, 2), { base: 0, start: 0, length: 0, end: { bottom: 0 } });
});

test('what is not finite fills its track, what is too large ends with it', () => {
  assert.equal(extent(null, 0, 4).length, 100);
  assert.equal(extent(9, 0, 4).length, 100);
  assert.equal(extent(-9, 2, 2).length, 50);
});

test('a wide text over an outer bar moves inwards', () => {
  assert.equal(nudge(40, 10, 0, 300), 15);
  assert.equal(nudge(40, 10, 290, 300), -15);
  assert.equal(nudge(40, 10, 150, 300), 0);
  assert.equal(nudge(8, 10, 0, 300), 0);
});

test('a chart reads its value and leaves out what it does not know', () => {
  const value = read({ bars: [{ label: 'a', value: Infinity, text: '∞', mark: 'constructor' }], note: 'so' });
  assert.deepEqual(value.bars, [{ label: 'a', value: null, text: '∞', mark: null, note: '' }]);
  assert.equal(value.vertical, true);
  assert.equal(value.note, 'so');
  assert.throws(() => read({ bars: [] }));
  assert.throws(() => read(null));
  assert.match(read(chart(Array(201).fill(1))).note, /^The first 200 of 201\. /);
});

test('arrow keys lead on and back and stay inside', () => {
  assert.equal(moved('ArrowRight', null, 5), 0);
  assert.equal(moved('ArrowRight', 5, 5), 5);
  assert.equal(moved('ArrowDown', 2, 5, 10), 5);
  assert.equal(moved('ArrowLeft', 0, 5), 0);
  assert.equal(moved('ArrowUp', 3, 5), 2);
  assert.equal(moved('Home', 3, 5), 0);
  assert.equal(moved('End', 3, 5), 5);
  assert.equal(moved('a', 3, 5), undefined);
});

test('timings tell how many times faster than the slowest so far', () => {
  const results = [
    { form: 'onehot', forward: 8, both: 9, why_not: '' },
    { form: 'rows', forward: 2, both: 3, why_not: '' },
    { form: 'gather', forward: null, both: null, why_not: 'too large' },
  ];
  const FORMS = ['onehot', 'rows', 'gather', 'counts'];
  const { bars, unit, title } = timings('forward', results, 'median ms', FORMS);
  assert.equal(title, 'Forward, here and now');
  assert.equal(unit, 'median ms');
  assert.deepEqual(bars, [
    { label: 'onehot', value: 8, text: '8.000 ms · 1×' },
    { label: 'rows', value: 2, text: '2.000 ms · 4×' },
    { label: 'gather', value: 0, text: 'too large' },
    { label: 'counts', value: 0, text: '…' },
  ]);
  assert.equal(timings('both', results, '', FORMS).bars[1].text, '3.000 ms · 3×');
});

test('the answer names the faster of two ways, once both are timed', () => {
  const chart = (...times) => ({ bars: times.map((value, i) => ({ label: `way ${i}`, value })) });
  assert.equal(answer(chart(24.4, 4.7)), 'way 1 is 5.2 times as fast.');
  assert.equal(answer(chart(2, 6)), 'way 0 is 3 times as fast.');
  assert.equal(answer(chart(2, 0)), '');
  assert.equal(answer(chart()), '');
});
