// Drafts: what somebody wrote stays in this browser until it is as its author wrote it.
import { read, write } from "../../web/storage.js";
import { draftOf } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Draft} Draft */

/** @param {State} state @returns {string} empty where nothing is kept */
export const draftKey = ({ strip, pair, writer }) =>
  strip && pair ? `autocompose-describe:${strip.dataset}:${pair}:${writer}` : "";

/** @param {any} kept @returns {Draft | null} null for what another version of this page left */
export const readDraft = (kept) =>
  Array.isArray(kept?.texts?.rows) && Array.isArray(kept?.author?.rows) ? kept : null;

/** @param {State} state */
export const keptDraft = (state) => readDraft(read(draftKey(state), null));

/** Keep what changed. @param {State} state @param {State} before */
export function keepDraft(state, before) {
  const key = draftKey(state);
  if (!key || key !== draftKey(before) || !state.texts || state.texts === before.texts) return;
  write(key, draftOf(state));
}
