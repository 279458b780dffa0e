// Bulk actions: nothing is chosen at first, the reach is named, a large one is confirmed by number.

import { newId } from "../../web/storage.js";
import { activeFilters, counted, filterList } from "./filters.js";

/** A larger action is confirmed by typing its number; the server asks for it too. */
export const TYPED_ABOVE = 50;

/** @type {Record<string, { title: string, verb: string, done: string }>} */
export const ACTIONS = {
  accept: { title: "Accept all with no contradiction", verb: "Accept them", done: "accepted" },
  flip: { title: "Swap left and right", verb: "Swap them", done: "swapped" },
  regenerate: { title: "Regenerate derived views", verb: "Regenerate them", done: "regenerated" },
};

/** Whether an action may be applied. @param {number} count @param {string} typed */
export const isConfirmed = (count, typed) =>
  count > 0 && (count <= TYPED_ABOVE || Number(typed) === count);

/**
 * What an action can be about; each with how it is named and what is sent.
 *
 * @param {import("./state.js").State} state
 */
export function reaches(state) {
  const { boot, marked, filters } = state;
  const active = boot ? activeFilters(filterList(boot, boot.store.choices), filters) : [];
  const found = [];
  if (marked.length)
    found.push({ reach: "marked", label: `The ${marked.length} marked`, sent: { ids: marked } });
  if (active.length) {
    const label = `Everything that matches ${active.map(({ shown }) => shown).join(", ")}`;
    found.push({ reach: "filtered", label, sent: filters });
  }
  found.push({ reach: "all", label: "The whole store", sent: {} });
  return found;
}

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} desk.store
 * @param {import("../../web/api.js").Call} desk.ask
 * @param {ReturnType<typeof import("./queue.js").openQueue>} desk.queue
 * @param {(text: string) => void} desk.warn
 */
export function openBulk({ store, ask, queue, warn }) {
  const EMPTY = {
    only: null,
    action: "",
    reach: "",
    seen: null,
    typed: "",
    error: "",
    result: null,
  };
  const set = (/** @type {object} */ fields) => {
    const { dialog } = store.get();
    if (dialog?.kind === "bulk")
      store.send({ kind: "set", fields: { dialog: { ...dialog, ...fields } } });
  };

  /** @param {string} [action] @param {string[] | null} [only] regenerate just these */
  function open(action = "", only = null) {
    const dialog = { kind: "bulk", ...EMPTY, action, only, reach: only ? "only" : "" };
    store.send({ kind: "set", fields: { dialog } });
    preview();
  }

  /** @param {{ action?: string, reach?: string }} choice */
  function choose(choice) {
    set({ ...choice, seen: null, typed: "", error: "" });
    preview();
  }

  async function preview() {
    const { dialog } = store.get();
    if (!dialog?.action || !dialog.reach) return;
    const operation = newId();
    const sent =
      dialog.reach === "only"
        ? { ids: dialog.only }
        : reaches(store.get()).find(({ reach }) => reach === dialog.reach)?.sent;
    set({ operation });
    const asked = { step: "preview", action: dialog.action, operation, ...sent };
    const answer = await ask("review_bulk", asked);
    if (store.get().dialog?.operation !== operation) return;
    set(answer.ok ? { seen: answer } : { error: answer.error });
  }

  async function apply() {
    const { dialog } = store.get();
    if (!dialog?.seen || !isConfirmed(dialog.seen.count, dialog.typed)) return;
    const { operation, only, action, seen } = dialog;
    set({ working: true });
    const answer = await ask("review_bulk", { step: "apply", operation, typed: seen.count });
    if (!answer.ok) {
      set({ working: false, error: answer.error });
      return;
    }
    const toast = { text: `${counted(answer.count)} ${ACTIONS[action].done}.`, undo: true };
    store.send({ kind: "stepped", step: { kind: "bulk", bulk: operation, ids: only } });
    store.send({ kind: "set", fields: { marked: [], toast } });
    if (answer.left) set({ working: false, seen: null, result: answer });
    else store.send({ kind: "set", fields: { dialog: null } });
    await reload(only);
  }

  /**
   * A few items are loaded again where they are; after a larger action the queue starts again.
   *
   * @param {string[] | null} ids
   */
  async function reload(ids) {
    if (ids) await Promise.all(ids.map(queue.refresh));
    else queue.restart();
  }

  /** @param {string} bulk @param {string[] | null} ids */
  async function takeBack(bulk, ids) {
    const gone = await ask("review_bulk", { step: "undo", bulk, operation: newId() });
    store.send({ kind: "forgotten", bulk });
    await reload(ids);
    if (!gone.ok) {
      warn(gone.error);
      return;
    }
    const kept = gone.left ? `, ${gone.left} kept because they were saved since` : "";
    warn(`${gone.count} undone${kept}.`);
  }

  return { open, choose, apply, takeBack, type: (/** @type {string} */ typed) => set({ typed }) };
}
