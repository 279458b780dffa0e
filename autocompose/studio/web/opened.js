// What this visitor has opened in place of what the operator shows: names in the address, so that a
// link shows the same, and no other visitor sees a change.

/** @typedef {"dataset" | "split" | "checkpoint" | "gallery"} Shelf */
/** @typedef {Partial<Record<Shelf, string>>} Open */

/** @type {Shelf[]} */
export const SHELVES = ["dataset", "split", "checkpoint", "gallery"];

/** The tabs leave fields with two underscores alone. @param {string} name */
const field = (name) => `__${name}`;

/** @param {string} search the query part of an address @returns {Open} */
export function readOpen(search) {
  const fields = new URLSearchParams(search);
  const given = SHELVES.map((name) => [name, fields.get(field(name)) ?? ""]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/**
 * The address that opens something else: what is chosen in the tabs does not go with it.
 *
 * @param {string} search the query part of the address now
 * @param {Open} open
 */
export function openLink(search, open) {
  const fields = new URLSearchParams();
  const theme = new URLSearchParams(search).get("__theme");
  if (theme) fields.set("__theme", theme);
  for (const name of SHELVES) {
    const value = open[name];
    if (value) fields.set(field(name), value);
  }
  return `?${fields}`;
}

/** What this page has opened. @returns {Open} */
export const openNow = () => (typeof location === "undefined" ? {} : readOpen(location.search));
