// Decisions a day, one column a day and one shade a reviewer.
import { html } from "../../web/view.js";
import { Chart, grouped, Legend } from "./chart_parts.js";

/** @typedef {import("../../web/types").Count} Count */

const SHADES = 4;
const DAYS = 14;
/** The plot in units of its view box: left edge, width, highest and lowest line. */
const [LEFT, WIDTH, TOP, FLOOR] = [30, 280, 16, 100];
const WIDEST = 36;

/**
 * @param {{
 *   days: string[], people: string[], of: (day: string, name: string) => number, most: number,
 * }} props
 */
const Columns = ({ days, people, of, most }) => {
  const wide = WIDTH / Math.max(7, days.length);
  const bar = Math.min(WIDEST, wide - 4);
  const columns = days.map((day, x) => {
    let top = FLOOR;
    return people.map((name, i) => {
      const tall = ((FLOOR - TOP) * of(day, name)) / most;
      top -= tall;
      if (!tall) return null;
      return html`<path class=${`ac-shade${i % SHADES}`}
          d=${`M${LEFT + x * wide + 2} ${top}h${bar}v${tall}h-${bar}z`}>
        <title>${`${day}, ${name}: ${of(day, name)}`}</title>
      </path>`;
    });
  });
  const every = Math.ceil(days.length / 7);
  return html`<svg viewBox="0 0 316 118" aria-hidden="true" class="ac-columns">
    <line x1=${LEFT} y1=${FLOOR} x2=${LEFT + WIDTH} y2=${FLOOR} class="ac-axis" />
    <line x1=${LEFT} y1=${TOP} x2=${LEFT + WIDTH} y2=${TOP} class="ac-axis ac-faint" />
    <text x=${LEFT - 4} y=${TOP + 3} text-anchor="end">${most}</text>
    <text x=${LEFT - 4} y=${FLOOR + 3} text-anchor="end">0</text>
    ${days.map(
      (day, x) =>
        x % every === 0 &&
        html`<text x=${LEFT + x * wide + 2}
        y="114">${day.slice(5)}</text>`,
    )}
    ${columns}
  </svg>`;
};

/** The same numbers follow as a list for screen readers. @param {{ counts: Count[] }} props */
export const ThroughputChart = ({ counts }) => {
  const title = "Decisions per day";
  if (!counts.length)
    return html`<${Chart} title=${title}><p class="ac-quiet">No decisions yet.</p><//>`;
  const days = [...new Set(counts.map(({ labels }) => labels[0]))].sort().slice(-DAYS);
  const people = grouped(counts, 1).map(([name]) => name);
  const of = (/** @type {string} */ day, /** @type {string} */ name) =>
    counts
      .filter(({ labels }) => labels[0] === day && labels[1] === name)
      .reduce((sum, { value }) => sum + value, 0);
  const sums = days.map((day) => people.reduce((sum, name) => sum + of(day, name), 0));
  const said = (/** @type {string} */ day) =>
    people
      .filter((name) => of(day, name))
      .map((name) => `${name} ${of(day, name)}`)
      .join(", ");
  return html`<${Chart} title=${title}>
    ${
      people.length > 1 &&
      html`<${Legend}
        rows=${people.map((name, i) => [`ac-shade${i % SHADES}`, name])} />`
    }
    <${Columns} ...${{ days, people, of, most: Math.max(...sums) }} />
    <ul class="ac-sr">
      ${days.map(
        (day, i) => html`<li
          key=${day}>${`${day}: ${sums[i]} decisions, ${said(day)}`}</li>`,
      )}
    </ul>
  <//>`;
};
