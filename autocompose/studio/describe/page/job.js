// Jobs of the live model: started, watched and stopped.
import { pause } from "../../web/api.js";
import { hasPair, pairFields } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("../../web/types").LiveNews} LiveNews */
/** @typedef {import("../../web/types").LiveEventView} LiveEvent */

/** Between two questions about a job, in milliseconds; longer while nobody answers. */
const [STEP, AWAY, PATIENCE] = [300, 1500, 4];

const REJECTED = "The answer was rejected.";

/**
 * @param {object} page
 * @param {import("../../web/state").Store<State, any>} page.store
 * @param {import("../../web/api").Call} page.call
 * @param {() => { key?: string }} page.ownKey the visitor's own key, which is kept nowhere
 */
export function openJobs({ store, call, ownKey }) {
  let seq = 0;
  const live = (/** @type {object} */ event) => store.send({ kind: "live", event });
  const notice = (/** @type {import("./state").NoticeOf | null} */ shown) =>
    store.send({ kind: "noticed", notice: shown });

  /** @param {string} state @param {string} note @param {LiveNews | null} progress */
  function end(state, note, progress) {
    live({ kind: "ended", state, progress });
    const { rejected } = store.get().live;
    const kind = state === "failed" ? "error" : "quiet";
    if (state !== "done") notice({ kind, words: note });
    else if (rejected) notice({ kind: "error", words: `${REJECTED} ${rejected}` });
  }

  /**
   * The next news of a job, asked for until the server answers; null where nobody wants them.
   *
   * @param {string} job
   * @param {number} after
   * @param {() => boolean} wanted
   */
  async function news(job, after, wanted) {
    for (let misses = 0; ; misses += 1) {
      await pause(misses ? AWAY : STEP);
      const answer = await call("live_poll", { job, after });
      if (!wanted()) return null;
      if (!answer.offline || misses >= PATIENCE) return answer;
    }
  }

  /**
   * @param {string} job
   * @param {(event: LiveEvent) => void} happened
   * @param {() => boolean} wanted
   */
  async function follow(job, happened, wanted) {
    let answer = await news(job, 0, wanted);
    while (answer?.ok) {
      live({ kind: "progress", progress: answer });
      for (const event of answer.events) happened(event);
      if (answer.state !== "running") break;
      answer = await news(job, answer.after, wanted);
    }
    if (!answer) return;
    if (answer.ok) {
      const last = answer.events.find(({ kind }) => kind === "end");
      end(answer.state, last?.note ?? "", answer);
    } else end("failed", answer.error, null);
  }

  /** @param {object} payload @param {(event: LiveEvent) => void} happened */
  async function watch(payload, happened) {
    const mine = ++seq;
    const wanted = () => mine === seq;
    notice(null);
    const visit = store.get().boot?.model?.visit;
    const began = await call("live_start", { ...payload, visit, ...ownKey() });
    if (!wanted()) {
      if (began.ok) call("live_cancel", { job: began.job });
    } else if (began.ok) {
      live({ kind: "started", job: began.job });
      await follow(began.job, happened, wanted);
    } else end("failed", began.error, null);
  }

  /** The job that runs is of no use any more. */
  function drop() {
    seq += 1;
    const { working, job } = store.get().live;
    if (job) call("live_cancel", { job });
    if (working) live({ kind: "ended", state: "cancelled", progress: null });
  }

  /** @param {string[]} views other views that are wanted too */
  function run(views) {
    const state = store.get();
    if (!hasPair(state) || state.live.working) return;
    store.send({ kind: "cleared" });
    live({ kind: "begun", views });
    watch({ ...pairFields(state), all_views: views.length > 0 }, (event) => {
      if (event.view === "forward") {
        if (event.kind === "parts") store.send({ kind: "parts", rows: event.rows });
        if (event.kind === "texts") store.send({ kind: "phrasings", phrasings: event.texts });
      }
      live({ kind: "happened", event });
    });
  }

  /**
   * Phrasings from the parts as they stand: all (-1), or other words for one.
   *
   * @param {number} place
   */
  function rephrase(place) {
    const state = store.get();
    if (!state.texts || state.live.working) return;
    const before = state.texts.phrasings;
    live({ kind: "rephrasing", place });
    const payload = { ...pairFields(state), phrase: true, rows: state.texts.rows };
    watch(payload, (event) => {
      live({ kind: "happened", event });
      if (event.kind !== "texts") return;
      const text = event.texts.find((one) => !before.includes(one));
      store.send({ kind: "knew", phrasings: event.texts });
      if (place < 0) store.send({ kind: "rephrased", phrasings: event.texts });
      else if (text) store.send({ kind: "putPhrasing", at: place, text });
    });
  }

  return {
    drop,
    run,
    rephrase,
    stop() {
      live({ kind: "stopping" });
      call("live_cancel", { job: store.get().live.job });
    },
    async showRaw() {
      const answer = await call("live_answers", { job: store.get().live.told });
      if (answer.ok) live({ kind: "told", raw: answer.answers });
      else notice({ kind: "error", words: answer.error });
    },
  };
}
