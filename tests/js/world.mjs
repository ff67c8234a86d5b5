// A lab without a browser and without a server. Each question of the page waits until the test answers it. Beside the
// page runs a plain model, which says what the page must show.

const TABS = [['One', 'one'], ['Two', 'two'], ['Three', 'three']];
const FIRST = { seed: '1', steps: 100, tab: 'one', hide: '', embed: '', large: '' };
const ENDED = 'A newer run of this page has ended this one.';

// Random numbers from a seed (mulberry32).
export function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// What the page needs of a browser. The history begins with a place of before a reload.
function browser(turnTo, report, search) {
  const entries = [
    { state: { tab: 'two', page: 'another page' }, url: '?v=1&seed=before&steps=30&tab=two' },
    { state: null, url: search },
  ];
  let at = 1;
  let popped = null;
  const frames = [];
  const history = {
    get state() {
      return entries[at].state;
    },
    replaceState(state, _, url) {
      entries[at] = { state, url: url || entries[at].url };
    },
    pushState(state) {
      entries.splice(at + 1, Infinity, { state, url: entries[at].url });
      at++;
    },
    go(by) {
      if (!entries[at + by]?.state || !entries[at].state) return; // no visitor is quicker than the first picture
      at += by;
      popped({ state: entries[at].state });
    },
  };
  const location = {
    origin: 'http://lab',
    pathname: '/',
    get search() {
      return entries[at].url.startsWith('?') ? entries[at].url : '';
    },
  };
  const buttons = TABS.map(([textContent, tab]) => ({ textContent, offsetParent: {}, click: () => turnTo(tab) }));
  const document = {
    documentElement: { dataset: search ? { opening: '' } : {} },
    querySelectorAll: () => buttons,
    addEventListener() {},
  };
  class ResizeObserver {
    constructor(seen) {
      this.seen = seen;
    }
    observe(root) {
      root.seen = this.seen;
    }
  }
  const timers = { setInterval: () => 0, clearInterval() {}, setTimeout: (done) => setImmediate(done) };
  const own = { document, history, location, ResizeObserver, Element: class {}, reportError: report, ...timers };
  Object.assign(globalThis, own, {
    addEventListener: (_, listen) => (popped = listen),
    requestAnimationFrame: (done) => frames.push(done),
  });
  return { frames, history, location };
}

// `code`: {createPage, createAttempt}; `search`: what the page was opened with.
export function createWorld({ createPage, createAttempt }, random, search = '') {
  const faults = [];
  const questions = []; // {kind, question, answer}: those that have no answer yet
  const waits = new Set(); // the promises of the page that have not ended
  const roots = {};
  const drawn = { one: { seed: FIRST.seed, step: FIRST.steps } }; // screen: what it shows
  const trained = {}; // seed: steps
  let seeds = 0;
  let tab = 'one';
  let last = null; // what was drawn last
  let newest = 0; // run that the server has heard of
  let form = { ...FIRST };

  // The model.
  let now = { seed: FIRST.seed, steps: FIRST.steps }; // on the page
  let isRunning = false;
  let isOfLesson = false; // whether the run is the lesson's
  let pending = null; // a press without an answer: {seed, steps, intent, asked: its last question}
  let coming = null; // a link that is being opened: {asked, answer}
  let lesson = null; // the open one: {seed, isWaiting: whether its press is still to come}
  let name = '';
  let due = null; // the intent of the next drawing

  let held = null; // the experiment that a screen asks about

  const { frames, history, location } = browser(turnTo, (error) => faults.push(error), search);
  const { page, register } = createPage();
  const attempt = createAttempt(page, () => {});
  page.on('notice', ({ sentences }) => check(!sentences.includes(ENDED), 'no run on the page is lost'));
  mount('one');
  mount('two');
  const settings = { read: () => ({ ...form }), fill: (values) => (form = { ...values }) };
  const first = { settings: FIRST, fields: [{ key: 'tab', choices: TABS }] };
  register('settings', { isConnected: true }, { open_link: server('link') }, settings, first);
  const course = { holds: () => false, toStep: () => false, guide() {}, goTo() {} };
  held = page.experiment;
  register('course', { isConnected: true }, { explain: server('explain') }, course, null);

  function check(isSo, sentence) {
    if (!isSo) faults.push(new Error(`Not so: ${sentence}.`));
  }

  function wait(promise, then) {
    waits.add(promise);
    promise.then(then, (error) => faults.push(error)).finally(() => waits.delete(promise));
  }

  // ---- the screens

  function mount(screen) {
    if (roots[screen]) return;
    roots[screen] = {
      isConnected: true,
      get offsetParent() {
        return tab === screen ? {} : null;
      },
    };
    const part = {
      main: 'main',
      asks: () => ({}),
      show: (value, reply) => show(screen, value, reply),
      point: ({ seed }) => check(lesson?.seed === seed, 'a closed lesson points at nothing'),
    };
    if (coming?.answer?.tab === screen) arrive();
    register(screen, roots[screen], { main: server('run'), score: server('score') }, part, screen === 'one' ? {} : null);
    frames.push(() => tab === screen && roots[screen].seen());
  }

  function turnTo(to) {
    tab = to;
    frames.push(() => tab === to && roots[to]?.seen());
  }

  function show(screen, value, { intent, done }) {
    check(value.seed === now.seed && value.step <= now.steps, 'only the experiment on the page is drawn');
    check(due === null || intent === due, `what is drawn by ${due} says so`);
    due = null;
    drawn[screen] = last = value;
    isRunning = !done;
  }

  // ---- the server

  function server(kind) {
    return (question) =>
      new Promise((answer) => {
        const one = { kind, question, answer };
        questions.push(one);
        HEARD[kind]?.(one);
      });
  }

  const HEARD = {
    run(one) {
      const { run, late, experiment } = one.question;
      const isNew = run > newest; // each press has a number of its own
      newest = Math.max(newest, run);
      const isFor = (press) => press && !late && experiment.seed === press.seed && experiment.steps === press.steps;
      if (lesson?.isWaiting && isFor(lesson)) {
        lesson.isWaiting = false;
        pending = { seed: lesson.seed, steps: lesson.steps, intent: 'train', isOfLesson: true };
      }
      if (pending?.seed === null && experiment.steps === pending.steps) pending.seed = experiment.seed; // a new one
      if (isFor(pending) && (isNew || run === pending.run)) Object.assign(pending, { asked: one, run });
      else check(experiment.seed === now.seed && experiment.steps === now.steps, 'nothing else is asked for');
    },
    link: (one) => (coming = { asked: one, answer: null }),
    explain: ({ question }) => check(lesson?.seed === question.key, 'a closed lesson asks for nothing'),
  };

  // `how`: 'done', 'part' or 'fails'.
  function answer(one, how) {
    questions.splice(questions.indexOf(one), 1);
    one.answer(how === 'fails' ? undefined : ANSWERS[one.kind](one, how));
  }

  const ANSWERS = {
    run(one, how) {
      const { experiment, run } = one.question;
      const reply = replyOf(experiment, how);
      const isFirst = one === pending?.asked;
      if (run < newest && !isFirst && random() < 0.5) return { error: ENDED };
      if (isFirst && !reply.error) {
        now = { seed: pending.seed, steps: pending.steps };
        due = pending.intent;
        isOfLesson = Boolean(pending.isOfLesson);
      }
      if (isFirst) pending = null;
      return reply;
    },
    link(one, how) {
      const asked = new URLSearchParams(one.question.query);
      const of = { ...FIRST, ...Object.fromEntries(asked) };
      const experiment = { ...FIRST, seed: of.seed, steps: Number(of.steps), name: of.name ?? '' };
      const reply = replyOf(experiment, how);
      if (one !== coming?.asked) return { error: 'late' };
      if (reply.error) coming = null;
      else forget();
      if (reply.error) return reply;
      isRunning = false;
      const answer = { experiment, settings: experiment, tab: of.tab, sentences: [], lesson: null, reply };
      coming.answer = answer;
      if (roots[answer.tab]) arrive();
      return answer;
    },
    score: ({ question }) => ({ of: question.experiment }),
    explain: ({ question }) => ({ seed: question.key, place: 'there', shows: {} }),
  };

  function replyOf({ seed, steps }, how) {
    if (seed.startsWith('bad')) return { error: 'No.' };
    const from = trained[seed] ?? 0;
    const step = how === 'done' ? steps : Math.min(steps, from + Math.floor(random() * 40));
    trained[seed] = Math.max(from, step);
    const [link, aim] = [step, steps].map((one) => `?v=1&seed=${seed}&steps=${one}`);
    return { value: { seed, step }, step, steps, done: step === steps, link, aim, about: '', notice: [] };
  }

  // The link is on the page.
  function arrive() {
    const { experiment } = coming.answer;
    now = { seed: experiment.seed, steps: experiment.steps };
    name = new URLSearchParams(coming.asked.question.query).get('name') ?? '';
    isOfLesson = false;
    due = 'open';
    coming = null;
  }

  // What was pressed before is void.
  function forget() {
    pending = null;
    if (lesson) lesson.isWaiting = false;
  }

  // ---- what a visitor does

  function fresh() {
    return { ...FIRST, seed: `${random() < 0.25 ? 'bad' : 's'}${++seeds}`, steps: 20 + Math.floor(random() * 100) };
  }

  function press({ seed, steps }, intent, promise) {
    forget();
    pending = { seed, steps, intent };
    wait(promise(), () => {});
  }

  function stopRun() {
    if (isRunning) now = { ...now, steps: page.reached };
    isRunning = false;
  }

  const pick = (list) => list[Math.floor(random() * list.length)];

  const ACTS = {
    train() {
      const experiment = fresh();
      press(experiment, 'train', async () => {
        if (await page.train(experiment)) check(page.experiment.seed === experiment.seed, 'what is done is on the page');
      });
    },
    same: () => press(now, 'train', () => page.train({ ...FIRST, ...now })),
    newSeed() {
      const { seed, ...rest } = fresh();
      press({ seed: null, steps: rest.steps }, 'train', async () => {
        const is = await page.newSeed({ seed, ...rest });
        check(is === null || page.experiment.seed === is, 'the new seed is that of the page');
      });
    },
    reset: () => press({ ...now, steps: 0 }, 'reset', () => page.reset()),
    step: () => press({ ...now, steps: (page.reached ?? now.steps) + 1 }, 'step', () => page.step()),
    stop() {
      forget();
      stopRun();
      page.stop();
    },
    refresh: () => page.refresh(),
    score() {
      held = random() < 0.5 ? page.experiment : held; // a screen may ask on about the experiment of before
      wait(page.ask(tab === 'three' ? 'one' : tab, 'score', { quiet: true, experiment: held }), (reply) => {
        const { seed, steps } = page.experiment;
        check(!reply || (reply.of.seed === seed && reply.of.steps === steps), 'no late answer reaches a screen');
      });
    },
    link() {
      const { seed, steps } = fresh();
      const named = random() < 0.5 ? `&name=n${seeds}` : '';
      wait(page.openQuery(`?v=1&seed=${seed}&steps=${steps}&tab=${pick(TABS)[1]}${named}`), () => {});
    },
    rename() {
      name = pick(['', 'Sofia', 'Ana']);
      page.rename(name);
    },
    tab: () => page.visit(pick(TABS)[1]),
    resize: () => roots[tab]?.seen(),
    mount: () => mount('three'),
    back: () => history.go(pick([-1, -1, 1])),
    lesson() {
      if (lesson && random() < 0.5) return;
      ACTS.close();
      const { seed, steps } = fresh();
      const of = pick(TABS.filter(([, one]) => roots[one] || !coming))[1];
      lesson = { seed, steps, isWaiting: !roots[of] };
      if (roots[of]) pending = { seed, steps, intent: 'train', isOfLesson: true };
      attempt.open({ key: seed, settings: { ...FIRST, seed, steps }, tab: of });
      wait(attempt.run().then((isThere) => isThere && attempt.point(false)), () => {});
    },
    close() {
      if (pending?.isOfLesson) pending = null;
      else if (lesson && isOfLesson) stopRun();
      lesson = null;
      attempt.close();
    },
    frame() {
      for (const draw of frames.splice(0)) draw();
    },
    answer() {
      if (questions.length) answer(pick(questions), pick(['done', 'done', 'part', 'part', 'fails']));
    },
  };

  // ---- what must hold

  function checkPage() {
    const { seed, steps } = page.experiment;
    check(seed === now.seed && steps === now.steps, `the page holds ${now.seed} of ${now.steps}, not ${seed} of ${steps}`);
    check(!last || (last.seed === seed && last.step === page.reached), 'the numbers are those of the experiment');
    check(page.running || !(pending || isRunning), 'the page says that it trains');
    check(!page.running || pending || isRunning || lesson?.isWaiting, 'the page says that it does not train');
    check(page.name === name, 'the name is that of the last link, or was typed since then');
  }

  // Everything is answered, and nothing is pressed any more.
  function checkEnd() {
    check(waits.size === 0, 'nobody waits for ever');
    check(!page.running && (page.reached ?? steps()) === steps(), 'no run hangs');
    check(drawn[tab]?.seed === now.seed && drawn[tab].step === now.steps, 'the screen in sight shows the page');
    const address = new URLSearchParams(location.search);
    check(!last || address.get('seed') === now.seed, 'the address names what is shown');
    check(!last || Number(address.get('steps')) === now.steps, 'the address names the steps that are shown');
    check((address.get('name') ?? '') === name || !last, 'the address holds the name');
  }

  const steps = () => now.steps;

  async function flush() {
    await new Promise(setImmediate);
    checkPage();
  }

  return {
    faults,
    acts: Object.keys(ACTS),
    async act(kind) {
      ACTS[kind]();
      await flush();
    },
    async end() {
      mount('three');
      for (let rounds = 0, idle = 0; rounds < 3000 && idle < 3; rounds++) {
        idle = questions.length || frames.length || waits.size ? 0 : idle + 1; // a question may be asked again soon
        ACTS.frame();
        await flush();
        if (questions.length) answer(pick(questions), 'done');
        await flush();
        if (faults.length) return;
      }
      checkEnd();
    },
  };
}
