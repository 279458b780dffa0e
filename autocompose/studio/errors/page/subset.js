// Which queries of a run are meant, and how well they do. Pure, and quick for 20,000 queries.

/** @typedef {import("../../web/types").RunRows} RunRows */
/**
 * @typedef {"part" | "change" | "length" | "camera" | "clip" | "person" | "pose" | "text"} Facet
 */
/** @typedef {Record<Facet, string>} Filters */

/** @type {Filters} */
export const NO_FILTERS = Object.freeze({
  part: "",
  change: "",
  length: "",
  camera: "",
  clip: "",
  person: "",
  pose: "",
  text: "",
});

/** The first K of the recalls. */
export const RECALL_AT = [1, 5, 10];

/** Words of a text, first and last of each class, as in `autocompose evaluate`. */
const LENGTHS = /** @type {[string, number, number][]} */ ([
  ["1-10", 1, 10],
  ["11-20", 11, 20],
  ["21-40", 21, 40],
  ["41+", 41, Number.POSITIVE_INFINITY],
]);

/** @param {number} words */
const lengthOf = (words) =>
  LENGTHS.find(([, low, high]) => words >= low && words <= high)?.[0] ?? "";

const MANY = /** @type {const} */ ({ part: "parts", change: "changes" });
const ONE = /** @type {const} */ (["camera", "clip", "person", "pose"]);

/**
 * What each filter can be set to, the most frequent first.
 *
 * @param {RunRows} rows
 * @returns {Record<Exclude<Facet, "text">, { value: string, count: number }[]>}
 */
export function choices(rows) {
  const counts = /** @type {Record<string, Map<string, number>>} */ ({});
  const add = (/** @type {string} */ facet, /** @type {string} */ value) => {
    if (!value) return;
    counts[facet] ??= new Map();
    counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
  };
  for (let i = 0; i < rows.id.length; i++) {
    for (const part of rows.parts[i]) add("part", rows.names[part]);
    for (const change of rows.changes[i]) add("change", rows.names[change]);
    for (const facet of ONE) add(facet, rows.names[rows[facet][i]]);
    add("length", lengthOf(rows.words[i]));
  }
  const order = (/** @type {string} */ facet) =>
    [...(counts[facet] ?? [])]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
  const length = order("length").sort(
    (a, b) => Number.parseInt(a.value, 10) - Number.parseInt(b.value, 10),
  );
  return {
    part: order("part"),
    change: order("change"),
    length,
    camera: order("camera"),
    clip: order("clip"),
    person: order("person"),
    pose: order("pose"),
  };
}

/**
 * Rows by rank, the worst first; equal ranks in the order of the captions.
 *
 * @param {RunRows} rows
 */
export const byRank = (rows) =>
  Int32Array.from(rows.id.keys()).sort((a, b) => rows.rank[b] - rows.rank[a] || a - b);

/**
 * The rows that pass all filters, in the order that is given.
 *
 * @param {RunRows} rows
 * @param {Int32Array} order
 * @param {Filters} filters
 * @param {Set<number> | null} lasso rows inside it; null without one
 * @returns {number[]}
 */
export function subsetOf(rows, order, filters, lasso) {
  const place = (/** @type {string} */ name) => rows.names.indexOf(name);
  /** @type {((i: number) => boolean)[]} */
  const tests = [];
  for (const facet of ONE) {
    if (!filters[facet]) continue;
    const [column, wanted] = [rows[facet], place(filters[facet])];
    tests.push((i) => column[i] === wanted);
  }
  for (const [facet, column] of Object.entries(MANY)) {
    const value = filters[/** @type {Facet} */ (facet)];
    if (!value) continue;
    const wanted = place(value);
    tests.push((i) => rows[column][i].includes(wanted));
  }
  if (filters.length) tests.push((i) => lengthOf(rows.words[i]) === filters.length);
  const typed = filters.text.trim().toLowerCase();
  if (typed) tests.push((i) => rows.text[i].toLowerCase().includes(typed));
  if (lasso) tests.push((i) => lasso.has(i));
  const found = [];
  for (const i of order) if (tests.every((test) => test(i))) found.push(i);
  return found;
}

/**
 * Recall at K of some rows in percent, with its interval.
 *
 * @param {RunRows} rows
 * @param {number[]} subset
 * @param {number} k
 */
export function recallOf(rows, subset, k) {
  let hits = 0;
  for (const i of subset) if (rows.rank[i] <= k) hits++;
  const [low, high] = interval(hits, subset.length);
  return { k, percent: subset.length ? (100 * hits) / subset.length : 0, low, high };
}

/** @type {Float64Array} logarithms of the factorials, as far as they were needed */
let logFactorials = new Float64Array([0, 0]);

/** @param {number} n */
function logFactorial(n) {
  if (n >= logFactorials.length) {
    const longer = new Float64Array(2 * n + 2);
    longer.set(logFactorials);
    for (let i = logFactorials.length; i < longer.length; i++) {
      longer[i] = longer[i - 1] + Math.log(i);
    }
    logFactorials = longer;
  }
  return logFactorials[n];
}

/**
 * The 95 % percentile bootstrap interval of hits among n, in percent. Drawing n queries again and
 * again gives a binomial number of hits: its quantiles are taken exactly, without drawing.
 *
 * @param {number} hits
 * @param {number} n
 * @returns {[number, number]}
 */
export function interval(hits, n) {
  if (n === 0) return [0, 0];
  if (hits === 0 || hits === n) return [(100 * hits) / n, (100 * hits) / n];
  const p = hits / n;
  const reach = 12 * Math.sqrt(n * p * (1 - p)) + 2;
  const first = Math.max(0, Math.floor(hits - reach));
  const last = Math.min(n, Math.ceil(hits + reach));
  const [own, other] = [Math.log(p), Math.log1p(-p)];
  const all = logFactorial(n);
  let [below, low, high] = [0, -1, last];
  for (let k = first; k <= last; k++) {
    const ways = all - logFactorial(k) - logFactorial(n - k);
    below += Math.exp(ways + k * own + (n - k) * other);
    if (low < 0 && below >= 0.025) low = k;
    if (below >= 0.975) {
      high = k;
      break;
    }
  }
  return [(100 * low) / n, (100 * high) / n];
}

/**
 * Whether a point lies inside a drawn line, closed from its end to its beginning.
 *
 * @param {[number, number][]} line
 * @param {number} x
 * @param {number} y
 */
export function isInside(line, x, y) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [line[i], line[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/**
 * The rows whose places are nearest to that of one row, itself among them.
 *
 * @param {RunRows} rows
 * @param {number} at
 * @param {number} count
 */
export function nearest(rows, at, count) {
  const away = (/** @type {number} */ i) =>
    (rows.x[i] - rows.x[at]) ** 2 + (rows.y[i] - rows.y[at]) ** 2;
  const order = Array.from(rows.x.keys()).sort((a, b) => away(a) - away(b) || a - b);
  return new Set(order.slice(0, count));
}
