import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf, jsonOf } from "../../autocompose/studio/retrieve/page/hits_out.js";
import {
  extras,
  MOST,
  readQueries,
  remember,
} from "../../autocompose/studio/retrieve/page/queries.js";
import { layout, wrapped } from "../../autocompose/studio/retrieve/page/share.js";

const hit = (rank, id, caption = "") => ({
  rank,
  score: 0.5,
  picture: { id, caption, url: `u/${id}` },
  checks: [{ says: "left arm up", verdict: "supported", evidence: "0.9 m" }],
  met: 1,
});
const status = { model_name: "mini", fingerprint: "ab12", gallery_name: "demo test" };

test("a table quotes what needs it, and nothing in it is a formula", () => {
  const hits = [hit(1, 'a,"b".jpg', "=1+1"), hit(2, "-c.jpg", "two\nlines")];
  assert.equal(
    csvOf({ hits }),
    "rank,image,score,met,asked,caption,url\r\n" +
      '1,"a,""b"".jpg",0.5,1,1,\'=1+1,"u/a,""b"".jpg"\r\n' +
      '2,\'-c.jpg,0.5,1,1,"two\nlines",u/-c.jpg\r\n',
  );
});

test("a document holds the query, the model and what each hit meets", () => {
  const answer = { hits: [hit(1, "a.jpg")], ranked: 3, read_as: ["left arm up"], status };
  const said = JSON.parse(jsonOf(answer, { text: "raise it", k: "", "only-person": "p1" }));
  assert.deepEqual(said.query, { text: "raise it", "only-person": "p1" });
  assert.deepEqual([said.model, said.fingerprint, said.gallery], ["mini", "ab12", "demo test"]);
  assert.equal(said.hits[0].claims[0].evidence, "0.9 m");
});

test("a query is kept once, the newest first, and not for ever", () => {
  const first = remember([], { text: "sit", image: "a", k: "" }, 1);
  const again = remember(
    remember(first, { text: "stand" }, 2),
    { text: "sit", image: "a", k: "60" },
    3,
  );
  assert.deepEqual(
    again.map(({ fields }) => fields.text),
    ["sit", "stand"],
  );
  let list = [];
  for (let at = 0; at < MOST + 5; at++) list = remember(list, { text: `t${at}` }, at);
  assert.equal(list.length, MOST);
  assert.equal(list[0].fields.text, `t${MOST + 4}`);
});

test("what storage holds is believed only where this program wrote it", () => {
  const good = { fields: { text: "sit" }, at: 1 };
  assert.deepEqual(readQueries([good, null, { at: 1 }, { fields: { text: 3 }, at: 1 }]), [good]);
  assert.deepEqual(readQueries({ length: 3 }), []);
  assert.equal(
    extras({ text: "sit", balance: "1", "only-person": "p3", mirrored: "1", k: "5" }),
    "balance 1, only person p3, mirrored",
  );
});

test("a long text ends in three lines that fit", () => {
  const measure = (text) => text.length;
  assert.deepEqual(wrapped("raise both arms", 10, measure), ["raise both", "arms"]);
  const lines = wrapped("one two three four five six seven eight nine ten", 9, measure);
  assert.equal(lines.length, 3);
  assert.ok(lines.every((line) => line.length <= 9));
  assert.ok(lines[2].endsWith("…"));
  assert.deepEqual(wrapped("unbreakable", 6, measure), ["unbre…"]);
});

test("the shared picture holds its tiles, eight at most", () => {
  for (const [hits, reference] of [
    [1, true],
    [5, false],
    [60, true],
  ]) {
    const plan = layout(hits, reference);
    assert.equal(plan.places.length, Math.min(8, hits));
    for (const { x, y, size } of [...plan.places, ...(plan.reference ? [plan.reference] : [])]) {
      assert.ok(x >= 0 && x + size <= plan.width && y + size <= plan.height);
    }
    assert.ok(plan.width * plan.height < 2_000_000);
  }
});
