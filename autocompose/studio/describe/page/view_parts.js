// Part by part: the body map, a row for each part with its sentence, and a form for a new one.
import { BodyMap } from "../../web/body_map.js";
import { GrowingText } from "../../web/grow.js";
import { Icon } from "../../web/icons.js";
import { RowProblem } from "../../web/row_problem.js";
import { VerdictChip, WaitingChip } from "../../web/verdict_chip.js";
import { html } from "../../web/view.js";
import { groupsOf, isChecked, partOf, usedParts } from "./state.js";
import { rowVerdict } from "./texts.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {import("./texts").Row} Row */
/** @typedef {{ state: State, desk: Desk }} Props */

/** @param {{ currentTarget: { value: string } }} event */
const typed = ({ currentTarget }) => currentTarget.value;

/** @param {{ part: import("../../web/types").PartView | undefined }} props */
const PartName = ({ part }) => {
  const { side = "", label = "" } = part ?? {};
  const name = side ? label.replace(/^(left|right) /, "") : label;
  return html`
    <span class=${`ac-part ac-${side || "mid"}`}>
      ${side && html`<i class=${`ac-chip ac-${side}`}>${side}</i>`}${name}
    </span>
  `;
};

/** No verdict for a sentence that is not about its row: a tick would be misread. */
const WrongRow = () => html`
  <span class="ac-verdictbox">
    <span class="ac-vchip" data-verdict="contradicted" data-wrongrow>
      <${Icon} name="contradicted" /><span class="ac-sr">Not about this row</span>
    </span>
  </span>
`;

/**
 * Grey until the sentence was judged; nothing where no joints can judge.
 *
 * @param {{ state: State, row: Row }} props
 */
const Slot = ({ state, row }) => {
  const found = rowVerdict(state.checked, row);
  const shown = found?.verdict && !found.problem;
  return html`
    <span class="ac-vslot">
      ${found?.problem && html`<${WrongRow} />`}
      ${shown && html`<${VerdictChip} verdict=${found.verdict} />`}
      ${!found && html`<${WaitingChip} />`}
    </span>
  `;
};

/** @param {Props & { row: Row }} props */
const PartRow = ({ state, desk, row }) => {
  const part = partOf(state, row.part);
  const problem = rowVerdict(state.checked, row)?.problem;
  const wrong = state.wrong?.part === row.part ? state.wrong.words : "";
  const id = `ac-wrong-${row.part}`;
  return html`
    <div class=${`ac-partrow${problem || wrong ? " ac-badrow" : ""}`} data-row=${row.part}>
      <${PartName} part=${part} />
      <${GrowingText}
        rows="1"
        value=${row.text}
        dir="auto"
        maxlength="4000"
        aria-label=${`Sentence for the ${part?.label}`}
        aria-invalid=${problem || wrong ? "true" : undefined}
        aria-describedby=${problem || wrong ? id : undefined}
        oninput=${(/** @type {any} */ event) =>
          desk.send({ kind: "typedRow", part: row.part, text: typed(event) })}
      />
      <${Slot} state=${state} row=${row} />
      <button
        type="button"
        class="ac-iconbutton"
        aria-label=${`Remove the ${part?.label}`}
        title="Remove"
        onclick=${() => desk.remove(row.part)}
      >
        <${Icon} name="close" />
      </button>
      <div class="ac-rowsays" id=${id}>
        ${wrong && html`<p class="ac-inline-error" role="alert">${wrong}</p>`}
        ${problem && html`<${RowProblem} problem=${problem} fixes=${desk.fixesOf(row)} />`}
      </div>
    </div>
  `;
};

/** @param {Props} props */
const Rows = ({ state, desk }) => {
  const groups = groupsOf(state);
  return html`
    <div class="ac-parts">
      ${groups.map(
        ({ group, rows }) => html`
          <div class="ac-group" key=${group}>
            <h3>${group}</h3>
            ${rows.map(
              (row) =>
                html`<${PartRow} key=${`${state.pair} ${row.part}`} ...${{ state, desk, row }} />`,
            )}
          </div>
        `,
      )}
      ${!groups.length && html`<p class="ac-quiet">No parts left. Add one below.</p>`}
    </div>
  `;
};

/** @param {Props} props */
const Adder = ({ state, desk }) => {
  const { adding, boot } = state;
  return html`
    <form
      class="ac-adder"
      onsubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        desk.add();
      }}
    >
      <select
        aria-label="Body part"
        value=${adding.part}
        onchange=${(/** @type {any} */ event) =>
          desk.send({ kind: "adding", fields: { part: typed(event) } })}
      >
        <option value="">Add a part …</option>
        ${boot?.groups.map(
          (group) => html`
            <optgroup label=${group}>
              ${boot.parts
                .filter((part) => part.group === group)
                .map(
                  ({ part, label, side }) =>
                    html`<option value=${part}>${label}${side && ` (${side})`}</option>`,
                )}
            </optgroup>
          `,
        )}
      </select>
      <input
        type="text"
        placeholder="what this part does"
        aria-label="Sentence for the new part"
        maxlength="400"
        dir="auto"
        value=${adding.text}
        oninput=${(/** @type {any} */ event) =>
          desk.send({ kind: "adding", fields: { text: typed(event) } })}
      />
      <button type="submit" class="ac-button"><${Icon} name="plus" />Add</button>
      <p class="ac-inline-error" role="alert">${adding.wrong}</p>
    </form>
  `;
};

/**
 * The rows together fit these bodies much better with left and right swapped.
 *
 * @param {Props} props
 */
const SwapBanner = ({ state, desk }) => html`
  <div class="ac-swap" role="status">
    ${
      state.checked?.swapped &&
      isChecked(state) &&
      html`
        <p>
          <b>Left and right look swapped. </b>
          The sentences fit this body much better with left and right swapped.
        </p>
        <button type="button" class="ac-button" onclick=${desk.swapAll}>
          <${Icon} name="exchange" />Swap left and right
        </button>
      `
    }
  </div>
`;

/** @param {Props} props */
export const Parts = ({ state, desk }) => html`
  <section class="ac-side" aria-label="Body parts">
    <div class="ac-row ac-between">
      <h2>What changes, part by part</h2>
      <button
        type="button"
        class="ac-mini"
        data-undo
        title="Ctrl+Z outside a text"
        aria-disabled=${state.steps.length ? undefined : "true"}
        onclick=${desk.undo}
      >
        <${Icon} name="undo" />Undo
      </button>
    </div>
    <div class="ac-sidegrid">
      <${BodyMap}
        parts=${state.boot?.parts ?? []}
        used=${usedParts(state)}
        onPart=${desk.openPart}
      />
      <div>
        <${SwapBanner} state=${state} desk=${desk} />
        <${Rows} state=${state} desk=${desk} />
        <${Adder} state=${state} desk=${desk} />
        <p class="ac-quiet ac-said-here" role="status">
          ${state.said.at === "parts" ? state.said.words : ""}
        </p>
      </div>
    </div>
  </section>
`;
