// How large the parts of the stage are. The whole page fits the first screen. Where the numbers in the cells would be
// lost for it, the folds and the footer go below.

import { find } from '../core/dom.js';

const WIDE = 600; // pixels from which table and film stand beside each other,
const HIGH = 460; // where the window is so high; a page at 200% is not
const GAP = 18; // pixels between table and film
const SWITCHES = [38, 30]; // ems that the switches over the table take in one line: wide, and tight
const NARROW = 24; // ems of the film under which its sentence stands over its button
const LOW = 48; // ems of height under which the table is too small for wide switches
const MARGINS = 11; // pixels between the parts of the table
const BELOW = 8; // pixels over the folds and under the page

/** @param {number} width of the stage @param {number} height of the window */
export function isWide(width, height) {
  return width >= WIDE && height >= HIGH;
}

/**
 * How the width is divided, in pixels.
 *
 * @param {object} of
 * @param {boolean} of.wide
 * @param {number} of.width of the stage
 * @param {number} of.height from the top of the stage to the end of the window
 * @param {number} of.em
 */
export function divided({ wide, width, height, em }) {
  const side = width < 820 ? Math.max(240, width * 0.38) : Math.max(330, width * 0.34);
  const most = wide ? width - side - GAP : width; // of the table
  const tight = wide && (height < LOW * em || most < SWITCHES[0] * em);
  return { most, tight, narrow: wide && side < NARROW * em, switches: SWITCHES[Number(tight)] * em };
}

/** The height of the time line, in pixels. @param {number} across its width @param {boolean} wide @param {number} height as above */
export function lineHeight(across, wide, height) {
  const tallest = wide ? Math.min(170, height * 0.14) : 95;
  return Math.round(Math.max(90, Math.min(tallest, across * 0.5)));
}

/**
 * @param {HTMLElement} stage
 * @param {ReturnType<typeof import('./sheet.js').sheet>} sheet
 * @param {ReturnType<typeof import('./film.js').film>} film
 */
export function fit(stage, { map, sizes: { tools, under, note, summary } }, film) {
  const width = stage.clientWidth;
  if (!width) return;
  const wide = isWide(width, innerHeight);
  stage.classList.toggle('wide', wide);
  const height = innerHeight - stage.getBoundingClientRect().top - scrollY;
  const em = parseFloat(getComputedStyle(stage).fontSize);
  const { most, tight, narrow, switches } = divided({ wide, width, height, em });
  tools.classList.toggle('tight', tight);
  stage.classList.toggle('narrow', narrow);
  const footer = document.querySelector('footer')?.offsetHeight ?? 0;
  const below = find(summary, 'summary').offsetHeight + footer + BELOW;
  // Twice, because the lines under the table break as wide as the table is.
  for (let times = 0; times < 2; times++) {
    const room = wide ? height - tools.offsetHeight - under.offsetHeight - note.offsetHeight - MARGINS : Infinity;
    const used = map.fit(most, room - below, room);
    stage.style.setProperty('--table', `${Math.min(most, Math.max(used, switches))}px`);
  }
  const across = film.element.clientWidth;
  film.line.fit(across, lineHeight(across, wide, height));
}
