// What Errors does: asks the server, in step with the state.
import { address } from "../../web/address.js";
import { insist, pause, sequence } from "../../web/api.js";
import { ranker } from "../../web/live_rank.js";
import { causeOf, linkOf, listed } from "./state.js";
import { NO_FILTERS } from "./subset.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */
/** @typedef {import("./state").Filters} Filters */
/** @typedef {import("../../web/api").Call} Call */

const TAB = "errors";

/** Pause between two looks at an evaluation that runs, in milliseconds. */
const LOOK = 500;

/**
 * What a link asks of a run that was just opened.
 *
 * @param {Record<string, string>} fields
 * @param {State} state
 * @returns {Event[]}
 */
function linked(fields, { boot }) {
  const names = /** @type {(keyof Filters)[]} */ (Object.keys(NO_FILTERS));
  const filters = Object.fromEntries(
    names.filter((name) => fields[name]).map((name) => [name, fields[name]]),
  );
  const cause = boot?.causes.findIndex((one) => one.key === fields.cause) ?? -1;
  return [
    { kind: "filter", fields: filters },
    { kind: "all", on: Boolean(fields.found) },
    { kind: "cause", at: cause },
  ];
}

/**
 * @param {import("../../web/state").Store<State, Event>} store
 * @param {Call} call
 */
export function createActions(store, call) {
  const cases = sequence();
  const runs = sequence();
  const now = ranker(
    (question) => call("live_rank", question),
    (rank) => store.send({ kind: "now", query: store.get().detail?.query ?? "", rank }),
    0,
  );
  let watching = false;

  const link = ({ push = false } = {}) => address.place(TAB, linkOf(store.get()), { push });

  /** @param {Event} event */
  const act = (event) => {
    store.send(event);
    if (store.get().run) link();
  };

  /** The case of the chosen row, and where its target is now if it was sent to review. */
  async function look() {
    const { run, at } = store.get();
    const number = cases.next();
    now.stop();
    if (!run || at < 0) return;
    const query = run.rows.id[at];
    const found = await call("errors_case", { run: run.id, query });
    if (!cases.isNewest(number)) return;
    if (!found.ok) {
      store.send({ kind: "problem", words: found.error });
      return;
    }
    store.send({ kind: "detail", detail: found });
    if (!store.get().cases[query]) return;
    const [reference, target] = [found.reference.id, found.target.id];
    now.rank({ reference, target, text: found.text });
  }

  /** @param {number} at a row */
  function choose(at) {
    if (at === store.get().at) return;
    act({ kind: "chose", at });
    look();
  }

  /** @param {number} by places in the list */
  function step(by) {
    const rows = listed(store.get());
    if (!rows.length) return;
    const here = rows.indexOf(store.get().at);
    const next = here < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, here + by));
    choose(rows[next]);
  }

  /** @param {string} id @param {Record<string, string>} [fields] of a link */
  async function open(id, fields = {}) {
    const number = runs.next();
    store.send({ kind: "opening", run: id });
    const found = await insist(call, "errors_open", {
      payload: { run: id },
      wanted: () => runs.isNewest(number),
    });
    if (!runs.isNewest(number)) return;
    if (!found.ok) {
      store.send({ kind: "problem", words: found.error });
      return;
    }
    show(found, fields);
  }

  /** @param {import("./state").RunAnswer} run @param {Record<string, string>} fields of a link */
  function show(run, fields) {
    store.send({ kind: "run", run });
    for (const event of linked(fields, store.get())) store.send(event);
    const rows = listed(store.get());
    const named = run.rows.id.indexOf(fields.query ?? "");
    store.send({ kind: "chose", at: named >= 0 ? named : (rows[0] ?? -1) });
    link({ push: fields.run !== run.id });
    look();
  }

  /** Follow the evaluation that runs until it ends, then open what it made. */
  async function watch() {
    if (watching) return;
    watching = true;
    let running = store.get().job?.state === "running";
    while (running) {
      await pause(LOOK);
      const answer = await insist(call, "errors_job");
      if (!answer.ok) break;
      store.send({ kind: "job", job: answer.job, runs: answer.runs });
      running = answer.job?.state === "running";
      if (answer.job?.state === "done") await open(answer.job.run);
    }
    watching = false;
  }

  /** @param {number} cause place among the causes; -1 takes a correction back */
  async function correct(cause) {
    const state = store.get();
    const { run, at, boot } = state;
    if (!run || !boot || at < 0 || run.rows.cause[at] < 0 || cause >= boot.causes.length) return;
    const query = run.rows.id[at];
    const value = cause < 0 || cause === run.rows.cause[at] ? "" : boot.causes[cause].cause;
    const answer = await call("errors_correct", { run: run.id, query, cause: value });
    if (!answer.ok) {
      store.send({ kind: "problem", words: answer.error });
      return;
    }
    store.send({ kind: "corrected", correction: answer });
    const stands = causeOf(store.get(), at);
    store.send({ kind: "said", words: `Cause: ${boot.causes[stands]?.cause ?? ""}` });
  }

  return {
    act,
    choose,
    step,
    open,
    watch,
    correct,
    look,
    /** @param {boolean} again the question of the last evaluation, though it was kept */
    async start(again) {
      const { form, job } = store.get();
      store.send({ kind: "problem", words: "" });
      const asked = again && job ? job.question : form;
      const answer = await call("errors_run", { ...asked, again });
      if (!answer.ok) {
        store.send({ kind: "problem", words: answer.error });
        return;
      }
      store.send({ kind: "job", job: answer.job, runs: answer.runs });
      await watch();
    },
    /** Cancel the evaluation that runs; put away one that has ended. */
    async cancel() {
      const { job, boot } = store.get();
      if (!job) return;
      await call("errors_cancel", { job: job.id });
      if (job.state !== "running") store.send({ kind: "job", job: null, runs: boot?.runs ?? [] });
    },
    /** @param {string} path of a file */
    async file(path) {
      store.send({ kind: "opening", run: "file" });
      const found = await call("errors_file", { path });
      if (found.ok) show(found, {});
      else store.send({ kind: "problem", words: found.error });
    },
    /** Send the chosen case to the review queue. */
    async send() {
      const { run, at } = store.get();
      if (!run || at < 0) return;
      store.send({ kind: "said", words: "Sending …" });
      const sent = await call("errors_send", { run: run.id, query: run.rows.id[at] });
      if (!sent.ok) {
        store.send({ kind: "said", words: "" });
        store.send({ kind: "problem", words: sent.error });
        return;
      }
      store.send({ kind: "sent", query: sent.query, found: sent.case });
      store.send({ kind: "said", words: "Sent: it is first in the review queue." });
      look();
    },
    /** @param {string} before id of a run; "" ends the comparison */
    async compare(before) {
      const { run } = store.get();
      store.send({ kind: "compared", comparison: null, against: before });
      if (!run || !before) return;
      const within = run.question.beyond;
      const found = await call("errors_compare", { run: run.id, before, within });
      if (found.ok) store.send({ kind: "compared", comparison: found, against: before });
      else store.send({ kind: "problem", words: found.error });
    },
    /** Show what an address says. @param {Record<string, string>} fields */
    async go(fields) {
      const { run, boot } = store.get();
      const wanted = fields.run || boot?.runs[0]?.id || "";
      if (!wanted) return;
      if (run?.id === wanted) show(run, fields);
      else await open(wanted, fields);
    },
  };
}

/** @typedef {ReturnType<typeof createActions>} Actions */
