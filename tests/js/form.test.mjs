import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedding } from '../../demo/page/static/settings/share.js';
import { amount, changedIn, countOf, formIs, lineOf, statusOf, tooLarge } from '../../demo/page/static/core/form.js';

test('what was typed becomes a number where it is one, and stays text where the server has to refuse it', () => {
  assert.equal(formIs('real', ' 0.5 '), 0.5);
  assert.equal(formIs('whole', '2e3'), 2000);
  for (const wrong of ['', '1x', '1,5', 'Infinity']) assert.equal(formIs('real', wrong), wrong);
  assert.equal(formIs('seed', ' 9223372036854775807 '), '9223372036854775807');
  assert.equal(formIs('text', ' emma\n'), ' emma\n');
});

const FIELDS = [
  { key: 'data', kind: 'choice', group: 'run', default: 'us-2018', choices: [['US names of 2018', 'us-2018'], ['own words', 'own']] },
  { key: 'words', kind: 'text', group: 'run', default: '' },
  { key: 'table', kind: 'table', group: 'run', default: '' },
  { key: 'order', kind: 'choice', group: 'run', default: 2, choices: [['2 bigram', 2], ['3 trigram', 3]] },
  { key: 'k', kind: 'real', group: 'count', default: 1 },
  { key: 'steps', kind: 'whole', group: 'run', default: 100 },
  { key: 'lr', kind: 'real', group: 'run', default: 50 },
  { key: 'l2', kind: 'real', group: 'run', default: 0.01 },
  { key: 'seed', label: 'seed of W', kind: 'seed', group: 'run', default: '1' },
  { key: 'split', label: 'hold out', kind: 'seed', group: 'run', default: '' },
  { key: 'tab', kind: 'choice', group: 'share', default: 'two-ways' },
];
const USUAL = Object.fromEntries(FIELDS.map((field) => [field.key, field.default]));

function line(values, hidden) {
  return lineOf(FIELDS, { ...USUAL, ...values }, hidden).replaceAll('\u00a0', ' ');
}

test('the line of settings says all of the lecture, and others where they are not at their defaults', () => {
  assert.equal(line({}), 'US names of 2018 · order 2 · smoothing 1 · 100 steps · rate 50 · L2 0.01');
  const rare = line({ data: 'own', words: 'emma\nava', steps: 1, seed: '7', split: '3', table: 'x', tab: 'code' });
  assert.equal(rare, '2 own words · order 2 · smoothing 1 · 1 step · rate 50 · L2 0.01 · seed of W 7 · hold out 3');
  assert.equal(line({ data: 'elsewhere', lr: 'abc' }), 'elsewhere · order 2 · smoothing 1 · 100 steps · rate abc · L2 0.01');
});

test('the line of settings leaves out what a teacher hides, and ends its lines between settings', () => {
  assert.equal(line({ split: '3' }, ['k', 'lr', 'split']), 'US names of 2018 · order 2 · 100 steps · L2 0.01');
  assert.ok(lineOf(FIELDS, USUAL).split(' ').every((piece) => piece === '·' || !piece.includes(' ')));
  assert.equal(lineOf(FIELDS, USUAL).split(' · ').length, 6);
});

test('a setting is changed where neither the run nor its goal has it', () => {
  const changed = (now, goal = 100) => changedIn(FIELDS, { ...USUAL, ...now }, USUAL, goal);
  assert.deepEqual(changed({}), []);
  assert.deepEqual(changed({ k: 2, lr: '50', tab: 'code' }), ['k']);
  assert.deepEqual(changed({ steps: 40 }), ['steps']);
  assert.deepEqual(changed({ steps: 40 }, 40), []); // stopped before its end
});

test('the status is one sentence on the state of training', () => {
  const rest = { place: null, running: null, isRefused: false, isChanged: false, reached: 100, steps: 100 };
  const status = (now) => statusOf({ ...rest, ...now });
  assert.equal(status({}), 'Trained: 100 steps.');
  assert.equal(status({ reached: 1, steps: 1 }), 'Trained: 1 step.');
  assert.equal(status({ reached: 13, steps: 1000 }), 'At step 13. Train takes 1,000 steps from the start.');
  assert.equal(status({ isChanged: true }), 'Changed settings are not trained yet. Press Train.');
  assert.equal(status({ isChanged: true, isRefused: true }), 'These settings are not trained. The message says why.');
  assert.equal(status({ isChanged: true, running: { step: 7, steps: 2000 } }), 'Training: step 7 of 2,000.');
  assert.equal(status({ place: 3, running: { step: 7, steps: 9 } }), 'Waiting for the server. Your place in the queue: 3.');
});

test('one is one word and two are two words', () => {
  assert.deepEqual([0, 1, 2000, 'x'].map((n) => amount(n, 'step')), ['0 steps', '1 step', '2,000 steps', 'x steps']);
});

test('a list has one word a line, and an example for each character and each end', () => {
  assert.deepEqual(countOf(''), { words: 0, examples: 0 });
  assert.deepEqual(countOf('emma\nolivia\nava\nnoah\nliam'), { words: 5, examples: 26 });
  assert.deepEqual(countOf('\uFEFFemma\r\n\r\n  zoë \u2028anna maria\u00a0\n😀'), { words: 4, examples: 5 + 4 + 11 + 2 });
});

test('a table that is too large is not sent', () => {
  assert.equal(tooLarge('a'.repeat(4_000_000), 4_000_000), '');
  assert.match(tooLarge('a'.repeat(4_000_001), 2_000_000), /has 3\.0 MB; at most 1\.5 MB are allowed/);
});

test('the embed code shows the bare screen of a link, and its address stays text', () => {
  assert.match(embedding('http://a/?v=1'), /src="http:\/\/a\/\?v=1&amp;embed=1" width/);
  assert.match(embedding('http://a/'), /src="http:\/\/a\/\?embed=1" width/);
  assert.match(embedding('http://a/?v=1&embed=1&k=2'), /src="http:\/\/a\/\?v=1&amp;embed=1&amp;k=2" width/);
  assert.doesNotMatch(embedding('http://a/?x="><script>'), /"><script>/);
});
