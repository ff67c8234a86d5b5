import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, cellSize, inkOn, inscriptionSize, mix, move, place, rgb, short } from '../../demo/page/static/core/heat.js';
import { span } from '../../demo/page/static/pictures/curve.js';
import { powers } from '../../demo/page/static/pictures/timeline.js';
import { counts, inscription, largest, layersOf, pairOf, share, signed } from '../../demo/page/static/core/numbers.js';

test('amounts by their square root, even numbers by size, signed ones round the middle', () => {
  assert.equal(place(0, 4), 0);
  assert.equal(place(1, 4), 0.5);
  assert.equal(place(1, 4, { even: true }), 0.25);
  assert.equal(place(9, 4), 1);
  assert.equal(place(0, 4, { signed: true }), 0.5);
  assert.equal(place(-4, 4, { signed: true }), 0);
  assert.equal(place(1, 4, { signed: true }), 0.75);
});

test('a number has one colour, whichever table it stands in', () => {
  const stops = ['#ffffff', '#08f', '#000000'].map(rgb);
  assert.deepEqual(mix(stops, 0), [255, 255, 255]);
  assert.deepEqual(mix(stops, 0.5), [0, 136, 255]);
  assert.deepEqual(mix(stops, 1), [0, 0, 0]);
});

test('ink stands out', () => {
  assert.equal(inkOn([255, 255, 255]), '#10161d');
  assert.equal(inkOn([13, 41, 110]), '#ffffff');
});

test('cells fill the room, whole pixels, and have a least size unless the width forbids it', () => {
  assert.equal(cellSize(594, 1000, 27, 27), 22);
  assert.equal(cellSize(1000, 450, 27, 27), 16);
  assert.equal(cellSize(2000, 2000, 27, 27), 34);
  assert.equal(cellSize(600, 100, 27, 27), 10);
  assert.equal(cellSize(240, 100, 27, 27), 8);
  assert.equal(cellSize(600, 520, 27, 27, 600), 20, 'the numbers stay');
  assert.equal(cellSize(600, 390, 27, 27, 530), 15, 'the pairs stay');
  assert.equal(cellSize(600, 560, 27, 27, 600), 20, 'no more than they need');
  assert.equal(cellSize(500, 480, 27, 27, 600), 17, 'nothing to win');
});

test('cells are inscribed where that is wanted, or read with ease', () => {
  const limits = { least: 9, most: 13 };
  const sizes = (wanted) => [20, 24, 25, 30, 40].map((cell) => inscriptionSize(wanted, cell, limits));
  assert.deepEqual(sizes(null), [Infinity, Infinity, 10, 12, 13]);
  assert.deepEqual(sizes(true), [9, 9, 10, 12, 13]);
  assert.deepEqual(sizes(false), Array(5).fill(Infinity));
});

test('keys', () => {
  assert.deepEqual(move('ArrowDown', [0, 0], 3, 3), [1, 0]);
  assert.deepEqual(move('ArrowDown', [2, 0], 3, 3), [2, 0]);
  assert.deepEqual(move('ArrowLeft', [1, 0], 3, 3), [1, 0]);
  assert.deepEqual(move('Home', [1, 2], 3, 3), [1, 0]);
  assert.deepEqual(move('End', [1, 0], 3, 4), [1, 3]);
  assert.equal(move('a', [1, 0], 3, 3), null);
});

test('the cell under a point', () => {
  const grid = { left: 20, top: 10, cell: 5 };
  assert.deepEqual(cellAt(20, 10, grid, 3, 3), [0, 0]);
  assert.deepEqual(cellAt(34, 24, grid, 3, 3), [2, 2]);
  assert.equal(cellAt(35, 12, grid, 3, 3), null);
  assert.equal(cellAt(19, 12, grid, 3, 3), null);
});

test('labels', () => {
  assert.equal(short(' '), '␣');
  assert.equal(short('abcdefghij'), 'abcdefg…');
});

test('what stands in a cell', () => {
  assert.equal(inscription(0.1234, share, false), '.12');
  assert.equal(inscription(-0.5, share, true), '−.50');
  assert.equal(inscription(0.5, share, true), '+.50');
  assert.deepEqual([6763, 9999.6, 12345, 3.44e6].map(counts), ['6763', '10K', '12K', '3.4M']);
  assert.equal(inscription(-123456, counts, true), '−120K');
  assert.equal(inscription(-0.001, (x) => x.toFixed(1), true), '0.0');
  assert.equal(inscription(12.6, (x) => String(Math.round(x)), true), '+13');
  assert.equal(inscription(Infinity, share, false), '∞');
  assert.equal(inscription(-Infinity, share, true), '−∞');
  assert.equal(inscription(NaN, share, false), '–');
});

test('a gap has its sign, and never −0', () => {
  assert.equal(signed(0.02014), '+0.0201');
  assert.equal(signed(-1.3), '−1.3000');
  assert.equal(signed(-1e-9), '+0.0000');
  assert.equal(signed(null), '–');
});

test('layers: expected counts, probabilities, −log p; one scale leaves out what is not finite', () => {
  const layers = layersOf(Float32Array.from([0.25, 0.75, 1, 0]), [8, 2], 2);
  assert.deepEqual([...layers.count], [2, 6, 2, 0]);
  assert.equal(layers.surprise[2], 0);
  assert.equal(layers.surprise[3], Infinity);
  assert.equal(largest([1, -3, NaN], [2, Infinity]), 3);
  assert.equal(largest([0]), 1);
});

test('ticks of the time line', () => {
  assert.deepEqual(powers(-2.2, 0.1, 4), [-2, -1, 0]);
  assert.deepEqual(powers(Math.log10(0.0101), Math.log10(0.0117), 4), [0.0105, 0.011, 0.0115].map(Math.log10));
  assert.deepEqual(span([3, null, 1, Infinity]), [1, 3]);
  assert.deepEqual(span([2]), [1.5, 2.5]);
});

test('a pair in words', () => {
  assert.deepEqual(pairOf('.', 'e'), ['start', 'e']);
  assert.deepEqual(pairOf('a', '.'), ['a', 'end']);
  assert.deepEqual(pairOf('..', '.'), ['start', 'end']);
  assert.deepEqual(pairOf('.a', ' '), ['.a', '␣']);
});
