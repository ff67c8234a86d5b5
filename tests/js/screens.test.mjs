import assert from 'node:assert/strict';
import { test } from 'node:test';

import { collected, ofTables } from '../../demo/page/static/core/collection.js';
import { latest } from '../../demo/page/static/core/latest.js';
import { LINES, placed } from '../../demo/page/static/core/term.js';
import { lines } from '../../demo/page/static/parts/traps.js';
import { layout, read, sumsOf } from '../../demo/page/static/pictures/beside.js';
import { heights } from '../../demo/page/static/pictures/walk.js';

const pack = (numbers) => Buffer.from(new Float32Array(numbers).buffer).toString('base64');
const TABLES = { title: 'P', rows: ['.', 'a'], columns: ['.', 'a'], sums: 'rows', sides: { wrong: pack([1, 2, 3, 4]), right: null } };

test('a line of a term stays on the screen, under its word or over it', () => {
  const screen = { width: 360, height: 740 };
  const box = { width: 320, height: 60 };
  for (const left of [0, 150, 340]) {
    for (const top of [0, 300, 720]) {
      const at = placed({ left, top, bottom: top + 20 }, box, screen);
      assert.ok(at.left >= 8 && at.left + box.width <= 352);
      assert.ok(at.top >= 8 && at.top + box.height <= 732);
      assert.ok(at.top >= top + 20 || at.top + box.height <= top, `the word at ${top} stays in sight`);
    }
  }
});

test('each term has one short line that ends as a sentence', () => {
  for (const [term, line] of Object.entries(LINES)) {
    assert.match(line, /[.]$/, term);
    assert.ok(line.length <= 140, term);
  }
});

test('of several questions only the last one is answered', async () => {
  const answers = [];
  const ask = latest((name) => new Promise((done) => answers.push(() => done(name))));
  const replies = ['first', 'second', 'third'].map(ask);
  answers.toReversed().forEach((give) => give());
  assert.deepEqual(await Promise.all(replies), [null, null, 'third']);
});

test('a name is collected once for each table and seed, and goes with its table', () => {
  const name = (table, seed, about = 'now') => ({ name: 'mor', known: false, table, seed, about });
  let names = [];
  for (const one of [name('counted', '1'), name('counted', '1'), name('descended', '1'), null, name('counted', '2')]) {
    names = collected(names, one);
  }
  assert.deepEqual(names.map(({ table, seed }) => table + seed), ['counted1', 'descended1', 'counted2']);
  assert.deepEqual(ofTables(names, { counted: 'other', descended: 'now' }).map(({ table }) => table), ['descended']);
  for (let seed = 0; seed < 300; seed++) names = collected(names, name('counted', String(seed)));
  assert.equal(names.length, 100);
  assert.equal(names.at(-1).seed, '299');
});

test('the lines that both sides share stand once, and those that differ beside each other', () => {
  const sides = [{ side: 'wrong', lines: 'a\nb' }, { side: 'right', lines: 'c' }];
  const found = lines({ head: '', tail: 'print(a)', sides }).map(({ line, side }) => `${side}: ${line}`);
  assert.deepEqual(found, ['wrong: a', 'wrong: b', 'right: c', 'null: print(a)']);
});

test('two tables have one scale; one that is not there stays empty', () => {
  const value = read(TABLES);
  assert.deepEqual(value.tables.map(({ values }) => values && [...values]), [[1, 2, 3, 4], null]);
  assert.equal(value.limit, 4);
  assert.deepEqual(value.tables[0].sums, [3, 7]);
  assert.equal(value.highest, 7);
  assert.deepEqual(sumsOf([1, 2, 3, 4, 5, 6], 3, 'columns'), [5, 7, 9]);
  assert.equal(read({ ...TABLES, sides: { wrong: pack([1, 2, 3, 4]), right: pack([1, 2, 3, 9]) } }).limit, 9);
  assert.throws(() => read({ ...TABLES, sides: { wrong: pack([1]), right: null } }));
  assert.throws(() => read(null));
});

test('a table fits half of a phone and half of a wide page', () => {
  const letters = [...'.abcdefghijklmnopqrstuvwxyz'];
  for (const by of ['', 'rows', 'columns']) {
    for (const width of [155, 300, 460]) {
      const { left, cell, bars, named } = layout({ rows: letters, columns: letters, by }, width);
      assert.ok(left + 27 * cell + bars <= width);
      assert.ok(cell >= 4);
      if (width !== 300) assert.equal(named, width > 300);
    }
  }
});

test('the bars of a drawn letter are higher where there is room', () => {
  assert.equal(heights(330).base, 120);
  assert.ok(heights(950).base >= 180);
  for (const width of [330, 950]) {
    const { base, join, bar, under, height } = heights(width);
    assert.ok(base < join && join < bar && bar < under && under + 26 < height);
  }
});
