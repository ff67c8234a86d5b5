import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, factsOf, layerOf, numbersOf, pictureOf } from '../../demo/page/static/core/cells.js';
import { motionOf } from '../../demo/page/static/core/motion.js';
import { isWhole, lossesAt, namesAt, noteOf, storyOf, tablesOf, trainedAt } from '../../demo/page/static/core/stage.js';
import { before } from '../../demo/page/static/pictures/exact.js';
import { gapAsPower, layout } from '../../demo/page/static/pictures/timeline.js';
import { divided, isWide, lineHeight } from '../../demo/page/static/stage/room.js';

const pack = (numbers, Kind = Float32Array) => Buffer.from(new Kind(numbers).buffer).toString('base64');
const near = (a, b) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 1e-6, `${[...a]} is not ${b}`));

// Two characters: "." and "a". After "a" comes "a" or the end, after the start always "a".
const VALUE = {
  rows: ['.', 'a'],
  columns: ['.', 'a'],
  order: 2,
  characters: 2,
  N: pack([0, 2, 2, 6], Float64Array),
  totals: [2, 8],
  P: pack([0, 1, 0.25, 0.75]),
  Q: pack([0.5, 0.5, 0.125, 0.875]),
  W: pack([0, 0, -1, 1]),
  start: pack([0, 0, 0, 0]),
  film: { n: 10, size: 4, lr: 1, l2: 0 },
  step: 3,
  steps: 5,
  curve: { nll: [0.69, 0.6, 0.55], loss: [0.7, 0.61, 0.56], floor: 0.45 },
  figures: { counted_nll: 0.45, descended_nll: 0.5, gap: 0.05, counted_perplexity: 1.57 },
  names: { pairs: [['aa', 'a', true, false], ['a', '', false, false]] },
  uniforms: pack([0.9, 0.1, 0.4, 0.9, 0.05], Float64Array),
  uniforms_count: 5,
};
const TABLES = tablesOf(VALUE);
const END = { value: VALUE, tables: TABLES, trained: TABLES.end, step: 3 };

test('both tables in all layers, and what is greatest in them', () => {
  assert.deepEqual([...TABLES.counted.count], [0, 2, 2, 6]);
  assert.deepEqual([...TABLES.end.count], [1, 1, 1, 7]);
  assert.equal(TABLES.max.count, 7);
  assert.equal(TABLES.max.weight, 1);
  assert.equal(TABLES.apart.count, 1);
  assert.equal(TABLES.apart.probability, 0.5);
  assert.equal(TABLES.apart.surprise, Math.log(2)); // where counting has 0, the difference is not finite
});

test('the trained table of a step is the softmax of its weights', () => {
  const trained = trainedAt(Float32Array.from([0, 0, 0, Math.log(3)]), TABLES);
  near(trained.probability, [0.5, 0.5, 0.25, 0.75]);
  near(trained.count, [1, 1, 2, 6]);
});

test('the loss of the end is the server’s own; a step beyond the curve has its last loss', () => {
  assert.deepEqual(lossesAt(VALUE, 1), { nll: 0.6, objective: 0.61 });
  assert.deepEqual(lossesAt(VALUE, 3), { nll: 0.5, objective: 0.56 });
});

test('the names of a step are drawn with the random numbers of the end', () => {
  // . 0.9 → a, a 0.1 → end; . 0.4 → end at once
  assert.deepEqual(namesAt(VALUE, TABLES, TABLES.end), ['a', '']);
  assert.deepEqual(namesAt(VALUE, { ...TABLES, uniforms: null }, TABLES.end), []);
});

test('the note says what the names and the film lack', () => {
  const withFilm = (more) => ({ ...VALUE, ...more });
  assert.equal(noteOf(VALUE, null), '');
  assert.equal(noteOf(VALUE, ['a', '']), '');
  assert.match(noteOf(VALUE, ['a']), /too few random numbers/);
  assert.match(noteOf(withFilm({ uniforms: null }), []), /only a part of this table/);
  assert.match(noteOf(withFilm({ start: null }), null), /too many characters for a film/);
  assert.match(noteOf(withFilm({ film: { ...VALUE.film, chaotic: true } }), null), /may round differently/);
});

test('the story knows whether the run has settled near the counted table', () => {
  assert.deepEqual(storyOf(VALUE), { end: 3, well: true, near: true, filmed: true });
  const diverged = { ...VALUE, figures: { ...VALUE.figures, descended_nll: null, gap: null }, film: null };
  assert.deepEqual(storyOf(diverged), { end: 3, well: false, near: false, filmed: false });
});

test('a table is whole where each row is one character and none is left out', () => {
  assert.ok(isWhole(VALUE));
  assert.ok(!isWhole({ ...VALUE, order: 3 }));
  assert.ok(!isWhole({ ...VALUE, characters: 90 }));
});

test('the cells of each view', () => {
  const cells = (view, layer) => [...cellsOf({ ...END, view, layer })];
  assert.deepEqual(cells('counted', 'count'), [0, 2, 2, 6]);
  assert.deepEqual(cells('descended', 'count'), [1, 1, 1, 7]);
  assert.deepEqual(cells('difference', 'count'), [-1, 1, 1, -1]);
  assert.deepEqual(cells('descended', 'weight'), [0, 0, -1, 1]);
  assert.deepEqual(cells('counted', 'weight'), [0, 2, 2, 6]); // a counted table has no weights
  assert.equal(layerOf({ view: 'difference', layer: 'weight' }), 'count');
});

test('the picture of a view has its own scale, colours and words', () => {
  const counted = pictureOf({ ...END, view: 'counted', layer: 'count' });
  assert.deepEqual([counted.title, counted.max, counted.kind, counted.hollow], ['counted table, count', 7, 'amount', true]);
  const apart = pictureOf({ ...END, view: 'difference', layer: 'probability' });
  assert.deepEqual([apart.max, apart.kind, apart.even, apart.write(0.5)], [0.5, 'difference', true, '+.50']);
  const trained = pictureOf({ ...END, view: 'descended', layer: 'count' });
  assert.deepEqual([trained.title, trained.ends], ['trained table, expected count', null]);
  assert.match(pictureOf({ ...END, view: 'counted', layer: 'surprise' }).unknown, /p is 0/);
});

test('what is read of a cell: the pair, and the numbers of both tables', () => {
  const { pair, empty, lines } = factsOf({ ...END, view: 'counted', layer: 'weight' }, 0, 0);
  assert.deepEqual([pair, empty], [['start', 'end'], ' (an empty name)']);
  assert.deepEqual(lines, [['count, expected', '0', '1.0'], ['p', '0.0000', '0.5000'], ['−log p', '∞', '0.6931']]);
  const trained = factsOf({ ...END, view: 'descended', layer: 'weight' }, 1, 0);
  assert.deepEqual([trained.pair, trained.empty, trained.lines.at(-1)], [['a', 'end'], '', ['W', '', '−1']]);
});

test('the cells as a table of texts', () => {
  const { caption, head, body } = numbersOf({ ...END, view: 'difference', layer: 'count' });
  assert.equal(caption, 'difference, count, step 3');
  assert.deepEqual(head, ['count', '.', 'a']);
  assert.deepEqual(body, [['.', '−1.0', '1.0'], ['a', '1.0', '−1.0']]);
  assert.deepEqual(numbersOf({ ...END, view: 'counted', layer: 'count' }).body[0], ['.', '0', '2']);
});

test('what the film does when an answer arrives', () => {
  const AGAIN = { intent: 'again', isNew: false, isSameRun: true, isStory: false, canPlay: true, isPlaying: false };
  const at = (more) => motionOf({ ...AGAIN, step: 100, before: 100, end: 100, steps: 100, ...more });
  const first = { intent: 'open', isNew: true, isSameRun: false, step: 0, before: null };
  assert.equal(at(first), 'end');
  assert.equal(at({ ...first, isStory: true }), 'story');
  assert.equal(at({ ...first, isStory: true, canPlay: false }), 'end'); // without a film, or where motion is not wanted
  assert.equal(at({ intent: 'train', isNew: true, isSameRun: false }), 'train');
  assert.equal(at({ intent: 'train', isNew: true }), 'train'); // the same settings again
  assert.equal(at({ intent: 'train', isNew: true, canPlay: false }), 'trained');
  assert.equal(at({ intent: 'train', isNew: true, steps: 0 }), 'trained');
  assert.equal(at({ intent: 'train', isPlaying: true, step: 20 }), 'stay'); // a later answer about the same run
  assert.equal(at({ isSameRun: false }), 'end');
  assert.equal(at({ intent: 'reset', step: 20 }), 'end');
  assert.equal(at({ step: 20 }), 'stay');
  assert.equal(at({ intent: 'step', end: 101 }), 'lengthen');
  assert.equal(at({ intent: 'step', end: 101, canPlay: false }), 'end');
  assert.equal(at({ intent: 'open', end: 200 }), 'end');
  assert.equal(at({}), 'end');
});

test('a gap to an infinite loss is not drawn, and not told', () => {
  assert.equal(gapAsPower(2.46, 2.45), Math.log10(2.46 - 2.45));
  assert.equal(gapAsPower(2.45, 2.45), null);
  assert.equal(gapAsPower(null, 2.45), null);
  assert.equal(gapAsPower(2.45, null), null);
  assert.deepEqual(before(VALUE.figures, 0.6), { gap: 0.6 - 0.45, perplexities: [1.57, Math.exp(0.6)] });
  assert.deepEqual(before({ counted_nll: null, counted_perplexity: null }, 0.6).gap, null);
  assert.deepEqual(before(VALUE.figures, null), { gap: null, perplexities: [1.57, null] });
});

test('the time line holds all steps or the last forty, and never the counted loss beside the logarithm of the gap', () => {
  const nll = Array.from({ length: 301 }, (_, step) => 2.5 + 1 / (step + 1));
  const value = { curve: { nll, loss: nll.map((x) => x + 0.01), floor: 2.5 }, steps: 400, step: 300 };
  const space = { width: 400, height: 120, font: 11, corner: 30 };
  const all = layout(value, { isLog: false, isNear: false }, space);
  assert.deepEqual([all.first, all.last, all.floor, all.top], [0, 400, 2.5, 8]);
  assert.equal(all.x(0), all.left);
  assert.equal(all.x(400), all.right);
  assert.ok(all.y(3.51) >= all.top && all.y(3.51) < all.y(2.5) && all.y(2.5) <= all.bottom);
  const near = layout(value, { isLog: false, isNear: true }, space);
  assert.deepEqual([near.first, near.last, near.series[0].length, near.top], [260, 300, 41, 38]);
  const log = layout(value, { isLog: true, isNear: false }, space);
  assert.deepEqual([log.floor, log.series[1]], [null, []]);
  assert.ok(Math.abs(log.level(2.6) + 1) < 1e-9);
  assert.equal(log.level(2.5), null);
});

test('table and film stand beside each other where the window has room for both', () => {
  assert.ok(isWide(600, 460) && !isWide(599, 900) && !isWide(1280, 459));
  const large = divided({ wide: true, width: 1280, height: 900, em: 14 });
  assert.deepEqual([large.tight, large.narrow, large.switches], [false, false, 38 * 14]);
  assert.equal(large.most, 1280 - 1280 * 0.34 - 18);
  const low = divided({ wide: true, width: 800, height: 500, em: 14 });
  assert.deepEqual([low.tight, low.narrow, low.switches], [true, true, 30 * 14]);
  assert.equal(divided({ wide: false, width: 360, height: 600, em: 14 }).most, 360);
  assert.deepEqual([lineHeight(400, true, 2000), lineHeight(400, true, 700), lineHeight(400, false, 700)], [170, 98, 95]);
  assert.equal(lineHeight(100, true, 2000), 90);
});
