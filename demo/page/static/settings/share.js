// The link of what is on the page, with what a teacher shows of it, and its QR code.

import { make, setAll } from '../core/dom.js';
import { copy } from '../core/fields.js';
import { nameless } from '../core/state.js';

/**
 * @param {import('./control.js').Control[]} controls those of the group share
 * @param {import('../core/page.js').Page} page
 * @param {() => boolean} isTrained whether the page shows what is in the form
 */
export function share(controls, page, isTrained) {
  const link = make('input', { id: 'link', readonly: '', 'aria-label': 'Link of this experiment' });
  const copyLink = make('button', { id: 'copy', type: 'button' }, 'Copy');
  const copied = make('p', { class: 'help', role: 'status' });
  const qr = make('div', { id: 'qr' });
  const showQr = make('button', { id: 'show_qr', type: 'button' }, 'QR code');
  const fullScreen = make('button', { id: 'full_screen', type: 'button' }, 'Full screen');
  const element = make('details', { id: 'share' }, make('summary', {}, 'Share'));
  element.append(
    make('div', { class: 'pair' }, link, copyLink),
    copied,
    make('div', { class: 'grid' }, ...controls.map((one) => one.element)),
    make('div', { class: 'pair' }, showQr, fullScreen),
    qr,
  );

  let asked = 0; // answers may come late: only the last one counts
  async function ask(withCode = false) {
    const mine = ++asked;
    const chosen = Object.fromEntries(controls.map((one) => [one.key, one.read()]));
    const steps = page.reached ?? page.experiment?.steps;
    const experiment = { ...page.experiment, steps, ...chosen, name: page.name };
    const reply = await page.ask('settings', 'share', { experiment, base: page.base });
    if (!reply || mine !== asked) return;
    link.value = reply.url;
    qr.replaceChildren();
    if (withCode) draw(reply);
  }

  /** @param {{ qr: string | null, note: string }} reply a picture of the link, or why there is none */
  function draw({ qr: code, note }) {
    const picture = code && new DOMParser().parseFromString(code, 'image/svg+xml').documentElement;
    if (picture) setAll(picture, { 'aria-label': 'QR code of the link', role: 'img' });
    qr.append(picture ?? make('p', {}, note));
    qr.scrollIntoView({ block: 'nearest' });
  }

  // Another experiment is on the page: its link is known, its code is not drawn yet.
  let shown = '';
  function show(words = page.link) {
    const fresh = JSON.stringify([words, page.name]);
    if (fresh === shown) return;
    shown = fresh;
    qr.replaceChildren();
    asked++;
    if (page.name || controls.some((one) => one.read() !== one.default)) ask();
    else link.value = page.base + nameless(words);
  }

  element.addEventListener('input', () => ask());
  copyLink.addEventListener('click', async () => {
    const untrained = isTrained() ? '' : ' Train first if the link is to hold your changes.';
    copied.textContent = (await copy(link, 'link')) + untrained;
  });
  showQr.addEventListener('click', () => ask(true));
  fullScreen.addEventListener('click', async () => {
    if (!qr.firstChild) await ask(true);
    qr.requestFullscreen?.();
  });

  return { element, show };
}
