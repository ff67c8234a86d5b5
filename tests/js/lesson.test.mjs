import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createAttempt } from '../../demo/page/static/lessons/attempt.js';

const own = { data: 'own', words: 'emma', lr: 10, steps: 30, tab: 'two-ways', hide: '' };
const settings = { data: 'us-2018', words: '', lr: 50, steps: 100, tab: 'inside', hide: '' };
const lesson = { key: 'count', title: 'Count', question: 'How many?', choices: ['1', '2'], settings, tab: 'inside' };
const told = { right: 1, look: 'Look here.', place: 'row', shows: {}, verdict: 'Two.', explanation: 'Count them.' };
let page, stages, forms, attempt, trains, explains, pointed;

// A page whose questions wait until the test answers them.
beforeEach(() => {
  [stages, forms, trains, explains, pointed] = [[], [], [], [], []];
  const later = (list, more) => new Promise((done) => list.push({ done, ...more }));
  page = {
    experiment: own,
    goal: 30,
    link: '?v=1&data=own&words=emma',
    titles: { inside: 'Look inside' },
    train: (experiment, tab, signal) => later(trains, { experiment, tab, signal }),
    ask: (part, fn, question) => later(explains, { part, fn, question }),
    toTab: async () => {},
    parts: {
      settings: { read: () => ({ ...own, hide: 'lr' }), fill: (values) => forms.push(values) },
      inside: { point: (reply) => later(pointed, { reply }) },
    },
  };
  attempt = createAttempt(page, (stage) => stages.push(stage));
  attempt.open(lesson);
});

const turns = () => new Promise(setImmediate);

async function train(isDone = true) {
  const run = attempt.run();
  if (isDone) page.experiment = trains[0].experiment;
  trains[0].done(isDone);
  await turns();
  return run;
}

test('a lesson trains its own settings, but leaves what a teacher shows', () => {
  attempt.run();
  const expected = { ...settings, tab: 'two-ways', hide: 'lr' };
  assert.deepEqual(trains[0].experiment, { ...expected, embed: undefined, large: undefined });
  assert.equal(trains[0].tab, 'inside');
  assert.deepEqual(stages, ['asked', 'running']);
});

test('it asks for its answer, then points at the place', async () => {
  const run = attempt.run();
  page.experiment = trains[0].experiment;
  trains[0].done(true);
  await turns();
  assert.deepEqual([explains[0].part, explains[0].fn, explains[0].question.key], ['course', 'explain', 'count']);
  explains[0].done(told);
  assert.equal(await run, true);
  const place = attempt.point(false);
  await turns();
  pointed[0].done('the row');
  assert.equal(await place, 'the row');
  assert.equal(pointed[0].reply.place, 'row');
  attempt.tell();
  assert.deepEqual(stages, ['asked', 'running', 'looking', 'told']);
});

test('a second Run waits for the first', async () => {
  attempt.run();
  assert.equal(await attempt.run(), false);
  assert.equal(trains.length, 1);
});

test('what is refused or stopped may be run again', async () => {
  assert.equal(await train(false), false);
  assert.deepEqual(stages, ['asked', 'running', 'asked']);
});

test('a lesson of a teacher needs no answer of the server', async () => {
  attempt.open({ ...lesson, key: undefined, query: '?v=1&ask=x', right: 2, why: 'So.' });
  assert.equal(await train(), true);
  assert.deepEqual(explains, []);
  assert.equal(attempt.answer.right, 1);
  assert.equal(attempt.answer.look, 'Look at the screen Look inside. What do you see?');
  assert.equal(await attempt.point(false), null, 'it has no place');
});

test('a lesson closed before its run has begun leaves the page and the form as they were', async () => {
  const run = attempt.run();
  attempt.close();
  assert.equal(trains[0].signal.aborted, true);
  assert.deepEqual(forms.at(-1), { ...own, steps: 30 });
  assert.equal(attempt.own, null, 'there is nothing to go back to');
  trains[0].done(true);
  assert.equal(await run, false);
  assert.deepEqual(explains, []);
  assert.deepEqual(stages, ['asked', 'running', 'closed']);
});

test('a lesson closed during its run offers the way back', async () => {
  attempt.run();
  page.experiment = { ...trains[0].experiment, steps: 12 };
  attempt.close();
  assert.equal(forms.length, 1, 'the form holds what is on the page');
  assert.deepEqual([attempt.own.words, attempt.own.steps, attempt.own.hide], ['emma', 30, 'lr']);
  page.experiment = own;
  assert.equal(attempt.own, null);
});

test('a lesson closed before its answer, or while it points, does no more', async () => {
  const run = attempt.run();
  page.experiment = trains[0].experiment;
  trains[0].done(true);
  await turns();
  attempt.open({ ...lesson, key: 'years' });
  assert.equal(explains[0].question.signal.aborted, true);
  explains[0].done(told);
  assert.equal(await run, false);
  const second = attempt.run();
  trains[1].done(true);
  await turns();
  explains[1].done(told);
  assert.equal(await second, true);
  const place = attempt.point(false);
  await turns();
  attempt.close();
  pointed[0].done('the row');
  assert.equal(await place, null);
  assert.equal(attempt.stage, 'closed');
});

test('what a lesson put on the page is not kept as the visitor’s own', async () => {
  const first = train();
  await turns();
  explains[0].done(told);
  await first;
  attempt.open({ ...lesson, key: 'years', settings: { ...settings, data: 'us-1880' } });
  attempt.run();
  page.experiment = trains[1].experiment;
  attempt.close();
  assert.equal(attempt.own.words, 'emma');
});

test('who has trained the default experiment is not offered an older one', async () => {
  const first = train();
  await turns();
  explains[0].done(told);
  await first;
  page.experiment = { ...page.experiment, words: 'another' }; // the visitor's own again: the default
  page.link = '?v=1';
  attempt.open({ ...lesson, key: 'years', settings: { ...settings, data: 'us-1880' } });
  attempt.run();
  page.experiment = trains[1].experiment;
  assert.equal(attempt.own, null);
});
