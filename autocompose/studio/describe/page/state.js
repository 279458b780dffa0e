// What Describe shows, as one value, and what changes it: no page, no server, no clock.
import { withPage } from "../../web/pair_strip.js";
import { LIVE, reduceLive } from "./live_state.js";
import {
  firstWrong,
  isEdited,
  judgeKey,
  movedRow,
  phrasedAnew,
  rowsKey,
  withoutRow,
  withPhrasing,
  withRow,
  written,
} from "./texts.js";

/** @typedef {import("./texts").Texts} Texts */
/** @typedef {import("./texts").Wrong} Wrong */
/** @typedef {import("../../web/types").DescribeBoot} Boot */
/** @typedef {import("../../web/types").DescribeAnswer} Answer */
/** @typedef {import("../../web/types").UploadView} UploadView */
/** @typedef {"reference" | "target"} Role */
/**
 * @typedef {"rules" | "mllm" | "model"} Writer `mllm`: stored texts of a model; `model`: a live one
 */
/** @typedef {{ kind: "quiet" | "error" | "help", words: string }} NoticeOf */
/** @typedef {{ field: string, before: Texts }} Step */
/**
 * What this browser keeps of a description.
 *
 * @typedef {object} Draft
 * @property {Texts} texts
 * @property {Texts} author as the author wrote them
 * @property {string[]} known phrasings that the author wrote
 * @property {Record<string, import("./live_state").OtherView>} views of a live model
 */
/** @typedef {{ kind: string, [field: string]: any }} Event */

export const INITIAL = {
  boot: /** @type {Boot | null} */ (null),
  strip: /** @type {import("../../web/types").StripView | null} */ (null),
  notice: /** @type {NoticeOf | null} */ (null),
  pair: "",
  uploads: /** @type {Record<Role, UploadView | null>} */ ({ reference: null, target: null }),
  /** which of the people in an own picture is meant, from 1 */
  people: /** @type {Record<Role, number>} */ ({ reference: 1, target: 1 }),
  writer: /** @type {Writer} */ ("rules"),
  busy: false,
  bones: false,
  answer: /** @type {Answer | null} */ (null),
  author: /** @type {Texts | null} */ (null),
  known: /** @type {string[]} */ ([]),
  texts: /** @type {Texts | null} */ (null),
  steps: /** @type {Step[]} */ ([]),
  checked: /** @type {import("../../web/types").VerdictsAnswer | null} */ (null),
  checkedKey: "",
  wrong: /** @type {Wrong | null} */ (null),
  adding: { part: "", text: "", wrong: "" },
  /** what was done last, said beside where it was done */
  said: { at: /** @type {"parts" | "words"} */ ("parts"), words: "" },
  seed: 0,
  live: LIVE,
};

/** @typedef {typeof INITIAL} State */

const MOST_STEPS = 200;

/** Whether both pictures are there to be described. @param {State} state */
export const hasPair = ({ pair, uploads }) =>
  pair !== "" || Boolean(uploads.reference && uploads.target);

/** The pair, as calls of the server name it. @param {State} state */
export const pairFields = ({ pair, uploads, people }) =>
  pair
    ? { pair }
    : {
        reference: uploads.reference?.path,
        target: uploads.target?.path,
        reference_person: people.reference,
        target_person: people.target,
      };

/** Where the texts go: as in caption keys. @param {State} state */
export const sourceOf = ({ writer }) => (writer === "rules" ? "auto" : "mllm");

/** @param {State} state */
export const edited = ({ texts, author, known }) =>
  Boolean(texts && author && isEdited(texts, author, known));

/** Whether the verdicts on show are about the texts on show. @param {State} state */
export const isChecked = ({ texts, checkedKey }) =>
  texts !== null && judgeKey(texts) === checkedKey;

/** @param {State} state @param {string} part */
export const partOf = (state, part) => state.boot?.parts.find((one) => one.part === part);

/**
 * What must be mended before the texts may leave the page.
 *
 * @param {State} state
 * @returns {Wrong | null}
 */
export const wrongOf = (state) =>
  state.texts &&
  firstWrong(state.texts, state.checked, (part) => partOf(state, part)?.label ?? part);

/**
 * What this browser should keep; null where the texts are as their author wrote them.
 *
 * @param {State} state
 * @returns {Draft | null}
 */
export function draftOf(state) {
  const { texts, author, known, live } = state;
  if (!texts || !author || !state.pair) return null;
  const paid = state.writer === "model";
  return paid || edited(state) ? { texts, author, known, views: live.views } : null;
}

/** Nothing of the pair before is left. @type {Partial<State>} */
const AFRESH = {
  author: null,
  known: [],
  texts: null,
  steps: [],
  checked: null,
  checkedKey: "",
  wrong: null,
  adding: INITIAL.adding,
  said: INITIAL.said,
  seed: 0,
  notice: null,
};

/**
 * The texts changed; it can be undone. Typing in one field is one step.
 *
 * @param {State} state
 * @param {Texts} texts
 * @param {string} field what was changed
 * @returns {State}
 */
function change(state, texts, field) {
  if (!state.texts || texts === state.texts) return state;
  const same = field.startsWith("typed ") && state.steps.at(-1)?.field === field;
  const steps = same
    ? state.steps
    : [...state.steps, { field, before: state.texts }].slice(-MOST_STEPS);
  return { ...state, texts, steps, wrong: null, said: INITIAL.said };
}

/** @param {State} state @param {Texts} texts @param {string[]} known @returns {State} */
const authored = (state, texts, known) => ({ ...state, author: texts, texts, known });

/** @param {string} words @returns {State["said"]} */
const inParts = (words) => ({ at: "parts", words });

/** @param {State} state @returns {State} */
function add(state) {
  const { adding, texts } = state;
  const part = partOf(state, adding.part);
  const text = adding.text.trim();
  const refuse = (/** @type {string} */ wrong) => ({ ...state, adding: { ...adding, wrong } });
  if (!texts) return state;
  if (!part) return refuse("Choose the body part first.");
  if (!text) return refuse(`Write what the ${part.label} does.`);
  const standing = texts.rows.find((row) => row.part === part.part);
  if (standing) {
    return refuse(`The ${part.label} has a sentence: “${standing.text}” Change that one.`);
  }
  const rows = [...texts.rows, { part: part.part, text }];
  return {
    ...change(state, { ...texts, rows }, `added ${part.part}`),
    adding: INITIAL.adding,
  };
}

/** @param {State} state @param {{ answer: Answer, draft: Draft | null }} event @returns {State} */
function answered(state, { answer, draft }) {
  const shown = { ...state, ...AFRESH, answer, busy: false, live: LIVE };
  if (state.writer === "model") return draft ? restored(shown, draft) : shown;
  const { writer } = /** @type {{ writer: Writer }} */ (answer);
  if (answer.explanation) return { ...shown, writer };
  const author = written(answer.rows, answer.phrasings);
  const known = [...author.phrasings, ...(draft?.known ?? [])];
  const texts = draft?.texts ?? author;
  return { ...shown, writer, author, texts, known: [...new Set(known)] };
}

/** @param {State} state @param {Draft} draft @returns {State} */
const restored = (state, { texts, author, known, views }) => ({
  ...state,
  texts,
  author,
  known,
  live: { ...LIVE, views, asked: Object.keys(views) },
});

/** @param {State} state @returns {State} */
function undo(state) {
  const step = state.steps.at(-1);
  if (!step) return { ...state, said: inParts("There is nothing to undo.") };
  const steps = state.steps.slice(0, -1);
  return { ...state, steps, texts: step.before, wrong: null, said: inParts("Undone.") };
}

/**
 * Changes of texts: each gives the new texts and what the step is called.
 *
 * @type {Record<string, (texts: Texts, event: Event) => [Texts, string]>}
 */
const EDITS = {
  typedRow: (texts, { part, text }) => [withRow(texts, part, text), `typed ${part}`],
  typedPhrasing: (texts, { at, text }) => [withPhrasing(texts, at, text), `typed text ${at}`],
  putRow: (texts, { part, text }) => [withRow(texts, part, text), `put ${part}`],
  putPhrasing: (texts, { at, text }) => [withPhrasing(texts, at, text), `put text ${at}`],
  moved: (texts, { part, to }) => [movedRow(texts, part, to), `moved ${part}`],
  swapped: (texts, { rows, phrasings }) => [
    { ...texts, rows, phrasings: phrasings ?? texts.phrasings },
    "swapped",
  ],
  rephrased: (texts, { phrasings }) => [phrasedAnew(texts, phrasings), "rephrased"],
  kept: (texts) => [phrasedAnew(texts, texts.phrasings), "kept"],
};

/** @type {Record<string, (state: State, event: Event) => State>} */
const CHANGES = {
  booted: (state, { boot }) => ({ ...state, boot, strip: boot.strip, notice: null }),
  more: (state, { page }) =>
    state.strip ? { ...state, strip: withPage(state.strip, page) } : state,
  noticed: (state, { notice }) => ({ ...state, notice, busy: false }),
  bones: (state) => ({ ...state, bones: !state.bones }),
  said: (state, { said }) => ({ ...state, said }),
  picked: (state, { pair, writer = state.writer }) =>
    pair === state.pair && writer === state.writer
      ? state
      : {
          ...state,
          ...AFRESH,
          pair,
          writer,
          uploads: INITIAL.uploads,
          answer: null,
          busy: true,
          live: LIVE,
        },
  uploaded: (state, { role, taken }) => {
    const uploads = { ...state.uploads, [role]: taken };
    const busy = Boolean(uploads.reference && uploads.target);
    const people = { ...state.people, [role]: 1 };
    return { ...state, ...AFRESH, pair: "", uploads, people, answer: null, busy, live: LIVE };
  },
  /** `{ role, person }`: another person of an own picture is meant. */
  person: (state, { role, person }) =>
    state.people[/** @type {Role} */ (role)] === person
      ? state
      : {
          ...state,
          ...AFRESH,
          people: { ...state.people, [role]: person },
          busy: hasPair(state),
          live: LIVE,
        },
  wrote: (state, { writer }) =>
    writer === state.writer
      ? state
      : { ...state, ...AFRESH, writer, busy: hasPair(state), live: LIVE },
  answered: (state, event) => answered(state, /** @type {any} */ (event)),
  adding: (state, { fields }) => ({ ...state, adding: { ...state.adding, wrong: "", ...fields } }),
  added: (state) => add(state),
  removed: (state, { part }) => {
    if (!state.texts) return state;
    const label = partOf(state, part)?.label ?? part;
    const gone = change(state, withoutRow(state.texts, part), `removed ${part}`);
    return { ...gone, said: inParts(`The ${label} is removed. Undo puts it back.`) };
  },
  undo: (state) => undo(state),
  /** `{ phrasings }`: words that the author wrote too. */
  knew: (state, { phrasings }) => ({
    ...state,
    known: [...new Set([...state.known, ...phrasings])],
    seed: state.seed + 1,
  }),
  judged: (state, { key, answer }) =>
    state.texts && judgeKey(state.texts) === key
      ? { ...state, checked: answer, checkedKey: key }
      : state,
  wrong: (state, { wrong }) => ({ ...state, wrong }),
  /** `{ rows }`: a live model wrote parts. */
  parts: (state, { rows }) => {
    const author = written(rows, []);
    return { ...authored(state, author, []), steps: [] };
  },
  /** `{ phrasings }`: a live model wrote phrasings of its own parts. */
  phrasings: (state, { phrasings }) => {
    const { author, texts } = state;
    if (!author || !texts) return state;
    const whole = { ...author, phrasings };
    return { ...state, author: whole, texts: { ...texts, phrasings }, known: phrasings };
  },
  live: (state, { event }) => ({ ...state, live: reduceLive(state.live, event) }),
  /** A live model begins with nothing. */
  cleared: (state) => ({ ...state, ...AFRESH }),
};

/** @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  const edit = EDITS[event.kind];
  if (edit) return state.texts ? change(state, ...edit(state.texts, event)) : state;
  const made = CHANGES[event.kind];
  if (!made) throw new Error(`no such event: ${event.kind}`);
  return made(state, event);
}

/** Which parts have a sentence. @param {State} state */
export const usedParts = ({ texts }) => new Set(texts?.rows.map(({ part }) => part) ?? []);

/** The rows as the list shows them, in groups of body regions. @param {State} state */
export function groupsOf(state) {
  const rows = state.texts?.rows ?? [];
  return (state.boot?.groups ?? [])
    .map((group) => ({
      group,
      rows: rows.filter(({ part }) => partOf(state, part)?.group === group),
    }))
    .filter((one) => one.rows.length);
}

export { rowsKey };
