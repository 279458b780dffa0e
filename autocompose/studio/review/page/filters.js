// Filters: what each can be set to, which are on, and what to say when nothing is left.

/** @typedef {import("../../web/types").ReviewBoot} Boot */
/** @typedef {import("../../web/types").Choices} Choices */
/** @typedef {import("../../web/types").Emptiness} Emptiness */
/** @typedef {Record<string, string>} Filters */
/** @typedef {[value: string, shown: string]} Option */
/** @typedef {{ name: string, label: string, all: string, options: Option[] | null }} Filter */
/** @typedef {Filter & { value: string, shown: string }} Active */

/** @param {string[]} values @returns {Option[]} */
const plain = (values) => values.map((value) => [value, value]);

const CLAIMS = plain(["contradicted", "unknown", "supported"]);
/** @type {Option[]} */
const VERDICTS = [...plain(["skipped", "accepted", "rejected"]), ["any", "any verdict"]];
/** @type {Option[]} */
const STATES = [
  ["flagged", "flagged"],
  ["edited", "edited"],
  ["conflicted", "in conflict"],
  ["stale", "stale"],
];

/** @param {Boot} boot @param {Choices} choices @returns {Filter[]} */
export function filterList({ views, sources, parts }, choices) {
  const filter = (
    /** @type {[string, string, string, Option[] | null]} */ [name, label, all, options],
  ) => ({
    name,
    label,
    all,
    options,
  });
  return /** @type {[string, string, string, Option[] | null][]} */ ([
    ["dataset", "Dataset", "All datasets", plain(choices.datasets)],
    ["split", "Split", "All splits", plain(choices.splits)],
    ["view", "View", "All views", plain(views)],
    ["source", "Source", "All sources", plain(sources)],
    ["model", "Model", "All models", plain(choices.models)],
    ["part", "Part", "All parts", parts.map(({ part, label }) => [part, label])],
    ["claim_verdict", "Claims", "All claims", CLAIMS],
    ["verdict", "Verdict", "Waiting", VERDICTS],
    ["by", "Reviewer", "All reviewers", plain(choices.reviewers)],
    ["state", "State", "Any state", STATES],
    ["text", "Text", "", null],
  ]).map(filter);
}

/** @param {Filter[]} list @param {Filters} filters @returns {Active[]} */
export const activeFilters = (list, filters) =>
  list
    .filter(({ name }) => filters[name])
    .map((filter) => {
      const value = filters[filter.name];
      const found = filter.options?.find(([option]) => option === value);
      return { ...filter, value, shown: `${filter.label}: ${found ? found[1] : value}` };
    });

/**
 * Decided descriptions are looked at in a list, which nobody holds; what waits is handed out to one
 * page at a time.
 *
 * @param {Filters} filters
 */
export const isList = (filters) => Boolean(filters.verdict);

/**
 * Filters after a change; a reviewer's work is looked at whatever they decided.
 *
 * @param {Filters} filters
 * @param {Filters} changes
 */
export function changedFilters(filters, changes) {
  const all = { ...filters, ...changes };
  return all.by && !all.verdict ? { ...all, verdict: "any" } : all;
}

/** The page's name of a field that the server counts by. @type {Record<string, string>} */
const FIELD = {
  reviewer: "by",
  flagged: "state",
  edited: "state",
  conflicted: "state",
  stale: "state",
};

/**
 * The filters without which there would be something, and how much.
 *
 * @param {Emptiness} why
 * @param {Active[]} active
 */
export const hidingFilters = (why, active) =>
  why.without.flatMap(({ name, count }) => {
    const filter = active.find((one) => one.name === (FIELD[name] ?? name));
    return count && filter ? [{ count, filter }] : [];
  });

/** @param {number} n */
export const counted = (n) => `${n} ${n === 1 ? "description" : "descriptions"}`;
