// What Retrieve shows, as one value. Only the answer to the query that stands is ever shown.

import { asksLink, chosen, needsPicture, needsWords, PLAIN } from "./asks.js";
import { answered, explored } from "./explore_state.js";

/** @typedef {import("./asks").Asks} Asks */
/** @typedef {import("../../web/types").PictureView} PictureView */
/** @typedef {import("../../web/types").SearchAnswer} SearchAnswer */
/** @typedef {import("../../web/types").RetrieveBoot} RetrieveBoot */
/** @typedef {import("../../web/types").EngineStatus} EngineStatus */
/** @typedef {import("../../web/types").ExampleView} ExampleView */
/** @typedef {import("../../web/types").HitView} HitView */
/**
 * The picture that a query starts from: of the gallery (`image`) or uploaded (`upload`).
 *
 * @typedef {object} Reference
 * @property {string} image
 * @property {string} upload
 * @property {PictureView} picture
 * @property {string} note
 * @property {string} problem why nothing is known of a body in an upload, and what to do
 * @property {import("../../web/types").PersonView[]} people whose joints are known, of an upload
 * @property {number} person which of them is meant, from 1
 */
/**
 * @typedef {object} State
 * @property {RetrieveBoot | null} boot what the server said first; null until then
 * @property {EngineStatus | null} status how far the model is
 * @property {Reference | null} reference
 * @property {string} text what should change
 * @property {number} k pictures to show
 * @property {number | null} scene 0 to 1, how far the same place and person count; null is as the
 *   gallery needs it
 * @property {boolean} bones the skeleton lies over the visitor's own picture
 * @property {string} pair of a worked example, "" without one
 * @property {SearchAnswer | null} answer to the query that stands, or the one before while `busy`
 * @property {boolean} busy a query is being answered
 * @property {string} problem why there is no answer
 * @property {{ name: string, looking: boolean } | null} uploading the file that is being sent, or
 *   looked at by the server
 * @property {string} refused why a picture was not taken
 * @property {boolean} camera the camera is on
 * @property {string[] | null} changes that fit the reference; null while that is not known
 * @property {Reference[]} earlier references, the newest last: the way back
 * @property {import("../../web/types").GalleryJointsView | null} joints of the gallery's pictures
 * @property {HitView | null} enlarged the hit that is shown large
 * @property {Asks} asks how the query is asked, beside picture and words
 * @property {import("../../web/types").FiltersView | null} filters what pictures can be filtered by
 * @property {Explained | null} explained what each clause does, for a hit or (`hit` "") the query
 * @property {Paired | null} paired reference and hit side by side
 * @property {boolean} told what changes between them is shown
 * @property {boolean} skeletons the skeletons are drawn over them
 * @property {import("../../web/types").ShelfView | null} shelf what can be opened
 * @property {Second | null} second another checkpoint that is asked the same
 */
/** @typedef {import("../../web/types").ExplainAnswer} ExplainAnswer */
/** @typedef {import("../../web/types").HitPairAnswer} HitPairAnswer */
/** @typedef {{ name: string, answer: SearchAnswer | null, problem: string }} Second */
/** @typedef {{ hit: string, answer: ExplainAnswer | null, problem: string }} Explained */
/** @typedef {{ hit: string, answer: HitPairAnswer | null, problem: string }} Paired */

/**
 * @typedef {{ kind: "opened", boot: RetrieveBoot }
 *   | { kind: "status", status: EngineStatus }
 *   | { kind: "examples", examples: RetrieveBoot["examples"] }
 *   | { kind: "more", references: RetrieveBoot["references"] }
 *   | { kind: "chose", reference: Reference, pair?: string, text?: string }
 *   | { kind: "typed", text: string }
 *   | { kind: "k", k: number }
 *   | { kind: "scene", scene: number }
 *   | { kind: "person", person: number }
 *   | { kind: "bones" }
 *   | { kind: "went", reference: Reference | null, text: string, k: number, scene: number | null,
 *       pair: string, asks: Asks }
 *   | { kind: "asked" }
 *   | { kind: "answered", answer: SearchAnswer }
 *   | { kind: "failed", problem: string }
 *   | { kind: "uploading", name: string, looking: boolean }
 *   | { kind: "refused", problem: string }
 *   | { kind: "camera", on: boolean }
 *   | { kind: "changes", of: Reference, changes: string[] }
 *   | { kind: "joints", joints: State["joints"] }
 *   | { kind: "back" }
 *   | { kind: "asks", asks: Partial<Asks> }
 *   | { kind: "plain" }
 *   | { kind: "flipped", text: string }
 *   | { kind: "filters", filters: State["filters"] }
 *   | { kind: "appended", to: SearchAnswer, answer: SearchAnswer }
 *   | { kind: "explained", explained: Explained }
 *   | { kind: "paired", paired: Paired }
 *   | { kind: "told" }
 *   | { kind: "skeletons" }
 *   | { kind: "shelf", shelf: State["shelf"] }
 *   | { kind: "second", second: Second | null }
 *   | { kind: "said", problem: string }
 *   | { kind: "enlarge", hit: HitView | null }} Event
 */

export const DEFAULT_K = 12;

/** References that one can go back to. */
const EARLIER = 20;

/** @type {State} */
export const INITIAL = {
  boot: null,
  status: null,
  reference: null,
  text: "",
  k: DEFAULT_K,
  scene: null,
  bones: true,
  pair: "",
  answer: null,
  busy: false,
  problem: "",
  uploading: null,
  refused: "",
  camera: false,
  changes: null,
  earlier: [],
  joints: null,
  enlarged: null,
  asks: PLAIN,
  filters: null,
  explained: null,
  paired: null,
  told: false,
  skeletons: false,
  shelf: null,
  second: null,
};

/** @param {PictureView} picture of the dataset or the gallery @returns {Reference} */
export const fromGallery = (picture) => ({
  image: picture.id,
  upload: "",
  picture,
  note: picture.origin,
  problem: "",
  people: [],
  person: 1,
});

/** @param {import("../../web/types").UploadView} upload @returns {Reference} */
export const fromUpload = ({ path, picture, note, problem, people }) => ({
  image: "",
  upload: path,
  picture,
  note,
  problem,
  people,
  person: 1,
});

/** Whether the slider for the same place and person does anything. @param {State} state */
export const sceneCounts = ({ status, reference }) =>
  status?.state === "ready" && reference !== null;

/**
 * Which of its faces the tab shows.
 *
 * @param {State} state
 * @returns {"opening" | "missing" | "empty" | "unreferenced" | "loading" | "query"}
 */
export function face({ boot, status, text, reference, asks }) {
  if (!boot || !status) return "opening";
  if (status.state !== "loading" && status.state !== "ready") return "missing";
  if (needsWords(asks) && !text.trim()) return "empty";
  if (needsPicture(asks) && !reference) return "unreferenced";
  return status.state === "loading" ? "loading" : "query";
}

/**
 * The query that stands, or null where there is nothing to ask.
 *
 * @param {State} state
 */
export function queryOf(state) {
  const { text, k, scene, pair, asks } = state;
  if (face(state) !== "query") return null;
  if (!needsPicture(asks)) return { text, k, pair, ...chosen(asks) };
  if (!state.reference) return null;
  const { image, upload, person } = state.reference;
  return { text, image, upload, person, k, scene, pair, ...chosen(asks) };
}

/**
 * What a link to this query says. An uploaded picture cannot be linked.
 *
 * @param {State} state
 * @returns {Record<string, string>}
 */
export const linkOf = ({ text, reference, k, scene, pair, asks }) => ({
  text: text.trim() && text,
  image: reference?.image ?? "",
  k: k === DEFAULT_K ? "" : String(k),
  scene: scene === null ? "" : String(scene),
  example: pair,
  ...asksLink(asks),
});

/**
 * What a link says of a query, but for its picture.
 *
 * @param {Record<string, string>} fields of the address
 * @param {number} [most] pictures that can be shown
 */
export const readLink = ({ text = "", k = "", scene = "", example = "" }, most = DEFAULT_K) => ({
  text,
  k: Math.max(1, Math.min(most, Number.parseInt(k, 10) || DEFAULT_K)),
  scene: Number.isNaN(Number.parseFloat(scene))
    ? null
    : Math.max(0, Math.min(1, Number.parseFloat(scene))),
  pair: example,
});

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  const next = withReference(changed(state, event), state, event);
  // An answer stays only while its query stands, or while a newer one is on its way.
  if (next === state || face(next) === "query") return next;
  return { ...next, answer: null, explained: null, busy: false, problem: "" };
}

/**
 * What goes with the reference goes with it: the changes that fit it, and the hit that is large.
 * Every reference but the one that is come back from is remembered.
 *
 * @param {State} next
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
function withReference(next, state, event) {
  if (next.reference === state.reference) return next;
  const same = next.reference && state.reference && sameReference(next.reference, state.reference);
  if (same) return next;
  const left = event.kind === "back" ? null : state.reference;
  const earlier = left ? [...state.earlier, left].slice(-EARLIER) : next.earlier;
  const asks = event.kind === "went" ? next.asks : { ...next.asks, mirrored: false };
  return { ...next, changes: null, enlarged: null, earlier, asks };
}

/** @param {Reference} one @param {Reference} other */
const sameReference = (one, other) => one.image === other.image && one.upload === other.upload;

/** @param {State} state @param {Event} event @returns {State} */
function changed(state, event) {
  switch (event.kind) {
    case "opened":
      return { ...state, boot: event.boot, status: event.boot.status };
    case "status":
      return { ...state, status: event.status };
    case "examples":
      return state.boot ? { ...state, boot: { ...state.boot, examples: event.examples } } : state;
    case "more":
      return state.boot ? { ...state, boot: withMore(state.boot, event.references) } : state;
    case "chose":
      return chose(state, event);
    case "typed":
      return { ...state, text: event.text, pair: "" };
    case "k":
      return { ...state, k: event.k };
    case "scene":
      return { ...state, scene: event.scene };
    case "person":
      return withPerson(state, event.person);
    case "bones":
      return { ...state, bones: !state.bones };
    case "went":
      return { ...state, ...event };
    case "asked":
      return { ...state, busy: true, problem: "" };
    case "answered":
      return answered(state, event.answer);
    case "changes":
      return event.of === state.reference ? { ...state, changes: event.changes } : state;
    case "back": {
      const reference = state.earlier.at(-1);
      if (!reference) return state;
      return { ...state, reference, pair: "", earlier: state.earlier.slice(0, -1) };
    }
    case "joints":
      return { ...state, joints: event.joints };
    case "failed":
      return { ...state, busy: false, answer: null, problem: event.problem };
    default:
      return explored(state, event) ?? pictureTaken(state, event);
  }
}

/** Another person of the same picture is meant. @param {State} state @param {number} person */
function withPerson(state, person) {
  const { reference } = state;
  if (!reference?.people.some(({ number }) => number === person)) return state;
  if (reference.person === person) return state;
  return { ...state, reference: { ...reference, person }, changes: null, enlarged: null };
}

/** @param {State} state @param {Event & { kind: "chose" }} event @returns {State} */
const chose = (state, { reference, pair = "", text = state.text }) => ({
  ...state,
  reference,
  pair,
  text,
  asks: pair ? PLAIN : state.asks, // the target of a worked example is known of a plain query
  refused: "",
  uploading: null,
});

/** @param {State} state @param {Event} event @returns {State} */
function pictureTaken(state, event) {
  switch (event.kind) {
    case "uploading":
      return { ...state, uploading: { name: event.name, looking: event.looking }, refused: "" };
    case "refused":
      return { ...state, uploading: null, refused: event.problem, camera: false };
    case "camera":
      return { ...state, camera: event.on, refused: "" };
    default:
      return state;
  }
}

/** @param {RetrieveBoot} boot @param {RetrieveBoot["references"]} page @returns {RetrieveBoot} */
function withMore(boot, page) {
  const known = boot.references.pictures;
  if (page.offset !== known.length) return boot; // asked for twice
  const pictures = [...known, ...page.pictures];
  return { ...boot, references: { ...page, offset: 0, pictures } };
}
