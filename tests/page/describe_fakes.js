// A pair with two rows and two phrasings, as the server describes it.
import { INITIAL, reduce } from "../../autocompose/studio/describe/page/state.js";
import { judgeKey } from "../../autocompose/studio/describe/page/texts.js";

const part = (name, side, group) => ({
  part: name,
  label: name.replace("_", " "),
  side,
  group,
  text: "",
});

export const PARTS = [
  part("head", "", "head"),
  part("left_hand", "L", "arms"),
  part("right_hand", "R", "arms"),
  part("hips", "", "torso"),
];

export const strip = { state: "ready", problem: "", dataset: "demo test", total: 0, offset: 0 };

export const boot = (fields = {}) => ({
  strip: { ...strip, pairs: [] },
  parts: PARTS,
  groups: ["head", "arms", "torso", "legs"],
  model: null,
  own: { described: false, advice: "", most_pixels: 1 },
  review: true,
  ...fields,
});

export const answer = (fields = {}) => ({
  pair: { id: "p", reference: { bones: [] }, target: { bones: [] } },
  uploaded: false,
  seed: 0,
  writer: "rules",
  stored: false,
  explanation: "",
  source: "auto",
  rows: [
    { ...PARTS[1], text: "Raise the left hand." },
    { ...PARTS[2], text: "Lower the right hand." },
  ],
  phrasings: ["Left up, right down.", "Raise left, lower right."],
  views: [],
  who: "rules",
  facts: [],
  ...fields,
});

/** @param {object[]} events */
export const after = (state, ...events) => events.reduce(reduce, state);

export const opened = (...events) =>
  after(
    INITIAL,
    { kind: "booted", boot: boot() },
    { kind: "picked", pair: "p" },
    { kind: "answered", answer: answer(), draft: null },
    ...events,
  );

export const verdict = (text, fields = {}) => ({
  text,
  verdict: "supported",
  word: "",
  claims: [],
  swapped: false,
  ...fields,
});

/** What the server says of the texts as they stand; problems by part. */
export function checkedOf({ rows, phrasings }, problems = {}, fields = {}) {
  return {
    judged: true,
    rows: rows.map(({ part: name, text }) => ({
      part: name,
      text,
      verdict: verdict(text),
      problem: problems[name] ?? null,
    })),
    texts: phrasings.map((text) => verdict(text)),
    swapped: false,
    ...fields,
  };
}

export const judged = (state, problems, fields) =>
  reduce(state, {
    kind: "judged",
    key: judgeKey(state.texts),
    answer: checkedOf(state.texts, problems, fields),
  });
