import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inBowl, picture } from '../../demo/page/static/lessons/picture.js';

// What a drawing asks of a document: elements that keep what they are given.
function element(tag) {
  return {
    tag,
    attributes: {},
    style: {},
    children: [],
    setAttribute(name, value) {
      this.attributes[name] = value;
    },
    append(...more) {
      this.children.push(...more);
    },
  };
}
globalThis.document = { createElement: element, createElementNS: (_, tag) => element(tag) };

const words = (node) => (typeof node === 'string' ? node : node.children.map(words).join(''));

function all(node, wanted) {
  if (typeof node === 'string') return [];
  return [...(wanted(node) ? [node] : []), ...node.children.flatMap((child) => all(child, wanted))];
}

const tagged = (node, tag) => all(node, (one) => one.tag === tag);
const classed = (node, name) => all(node, (one) => (one.attributes.class ?? '').split(' ').includes(name));
const numbers = (one, ...names) => names.map((name) => Number(one.attributes[name]));
const ends = (path) => path.attributes.d.split('L').at(-1).split(',').map(Number);

test('a picture has a role and a sentence; an answer without one, or of another kind, draws nothing', () => {
  const drawn = picture({ kind: 'bars', label: 'Bars: a: 1.', bars: [{ label: 'a', value: 1, text: '1' }], most: null, end: '' });
  assert.deepEqual([drawn.attributes.role, drawn.attributes['aria-label']], ['img', 'Bars: a: 1.']);
  for (const none of [null, undefined, { kind: 'pie' }, { kind: 'constructor' }]) assert.equal(picture(none), null);
});

test('bars are as long as their values; the largest, or the end of the scale, is the whole width', () => {
  const bars = [2, 1, null].map((value, i) => ({ label: `bar ${i}`, value, text: String(value ?? '∞') }));
  const widths = (more) => classed(picture({ kind: 'bars', label: '', bars, most: null, end: '', ...more }), 'fill').map((fill) => fill.style.width);
  assert.deepEqual(widths({}), ['100%', '50%', '100%']);
  assert.deepEqual(widths({ most: 4, end: 'chance' }), ['50%', '25%', '100%']);
  const drawn = picture({ kind: 'bars', label: '', bars, most: 4, end: 'chance' });
  assert.equal(classed(drawn, 'endless').length, 1);
  assert.deepEqual(tagged(drawn, 'b').map(words), ['2', '1', '∞']);
  assert.equal(words(classed(drawn, 'end')[0]), 'The bars end at chance: 4.');
});

test('a ball lies on its bowl: at the foot in the middle, at the rim on both sides', () => {
  const [foot, left, right, half] = [0, -1, 1, 0.5].map((place) => inBowl(place, 100));
  assert.deepEqual([foot.x, left.y, right.y], [50, right.y, left.y]);
  assert.ok(left.x < foot.x && foot.x < right.x);
  assert.ok(foot.y > left.y); // down is up in a picture
  assert.ok(Math.abs(foot.y - half.y - (foot.y - left.y) / 4) < 1e-9);
});

test('each place of a ball is drawn, with a line from place to place, and the rate of the lesson is framed', () => {
  const bowls = [
    { rate: 50, places: [1, -0.5, 0.25], words: 'settles', own: false },
    { rate: 80, places: [0.5, -0.7, 1], words: 'climbs out', own: true },
  ];
  const drawn = picture({ kind: 'bowls', label: '', bowls });
  tagged(drawn, 'svg').forEach((svg, i) => {
    const balls = tagged(svg, 'circle');
    assert.deepEqual(balls.map((ball) => numbers(ball, 'cx', 'cy')), bowls[i].places.map((place) => Object.values(inBowl(place, 100))));
    assert.deepEqual(balls.map((ball) => ball.attributes.class), ['', '', 'last']);
    const last = inBowl(bowls[i].places[2], 100);
    assert.deepEqual(ends(classed(svg, 'way')[0]), [last.x, last.y].map((x) => Number(x.toFixed(1))));
  });
  assert.deepEqual(classed(drawn, 'own').map(words), ['rate 80: climbs out']);
});

test('a curve ends beside its name, and the higher loss stands higher', () => {
  const lines = [
    { name: 'rate 1', loss: [4, 3.9, 3.8] },
    { name: 'rate 50', loss: [4, 3, 2.5] },
  ];
  const drawn = picture({ kind: 'race', label: '', lines });
  const [slow, fast] = tagged(drawn, 'path').map(ends);
  assert.ok(slow[1] < fast[1]);
  assert.equal(slow[0], fast[0]);
  const names = tagged(drawn, 'text');
  assert.deepEqual(names.map(words), ['rate 1', 'rate 50', 'loss over 2 steps']);
  for (const [i, [x, y]] of [slow, fast].entries()) {
    const at = numbers(names[i], 'x', 'y');
    assert.ok(at[0] > x && at[0] < 300 - 40 && Math.abs(at[1] - y) < 6);
  }
});

test('names stand side by side, and only the letters that differ are marked', () => {
  const hostile = '<img src=x onerror=alert(1)>';
  const drawn = picture({ kind: 'lists', label: '', heads: ['one', 'other'], lists: [['emma', 'au', hostile], ['emma', 'as', hostile]] });
  assert.deepEqual(tagged(drawn, 'mark').map(words), ['u', 's']);
  assert.deepEqual(tagged(drawn, 'td').map(words), ['emma', 'emma', 'au', 'as', hostile, hostile]);
  assert.equal(tagged(drawn, 'img').length, 0);
});

test('one line u crosses the coloured piece of each strip, and the letter of this piece is its title', () => {
  const strips = [
    { title: 'counted', letter: 'v', pieces: [['.', 0, 0.49], ['v', 0.49, 0.51], ['w', 0.51, 1]] },
    { title: 'trained', letter: 'w', pieces: [['.', 0, 0.48], ['v', 0.48, 0.495], ['w', 0.495, 1]] },
  ];
  const drawn = picture({ kind: 'strips', label: '', u: 0.5, around: 0.04, strips });
  const [u] = numbers(tagged(drawn, 'line')[0], 'x1');
  assert.ok(Math.abs(u - 150) < 1e-9);
  const hits = classed(drawn, 'hit');
  assert.deepEqual(hits.map((hit) => hit.attributes.class), ['hit counted', 'hit trained']);
  for (const [left, width] of hits.map((hit) => numbers(hit, 'x', 'width'))) assert.ok(left < u && u < left + width);
  for (const [left, width] of tagged(drawn, 'rect').map((rect) => numbers(rect, 'x', 'width'))) {
    assert.ok(left >= 0 && width > 0 && left + width <= 300 + 1e-9);
  }
  const titles = tagged(drawn, 'text').map(words);
  for (const title of ['counted: v', 'trained: w', 'u = 0.5000']) assert.ok(titles.includes(title));
});
