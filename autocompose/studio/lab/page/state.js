// What the Pose lab shows, as one value. Only answers to the wish that stands are ever shown.

/** @typedef {import("../../web/types").LabBoot} LabBoot */
/** @typedef {import("../../web/types").LabAnswer} LabAnswer */
/** @typedef {import("../../web/types").LabHits} LabHits */
/** @typedef {import("../../web/types").WaysAnswer} WaysAnswer */
/** @typedef {import("../../web/types").PictureView} PictureView */
/** @typedef {import("../../web/types").PersonView} PersonView */
/** @typedef {import("../../web/types").SpaceBody} SpaceBody */
/** @typedef {import("../../web/types").TouchAnswer} TouchAnswer */
/** @typedef {"standing" | "image" | "upload" | "motion" | "joints"} StartKind */
/**
 * The pose that a wish starts from.
 *
 * @typedef {object} Start
 * @property {StartKind} kind
 * @property {string} id of a picture of the gallery, or the path of a file on the server
 * @property {string} name as the visitor calls it
 * @property {number} number which person, from 1, or which frame, from 0
 * @property {PictureView | null} picture
 * @property {PersonView[]} people of an upload
 * @property {number} frames of a motion
 * @property {import("./space").Place[] | null} joints of an earlier answer
 * @property {string} note
 */
/**
 * @typedef {object} State
 * @property {LabBoot | null} boot what the server said first; null until then
 * @property {string} noModel why nothing can be drawn, and what to do
 * @property {Start} start
 * @property {SpaceBody | null} body the start, or the one before until it is known
 * @property {string} text the wish
 * @property {boolean} does the words say what somebody does, not how the body looks
 * @property {WaysAnswer | null} acts bodies for what somebody does
 * @property {Record<string, PictureView>} limbs limb -> the picture that it is taken from
 * @property {string} limb that the next picture is chosen for; "" when none is chosen
 * @property {boolean} keep limbs that the words leave alone stay as they are
 * @property {boolean} polish limbs are turned until the words are true
 * @property {LabAnswer | null} answer to the wish that stands, or the one before while `busy`
 * @property {boolean} busy a body is being drawn
 * @property {boolean} byHand joints of the start can be dragged
 * @property {string} problem why there is no answer, or no start
 * @property {LabHits | null} hits pictures like the answer
 * @property {boolean} finding
 * @property {string} notFound why no picture was found
 * @property {string} sending the file that is on its way
 * @property {boolean} codes the numbers of the tokenizer are shown
 * @property {string[]} regions that can touch; none where the server knows of no touches
 * @property {string[]} touches pairs that the visitor has chosen, with a colon between
 * @property {TouchAnswer | null} touched the body on which they touch
 * @property {boolean} touching
 * @property {string} noTouch why nothing was brought together
 */

/** @type {Start} */
export const STANDING = {
  kind: "standing",
  id: "",
  name: "",
  number: 0,
  picture: null,
  people: [],
  frames: 0,
  joints: null,
  note: "",
};

/** @type {State} */
export const INITIAL = {
  boot: null,
  noModel: "",
  start: STANDING,
  body: null,
  text: "",
  does: false,
  acts: null,
  limbs: {},
  limb: "",
  keep: true,
  polish: true,
  answer: null,
  busy: false,
  byHand: false,
  problem: "",
  hits: null,
  finding: false,
  notFound: "",
  sending: "",
  codes: false,
  regions: [],
  touches: [],
  touched: null,
  touching: false,
  noTouch: "",
};

/**
 * @typedef {{ kind: "opened", boot: LabBoot }
 *   | { kind: "more", strip: LabBoot["strip"] }
 *   | { kind: "started", start: Start }
 *   | { kind: "number", number: number }
 *   | { kind: "body", of: Start, body: SpaceBody, picture: PictureView | null }
 *   | { kind: "lost", problem: string }
 *   | { kind: "typed", text: string }
 *   | { kind: "switched", name: "keep" | "polish" | "codes" | "byHand" }
 *   | { kind: "does", does: boolean, text?: string }
 *   | { kind: "acted", acts: WaysAnswer }
 *   | { kind: "limb", limb: string }
 *   | { kind: "took", picture: PictureView }
 *   | { kind: "gave", limb: string }
 *   | { kind: "went", start: Start, text: string, does: boolean, keep: boolean, polish: boolean }
 *   | { kind: "asked" }
 *   | { kind: "answered", answer: LabAnswer }
 *   | { kind: "failed", problem: string }
 *   | { kind: "no model", problem: string }
 *   | { kind: "sending", name: string }
 *   | { kind: "refused", problem: string }
 *   | { kind: "regions", regions: string[] }
 *   | { kind: "touch", pair: string }
 *   | { kind: "touching" }
 *   | { kind: "touched", touched: TouchAnswer }
 *   | { kind: "untouch" }
 *   | { kind: "not touched", problem: string }
 *   | { kind: "finding" }
 *   | { kind: "found", hits: LabHits }
 *   | { kind: "not found", problem: string }} Event
 */

/** @param {PictureView} picture @returns {Start} */
export const fromPicture = (picture) => ({
  ...STANDING,
  kind: "image",
  id: picture.id,
  name: picture.id,
  picture,
});

/** @param {import("../../web/types").UploadView} upload @returns {Start} */
export const fromPhoto = ({ path, picture, people, note, problem }) => ({
  ...STANDING,
  kind: "upload",
  id: path,
  name: picture.caption,
  number: 1,
  picture,
  people,
  note: problem || note,
});

/** @param {import("../../web/types").MotionView} motion @returns {Start} */
export const fromMotion = ({ path, name, frames, note }) => ({
  ...STANDING,
  kind: "motion",
  id: path,
  name,
  number: Math.floor((frames - 1) / 2),
  frames,
  note,
});

/** @param {{ after: SpaceBody }} answer @returns {Start} */
export const fromAnswer = ({ after }) => ({
  ...STANDING,
  kind: "joints",
  name: "The new body of before",
  joints: after.joints,
});

/** @param {import("./space").Place[]} joints that somebody has moved @returns {Start} */
export const fromHand = (joints) => ({
  ...STANDING,
  kind: "joints",
  name: "A body moved by hand",
  joints,
});

/** A start in the form the server reads. @param {Start} start */
export function startOf({ kind, id, number, joints }) {
  switch (kind) {
    case "image":
      return { kind, image: id };
    case "upload":
      return { kind, upload: id, person: number };
    case "motion":
      return { kind, motion: id, frame: number };
    case "joints":
      return { kind, joints };
    default:
      return { kind };
  }
}

/**
 * The wish that stands, or null where there is nothing to ask.
 *
 * @param {State} state
 */
export function wishOf(state) {
  const { boot, noModel, does, text, limbs } = state;
  if (!boot || noModel || does || (!text.trim() && Object.keys(limbs).length === 0)) return null;
  return wholeWish(state);
}

/** What is sent of a wish, whether it says anything or not. @param {State} state */
export const wholeWish = ({ start, text, limbs, keep, polish }) => ({
  start: startOf(start),
  text,
  limbs: Object.entries(limbs).map(([limb, picture]) => ({ limb, image: picture.id })),
  free: !keep,
  raw: !polish,
});

/** What somebody does, or null where there is nothing to ask. @param {State} state */
export function actOf(state) {
  const { boot, noModel, does, text } = state;
  return boot && !noModel && does && text.trim() ? { ...wholeWish(state), limbs: [] } : null;
}

/**
 * What a link to this wish says; files of the visitor's own cannot be linked.
 *
 * @param {State} state
 * @returns {Record<string, string>}
 */
export const linkOf = ({ start, text, does, keep, polish }) => ({
  image: start.kind === "image" ? start.id : "",
  wish: text.trim() && text,
  does: does ? "1" : "",
  free: keep ? "" : "1",
  raw: polish ? "" : "1",
});

/** Events after which the body is another one, so that what touched on it is of no concern. */
const OTHER_BODY = ["started", "number", "typed", "took", "gave", "went", "answered", "failed"];

/** @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  let next = changed(state, event);
  if (OTHER_BODY.includes(event.kind) && (next.touched || next.noTouch || next.touching)) {
    next = { ...next, touched: null, touching: false, noTouch: "" };
  }
  if (!actOf(next) && next.acts) next = { ...next, acts: null };
  if (next === state || wishOf(next)) return next;
  // Without a wish there is nothing that an answer could belong to.
  const busy = next.busy && actOf(next) !== null;
  return next.answer || next.busy !== busy ? { ...next, answer: null, busy } : next;
}

const NOT_LOOKED = { hits: null, finding: false, notFound: "" };

/** @param {State} state @param {Start} start @returns {State} */
const begun = (state, start) => ({
  ...state,
  start, // the body before stays in sight until the new one is there
  ...NOT_LOOKED,
  problem: "",
  sending: "",
});

/** @param {State} state @param {Event} event @returns {State} */
function changed(state, event) {
  switch (event.kind) {
    case "opened":
      return { ...state, boot: event.boot, noModel: event.boot.no_model };
    case "more":
      return state.boot ? { ...state, boot: withMore(state.boot, event.strip) } : state;
    case "started":
      return begun(state, event.start);
    case "number":
      return begun(state, { ...state.start, number: event.number });
    case "body": {
      if (event.of !== state.start) return state;
      const picture = event.picture ?? state.start.picture;
      const start = picture === state.start.picture ? state.start : { ...state.start, picture };
      return { ...state, start, body: event.body };
    }
    case "lost":
      return { ...state, body: null, problem: event.problem };
    case "typed":
      return { ...state, text: event.text, problem: "", ...NOT_LOOKED };
    case "does": {
      const text = event.text ?? state.text;
      return { ...state, does: event.does, text, acts: null, problem: "", ...NOT_LOOKED };
    }
    case "acted":
      return { ...state, busy: false, problem: "", acts: event.acts };
    case "switched":
      return { ...state, [event.name]: !state[event.name] };
    case "went": {
      const { start, text, does, keep, polish } = event;
      return { ...begun(state, start), text, does, keep, polish, limbs: {}, limb: "", acts: null };
    }
    case "no model":
      return { ...state, busy: false, answer: null, noModel: event.problem };
    case "sending":
      return { ...state, sending: event.name, problem: "" };
    case "refused":
      return { ...state, sending: "", problem: event.problem };
    default:
      return limbChanged(state, event) ?? touchChanged(state, event) ?? answerCame(state, event);
  }
}

/** @param {State} state @param {Event} event @returns {State | null} */
function limbChanged(state, event) {
  switch (event.kind) {
    case "limb":
      return { ...state, limb: event.limb === state.limb ? "" : event.limb };
    case "took": {
      const limbs = { ...state.limbs, [state.limb]: event.picture };
      return state.limb ? { ...state, limbs, limb: "", ...NOT_LOOKED } : state;
    }
    case "gave": {
      const { [event.limb]: _, ...limbs } = state.limbs;
      return { ...state, limbs, ...NOT_LOOKED };
    }
    default:
      return null;
  }
}

/** @param {State} state @param {Event} event @returns {State | null} */
function touchChanged(state, event) {
  switch (event.kind) {
    case "regions":
      return { ...state, regions: event.regions };
    case "touch": {
      const others = state.touches.filter((pair) => pair !== event.pair);
      const known = others.length < state.touches.length;
      return { ...state, touches: known ? others : [...others, event.pair], noTouch: "" };
    }
    case "touching":
      return { ...state, touching: true, noTouch: "" };
    case "touched":
      return { ...state, touching: false, touched: event.touched };
    case "untouch":
      return { ...state, touched: null };
    case "not touched":
      return { ...state, touching: false, touched: null, noTouch: event.problem };
    default:
      return null;
  }
}

/** @param {State} state @param {Event} event @returns {State} */
function answerCame(state, event) {
  switch (event.kind) {
    case "asked":
      return { ...state, busy: true, problem: "", finding: false };
    case "answered":
      return { ...state, busy: false, problem: "", answer: event.answer };
    case "failed":
      return { ...state, busy: false, answer: null, acts: null, problem: event.problem };
    case "finding":
      return { ...state, finding: true, notFound: "" };
    case "found":
      return { ...state, finding: false, hits: event.hits };
    case "not found":
      return { ...state, finding: false, hits: null, notFound: event.problem };
    default:
      return state;
  }
}

/** @param {LabBoot} boot @param {LabBoot["strip"]} page @returns {LabBoot} */
function withMore(boot, page) {
  const known = boot.strip.pictures;
  if (page.offset !== known.length) return boot; // asked for twice
  return { ...boot, strip: { ...page, offset: 0, pictures: [...known, ...page.pictures] } };
}
