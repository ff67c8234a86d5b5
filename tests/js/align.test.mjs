import assert from 'node:assert/strict';
import { test } from 'node:test';
import { common, letters, lines, runs } from '../../demo/page/static/core/align.js';

test('letters keep their accents', () => assert.deepEqual(letters('e\u0301a'), ['e\u0301', 'a']));

test('a shifted name shares its letters', () => {
  assert.deepEqual(runs('morie', 'mori'), [{ word: 'mori', same: true }, { word: 'e', same: false }]);
  assert.deepEqual(runs('amor', 'mor'), [{ word: 'a', same: false }, { word: 'mor', same: true }]);
  assert.deepEqual(runs('', 'mor'), []);
});

test('the longest common subsequence', () => {
  assert.deepEqual(common([...'abcd'], [...'xbxd']), [[1, 1], [3, 3]]);
  assert.deepEqual(common([], [...'ab']), []);
});

test('a name too many on one side shifts nothing', () => {
  assert.deepEqual(lines(['emma', 'ava', 'mia'], ['emma', 'zoe', 'ava', 'mia']), [
    { left: 0, right: 0, same: true },
    { left: null, right: 1, same: false },
    { left: 1, right: 2, same: true },
    { left: 2, right: 3, same: true },
  ]);
});

test('different names stand beside each other, and each has its line', () => {
  assert.deepEqual(lines(['a', 'b'], ['c']), [
    { left: 0, right: 0, same: false },
    { left: 1, right: null, same: false },
  ]);
  assert.deepEqual(lines([], []), []);
});

test('very long sequences are compared place by place', () => {
  const long = Array(2000).fill('a');
  assert.equal(common(long, ['b', ...long.slice(1)]).length, 1999);
});
