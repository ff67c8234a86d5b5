// Thousands of random visits: presses, tabs, links, Back, lessons, and answers that come late, in another order, or not
// at all. After each of them the page must show what a plain model says (world.mjs).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttempt } from '../../demo/page/static/lessons/attempt.js';
import { createPage } from '../../demo/page/static/core/page.js';
import { createWorld, randomFrom } from './world.mjs';

const VISITS = Number(process.env.VISITS ?? 3000);
const ACTS = 25; // of a visit

// The faults of one visit, and what was done until the first of them.
async function visit(code, seed) {
  const random = randomFrom(seed);
  const world = createWorld(code, random, random() < 0.3 ? `?v=1&seed=l&steps=40&tab=${random() < 0.5 ? 'one' : 'three'}` : '');
  const done = [];
  // Each visitor has habits, so that each act is common in some visits; answers are common in all.
  const favourites = world.acts.filter(() => random() < 0.4);
  const acts = [...favourites, 'answer', 'answer', 'frame'];
  for (let i = 0; i < ACTS && !world.faults.length; i++) {
    done.push(acts[Math.floor(random() * acts.length)]);
    await world.act(done.at(-1));
  }
  if (!world.faults.length) await world.end();
  return { faults: world.faults, done };
}

async function firstFault(code, visits) {
  for (let seed = 0; seed < visits; seed++) {
    const { faults, done } = await visit(code, seed);
    if (faults.length) return `visit ${seed}, ${done.join(' ')}: ${faults[0].stack}`;
  }
  return null;
}

test('in no visit does the page show what it must not', async () => {
  assert.equal(await firstFault({ createPage, createAttempt }, VISITS), null);
});
