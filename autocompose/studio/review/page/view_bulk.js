// The dialog of bulk actions.
import { html } from "../../web/view.js";
import { ACTIONS, isConfirmed, reaches, TYPED_ABOVE } from "./bulk.js";
import { counted } from "./filters.js";
import { LABELS } from "./items.js";
import { Difference } from "./view_texts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("../../web/types").ChangeView} Change */
/** @typedef {import("../../web/types").BulkAnswer} Answer */

/** @param {{ change: Change }} props */
const ChangeRow = ({ change: { name, before, after } }) => {
  const decides = before.verdict !== after.verdict;
  return html`<li>
    <b>${name}</b>
    ${
      decides &&
      html`<span
        class="ac-quiet">${` ${LABELS[before.verdict]} to ${LABELS[after.verdict]}`}</span>`
    }
    ${
      after.written &&
      after.written !== before.written &&
      html`<span class="ac-quiet">, auto: written by rules from the joints</span>`
    }
    ${after.phrasings.map((text, i) => {
      const was = before.phrasings[i] ?? "";
      if (text !== was) return html`<${Difference} before=${was} after=${text} />`;
      return !i && decides ? html`<p dir="auto">${text}</p>` : null;
    })}
  </li>`;
};

/** @param {{ answer: Answer }} props */
const Refused = ({ answer: { refused, left } }) =>
  left > 0 &&
  html`<details>
    <summary>${left} not changed, with the reason</summary>
    <ol class="ac-changes">
      ${refused.map(
        (row) => html`<li key=${row.id}>${row.name && html`<b>${row.name}: </b>`}${row.why}</li>`,
      )}
    </ol>
  </details>`;

/** @param {{ state: State, desk: Desk }} props */
const Choices = ({ state, desk }) => {
  const { dialog } = state;
  return html`
    <div class="ac-row" role="group" aria-label="Action">
      ${Object.entries(ACTIONS).map(
        ([name, { title }]) => html`<button
          type="button"
          class="ac-button ac-ghost"
          key=${name}
          aria-pressed=${String(name === dialog?.action)}
          data-bulk=${name}
          onclick=${() => desk.bulk.choose({ action: name })}
        >
          ${title}
        </button>`,
      )}
    </div>
    <fieldset class="ac-reach">
      <legend>Which descriptions?</legend>
      ${reaches(state).map(
        ({ reach, label }) => html`<label key=${reach}>
          <input
            type="radio"
            name="reach"
            checked=${dialog?.reach === reach}
            data-reach=${reach}
            onchange=${() => desk.bulk.choose({ reach })}
          />
          ${label}
        </label>`,
      )}
    </fieldset>
  `;
};

/** @param {{ seen: Answer, state: State, desk: Desk }} props */
const Preview = ({ seen, state: { dialog }, desk }) => {
  const action = dialog?.action;
  const verb = ACTIONS[action]?.verb;
  const large = seen.count > TYPED_ABOVE;
  const ready = isConfirmed(seen.count, dialog?.typed) && !dialog?.working;
  return html`
    <p role="status" data-count=${seen.count}>
      ${seen.count ? `${counted(seen.count)} would change.` : "Nothing would change."}
    </p>
    <ol class="ac-changes" tabindex="0" aria-label="What would change">
      ${seen.shown.map((change) => html`<${ChangeRow} key=${change.id} change=${change} />`)}
    </ol>
    ${
      seen.count > seen.shown.length &&
      html`<p class="ac-quiet">and ${seen.count - seen.shown.length} more</p>`
    }
    <${Refused} answer=${seen} />
    ${
      large &&
      html`<label class="ac-row">
        Type ${seen.count} to confirm:
        <input
          type="text"
          inputmode="numeric"
          data-typed
          value=${dialog?.typed}
          oninput=${(/** @type {any} */ e) => desk.bulk.type(e.currentTarget.value)}
        />
      </label>`
    }
    <div class="ac-row">
      <button
        type="button"
        class="ac-button ac-solid"
        data-bulkapply
        disabled=${!ready}
        onclick=${desk.bulk.apply}
      >
        ${seen.count ? `${verb} (${seen.count})` : verb}
      </button>
    </div>
  `;
};

/** @param {{ state: State, desk: Desk }} props */
export const Bulk = ({ state, desk }) => {
  const { dialog } = state;
  const chosen = dialog?.action && dialog.reach;
  const busy = chosen && !dialog.seen && !dialog.error && !dialog.result;
  return html`
    ${dialog?.reach !== "only" && html`<${Choices} state=${state} desk=${desk} />`}
    <div class="ac-bulk">
      ${
        !chosen &&
        html`<p
          class="ac-quiet">
            Choose an action and what it is about; you see what would change first.
          </p>`
      }
      ${busy && html`<p class="ac-quiet">Preparing the preview …</p>`}
      ${dialog?.seen && html`<${Preview} seen=${dialog.seen} state=${state} desk=${desk} />`}
      ${
        dialog?.result &&
        html`<p role="status">${`${dialog.result.count} ${ACTIONS[dialog.action].done}.`}</p>
          <${Refused} answer=${dialog.result} />`
      }
    </div>
  `;
};
