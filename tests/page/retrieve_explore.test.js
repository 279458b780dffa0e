import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asksLink,
  balanceWords,
  chosen,
  PLAIN,
  readAsks,
  toggled,
} from "../../autocompose/studio/retrieve/page/asks.js";
import { effect, moved } from "../../autocompose/studio/retrieve/page/explain.js";
import {
  face,
  fromGallery,
  INITIAL,
  linkOf,
  queryOf,
  readLink,
  reduce,
} from "../../autocompose/studio/retrieve/page/state.js";
import { named, withWish } from "../../autocompose/studio/retrieve/page/wish_map.js";

const picture = (id) => ({ id, url: id, alt: id, caption: id, origin: "", bones: [], ratio: 1 });
const status = { state: "ready", message: "", model_name: "mini", gallery_size: 3 };
const boot = {
  references: { total: 1, offset: 0, pictures: [picture("a")] },
  examples: { note: "", examples: [] },
  status,
};
const after = (...events) => events.reduce(reduce, INITIAL);
const opened = { kind: "opened", boot };
const chose = (id, more = {}) => ({ kind: "chose", reference: fromGallery(picture(id)), ...more });
const asks = (some) => ({ kind: "asks", asks: some });
const hits = (...ids) => ids.map((id, at) => ({ rank: at + 1, picture: picture(id), checks: [] }));
const answer = { text: "sit", hits: hits("b"), ranked: 3, status };

test("what is asked goes into the address and comes back from it", () => {
  const set = { ...PLAIN, balance: 0.3, mirrored: true, other_clip: true, only_person: ["p3"] };
  assert.deepEqual(asksLink(set), {
    balance: "0.3",
    mirrored: "1",
    "other-clip": "1",
    "only-person": "p3",
  });
  assert.deepEqual(readAsks(asksLink(set)), set);
  const several = { ...PLAIN, only_clip: ["run", "a,b", "50%", "%2C"], only_camera: ["front"] };
  assert.equal(asksLink(several)["only-clip"], "run,a%2Cb,50%25,%252C");
  assert.deepEqual(readAsks(asksLink(several)), several);
  assert.deepEqual(readAsks({ "only-person": "p1,p2,,p1" }).only_person, ["p1", "p2"]);
  assert.deepEqual(toggled(["p1", "p2"], "p1"), ["p2"]);
  assert.deepEqual(toggled(["p2"], "p1"), ["p2", "p1"]);
  assert.deepEqual(asksLink(PLAIN), {});
  assert.deepEqual(readAsks({ balance: "much", mirrored: "yes" }), PLAIN);
  assert.equal(readAsks({ balance: "7" }).balance, 1);
  assert.deepEqual(chosen(PLAIN), {});
});

test("words alone need no picture, the picture alone no words", () => {
  const typed = { kind: "typed", text: "sit" };
  assert.equal(face(after(opened, typed)), "unreferenced");
  const words = after(opened, typed, asks({ balance: 0 }));
  assert.deepEqual(queryOf(words), { text: "sit", k: 12, pair: "", balance: 0 });
  assert.equal(face(after(opened, chose("a"))), "empty");
  const alone = queryOf(after(opened, chose("a"), asks({ balance: 1 })));
  assert.deepEqual([alone.text, alone.image, alone.balance], ["", "a", 1]);
  assert.deepEqual([0, 0.2, 0.5, 0.8, 1].map(balanceWords), [
    "words only",
    "more words",
    "both",
    "more picture",
    "picture only",
  ]);
});

test("a mirrored query is mirrored back, and another reference is not mirrored", () => {
  const once = after(opened, chose("a"), { kind: "flipped", text: "raise the right arm" });
  assert.deepEqual([once.asks.mirrored, once.text], [true, "raise the right arm"]);
  assert.equal(linkOf(once).mirrored, "1");
  const twice = reduce(once, { kind: "flipped", text: "raise the left arm" });
  assert.equal(twice.asks.mirrored, false);
  assert.equal(reduce(once, chose("b")).asks.mirrored, false);
  const reference = fromGallery(picture("c"));
  const link = linkOf(once);
  const went = { kind: "went", reference, ...readLink(link), asks: readAsks(link) };
  assert.equal(reduce(after(opened), went).asks.mirrored, true);
});

test("a worked example is a plain query, as its target was ranked by one", () => {
  const filtered = after(opened, asks({ only_person: ["p1"], balance: 0.9 }));
  assert.deepEqual(reduce(filtered, chose("a", { text: "sit", pair: "p" })).asks, PLAIN);
  assert.deepEqual(reduce(filtered, { kind: "plain" }).asks, { ...PLAIN, balance: 0.9 });
});

test("further hits are added to the answer that they belong to, and to no other", () => {
  const shown = after(opened, chose("a", { text: "sit" }), { kind: "answered", answer });
  const more = { ...answer, hits: hits("c", "d") };
  const longer = reduce(shown, { kind: "appended", to: answer, answer: more });
  assert.deepEqual(
    longer.answer.hits.map((hit) => hit.picture.id),
    ["b", "c", "d"],
  );
  const other = reduce(shown, { kind: "appended", to: { ...answer }, answer: more });
  assert.equal(other, shown);
});

test("an explanation goes with the answer that it explains", () => {
  const explained = { hit: "", answer: null, problem: "" };
  const shown = after(
    opened,
    chose("a", { text: "sit" }),
    { kind: "answered", answer },
    { kind: "explained", explained },
  );
  assert.equal(shown.explained, explained);
  assert.equal(reduce(shown, { kind: "answered", answer }).explained, null);
  assert.equal(reduce(shown, { kind: "typed", text: "" }).explained, null);
});

test("ranks move in words", () => {
  assert.equal(moved("it", 2, 19), "it falls from rank 2 to 19");
  assert.equal(moved("it", 9, 3), "it rises from rank 9 to 3");
  assert.equal(moved("it", 4, 4), "it stays at rank 4");
  const whole = { hit: "", rank: 0, target_rank: 1, first: 10 };
  assert.equal(
    effect(whole, { rank: 0, kept: 4, target_rank: 7 }),
    "4 of the first 10 pictures stay; the correct picture falls from rank 1 to 7",
  );
});

test("a wish is added to the words once, and the map marks what they name", () => {
  assert.equal(withWish("", "sit down"), "sit down");
  assert.equal(
    withWish("Raise both arms. ", "bend the left knee"),
    "Raise both arms, bend the left knee",
  );
  assert.equal(withWish("Bend the left knee", "bend the left knee"), "Bend the left knee");
  const part = (name, label) => ({ part: { part: name, label }, wishes: [] });
  const parts = [
    part("left_knee", "left knee"),
    part("right_knee", "right knee"),
    part("head", "head"),
  ];
  assert.deepEqual([...named("Bend the LEFT KNEE overhead", parts)], ["left_knee"]);
});
