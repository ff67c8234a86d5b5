// What the address opens when the page is loaded, and where the browser's Back leads.

import { markSeen } from './state.js';

/**
 * @typedef {import('./page.js').Page} Page
 * @typedef {import('./places.js').Place} Place
 */

/** Whether the link of the address is not on the page yet. */
export function isOpening() {
  return 'opening' in document.documentElement.dataset;
}

/**
 * It is known what the address opens. Until then the address stays as it is.
 *
 * @param {Page} page
 * @param {string | null} guide the link of the lesson that it opens
 */
export function addressIsKnown({ places }, guide) {
  if (!isOpening()) return;
  places.guide = guide;
  delete document.documentElement.dataset.opening;
}

/**
 * Opens the link of the address, if there is one; after a reload, the tab that was open.
 *
 * @param {Page} page
 * @param {import('./machine.js').Experiment} experiment of a page without a link
 */
export async function openAddress(page, experiment) {
  const query = isOpening() ? location.search : null;
  const { ended } = page.events.follow({ type: 'loaded', experiment, query });
  if (query !== null && !(await ended)) return;
  const { tab } = page.places.before;
  if (tab) page.visit(tab);
  if (!page.asked || !page.parts.course) return;
  await page.parts.course.guide(page.takeAsked());
}

/** @param {Page} page @param {Place} to @param {() => boolean} isLast */
export async function goBack(page, to, isLast) {
  const { parts } = page;
  parts.host?.goTo?.(to);
  const link = page.places.linkOf(to); // what was there before the page was loaded again is known by its address alone
  if (link) await page.openQuery(link);
  if (isLast()) await parts.course?.goTo(to);
  if (isLast() && to.tab) page.open(to.tab);
}

/** A screen comes into sight, or its size changes. @param {Page} page @param {string} tab */
export function appeared({ places, events }, tab) {
  markSeen(() => localStorage);
  if (!isOpening() && history.state?.tab !== tab) {
    places.remember({ tab });
    places.readdress();
  }
  events.send({ type: 'seen' });
}
