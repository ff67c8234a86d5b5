import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Events } from '../../demo/page/static/core/events.js';
import { Notice } from '../../demo/page/static/core/notice.js';
import { Screens, titlesOf } from '../../demo/page/static/core/screens.js';

const experiment = { seed: '1', steps: 10 };

test('an event that an effect sends waits until all effects of the event before are carried out', () => {
  const order = [];
  const events = new Events(() => null, ({ do: effect }) => {
    order.push(`${effect} begins`);
    if (effect === 'address') events.send({ type: 'loaded', experiment, query: null });
    order.push(`${effect} ends`);
  });
  events.send({ type: 'renamed', name: 'Ana' });
  assert.deepEqual(order, ['address', 'changed', 'changed'].flatMap((one) => [`${one} begins`, `${one} ends`]));
  assert.deepEqual([events.state.name, events.state.experiment], ['Ana', experiment]);
});

test('a press that another press replaces has neither begun nor ended', async () => {
  const events = new Events(() => null, (effect) => effect.do === 'ended' && events.ended(effect.id, effect.done));
  const press = { type: 'pressed', experiment, goal: 10, intent: 'train' };
  const first = events.follow(press);
  const second = events.follow(press);
  assert.notEqual(first.id, second.id);
  assert.deepEqual([await first.begun, await first.ended], [false, false]);
});

test('an experiment keeps the version that it had on the page', () => {
  const events = new Events(() => null, () => {});
  events.send({ type: 'loaded', id: 1, experiment, query: null });
  events.state = { ...events.state, version: 5, experiment: { ...experiment } };
  assert.equal(events.versionOf(experiment), 1);
  assert.equal(events.versionOf({ ...experiment }), 5, 'one that was never on the page is of now');
  assert.equal(events.versionOf(null), null);
});

test('the notice keeps its sentences while the server does not answer', () => {
  const heard = [];
  const notice = new Notice();
  notice.listen((said) => heard.push(said));
  assert.deepEqual(heard, [], 'there is nothing to say yet');
  notice.say({ sentences: ['A link.'], kind: 'note', offer: null });
  notice.setAway(true);
  assert.equal(heard.at(-1).kind, 'error');
  assert.deepEqual([heard.at(-1).sentences.length, heard.at(-1).sentences[1]], [2, 'A link.']);
  notice.setAway(false);
  assert.deepEqual(heard.at(-1), { sentences: ['A link.'], kind: 'note', offer: null });
  notice.listen((said) => heard.push({ late: said.sentences }));
  assert.deepEqual(heard.at(-1), { late: ['A link.'] });
});

test('the screen in sight is an open one; a form in sight is none', () => {
  const screens = new Screens();
  const root = (isOpen) => ({ isConnected: true, offsetParent: isOpen ? {} : null });
  screens.add('settings', root(true), {});
  screens.add('one', root(false), { main: 'one' });
  assert.equal(screens.inSight(), null);
  screens.add('two', root(true), { main: 'two' });
  assert.equal(screens.inSight(), 'two');
  screens.add('two', { ...root(true), isConnected: false }, { main: 'two' });
  assert.equal(screens.inSight(), null, 'Gradio has taken it off the page');
});

test('a tab is visited when the visitor presses it, not when the page does', () => {
  const before = [globalThis.document, globalThis.Element];
  let hear = () => {};
  globalThis.Element = class {
    textContent = ' Two ';
    closest = () => this;
  };
  globalThis.document = { addEventListener: (_, listen) => (hear = listen) };
  const visited = [];
  const screens = new Screens();
  screens.titles = titlesOf([{ key: 'tab', choices: [['One', 'one'], ['Two', 'two']] }]);
  screens.onVisit((tab) => visited.push(tab));
  hear({ target: new Element(), isTrusted: false });
  assert.deepEqual(visited, []);
  hear({ target: new Element(), isTrusted: true });
  hear({ target: null, isTrusted: true });
  assert.deepEqual(visited, ['two']);
  [globalThis.document, globalThis.Element] = before;
});
