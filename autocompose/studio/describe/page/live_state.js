// A live model at work, as a value: the stages as they come, what they cost, the other views.

/** @typedef {import("../../web/types").PartView} PartView */
/** @typedef {import("../../web/types").LiveEventView} LiveEvent */
/**
 * @typedef {import("../../web/types").LiveNews | import("../../web/types").LiveStarted} Progress
 */
/** @typedef {"" | "busy" | "done" | "bad" | "off"} StepState */
/** @typedef {{ state: StepState, note: string }} StepOf */
/** @typedef {{ texts: string[], rows: PartView[], note: string }} OtherView */

export const OTHER_VIEWS = ["reverse", "mirror", "mirror-reverse"];

/** @type {StepOf} */
const WAITING = { state: "", note: "" };

export const LIVE = {
  working: false,
  stopping: false,
  job: "",
  /** which phrasing is rewritten; -1 for all, null where a whole description is made */
  place: /** @type {number | null} */ (null),
  steps: [WAITING, WAITING, WAITING],
  tally: "",
  asked: /** @type {string[]} */ ([]),
  parts: /** @type {Record<string, PartView[]>} */ ({}),
  views: /** @type {Record<string, OtherView>} */ ({}),
  rejected: "",
  end: /** @type {Progress | null} */ (null),
  /** the last job whose raw answers can be asked for */
  told: "",
  raw: /** @type {import("../../web/types").RawAnswerView[] | null} */ (null),
};

/** @typedef {typeof LIVE} Live */

/**
 * @param {Live} live
 * @param {number} at
 * @param {StepState} state
 * @param {string} [note]
 * @returns {Live}
 */
const withStep = (live, at, state, note = "") => ({
  ...live,
  steps: live.steps.map((step, place) => (place === at ? { state, note } : step)),
});

/** @param {number} n @param {string} word */
export const amount = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** @param {number | null} usd */
export function money(usd) {
  if (usd === null) return "price unknown";
  return usd === 0 ? "$0" : `$${usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`;
}

/** What a job has cost so far, in one line. @param {Progress} progress */
export function tallyOf(progress) {
  const said = [amount(progress.calls, "call")];
  if (progress.cached) said.push(`${progress.cached} stored`);
  if (progress.calls) {
    const tokens = `${progress.input_tokens.toLocaleString("en")} + `;
    said.push(tokens + amount(progress.output_tokens, "token"), money(progress.cost_usd));
  }
  return said.concat(`${progress.seconds} s`).join(" · ");
}

/** @param {Live} live @returns {Live} the step of the other views counts them */
function countViews(live) {
  const done = Object.keys(live.views).length;
  const all = live.asked.length;
  return withStep(live, 2, done === all ? "done" : "busy", `${done} of ${all}`);
}

/**
 * What the forward view's events do.
 *
 * @param {Live} live
 * @param {LiveEvent} event
 * @returns {Live}
 */
function forward(live, event) {
  const views = (/** @type {Live} */ one) => (one.asked.length ? countViews(one) : one);
  switch (event.kind) {
    case "parts":
      return withStep(withStep(live, 0, "done"), 1, "busy");
    case "again":
      return withStep(live, event.stage === "parts" ? 0 : 1, "busy", "retrying");
    case "texts":
      return views(withStep(withStep(live, 0, "done"), 1, "done"));
    case "discarded": {
      const at = live.place !== null || live.steps[0].state === "done" ? 1 : 0;
      return views({ ...withStep(live, at, "bad"), rejected: event.note });
    }
    default:
      return live;
  }
}

/** What another view's events do. @param {Live} live @param {LiveEvent} event @returns {Live} */
function other(live, event) {
  if (event.kind === "parts")
    return { ...live, parts: { ...live.parts, [event.view]: event.rows } };
  if (event.kind !== "texts" && event.kind !== "discarded") return live;
  const note = event.kind === "discarded" ? `Discarded: ${event.note}` : "";
  const view = { texts: event.texts, rows: live.parts[event.view] ?? [], note };
  return countViews({ ...live, views: { ...live.views, [event.view]: view } });
}

/**
 * @param {Live} live
 * @param {{ progress: Progress | null, state: string }} event
 * @returns {Live}
 */
function ended(live, { progress, state }) {
  const left = state === "cancelled" ? "" : "bad";
  const steps = live.steps.map((step) =>
    step.state === "busy" ? { state: /** @type {StepState} */ (left), note: "" } : step,
  );
  const asked = live.asked.filter((name) => live.views[name]);
  const told = live.job || live.told;
  const over = { working: false, stopping: false, job: "", place: null };
  return { ...live, ...over, steps, asked, told, end: progress ?? live.end };
}

/** @type {Record<string, (live: Live, event: any) => Live>} */
const CHANGES = {
  /** `{ views }`: a whole description is asked for, of these other views too. */
  begun: (_, { views }) => {
    const off = /** @type {StepState} */ (views.length ? "" : "off");
    const steps = [{ state: /** @type {StepState} */ ("busy"), note: "" }, WAITING];
    return {
      ...LIVE,
      working: true,
      asked: views,
      steps: [...steps, { state: off, note: "" }],
      tally: "sending",
    };
  },
  /** `{ place }`: phrasings alone are asked for. */
  rephrasing: (live, { place }) => ({
    ...withStep(live, 1, "busy"),
    working: true,
    place,
    rejected: "",
  }),
  started: (live, { job }) => ({ ...live, job }),
  stopping: (live) => ({ ...live, stopping: true }),
  progress: (live, { progress }) => ({ ...live, tally: tallyOf(progress) }),
  happened: (live, { event }) =>
    event.view === "forward" ? forward(live, event) : other(live, event),
  ended,
  told: (live, { raw }) => ({ ...live, raw }),
};

/** @param {Live} live @param {{ kind: string, [field: string]: any }} event @returns {Live} */
export function reduceLive(live, event) {
  const change = CHANGES[event.kind];
  if (!change) throw new Error(`no such event of a job: ${event.kind}`);
  return change(live, event);
}
