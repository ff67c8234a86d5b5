// What the film does when an answer of the server arrives.

/**
 * @typedef {'story' | 'train' | 'lengthen' | 'trained' | 'end' | 'stay'} Motion
 *   story: the film of a first visit. train: from noise to the end. lengthen: from the end before to the new end.
 *   trained: no film, but the end of the trained table. end: the end of the table that is shown. stay: the same step.
 *
 * @param {object} of
 * @param {import('./machine.js').Intent} of.intent what the visitor did
 * @param {boolean} of.isNew whether it is the first answer about this experiment
 * @param {boolean} of.isSameRun whether the film shows this run already
 * @param {boolean} of.isStory whether this page has its story still to tell
 * @param {boolean} of.canPlay
 * @param {boolean} of.isPlaying
 * @param {number} of.step that is shown
 * @param {number | null} of.before the end of the film until now; null on an empty stage
 * @param {number} of.end of the film from now on
 * @param {number} of.steps that were asked for
 * @returns {Motion}
 */
export function motionOf({ intent, isNew, isSameRun, isStory, canPlay, isPlaying, step, before, end, steps }) {
  if (intent === 'train' && isNew) return canPlay && steps > 0 ? 'train' : 'trained';
  if (before === null) return isStory && canPlay ? 'story' : 'end';
  if (!isSameRun || intent === 'reset') return 'end';
  if (isPlaying || step < before) return 'stay';
  return before < end && canPlay && intent !== 'open' ? 'lengthen' : 'end';
}
