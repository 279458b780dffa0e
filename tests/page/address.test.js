import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createAddress,
  formatAddress,
  parseAddress,
} from "../../autocompose/studio/web/address.js";

/** An address bar with a history. */
const bar = (start = "") => {
  const entries = [start];
  return {
    entries,
    search: () => entries.at(-1),
    write: (query, push) => (push ? entries.push(query) : entries.splice(-1, 1, query)),
  };
};

test("an address says a tab and its fields, and reads back the same", () => {
  for (const [tab, fields] of [
    ["retrieve", {}],
    ["retrieve", { text: "raise & lower = 50% «сесть»", image: "a/b.jpg" }],
    ["describe", { pair: "x->y" }],
  ]) {
    assert.deepEqual(parseAddress(formatAddress(tab, fields)), { tab, fields });
  }
  assert.equal(formatAddress("retrieve", { text: "" }), "");
  assert.deepEqual(parseAddress("?__theme=dark&text=sit"), {
    tab: "retrieve",
    fields: { text: "sit" },
  });
});

test("each tab keeps its fields, and the address has those of the open one", () => {
  const at = bar();
  const address = createAddress(at);
  address.place("retrieve", { text: "sit" });
  address.place("describe", { pair: "p" });
  assert.deepEqual(at.entries, ["?text=sit"]);
  address.enter("describe");
  assert.deepEqual(at.entries, ["?text=sit", "?tab=describe&pair=p"]);
  address.enter("retrieve");
  assert.equal(at.entries.at(-1), "?text=sit");
});

test("what did not change makes no entry", () => {
  const at = bar("?text=sit");
  const address = createAddress(at);
  address.place("retrieve", { text: "sit", image: "" }, { push: true });
  address.enter("retrieve");
  assert.deepEqual(at.entries, ["?text=sit"]);
});

test("Back shows the tab and tells it its fields", () => {
  const at = bar("?text=sit");
  const address = createAddress(at);
  const seen = [];
  address.showWith((tab) => seen.push(tab));
  address.follow("retrieve", (fields) => seen.push(fields));
  address.place("retrieve", { text: "stand" }, { push: true });
  address.enter("augment");
  at.entries.splice(-2);
  address.travel();
  assert.deepEqual(seen, ["retrieve", { text: "sit" }]);
  assert.deepEqual(address.fields("retrieve"), { text: "sit" });
  assert.equal(address.tab(), "retrieve");
});
