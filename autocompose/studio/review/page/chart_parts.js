// What every chart is made of.
import { html } from "../../web/view.js";

/** @typedef {import("../../web/types").Count} Count */

/** @param {{ title: string, cls?: string, children?: any }} props */
export const Chart = ({ title, cls = "", children }) => html`
  <section class=${`ac-chart ${cls}`} aria-label=${title}>
    <h3>${title}</h3>
    ${children}
  </section>
`;

/** @param {{ rows: string[][] }} props class of the mark, and its name */
export const Legend = ({ rows }) => html`
  <p class="ac-legend">
    ${rows.map(
      ([cls, name]) =>
        html`<span key=${name}><i class=${`ac-key ${cls}`} aria-hidden="true"></i>${name}</span>`,
    )}
  </p>
`;

/**
 * Sums by one label, the largest first.
 *
 * @param {Count[]} counts
 * @param {number} place
 * @returns {[string, number][]}
 */
export function grouped(counts, place) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { labels, value } of counts)
    found.set(labels[place], (found.get(labels[place]) ?? 0) + value);
  return [...found].sort((a, b) => b[1] - a[1]);
}
