import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LIVE,
  money,
  OTHER_VIEWS,
  reduceLive,
  tallyOf,
} from "../../autocompose/studio/describe/page/live_state.js";
import { draftOf, edited } from "../../autocompose/studio/describe/page/state.js";
import { after, answer, opened, PARTS } from "./describe_fakes.js";

const event = (kind, view, fields = {}) => ({
  kind: "happened",
  event: { kind, view, stage: "", rows: [], texts: [], note: "", ...fields },
});
const states = (live) => live.steps.map(({ state }) => state);
const run = (...events) => events.reduce(reduceLive, LIVE);
const begun = { kind: "begun", views: OTHER_VIEWS };
const progress = {
  state: "done",
  calls: 2,
  cached: 1,
  input_tokens: 1800,
  output_tokens: 1,
  cost_usd: 0.0002,
  seconds: 3.5,
};

test("the stages follow each other, and the other views are counted", () => {
  const parts = run(begun, event("parts", "forward"));
  assert.deepEqual(states(parts), ["done", "busy", ""]);
  const texts = reduceLive(parts, event("texts", "forward"));
  assert.deepEqual(states(texts), ["done", "done", "busy"]);
  assert.equal(texts.steps[2].note, "0 of 3");
  const all = OTHER_VIEWS.reduce(
    (live, view) =>
      [event("parts", view, { rows: [PARTS[0]] }), event("texts", view, { texts: ["x"] })].reduce(
        reduceLive,
        live,
      ),
    texts,
  );
  assert.deepEqual(states(all), ["done", "done", "done"]);
  assert.deepEqual(all.views.mirror, { texts: ["x"], rows: [PARTS[0]], note: "" });
});

test("only the forward view was asked for", () => {
  assert.deepEqual(states(run({ kind: "begun", views: [] })), ["busy", "", "off"]);
});

test("what the model wrote wrongly is said, at its stage", () => {
  const again = run(begun, event("again", "forward", { stage: "parts" }));
  assert.equal(again.steps[0].note, "retrying");
  const bad = reduceLive(again, event("discarded", "forward", { note: "no JSON" }));
  assert.deepEqual([states(bad)[0], bad.rejected], ["bad", "no JSON"]);
  const later = run(begun, event("parts", "forward"), event("discarded", "forward"));
  assert.deepEqual(states(later).slice(0, 2), ["done", "bad"]);
  const phrase = run({ kind: "rephrasing", place: 1 }, event("discarded", "forward"));
  assert.deepEqual(states(phrase), ["", "bad", ""]);
});

test("a job that ends leaves what it has, and its raw answers can be asked for", () => {
  const parts = run(begun, { kind: "started", job: "j" }, event("parts", "forward"));
  const stopped = reduceLive(parts, { kind: "ended", state: "cancelled", progress: null });
  assert.deepEqual(states(stopped), ["done", "", ""]);
  assert.deepEqual(
    [stopped.working, stopped.job, stopped.told, stopped.asked],
    [false, "", "j", []],
  );
  const failed = reduceLive(parts, { kind: "ended", state: "failed", progress });
  assert.deepEqual([states(failed)[1], failed.end], ["bad", progress]);
  assert.throws(() => reduceLive(LIVE, { kind: "typo" }), /no such event/);
});

test("the tally says calls, tokens, price and time", () => {
  assert.equal(tallyOf(progress), "2 calls · 1 stored · 1,800 + 1 token · $0.0002 · 3.5 s");
  assert.equal(tallyOf({ ...progress, calls: 0, cached: 0, seconds: 0 }), "0 calls · 0 s");
  assert.deepEqual([money(null), money(0), money(1.5)], ["price unknown", "$0", "$1.50"]);
});

test("what a live model wrote is kept, and is edited only by a person", () => {
  const rows = [{ ...PARTS[0], text: "Nod." }];
  const state = after(
    opened(),
    { kind: "wrote", writer: "model" },
    { kind: "answered", answer: answer(), draft: null },
    { kind: "parts", rows },
    { kind: "phrasings", phrasings: ["Nod once."] },
  );
  assert.deepEqual(state.texts.rows, [{ part: "head", text: "Nod." }]);
  assert.equal(edited(state), false);
  const draft = draftOf(state);
  assert.deepEqual(draft.texts.phrasings, ["Nod once."]);
  const back = after(
    state,
    { kind: "picked", pair: "q" },
    { kind: "picked", pair: "p" },
    { kind: "answered", answer: answer(), draft },
  );
  assert.deepEqual([back.texts, back.writer], [state.texts, "model"]);
  assert.ok(edited(after(back, { kind: "typedRow", part: "head", text: "Nod twice." })));
});
