// What the controls of Describe do. Views call these and nothing else.
import { address } from "../../web/address.js";
import { AWAY, insist, sequence } from "../../web/api.js";
import { sharePair } from "../../web/pair_strip.js";
import { focusPeople } from "../../web/people.js";
import { newId } from "../../web/storage.js";
import { takePicture } from "../../web/upload.js";
import { keepDraft, keptDraft } from "./drafts.js";
import { openJobs } from "./job.js";
import { edited, hasPair, isChecked, pairFields, sourceOf, wrongOf } from "./state.js";
import { judgeKey, rowVerdict, textVerdict } from "./texts.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Writer} Writer */
/** @typedef {import("./state").Role} Role */
/** @typedef {ReturnType<typeof openDesk>} Desk */

export const TAB = "describe";

/** Pause in writing before texts are judged, in milliseconds. */
const REST = 250;

/**
 * @param {object} page
 * @param {import("../../web/state").Store<State, any>} page.store
 * @param {import("../../web/api").Call} page.call
 * @param {import("../../web/upload").Upload} page.upload
 * @param {() => { key?: string }} page.ownKey
 * @param {(part: string) => void} page.focusRow "" is the first phrasing
 * @param {() => void} page.focusUndo
 * @param {(part: string) => void} page.focusAdder
 * @param {(name: string, content: string) => void} page.offer a file to keep
 */
export function openDesk({ store, call, upload, ownKey, focusRow, focusUndo, focusAdder, offer }) {
  const asked = sequence();
  const judged = sequence();
  let timer = /** @type {any} */ (0);
  const send = (/** @type {any} */ event) => store.send(event);
  const notice = (/** @type {import("./state").NoticeOf | null} */ shown) =>
    send({ kind: "noticed", notice: shown });
  const failed = (/** @type {string} */ words) => notice({ kind: "error", words });
  const say = (/** @type {string} */ words, /** @type {"parts" | "words"} */ at = "words") =>
    send({ kind: "said", said: { at, words } });
  const jobs = openJobs({ store, call, ownKey });

  async function ask() {
    const number = asked.next();
    const wanted = () => asked.isNewest(number);
    const state = store.get();
    jobs.drop();
    const payload = { ...pairFields(state), writer: state.writer, seed: 0 };
    const away = () => notice({ kind: "quiet", words: AWAY });
    const answer = await insist(call, "describe", { payload, away, wanted });
    if (!wanted()) return;
    if (answer.ok) send({ kind: "answered", answer, draft: keptDraft(store.get()) });
    else failed(answer.error);
  }

  async function judge() {
    clearTimeout(timer);
    const number = judged.next();
    const wanted = () => judged.isNewest(number);
    const state = store.get();
    if (!state.texts) return;
    const { rows, phrasings } = state.texts;
    const payload = { ...pairFields(state), rows, texts: phrasings };
    const answer = await insist(call, "verdicts", { payload, wanted });
    if (!wanted()) return;
    const key = judgeKey({ rows, phrasings, phrased: "" });
    if (answer.ok) send({ kind: "judged", key, answer });
    else say(answer.error);
  }

  store.watch((state, before) => {
    keepDraft(state, before);
    if (state.texts === before.texts || isChecked(state)) return;
    clearTimeout(timer);
    judged.next(); // what is on its way is about older texts
    if (state.texts) timer = setTimeout(judge, before.texts ? REST : 0);
  });

  /** Put the place where something is wrong before the visitor's eyes. @param {State} state */
  function show(state) {
    const wrong = wrongOf(state);
    if (!wrong) return false;
    send({ kind: "wrong", wrong });
    focusRow(wrong.part);
    return true;
  }

  /** The fields of a description that may leave the page; null where something must be mended. */
  async function finished() {
    if (!store.get().texts || show(store.get())) return null;
    if (!isChecked(store.get())) await judge();
    const state = store.get();
    const { texts, answer } = state;
    if (!texts || show(state)) return null;
    const own = state.writer === "model" ? Object.entries(state.live.views) : [];
    const stored = (answer?.views ?? []).map((one) => [one.view, one.texts]);
    const live = own.map(([view, one]) => [view, one.texts]);
    return {
      ...pairFields(state),
      source: sourceOf(state),
      writer: state.writer,
      rows: texts.rows,
      phrasings: texts.phrasings,
      views: Object.fromEntries(state.writer === "model" ? live : stored),
      edited: edited(state),
      seed: 0,
    };
  }

  const refuse = (/** @type {string} */ words) =>
    send({ kind: "wrong", wrong: { part: "", words } });

  async function download() {
    const fields = await finished();
    if (!fields) return;
    const answer = await call("caption_row", fields);
    if (answer.ok) offer(answer.file, JSON.stringify([answer.row], null, 1));
    else refuse(answer.error);
  }

  async function save() {
    const fields = await finished();
    if (!fields) return;
    const answer = await call("describe_save", { ...fields, operation: newId() });
    if (!answer.ok) {
      refuse(answer.error);
      return;
    }
    const revision = answer.revision ? ` as revision ${answer.revision}` : "";
    say(
      answer.changed
        ? `Saved to the review store${revision}.`
        : "The review store holds exactly these texts already.",
    );
  }

  /**
   * Other words for one phrasing, or new phrasings for the parts as they are (-1).
   *
   * @param {number} at
   */
  async function rephrase(at) {
    const state = store.get();
    if (!state.texts) return;
    if (state.writer === "model") {
      jobs.rephrase(at);
      return;
    }
    const { rows, phrasings } = state.texts;
    const known = at < 0 ? [] : phrasings;
    const payload = { ...pairFields(state), rows, phrasings: known, seed: state.seed + 1 };
    const answer = await call("rephrase", payload);
    if (store.get().author !== state.author) return; // another pair, or another author
    if (!answer.ok) {
      show(store.get());
      say(answer.error);
    } else if (!answer.phrasings.length) say("The rules know no other words for these parts.");
    else takeWords(at, answer);
  }

  /** @param {number} at @param {import("../../web/types").RephraseAnswer} answer */
  function takeWords(at, { phrasings, joined }) {
    if (!joined && store.get().writer === "rules") send({ kind: "knew", phrasings });
    if (at < 0) send({ kind: "rephrased", phrasings });
    else send({ kind: "putPhrasing", at, text: phrasings[0] });
    if (joined) say("These are the sentences of the parts, joined by rules.");
  }

  /**
   * @param {object} payload
   * @param {"parts" | "words"} at where a refusal is said
   * @returns {Promise<import("../../web/types").ExchangedAnswer | null>}
   */
  async function exchanged(payload, at) {
    const answer = await call("exchange_sides", payload);
    if (answer.ok) return answer;
    say(`Nothing is swapped: ${answer.error}`, at);
    return null;
  }

  /** Swap left and right in all rows, and in the phrasings that fit better so. */
  async function swapAll() {
    const { texts, checked } = store.get();
    if (!texts) return;
    const wrong = texts.phrasings.filter((text) => textVerdict(checked, text)?.swapped);
    const answer = await exchanged({ rows: texts.rows, texts: wrong }, "parts");
    if (!answer || store.get().texts !== texts) return;
    const rows = answer.rows.map(({ part, text }) => ({ part, text }));
    const turned = new Map(wrong.map((text, i) => [text, answer.texts[i]]));
    const phrasings = texts.phrasings.map((text) => turned.get(text) ?? text);
    send({ kind: "swapped", rows, phrasings });
  }

  /** @param {number} at */
  async function swapPhrasing(at) {
    const text = store.get().texts?.phrasings[at] ?? "";
    const answer = await exchanged({ texts: [text] }, "words");
    if (!answer || store.get().texts?.phrasings[at] !== text) return;
    send({ kind: "putPhrasing", at, text: answer.texts[0] });
  }

  /** The sentence changes its side, the row stays. @param {import("./texts").Row} row */
  async function swapRow({ part, text }) {
    const answer = await exchanged({ texts: [text] }, "parts");
    const standing = store.get().texts?.rows.find((row) => row.part === part);
    if (!answer || standing?.text !== text) return;
    send({ kind: "putRow", part, text: answer.texts[0] });
  }

  /** @param {string} part */
  function remove(part) {
    send({ kind: "removed", part });
    focusUndo();
  }

  /** @param {import("./texts").Row} row @returns {import("../../web/row_problem").Fixes | null} */
  function fixesOf(row) {
    const { texts, checked } = store.get();
    const meant = rowVerdict(checked, row)?.problem?.meant ?? "";
    const taken = !meant || texts?.rows.some(({ part }) => part === meant);
    return {
      swap: () => swapRow(row),
      move: taken ? null : () => send({ kind: "moved", part: row.part, to: meant }),
      remove: () => remove(row.part),
    };
  }

  /**
   * @param {string} pair
   * @param {{ writer?: Writer, share?: boolean }} options
   */
  function pick(pair, { writer = store.get().writer, share = false } = {}) {
    const before = store.get();
    send({ kind: "picked", pair, writer });
    if (store.get() === before) return;
    place(before.pair !== "");
    ask();
    if (share) sharePair(pair);
  }

  /** @param {boolean} push */
  function place(push) {
    const { pair, writer } = store.get();
    address.place(TAB, { pair, source: writer === "rules" ? "" : writer }, { push });
  }

  /** @param {Writer} writer */
  function choose(writer) {
    jobs.drop();
    send({ kind: "wrote", writer });
    place(true);
    if (hasPair(store.get())) ask();
  }

  /** @param {Role} role @param {File} file */
  async function take(role, file) {
    const { boot } = store.get();
    const say = (/** @type {string} */ what) =>
      notice({ kind: "quiet", words: `${what} ${file.name} …` });
    say("Uploading");
    const mostPixels = boot?.own.most_pixels ?? 0;
    const onSent = () => say("Looking for people in");
    const found = await takePicture(file, { call, upload, mostPixels, onSent });
    if ("error" in found) {
      failed(found.error);
      return;
    }
    jobs.drop();
    asked.next();
    send({ kind: "uploaded", role, taken: found.taken });
    place(false);
    focusPeople(`#describe [data-role="${role}"]`);
    if (hasPair(store.get())) ask();
  }

  /** @param {Role} role @param {number} person */
  function choosePerson(role, person) {
    const before = store.get();
    send({ kind: "person", role, person });
    if (store.get() === before) return;
    jobs.drop();
    asked.next();
    if (hasPair(store.get())) ask();
  }

  return {
    ...{ choose, choosePerson, download, fixesOf, jobs, pick, remove, rephrase, save, send },
    ...{ swapAll, swapPhrasing, take },
    undo: () => send({ kind: "undo" }),
    /** @type {import("../../web/live_rank").Ask} */
    rank: (question) => call("live_rank", question),
    /** @param {string} part of the body map: its sentence, or a new one */
    openPart(part) {
      if (store.get().texts?.rows.some((row) => row.part === part)) focusRow(part);
      else {
        send({ kind: "adding", fields: { part } });
        focusAdder(part);
      }
    },
    add() {
      const { part } = store.get().adding;
      send({ kind: "added" });
      focusAdder(store.get().adding.wrong ? part : "");
    },
    async more() {
      const offset = store.get().strip?.pairs.length ?? 0;
      const page = await call("pair_strip", { offset });
      if (page.ok) send({ kind: "more", page });
    },
    async open() {
      const away = () => notice({ kind: "quiet", words: AWAY });
      const boot = await insist(call, "describe_boot", { away });
      if (boot.ok) send({ kind: "booted", boot });
      else failed(boot.error);
      return boot.ok;
    },
  };
}
