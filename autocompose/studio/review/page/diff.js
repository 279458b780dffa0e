// Which words of a text were taken out and put in.

/** @typedef {["same" | "out" | "in", string]} Run */

const LONGEST = 400000;

/** Words, and the gaps between them. @param {string} text */
export const words = (text) => text.split(/(\s+)/u);

/**
 * The difference of two texts by the longest common run of words.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Run[]} long texts are compared as a whole
 */
export function difference(before, after) {
  if (before === after) return [["same", after]];
  const [a, b] = [words(before), words(after)];
  if (a.length * b.length > LONGEST)
    return [
      ["out", before],
      ["in", after],
    ];
  const best = commonLengths(a, b);
  /** @type {Run[]} */
  const runs = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const kind = stepKind(a, b, i, j, best);
    put(runs, kind, kind === "in" ? b[j] : a[i]);
    if (kind !== "in") i += 1;
    if (kind !== "out") j += 1;
  }
  return runs;
}

/** @param {string[]} a @param {string[]} b */
function commonLengths(a, b) {
  const best = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      best[i][j] =
        a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  return best;
}

/**
 * @param {string[]} a
 * @param {string[]} b
 * @param {number} i
 * @param {number} j
 * @param {Uint32Array[]} best
 * @returns {Run[0]}
 */
function stepKind(a, b, i, j, best) {
  if (i === a.length) return "in";
  if (j === b.length) return "out";
  if (a[i] === b[j]) return "same";
  return best[i + 1][j] >= best[i][j + 1] ? "out" : "in";
}

/** @param {Run[]} runs @param {Run[0]} kind @param {string} word */
function put(runs, kind, word) {
  const last = runs.at(-1);
  if (last?.[0] === kind) last[1] += word;
  else runs.push([kind, word]);
}
