import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "../../autocompose/studio/retrieve/page/compare.js";
import { openLink, readOpen } from "../../autocompose/studio/web/opened.js";

test("what is opened is in the address, and the query of before is not", () => {
  const link = openLink("?text=sit&__theme=dark", { dataset: "my data", checkpoint: "" });
  assert.equal(link, "?__theme=dark&__dataset=my+data");
  assert.deepEqual(readOpen(link), { dataset: "my data" });
  assert.deepEqual(readOpen("?text=sit&dataset=x"), {});
});

test("what differs between two lists is said of each hit", () => {
  const hit = (id, rank) => ({ rank, picture: { id } });
  const here = [hit("a", 1), hit("b", 2), hit("c", 3), hit("d", 4)];
  const there = [hit("a", 1), hit("c", 2), hit("b", 5)];
  assert.deepEqual(
    differences(here, there).map(({ kind, words }) => [kind, words]),
    [
      ["same", "same rank"],
      ["up", "rank 5 there"],
      ["down", "rank 2 there"],
      ["new", "only here"],
    ],
  );
});
