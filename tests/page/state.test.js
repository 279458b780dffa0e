import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../autocompose/studio/web/state.js";

const counting = (state, event) => (event.kind === "add" ? { n: state.n + event.by } : state);

test("an event goes through the reducer and the new state to whoever watches", () => {
  const store = createStore(counting, { n: 1 });
  const seen = [];
  const stop = store.watch((state, before) => seen.push([before.n, state.n]));
  store.send({ kind: "add", by: 2 });
  stop();
  store.send({ kind: "add", by: 5 });
  assert.deepEqual(seen, [[1, 3]]);
  assert.deepEqual(store.get(), { n: 8 });
});

test("a state that did not change is told to nobody", () => {
  const store = createStore(counting, { n: 1 });
  store.watch(() => assert.fail("nothing changed"));
  store.send({ kind: "other" });
});

test("a listener that stops another one while it is told breaks nothing", () => {
  const store = createStore(counting, { n: 0 });
  let told = 0;
  store.watch(() => stop());
  const stop = store.watch(() => {
    told += 1;
  });
  store.send({ kind: "add", by: 1 });
  store.send({ kind: "add", by: 1 });
  assert.equal(told, 1);
});
