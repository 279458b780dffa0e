import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openDecisions } from "../../autocompose/studio/review/page/decisions.js";
import { holdCard } from "../../autocompose/studio/review/page/items.js";
import { openQueue } from "../../autocompose/studio/review/page/queue.js";
import { current, minutesLeft, reduce, START } from "../../autocompose/studio/review/page/state.js";
import { createStore } from "../../autocompose/studio/web/state.js";
import { card, fakeAsk, fakeStorage, judgement } from "./review_fakes.js";

const stats = { descriptions: 9, reviewed: 2 };

beforeEach(() => {
  globalThis.localStorage = fakeStorage();
  globalThis.document = { hidden: false };
});

function desk(answers = {}, cards = [card(), card({ id: "two" }), card({ id: "three" })]) {
  const items = cards.map((one) => holdCard(one, { second: false, ops: [], draft: null }));
  const start = {
    ...START,
    boot: { reviewer: "ada", reasons: ["wording"] },
    stats,
    items,
    end: true,
  };
  const store = createStore(reduce, start);
  const sent = [];
  const warned = [];
  const none = { items: [], stats, why: null };
  const { ask, asked } = fakeAsk({
    review_next: none,
    review_renew: { kept: [] },
    review_judge: { claims: [], problems: [] },
    ...answers,
  });
  const outbox = { box: () => ({ ops: [] }), add: (op, done) => sent.push({ op, done }) };
  const pace = { begin() {}, spent: () => 5, quietFor: () => 0 };
  const warn = (text) => warned.push(text);
  const queue = openQueue({ store, ask, outbox: () => outbox, pace, warn });
  const takeBack = async () => {};
  const decisions = openDecisions({ store, ask, queue, pace, warn, takeBack });
  return { store, sent, warned, asked, queue, decisions, at: () => current(store.get()) };
}

test("undo takes the decision back and leaves the words, the swap and the marks as they were", () => {
  const { decisions, sent, store, at } = desk();
  decisions.write(0, "My own words.");
  decisions.toggleWrong("left_arm");
  decisions.decide("accepted");
  assert.equal(at().id, "two");
  decisions.undo();
  assert.equal(at().id, "one");
  assert.deepEqual(at().now.phrasings, ["My own words."]);
  assert.deepEqual(at().now.wrong_parts, ["left_arm"]);
  assert.equal(sent.at(-1).op.judgement.verdict, "pending");
  assert.deepEqual(sent.at(-1).op.judgement.phrasings, ["Raise the left arm."]);
  // The draft survives a reload: it belongs to the revision after the undo.
  const kept = JSON.parse(localStorage.getItem("autocompose-draft:ada:one"));
  assert.deepEqual([kept.revision, kept.judgement.phrasings[0]], [2, "My own words."]);
  assert.equal(store.get().stats.reviewed, 2);
});

test("flagging saves the flag and not the words that are being written", () => {
  const { decisions, sent, at } = desk();
  decisions.write(0, "Half a sent");
  decisions.flag();
  assert.equal(sent[0].op.judgement.flagged, true);
  assert.equal(sent[0].op.judgement.phrasings[0], "Raise the left arm.");
  assert.equal(at().now.phrasings[0], "Half a sent");
  decisions.undo();
  assert.deepEqual([at().now.flagged, at().now.phrasings[0]], [false, "Half a sent"]);
});

test("a swap leaves claims unchecked until the new texts were judged", async () => {
  const claims = [{ part: "right_arm", verdict: "contradicted", evidence: "", change: "up" }];
  const judged = { claims, problems: [] };
  const mirror = ({ texts }) => ({
    ok: true,
    texts: texts.map((t) => t.replace("left", "right")),
    refused: [],
  });
  const { decisions, at, asked, store } = desk({ review_mirror: mirror, review_judge: judged });
  await decisions.swap();
  assert.deepEqual(at().now.parts, [["right_arm", "Raise the right arm."]]);
  assert.notEqual(at().checked, JSON.stringify([at().now.phrasings, at().now.parts]));
  await new Promise((done) => setTimeout(done, 400));
  assert.equal(asked.at(-1)[0], "review_judge");
  assert.deepEqual(at().claims, claims);
  assert.equal(at().checked, JSON.stringify([at().now.phrasings, at().now.parts]));
  // A verdict that comes after the next edit is not shown.
  decisions.write(0, "Something else.");
  const late = { kind: "judged", id: "one", key: "old", claims: [], problems: [] };
  store.send(late);
  assert.notEqual(at().checked, JSON.stringify([at().now.phrasings, at().now.parts]));
});

test("a part that is swapped alone changes its side with its words", async () => {
  const mirror = ({ texts }) => ({
    ok: true,
    texts: texts.map((t) => t.replace("left", "right")),
    refused: [],
  });
  const { decisions, at, store } = desk({ review_mirror: mirror });
  store.send({ kind: "set", fields: { part: 0 } });
  await decisions.swap();
  assert.deepEqual(at().now.parts, [["right_arm", "Raise the right arm."]]);
  assert.deepEqual(at().now.phrasings, ["Raise the left arm."]);
});

test("a row that speaks of another side is mended in place, or removed", async () => {
  const mirror = ({ texts }) => ({
    ok: true,
    texts: texts.map((t) => t.replace("left", "right")),
    refused: [],
  });
  const { decisions, at, warned } = desk({ review_mirror: mirror }, [
    card({
      problems: [{ part: "left_arm", why: "This row is the left arm; …" }],
    }),
  ]);
  decisions.decide("accepted");
  assert.match(warned[0], /This row is the left arm/);
  assert.equal(at().saved.verdict, "pending");
  const fixes = decisions.fixesOf({ part: "left_arm", why: "…", meant: "right_arm" });
  assert.equal(decisions.fixesOf({ part: "left_arm", why: "…", meant: "" }).move, null);
  await fixes.swap();
  assert.deepEqual(at().now.parts, [["left_arm", "Raise the right arm."]]);
  fixes.move();
  assert.deepEqual(at().now.parts, [["right_arm", "Raise the right arm."]]);
  decisions.undo();
  fixes.remove();
  assert.deepEqual(at().now.parts, []);
  decisions.undo();
  assert.deepEqual(at().now.parts, [["left_arm", "Raise the right arm."]]);
});

test("a decision counts once, whatever it becomes", () => {
  const { decisions, store } = desk();
  decisions.decide("accepted");
  assert.equal(store.get().stats.reviewed, 3);
  decisions.undo();
  decisions.decide("skipped");
  assert.equal(store.get().stats.reviewed, 2);
});

test("a skip without a reason says that it cannot be told", () => {
  const { decisions, sent } = desk();
  decisions.decide("skipped");
  assert.deepEqual(sent[0].op.judgement.reasons, ["cannot tell"]);
});

test("two people who changed one field learn each other's name", () => {
  const { decisions, sent, warned, store } = desk();
  decisions.decide("accepted");
  const conflict = {
    field: "phrasing 1",
    base: "",
    theirs: "Hers.",
    mine: "Mine.",
    their_reviewer: "grace",
    my_reviewer: "ada",
  };
  const state = { revision: 2, judgement: judgement(), conflicts: [conflict] };
  sent[0].done({ sequence: 7, merged: true, state });
  assert.match(warned[0], /^grace also changed the phrasing 1/);
  assert.deepEqual(store.get().items[0].conflicts, [conflict]);
});

test("the time left is at the median pace", () => {
  const state = { ...START, stats: { descriptions: 12, reviewed: 2 }, paces: [60000, 6000, 90000] };
  assert.equal(minutesLeft(state), 10);
  assert.equal(minutesLeft({ ...state, paces: [] }), 0);
});

test("an event that nobody knows is an error", () => {
  assert.throws(() => reduce(START, { kind: "typo" }), /no such event/);
});
