// The page's state: the experiment on it, and the run that fills the screen that is open. The server keeps nothing:
// each question carries the experiment.

import { addressOf, busy, seedOf, wait } from './state.js';

const AWAY = 'The server does not answer. The page tries again by itself.';
const LATE = 2000; // milliseconds
const ME = seedOf(Math.random()) + seedOf(Math.random()); // a name for this page, by which it finds itself in the queue
const servers = {}; // part: its server functions
const parts = {}; // part: what its module returned
const roots = {}; // part: where it is drawn
const shown = {}; // screen: the version that it shows
const listeners = { changed: [], notice: [] };
let said = null; // the last of the notice
let turn = 0; // the run that may still draw
let links = 0; // the links opened: only the last one may still be drawn
let backs = 0; // how often Back or Forward was pressed: the last one holds
let begun = 0; // the runs begun: with the next one, the server ends the one before
let awaited = null; // the experiment of a new run whose first answer is not there yet
let asking = null; // the screen whose answers are on their way
let drawn = null; // the screen that was drawn last
let told = '[]'; // the sentences of the last answer: the same ones again leave what was said since then
let away = false; // whether the server has failed to answer
let arriving = 0; // what a link, a reload or the browser's Back asked for is being opened
const before = history.state ?? {}; // where this tab was when it was loaded again

export const page = {
  experiment: null,
  link: '?v=1',
  aim: null, // the link of the run that is under way: a reload goes on with it
  version: 1,
  running: null, // {step, steps} while a run is under way
  refused: null, // the experiment that the server refused last, until another one is on the page
  about: '', // what a table of counts is, in words
  reached: null, // the steps of what is shown
  place: null, // in the queue of the server, when an answer is late
  guide: null, // the link of the lesson that is open: the address of the page as long as it is
  asked: null, // what a link opens of the course, until the course is there
  goal: null, // the steps that were asked for: a reset, one step more and a stop leave them
  parts,

  // Asks the server: `fn` of a part. A sentence of the server goes to the notice, or back where the question is quiet.
  async ask(part, fn, { quiet = false, ...question } = {}) {
    const whole = { page: ME, ...(page.experiment && { experiment: page.experiment }), ...question };
    for (let tries = 0; ; tries++) {
      try {
        const reply = await patiently(servers[part][fn](whole));
        if (!reply) throw new Error('no answer'); // how Gradio says that it got none
        if (away) page.say([]);
        away = false;
        if (reply.error && !quiet) {
          refused(reply, whole.experiment);
          return null;
        }
        return reply;
      } catch {
        away = true;
        page.say([AWAY], 'error');
        await wait(tries);
      }
    }
  },

  // `offer`: {words, work} of a button.
  say(sentences, kind = 'note', offer = null) {
    said = { sentences, kind, offer };
    listeners.notice.forEach((listen) => listen(said));
  },

  on(event, listen) {
    listeners[event].push(listen);
    if (event === 'notice' && said) listen(said); // the notice may come later than its first sentence
  },

  // Another experiment on the page. What the server refuses leaves the page as it is. Returns whether this experiment
  // is on the page, trained to its end.
  async train(experiment, tab = null) {
    if (tab) await sight(tab);
    const mine = { ...experiment };
    await run(mine, true);
    while (page.running) await new Promise(requestAnimationFrame); // another screen may have taken the run over
    return page.experiment === mine;
  },

  newSeed(experiment) {
    return run({ ...experiment, seed: seedOf(Math.random()) }, true);
  },

  // The same start, before the first step.
  reset() {
    return run({ ...page.experiment, steps: 0 }, true, page.goal);
  },

  // One more step from what is shown.
  step() {
    return run({ ...page.experiment, steps: (page.reached ?? page.experiment.steps) + 1 }, true, page.goal);
  },

  // What has been reached stays.
  stop() {
    turn++;
    awaited = asking = null;
    if (page.running && page.reached !== null) {
      page.experiment = { ...page.experiment, steps: page.reached };
      shown[drawn] = ++page.version; // the other screens are behind
    }
    page.running = page.aim = null;
    page.readdress();
    changed();
    appeared(openScreen());
  },

  // The open screen asks again, for instance for other rows of the table.
  refresh() {
    return again();
  },

  // The address of the page: the lesson that is open, else the experiment. It stays while another place is opened.
  readdress() {
    if (opening() || arriving) return;
    const tab = page.guide === null ? history.state?.tab : null;
    history.replaceState(history.state, '', addressOf(page.guide ?? page.aim ?? page.link, location, tab));
  },

  // Where this tab is, for a reload: `history.state` holds it, and another link begins without it.
  remember(what) {
    history.replaceState({ ...history.state, ...what, page: ME }, '');
  },

  // Another place in the lab, {tab}, {course, guide, step} or {class}: the browser's Back returns to the one before.
  go(place) {
    const here = history.state ?? {};
    if (!arriving && Object.keys(place).some((key) => place[key] !== here[key])) history.pushState(here, '');
    page.remember(place);
    if ('guide' in place) page.guide = place.guide;
    page.readdress();
  },

  // A screen that the visitor asks for by another way than its tab.
  visit(tab) {
    page.go({ tab });
    page.open(tab);
  },

  // Opens what a link, a reload or the browser's Back asks for: no new place.
  async arrive(work) {
    arriving++;
    try {
      await work();
    } finally {
      arriving--;
      page.readdress();
    }
  },

  // What a link opens, on this page. Returns what it opens of the course, or undefined where another link came between.
  async openQuery(query) {
    return (await openLink(query)) ? page.asked : undefined;
  },

  // Opens a tab, and waits until its screen is drawn.
  async toTab(tab) {
    await sight(tab);
    while (asking) await new Promise(requestAnimationFrame);
  },

  open(tab) {
    const title = page.titles[tab];
    for (const button of document.querySelectorAll('#tabs button[role=tab]')) {
      if (button.textContent.trim() === title && button.offsetParent) button.click();
    }
  },

  lookInside(context, character) {
    parts.inside?.choose?.(context, character);
    pair = [context, character];
    page.visit('inside');
  },

  // The pair that a screen not yet drawn was sent to.
  takePair() {
    const chosen = pair;
    pair = null;
    return chosen;
  },

  // A lesson by its key, or by the link of one that a teacher wrote.
  async lesson(key) {
    if (parts.course?.holds(key) || (await parts.course?.toStep(key))) return;
    if (!key.startsWith('?')) parts.course?.choose(key);
    else if (await page.openQuery(key)) parts.course?.guide(page.asked);
  },

  // Where the lab lies, as its visitor sees it.
  get base() {
    return location.origin + location.pathname;
  },

  titles: {},
  limits: null, // what the screens may ask for, as the server says; it comes with the settings
};
let pair = null;

// What the server refuses is said; without a GPU, the same run is offered on the CPU.
function refused(reply, experiment) {
  page.say([reply.error], 'error', reply.on_cpu && onCpu(experiment));
}

function onCpu(experiment) {
  const same = { ...experiment, device: 'cpu' };
  function work() {
    parts.settings.fill(same);
    return page.train(same);
  }
  return { words: 'Train on the CPU', work };
}

// An answer; while it is late, the page says its place in the queue.
async function patiently(answer) {
  const late = setInterval(async () => {
    const reply = await servers.notice?.waiting({ page: ME }).catch(() => null);
    if (!reply || late === finished) return;
    page.place = reply.place;
    changed();
  }, LATE);
  let finished = null;
  try {
    return await answer;
  } finally {
    clearInterval(late);
    finished = late;
    if (page.place !== null) {
      page.place = null;
      changed();
    }
  }
}

function changed() {
  listeners.changed.forEach((listen) => listen());
}

// Until the screen of a tab is there: Gradio draws it when it is first opened.
async function sight(tab) {
  page.open(tab);
  for (let frames = 0; frames < 600 && openScreen() !== tab; frames++) await new Promise(requestAnimationFrame);
}

function openScreen() {
  return Object.keys(parts).find((part) => parts[part].main && roots[part].isConnected && roots[part].offsetParent);
}

// Asks the open screen's main question until its run is done, and draws each answer.
async function run(experiment, fresh, goal = experiment.steps) {
  const mine = ++turn;
  const name = openScreen();
  const screen = parts[name];
  if (!screen) return;
  awaited = fresh ? experiment : null;
  asking = name;
  if (fresh) {
    told = null;
    begun++;
    page.running = { step: 0, steps: experiment.steps };
    changed();
  }
  let late = false;
  do {
    const question = { experiment, ...screen.asks(), late, run: begun };
    const reply = await page.ask(name, screen.main, { ...question, quiet: true });
    if (mine !== turn) return;
    awaited = null;
    if (reply.error) {
      asking = null;
      page.running = null;
      page.refused = experiment;
      refused(reply, experiment);
      changed();
      return;
    }
    if (fresh && !late) {
      page.experiment = experiment;
      page.refused = null;
      page.goal = goal;
      page.version++;
    }
    answered(name, reply);
    late = true;
  } while (page.running);
  asking = null;
}

function answered(name, reply) {
  page.link = reply.link;
  page.aim = reply.done ? null : reply.aim;
  page.about = reply.about;
  page.reached = reply.step;
  page.running = reply.done ? null : { step: reply.step, steps: reply.steps };
  shown[name] = reply.done ? page.version : null; // who leaves it before the end finds it drawn anew
  if (drawn && drawn !== name) told = null;
  drawn = name;
  parts[name].show(reply.value, reply);
  const { sentences, offer } = opened.version === page.version ? opened : { sentences: [], offer: null };
  const words = [...sentences, ...reply.notice];
  if (told !== JSON.stringify(words)) page.say(words, sentences.length ? 'error' : 'note', offer);
  told = JSON.stringify(words);
  page.readdress();
  changed();
}

// A screen that comes into sight shows the experiment of the page.
function appeared(name) {
  if (!opening() && history.state?.tab !== name) {
    page.remember({ tab: name });
    page.readdress();
  }
  if (!page.experiment || opening() || busy(roots[name])) return;
  if (asking !== name && (awaited || shown[name] !== page.version)) again();
}

// What was asked for last, on the screen that is open now: a new run is not lost when its visitor opens another tab.
function again() {
  return awaited ? run(awaited, true) : run(page.experiment, false);
}

// Until the link of the address is on the page, nothing else is asked.
function opening() {
  return 'opening' in document.documentElement.dataset;
}

let opened = { version: null }; // what there was to say of a link: it stays until another experiment is on the page
let waiting = null; // the answer to the page's address, until its screen can show it

// The link of the address. What it opens of the course, the course takes as soon as it is there.
async function openAddress() {
  const query = location.search;
  page.guide = query; // until it is known what the link opens
  if (!(await openLink(query))) return;
  if (before.tab) page.visit(before.tab);
  if (!page.asked || !parts.course) return;
  const asked = page.asked;
  page.asked = null;
  await parts.course.guide(asked);
}

// Waits until it is drawn. Returns whether it is still the link that was asked for last.
async function openLink(query) {
  const mine = ++links;
  const reply = await page.ask('settings', 'open_link', { experiment: undefined, query });
  if (mine !== links) return false;
  page.asked = null;
  if (reply) {
    turn++; // a run that is under way draws no more
    awaited = asking = page.running = page.refused = null;
    page.asked = reply.lesson && { ...reply.lesson, query };
    page.experiment = reply.experiment;
    page.goal = page.experiment.steps;
    page.version++;
    waiting = { ...reply, query };
    if (drawn) told = null;
    parts.settings.fill(reply.settings);
    page.open(reply.tab);
    settle();
    while (waiting && mine === links) await new Promise(requestAnimationFrame);
  } else {
    page.guide = null;
    delete document.documentElement.dataset.opening;
    page.readdress();
    changed();
  }
  return mine === links;
}

// Draws the answer to the address as soon as its screen is there.
function settle() {
  if (!waiting || !parts[waiting.tab]) return;
  const { tab, reply, sentences, settings, on_cpu, lesson, query } = waiting;
  waiting = null;
  delete document.documentElement.dataset.opening;
  if (!lesson && page.guide === query) page.guide = null; // an experiment has an address of its own
  page.remember({ tab });
  if (reply.error) page.say([...sentences, reply.error], 'error');
  else {
    opened = { version: page.version, sentences, offer: on_cpu && onCpu(settings) };
    answered(tab, { ...reply, film: false });
    if (!reply.done) run(page.experiment, false);
  }
}

// Puts a part in its place. Gradio may draw a tab again: then the part is made anew.
export function register(name, root, server, part, first) {
  servers[name] = server;
  roots[name] = root;
  parts[name] = part;
  delete shown[name];
  if (name === 'settings' && !page.experiment) {
    page.experiment = first.settings;
    page.limits = first.limits;
    page.goal = page.experiment.steps;
    page.titles = Object.fromEntries(first.fields.find((field) => field.key === 'tab').choices.map(([a, b]) => [b, a]));
    if (opening()) page.arrive(openAddress);
    else {
      changed();
      if (before.tab) page.visit(before.tab);
    }
  }
  if (!part?.main) return;
  const filled = first !== null && !opening() && page.version === 1;
  if (filled) shown[name] = page.version;
  settle();
  new ResizeObserver(() => root.offsetParent && appeared(name)).observe(root);
}

addEventListener('popstate', ({ state }) => {
  if (!state) return; // a place on the page
  const mine = ++backs;
  page.arrive(async () => {
    parts.host?.goTo?.(state);
    // What was there before the page was loaded again is known by its address alone.
    const link = location.search || '?v=1';
    const [there, here] = [link, page.link].map((one) => addressOf(one, location, state.tab));
    if (!state.guide && state.page !== ME && there !== here) await openLink(link);
    if (mine === backs) await parts.course?.goTo(state);
    if (mine !== backs) return; // Back or Forward was pressed again
    page.open(state.tab);
  });
});

// A visitor opens a tab; what the page itself opens is no new place.
document.addEventListener('click', ({ target, isTrusted }) => {
  const title = target.closest?.('#tabs button[role=tab]')?.textContent.trim();
  const tab = Object.keys(page.titles).find((one) => page.titles[one] === title);
  if (tab && isTrusted) page.go({ tab });
}, true);
