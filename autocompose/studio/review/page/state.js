// The state of the desk and what changes it: no page, no server, no clock.
import { identity, isDecided, textsKey } from "./items.js";
import { EMPTY_BOX } from "./outbox.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").Judgement} Judgement */
/** @typedef {import("../../web/types").ReviewBoot} Boot */
/**
 * @typedef {{ kind: "draft", id: string, before: Judgement }
 *   | { kind: "decision", id: string, item: Item, before: Judgement, draft: Judgement }
 *   | { kind: "bulk", bulk: string, ids: string[] | null }} Step
 */
/** @typedef {{ i: number, start: number, end: number, words: string }} Span */
/** @typedef {{ kind: "warn" | "quiet" | "error", text: string, stale?: string[] }} Advice */
/** @typedef {{ text: string, undo: boolean }} Toast */
/** @typedef {{ kind: string, [field: string]: any }} Dialog */
/** @typedef {{ kind: string, [field: string]: any }} Event */

export const START = {
  phase: /** @type {"opening" | "closed" | "open" | "failed"} */ ("opening"),
  trouble: "",
  boot: /** @type {Boot | null} */ (null),
  stats: /** @type {import("../../web/types").Stats | null} */ (null),
  items: /** @type {Item[]} */ ([]),
  at: 0,
  end: false,
  why: /** @type {import("../../web/types").Emptiness | null} */ (null),
  generation: 0,
  blocked: "",
  order: "error",
  filters: /** @type {Record<string, string>} */ ({}),
  panel: false,
  search: "",
  second: false,
  share: 0.1,
  part: -1,
  span: /** @type {Span | null} */ (null),
  resolves: /** @type {string[]} */ ([]),
  picking: /** @type {"" | "skip" | "reason"} */ (""),
  undo: /** @type {Step[]} */ ([]),
  marked: /** @type {string[]} */ ([]),
  paces: /** @type {number[]} */ ([]),
  advice: /** @type {Advice | null} */ (null),
  toast: /** @type {Toast | null} */ (null),
  said: "",
  dialog: /** @type {Dialog | null} */ (null),
  /** The server's last long job, a file on its way there, and why neither began. */
  job: /** @type {import("../../web/types").JobView | null} */ (null),
  upload: /** @type {import("./files.js").Upload | null} */ (null),
  fileError: "",
  bones: false,
  guide: false,
  keys: /** @type {Record<string, string>} */ ({}),
  box: EMPTY_BOX,
};

/** @typedef {typeof START} State */

/** The item on the table. @param {State} state @returns {Item | undefined} */
export const current = (state) => state.items[state.at];

/** Items on the page that are still to be done. @param {State} state */
export const ahead = (state) => state.items.length - state.at;

/** @param {State} state @param {string} id @param {Partial<Item>} fields */
const withItem = (state, id, fields) => ({
  ...state,
  items: state.items.map((item) => (identity(item) === id ? { ...item, ...fields } : item)),
});

/** @param {State} state @param {number} change */
const countReviewed = (state, change) =>
  state.stats && change
    ? { ...state, stats: { ...state.stats, reviewed: state.stats.reviewed + change } }
    : state;

/** What belongs to one look at one item. @param {State} state */
const afresh = (state) => ({
  ...state,
  part: -1,
  span: null,
  resolves: [],
  picking: /** @type {State["picking"]} */ (""),
});

/** @type {Record<string, (state: State, event: Event) => State>} */
const CHANGES = {
  /** Fields that stand on their own: `{ fields }`. */
  set: (state, { fields }) => ({ ...state, ...fields }),
  booted: (state, { boot }) => ({
    ...state,
    boot,
    stats: boot.store.stats,
    phase: boot.store.state === "ready" ? "open" : "closed",
  }),
  restarted: (state) => ({
    ...afresh(state),
    generation: state.generation + 1,
    items: [],
    at: 0,
    end: false,
    why: null,
  }),
  arrived: (state, { items, why, stats }) => ({
    ...state,
    items: [...state.items, ...items],
    end: !items.length,
    why,
    stats: stats ?? state.stats,
  }),
  shown: (state, { at }) => ({
    ...afresh(state),
    at: Math.max(0, Math.min(at, state.items.length)),
  }),
  /** `{ item, now }`: the page's own version changed; with `remember` it can be undone. */
  edited: (state, { item, now, remember }) => {
    const id = identity(item);
    const step = /** @type {Step} */ ({ kind: "draft", id, before: item.now });
    const undo = remember ? [...state.undo, step] : state.undo;
    return withItem({ ...state, undo }, id, { now });
  },
  /** `{ item, judgement, now, count }`: a judgement went to the outbox. */
  pushed: (state, { item, judgement, now, opinion }) => {
    const change = Number(isDecided(judgement.verdict)) - Number(isDecided(item.saved.verdict));
    const fields = { saved: judgement, now, revision: item.revision + 1 };
    const rest = opinion ? {} : { stale: false };
    return withItem(countReviewed(state, change), identity(item), { ...fields, ...rest });
  },
  stepped: (state, { step }) => ({ ...state, undo: [...state.undo, step] }),
  unstepped: (state) => ({ ...state, undo: state.undo.slice(0, -1) }),
  /** `{ bulk }`: it was taken back elsewhere, so that undo must not do it again. */
  forgotten: (state, { bulk }) => ({
    ...state,
    undo: state.undo.filter((step) => step.kind !== "bulk" || step.bulk !== bulk),
  }),
  /** `{ item }`: comes into the queue at the table, unless it is there. */
  inserted: (state, { item }) => {
    if (state.items.some((one) => identity(one) === identity(item))) return state;
    const items = [...state.items];
    items.splice(state.at, 0, item);
    return { ...state, items };
  },
  /** `{ id, fields }`: what the server says of one item. */
  learned: (state, { id, fields }) => withItem(state, id, fields),
  judged: (state, { id, key, claims, problems }) =>
    withItem(state, id, { checked: key, claims, problems }),
  /** `{ ids, stale }`: views that derive from a text which was edited, or regenerated. */
  staled: (state, { ids, stale }) => ({
    ...state,
    items: state.items.map((item) => ({
      ...item,
      stale: ids.includes(item.id) && !item.second ? stale : item.stale,
      derived: item.derived.map((view) => (ids.includes(view.id) ? { ...view, stale } : view)),
    })),
  }),
  /** `{ ids }`: what is left of the queue after others took some of it. */
  kept: (state, { lost }) => ({
    ...state,
    items: state.items.filter((item, i) => i <= state.at || !lost.includes(item.id)),
  }),
  resolved: (state, { field }) => ({ ...state, resolves: [...state.resolves, field] }),
  paced: (state, { ms }) => ({ ...state, paces: [...state.paces, ms].slice(-20) }),
};

/** @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  const change = CHANGES[event.kind];
  if (!change) throw new Error(`no such event: ${event.kind}`);
  return change(state, event);
}

/**
 * Minutes left at the median pace of the last decisions; 0 where it is not known.
 *
 * @param {State} state
 */
export function minutesLeft({ paces, stats }) {
  if (!paces.length || !stats) return 0;
  const pace = [...paces].sort((a, b) => a - b)[Math.floor(paces.length / 2)];
  return Math.ceil((Math.max(0, stats.descriptions - stats.reviewed) * pace) / 60000);
}

/**
 * Whether a late verdict about texts is still about those on the page.
 *
 * @param {State} state
 * @param {string} id
 * @param {string} key
 */
export const isAbout = (state, id, key) =>
  state.items.some((item) => identity(item) === id && textsKey(item.now) === key);
