// The queries that this browser asked, newest first. Addresses are kept, never pictures: a query
// that starts from an upload is not.

/** @typedef {Record<string, string>} Fields the fields of an address */
/** @typedef {{ fields: Fields, at: number }} Asked */

export const KEY = "autocompose-queries";

/** Queries that are kept. */
export const MOST = 40;

/** How long an answer stands before its query counts as asked, in milliseconds. */
export const STOOD = 1500;

const given = (/** @type {Fields} */ fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));

/** The same query, however many of its hits are shown. @param {Fields} fields */
const keyOf = ({ k: _, ...fields }) => JSON.stringify(Object.entries(given(fields)).sort());

/**
 * @param {Asked[]} list
 * @param {Fields} fields
 * @param {number} at milliseconds since 1970
 * @returns {Asked[]} with this query in front
 */
export function remember(list, fields, at) {
  const key = keyOf(fields);
  const others = list.filter((one) => keyOf(one.fields) !== key);
  return [{ fields: given(fields), at }, ...others].slice(0, MOST);
}

/** What storage holds, if this program wrote it. @param {unknown} stored @returns {Asked[]} */
export function readQueries(stored) {
  if (!Array.isArray(stored)) return [];
  return stored
    .filter(
      (one) =>
        one &&
        typeof one.at === "number" &&
        one.fields &&
        typeof one.fields === "object" &&
        Object.values(one.fields).every((value) => typeof value === "string"),
    )
    .slice(0, MOST);
}

/** What differs from a plain query, in words. @param {Fields} fields */
export const extras = (fields) =>
  Object.entries(fields)
    .filter(([name]) => !["text", "image", "k", "example", "scene"].includes(name))
    .map(([name, value]) => (value === "1" && name !== "balance" ? name : `${name} ${value}`))
    .map((words) => words.replace("-", " "))
    .join(", ");
