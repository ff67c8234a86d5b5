// The clock of the film: which step stands on the stage, and whether it is playing. No page here: `frame(step)` draws,
// `turned(playing)` is told of each start and stop.

/**
 * @typedef {object} Film
 * @property {number} from the first step
 * @property {() => number} to the last step: a run may be under way
 * @property {() => number} ready the last step that is there: the film waits for it
 * @property {number} milliseconds that it takes
 * @property {number} [after] milliseconds in which the first frame stands
 */

/** @param {{frame: (step: number) => void, turned: (playing: boolean) => void}} stage */
export function player({ frame, turned }) {
  /** @type {(Film & {begun: number | null}) | null} */
  let playing = null;
  let request = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /**
   * From one step to another: slow at first, where the loss falls fast.
   * @param {Film} film
   */
  function play({ from, to, ready, milliseconds, after = 0 }) {
    pause();
    playing = { from, to, ready, milliseconds, begun: null };
    turned(true);
    frame(from);
    timer = setTimeout(() => (request = requestAnimationFrame(tick)), after);
  }

  /** @param {number} now */
  function tick(now) {
    if (!playing) return;
    const { from, to, ready, milliseconds } = playing;
    playing.begun ??= now;
    const share = Math.min(1, (now - playing.begun) / milliseconds);
    const wanted = Math.round(from + (to() - from) * share ** 2);
    frame(Math.min(wanted, ready()));
    if (share < 1 || ready() < to()) request = requestAnimationFrame(tick);
    else pause();
  }

  function pause() {
    clearTimeout(timer);
    cancelAnimationFrame(request);
    if (!playing) return;
    playing = null;
    turned(false);
  }

  return { play, pause, isPlaying: () => playing !== null };
}
