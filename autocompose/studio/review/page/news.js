// Somebody else saved over a decision of this page: both people learn of it when it happens.

/** Descriptions that are asked about. */
const ASKED = 5000;

/**
 * What is said of a save that met another one.
 *
 * @param {import("../../web/types").Conflict[]} conflicts
 * @param {string} label of the description
 */
export function mergedWords(conflicts, label) {
  if (!conflicts.length) return "Someone else also saved this description. Both changes are kept.";
  const { field, their_reviewer: theirs } = conflicts[0];
  const who = theirs || "Someone else";
  return (
    `${who} also changed the ${field} of a description that you saved (${label}). ` +
    "Both versions are kept; go back to it to choose one."
  );
}

/**
 * Which news is about another person's save.
 *
 * @param {import("../../web/types").NewsView[]} news
 * @param {Set<number>} own places in the log of this page's own saves
 */
export const fromOthers = (news, own) => news.filter(({ sequence }) => !own.has(sequence));

/** @param {import("../../web/types").NewsView} news */
export const newsWords = ({ reviewer, fields }) =>
  `${reviewer} changed the ${fields.join(", ")} of a description that you decided. ` +
  "Both versions are kept; go back to it to choose one.";

/**
 * @param {object} desk
 * @param {import("../../web/api.js").Call} desk.ask
 * @param {(text: string) => void} desk.warn
 * @param {(id: string) => Promise<void>} desk.refresh
 */
export function hearNews({ ask, warn, refresh }) {
  let since = 0;
  /** @type {Set<number>} */
  const own = new Set();
  /** @type {Set<string>} */
  const decided = new Set();
  return {
    decided: (/** @type {string} */ id) => decided.add(id),
    saved(/** @type {number} */ sequence) {
      own.add(sequence);
      since = since || sequence;
    },
    async hear() {
      if (!since || document.hidden) return;
      const ids = [...decided].slice(-ASKED);
      const answer = await ask("review_news", { since, ids });
      if (!answer.ok) return;
      since = Math.max(since, answer.sequence);
      const news = fromOthers(answer.news, own);
      if (news.length) warn(newsWords(news[0]));
      for (const { id } of news) await refresh(id);
    },
  };
}
