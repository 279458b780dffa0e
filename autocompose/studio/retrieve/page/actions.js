// What Retrieve does: asks the server, in step with the state, and comes back by itself.
import { address } from "../../web/address.js";
import { insist, pause, sequence } from "../../web/api.js";
import { focusPeople } from "../../web/people.js";
import { takePicture } from "../../web/upload.js";
import { readAsks } from "./asks.js";
import { createExploring } from "./exploring.js";
import { face, fromGallery, fromUpload, linkOf, queryOf, readLink } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */
/** @typedef {import("../../web/api").Call} Call */

const TAB = "retrieve";

/** Events after which the address says something else. */
const LINKED = ["chose", "typed", "k", "scene", "back", "asks", "plain", "flipped"];

/** Hits that a link can show at once. */
const MOST_LINKED = 960;

/** How long typing and the sliders must rest before the server is asked, in milliseconds. */
const REST = new Map([
  ["typed", 240],
  ["k", 120],
  ["scene", 120],
  ["asks", 120],
]);

/** Pause between two looks at a model that loads, in milliseconds. */
const LOOK = 500;

/** Typing after a rest this long begins a new query, to which Back returns, in milliseconds. */
const NEW_QUERY = 3000;

/**
 * @param {import("../../web/state").Store<State, Event>} store
 * @param {{ call: Call, upload: import("../../web/upload").Upload }} host
 */
export function createActions(store, { call, upload }) {
  const numbers = sequence();
  let timer = 0;
  let typedAt = 0;

  /** @param {number} wait */
  const ask = (wait) => {
    clearTimeout(timer);
    const number = numbers.next();
    if (!queryOf(store.get())) return;
    if (store.get().answer || wait === 0) store.send({ kind: "asked" });
    timer = setTimeout(() => search(number), wait);
  };

  /** @param {number} number */
  const search = async (number) => {
    const query = queryOf(store.get());
    if (!query) return;
    store.send({ kind: "asked" });
    const answer = await call("search", query);
    if (!numbers.isNewest(number)) return; // an answer to an older query is never shown
    if (answer.ok) {
      store.send({ kind: "answered", answer });
      return;
    }
    store.send({ kind: "failed", problem: answer.error });
    if (answer.offline) {
      await pause(2000);
      if (numbers.isNewest(number)) search(number);
    } else if (answer.kind === "CheckpointError") {
      watchModel(); // the server was started again, and its model is not there yet
    }
  };

  /** The model loads on the server: look until it is there, or known to be missing. */
  const watchModel = async () => {
    let status = await insist(call, "engine_status");
    const waited = status.ok && status.state === "loading";
    while (status.ok && status.state === "loading") {
      store.send({ kind: "status", status });
      await pause(LOOK);
      status = await insist(call, "engine_status");
    }
    if (!status.ok) return;
    const examples = waited ? await call("example_cards") : null;
    if (examples?.ok) store.send({ kind: "examples", examples });
    store.send({ kind: "status", status });
    const filters = status.state === "ready" ? await call("filter_choices") : null;
    if (filters?.ok) store.send({ kind: "filters", filters });
    await actions.listShelf();
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
    if (JSON.stringify(queryOf(before)) !== JSON.stringify(queryOf(after))) {
      ask(REST.get(event.kind) ?? 0);
    }
    if (after.reference !== before.reference) fit();
    if (!LINKED.includes(event.kind)) return;
    const push =
      event.kind === "chose" || event.kind === "back" || Date.now() - typedAt > NEW_QUERY;
    if (event.kind === "typed") typedAt = Date.now();
    address.place(TAB, linkOf(after), { push: push && before.boot !== null });
  };

  /** Ask which of the changes to click fit the reference; without an answer the usual ones stay. */
  const fit = async () => {
    const { reference, status } = store.get();
    if (!reference || status?.state !== "ready") return;
    const { image, upload, person } = reference;
    const found = await call("fitting_changes", { image, upload, person });
    if (found.ok) store.send({ kind: "changes", of: reference, changes: found.changes });
  };

  /** @param {"gallery_joints" | "gallery_joints_start" | "gallery_joints_cancel"} name */
  const askJoints = async (name) => {
    let joints = await call(name);
    if (!joints.ok && !joints.offline) joints = await call("gallery_joints");
    const before = store.get().joints;
    if (joints.ok) store.send({ kind: "joints", joints });
    return { joints, ended: before?.state === "running" && joints.ok && joints.state === "done" };
  };

  /** Follow the job that estimates joints, wherever it was started; then ask again. */
  const watchJoints = async () => {
    let { joints, ended } = await askJoints("gallery_joints");
    while ((joints.ok && joints.state === "running") || joints.offline) {
      await pause(LOOK);
      ({ joints, ended } = await askJoints("gallery_joints"));
    }
    if (!ended) return;
    const status = await call("engine_status");
    if (status.ok) store.send({ kind: "status", status });
    ask(0);
  };

  // A model that becomes ready, or goes away, changes what can be asked.
  store.watch((state, before) => {
    if (face(state) !== face(before) && state.status !== before.status) ask(0);
    if (state.status?.state !== "ready" || before.status?.state === "ready") return;
    fit();
    watchJoints();
  });

  const actions = {
    act,
    ...createExploring(store, { call, act }),
    /** Enter: do not wait for the rest. */
    now: () => ask(0),
    watchModel,
    async startJoints() {
      const { joints } = await askJoints("gallery_joints_start");
      if (joints.ok && joints.state === "running") watchJoints();
    },
    cancelJoints: () => askJoints("gallery_joints_cancel"),
    async more() {
      const offset = store.get().boot?.references.pictures.length ?? 0;
      const references = await call("reference_strip", { offset });
      if (references.ok) store.send({ kind: "more", references });
    },
    /** @param {File} file */
    async take(file) {
      const sending = (/** @type {boolean} */ looking) =>
        store.send({ kind: "uploading", name: file.name, looking });
      sending(false);
      const mostPixels = store.get().boot?.most_pixels ?? 0;
      const onSent = () => sending(true);
      const found = await takePicture(file, { call, upload, mostPixels, onSent });
      if ("error" in found) {
        store.send({ kind: "refused", problem: found.error });
        return;
      }
      act({ kind: "chose", reference: fromUpload(found.taken) });
      focusPeople("#retrieve");
    },
    /**
     * Show what an address says.
     *
     * @param {Record<string, string>} fields
     */
    async go(fields) {
      const { image = "" } = fields;
      const { boot, reference } = store.get();
      const known = boot?.references.pictures ?? [];
      let picture = known.find((one) => one.id === image) ?? null;
      if (image && !picture) {
        const found = await insist(call, "reference_picture", { payload: { image } });
        picture = found.ok ? found.picture : null;
      }
      const fallback = reference ?? (known[0] ? fromGallery(known[0]) : null);
      act({
        kind: "went",
        reference: picture ? fromGallery(picture) : fallback,
        ...readLink(fields, MOST_LINKED),
        asks: readAsks(fields),
      });
    },
    /** Ask again what was asked before. @param {Record<string, string>} fields */
    async ask(fields) {
      await actions.go(fields);
      address.place(TAB, linkOf(store.get()), { push: true });
    },
  };
  return actions;
}

/** @typedef {ReturnType<typeof createActions>} Actions */
