// Where the visitor is in the lab: the tab, the lesson, the class. The browser's history and the address hold it, so
// that Back, Forward and a reload find it again.

import { addressOf, latest } from './state.js';

/**
 * @typedef {object} Place
 * @property {string} [tab]
 * @property {string} [course] '', 'list' or 'lesson'
 * @property {string | null} [guide] the link of the lesson that is open
 * @property {number} [step] in a course of links
 * @property {boolean} [class] whether the panel of the class is open
 * @property {string} [page] the page that wrote it: after a reload it is another one
 *
 * @typedef {object} Lab what the places ask of the page
 * @property {() => boolean} isOpening whether the link of the address is not on the page yet
 * @property {() => string} link of the experiment on the page
 * @property {() => string} address the link that the address shall hold, where no lesson is open
 * @property {() => string} name
 * @property {(place: Place, isLast: () => boolean) => Promise<void>} back draws a place, as long as it is the last
 *
 * @param {string} me the name of this page
 * @param {Lab} lab
 */
export function createPlaces(me, lab) {
  let arriving = 0; // the places that are being opened
  const begin = latest();

  const places = {
    /** @type {string | null} the link of the lesson that is open: it is the address as long as it is */
    guide: null,

    /** Where this tab was when the page was loaded. @type {Place} */
    before: history.state ?? {},

    // The address of the page: the lesson that is open, else the experiment. It stays while another place is opened.
    readdress() {
      if (lab.isOpening() || arriving) return;
      const tab = places.guide === null ? history.state?.tab : null;
      history.replaceState(history.state, '', addressOf(places.guide ?? lab.address(), location, tab, lab.name()));
    },

    /** Where this tab is, for a reload. @param {Place} what */
    remember(what) {
      history.replaceState({ ...history.state, ...what, page: me }, '');
    },

    /** Another place in the lab: the browser's Back returns to the one before. @param {Place} place */
    go(place) {
      /** @type {Record<string, any>} */
      const here = history.state ?? {};
      if (!arriving && Object.entries(place).some(([key, value]) => value !== here[key])) history.pushState(here, '');
      places.remember(place);
      if (place.guide !== undefined) places.guide = place.guide;
      places.readdress();
    },

    /** Opens what a link, a reload or the browser's Back asks for: no new place. @param {() => unknown} work */
    async arrive(work) {
      arriving++;
      try {
        await work();
      } finally {
        arriving--;
        places.readdress();
      }
    },

    /**
     * The link of the address, where it is not on the page: it was there before the page was loaded again.
     *
     * @param {Place} place
     */
    linkOf(place) {
      const link = location.search || '?v=1';
      const [there, here] = [link, lab.link()].map((one) => addressOf(one, location, place.tab, lab.name()));
      return !place.guide && place.page !== me && there !== here ? link : null;
    },
  };

  addEventListener('popstate', ({ state }) => {
    if (state) places.arrive(() => lab.back(state, begin())); // a place on the page
  });
  return places;
}
