// One description on the page: what the store has, what somebody makes of it, what is checked.

/** @typedef {import("../../web/types").CardView} CardView */
/** @typedef {import("../../web/types").JudgementView} Judgement */
/** @typedef {import("../../web/types").ClaimMark} ClaimMark */
/**
 * @typedef {object} Own
 * @property {boolean} second whether it is read a second time, blind
 * @property {Judgement} now what the page shows
 * @property {Judgement} saved as last given to the outbox
 * @property {number} revision of `saved`, as far as this page can tell
 * @property {import("../../web/types").Conflict[]} conflicts
 * @property {string} checked the texts that `claims` and `problems` are about, see `textsKey`
 * @property {string} fits the verdict it had when it came into this list
 */
/** @typedef {CardView & Own} Item */
/** @typedef {{ id: string, base: number, judgement: Judgement, opinion?: boolean }} Op */
/** @typedef {{ revision: number, judgement: Judgement }} Draft */

export const LABELS = {
  pending: "waiting",
  accepted: "accepted",
  rejected: "rejected",
  skipped: "skipped",
};

/** The texts of a judgement, to compare. @param {Judgement} judgement */
export const textsKey = ({ phrasings, parts }) => JSON.stringify([phrasings, parts]);

/** @param {Judgement} a @param {Judgement} b */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Whether the claims and problems on show are about the texts on show. @param {Item} item */
export const isChecked = (item) => item.checked === textsKey(item.now);

/** @param {Item} item */
export const identity = (item) => `${item.second ? "second:" : ""}${item.id}`;

/** @param {string} verdict */
export const isDecided = (verdict) => verdict === "accepted" || verdict === "rejected";

/**
 * A card from the server with what this browser still holds of it.
 *
 * @param {CardView} card
 * @param {{ second: boolean, ops: Op[], draft: Draft | null }} kept unsent decisions, and a draft
 * @returns {Item} its draft is used when it belongs to the revision that stands
 */
export function holdCard(card, { second, ops, draft }) {
  const { judgement, revision, conflicts } = card.state;
  // The store's claims are of the imported texts; those of an edited one are asked for.
  const checked = card.edited ? "" : textsKey(judgement);
  const own = { second, revision, conflicts, checked, saved: judgement, fits: judgement.verdict };
  for (const op of ops) {
    if (op.id !== card.id || Boolean(op.opinion) !== second) continue;
    own.saved = op.judgement;
    own.revision = op.base + 1;
  }
  const now = draft && draft.revision === own.revision ? draft.judgement : own.saved;
  return { ...card, ...own, now };
}

const SIDES = /** @type {[string, string][]} */ ([
  ["left_", "right_"],
  ["right_", "left_"],
]);

/** The same part of the other side. @param {string} part */
export function otherPart(part) {
  const found = SIDES.find(([from]) => part.startsWith(from));
  return found ? part.replace(found[0], found[1]) : part;
}

/** @param {string} part @returns {"L" | "R" | ""} */
export const sideOf = (part) => (/^left_/.test(part) ? "L" : /^right_/.test(part) ? "R" : "");

/** @param {string} part */
export const partLabel = (part) => part.replaceAll("_", " ");

/**
 * @typedef {object} PartRow
 * @property {string} part
 * @property {string | null} text the row's sentence; null for a part that only the texts name
 * @property {ClaimMark[]} marks
 * @property {string} verdict the worst of the marks; empty without any
 * @property {boolean} wrong marked wrong by the reviewer
 * @property {import("../../web/types").RowProblem | null} problem why the sentence does not belong
 */

const WORST = ["contradicted", "unknown", "supported"];
export const MAX_ROWS = 24;

/**
 * The parts of an item: its own rows, then those that the texts speak of.
 *
 * @param {Item} item
 * @returns {PartRow[]}
 */
export function partRows(item) {
  const own = new Map(item.now.parts);
  const named = [...own.keys(), ...item.claims.map((mark) => mark.part)];
  return [...new Set(named)].slice(0, MAX_ROWS).map((part) => {
    const marks = item.claims.filter((mark) => mark.part === part);
    const verdict = WORST.find((one) => marks.some((mark) => mark.verdict === one)) ?? "";
    const problem = item.problems.find((one) => one.part === part) ?? null;
    const wrong = item.now.wrong_parts.includes(part);
    return { part, text: own.get(part) ?? null, marks, verdict, wrong, problem };
  });
}

/** @template T @param {T[]} list @param {T} one */
export const toggled = (list, one) =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];

/**
 * Take one side of a conflict.
 *
 * @param {Judgement} judgement
 * @param {string} field as the store names it
 * @param {string | null} value
 * @returns {Judgement}
 */
export function resolved(judgement, field, value) {
  const place = field.startsWith("phrasing ") ? Number(field.slice("phrasing ".length)) : 0;
  if (field === "verdict")
    return { ...judgement, verdict: /** @type {Judgement["verdict"]} */ (value) };
  if (field === "note") return { ...judgement, note: value || "" };
  if (field === "phrasings") return { ...judgement, phrasings: JSON.parse(value ?? "[]") };
  if (place) {
    const phrasings = judgement.phrasings.map((text, i) =>
      i === place - 1 ? (value ?? "") : text,
    );
    return { ...judgement, phrasings };
  }
  const part = field.replaceAll(" ", "_");
  const others = judgement.parts.filter(([name]) => name !== part);
  return { ...judgement, parts: value === null ? others : [...others, [part, value]] };
}

/**
 * Whether the texts of a judgement differ from another's.
 *
 * @param {Judgement} a
 * @param {Judgement} b
 */
export const editedFrom = (a, b) => a.phrasings.some((text, i) => text !== b.phrasings[i]);

/** Why a judgement cannot be accepted; empty when it can. @param {Item} item */
export function whyNotAccepted(item) {
  if (item.now.phrasings.some((text) => !text.trim()))
    return "A text is empty; write it, or reject the description.";
  const problem = isChecked(item) ? item.problems[0] : undefined;
  return problem ? `${problem.why} Swap or remove the row first, or reject the description.` : "";
}
