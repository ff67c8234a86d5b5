// Sharing: the card of what is on the page, its link, its code for a slide and for a phone, and what a teacher sets.

import { make, setAll } from '../core/dom.js';
import { copy } from '../core/fields.js';
import { nameless } from '../core/state.js';

const CARD = './gradio_api/lab/card.png'; // as PATH in page/card.py

/** The HTML that shows a link in another page. @param {string} link */
export function embedding(link) {
  const address = /[?&]embed=/.test(link) ? link : `${link}${link.includes('?') ? '&' : '?'}embed=1`;
  const src = address.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<iframe src="${src}" width="960" height="540" style="border: 0" title="Bigram Lab"></iframe>`;
}

/**
 * @param {import('./control.js').Control[]} controls those of the group share
 * @param {import('../core/page.js').Page} page
 * @param {() => boolean} isTrained whether the page shows what is in the form
 */
export function share(controls, page, isTrained) {
  const button = (/** @type {string} */ id, words = '') => make('button', { id, type: 'button' }, words);
  const opener = button('open_share', 'Share');
  const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '✕');
  const card = make('img', { id: 'card', alt: 'The card that a chat shows of this link', width: 1200, height: 630 });
  const link = make('input', { id: 'link', readonly: '', 'aria-label': 'Link of this experiment' });
  const [copyLink, copyCode] = [button('copy', 'Copy link'), button('copy_code', 'Copy embed code')];
  const code = make('textarea', { id: 'embed_code', readonly: '', rows: 3, 'aria-label': 'Embed code', hidden: '' });
  const copied = make('p', { class: 'help', role: 'status' });
  const qr = make('div', { id: 'qr' });
  const [showQr, fullScreen] = [button('show_qr', 'QR code'), button('full_screen', 'Full screen')];
  const grid = make('div', { class: 'grid' }, ...controls.map((one) => one.element));
  const element = make('div', { id: 'share', role: 'dialog', popover: 'auto', 'aria-labelledby': 'share_title' });
  element.append(
    make('div', { class: 'now' }, make('h2', { id: 'share_title' }, 'Share this experiment'), close),
    card,
    make('div', { class: 'pair' }, link, copyLink),
    make('div', { class: 'pair' }, copyCode, showQr, fullScreen),
    code,
    copied,
    qr,
    make('details', { id: 'teachers' }, make('summary', {}, 'For teachers: what the link shows'), grid),
  );

  let asked = 0; // answers may come late: only the last one counts
  async function ask(withCode = false) {
    const mine = ++asked;
    const chosen = Object.fromEntries(controls.map((one) => [one.key, one.read()]));
    const steps = page.reached ?? page.experiment?.steps;
    const experiment = { ...page.experiment, steps, ...chosen, name: page.name };
    const reply = await page.ask('settings', 'share', { experiment, base: page.base });
    if (!reply || mine !== asked) return;
    put(reply.url);
    qr.replaceChildren();
    if (withCode) draw(reply);
  }

  /** @param {string} url */
  function put(url) {
    link.value = url;
    code.value = embedding(url);
    if (element.matches(':popover-open')) card.src = CARD + new URL(url).search;
  }

  /** @param {{ qr: string | null, note: string }} reply a picture of the link, or why there is none */
  function draw({ qr: drawn, note }) {
    const picture = drawn && new DOMParser().parseFromString(drawn, 'image/svg+xml').documentElement;
    if (picture) setAll(picture, { 'aria-label': 'QR code of the link', role: 'img' });
    qr.append(...(picture ? [picture, make('p', {}, link.value.replace(/^https?:\/\//, ''))] : [make('p', {}, note)]));
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
    else put(page.base + nameless(words));
  }

  /** @param {HTMLInputElement | HTMLTextAreaElement} field @param {string} name */
  async function copyFrom(field, name) {
    const untrained = isTrained() ? '' : ' Train first if the link is to hold your changes.';
    copied.textContent = (await copy(field, name)) + untrained;
  }

  opener.addEventListener('click', () => {
    element.showPopover(); // not modal: the page goes on beside it
    put(link.value);
  });
  close.addEventListener('click', () => element.hidePopover());
  element.addEventListener('input', () => ask());
  copyLink.addEventListener('click', () => copyFrom(link, 'link'));
  copyCode.addEventListener('click', () => {
    code.hidden = false;
    copyFrom(code, 'embed code');
  });
  showQr.addEventListener('click', () => ask(true));
  fullScreen.addEventListener('click', async () => {
    if (!qr.firstChild) await ask(true);
    qr.requestFullscreen?.();
  });

  return { element, opener, show };
}
