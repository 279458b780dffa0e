// The dashboard. Every chart is also words: each mark has its name and number next to it.
import { html } from "../../web/view.js";
import { Chart, grouped, Legend } from "./chart_parts.js";
import { ThroughputChart } from "./charts_days.js";
import { AgreementChart, ReviewerTable } from "./charts_people.js";
import { SideChip } from "./view_parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("../../web/types").Count} Count */
/** @typedef {{ state: State, desk: Desk }} Props */

const STANDS = [
  ["accepted", "accepted"],
  ["rejected", "rejected"],
  ["skipped", "skipped"],
  ["pending", "waiting"],
];

/** @param {{ counts: Count[] }} props */
const ProgressChart = ({ counts }) => {
  /** @type {Map<string, Record<string, number>>} */
  const rows = new Map();
  for (const { labels, value } of counts) {
    const name = `${labels[0]}, ${labels[1]}`;
    rows.set(name, { ...rows.get(name), [labels[2]]: value });
  }
  return html`<${Chart} title="Progress">
    <${Legend} rows=${STANDS.map(([verdict, name]) => [`ac-k-${verdict}`, name])} />
    <ul class="ac-bars">
      ${[...rows].map(([name, row]) => {
        const total = Object.values(row).reduce((a, b) => a + b, 0);
        const there = STANDS.filter(([verdict]) => row[verdict]);
        return html`<li key=${name}>
          <span>${name}</span>
          <span class="ac-stack" aria-hidden="true">
            ${there.map(
              ([verdict]) => html`<i class=${`ac-k-${verdict}`}
                style=${`flex-grow:${row[verdict]}`}></i>`,
            )}
          </span>
          <b>${(row.accepted ?? 0) + (row.rejected ?? 0)} of ${total}</b>
          <small>${there.map(([verdict, word]) => `${row[verdict]} ${word}`).join(", ")}</small>
        </li>`;
      })}
    </ul>
  <//>`;
};

/** @param {{ counts: Count[] }} props */
const ReasonChart = ({ counts }) => {
  const rows = grouped(counts, 0);
  return html`<${Chart} title="Reasons given">
    ${
      rows.length
        ? html`<ul class="ac-bars">
            ${rows.map(
              ([name, value]) => html`<li key=${name}>
                <span>${name}</span>
                <span class="ac-meter" aria-hidden="true"><i
                    style=${`width:${(100 * value) / rows[0][1]}%`}></i></span>
                <b>${value}</b>
              </li>`,
            )}
          </ul>`
        : html`<p class="ac-quiet">No reasons given yet.</p>`
    }
  <//>`;
};

/**
 * One cell of the table of errors.
 *
 * @param {{
 *   part: string, view: string, model: string | null, n: number, most: number, desk: Desk,
 * }} props
 */
const Cell = ({ part, view, model, n, most, desk }) => {
  if (!n) return html`<td><span class="ac-quiet">0</span></td>`;
  const heat = Math.round(8 + 27 * Math.min(1, n / most));
  const only = /** @type {Record<string, string>} */ (model ? { model } : {});
  const pick = () => desk.pick({ part: part.replaceAll(" ", "_"), view, ...only, verdict: "any" });
  return html`<td>
    <button
      type="button"
      class="ac-heat"
      style=${`--heat:${heat}%`}
      aria-label=${`${n} ${n === 1 ? "error" : "errors"}: ${part}, ${view}. Show these`}
      onclick=${pick}
    >
      ${n}
    </button>
  </td>`;
};

/** @param {Count[]} counts */
const sum = (counts) => counts.reduce((all, { value }) => all + value, 0);

/**
 * Errors by part and view, for one model or all: cells shaded by their count filter the queue.
 *
 * @param {Props & { counts: Count[] }} props
 */
const ErrorChart = ({ counts, state, desk }) => {
  const title = "Parts found wrong, by view and model";
  if (!counts.length)
    return html`<${Chart} title=${title} cls="ac-wide">
      <p class="ac-quiet">
        No part has been marked wrong or rewritten yet. Number keys mark a part.
      </p>
    <//>`;
  const model = state.dialog?.model ?? null;
  const models = [...new Set(counts.map(({ labels }) => labels[2]))].sort();
  const chosen = counts.filter(({ labels }) => model === null || labels[2] === model);
  const views = (state.boot?.views ?? []).filter((view) =>
    chosen.some(({ labels }) => labels[1] === view),
  );
  const most = Math.max(1, ...chosen.map(({ value }) => value));
  const of = (/** @type {string} */ part, /** @type {string} */ view) =>
    sum(chosen.filter(({ labels }) => labels[0] === part && labels[1] === view));
  return html`<${Chart} title=${title} cls="ac-wide">
    <div class="ac-row">
      <select
        aria-label="Model"
        value=${model ?? "*"}
        onchange=${(/** @type {any} */ e) => {
          const value = e.currentTarget.value;
          desk.set({ dialog: { ...state.dialog, model: value === "*" ? null : value } });
        }}
      >
        <option value="*">All models</option>
        ${models.map((one) => html`<option value=${one}>${one || "not named"}</option>`)}
      </select>
      <span class="ac-quiet">Click a number to open the items it counts.</span>
    </div>
    <div class="ac-scroll" tabindex="0" role="region" aria-label="Parts found wrong, table">
      <table>
        <thead>
          <tr>
            <th scope="col">Part</th>
            ${views.map((view) => html`<th scope="col">${view}</th>`)}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          ${grouped(chosen, 0).map(
            ([part, total]) => html`<tr key=${part}>
              <th scope="row"><${SideChip} part=${part.replaceAll(" ", "_")} /> ${part}</th>
              ${views.map(
                (view) => html`<${Cell}
                  ...${{ part, view, model, n: of(part, view), most, desk }} />`,
              )}
              <td><b>${total}</b></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  <//>`;
};

/** @param {Props} props */
export const Dashboard = ({ state, desk }) => {
  const page = /** @type {import("../../web/types").DashboardAnswer | undefined} */ (
    state.dialog?.answer
  );
  return html`
    <div class="ac-row">
      <button type="button" class="ac-button"
          onclick=${() => desk.readAgain(true)}>Second reading</button>
      ${
        state.boot?.role === "administrator" &&
        html`<button type="button" class="ac-button"
            onclick=${() => desk.dialog({ kind: "plant" })}>
          Plant gold items or errors …
        </button>`
      }
    </div>
    ${!page && !state.dialog?.error && html`<p class="ac-quiet">Counting …</p>`}
    ${
      page &&
      html`<div class="ac-board">
        <${ProgressChart} counts=${page.progress} />
        <${ThroughputChart} counts=${page.throughput} />
        <${ErrorChart} counts=${page.errors} state=${state} desk=${desk} />
        <${ReasonChart} counts=${page.reasons} />
        <${AgreementChart} report=${page.agreement} desk=${desk} />
        <${ReviewerTable} rows=${page.reviewers} />
      </div>`
    }
  `;
};

const PLANTS = [
  ["gold", "Gold items: accepted texts, unchanged"],
  ["sides exchanged", "Errors: left and right swapped"],
  ["images exchanged", "Errors: the two pictures swapped"],
];

/** @param {any} dialog */
function plantWords({ working, answer }) {
  if (working) return "Planting …";
  if (!answer) return "";
  return answer.planted
    ? `${answer.planted} planted. They are in the queue like any other item.`
    : "Nothing was planted: no suitable accepted description is left.";
}

/** @param {Props} props */
export const Plant = ({ state: { dialog }, desk }) => html`
  <p class="ac-quiet">
    Random copies of accepted descriptions whose correct verdict is known. They measure reviewers
    and look like any other item. Exports and work counts leave them out. Planting cannot be
    undone, because the log keeps them.
  </p>
  <form
    class="ac-row ac-plant"
    onsubmit=${(/** @type {any} */ e) => {
      e.preventDefault();
      const { kind, count } = e.currentTarget.elements;
      desk.plant(kind.value, Number(count.value) || 1);
    }}
  >
    <select name="kind" aria-label="What to plant">
      ${PLANTS.map(([value, label]) => html`<option value=${value}>${label}</option>`)}
    </select>
    <input name="count" type="number" min="1" max="200" defaultValue="10" aria-label="How many" />
    <button type="submit" class="ac-button ac-solid" data-plant
        disabled=${dialog?.working}>Plant them</button>
  </form>
  <p role="status">${plantWords(dialog)}</p>
`;
