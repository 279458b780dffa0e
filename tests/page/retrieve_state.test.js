import assert from "node:assert/strict";
import { test } from "node:test";
import {
  face,
  fromGallery,
  fromUpload,
  INITIAL,
  linkOf,
  queryOf,
  readLink,
  reduce,
} from "../../autocompose/studio/retrieve/page/state.js";
import { personOfKey, withPerson } from "../../autocompose/studio/web/people.js";

const picture = (id) => ({ id, url: id, alt: id, caption: id, origin: "rendered body", bones: [] });
const status = (state) => ({ state, message: "", model_name: "mini", gallery_size: 3 });
const boot = (state) => ({
  dataset: { state: "ready", problem: "", dataset: "demo" },
  changes: [],
  max_k: 48,
  most_pixels: 1000,
  references: { total: 3, offset: 0, pictures: [picture("a"), picture("b")] },
  examples: { note: "", examples: [] },
  status: status(state),
});
const answer = { text: "sit", hits: [], ranked: 2, status: status("ready") };
const after = (...events) => events.reduce(reduce, INITIAL);
const opened = (state = "ready") => ({ kind: "opened", boot: boot(state) });
const chose = (id, more = {}) => ({ kind: "chose", reference: fromGallery(picture(id)), ...more });
const typed = (text) => ({ kind: "typed", text });

test("the face follows what is there", () => {
  assert.equal(face(INITIAL), "opening");
  assert.equal(face(after(opened("no_checkpoint"), chose("a"), typed("sit"))), "missing");
  assert.equal(face(after(opened(), chose("a"), typed("  "))), "empty");
  assert.equal(face(after(opened(), typed("sit"))), "unreferenced");
  assert.equal(face(after(opened("loading"), chose("a"), typed("sit"))), "loading");
  assert.equal(face(after(opened(), chose("a"), typed("sit"))), "query");
});

test("there is a query only when it can be answered", () => {
  assert.equal(queryOf(after(opened("loading"), chose("a"), typed("sit"))), null);
  const query = queryOf(
    after(opened(), chose("a", { pair: "p" }), { kind: "k", k: 5 }, typed("sit")),
  );
  const plain = { text: "sit", image: "a", upload: "", person: 1, k: 5, scene: null, pair: "" };
  assert.deepEqual(query, plain);
});

test("words that are typed are no worked example any more", () => {
  const state = after(opened(), chose("a", { text: "sit", pair: "p" }));
  assert.equal(state.pair, "p");
  assert.equal(reduce(state, typed("sit down")).pair, "");
});

test("an answer goes when its query goes, and stays while a newer one is on its way", () => {
  const shown = after(
    opened(),
    chose("a"),
    typed("sit"),
    { kind: "asked" },
    { kind: "answered", answer },
  );
  assert.equal(reduce(shown, { kind: "asked" }).answer, answer);
  assert.equal(reduce(shown, typed("sit down")).answer, answer);
  assert.equal(reduce(shown, typed("")).answer, null);
  assert.equal(reduce(shown, { kind: "status", status: status("loading") }).answer, null);
  const failed = reduce(shown, { kind: "failed", problem: "too long" });
  assert.deepEqual([failed.answer, failed.busy, failed.problem], [null, false, "too long"]);
});

test("a new picture takes away what was wrong with the one before", () => {
  const state = after(opened(), { kind: "refused", problem: "not a picture" }, chose("b"));
  assert.equal(state.refused, "");
});

test("a page of the strip that is asked for twice is added once", () => {
  const references = { total: 3, offset: 2, pictures: [picture("c")] };
  const state = after(opened(), { kind: "more", references }, { kind: "more", references });
  assert.deepEqual(
    state.boot.references.pictures.map((one) => one.id),
    ["a", "b", "c"],
  );
});

test("a link names what differs from the beginning", () => {
  assert.deepEqual(linkOf(after(opened(), chose("a"), typed("sit"))), {
    text: "sit",
    image: "a",
    k: "",
    scene: "",
    example: "",
  });
  assert.equal(linkOf(after(opened(), { kind: "k", k: 5 })).k, "5");
});

test("the slider for the place is in the query and in the link, and a link cannot break it", () => {
  const state = after(opened(), chose("a"), typed("sit"), { kind: "scene", scene: 0.5 });
  assert.equal(queryOf(state).scene, 0.5);
  assert.equal(linkOf(state).scene, "0.5");
  assert.deepEqual(readLink(linkOf(state), 48), { text: "sit", k: 12, scene: 0.5, pair: "" });
  for (const [scene, read] of [
    ["7", 1],
    ["-1", 0],
    ["much", null],
    ["", null],
  ]) {
    assert.equal(readLink({ scene }).scene, read);
  }
  assert.equal(readLink({ k: "99" }, 48).k, 48);
});

const person = (number) => ({
  number,
  left: 0,
  top: 0,
  width: 9,
  height: 9,
  place: "",
  bones: [number],
});
const crowd = fromUpload({
  path: "/u/1.jpg",
  picture: picture("1"),
  note: "",
  problem: "",
  people: [person(1), person(2)],
});

test("the person who is chosen is in the query, and nothing that is not there can be", () => {
  const state = after(opened(), { kind: "chose", reference: crowd }, typed("sit"));
  assert.equal(queryOf(state).person, 1);
  const second = reduce(state, { kind: "person", person: 2 });
  assert.equal(queryOf(second).person, 2);
  assert.deepEqual([second.changes, second.earlier], [null, state.earlier], "no step to go back");
  assert.equal(reduce(second, { kind: "person", person: 3 }), second);
  assert.equal(
    reduce(after(opened(), chose("a")), { kind: "person", person: 2 }).reference.person,
    1,
  );
});

test("digits choose people, and the picture gets the skeleton of the one who is chosen", () => {
  assert.equal(personOfKey("2", crowd.people), 2);
  for (const key of ["3", "0", "a", "Enter"]) assert.equal(personOfKey(key, crowd.people), 0);
  assert.deepEqual(withPerson(crowd.picture, crowd.people, 2).bones, [2]);
  assert.equal(withPerson(crowd.picture, [], 1), crowd.picture);
});

test("the way back leads through every reference, uploads too", () => {
  const upload = crowd;
  const state = after(opened(), chose("a"), { kind: "chose", reference: upload }, chose("b"));
  assert.deepEqual(
    state.earlier.map((one) => one.image || one.upload),
    ["a", "/u/1.jpg"],
  );
  const back = reduce(state, { kind: "back" });
  assert.equal(back.reference, upload);
  const start = reduce(back, { kind: "back" });
  assert.equal(start.reference.image, "a");
  assert.equal(reduce(start, { kind: "back" }), start);
});

test("choosing the same reference again is no step to go back to", () => {
  assert.deepEqual(after(opened(), chose("a"), chose("a", { text: "sit" })).earlier, []);
});

test("what belongs to a reference goes with it", () => {
  const hit = { rank: 1, picture: picture("b"), checks: [] };
  const first = after(opened(), chose("a"));
  const changes = { kind: "changes", of: first.reference, changes: ["sit"] };
  const state = [changes, { kind: "enlarge", hit }].reduce(reduce, first);
  assert.deepEqual([state.changes, state.enlarged], [["sit"], hit]);
  const next = reduce(state, chose("b"));
  assert.deepEqual([next.changes, next.enlarged], [null, null]);
  assert.equal(reduce(next, changes).changes, null, "an answer for another reference");
});
