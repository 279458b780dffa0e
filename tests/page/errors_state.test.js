import assert from "node:assert/strict";
import { test } from "node:test";
import {
  causeCounts,
  causeOf,
  INITIAL,
  linkOf,
  listed,
  reduce,
  subset,
} from "../../autocompose/studio/errors/page/state.js";
import {
  choices,
  interval,
  isInside,
  NO_FILTERS,
  nearest,
  recallOf,
} from "../../autocompose/studio/errors/page/subset.js";

const NAMES = ["", "arm", "knee", "p1", "p2", "front", "a.jpg", "b.jpg", "move", "angle"];
const rows = {
  names: NAMES,
  id: ["q0", "q1", "q2", "q3"],
  text: ["Raise the arm.", "Bend the KNEE.", "Raise an arm and bend a knee.", "Stand."],
  rank: [1, 30, 12, 3],
  reference: [6, 6, 6, 6],
  target: [7, 7, 7, 7],
  cause: [-1, 1, 0, -1],
  words: [3, 3, 12, 50],
  parts: [[1], [2], [1, 2], []],
  changes: [[8], [9], [8, 9], []],
  person: [3, 4, 3, 4],
  camera: [5, 5, 5, 5],
  clip: [0, 0, 0, 0],
  pose: [0, 0, 0, 0],
  x: [0, 1, 0.1, 0.5],
  y: [0, 1, 0, 0.5],
};
const boot = {
  dataset: { state: "ready", problem: "", dataset: "demo" },
  splits: [
    { name: "test", keys: ["sents", "auto"] },
    { name: "val", keys: ["search"] },
  ],
  checkpoints: ["mini"],
  causes: [
    { cause: "sides exchanged", key: "1" },
    { cause: "model", key: "7" },
  ],
  runs: [],
  job: null,
};
const run = {
  id: "r",
  question: { beyond: 10 },
  num_queries: 4,
  rows,
  corrections: [],
  cases: [],
  places: [],
  pictures: [],
  duplicates: [],
};
const after = (...events) =>
  [{ kind: "opened", boot }, { kind: "run", run }, ...events].reduce(reduce, INITIAL);
const filter = (fields) => ({ kind: "filter", fields });

test("the failures are listed by rank, the worst first, and the found ones on demand", () => {
  assert.deepEqual(listed(after()), [1, 2]);
  assert.deepEqual(listed(after({ kind: "all", on: true })), [1, 2, 3, 0]);
  assert.deepEqual(listed(after({ kind: "cause", at: 0 })), [2]);
});

test("filters make a subset, and clearing them gives all back", () => {
  assert.deepEqual(subset(after(filter({ part: "knee" }))), [1, 2]);
  assert.deepEqual(subset(after(filter({ part: "knee", person: "p2" }))), [1]);
  assert.deepEqual(subset(after(filter({ length: "41+" }))), [3]);
  assert.deepEqual(subset(after(filter({ text: "knee" }))), [1, 2]);
  assert.deepEqual(subset(after({ kind: "lasso", rows: new Set([0, 3]) })), [3, 0]);
  assert.equal(subset(after(filter({ part: "knee" }), filter(NO_FILTERS))).length, 4);
  assert.deepEqual(subset(after(filter({ part: "nose" }))), []);
});

test("filters offer what there is, the most frequent first", () => {
  const found = choices(rows);
  assert.deepEqual(found.part, [
    { value: "arm", count: 2 },
    { value: "knee", count: 2 },
  ]);
  assert.deepEqual(
    found.length.map(({ value }) => value),
    ["1-10", "11-20", "41+"],
  );
  assert.deepEqual(found.clip, []);
});

test("recall of a subset counts its own queries", () => {
  assert.equal(recallOf(rows, [0, 1, 2, 3], 1).percent, 25);
  assert.equal(recallOf(rows, [0, 3], 10).percent, 100);
  assert.deepEqual(recallOf(rows, [], 10), { k: 10, percent: 0, low: 0, high: 0 });
});

test("the interval is that of the bootstrap", () => {
  // numpy: percentiles 2.5 and 97.5 of binomial(600, 0.283) / 600 over a million draws.
  assert.deepEqual(
    interval(170, 600).map((value) => Math.round(value * 10) / 10),
    [24.8, 32],
  );
  assert.deepEqual(interval(0, 10), [0, 0]);
  assert.deepEqual(interval(10, 10), [100, 100]);
  const [low, high] = interval(10000, 20000);
  assert.ok(Math.abs(low - 49.3) < 0.05);
  assert.ok(Math.abs(high - 50.7) < 0.05);
});

test("a correction takes the place of the computed cause, and can be taken back", () => {
  const corrected = (cause) => ({ kind: "corrected", correction: { query: "q1", cause, by: "a" } });
  const state = after(corrected("sides exchanged"));
  assert.equal(causeOf(state, 1), 0);
  assert.deepEqual(causeCounts(state), [2, 0]);
  assert.deepEqual(listed(reduce(state, { kind: "cause", at: 0 })), [1, 2]);
  assert.equal(causeOf(reduce(state, corrected(null)), 1), 1);
});

test("what a comparison found is listed within the subset", () => {
  const comparison = { fixed: ["q0"], broken: ["q1", "q3"] };
  const state = after({ kind: "compared", comparison, against: "x" });
  assert.deepEqual(listed(reduce(state, { kind: "changed", which: "broken" })), [1, 3]);
});

test("an answer about another query than the chosen one is not shown", () => {
  const state = after({ kind: "chose", at: 1 });
  assert.equal(reduce(state, { kind: "detail", detail: { query: "q0" } }).detail, null);
  assert.equal(reduce(state, { kind: "detail", detail: { query: "q1" } }).detail.query, "q1");
});

test("the form holds a split and a key that there are", () => {
  const state = after({ kind: "form", fields: { split: "val" } });
  assert.deepEqual([state.form.split, state.form.key], ["val", "search"]);
  assert.equal(reduce(state, { kind: "form", fields: { split: "no" } }).form.split, "test");
});

test("without joints the form asks for pictures alone", () => {
  const bare = { ...boot, dataset: { ...boot.dataset, state: "no_joints" } };
  assert.equal(reduce(INITIAL, { kind: "opened", boot: bare }).form.joints, "none");
  assert.equal(reduce(INITIAL, { kind: "opened", boot }).form.joints, "known");
});

test("a link names run, query, cause and filters", () => {
  const state = after({ kind: "chose", at: 1 }, { kind: "cause", at: 1 }, filter({ part: "arm" }));
  assert.deepEqual(linkOf(state), {
    run: "r",
    query: "q1",
    cause: "7",
    found: "",
    ...NO_FILTERS,
    part: "arm",
  });
});

test("a line drawn around places holds those inside", () => {
  const line = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
  ];
  assert.equal(isInside(line, 1, 1), true);
  assert.equal(isInside(line, 3, 1), false);
  assert.deepEqual([...nearest(rows, 0, 2)], [0, 2]);
});
