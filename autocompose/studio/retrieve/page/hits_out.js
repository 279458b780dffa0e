// The hits of a query as files that other programs read.

/** @typedef {import("../../web/types").SearchAnswer} SearchAnswer */
/** @typedef {import("../../web/types").HitView} HitView */

const COLUMNS = ["rank", "image", "score", "met", "asked", "caption", "url"];

/** Spreadsheets take a text that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** @param {HitView} hit @returns {(string | number)[]} in the order of the columns */
const cells = ({ rank, picture, score, met, checks }) => [
  rank,
  picture.id,
  score,
  met,
  checks.length,
  picture.caption,
  picture.url,
];

/** @param {string | number} value */
function quoted(value) {
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table with a head, lines ended as RFC 4180 has them. @param {SearchAnswer} answer */
export const csvOf = ({ hits }) =>
  [COLUMNS, ...hits.map(cells)].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");

/**
 * The query as its address says it, with its hits and the claims that each meets.
 *
 * @param {SearchAnswer} answer
 * @param {Record<string, string>} query
 */
export function jsonOf(answer, query) {
  const { model_name, fingerprint, gallery_name } = answer.status;
  const hits = answer.hits.map(({ rank, picture, score, checks }) => ({
    rank,
    image: picture.id,
    score,
    claims: checks,
  }));
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
  const said = {
    query: given,
    model: model_name,
    fingerprint,
    gallery: gallery_name,
    ranked: answer.ranked,
    read_as: answer.read_as,
    hits,
  };
  return `${JSON.stringify(said, null, 2)}\n`;
}

/**
 * Hand a file to the visitor.
 *
 * @param {string} name
 * @param {Blob} blob
 */
export function handOver(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
