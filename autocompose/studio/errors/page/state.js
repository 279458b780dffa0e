// What Errors shows, as one value.
import { byRank, NO_FILTERS, subsetOf } from "./subset.js";

/** @typedef {import("../../web/types").ErrorsBoot} ErrorsBoot */
/** @typedef {import("../../web/types").RunAnswer} RunAnswer */
/** @typedef {import("../../web/types").ErrorCase} ErrorCase */
/** @typedef {import("../../web/types").ErrorJobView} ErrorJobView */
/** @typedef {import("../../web/types").CorrectionView} CorrectionView */
/** @typedef {import("../../web/types").ReviewCase} ReviewCase */
/** @typedef {import("../../web/types").RunComparison} RunComparison */
/** @typedef {import("./subset").Filters} Filters */
/** @typedef {import("./subset").Facet} Facet */
/**
 * @typedef {object} Form
 * @property {string} checkpoint
 * @property {string} split
 * @property {string} key
 * @property {string} joints
 * @property {number} beyond
 */
/** @typedef {"" | "map" | "alike" | "compare" | "skipped"} Panel */
/**
 * @typedef {object} State
 * @property {ErrorsBoot | null} boot what the server said first
 * @property {Form} form of the evaluation that can be started
 * @property {ErrorJobView | null} job the evaluation that runs, or the last one
 * @property {RunAnswer | null} run the run that is open
 * @property {Int32Array} order its rows by rank
 * @property {string} opening id of the run that is being opened
 * @property {string} problem why something did not work
 * @property {Filters} filters of the subset
 * @property {Set<number> | null} lasso rows inside it
 * @property {number} cause place of the cause that the list shows; -1 for all
 * @property {boolean} all the list shows found queries too
 * @property {"" | "fixed" | "broken"} changed the list shows what a comparison found
 * @property {number} at the row that is chosen; -1 without one
 * @property {ErrorCase | null} detail of the chosen row
 * @property {Record<string, CorrectionView>} corrections by query
 * @property {Record<string, ReviewCase>} cases by query
 * @property {import("../../web/types").LiveRank | null} now where the case's target is now
 * @property {string} said what was done last, for screen readers and the eye
 * @property {Panel} panel what is open beside the list
 * @property {RunComparison | null} comparison
 * @property {string} against id of the run that is compared with
 */
/**
 * @typedef {{ kind: "opened", boot: ErrorsBoot }
 *   | { kind: "form", fields: Partial<Form> }
 *   | { kind: "job", job: ErrorJobView | null, runs: ErrorsBoot["runs"] }
 *   | { kind: "opening", run: string }
 *   | { kind: "run", run: RunAnswer }
 *   | { kind: "problem", words: string }
 *   | { kind: "filter", fields: Partial<Filters> }
 *   | { kind: "lasso", rows: Set<number> | null }
 *   | { kind: "cause", at: number }
 *   | { kind: "all", on: boolean }
 *   | { kind: "changed", which: State["changed"] }
 *   | { kind: "chose", at: number }
 *   | { kind: "detail", detail: ErrorCase }
 *   | { kind: "corrected", correction: CorrectionView }
 *   | { kind: "sent", query: string, found: ReviewCase }
 *   | { kind: "now", query: string, rank: State["now"] }
 *   | { kind: "said", words: string }
 *   | { kind: "panel", panel: Panel }
 *   | { kind: "compared", comparison: RunComparison | null, against: string }} Event
 */

/** @type {State} */
export const INITIAL = {
  boot: null,
  form: { checkpoint: "", split: "", key: "", joints: "known", beyond: 10 },
  job: null,
  run: null,
  order: new Int32Array(),
  opening: "",
  problem: "",
  filters: NO_FILTERS,
  lasso: null,
  cause: -1,
  all: false,
  changed: "",
  at: -1,
  detail: null,
  corrections: {},
  cases: {},
  now: null,
  said: "",
  panel: "",
  comparison: null,
  against: "",
};

/** @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  switch (event.kind) {
    case "opened":
      return { ...state, boot: event.boot, job: event.boot.job, form: firstForm(event.boot) };
    case "form":
      return { ...state, form: settled({ ...state.form, ...event.fields }, state.boot) };
    case "job":
      return {
        ...state,
        job: event.job,
        boot: state.boot ? { ...state.boot, runs: event.runs } : null,
      };
    case "opening":
      return { ...state, opening: event.run, problem: "" };
    case "run":
      return withRun(state, event.run);
    case "problem":
      return { ...state, problem: event.words, opening: "" };
    default:
      return inRun(state, event);
  }
}

/** @param {State} state @param {Event} event @returns {State} */
function inRun(state, event) {
  switch (event.kind) {
    case "filter":
      return { ...state, filters: { ...state.filters, ...event.fields } };
    case "lasso":
      return { ...state, lasso: event.rows };
    case "cause":
      return { ...state, cause: event.at };
    case "all":
      return { ...state, all: event.on };
    case "changed":
      return { ...state, changed: event.which };
    case "panel":
      return { ...state, panel: event.panel };
    case "compared":
      return { ...state, comparison: event.comparison, against: event.against, changed: "" };
    default:
      return inCase(state, event);
  }
}

/** @param {State} state @param {Event} event @returns {State} */
function inCase(state, event) {
  switch (event.kind) {
    case "chose":
      return event.at === state.at
        ? state
        : { ...state, at: event.at, detail: null, now: null, said: "", problem: "" };
    case "detail":
      return isChosen(state, event.detail.query) ? { ...state, detail: event.detail } : state;
    case "corrected": {
      const { [event.correction.query]: _, ...others } = state.corrections;
      const corrections = event.correction.cause
        ? { ...others, [event.correction.query]: event.correction }
        : others;
      return { ...state, corrections };
    }
    case "sent":
      return { ...state, cases: { ...state.cases, [event.query]: event.found } };
    case "now":
      return isChosen(state, event.query) ? { ...state, now: event.rank } : state;
    case "said":
      return { ...state, said: event.words };
    default:
      return state;
  }
}

/** @param {State} state @param {string} query */
const isChosen = ({ run, at }, query) => run !== null && run.rows.id[at] === query;

/** @param {ErrorsBoot} boot @returns {Form} */
const firstForm = (boot) => {
  const joints = boot.dataset.state === "no_joints" ? "none" : INITIAL.form.joints;
  return settled({ ...INITIAL.form, joints, checkpoint: boot.checkpoints[0] ?? "" }, boot);
};

/** A split and a key that there are. @param {Form} form @param {ErrorsBoot | null} boot */
function settled(form, boot) {
  const split = boot?.splits.find(({ name }) => name === form.split) ?? boot?.splits[0];
  if (!split) return form;
  const key = split.keys.includes(form.key) ? form.key : (split.keys[0] ?? "");
  return { ...form, split: split.name, key };
}

/** @param {State} state @param {RunAnswer} run @returns {State} */
function withRun(state, run) {
  const order = byRank(run.rows);
  return {
    ...INITIAL,
    boot: state.boot,
    form: state.form,
    job: state.job,
    panel: run.places.length || state.panel !== "map" ? state.panel : "",
    run,
    order,
    corrections: Object.fromEntries(run.corrections.map((one) => [one.query, one])),
    cases: Object.fromEntries(run.cases),
  };
}

/** The cause of a row, corrected by hand or computed; -1 where it is no failure. */
export function causeOf(/** @type {State} */ { run, boot, corrections }, /** @type {number} */ i) {
  if (!run) return -1;
  const seen = corrections[run.rows.id[i]];
  if (!seen) return run.rows.cause[i];
  return boot?.causes.findIndex(({ cause }) => cause === seen.cause) ?? -1;
}

/**
 * A function of some fields of the state, that is run again only when one of them changed.
 *
 * @template T
 * @param {(state: State) => unknown[]} fields
 * @param {(state: State) => T} work
 * @returns {(state: State) => T}
 */
function remembered(fields, work) {
  /** @type {unknown[]} */
  let before = [];
  /** @type {T} */
  let found;
  return (state) => {
    const now = fields(state);
    if (now.length !== before.length || now.some((one, i) => one !== before[i])) {
      found = work(state);
      before = now;
    }
    return found;
  };
}

/** The rows of the subset, by rank. */
export const subset = remembered(
  ({ run, filters, lasso }) => [run, filters, lasso],
  ({ run, order, filters, lasso }) => (run ? subsetOf(run.rows, order, filters, lasso) : []),
);

/** How many failures of the subset each cause has. */
export const causeCounts = remembered(
  (state) => [subset(state), state.corrections],
  (state) => {
    const counts = (state.boot?.causes ?? []).map(() => 0);
    for (const i of subset(state)) {
      const cause = causeOf(state, i);
      if (cause >= 0) counts[cause]++;
    }
    return counts;
  },
);

/** The rows that the list shows: failures of the subset by rank, or what else was asked for. */
export const listed = remembered(
  (state) => [
    subset(state),
    state.corrections,
    state.cause,
    state.all,
    state.changed,
    state.comparison,
  ],
  (state) => {
    const { run, comparison, changed } = state;
    if (!run) return [];
    if (changed && comparison) {
      const wanted = new Set(comparison[changed]);
      return subset(state).filter((i) => wanted.has(run.rows.id[i]));
    }
    if (state.cause >= 0) return subset(state).filter((i) => causeOf(state, i) === state.cause);
    return state.all ? subset(state) : subset(state).filter((i) => run.rows.cause[i] >= 0);
  },
);

/** What a link to this view says. @param {State} state @returns {Record<string, string>} */
export const linkOf = ({ run, at, filters, cause, boot, all }) => ({
  run: run?.id ?? "",
  query: run && at >= 0 ? run.rows.id[at] : "",
  cause: cause >= 0 ? (boot?.causes[cause]?.key ?? "") : "",
  found: all ? "1" : "",
  ...filters,
});
