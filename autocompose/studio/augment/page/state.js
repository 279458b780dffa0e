// What Augment shows, as one value.
import { withPage } from "../../web/pair_strip.js";

/** @typedef {import("../../web/types").StripView} StripView */
/** @typedef {import("../../web/types").AugmentAnswer} AugmentAnswer */
/** @typedef {import("../../web/types").MirrorDifference} MirrorDifference */
/** @typedef {import("../../web/types").CellView} CellView */
/**
 * The two texts that are compared; `shown` is the answer to exactly these.
 *
 * @typedef {object} Comparison
 * @property {"forward" | "reverse"} view
 * @property {string} text about the pair
 * @property {string} generated about its mirror image
 * @property {MirrorDifference | null} shown
 * @property {string} problem
 */
/**
 * @typedef {object} State
 * @property {StripView | null} strip null until the server has answered
 * @property {string} pair the chosen one
 * @property {number} seed of the phrasings
 * @property {AugmentAnswer | null} answer
 * @property {boolean} busy
 * @property {boolean} bones skeletons are drawn over the pictures
 * @property {{ kind: "quiet" | "error", words: string } | null} notice
 * @property {Comparison} comparison
 */
/**
 * @typedef {{ kind: "opened", strip: StripView }
 *   | { kind: "more", page: StripView }
 *   | { kind: "noticed", notice: State["notice"] }
 *   | { kind: "picked", pair: string }
 *   | { kind: "rephrase" }
 *   | { kind: "bones" }
 *   | { kind: "answered", answer: AugmentAnswer }
 *   | { kind: "compare", view: "forward" | "reverse" }
 *   | { kind: "edited", text?: string, generated?: string }
 *   | { kind: "compared", shown: MirrorDifference }
 *   | { kind: "refused", problem: string }} Event
 */

/** @type {State} */
export const INITIAL = {
  strip: null,
  pair: "",
  seed: 0,
  answer: null,
  busy: false,
  bones: false,
  notice: null,
  comparison: { view: "forward", text: "", generated: "", shown: null, problem: "" },
};

/** @param {CellView | undefined} cell */
export const textOf = (cell) => cell?.words.map((run) => run.text).join(" ") ?? "";

/** @param {CellView[]} cells @param {"forward" | "reverse"} view @returns {Comparison} */
function compare(cells, view) {
  const mirror = view === "forward" ? "mirror" : "mirror-reverse";
  const text = (/** @type {string} */ name) => textOf(cells.find((cell) => cell.view === name));
  return { view, text: text(view), generated: text(mirror), shown: null, problem: "" };
}

/** @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  switch (event.kind) {
    case "opened":
      return { ...state, strip: event.strip, notice: null };
    case "more":
      return state.strip ? { ...state, strip: withPage(state.strip, event.page) } : state;
    case "noticed":
      return { ...state, notice: event.notice, busy: false };
    case "picked":
      return event.pair === state.pair
        ? state
        : { ...state, pair: event.pair, seed: 0, busy: true };
    case "rephrase":
      return { ...state, seed: state.seed + 1, busy: true };
    case "bones":
      return { ...state, bones: !state.bones };
    case "answered": {
      const comparison = compare(event.answer.cells, state.comparison.view);
      return { ...state, answer: event.answer, busy: false, notice: null, comparison };
    }
    default:
      return { ...state, comparison: compared(state, event) };
  }
}

/**
 * @param {State} state
 * @param {Extract<Event, { kind: "compare" | "edited" | "compared" | "refused" }>} event
 * @returns {Comparison}
 */
function compared({ comparison, answer }, event) {
  switch (event.kind) {
    case "compare":
      return compare(answer?.cells ?? [], event.view);
    case "edited": {
      const { text = comparison.text, generated = comparison.generated } = event;
      return { ...comparison, text, generated };
    }
    case "compared":
      return { ...comparison, shown: event.shown, problem: "" };
    case "refused":
      return { ...comparison, shown: null, problem: event.problem };
  }
}
