import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "../../autocompose/studio/review/page/diff.js";
import {
  holdCard,
  isChecked,
  otherPart,
  partRows,
  resolved,
  whyNotAccepted,
} from "../../autocompose/studio/review/page/items.js";
import { card, judgement } from "./review_fakes.js";

const hold = (fields = {}, kept = {}) =>
  holdCard(card(fields), { second: false, ops: [], draft: null, ...kept });

test("a draft is shown when it belongs to the revision that stands, else not", () => {
  const draft = { revision: 0, judgement: judgement({ phrasings: ["Mine."] }) };
  assert.deepEqual(hold({}, { draft }).now.phrasings, ["Mine."]);
  assert.equal(
    hold({}, { draft: { ...draft, revision: 3 } }).now.phrasings[0],
    "Raise the left arm.",
  );
});

test("what is still in the outbox counts as saved", () => {
  const ops = [{ id: "one", base: 0, judgement: judgement({ verdict: "accepted" }) }];
  const item = hold({}, { ops });
  assert.deepEqual([item.saved.verdict, item.revision], ["accepted", 1]);
  assert.equal(hold({}, { ops, second: true }).saved.verdict, "pending");
});

test("claims are about the texts they were made of, and of no others", () => {
  const item = hold();
  assert.equal(isChecked(item), true);
  assert.equal(
    isChecked({ ...item, now: judgement({ phrasings: ["Raise the right arm."] }) }),
    false,
  );
  assert.equal(isChecked({ ...item, now: judgement({ parts: [["right_arm", "Up."]] }) }), false);
  // The store's claims are of the imported texts: those of an edited one are not trusted.
  assert.equal(isChecked(hold({ edited: true })), false);
});

test("parts: own rows first, then what the texts name, each with its worst verdict", () => {
  const mark = (part, verdict) => ({ part, verdict, change: "up", evidence: "", text_index: 0 });
  const claims = [
    mark("head", "supported"),
    mark("head", "contradicted"),
    mark("left_arm", "supported"),
  ];
  const rows = partRows(hold({ claims }));
  assert.deepEqual(
    rows.map((row) => [row.part, row.verdict, row.text]),
    [
      ["left_arm", "supported", "Raise the left arm."],
      ["head", "contradicted", null],
    ],
  );
});

test("a row of another side keeps a description from being accepted, once it was checked", () => {
  const why = "This row is the left arm; the sentence speaks of the right arm.";
  const item = hold({ problems: [{ part: "left_arm", why }] });
  assert.match(whyNotAccepted(item), /speaks of the right arm/);
  assert.equal(whyNotAccepted({ ...item, now: judgement({ parts: [] }) }), "");
  assert.match(whyNotAccepted({ ...item, now: judgement({ phrasings: [" "] }) }), /empty/);
});

test("left and right change places in the name of a part", () => {
  assert.deepEqual(["left_hand", "right_knee", "head"].map(otherPart), [
    "right_hand",
    "left_knee",
    "head",
  ]);
});

test("one side of a conflict is put in its place", () => {
  assert.deepEqual(resolved(judgement(), "phrasing 1", "Theirs.").phrasings, ["Theirs."]);
  assert.deepEqual(resolved(judgement(), "left arm", null).parts, []);
  assert.deepEqual(resolved(judgement(), "left arm", "Up.").parts, [["left_arm", "Up."]]);
  assert.equal(resolved(judgement(), "verdict", "rejected").verdict, "rejected");
  assert.equal(resolved(judgement(), "note", null).note, "");
});

test("the words that differ, and only those", () => {
  assert.deepEqual(difference("raise the left arm", "raise the right arm"), [
    ["same", "raise the "],
    ["out", "left"],
    ["in", "right"],
    ["same", " arm"],
  ]);
  assert.deepEqual(difference("same", "same"), [["same", "same"]]);
  assert.deepEqual(difference("", "new"), [
    ["out", ""],
    ["in", "new"],
  ]);
  const long = "word ".repeat(500);
  assert.equal(difference(long, `${long}more`).length, 2);
});
