import assert from "node:assert/strict";
import { test } from "node:test";
import { ranker, rankWords } from "../../autocompose/studio/web/live_rank.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const told = (rank) => ({ ok: true, rank, of: 389, why: "" });

test("typing asks once, after a rest, about the newest text", async () => {
  const asked = [];
  const shown = [];
  const follow = ranker(
    async ({ text }) => {
      asked.push(text);
      return told(3);
    },
    (rank) => shown.push(rank.rank),
    5,
  );
  for (const text of ["a", "ab", "abc"]) follow.rank({ text });
  await pause(40);
  assert.deepEqual(asked, ["abc"]);
  assert.deepEqual(shown, [3]);
});

test("an answer to an older text is dropped, however late it comes", async () => {
  const shown = [];
  const answers = {};
  const follow = ranker(
    ({ text }) =>
      new Promise((done) => {
        answers[text] = done;
      }),
    (rank) => shown.push(rank.rank),
    0,
  );
  follow.rank({ text: "old" });
  await pause(5);
  follow.rank({ text: "new" });
  await pause(5);
  answers.new(told(2));
  answers.old(told(99));
  await pause(5);
  assert.deepEqual(shown, [2]);
});

test("the words compare the wording with the one before", () => {
  assert.equal(rankWords(told(14), told(3), true), "Your wording: rank 14 → 3 of 389");
  assert.equal(rankWords(told(14), told(14), false), "Finds its target at rank 14 of 389");
  assert.equal(rankWords(null, { rank: 0, of: 0, why: "x" }, true), "No rank: x");
  assert.equal(rankWords(null, null, true), "");
});

test("a model that still loads is asked again until it answers", async () => {
  const shown = [];
  const answers = [{ ok: true, rank: 0, of: 0, why: "loading", waiting: true }, told(7)];
  const follow = ranker(
    async () => answers.shift(),
    (rank) => shown.push(rank.rank),
    0,
    1,
  );
  await follow.rank({ text: "a" });
  assert.deepEqual(shown, [0, 7]);
});
