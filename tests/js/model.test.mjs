// Thousands of random visits: presses, tabs, links, Back, lessons, and answers that come late, in another order, or not
// at all. After each act the page must show what a plain model says (world.mjs).

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createWorld, randomFrom } from './world.mjs';

const PAGE = fileURLToPath(new URL('../../demo/page/static/', import.meta.url));
const VISITS = Number(process.env.VISITS ?? 2000);
const ACTS = 25; // of a visit

async function codeIn(folder) {
  const [page, attempt] = ['core/page.js', 'lessons/attempt.js'].map((name) => import(pathToFileURL(join(folder, name))));
  return { ...(await page), ...(await attempt) };
}

// The faults of one visit, and what was done until the first of them.
async function visit(code, seed, habits) {
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const search = random() < 0.3 ? `?v=1&seed=link&steps=40&tab=${pick(['one', 'three'])}` : '';
  const world = createWorld(code, random, search);
  const usual = habits ?? world.acts.filter(() => random() < 0.4);
  const acts = [...usual, 'answer', 'answer', 'frame'];
  const done = [];
  for (let i = 0; i < ACTS && !world.faults.length; i++) {
    done.push(pick(acts));
    await world.act(done.at(-1));
  }
  if (!world.faults.length) await world.end();
  return { faults: world.faults, done };
}

// `habits`: the acts of each visitor, beside answers; without them, each has his own.
async function firstFault(code, habits = null) {
  for (let seed = 0; seed < VISITS; seed++) {
    const { faults, done } = await visit(code, seed, habits);
    if (faults.length) return `Visit ${seed} (${done.join(' ')}): ${faults[0].stack}`;
  }
  return null;
}

test('in no visit does the page show what it must not', async () => {
  assert.equal(await firstFault(await codeIn(PAGE)), null);
});

// ---- what the model is worth: each of these guards is taken out of a copy of the page, and a visit must show it

const MACHINE = 'core/machine.js';
const GUARDS = {
  'a late answer is not drawn': [
    [MACHINE, 'if (!question || question.ticket !== ticket) return', 'if (!question) return'],
    ['core/effects.js', 'const isWanted = () => events.state.question?.ticket === ticket;', 'const isWanted = () => true;'],
  ],
  'a late answer reaches no screen': [
    ['core/page.js', '!signal?.aborted && (version === null || version === this.version)', 'true'],
  ],
  'an old experiment that a screen holds is not asked about': [
    ['core/events.js', '(this.#versions.get(experiment) ?? this.state.version)', 'this.state.version'],
  ],
  'only the last link is opened': [
    [MACHINE, 'if (!opening || opening.id !== id) return', 'if (!opening) return'],
    ['core/effects.js', 'const isWanted = () => events.state.opening?.id === id;', 'const isWanted = () => true;'],
  ],
  'a lesson that is closed does no more': [['lessons/attempt.js', 'closing.abort();', '']],
  'a lesson that is closed withdraws its press': [[MACHINE, 'return dropPress(state);', 'return next(state);']],
  'a closed lesson stops its run and no other press': [
    [MACHINE, 'haltRun(state) : next(state)', 'TRANSITIONS.stopped(state) : next(state)'],
  ],
  'a refused press leaves the run': [[MACHINE, 'refused: experiment }, dropPress', 'refused: experiment, run: null }, dropPress']],
  'a press waits for its screen': [
    [MACHINE, 'const press = { id, experiment', 'if (!state.screen) return next(state);\n    const press = { id, experiment'],
  ],
  'the question of a press ends with it': [[MACHINE, 'state.question?.pressed ? null : state.question; // that', 'state.question; // that']],
  'a link makes the presses before it void': [[MACHINE, 'const idle = { press: null, run', 'const idle = { run']],
  'a link ends the run before it': [[MACHINE, 'press: null, run: null, question: null, refused', 'press: null, refused']],
  'nothing is asked before the link of the address': [[MACHINE, '(opening.first || opening.answer !== null)', 'false']],
  'a run without a question is asked for': [[MACHINE, 'isShown && !run', 'isShown']],
  'Stop keeps what has been reached': [[MACHINE, 'steps: state.reached }', 'steps: state.reached + 1 }']],
  'the screens behind are drawn again': [[MACHINE, 'done ? state.version : null }', 'state.version }']],
  'another link brings its own name': [[MACHINE, "name: experiment.name ?? '',", '']],
  'a new run says why it is drawn': [[MACHINE, 'intent: press.intent, pressed', "intent: 'again', pressed"]],
  'of two presses the last one holds': [['core/page.js', 'if (!isLast() || signal', 'if (signal']],
};

// A race of few acts is found sooner by visitors who do little else.
const HABITS = {
  'a lesson that is closed does no more': ['lesson', 'lesson', 'close', 'tab'],
  'a closed lesson stops its run and no other press': ['lesson', 'close', 'same'],
  'a refused press leaves the run': ['train'],
  'nothing is asked before the link of the address': ['tab', 'resize', 'refresh'],
  'a run without a question is asked for': ['tab', 'frame', 'lesson', 'close'],
  'of two presses the last one holds': ['lesson', 'train', 'mount', 'stop'],
};

for (const [guard, changes] of Object.entries(GUARDS)) {
  test(`a visit shows where this is missing: ${guard}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'page-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    for (const kind of ['core', 'lessons']) cpSync(join(PAGE, kind), join(folder, kind), { recursive: true });
    for (const [name, from, to] of changes) {
      const text = readFileSync(join(folder, name), 'utf8');
      assert.equal(text.split(from).length, 2, `${name} holds this once: ${from}`);
      writeFileSync(join(folder, name), text.replace(from, () => to));
    }
    assert.notEqual(await firstFault(await codeIn(folder), HABITS[guard]), null);
  });
}
