import assert from "node:assert/strict";
import { test } from "node:test";
import { openDesk } from "../../autocompose/studio/describe/page/desk.js";
import { INITIAL, reduce } from "../../autocompose/studio/describe/page/state.js";
import { createStore } from "../../autocompose/studio/web/state.js";
import { after, answer, boot, checkedOf, verdict } from "./describe_fakes.js";

/** A desk whose server answers from a table; what was called and focused is noted. */
function desk(answers = {}) {
  const called = [];
  const seen = { focused: [], offered: [] };
  const table = {
    verdicts: ({ rows, texts }) => checkedOf({ rows, phrasings: texts }),
    caption_row: (fields) => ({ row: fields, file: "row.json" }),
    ...answers,
  };
  const call = async (name, payload = {}) => {
    called.push([name, payload]);
    const found = await table[name]?.(payload);
    return found ? { ok: true, ...found } : { ok: false, offline: false, kind: "", error: "no" };
  };
  const store = createStore(
    reduce,
    after(
      INITIAL,
      { kind: "booted", boot: boot() },
      { kind: "picked", pair: "p" },
      { kind: "answered", answer: answer(), draft: null },
    ),
  );
  const made = openDesk({
    store,
    call,
    upload: async () => ({ path: "" }),
    ownKey: () => ({}),
    focusRow: (part) => seen.focused.push(part),
    focusUndo: () => seen.focused.push("undo"),
    focusAdder: (part) => seen.focused.push(`add ${part}`),
    offer: (name, content) => seen.offered.push([name, content]),
  });
  const names = () => called.map(([name]) => name);
  return { ...made, store, called, names, seen };
}

const wrongSide = {
  part: "right_hand",
  why: "This row is the right hand; the sentence speaks of the left hand.",
  meant: "left_hand",
};
const refusing = {
  verdicts: ({ rows, texts }) =>
    checkedOf(
      { rows, phrasings: texts },
      rows.some(({ part, text }) => part === "right_hand" && /left/.test(text))
        ? { right_hand: wrongSide }
        : {},
    ),
  exchange_sides: ({ rows = [], texts = [] }) => ({
    rows,
    texts: texts.map((text) => text.replace("left", "right")),
  }),
};

test("texts are judged before they leave, also when nobody waited for it", async () => {
  const page = desk(refusing);
  page.send({ kind: "typedRow", part: "right_hand", text: "Lower the left hand." });
  await page.download();
  assert.deepEqual(page.names(), ["verdicts"]);
  assert.deepEqual([page.seen.focused, page.seen.offered], [["right_hand"], []]);
  assert.equal(page.store.get().wrong.part, "right_hand");
  await page.save();
  assert.equal(page.names().includes("describe_save"), false);
});

test("the fixes of a wrong row: swap its words, move it where it belongs, remove it", async () => {
  const page = desk(refusing);
  page.send({ kind: "typedRow", part: "right_hand", text: "Lower the left hand." });
  await page.download();
  const row = page.store.get().texts.rows[1];
  assert.equal(page.fixesOf(row).move, null); // the left hand has a row
  page.send({ kind: "removed", part: "left_hand" });
  await page.download();
  const { move, swap, remove } = page.fixesOf(row);
  move();
  assert.equal(page.store.get().texts.rows[0].part, "left_hand");
  page.undo();
  await swap();
  assert.deepEqual(page.store.get().texts.rows, [
    { part: "right_hand", text: "Lower the right hand." },
  ]);
  remove();
  assert.deepEqual(page.store.get().texts.rows, []);
  assert.equal(page.seen.focused.at(-1), "undo");
});

test("an empty row is named beside it and gets the focus; nothing is asked of the server", async () => {
  const page = desk();
  page.send({ kind: "typedRow", part: "left_hand", text: "" });
  await page.download();
  assert.deepEqual([page.names(), page.seen.focused], [[], ["left_hand"]]);
  assert.match(page.store.get().wrong.words, /left hand is empty/);
});

test("a row of a caption file says whether somebody edited it", async () => {
  const page = desk();
  await page.download();
  page.send({ kind: "typedRow", part: "left_hand", text: "Lift the left hand." });
  await page.download();
  const sent = page.seen.offered.map(([, content]) => JSON.parse(content)[0].edited);
  assert.deepEqual(sent, [false, true]);
});

test("saving tells what the store did, and says why it could not", async () => {
  const kept = { id: "d", revision: 2, added: false, changed: true };
  const page = desk({ describe_save: () => kept });
  await page.save();
  assert.match(page.store.get().said.words, /as revision 2/);
  assert.ok(page.called.at(-1)[1].operation.length > 16);
  const refused = desk();
  await refused.save();
  assert.deepEqual(refused.store.get().wrong, { part: "", words: "no" });
  const same = desk({ describe_save: () => ({ ...kept, changed: false }) });
  await same.save();
  assert.match(same.store.get().said.words, /exactly these texts/);
});

test("other words are asked for until there are none, and then it is said", async () => {
  const words = ["Up with the left."];
  const page = desk({ rephrase: () => ({ phrasings: words.splice(0, 1), joined: false }) });
  await page.rephrase(0);
  assert.equal(page.store.get().texts.phrasings[0], "Up with the left.");
  await page.rephrase(0);
  assert.match(page.store.get().said.words, /no other words/);
});

test("phrasings are written anew from the parts as they stand", async () => {
  const page = desk({ rephrase: ({ rows }) => ({ phrasings: [rows[0].text], joined: true }) });
  page.send({ kind: "removed", part: "left_hand" });
  await page.rephrase(-1);
  const { texts, said } = page.store.get();
  assert.deepEqual(texts.phrasings, ["Lower the right hand."]);
  assert.match(said.words, /joined by rules/);
});

test("the swap of all sides takes the phrasings along that fit better so, and no others", async () => {
  const page = desk({
    exchange_sides: ({ rows = [], texts = [] }) => ({
      rows: rows.map(({ part, text }) => ({ part: `other_${part}`, text: `${text}!` })),
      texts: texts.map((text) => `${text}!`),
    }),
  });
  const { texts } = page.store.get();
  const found = checkedOf(texts, {}, { swapped: true });
  found.texts[1] = verdict(texts.phrasings[1], { swapped: true });
  page.send({
    kind: "judged",
    key: JSON.stringify(texts.rows.map(({ part, text }) => [part, text])).concat(
      JSON.stringify(texts.phrasings),
    ),
    answer: found,
  });
  await page.swapAll();
  const after = page.store.get().texts;
  assert.deepEqual(after.phrasings, ["Left up, right down.", "Raise left, lower right.!"]);
  assert.equal(after.rows[0].part, "other_left_hand");
  await page.swapPhrasing(0);
  assert.equal(page.store.get().texts.phrasings[0], "Left up, right down.!");
});

test("an answer about a pair that was left is dropped", async () => {
  let give = () => {};
  const waiting = new Promise((done) => {
    give = () => done({ phrasings: ["late"], joined: false });
  });
  const page = desk({ rephrase: () => waiting });
  const asked = page.rephrase(0);
  page.send({ kind: "picked", pair: "q" });
  page.send({ kind: "answered", answer: answer(), draft: null });
  give();
  await asked;
  assert.equal(page.store.get().texts.phrasings[0], "Left up, right down.");
});
