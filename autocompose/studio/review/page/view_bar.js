// The bar above the desk, what is wrong, and short messages.
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { keyName } from "./keys.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {{ state: State, desk: Desk }} Props */

/** @param {string} text */
export const sentence = (text) =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

/** @param {State} state */
const unsent = ({ box }) => box.ops.filter((op) => !op.refused).length;

/** @param {State} state */
function statusWords(state) {
  const { box } = state;
  const n = unsent(state);
  if (box.offline) return `Offline, ${n} unsaved`;
  if (box.sending && n < 2) return "Saving";
  if (n) return `${n} unsaved`;
  const time = new Date(box.savedAt).toLocaleTimeString([], { hour12: false });
  return box.savedAt ? `Saved ${time}` : "Saved";
}

/** @param {{ state: State }} props */
const Status = ({ state }) => {
  const { box } = state;
  const n = unsent(state);
  const look = box.problem || box.offline ? " ac-bad" : n ? " ac-busy" : "";
  return html`<span class=${`ac-status${look}`} role="status"
      data-unsaved=${n}>${statusWords(state)}</span>`;
};

/** One line that says what is wrong and what becomes of the work. @param {State} state */
export function troubleWords(state) {
  const { box, blocked } = state;
  const n = unsent(state);
  const kept = (/** @type {string} */ when) =>
    box.kept
      ? `kept in this browser and will be sent once ${when}`
      : "only on this page; do not close it";
  const problem = box.problem || blocked;
  if (problem) {
    const fate = n
      ? `What is unsaved is ${kept("this is fixed")}.`
      : "Decisions are kept in this browser until this is fixed.";
    return `${sentence(problem)} ${fate}`;
  }
  return box.offline && n
    ? `Connection lost. Unsaved decisions are ${kept("the server is back")}.`
    : "";
}

/** @param {{ state: State }} props */
export const Trouble = ({ state }) => {
  const words = troubleWords(state);
  return html`<p class="ac-trouble" role="status">${words}</p>`;
};

/**
 * Decisions that the store refused for good, and a browser that keeps nothing.
 *
 * @param {Props} props
 */
export const Refused = ({ state: { box }, desk }) => html`
  <div>
    ${
      !box.kept &&
      html`<${Notice} kind="warn">
        This browser cannot store decisions. Do not close the page while anything is unsaved.
      <//>`
    }
    ${box.ops
      .filter((op) => op.refused)
      .map(
        (op) => html`<${Notice} kind="error" key=${op.operation}>
          The store refused a decision: ${op.refused}${" "}
          <button type="button" class="ac-mini" onclick=${() => desk.open(op.id)}>Show it</button>
          <button type="button" class="ac-mini"
              onclick=${() => desk.discard(op.operation)}>Discard it</button>
        <//>`,
      )}
  </div>
`;

/** @param {Props} props */
export const Advice = ({ state: { advice }, desk }) =>
  advice &&
  html`<${Notice} kind=${advice.kind}>
    ${advice.text}
    ${
      advice.stale &&
      html`<button
        type="button"
        class="ac-mini ac-do"
        data-anew
        onclick=${() => desk.regenerate(advice.stale ?? [])}
      >
        Regenerate …
      </button>`
    }
  <//>`;

/** @param {Props} props */
export const Toast = ({ state: { toast }, desk }) =>
  toast &&
  html`<div class="ac-toast" role="status">
    <span>${toast.text}</span>
    ${
      toast.undo &&
      html`<button type="button" class="ac-button" data-toastundo
          onclick=${desk.commands.undo}>Undo</button>`
    }
  </div>`;

const ORDERS = [
  ["error", "Most suspicious first"],
  ["sequential", "In file order"],
  ["random", "At random"],
];

/** @param {Props} props */
export const Toolbar = ({ state, desk }) => html`
  <div class="ac-row ac-reviewbar">
    <${Status} state=${state} />
    <select
      aria-label="Order"
      title="The most suspicious first begins with the texts of models"
      value=${state.order}
      onchange=${(/** @type {any} */ e) => desk.setOrder(e.currentTarget.value)}
    >
      ${ORDERS.map(([value, name]) => html`<option value=${value}>${name}</option>`)}
    </select>
    <input
      type="text"
      aria-label="Search in texts"
      placeholder="Search"
      value=${state.search}
      oninput=${(/** @type {any} */ e) => desk.search(e.currentTarget.value)}
      onchange=${desk.searchNow}
    />
    <button
      type="button"
      class="ac-button ac-ghost"
      aria-expanded=${String(state.panel)}
      onclick=${() => desk.set({ panel: !state.panel })}
    >
      Filters
    </button>
    <button
      type="button"
      class="ac-button ac-ghost"
      aria-pressed=${String(state.second)}
      title="Re-read a sample without seeing what others decided"
      onclick=${() => desk.readAgain(!state.second)}
    >
      Second reading
    </button>
    <button type="button" class="ac-button ac-ghost"
        onclick=${desk.showDashboard}>Dashboard</button>
    ${
      state.boot?.role === "administrator" &&
      html`<button type="button" class="ac-button ac-ghost"
            onclick=${desk.openBulk}>Bulk …</button>
        <button
          type="button"
          class="ac-button ac-ghost"
          data-files
          onclick=${() => desk.dialog({ kind: "files" })}
        >
          Files …
        </button>`
    }
    <button type="button" class="ac-button ac-ghost" onclick=${() => desk.dialog({ kind: "jump" })}>
      Go to …
    </button>
    <button type="button" class="ac-button ac-ghost" onclick=${desk.commands.help}>
      Help<kbd>${keyName(state.keys.help)}</kbd>
    </button>
    <span class="ac-quiet" title="You review under this name">${state.boot?.reviewer}</span>
  </div>
`;
