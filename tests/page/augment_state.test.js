import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, reduce } from "../../autocompose/studio/augment/page/state.js";
import { withPage } from "../../autocompose/studio/web/pair_strip.js";
import { judgedRuns } from "../../autocompose/studio/web/verdict_chip.js";

const cell = (view, ...texts) => ({ view, words: texts.map((text) => ({ text, differs: false })) });
const cells = [
  cell("forward", "Raise the left", "arm."),
  cell("mirror", "Raise the", "right arm."),
  cell("reverse", "Lower it."),
  cell("mirror-reverse", "Lower it too."),
];
const answer = { pair: "p", seed: 0, cells };
const after = (...events) => events.reduce(reduce, INITIAL);

test("another pair begins with the first phrasing", () => {
  const state = after({ kind: "picked", pair: "p" }, { kind: "rephrase" });
  assert.equal(state.seed, 1);
  assert.deepEqual([reduce(state, { kind: "picked", pair: "q" }).seed, state.busy], [0, true]);
  assert.equal(reduce(state, { kind: "picked", pair: "p" }), state);
});

test("the texts of the chosen view are compared, whole", () => {
  const state = after({ kind: "answered", answer });
  assert.equal(state.comparison.text, "Raise the left arm.");
  assert.equal(state.comparison.generated, "Raise the right arm.");
  const reverse = reduce(state, { kind: "compare", view: "reverse" });
  assert.equal(reverse.comparison.generated, "Lower it too.");
  const again = reduce(reverse, { kind: "answered", answer });
  assert.equal(again.comparison.view, "reverse");
});

test("a refusal takes the older difference away", () => {
  const shown = { derived: "", runs: [], identical: true, removed: 0, added: 0 };
  const state = after({ kind: "answered", answer }, { kind: "compared", shown });
  assert.equal(state.comparison.shown, shown);
  assert.equal(reduce(state, { kind: "refused", problem: "which right?" }).comparison.shown, null);
});

test("a page of the strip that comes twice is added once", () => {
  const strip = { total: 3, offset: 0, pairs: [{ id: "a" }, { id: "b" }] };
  const page = { total: 3, offset: 2, pairs: [{ id: "c" }] };
  assert.equal(withPage(withPage(strip, page), page).pairs.length, 3);
});

test("runs lose no letter, and the worse verdict wins", () => {
  const claims = [
    { start: 0, end: 9, verdict: "supported" },
    { start: 6, end: 12, verdict: "contradicted" },
    { start: -5, end: 2, verdict: "unknown" },
    { start: 10, end: 99, verdict: "supported" },
  ];
  const runs = judgedRuns("Raise the arm.", claims);
  assert.equal(runs.map((run) => run.text).join(""), "Raise the arm.");
  assert.deepEqual(
    runs.map((run) => [run.text, run.verdict]),
    [
      ["Raise ", "supported"],
      ["the ar", "contradicted"],
      ["m.", "supported"],
    ],
  );
});
