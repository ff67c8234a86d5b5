// Speed: a one-hot product against W[xs], and the forms of the loss, timed here beside the committed benchmarks.

import { bars } from '../pictures/bars.js';
import { make } from '../core/dom.js';
import { button, field, held, row, select, sentence } from '../core/fields.js';
import { term } from '../core/term.js';

const PASSES = { forward: 'Forward, here and now', both: 'Forward + backward, here and now' };
const NOTE = 'Each form is timed for 0.2 s; a call that takes longer is timed once. The bar shows the median time. The number with × says how many times as fast as the slowest form it is.';
const USUAL = 10_000; // examples

// Bars of milliseconds: results are {form, why_not} with a time under `pass`; forms without a result wait.
export function timings(pass, results, about, forms, { title = PASSES[pass], note = NOTE } = {}) {
  const of = (form) => results.find((result) => result.form === form);
  const timed = results.filter((result) => !result.why_not && result[pass] !== null);
  const slowest = Math.max(...timed.map((result) => result[pass]));
  const bar = (form) => {
    const result = of(form);
    if (!result) return { label: form, value: 0, text: '…' };
    if (!timed.includes(result)) return { label: form, value: 0, text: result.why_not };
    const ratio = Number((slowest / result[pass]).toPrecision(3)).toLocaleString('en-US');
    return { label: form, value: result[pass], text: `${result[pass].toFixed(3)} ms · ${ratio}×` };
  };
  const bars = forms.map(bar);
  const said = results.length < forms.length ? '' : `${title}: ${bars.map((one) => `${one.label} ${one.text}`).join(', ')}`;
  return { title, said, unit: about, note, orientation: 'horizontal', bars };
}

// How many times as fast the fastest of these bars is: a sentence, where there are two times to compare.
export function answer({ bars }) {
  const timed = bars.filter(({ value }) => value > 0);
  if (timed.length < 2) return '';
  const [fast, slow] = [timed.reduce((a, b) => (a.value <= b.value ? a : b)), timed.reduce((a, b) => (a.value > b.value ? a : b))];
  return `${fast.label} is ${Number((slow.value / fast.value).toPrecision(2))} times as fast.`;
}

export default function speed(root, { page }) {
  const order = select('time-order', [], '');
  const n = select('time-n', [], '');
  const [forward, both, committed] = [bars(), bars({ hints: false }), bars({ hints: false })];
  const [lookups, lookupsNow] = [bars({ hints: false }), bars({ hints: false })];
  const machine = select('machine', [], '');
  const machines = field('Measured on', machine);
  machine.addEventListener('change', showCommitted);
  const [wrong, wrongWays] = [sentence(), sentence()];
  const press = button('Time them', time);
  const pressWays = button('Time both here', timeWays, { primary: true });
  let value = { device: 'cpu', lookups: [], forms: [], committed: [] }; // of the last answer

  // Who presses before the screen is filled waits.
  async function filled() {
    while (!value.forms.length) await new Promise(requestAnimationFrame);
    return value;
  }

  async function timeWays() {
    const { lookups: ways, device } = await filled();
    const asked = { experiment: page.experiment, quiet: true };
    const results = [];
    wrongWays.say('');
    for (const way of ways) {
      const reply = await page.ask('speed', 'lookup', { ...asked, way });
      if (!reply || reply.error) {
        wrongWays.say(reply?.error ?? '', 'error');
        return;
      }
      results.push(reply);
      const note = `All ${reply.examples.toLocaleString('en-US')} bigrams of this word list, on ${device}.`;
      const chart = timings('forward', results, 'median ms', ways, { title: 'This server, now', note });
      lookupsNow.show(withAnswer(chart));
    }
  }

  async function time() {
    const { forms, device } = await filled();
    const asked = { order: Number(order.value), n: Number(n.value), experiment: page.experiment, quiet: true };
    const about = `median ms, ${asked.n.toLocaleString('en-US')} examples, order ${asked.order}, ${device}`;
    const results = [];
    wrong.say('');
    for (const form of forms) {
      const reply = await page.ask('speed', 'time', { ...asked, form });
      if (!reply || reply.error) {
        wrong.say(reply?.error ?? '', 'error');
        return;
      }
      results.push(reply);
      forward.show(timings('forward', results, about, forms));
      both.show(timings('both', results, about, forms));
    }
  }

  function withAnswer(chart) {
    const words = answer(chart);
    return { ...chart, title: words ? `${chart.title}: ${words}` : chart.title };
  }

  function showCommitted() {
    const one = value.committed[machine.value];
    lookups.show(one && withAnswer(one.lookup));
    committed.show(one?.forms);
  }

  // What may be timed. The largest size is that of the lecture's names.
  function offer({ timed_orders: orders, timed_sizes: sizes }) {
    const words = (size) => size.toLocaleString('en-US') + (size === sizes.at(-1) ? ', as in the lecture' : '');
    order.append(...orders.map((one) => make('option', { value: one }, String(one))));
    n.append(...sizes.map((size) => make('option', { value: size }, words(size))));
    n.value = USUAL;
  }

  if (page.limits) offer(page.limits); // a quick visitor may choose before the screen is filled

  root.append(
    make(
      'div',
      { class: 'screen' },
      make('h2', { class: 'heading' }, 'How slow is a one-hot product?'),
      make(
        'p',
        {},
        'The lecture multiplies a ',
        term('one-hot'),
        ' row with ',
        term('W'),
        ', and gets one row of W. The index W[xs] takes the same row directly.',
      ),
      make(
        'div',
        { class: 'pictures' },
        make('div', {}, held('lookup_committed', lookups), row(machines)),
        make(
          'div',
          {},
          held('lookup_now', lookupsNow, 'How fast is this server? Press the button.'),
          row(pressWays, wrongWays.element),
        ),
      ),
      make('h2', { class: 'heading' }, 'And the whole loss?'),
      make(
        'p',
        {},
        'There are four forms of the ',
        term('loss'),
        '. They have the same value and the same ',
        term('gradient'),
        ', but they cost different times.',
      ),
      make(
        'div',
        { class: 'pictures' },
        held('committed', committed),
        make(
          'div',
          {},
          row(field('Order', order), field('Examples n', n), press),
          wrong.element,
          held('forward', forward, 'Press Time them: the times of this server are drawn here.'),
          held('both', both),
        ),
      ),
    ),
  );

  return {
    async point({ again }) {
      if (!again) await time();
      return both.element;
    },
    main: 'speed',
    asks: () => ({}),
    show(fresh) {
      if (!n.options.length) offer(page.limits);
      value = fresh;
      if (press.disabled || value.no_words) wrongWays.say(value.no_words);
      press.disabled = pressWays.disabled = value.no_words !== '';
      const chosen = value.committed[machine.value] ? machine.value : 0;
      machine.replaceChildren(...value.committed.map((one, i) => make('option', { value: i }, one.machine)));
      machine.value = chosen;
      machines.hidden = !value.committed.length;
      showCommitted();
    },
  };
}
