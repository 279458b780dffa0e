import assert from "node:assert/strict";
import { test } from "node:test";
import { draftKey, readDraft } from "../../autocompose/studio/describe/page/drafts.js";
import {
  draftOf,
  edited,
  groupsOf,
  isChecked,
  pairFields,
  reduce,
  sourceOf,
  wrongOf,
} from "../../autocompose/studio/describe/page/state.js";
import { isStale, rowVerdict } from "../../autocompose/studio/describe/page/texts.js";
import { wave } from "../../autocompose/studio/describe/page/view_table.js";
import { after, answer, judged, opened } from "./describe_fakes.js";

const typed = (part, text) => ({ kind: "typedRow", part, text });
const adding = (part, text) => ({ kind: "adding", fields: { part, text } });

test("a verdict is shown only beside the very sentence that it is about", () => {
  const state = judged(opened());
  const [left, right] = state.texts.rows;
  assert.equal(rowVerdict(state.checked, left)?.verdict.verdict, "supported");
  const next = reduce(state, typed("left_hand", "Raise the left hand!"));
  assert.equal(rowVerdict(next.checked, next.texts.rows[0]), null);
  assert.ok(rowVerdict(next.checked, right));
  assert.equal(isChecked(next), false);
  const back = reduce(next, { kind: "undo" });
  assert.ok(isChecked(back));
});

test("a late verdict about older texts is dropped", () => {
  const state = opened();
  const late = judged(state);
  const next = reduce(state, typed("left_hand", "Nod."));
  const told = reduce(next, { kind: "judged", key: late.checkedKey, answer: late.checked });
  assert.equal(told, next);
});

test("a row that speaks of another side keeps the texts from leaving the page", () => {
  const problem = { part: "right_hand", why: "This row is the right hand; …", meant: "left_hand" };
  const state = judged(reduce(opened(), typed("right_hand", "Lower the left hand.")), {
    right_hand: problem,
  });
  assert.equal(wrongOf(state).part, "right_hand");
  assert.equal(wrongOf(reduce(state, { kind: "removed", part: "right_hand" })), null);
});

test("an empty sentence and missing phrasings are named with their place", () => {
  const empty = reduce(opened(), typed("left_hand", " "));
  assert.equal(wrongOf(empty).part, "left_hand");
  assert.match(wrongOf(empty).words, /sentence for the left hand is empty/);
  const none = after(
    opened(),
    { kind: "typedPhrasing", at: 0, text: "" },
    { kind: "typedPhrasing", at: 1, text: " " },
  );
  assert.deepEqual([wrongOf(none).part, /No phrasings/.test(wrongOf(none).words)], ["", true]);
});

test("a removed part comes back where it was, with what was written since", () => {
  const state = after(
    opened(),
    { kind: "removed", part: "left_hand" },
    typed("right_hand", "Drop the right hand."),
    typed("right_hand", "Drop the right hand fast."),
  );
  assert.match(
    reduce(opened(), { kind: "removed", part: "left_hand" }).said.words,
    /left hand is removed/,
  );
  assert.equal(state.steps.length, 2); // typing in one field is one step
  const once = reduce(state, { kind: "undo" });
  assert.deepEqual(once.texts.rows, [{ part: "right_hand", text: "Lower the right hand." }]);
  const twice = reduce(once, { kind: "undo" });
  assert.deepEqual(
    twice.texts.rows.map(({ part }) => part),
    ["left_hand", "right_hand"],
  );
  assert.match(reduce(twice, { kind: "undo" }).said.words, /nothing to undo/);
});

test("edited is said until the old words are back", () => {
  const state = opened();
  assert.equal(edited(state), false);
  const changed = reduce(state, typed("left_hand", "Lift the left hand."));
  assert.ok(edited(changed));
  assert.equal(edited(reduce(changed, typed("left_hand", "Raise the left hand."))), false);
  const words = { kind: "typedPhrasing", at: 0, text: "Left up." };
  assert.ok(edited(reduce(state, words)));
  // Other words by the same author are no edit.
  const again = after(state, { kind: "knew", phrasings: ["Left up."] }, words);
  assert.equal(edited(again), false);
});

test("phrasings are stale until they are written anew, kept, or the parts are as they were", () => {
  const state = reduce(opened(), { kind: "removed", part: "left_hand" });
  assert.ok(isStale(state.texts));
  assert.equal(isStale(reduce(state, { kind: "undo" }).texts), false);
  assert.equal(isStale(reduce(state, { kind: "kept" }).texts), false);
  const anew = reduce(state, { kind: "rephrased", phrasings: ["Lower the right hand."] });
  assert.equal(isStale(anew.texts), false);
  assert.equal(isStale(opened({ kind: "typedPhrasing", at: 0, text: "Left up." }).texts), false);
});

test("a part has one sentence: a second one is refused with a line", () => {
  const first = after(opened(), adding("head", "Turn the head to the left."), { kind: "added" });
  assert.equal(first.texts.rows.length, 3);
  assert.deepEqual(first.adding, { part: "", text: "", wrong: "" });
  const second = after(first, adding("head", "Turn the head to the right."), { kind: "added" });
  assert.match(second.adding.wrong, /has a sentence: “Turn the head to the left.”/);
  assert.equal(second.texts, first.texts);
  assert.match(after(first, adding("", "x"), { kind: "added" }).adding.wrong, /body part first/);
  assert.match(after(first, adding("hips", " "), { kind: "added" }).adding.wrong, /what the hips/);
});

test("a sentence moves into a row that is free, and into no other", () => {
  const state = opened();
  const moved = reduce(state, { kind: "moved", part: "left_hand", to: "head" });
  assert.deepEqual(moved.texts.rows[0], { part: "head", text: "Raise the left hand." });
  assert.equal(reduce(state, { kind: "moved", part: "left_hand", to: "right_hand" }), state);
});

test("the draft is what differs from its author, and comes back with the pair", () => {
  const state = opened();
  assert.equal(draftOf(state), null);
  const changed = reduce(state, typed("left_hand", "Lift the left hand."));
  const draft = JSON.parse(JSON.stringify(draftOf(changed)));
  const elsewhere = after(
    changed,
    { kind: "picked", pair: "q" },
    { kind: "answered", answer: answer(), draft: null },
  );
  assert.equal(edited(elsewhere), false);
  const back = after(
    elsewhere,
    { kind: "picked", pair: "p" },
    { kind: "answered", answer: answer(), draft },
  );
  assert.deepEqual(back.texts, changed.texts);
  assert.ok(edited(back));
  assert.equal(draftKey(back), "autocompose-describe:demo test:p:rules");
  assert.notEqual(draftKey({ ...back, writer: "mllm" }), draftKey(back));
  assert.deepEqual([readDraft({ old: 1 }), readDraft(null)], [null, null]);
  assert.deepEqual(readDraft(draft), draft);
});

test("stored texts of a model are a source of their own", () => {
  const state = after(
    opened(),
    { kind: "wrote", writer: "mllm" },
    { kind: "answered", answer: answer({ writer: "mllm", stored: true }), draft: null },
  );
  assert.deepEqual([state.writer, sourceOf(state)], ["mllm", "mllm"]);
  const none = after(
    opened(),
    { kind: "wrote", writer: "mllm" },
    { kind: "answered", answer: answer(), draft: null },
  );
  assert.deepEqual([none.writer, sourceOf(none)], ["rules", "auto"]);
});

test("one own picture takes the pair from the table and waits for the other", () => {
  const upload = { path: "/u/a.png", picture: {} };
  const one = reduce(opened(), { kind: "uploaded", role: "target", taken: upload });
  assert.deepEqual([one.pair, one.answer, one.texts, one.busy], ["", null, null, false]);
  const two = reduce(one, { kind: "uploaded", role: "reference", taken: upload });
  assert.ok(two.busy);
  assert.equal(draftOf(two), null);
  assert.deepEqual(reduce(two, { kind: "picked", pair: "p" }).uploads, {
    reference: null,
    target: null,
  });
});

test("another person of an own picture is asked for anew; a new picture begins with the first", () => {
  const upload = { path: "/u/a.png", picture: {} };
  const both = after(
    opened(),
    { kind: "uploaded", role: "target", taken: upload },
    { kind: "uploaded", role: "reference", taken: upload },
  );
  const second = reduce(both, { kind: "person", role: "target", person: 2 });
  assert.deepEqual(pairFields(second), {
    reference: "/u/a.png",
    target: "/u/a.png",
    reference_person: 1,
    target_person: 2,
  });
  assert.deepEqual([second.busy, second.texts], [true, null]);
  assert.equal(reduce(second, { kind: "person", role: "target", person: 2 }), second);
  const fresh = reduce(second, { kind: "uploaded", role: "target", taken: upload });
  assert.equal(pairFields(fresh).target_person, 1);
});

test("rows stand in the groups of the body, and a pair that says nothing has none", () => {
  assert.deepEqual(
    groupsOf(opened()).map(({ group, rows }) => [group, rows.length]),
    [["arms", 2]],
  );
  const none = after(
    opened(),
    { kind: "picked", pair: "q" },
    { kind: "answered", answer: answer({ explanation: "Nothing changes." }), draft: null },
  );
  assert.deepEqual([groupsOf(none), none.texts], [[], null]);
});

test("an event that nobody knows is a mistake", () => {
  assert.throws(() => reduce(opened(), { kind: "typo" }), /no such event/);
});

test("the played change goes there, rests, and comes back", () => {
  assert.deepEqual([wave(0), wave(0.4), wave(0.5), wave(1)], [0, 1, 1, 0]);
  assert.ok(wave(0.2) > 0 && wave(0.2) < 1);
});
