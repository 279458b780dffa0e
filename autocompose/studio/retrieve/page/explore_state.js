// What exploring changes in the state of Retrieve: how it is asked, further hits, explanations.
import { PLAIN } from "./asks.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */
/** @typedef {import("./state").SearchAnswer} SearchAnswer */

/**
 * The state after an event of this module; null where the event is another module's.
 *
 * @param {State} state
 * @param {Event} event
 * @returns {State | null}
 */
export function explored(state, event) {
  switch (event.kind) {
    case "asks":
      return { ...state, asks: { ...state.asks, ...event.asks } };
    case "plain":
      return { ...state, asks: { ...PLAIN, balance: state.asks.balance } };
    case "flipped":
      return {
        ...state,
        text: event.text,
        pair: "",
        asks: { ...state.asks, mirrored: !state.asks.mirrored },
      };
    case "filters":
      return { ...state, filters: event.filters };
    case "appended":
      return event.to === state.answer ? withHits(state, event.to, event.answer) : state;
    case "enlarge":
      return { ...state, enlarged: event.hit, ...(event.hit ? { told: false } : {}) };
    case "said":
      return { ...state, problem: event.problem };
    default:
      return aside(state, event);
  }
}

/** @param {State} state @param {Event} event @returns {State | null} */
function aside(state, event) {
  switch (event.kind) {
    case "explained":
      return { ...state, explained: event.explained };
    case "paired":
      return { ...state, paired: event.paired };
    case "told":
      return { ...state, told: true };
    case "skeletons":
      return { ...state, skeletons: !state.skeletons };
    case "shelf":
      return { ...state, shelf: event.shelf };
    case "second":
      return { ...state, second: event.second };
    default:
      return null;
  }
}

/** @param {State} state @param {SearchAnswer} to @param {SearchAnswer} more @returns {State} */
function withHits(state, to, more) {
  const hits = [...to.hits, ...more.hits];
  return { ...state, answer: { ...to, hits }, k: Math.max(state.k, hits.length) };
}

/**
 * A new answer takes what was said of the old one with it.
 *
 * @param {State} state
 * @param {SearchAnswer} answer
 * @returns {State}
 */
export const answered = (state, answer) => ({
  ...state,
  busy: false,
  answer,
  status: answer.status,
  explained: null,
  paired: null,
});
