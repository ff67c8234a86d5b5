// The clock of the film: which step stands on the stage, and whether it is playing. No page here: `frame(step)` draws,
// `turned(playing)` is told of each start and stop.

export function player({ frame, turned }) {
  let playing = null; // {from, to, milliseconds, begun}
  let request = 0;
  let timer = 0;

  // From one step to another. Slow at first, where the loss falls fast. `to` and `ready` are functions: a run may be
  // under way, and the film waits for what is not there yet. `after`: milliseconds in which the first frame stands.
  function play({ from, to, ready, milliseconds, after = 0 }) {
    pause();
    playing = { from, to, ready, milliseconds, begun: null };
    turned(true);
    frame(from);
    timer = setTimeout(() => (request = requestAnimationFrame(tick)), after);
  }

  function tick(now) {
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
