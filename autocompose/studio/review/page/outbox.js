// The outbox: decisions that the store has not acknowledged yet, each under a key of its own, so
// that two tabs never overwrite each other's. It is emptied in order; sending one twice is
// harmless.
import { newId } from "../../web/storage.js";

/** @typedef {import("../../web/types").SaveAnswer} SaveAnswer */
/** @typedef {import("../../web/api.js").Answer<"review_save">} Answer */
/**
 * @typedef {object} Sent
 * @property {string} id of the description
 * @property {number} base
 * @property {import("../../web/types").JudgementView} judgement
 * @property {number} active_ms
 * @property {string[]} [resolves]
 * @property {boolean} [opinion]
 */
/** @typedef {Sent & { operation: string, order: number, after: string, refused?: string }} Op */
/**
 * @typedef {object} Box
 * @property {Op[]} ops
 * @property {boolean} sending
 * @property {boolean} offline
 * @property {string} problem why the store takes nothing
 * @property {number} savedAt milliseconds; 0 before the first save
 * @property {boolean} kept whether this browser keeps what is unsent
 */

const WAIT = 15000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

/** @type {Box} */
export const EMPTY_BOX = {
  ops: [],
  sending: false,
  offline: false,
  problem: "",
  savedAt: 0,
  kept: true,
};

/** @param {Answer} answer */
const isLater = (answer) =>
  !answer.ok &&
  (answer.offline || answer.kind === "StoreUnavailableError" || answer.kind === "LoginError");

/**
 * @param {object} options
 * @param {string} options.owner
 * @param {(op: Op) => Promise<Answer>} options.send
 * @param {(box: Box) => void} options.onChange
 * @param {Storage} options.storage
 * @param {number} [options.wait] milliseconds after which no answer counts as offline
 */
export function openOutbox({ owner, send, onChange, storage, wait = WAIT }) {
  const prefix = `autocompose-review:${owner}:`;
  /** @type {Map<string, (answer: SaveAnswer) => void>} */
  const done = new Map();
  let [clock, busy, timer, pause] = [0, false, /** @type {any} */ (0), FIRST_PAUSE];
  let box = { ...EMPTY_BOX };

  const change = (/** @type {Partial<Box>} */ fields) => {
    box = { ...box, ...fields };
    onChange(box);
  };
  const attempt = (/** @type {() => void} */ work) => {
    try {
      work();
    } catch {
      box = { ...box, kept: false };
    }
  };
  const keep = (/** @type {Op} */ op) =>
    attempt(() => storage.setItem(prefix + op.operation, JSON.stringify(op)));
  const drop = (/** @type {Op} */ op) => attempt(() => storage.removeItem(prefix + op.operation));
  const load = () => {
    /** @type {Op[]} */
    const found = [];
    attempt(() => {
      for (let i = 0; i < storage.length; i += 1) {
        const key = storage.key(i) ?? "";
        if (key.startsWith(prefix)) found.push(JSON.parse(storage.getItem(key) ?? "null"));
      }
    });
    return found.sort((a, b) => a.order - b.order || (a.operation < b.operation ? -1 : 1));
  };
  /** What was decided on top of one started from a revision that was only expected. */
  const follow = (
    /** @type {Op[]} */ ops,
    /** @type {Op} */ op,
    /** @type {Partial<Op>} */ fields,
  ) =>
    ops.map((other) => {
      if (other.after !== op.operation) return other;
      const moved = { ...other, ...fields };
      keep(moved);
      return moved;
    });
  const without = (/** @type {Op} */ op) =>
    box.ops.filter((other) => other.operation !== op.operation);

  /** @param {Op} op @param {Answer} answer @returns {boolean} whether to send the next one */
  const take = (op, answer) => {
    if (answer.ok) {
      drop(op);
      pause = FIRST_PAUSE;
      const ops = follow(without(op), op, { base: answer.state.revision });
      change({ ops, sending: false, offline: false, problem: "", savedAt: Date.now() });
      done.get(op.operation)?.(answer);
      done.delete(op.operation);
      return true;
    }
    if (isLater(answer)) {
      timer = setTimeout(flush, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      change({
        sending: false,
        offline: answer.offline,
        problem: answer.offline ? "" : answer.error,
      });
      return false;
    }
    // The store will never take it as it is: it stays, with the reason, until somebody looks at it.
    const refused = { ...op, refused: answer.error };
    keep(refused);
    const ops = box.ops.map((other) => (other.operation === op.operation ? refused : other));
    change({ ops: follow(ops, op, { base: op.base, after: op.after }), sending: false });
    return true;
  };
  /** @param {Op} op @returns {Promise<Answer>} */
  async function answerTo(op) {
    /** @type {any} */
    let late;
    const offline = new Promise((/** @type {(answer: any) => void} */ done) => {
      late = setTimeout(() => done({ ok: false, offline: true, kind: "Offline", error: "" }), wait);
    });
    const answer = await Promise.race([send(op), offline]);
    clearTimeout(late);
    return answer;
  }

  async function flush() {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    for (let more = true; more; ) {
      const op = box.ops.find((one) => !one.refused);
      if (!op) break;
      change({ sending: true });
      more = take(op, await answerTo(op));
    }
    busy = false;
  }

  box = { ...box, ops: load() };
  return {
    box: () => box,
    flush,
    /** @param {Sent} sent @param {(answer: SaveAnswer) => void} [whenDone] */
    add(sent, whenDone) {
      const last = box.ops.findLast((other) => other.id === sent.id && !other.refused);
      clock = (clock + 1) % 1000;
      const order = Date.now() * 1000 + clock;
      const op = { operation: newId(), order, after: last ? last.operation : "", ...sent };
      keep(op);
      if (whenDone) done.set(op.operation, whenDone);
      change({ ops: [...box.ops, op] });
      flush();
    },
    /** @param {string} operation */
    discard(operation) {
      const op = box.ops.find((one) => one.operation === operation);
      if (!op) return;
      drop(op);
      change({ ops: without(op) });
    },
    /** The network is back: do not wait out the pause. */
    hurry() {
      pause = FIRST_PAUSE;
      flush();
    },
  };
}
