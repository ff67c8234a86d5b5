// A question that may be asked again before its answer is there: only the answer to the last one counts. The others
// become null.

/**
 * @template {any[]} Given
 * @template Reply
 * @param {(...given: Given) => Promise<Reply>} ask
 * @returns {(...given: Given) => Promise<Reply | null>}
 */
export function latest(ask) {
  let turn = 0;
  return async (...given) => {
    const mine = ++turn;
    const reply = await ask(...given);
    return mine === turn ? reply : null;
  };
}
