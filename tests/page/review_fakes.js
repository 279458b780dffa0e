// A card of the Review page as the server sends it, for unit tests.

export const judgement = (fields = {}) => ({
  phrasings: ["Raise the left arm."],
  parts: [["left_arm", "Raise the left arm."]],
  verdict: "pending",
  flagged: false,
  reasons: [],
  wrong_parts: [],
  note: "",
  written: null,
  ...fields,
});

export const card = (fields = {}) => ({
  id: "one",
  dataset: "sticks",
  split: "test",
  key: "auto",
  label: "written by rules",
  view: "forward",
  source: "auto",
  model: "",
  original: judgement(),
  state: { revision: 0, judgement: judgement(), conflicts: [] },
  edited: false,
  stale: false,
  reasons: [],
  claims: [],
  problems: [],
  pair: null,
  derived: [],
  ...fields,
});

/** A call that answers from a table, and keeps what it was asked. */
export function fakeAsk(answers) {
  const asked = [];
  const ask = async (name, payload = {}) => {
    asked.push([name, payload]);
    const answer = answers[name];
    return typeof answer === "function" ? answer(payload) : { ok: true, ...answer };
  };
  return { ask, asked };
}

/** localStorage, as long as a test lasts. */
export function fakeStorage(kept = {}) {
  const all = new Map(Object.entries(kept));
  return {
    get length() {
      return all.size;
    },
    key: (i) => [...all.keys()][i] ?? null,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => all.set(key, String(value)),
    removeItem: (key) => all.delete(key),
  };
}
