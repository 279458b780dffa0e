// Calls of the server. Every answer is one record of types.d.ts, or says why there is none.

import { openNow } from "./opened.js";

/** @typedef {import("./types").Answers} Answers */
/** @typedef {{ ok: false, offline: boolean, kind: string, error: string }} Refusal */
/**
 * @template {keyof Answers} N
 * @typedef {({ ok: true, offline?: false } & Answers[N]) | Refusal} Answer
 */
/**
 * @typedef {<N extends keyof Answers>(name: N, payload?: object) => Promise<Answer<N>>} Call
 */

/** Pause before a server that is away is asked again, in milliseconds. */
export const PAUSE = 2000;

export const AWAY = "Connection lost. Trying again …";

/** @type {Refusal} */
const OFFLINE = Object.freeze({ ok: false, offline: true, kind: "Offline", error: AWAY });

/**
 * The calls of one tab.
 *
 * @param {Record<string, (payload: object) => Promise<any>>} server Gradio's server functions. One
 *   resolves to undefined when the server is down: that is a failure, not an answer.
 * @returns {Call}
 */
export function connect(server) {
  const open = openNow();
  const named = Object.keys(open).length > 0 ? { open } : {};
  return async (name, payload = {}) => {
    let answer;
    try {
      answer = await server[String(name)]({ ...named, ...payload });
    } catch {
      return OFFLINE;
    }
    return answer && typeof answer === "object" && "ok" in answer ? answer : OFFLINE;
  };
}

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/**
 * Ask until the server answers.
 *
 * @template {keyof Answers} N
 * @param {Call} call
 * @param {N} name
 * @param {{ payload?: object, away?: () => void, wanted?: () => boolean, wait?: number }} options
 *   `away` is called once when there is no answer; the asking ends when `wanted` says no.
 * @returns {Promise<Answer<N>>} the last answer
 */
export async function insist(call, name, options = {}) {
  const { payload = {}, away = () => {}, wanted = () => true, wait = PAUSE } = options;
  let answer = await call(name, payload);
  if (answer.offline) away();
  while (answer.offline && wanted()) {
    await pause(wait);
    if (wanted()) answer = await call(name, payload);
  }
  return answer;
}

/**
 * Numbers for questions of one kind, so that only the newest answer is shown.
 *
 * @returns {{ next: () => number, isNewest: (number: number) => boolean }}
 */
export function sequence() {
  let newest = 0;
  return {
    next: () => ++newest,
    isNewest: (number) => number === newest,
  };
}
