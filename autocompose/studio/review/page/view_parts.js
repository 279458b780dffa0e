// Part rows with what the joints say of them, and conflicts of two people.
import { RowProblem } from "../../web/row_problem.js";
import { html } from "../../web/view.js";
import { isChecked, partLabel, partRows, sideOf } from "./items.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").PartRow} Row */

/** @type {Record<string, string>} */
const SIGNS = { supported: "✓", contradicted: "✕", unknown: "·", unchecked: "?" };

/** @param {{ part: string }} props */
export const SideChip = ({ part }) =>
  sideOf(part) && html`<i class=${`ac-chip ac-${sideOf(part)}`}>${sideOf(part)}</i>`;

/**
 * A verdict is shown beside the very texts that it is about.
 *
 * @param {{ row: Row, checked: boolean }} props
 */
const Verdict = ({ row, checked }) => {
  if (!row.verdict) return null;
  const verdict = checked ? row.verdict : "unchecked";
  const worst = row.marks.filter((mark) => mark.verdict === row.verdict);
  const title = checked
    ? worst.map((mark) => mark.evidence).join("; ")
    : "Not checked since the edit";
  return html`<span class=${`ac-verdict ac-v-${verdict}`} title=${title}>
    <i aria-hidden="true">${SIGNS[verdict]}</i><span>${checked ? verdict : "not checked"}</span>
  </span>`;
};

/** @param {{ row: Row, i: number, chosen: boolean, checked: boolean, desk: Desk }} props */
const PartLine = ({ row, i, chosen, checked, desk }) => html`
  <li class=${row.wrong ? "ac-wrong" : ""}>
    <button
      type="button"
      class=${chosen ? "ac-markrow ac-chosen" : "ac-markrow"}
      data-part=${row.part}
      aria-pressed=${String(row.wrong)}
      title="Press to mark it wrong"
      onclick=${() => desk.decisions.toggleWrong(row.part)}
    >
      <kbd>${i < 9 ? i + 1 : ""}</kbd><${SideChip} part=${row.part} />
      <span class="ac-markname">
        ${partLabel(row.part)}${row.text !== null && html`<small dir="auto">${row.text}</small>`}
      </span>
      <${Verdict} row=${row} checked=${checked} />${row.wrong && html`<b>wrong</b>`}
    </button>
    ${
      checked &&
      row.problem &&
      html`<${RowProblem} problem=${row.problem} fixes=${desk.decisions.fixesOf(row.problem)} />`
    }
  </li>
`;

/** @param {{ item: Item, chosen: number, desk: Desk }} props */
export const PartRows = ({ item, chosen, desk }) => html`
  <ol class="ac-marks">
    ${partRows(item).map(
      (row, i) =>
        html`<${PartLine}
          key=${row.part}
          ...${{ row, i, chosen: chosen === i, checked: isChecked(item), desk }}
        />`,
    )}
  </ol>
`;

/**
 * Names of two people; where both logged in under one name, who was first.
 *
 * @param {import("../../web/types").Conflict} conflict
 */
const names = ({ their_reviewer: theirs, my_reviewer: mine }) =>
  theirs && mine && theirs !== mine ? [theirs, mine] : ["Saved first", "Saved second"];

/** @param {{ item: Item, settled: string[], desk: Desk }} props */
export const Conflicts = ({ item, settled, desk }) =>
  item.conflicts
    .filter((conflict) => !settled.includes(conflict.field))
    .map((conflict) => {
      const [theirs, mine] = names(conflict);
      const take = (/** @type {string | null} */ value) => () =>
        desk.decisions.resolve(conflict, value);
      const side = (/** @type {string} */ name, /** @type {string | null} */ value) => html`
        <p>
          <b>${name}: </b><q dir="auto">${value === null ? "(removed)" : value}</q>${" "}
          <button type="button" class="ac-mini" onclick=${take(value)}>Take this</button>
        </p>
      `;
      return html`<div class="ac-notice ac-warn ac-conflict" role="alert" key=${conflict.field}>
        <p>Two edits to ${conflict.field} conflict:</p>
        ${side(theirs, conflict.theirs)} ${side(mine, conflict.mine)}
      </div>`;
    });
