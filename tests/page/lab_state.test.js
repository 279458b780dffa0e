import assert from "node:assert/strict";
import { test } from "node:test";
import { createActions, takeMotion } from "../../autocompose/studio/lab/page/actions.js";
import {
  actOf,
  fromAnswer,
  fromMotion,
  fromPhoto,
  fromPicture,
  INITIAL,
  linkOf,
  reduce,
  STANDING,
  startOf,
  wishOf,
} from "../../autocompose/studio/lab/page/state.js";
import { createStore } from "../../autocompose/studio/web/state.js";

const picture = (id) => ({ id, url: id, alt: id, caption: id, origin: "", bones: [], ratio: 1 });
const boot = {
  no_model: "",
  bones: [],
  limbs: ["trunk", "left arm"],
  wishes: [],
  strip: { total: 3, offset: 0, pictures: [picture("a"), picture("b")] },
  most_pixels: 9,
  most_motion: 100,
};
const opened = { kind: "opened", boot };
const typed = (text) => ({ kind: "typed", text });
const after = (...events) => events.reduce(reduce, INITIAL);
const body = { joints: [], codes: [] };
const answer = { before: body, after: { joints: [[1, 2, 3]], codes: [] }, made: [], sure: [] };
const hits = { hits: [], ranked: 3, gallery: "g", milliseconds: 1 };

test("a wish needs words or a limb, and a model", () => {
  assert.equal(wishOf(after(typed("sit"))), null);
  assert.equal(wishOf(after(opened)), null);
  assert.equal(wishOf(after(opened, typed("  "))), null);
  assert.deepEqual(wishOf(after(opened, typed("sit"))), {
    start: { kind: "standing" },
    text: "sit",
    limbs: [],
    free: false,
    raw: false,
  });
  const limb = after(
    opened,
    { kind: "limb", limb: "left arm" },
    { kind: "took", picture: picture("b") },
  );
  assert.deepEqual(wishOf(limb).limbs, [{ limb: "left arm", image: "b" }]);
  assert.equal(limb.limb, "");
  assert.equal(wishOf(reduce(limb, { kind: "gave", limb: "left arm" })), null);
  const missing = { kind: "opened", boot: { ...boot, no_model: "train one" } };
  assert.equal(wishOf(after(missing, typed("sit"))), null);
  assert.equal(wishOf(after(opened, typed("sit"), { kind: "no model", problem: "gone" })), null);
});

test("what somebody does is asked in place of a wish, and its bodies go with it", () => {
  const acts = { known: true, note: "", nearest: [], bodies: [] };
  const state = after(opened, typed("hail a taxi"), { kind: "answered", answer });
  const does = reduce(state, { kind: "does", does: true });
  assert.equal(wishOf(does), null);
  assert.equal(does.answer, null);
  assert.equal(actOf(does).text, "hail a taxi");
  const shown = after(
    opened,
    typed("hail a taxi"),
    { kind: "does", does: true },
    { kind: "asked" },
    {
      kind: "acted",
      acts,
    },
  );
  assert.equal(shown.acts, acts);
  assert.equal(shown.busy, false);
  assert.equal(reduce(shown, typed("")).acts, null);
  const back = reduce(shown, { kind: "does", does: false, text: "raise the left arm" });
  assert.equal(back.acts, null);
  assert.equal(actOf(back), null);
  assert.equal(wishOf(back).text, "raise the left arm");
});

test("pictures of a pose without words stay until the pose or the words are others", () => {
  const state = after(opened, { kind: "finding" }, { kind: "found", hits });
  assert.equal(state.hits, hits);
  assert.equal(reduce(state, typed("sit")).hits, null);
  assert.equal(reduce(state, { kind: "started", start: fromPicture(picture("a")) }).hits, null);
});

test("a picture that nobody chose a limb for takes nothing", () => {
  const state = after(opened);
  assert.equal(reduce(state, { kind: "took", picture: picture("b") }), state);
  const twice = after(opened, { kind: "limb", limb: "trunk" }, { kind: "limb", limb: "trunk" });
  assert.equal(twice.limb, "");
});

test("each start is told to the server as what it is", () => {
  assert.deepEqual(startOf(STANDING), { kind: "standing" });
  assert.deepEqual(startOf(fromPicture(picture("a"))), { kind: "image", image: "a" });
  const photo = fromPhoto({
    path: "/u/x",
    picture: picture("p"),
    people: [],
    note: "",
    problem: "",
  });
  assert.deepEqual(startOf({ ...photo, number: 2 }), { kind: "upload", upload: "/u/x", person: 2 });
  const motion = fromMotion({ path: "/u/w", name: "walk.bvh", frames: 101, note: "" });
  assert.deepEqual(startOf(motion), { kind: "motion", motion: "/u/w", frame: 50 });
  assert.deepEqual(startOf(fromAnswer(answer)), { kind: "joints", joints: [[1, 2, 3]] });
});

test("what is shown of an older wish goes when the wish goes", () => {
  const shown = after(
    opened,
    typed("sit"),
    { kind: "asked" },
    { kind: "answered", answer },
    { kind: "found", hits },
  );
  assert.equal(shown.hits, hits);
  assert.equal(reduce(shown, typed("sit down")).answer, answer); // until the next one is there
  assert.equal(reduce(shown, typed("sit down")).hits, null);
  const none = reduce(shown, typed(""));
  assert.deepEqual([none.answer, none.hits, none.busy], [null, null, false]);
  const other = reduce(shown, { kind: "started", start: fromPicture(picture("a")) });
  assert.equal(other.hits, null);
  assert.equal(reduce({ ...shown, finding: true }, { kind: "asked" }).finding, false);
  const switched = reduce(shown, { kind: "switched", name: "codes" });
  assert.equal(switched.hits, hits);
});

test("the body of a start that was left is not shown", () => {
  const first = fromPicture(picture("a"));
  const state = after(opened, { kind: "started", start: first });
  const seen = reduce(state, { kind: "body", of: first, body, picture: picture("a") });
  assert.equal(seen.body, body);
  const next = reduce(seen, { kind: "number", number: 3 });
  assert.equal(next.body, body); // nothing flickers
  assert.deepEqual(reduce(next, { kind: "lost", problem: "gone" }).body, null);
  const late = { kind: "body", of: fromPicture(picture("b")), body, picture: null };
  assert.equal(reduce(seen, late), seen);
});

test("a link holds what can be linked", () => {
  const state = after(opened, { kind: "started", start: fromPicture(picture("a")) }, typed("sit"), {
    kind: "switched",
    name: "polish",
  });
  assert.deepEqual(linkOf(state), { image: "a", wish: "sit", does: "", free: "", raw: "1" });
  assert.equal(linkOf(reduce(state, { kind: "does", does: true })).does, "1");
  const motion = fromMotion({ path: "/u/w", name: "w.bvh", frames: 1, note: "" });
  assert.equal(linkOf(reduce(state, { kind: "started", start: motion })).image, "");
});

test("a page of the strip that comes twice is added once", () => {
  const strip = { total: 3, offset: 2, pictures: [picture("c")] };
  const state = after(opened, { kind: "more", strip }, { kind: "more", strip });
  assert.equal(state.boot.strip.pictures.length, 3);
});

/** A server that answers when it is told to. */
function slowServer() {
  const waiting = [];
  const call = (name, payload) =>
    new Promise((done) => waiting.push({ name, payload, done: (a) => done({ ok: true, ...a }) }));
  return { waiting, call };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

test("what was typed before the tab was there is asked once it is", async () => {
  const { waiting, call } = slowServer();
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, { call, upload: async () => ({ path: "" }) });
  actions.act(typed("sit"));
  actions.open(boot, { image: "b" });
  await settled();
  assert.equal(store.get().start.id, "b");
  const asked = waiting.filter((one) => one.name === "lab_wish");
  assert.deepEqual(
    asked.map((one) => one.payload.text),
    ["sit"],
  );
});

test("an answer to an older wish is dropped, and so are its pictures", async () => {
  const { waiting, call } = slowServer();
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, { call, upload: async () => ({ path: "" }) });
  store.send(opened);
  store.send(typed("sit"));
  actions.now();
  await settled();
  store.send(typed("kneel"));
  actions.now();
  await settled();
  const [first, second] = waiting.filter((one) => one.name === "lab_wish");
  second.done({ ...answer, name: "second" });
  await settled();
  first.done({ ...answer, name: "first" });
  await settled();
  assert.equal(store.get().answer.name, "second");
  actions.find();
  await settled();
  store.send(typed("lean"));
  actions.now();
  const find = waiting.find((one) => one.name === "lab_find");
  assert.deepEqual([find.payload.text, find.payload.count], ["kneel", 12]);
  find.done(hits);
  await settled();
  assert.equal(store.get().hits, null);
});

test("a model that is gone is said to be gone, and other refusals stay refusals", async () => {
  const store = createStore(reduce, INITIAL);
  let kind = "CheckpointError";
  const call = async () => ({ ok: false, offline: false, kind, error: "why" });
  const actions = createActions(store, { call, upload: async () => ({ path: "" }) });
  store.send(opened);
  store.send(typed("sit"));
  actions.now();
  await settled();
  assert.deepEqual([store.get().noModel, store.get().busy], ["why", false]);
  store.send(opened);
  kind = "TextError";
  actions.now();
  await settled();
  assert.deepEqual([store.get().problem, store.get().busy], ["why", false]);
  await actions.find();
  assert.deepEqual([store.get().notFound, store.get().finding], ["why", false]);
});

test("a motion file that is too large is not sent", async () => {
  let sent = 0;
  const host = {
    call: async () => ({ ok: true, path: "/u/w", name: "w.bvh", frames: 3, note: "" }),
    upload: async () => {
      sent += 1;
      return { path: "/u/w" };
    },
    most: 2 ** 20,
  };
  const large = await takeMotion({ name: "w.bvh", size: 3 * 2 ** 20 }, host);
  assert.match(large.error, /3\.0 MB; this page takes up to 1 MB/);
  assert.equal(sent, 0);
  const small = await takeMotion({ name: "w.bvh", size: 9 }, host);
  assert.deepEqual([small.start.kind, small.start.frames, sent], ["motion", 3, 1]);
  const broken = { ...host, upload: () => Promise.reject(new Error("no room")) };
  assert.match((await takeMotion({ name: "w.bvh", size: 9 }, broken)).error, /no room/);
});

test("a pair is chosen once, and what touched goes with the body", () => {
  const pair = "left hand:hips";
  const state = after(opened, { kind: "touch", pair }, { kind: "touch", pair: "face:right hand" });
  assert.deepEqual(state.touches, [pair, "face:right hand"]);
  assert.deepEqual(reduce(state, { kind: "touch", pair }).touches, ["face:right hand"]);
  const touched = { before: body, after: body, touches: [], refusal: "", not_used: [] };
  const shown = reduce(state, { kind: "touched", touched });
  assert.equal(shown.touched, touched);
  assert.equal(reduce(shown, { kind: "switched", name: "codes" }).touched, touched);
  assert.equal(reduce(shown, typed("sit")).touched, null);
  assert.equal(reduce(shown, { kind: "answered", answer }).touched, null);
  assert.equal(reduce(shown, { kind: "untouch" }).touched, null);
  const failed = reduce(state, { kind: "not touched", problem: "no" });
  assert.deepEqual([failed.noTouch, failed.touching], ["no", false]);
});

test("a body that was touched for an older wish is dropped", async () => {
  const { waiting, call } = slowServer();
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, { call, upload: async () => ({ path: "" }) });
  store.send(opened);
  store.send({ kind: "touch", pair: "left hand:hips" });
  actions.touch();
  await settled();
  store.send(typed("sit"));
  const asked = waiting.find((one) => one.name === "lab_touch");
  assert.deepEqual(asked.payload.touches, ["left hand:hips"]);
  asked.done({ before: body, after: body, touches: [], refusal: "", not_used: [] });
  await settled();
  assert.equal(store.get().touched, null);
});

test("without an answer the start itself is looked for, whatever has been typed", async () => {
  const { waiting, call } = slowServer();
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, { call, upload: async () => ({ path: "" }) });
  store.send(opened);
  store.send(typed("quarterly zeppelin"));
  actions.find();
  await settled();
  assert.equal(waiting.find((one) => one.name === "lab_find").payload.text, "");
});
