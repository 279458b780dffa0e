import assert from "node:assert/strict";
import { test } from "node:test";
import { isConfirmed, reaches } from "../../autocompose/studio/review/page/bulk.js";
import {
  activeFilters,
  changedFilters,
  filterList,
  hidingFilters,
} from "../../autocompose/studio/review/page/filters.js";
import { rebound } from "../../autocompose/studio/review/page/keys.js";
import { fromOthers, mergedWords } from "../../autocompose/studio/review/page/news.js";
import { measurePace } from "../../autocompose/studio/review/page/pace.js";
import { START } from "../../autocompose/studio/review/page/state.js";
import { FAR, swiped } from "../../autocompose/studio/review/page/swipe.js";

const choices = { datasets: ["sticks"], splits: ["test"], models: [], reviewers: ["ada"] };
const boot = {
  views: ["forward"],
  sources: ["auto"],
  parts: [{ part: "head", label: "head" }],
  store: { choices },
};

test("a finger that goes up or down decides nothing", () => {
  for (const dy of [-600, -260, 260]) assert.equal(swiped(0, dy), "");
  assert.equal(swiped(FAR, -FAR), "");
  assert.equal(swiped(FAR - 1, 0), "");
  assert.deepEqual([swiped(FAR, 10), swiped(-FAR, -10)], ["accepted", "rejected"]);
});

test("a large action needs its number, and none may be empty", () => {
  assert.deepEqual(
    [isConfirmed(0, ""), isConfirmed(50, ""), isConfirmed(51, "")],
    [false, true, false],
  );
  assert.deepEqual([isConfirmed(51, "15"), isConfirmed(51, "51")], [false, true]);
});

test("a bulk action can be about what is marked, what is filtered, or all", () => {
  const state = { ...START, boot };
  assert.deepEqual(
    reaches(state).map(({ reach }) => reach),
    ["all"],
  );
  const both = reaches({ ...state, marked: ["one"], filters: { source: "auto" } });
  assert.deepEqual(
    both.map(({ reach, sent }) => [reach, sent]),
    [
      ["marked", { ids: ["one"] }],
      ["filtered", { source: "auto" }],
      ["all", {}],
    ],
  );
});

test("filters that are on are named as they are chosen", () => {
  const list = filterList(boot, choices);
  const active = activeFilters(list, { part: "head", state: "conflicted", text: "arm" });
  assert.deepEqual(
    active.map(({ shown }) => shown),
    ["Part: head", "State: in conflict", "Text: arm"],
  );
  assert.deepEqual(changedFilters({}, { by: "ada" }), { by: "ada", verdict: "any" });
  const why = {
    without: [
      { name: "conflicted", count: 3 },
      { name: "text", count: 0 },
    ],
  };
  assert.deepEqual(
    hidingFilters(why, active).map(({ count, filter }) => [count, filter.name]),
    [[3, "state"]],
  );
});

test("a key is taken by one command only, and no number by any", () => {
  const keys = { accept: "a", reject: "x" };
  assert.equal(rebound(keys, "accept", "q").accept, "q");
  for (const key of ["x", "1", "Escape"]) assert.deepEqual(rebound(keys, "accept", key), keys);
});

test("news of one's own saves is none", () => {
  const news = [{ sequence: 4 }, { sequence: 5 }];
  assert.deepEqual(fromOthers(news, new Set([4])), [{ sequence: 5 }]);
  assert.match(mergedWords([], ""), /Both changes are kept/);
});

test("time away from the desk does not count", () => {
  let time = 0;
  const pace = measurePace(() => time);
  pace.begin();
  time = 5000;
  pace.stir();
  time = 305000;
  pace.stir();
  assert.equal(pace.spent(), 65000);
});
