// The desk: what its controls do. Views call these and nothing else.
import { address } from "../../web/address.js";
import { insist } from "../../web/api.js";
import { newId } from "../../web/storage.js";
import { openBulk } from "./bulk.js";
import { openDecisions } from "./decisions.js";
import { openFiles } from "./files.js";
import { changedFilters } from "./filters.js";
import { toggled } from "./items.js";
import { keepKeys, rebound } from "./keys.js";
import { openOutbox } from "./outbox.js";
import { watchPace } from "./pace.js";
import { keepPlace } from "./place.js";
import { openQueue } from "./queue.js";
import { current } from "./state.js";

/** @typedef {ReturnType<typeof openDesk>} Desk */
/** @typedef {import("../../web/types").Answers} Answers */

const ADVICE_LASTS = 8000;
const TOAST_LASTS = 10000;
const SEARCH_AFTER = 250;
const LOOK_AGAIN = 10000;

/**
 * @param {object} page
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} page.store
 * @param {import("../../web/api.js").Call} page.ask
 * @param {() => void} page.focusText the first text
 * @param {() => void} page.focusVerdict
 * @param {() => void} page.focusFilters where the focus goes when a chip is gone
 */
export function openDesk({ store, ask, focusText, focusFilters, focusVerdict }) {
  const set = (/** @type {object} */ fields) => store.send({ kind: "set", fields });
  const dialog = (/** @type {import("./state.js").Dialog | null} */ shown) => {
    const id = current(store.get())?.id ?? "";
    set({ dialog: shown?.kind === "jump" ? { ...shown, now: id } : shown });
  };
  let advising = /** @type {any} */ (0);
  const warn = (/** @type {string} */ text) => {
    set({ advice: { kind: "warn", text } });
    clearTimeout(advising);
    advising = setTimeout(() => set({ advice: null }), ADVICE_LASTS);
  };
  store.watch(({ toast }, before) => {
    if (!toast || toast === before.toast) return;
    setTimeout(() => store.get().toast === toast && set({ toast: null }), TOAST_LASTS);
  });

  /** @type {ReturnType<typeof openOutbox>} */
  let outbox;
  const pace = watchPace();
  const queue = openQueue({ store, ask, outbox: () => outbox, pace, warn });
  const bulk = openBulk({ store, ask, queue, warn });
  const { takeBack } = bulk;
  const place = keepPlace({ store, address, restart: queue.restart, open: queue.open });
  const files = openFiles({ store, ask, changed: begin });
  const decisions = openDecisions({ store, ask, queue, pace, warn, takeBack });

  async function begin() {
    const away = () =>
      set({ trouble: "Connection lost. This page opens as soon as the server answers." });
    const boot = await insist(ask, "review_boot", { away });
    if (!boot.ok) {
      set({ phase: "failed", trouble: boot.error });
      return;
    }
    outbox ??= openOutbox({
      owner: boot.reviewer,
      send: (op) => ask("review_save", op),
      onChange: (box) => set({ box }),
      storage: localStorage,
    });
    set({ box: outbox.box() });
    store.send({ kind: "booted", boot });
    if (boot.role === "administrator" && !store.get().job) files.watch();
    if (boot.store.state === "away")
      setTimeout(() => store.get().phase === "closed" && begin(), LOOK_AGAIN);
    if (boot.store.state !== "ready") return;
    await outbox.flush();
    place.begin();
  }

  // A search waits for the end of typing; whatever is done next takes what was typed.
  let searching = /** @type {any} */ (0);
  /** @returns {Record<string, string>} */
  function takeSearch() {
    const waited = searching;
    clearTimeout(searching);
    searching = 0;
    return waited ? { text: store.get().search } : {};
  }
  /** @param {Record<string, string>} changes */
  function setFilters(changes) {
    const filters = changedFilters(store.get().filters, { ...takeSearch(), ...changes });
    set({ filters, search: filters.text ?? "" });
    queue.restart();
  }
  const searchNow = () => searching && setFilters({});

  /** @param {string} name */
  function rebind(name) {
    set({ dialog: { kind: "help", binding: name } });
    const take = (/** @type {KeyboardEvent} */ e) => {
      e.preventDefault();
      e.stopPropagation();
      window.removeEventListener("keydown", take, true);
      const keys = rebound(store.get().keys, name, e.key);
      keepKeys(keys);
      set({ keys, dialog: { kind: "help" } });
    };
    window.addEventListener("keydown", take, true);
  }

  async function showHistory() {
    const item = current(store.get());
    if (!item) return;
    const answer = await ask("review_item", { id: item.id });
    if (answer.ok) dialog({ kind: "history", answer });
    else warn(answer.error);
  }

  /** @param {string} id @param {number} revision */
  async function restore(id, revision) {
    const done = await ask("review_restore", { id, revision, operation: newId() });
    dialog(null);
    if (done.ok) queue.open(id);
    else warn(done.error);
  }

  async function showDashboard() {
    dialog({ kind: "dashboard" });
    const answer = await ask("review_dashboard");
    if (store.get().dialog?.kind !== "dashboard") return;
    dialog(answer.ok ? { kind: "dashboard", answer } : { kind: "dashboard", error: answer.error });
  }

  /** @param {string} kind @param {number} count */
  async function plant(kind, count) {
    dialog({ kind: "plant", working: true });
    const answer = await ask("review_plant", { kind, count });
    dialog({
      kind: "plant",
      answer: answer.ok ? answer : null,
      error: answer.ok ? "" : answer.error,
    });
  }

  /** @param {string[]} ids */
  async function regenerate(ids) {
    await outbox.flush();
    bulk.open("regenerate", ids);
  }

  /** @param {boolean} second @param {number} [share] */
  function readAgain(second, share = store.get().share) {
    set({ second, share, dialog: null });
    queue.restart();
  }

  const { decide, undo, swap, flag } = decisions;
  const show = (/** @type {number} */ by) => () => queue.show(store.get().at + by);
  return {
    begin,
    bulk,
    decisions,
    dialog,
    files,
    plant,
    /** @type {import("../../web/live_rank").Ask} */
    rank: (question) => ask("live_rank", question),
    readAgain,
    rebind,
    regenerate,
    restore,
    searchNow,
    set,
    setFilters,
    showDashboard,
    showHistory,
    /** @type {Record<string, () => void>} */
    commands: {
      accept: () => decide("accepted"),
      reject: () => decide("rejected"),
      skip: () => set({ picking: "skip" }),
      reason: () => set({ picking: "reason" }),
      next: show(1),
      previous: show(-1),
      edit: focusText,
      help: () => dialog({ kind: "help" }),
      undo,
      swap,
      flag,
    },
    browse() {
      set({ phase: "open" });
      setFilters({ verdict: "any" });
    },
    clearFilters() {
      takeSearch();
      set({ filters: {}, search: "" });
      queue.restart();
    },
    discard: (/** @type {string} */ operation) => outbox.discard(operation),
    /** @param {string} name */
    dropFilter(name) {
      setFilters({ [name]: "" });
      focusFilters();
    },
    focusVerdict,
    flush: () => outbox?.flush(),
    hearNews: queue.hearNews,
    hurry: () => outbox?.hurry(),
    open: queue.open,
    openBulk() {
      searchNow();
      bulk.open();
    },
    /** @param {Record<string, string>} filters what a number of the dashboard counts */
    pick(filters) {
      set({ second: false, filters: {}, dialog: null });
      setFilters(filters);
    },
    fetchMore: queue.fetchMore,
    restart: queue.restart,
    /** @param {string} search */
    search(search) {
      set({ search });
      clearTimeout(searching);
      searching = setTimeout(searchNow, SEARCH_AFTER);
    },
    /** @param {string} order */
    setOrder(order) {
      set({ order });
      queue.restart();
    },
    show: queue.show,
    stayAlive: queue.stayAlive,
    toggleMark: (/** @type {string} */ id) => set({ marked: toggled(store.get().marked, id) }),
    unsent: () => outbox?.box().ops.length ?? 0,
  };
}
