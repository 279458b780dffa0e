// What the Pose lab does: asks the server in step with the state, and shows no answer too late.
import { address } from "../../web/address.js";
import { AWAY, insist, PAUSE, pause, sequence } from "../../web/api.js";
import { takePicture } from "../../web/upload.js";
import {
  actOf,
  fromAnswer,
  fromHand,
  fromMotion,
  fromPhoto,
  fromPicture,
  linkOf,
  STANDING,
  startOf,
  wholeWish,
  wishOf,
} from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */
/** @typedef {import("../../web/api").Call} Call */

export const TAB = "lab";

/** How long typing and the frame must rest before the server is asked, in milliseconds. */
const REST = new Map([
  ["typed", 350],
  ["number", 150],
]);

/** Events after which the address says something else. */
const LINKED = ["started", "typed", "switched", "does"];

/** Pictures that are shown like the new body. */
export const COUNT = 12;

/**
 * @param {import("../../web/state").Store<State, Event>} store
 * @param {{ call: Call, upload: import("../../web/upload").Upload }} host
 */
export function createActions(store, { call, upload }) {
  const wishes = sequence();
  const starts = sequence();
  const finds = sequence();
  const turns = sequence();
  let timer = 0;
  let starting = 0;

  /** @param {number} wait */
  const ask = (wait) => {
    clearTimeout(timer);
    finds.next(); // pictures of an older wish are no longer wanted
    const number = wishes.next();
    if (!asked(store.get())) return;
    timer = setTimeout(() => draw(number), wait);
  };

  /** @param {number} number */
  const draw = async (number) => {
    const now = asked(store.get());
    if (!now) return;
    store.send({ kind: "asked" });
    const answer = await (now.act ? call("lab_act", now.act) : call("lab_wish", now.wish ?? {}));
    if (!wishes.isNewest(number)) return; // an answer to an older wish is never shown
    store.send(eventOf(answer));
    if (answer.ok || !answer.offline) return;
    await pause(PAUSE);
    if (wishes.isNewest(number)) draw(number);
  };

  /** Show the start itself. @param {number} wait */
  const look = (wait) => {
    clearTimeout(starting);
    const number = starts.next();
    starting = setTimeout(async () => {
      const { start } = store.get();
      const wanted = () => starts.isNewest(number);
      const away = () => store.send({ kind: "lost", problem: AWAY });
      const payload = { start: startOf(start) };
      const found = await insist(call, "lab_start", { payload, wanted, away });
      if (!wanted()) return;
      if (found.ok) {
        store.send({ kind: "body", of: start, body: found.body, picture: found.picture });
      } else store.send({ kind: "lost", problem: found.error });
    }, wait);
  };

  /**
   * Put an event in, then ask and link what it changed.
   *
   * @param {Event} event
   */
  const act = (event) => {
    const before = store.get();
    store.send(event);
    const after = store.get();
    const wait = REST.get(event.kind) ?? 0;
    const began = JSON.stringify(startOf(before.start)) !== JSON.stringify(startOf(after.start));
    if (began || (!after.body && event.kind === "went")) look(wait);
    if (JSON.stringify(asked(before)) !== JSON.stringify(asked(after))) ask(wait);
    if (!after.boot || !LINKED.includes(event.kind)) return;
    address.place(TAB, linkOf(after), { push: event.kind === "started" });
  };

  /**
   * Show what an address says.
   *
   * @param {Record<string, string>} fields
   */
  const go = (fields) => {
    const { image = "", wish: text = "", does = "", free = "", raw = "" } = fields;
    const known = store.get().boot?.strip.pictures.find((one) => one.id === image);
    const start = known
      ? fromPicture(known)
      : image
        ? { ...STANDING, kind: /** @type {const} */ ("image"), id: image, name: image }
        : STANDING;
    const choices = { does: does === "1", keep: free !== "1", polish: raw !== "1" };
    act({ kind: "went", start, text, ...choices });
  };

  const wish = () => ({ ...wishOf(store.get()), name: store.get().start.name });

  return {
    act,
    /** Enter: do not wait for the rest. */
    now: () => ask(0),
    async more() {
      const offset = store.get().boot?.strip.pictures.length ?? 0;
      const strip = await call("lab_strip", { offset });
      if (strip.ok) store.send({ kind: "more", strip });
    },
    /** A picture of the strip: a start, or what a limb is taken from. */
    pick(/** @type {import("./state").PictureView} */ picture) {
      if (store.get().limb) act({ kind: "took", picture });
      else act({ kind: "started", start: fromPicture(picture) });
    },
    /** Joints that were dragged are the new start. @param {import("./space").Place[]} joints */
    moved: (joints) => act({ kind: "started", start: fromHand(joints) }),
    stand: () => act({ kind: "started", start: STANDING }),
    goOn() {
      const { answer, touched } = store.get();
      const from = touched ?? answer;
      if (!from) return;
      const start = fromAnswer(from);
      act({ kind: "went", start, text: "", does: false, keep: true, polish: true });
      address.place(TAB, linkOf(store.get()));
    },
    /** A photograph, or a motion file. @param {File} file */
    async take(file) {
      store.send({ kind: "sending", name: file.name });
      const found = /\.bvh$/i.test(file.name)
        ? await takeMotion(file, { call, upload, most: store.get().boot?.most_motion ?? 0 })
        : await takePhoto(file);
      if ("error" in found) store.send({ kind: "refused", problem: found.error });
      else act({ kind: "started", start: found.start });
    },
    /** Pictures like the answer; like the start itself where there is none. */
    async find() {
      const { answer } = store.get();
      const wish = wholeWish(answer ? store.get() : { ...store.get(), text: "", limbs: {} });
      const number = finds.next();
      store.send({ kind: "finding" });
      const found = await call("lab_find", { ...wish, count: COUNT });
      if (!finds.isNewest(number)) return;
      if (found.ok) store.send({ kind: "found", hits: found });
      else store.send({ kind: "not found", problem: found.error });
    },
    async listRegions() {
      const found = await call("lab_regions");
      if (found.ok) store.send({ kind: "regions", regions: found.regions });
    },
    /** Bring together what is said to touch, on the body that is shown. */
    async touch() {
      const { touches } = store.get();
      const number = turns.next();
      const wish = { ...wholeWish(store.get()), touches };
      store.send({ kind: "touching" });
      const found = await call("lab_touch", wish);
      if (!turns.isNewest(number) || !store.get().touching) return;
      if (found.ok) store.send({ kind: "touched", touched: found });
      else store.send({ kind: "not touched", problem: found.error });
    },
    command: () => call("lab_command", { ...wish(), count: store.get().hits ? COUNT : 0 }),
    taken: () => call("lab_take", wish()),
    go,
    /**
     * Begin: what was typed while the server was asked for the rest is a wish, too.
     *
     * @param {import("./state").LabBoot} boot
     * @param {Record<string, string>} fields of the address
     */
    open(boot, fields) {
      const { text } = store.get();
      store.send({ kind: "opened", boot });
      go(text ? { ...fields, wish: text } : fields);
      ask(0);
    },
  };

  /** @param {File} file */
  async function takePhoto(file) {
    const mostPixels = store.get().boot?.most_pixels ?? 0;
    const found = await takePicture(file, { call, upload, mostPixels });
    return "error" in found ? found : { start: fromPhoto(found.taken) };
  }
}

/**
 * @param {import("../../web/api").Answer<"lab_act"> | import("../../web/api").Answer<"lab_wish">}
 *   answer
 * @returns {Event}
 */
function eventOf(answer) {
  if (answer.ok) {
    return "bodies" in answer ? { kind: "acted", acts: answer } : { kind: "answered", answer };
  }
  const kind = answer.kind === "CheckpointError" ? "no model" : "failed";
  return { kind, problem: answer.error };
}

/** What there is to draw: a wish, or what somebody does. @param {State} state */
function asked(state) {
  const [act, wish] = [actOf(state), wishOf(state)];
  return act || wish ? { act, wish } : null;
}

/**
 * @param {File} file
 * @param {{ call: Call, upload: import("../../web/upload").Upload, most: number }} host
 */
export async function takeMotion(file, { call, upload, most }) {
  if (file.size > most) {
    const size = (file.size / 2 ** 20).toFixed(1);
    const limit = Math.round(most / 2 ** 20);
    return { error: `"${file.name}" has ${size} MB; this page takes up to ${limit} MB. Cut it.` };
  }
  let sent;
  try {
    sent = await upload(file);
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : "upload failed";
    return { error: `"${file.name}" could not be uploaded: ${reason}.` };
  }
  const answer = await call("lab_motion", { path: sent.path, name: file.name });
  return answer.ok ? { start: fromMotion(answer) } : { error: answer.error };
}

/** @typedef {ReturnType<typeof createActions>} Actions */
