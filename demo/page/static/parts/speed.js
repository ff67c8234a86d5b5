// Speed: the forms of the loss, timed here and now, beside the committed benchmarks.

import { bars } from '../pictures/bars.js';
import { make } from '../core/dom.js';
import { button, field, held, row, select, sentence } from '../core/fields.js';

const PASSES = { forward: 'Forward, here and now', both: 'Forward + backward, here and now' };
const NOTE = 'Each form is timed for 0.2 s; a call that takes longer is timed once. The bar shows the median time. The number with × says how many times as fast as the slowest form it is.';
const USUAL = 10_000; // examples

// The bars of one pass: results are {form, forward, both, why_not}, in milliseconds; forms without one wait.
export function timings(pass, results, about, forms) {
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
  const said = results.length < forms.length ? '' : `${PASSES[pass]}: ${bars.map((one) => `${one.label} ${one.text}`).join(', ')}`;
  return { title: PASSES[pass], said, unit: about, note: NOTE, orientation: 'horizontal', bars };
}

export default function speed(root, { page }) {
  const order = select('time-order', [], '');
  const n = select('time-n', [], '');
  const [forward, both, committed] = [bars(), bars({ hints: false }), bars({ hints: false })];
  const machine = select('machine', [], '');
  machine.addEventListener('change', () => committed.show(measured[machine.value][1]));
  const wrong = sentence();
  const press = button('Time them', time, { primary: true });
  let [device, forms, measured] = ['cpu', [], []];

  async function time() {
    while (!forms.length) await new Promise(requestAnimationFrame); // who presses before the screen is filled waits
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
      make('p', {}, 'The forms of the loss, timed on this server now. Same value, same gradient, different costs.'),
      row(field('Order', order), field('Examples n', n), press),
      wrong.element,
      held('forward', forward, 'Press Time them: the times are drawn here.'),
      held('both', both),
      row(field('Measured on', machine)),
      held('committed', committed),
    ),
  );

  return {
    async point({ again }) {
      if (!again) await time();
      return both.element;
    },
    main: 'speed',
    asks: () => ({}),
    show(value) {
      if (!n.options.length) offer(page.limits);
      ({ device, forms, committed: measured } = value);
      if (press.disabled || value.no_words) wrong.say(value.no_words);
      press.disabled = value.no_words !== '';
      const chosen = measured[machine.value] ? machine.value : 0;
      machine.replaceChildren(...measured.map(([name], i) => make('option', { value: i }, name)));
      machine.value = chosen;
      if (measured.length) committed.show(measured[chosen][1]);
    },
  };
}
