import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, insist, sequence } from "../../autocompose/studio/web/api.js";

test("an answer and a refusal pass as they are", async () => {
  const call = connect({
    search: async ({ text }) => ({ ok: true, text }),
    augment: async () => ({ ok: false, error: "no such pair", kind: "ConfigError" }),
  });
  assert.deepEqual(await call("search", { text: "sit" }), { ok: true, text: "sit" });
  assert.equal((await call("augment")).error, "no such pair");
});

for (const [words, away] of [
  ["undefined, as Gradio answers for a server that is down", async () => undefined],
  ["a rejection", () => Promise.reject(new Error("network"))],
  ["something that is no answer", async () => "<html>502</html>"],
]) {
  test(`${words} is offline`, async () => {
    const answer = await connect({ search: away })("search");
    assert.equal(answer.ok, false);
    assert.equal(answer.offline, true);
  });
}

test("asking goes on until the server answers, and says once that it is away", async () => {
  let asked = 0;
  let said = 0;
  const call = connect({ search: async () => (++asked < 3 ? undefined : { ok: true }) });
  const away = () => {
    said += 1;
  };
  const answer = await insist(call, "search", { away, wait: 1 });
  assert.deepEqual([answer.ok, asked, said], [true, 3, 1]);
});

test("asking ends when the answer is no longer wanted", async () => {
  let asked = 0;
  const call = connect({
    search: async () => {
      asked += 1;
    },
  });
  await insist(call, "search", { wanted: () => asked < 2, wait: 1 });
  assert.equal(asked, 2);
});

test("only the newest number counts", () => {
  const numbers = sequence();
  const [first, second] = [numbers.next(), numbers.next()];
  assert.equal(numbers.isNewest(first), false);
  assert.equal(numbers.isNewest(second), true);
});
