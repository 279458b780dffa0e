// What a reviewer does to the item on the table: decide, take back, swap sides, mark.
import { identity, otherPart, partRows, resolved, same, toggled, whyNotAccepted } from "./items.js";
import { current } from "./state.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").Judgement} Judgement */

const DONE = { accepted: "Accepted", rejected: "Rejected", skipped: "Skipped", pending: "" };

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} desk.store
 * @param {import("../../web/api.js").Call} desk.ask
 * @param {ReturnType<typeof import("./queue.js").openQueue>} desk.queue
 * @param {ReturnType<typeof import("./pace.js").watchPace>} desk.pace
 * @param {(text: string) => void} desk.warn
 * @param {(bulk: string, ids: string[] | null) => Promise<void>} desk.takeBack undoes a bulk action
 */
export function openDecisions({ store, ask, queue, pace, warn, takeBack }) {
  const say = (/** @type {string} */ said) => store.send({ kind: "set", fields: { said } });
  const onTable = () => current(store.get());

  /**
   * @param {Judgement["verdict"]} verdict
   * @param {{ swiped?: boolean }} options with `swiped`, a toast offers to take it back
   */
  function decide(verdict, { swiped = false } = {}) {
    const item = onTable();
    if (!item) return;
    const problem = verdict === "accepted" ? whyNotAccepted(item) : "";
    if (problem) {
      say(problem);
      warn(problem);
      return;
    }
    const { resolves, at } = store.get();
    const reasons = item.now.reasons;
    const given = verdict === "skipped" && !reasons.length ? ["cannot tell"] : reasons;
    const judgement = /** @type {Judgement} */ ({ ...item.now, verdict, reasons: given });
    store.send({ kind: "paced", ms: pace.spent() });
    const step = {
      kind: "decision",
      id: identity(item),
      item,
      before: item.saved,
      draft: item.now,
    };
    store.send({ kind: "stepped", step });
    queue.push(item, judgement, { resolves });
    const toast = swiped ? { text: `${DONE[verdict]}.`, undo: true } : null;
    store.send({ kind: "set", fields: { toast } });
    queue.show(at + 1);
    const next = onTable();
    say(next ? `${DONE[verdict]}. Next: ${next.label}` : `${DONE[verdict]}.`);
  }

  /** Take the last step back; a decision that is undone leaves the draft as it was. */
  function undo() {
    const step = store.get().undo.at(-1);
    store.send({ kind: "set", fields: { toast: null } });
    if (!step) {
      warn("There is nothing to undo.");
      return;
    }
    store.send({ kind: "unstepped" });
    if (step.kind === "bulk") {
      takeBack(step.bulk, step.ids);
      return;
    }
    if (step.kind === "decision") store.send({ kind: "inserted", item: step.item });
    const { items } = store.get();
    const at = items.findIndex((item) => identity(item) === step.id);
    if (at < 0) return;
    const item = items[at];
    if (step.kind === "draft") queue.edit(item, step.before);
    else
      queue.push(item, step.before, {
        now: same(step.before, step.draft) ? step.before : step.draft,
      });
    say("Undone");
    queue.show(at);
  }

  /** Flag or unflag what is saved; what is being written stays a draft. */
  function flag() {
    const item = onTable();
    if (!item) return;
    const flagged = !item.now.flagged;
    const saved = { ...item.saved, flagged };
    const now = { ...item.now, flagged };
    const step = {
      kind: "decision",
      id: identity(item),
      item,
      before: item.saved,
      draft: item.now,
    };
    store.send({ kind: "stepped", step });
    queue.push(item, saved, { now: same(saved, now) ? saved : now });
    say(flagged ? "Flagged" : "Not flagged");
  }

  /** @param {(now: Judgement) => Judgement} change a step of its own for undo */
  function change(change) {
    const item = onTable();
    if (item) queue.edit(item, change(item.now), { remember: true });
  }

  /** @param {number} i @param {string} text */
  function write(i, text) {
    const item = onTable();
    if (!item) return;
    const phrasings = item.now.phrasings.map((old, place) => (place === i ? text : old));
    queue.edit(item, { ...item.now, phrasings });
  }

  /** @param {number} i place in the closed list of reasons */
  function toggleReason(i) {
    const { boot, picking } = store.get();
    const reason = /** @type {any} */ (boot?.reasons[i]);
    change((now) => ({ ...now, reasons: toggled(now.reasons, reason) }));
    if (picking !== "skip") return;
    store.send({ kind: "set", fields: { picking: "" } });
    decide("skipped");
  }

  /** Swap left and right: in the selection, else in the chosen part, else everywhere. */
  async function swap() {
    const { span, part } = store.get();
    if (span) {
      await swapSpan();
      return;
    }
    const item = onTable();
    if (!item) return;
    await swapRows(item, part < 0 ? "" : (partRows(item)[part]?.part ?? ""));
  }

  /** @param {Item} item @param {string} part its row alone; empty for all texts and rows */
  async function swapRows(item, part) {
    const { now } = item;
    const row = now.parts.find(([name]) => name === part);
    const texts = row ? [row[1]] : [...now.phrasings, ...now.parts.map(([, text]) => text)];
    const answer = await ask("review_mirror", { texts });
    if (!answer.ok) {
      warn(answer.error);
      return;
    }
    const n = now.phrasings.length;
    /** @type {Judgement} */
    const swapped = row
      ? {
          ...now,
          parts: now.parts.map((one) => (one === row ? [otherPart(one[0]), answer.texts[0]] : one)),
        }
      : {
          ...now,
          phrasings: answer.texts.slice(0, n),
          parts: now.parts.map(([name], i) => [otherPart(name), answer.texts[n + i]]),
        };
    store.send({ kind: "set", fields: { part: -1 } });
    queue.edit(item, swapped, { remember: true });
    if (answer.refused.length) warn(`Not changed: ${answer.refused[0]}`);
    else say("Left and right swapped");
  }

  /**
   * Swap the words of a row that speaks of the other side; the row keeps its part.
   *
   * @param {string} part
   */
  async function mendRow(part) {
    const item = onTable();
    const row = item?.now.parts.find(([name]) => name === part);
    if (!item || !row) return;
    const answer = await ask("review_mirror", { texts: [row[1]] });
    if (!answer.ok || answer.refused.length) {
      warn(answer.ok ? `Not changed: ${answer.refused[0]}` : answer.error);
      return;
    }
    const parts = item.now.parts.map(
      (one) => /** @type {[string, string]} */ (one === row ? [part, answer.texts[0]] : one),
    );
    queue.edit(item, { ...item.now, parts }, { remember: true });
  }

  async function swapSpan() {
    const { span } = store.get();
    const item = onTable();
    if (!item || !span) return;
    const { i, start, end } = span;
    const text = item.now.phrasings[i];
    const selected = text.slice(start, end);
    const around = { before: text.slice(0, start), selected, after: text.slice(end) };
    const answer = await ask("review_mirror", around);
    if (!answer.ok) {
      warn(`Not changed: ${answer.error}`);
      return;
    }
    const here = onTable();
    if (!here || identity(here) !== identity(item) || here.now.phrasings[i] !== text) return;
    const [swapped] = answer.texts;
    if (swapped === selected) {
      warn("The selection contains neither “left” nor “right”.");
      return;
    }
    const phrasings = here.now.phrasings.map((old, place) =>
      place === i ? around.before + swapped + around.after : old,
    );
    queue.edit(here, { ...here.now, phrasings }, { remember: true });
    const after = { i, start, end: start + swapped.length, words: swapped };
    store.send({ kind: "set", fields: { span: after } });
    say(`Swapped: ${swapped}`);
  }

  /** @param {import("../../web/types").Conflict} conflict @param {string | null} value */
  function resolve(conflict, value) {
    const item = onTable();
    if (!item) return;
    store.send({ kind: "resolved", field: conflict.field });
    queue.edit(item, resolved(item.now, conflict.field, value));
  }

  const removeRow = (/** @type {string} */ part) =>
    change((now) => ({ ...now, parts: now.parts.filter(([name]) => name !== part) }));

  /**
   * What can be done about a row that speaks of another side or part.
   *
   * @param {import("../../web/types").RowProblem} problem
   */
  function fixesOf({ part, meant }) {
    const taken = !meant || onTable()?.now.parts.some(([name]) => name === meant);
    const move = () =>
      change((now) => ({
        ...now,
        parts: now.parts.map(([name, text]) => [name === part ? meant : name, text]),
      }));
    return {
      swap: () => mendRow(part),
      move: taken ? null : move,
      remove: () => removeRow(part),
    };
  }

  return {
    decide,
    fixesOf,
    flag,
    resolve,
    swap,
    swapSpan,
    toggleReason,
    undo,
    write,
    note: (/** @type {string} */ note) => {
      const item = onTable();
      if (item) queue.edit(item, { ...item.now, note });
    },
    removeRow,
    toggleWrong: (/** @type {string} */ part) =>
      change((now) => ({ ...now, wrong_parts: toggled(now.wrong_parts, part) })),
  };
}
