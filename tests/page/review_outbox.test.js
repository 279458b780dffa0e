import assert from "node:assert/strict";
import { test } from "node:test";
import { openOutbox } from "../../autocompose/studio/review/page/outbox.js";
import { fakeStorage, judgement } from "./review_fakes.js";

const saved = (revision) => ({ ok: true, sequence: 1, merged: false, state: { revision } });
const decision = (id, base = 0) => ({ id, base, judgement: judgement(), active_ms: 1 });
const later = () => new Promise((done) => setTimeout(done, 5));

function outbox(send, storage = fakeStorage()) {
  const boxes = [];
  const box = openOutbox({ owner: "ada", send, onChange: (one) => boxes.push(one), storage });
  return { box, boxes, storage };
}

test("a decision leaves the outbox when the store has acknowledged it", async () => {
  let answer;
  const { box, storage } = outbox(
    () =>
      new Promise((done) => {
        answer = done;
      }),
  );
  let told = 0;
  box.add(decision("one"), () => {
    told += 1;
  });
  await later();
  assert.deepEqual([box.box().ops.length, storage.length, told], [1, 1, 0]);
  answer(saved(1));
  await later();
  assert.deepEqual([box.box().ops.length, storage.length, told], [0, 0, 1]);
});

test("offline, all stay in order and are sent when the server is back", async () => {
  let away = true;
  const sent = [];
  const { box } = outbox(async (op) => {
    if (away) return { ok: false, offline: true, kind: "Offline", error: "" };
    sent.push(op.id);
    return saved(1);
  });
  box.add(decision("one"));
  box.add(decision("two"));
  await later();
  assert.deepEqual([box.box().offline, box.box().ops.length], [true, 2]);
  away = false;
  box.hurry();
  await later();
  assert.deepEqual([sent, box.box().offline], [["one", "two"], false]);
});

test("a decision on top of another starts from the revision that it became", async () => {
  const bases = [];
  const { box } = outbox(async (op) => {
    bases.push(op.base);
    return saved(op.base + 5);
  });
  box.add(decision("one", 0));
  box.add(decision("one", 1));
  await later();
  assert.deepEqual(bases, [0, 5]);
});

test("what the store refuses stays with the reason, and the next one takes its place", async () => {
  const { box } = outbox(async (op) =>
    op.id === "bad" && op.base === 0
      ? { ok: false, offline: false, kind: "TextError", error: "a text is empty" }
      : saved(1),
  );
  box.add(decision("bad"));
  await later();
  const [op] = box.box().ops;
  assert.equal(op.refused, "a text is empty");
  box.discard(op.operation);
  assert.equal(box.box().ops.length, 0);
});

test("a page that comes later sends what an earlier one left", async () => {
  const left = { ...decision("one"), operation: "op", order: 1, after: "" };
  const storage = fakeStorage({ "autocompose-review:ada:op": JSON.stringify(left) });
  const sent = [];
  const { box } = outbox(async (op) => {
    sent.push(op.id);
    return saved(1);
  }, storage);
  await box.flush();
  assert.deepEqual([sent, storage.length], [["one"], 0]);
});

test("a browser that keeps nothing is found out", async () => {
  const storage = {
    ...fakeStorage(),
    length: 0,
    setItem() {
      throw new Error("quota");
    },
  };
  const { box } = outbox(async () => saved(1), storage);
  box.add(decision("one"));
  assert.equal(box.box().kept, false);
});
