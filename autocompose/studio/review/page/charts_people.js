// How far reviewers agree, and how each of them works.
import { html } from "../../web/view.js";
import { Chart } from "./chart_parts.js";
import { partLabel } from "./items.js";

/** @typedef {import("../../web/types").ReviewerAgreement} Agreement */
/** @typedef {import("../../web/types").ReviewerRow} Row */

/** @param {{ name: string, found: Agreement }} props */
const Scale = ({ name, found: { alpha, units, ratings } }) => html`<li>
  <span>${name}</span>
  <span class="ac-scale" aria-hidden="true">
    ${alpha !== null && html`<i style=${`left:${100 * Math.max(0, alpha)}%`}></i>`}
  </span>
  <b>${alpha === null ? "one value only" : alpha.toFixed(2)}</b>
  <small>${`${units} read by several, ${ratings} readings`}</small>
</li>`;

/**
 * Alpha on its scale: 0 is chance, 1 is full agreement; Krippendorff asks for .8, and .667 for
 * tentative conclusions.
 *
 * @param {{
 *   report: import("../../web/types").AgreementReport, desk: import("./desk.js").Desk,
 * }} props
 */
export const AgreementChart = ({ report: { verdict, claims, by_part: parts }, desk }) => {
  const title = "Agreement (Krippendorff's alpha)";
  const all = /** @type {[string, Agreement][]} */ ([
    ["Verdicts", verdict],
    ["Part claims", claims],
    ...parts.map(([part, found]) => [partLabel(part), found]),
  ]);
  const rows = all.filter(([, found]) => found.units);
  if (!rows.length)
    return html`<${Chart} title=${title}>
      <p class="ac-quiet">
        No description has been read by two people yet.${" "}
        <button type="button" class="ac-button" onclick=${() => desk.readAgain(true)}>
          Start a second reading
        </button>
      </p>
    <//>`;
  return html`<${Chart} title=${title}>
    <p class="ac-quiet">
      0 is chance, 1 is full agreement. The marks are at .667 (tentative) and .8 (reliable).
    </p>
    <ul class="ac-bars">
      ${rows.map(([name, found]) => html`<${Scale} key=${name} name=${name} found=${found} />`)}
    </ul>
  <//>`;
};

/** @type {[string, (row: Row) => any][]} */
const COLUMNS = [
  ["Decisions", (row) => row.decisions],
  ["Seconds per item", (row) => row.seconds_per_item?.toFixed(1) ?? ""],
  ["Too fast to have been read", (row) => row.fast],
  ["Planted errors caught", (row) => `${row.caught} of ${row.errors}`],
  ["Gold items right", (row) => `${row.gold_right} of ${row.gold}`],
  ["Warning", (row) => row.warning],
];

/** @param {{ rows: Row[] }} props */
export const ReviewerTable = ({ rows }) => html`<${Chart} title="Reviewers" cls="ac-wide">
  ${
    rows.length
      ? html`<div class="ac-scroll" tabindex="0" role="region" aria-label="Reviewers, table">
          <table>
            <thead>
              <tr>
                <th scope="col">Reviewer</th>
                ${COLUMNS.map(([name]) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row) => html`<tr key=${row.reviewer}>
                  <th scope="row">${row.reviewer}</th>
                  ${COLUMNS.map(([, value]) => html`<td>${value(row)}</td>`)}
                </tr>`,
              )}
            </tbody>
          </table>
        </div>`
      : html`<p class="ac-quiet">No decisions yet.</p>`
  }
<//>`;
