import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, keep, kept, newVoter, roundsOf } from '../../demo/page/static/class/class.js';
import { ownRoom } from '../../demo/page/static/parts/host.js';

test('a voter is 128 random bits in hexadecimal digits', () => {
  assert.equal(newVoter(new Uint8Array([0, 15, 255])), '000fff');
  assert.match(newVoter(), /^[0-9a-f]{32}$/);
  assert.notEqual(newVoter(), newVoter());
});

test('a question that can be asked again is, and what the server says meanwhile is shown', async (t) => {
  const later = (body) => ({ ok: false, status: 503, json: async () => body() });
  const replies = [
    later(() => ({ error: 'Your vote waits a moment.' })),
    later(() => JSON.parse('<html>')), // something between speaks for the server
    { ok: true, json: async () => ({ phase: 'ready' }) },
  ];
  const said = [];
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(globalThis, 'fetch', async () => replies.shift());
  const reply = ask('vote', {}, (sentence) => {
    said.push(sentence);
    setImmediate(() => t.mock.timers.tick(20_000));
  });
  assert.deepEqual(await reply, { phase: 'ready' });
  assert.deepEqual(said, ['Your vote waits a moment.', 'The server does not answer. The page tries again by itself.']);
});

test('the second round is drawn only where anybody voted in it', () => {
  assert.deepEqual(roundsOf([[3, 0], [0, 0]]), [0]);
  assert.deepEqual(roundsOf([[0, 0], [0, 1]]), [0, 1]);
});

test('what no browser keeps is kept as long as the page is open', () => {
  assert.equal(kept('x'), '');
  keep('x', '1');
  assert.equal(kept('x'), '1');
});

test('the secret of a host stands behind the #', () => {
  assert.deepEqual(ownRoom('#class=BCDFG.0123456789-_abcdefghij'), { code: 'BCDFG', secret: '0123456789-_abcdefghij' });
  for (const none of ['', '#', '#class=', '#class=BCDFG', '#class=bcdfg.0123456789abc', '#class=BCDFG.<b>0123456789']) {
    assert.equal(ownRoom(none), null);
  }
});
