// The queue of this page: fetched ahead, held by leases, saved through the outbox.
import { pause } from "../../web/api.js";
import { read, write } from "../../web/storage.js";
import { isList } from "./filters.js";
import { editedFrom, holdCard, identity, isChecked, isDecided, textsKey } from "./items.js";
import { hearNews, mergedWords } from "./news.js";
import { keepPictures } from "./pictures.js";
import { ahead, current, isAbout } from "./state.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").Judgement} Judgement */

/** So many items wait behind the one on the table: half an hour's work without a server. */
const DEPTH = 50;
const PREFETCH = 20;
const HELD = 5000;
const AGAIN = 3000;
const AWAY = 600000;
/** Pause in writing before texts are judged, in milliseconds. */
const JUDGE_AFTER = 250;

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} desk.store
 * @param {import("../../web/api.js").Call} desk.ask
 * @param {() => ReturnType<typeof import("./outbox.js").openOutbox>} desk.outbox
 * @param {ReturnType<typeof import("./pace.js").watchPace>} desk.pace
 * @param {(text: string) => void} desk.warn
 */
export function openQueue({ store, ask, outbox, pace, warn }) {
  let asking = false;
  let judging = /** @type {any} */ (0);
  const pictures = keepPictures();

  const news = hearNews({ ask, warn, refresh });

  const draftKey = (/** @type {Item} */ item) =>
    `autocompose-draft:${store.get().boot?.reviewer}:${identity(item)}`;
  const ops = () => outbox().box().ops;
  const ids = (/** @type {{ id: string }[]} */ all) => [...new Set(all.map((one) => one.id))];

  /** @param {import("./items.js").CardView} card @returns {Item} */
  function hold(card) {
    const { second } = store.get();
    const bare = holdCard(card, { second, ops: ops(), draft: null });
    const key = draftKey(bare);
    const draft = read(key, null);
    if (draft && draft.revision !== bare.revision) write(key, null);
    return holdCard(card, { second, ops: ops(), draft });
  }

  function askMore() {
    const { items, at, second, share, filters, order } = store.get();
    const held = ids([...items.slice(at), ...ops()]).slice(0, HELD);
    if (second)
      return ask("review_second", { share, held: ids([...items, ...ops()]).slice(0, HELD) });
    if (!isList(filters)) return ask("review_next", { ...filters, order, held, count: PREFETCH });
    // What fell out of a list by a decision moved the rest up by one.
    const still = items.filter(
      (one) => one.fits === one.saved.verdict || filters.verdict === "any",
    );
    return ask("review_find", { ...filters, order, offset: still.length });
  }

  async function fetchMore() {
    if (asking) return;
    asking = true;
    const { generation } = store.get();
    const answer = await askMore();
    asking = false;
    if (generation !== store.get().generation) {
      fetchMore();
      return;
    }
    const away = !answer.ok && answer.kind === "StoreUnavailableError" ? answer.error : "";
    store.send({ kind: "set", fields: { blocked: away } });
    if (answer.ok) take(answer);
    else await fetchLater(answer.offline || away ? "" : answer.error);
  }

  /** @param {string} problem */
  async function fetchLater(problem) {
    if (problem) warn(problem);
    await pause(AGAIN);
    if (ahead(store.get()) < DEPTH) fetchMore();
  }

  /**
   * Those of an answer that are not on the page yet.
   *
   * @param {import("./items.js").CardView[]} cards
   */
  function unknown(cards) {
    const { items, at, filters, second } = store.get();
    const here = isList(filters) || second ? items : items.slice(at);
    const known = new Set(ids([...here, ...ops().filter((op) => !op.refused)]));
    return cards.filter((card) => !known.has(card.id));
  }

  /** @param {import("../../web/types").QueueAnswer} answer */
  function take(answer) {
    const { at, ...state } = store.get();
    const items = unknown(answer.items).map(hold);
    const empty = !state.items[at];
    const stats = ops().length ? null : answer.stats;
    pictures.load(items);
    store.send({ kind: "arrived", items, why: answer.why, stats });
    if (empty && items.length) show(at);
    else if (items.length && ahead(store.get()) < DEPTH) fetchMore();
  }

  /** @param {number} at */
  function show(at) {
    pace.begin();
    store.send({ kind: "shown", at });
    const state = store.get();
    if (ahead(state) < DEPTH && !(state.end && ahead(state) > 0)) fetchMore();
    judgeSoon();
  }

  function restart() {
    pictures.forget();
    store.send({ kind: "restarted" });
    fetchMore();
  }

  /** Judge what is on the table, once nobody has changed it for a moment. */
  function judgeSoon() {
    clearTimeout(judging);
    const item = current(store.get());
    if (item && (!isChecked(item) || (!item.claims.length && item.pair)))
      judging = setTimeout(judge, JUDGE_AFTER);
  }

  async function judge() {
    const item = current(store.get());
    if (!item) return;
    const [id, key] = [identity(item), textsKey(item.now)];
    const answer = await ask("review_judge", { id: item.id, judgement: item.now });
    if (!answer.ok || !isAbout(store.get(), id, key)) return;
    const { claims, problems } = answer;
    store.send({ kind: "judged", id, key, claims, problems });
  }

  /** @param {Item} item @param {Judgement} now @param {{ remember?: boolean }} options */
  function edit(item, now, { remember = false } = {}) {
    store.send({ kind: "edited", item, now, remember });
    write(draftKey(item), { revision: item.revision, judgement: now });
    judgeSoon();
  }

  /**
   * Give a judgement to the outbox; what stands on the page may differ, as after an undo.
   *
   * @param {Item} item
   * @param {Judgement} judgement
   * @param {{ now?: Judgement, resolves?: string[] }} options
   */
  function push(item, judgement, { now = judgement, resolves = [] } = {}) {
    const opinion = item.second;
    const edited = editedFrom(item.saved, judgement);
    const draft = now === judgement ? null : { revision: item.revision + 1, judgement: now };
    write(draftKey(item), draft);
    store.send({ kind: "pushed", item, judgement, now, opinion });
    const sent = { id: item.id, base: item.revision, judgement, active_ms: pace.spent() };
    if (opinion) {
      outbox().add({ ...sent, opinion });
      return;
    }
    if (edited) growStale(item);
    news.decided(item.id);
    outbox().add({ ...sent, resolves }, (answer) => settle(identity(item), item.id, answer));
  }

  /** @param {Item} item */
  function growStale({ derived }) {
    if (!derived.length) return;
    const stale = derived.map((view) => view.id);
    const names = derived.map((view) => view.key).join(", ");
    store.send({ kind: "staled", ids: stale, stale: true });
    const text = `Now stale: ${names}. They derive from the text you edited. `;
    store.send({ kind: "set", fields: { advice: { kind: "quiet", text, stale } } });
  }

  /**
   * @param {string} id
   * @param {string} plain
   * @param {import("../../web/types").SaveAnswer} answer
   */
  function settle(id, plain, answer) {
    news.saved(answer.sequence);
    const item = store.get().items.find((one) => identity(one) === id);
    const { conflicts, judgement, revision } = answer.state;
    if (answer.merged) warn(mergedWords(conflicts, item?.label ?? ""));
    if (!item || ops().some((op) => op.id === plain)) return;
    // A decision gave the item back; one that was undone is this page's again.
    if (item.saved.verdict === "pending") stayAlive();
    const merged = answer.merged ? { now: judgement, saved: judgement } : {};
    store.send({ kind: "learned", id, fields: { revision, conflicts, ...merged } });
    if (answer.merged) judgeSoon();
  }

  /** One description as the store has it now, in the place where it is. @param {string} id */
  async function refresh(id) {
    const answer = await ask("review_item", { id });
    if (!answer.ok) return;
    store.send({ kind: "learned", id, fields: hold(answer.item) });
    store.send({ kind: "staled", ids: [id], stale: answer.item.stale });
  }

  /** @param {string} id */
  async function open(id) {
    const answer = await ask("review_item", { id });
    if (!answer.ok) {
      warn(answer.error);
      return;
    }
    const item = hold(answer.item);
    store.send({ kind: "set", fields: { dialog: null } });
    store.send({ kind: "inserted", item });
    store.send({ kind: "learned", id: identity(item), fields: item });
    show(store.get().items.findIndex((one) => identity(one) === identity(item)));
  }

  /** A sign of life for what this page holds, as long as somebody is there. */
  async function stayAlive() {
    const { items, at, second, filters, generation } = store.get();
    const open = items.slice(at).filter((item) => !isDecided(item.saved.verdict));
    const held = second || isList(filters) ? [] : open.map((item) => item.id);
    if (!held.length || pace.quietFor() > AWAY) return;
    const answer = await ask("review_renew", { held });
    if (!answer.ok || generation !== store.get().generation) return;
    const sent = new Set(ids(ops()));
    const lost = held.filter((id) => !answer.kept.includes(id) && !sent.has(id));
    const now = current(store.get());
    if (!lost.length) return;
    store.send({ kind: "kept", lost });
    if (now && lost.includes(now.id))
      warn("Someone else is reviewing this description now. Your changes will be merged.");
  }

  return {
    edit,
    fetchMore,
    hearNews: news.hear,
    judgeSoon,
    open,
    push,
    refresh,
    restart,
    show,
    stayAlive,
  };
}
