// In place of the desk while nothing can be reviewed: what is wrong, and what to do next.
import { html } from "../../web/view.js";
import { counted } from "./filters.js";
import { Refused, sentence } from "./view_bar.js";
import { JobBar } from "./view_files.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {{ state: State, desk: Desk }} Props */

const STATES = {
  ready: "",
  no_store: "There is nothing to review yet.",
  empty: "There is nothing to review yet.",
  away: "The review store cannot be opened.",
  read_only: "The review store is read-only, so decisions cannot be saved.",
};

/** @param {import("../../web/types").ReviewBoot} boot */
function advice(boot) {
  const { state } = boot.store;
  if (state === "read_only") return "Give the studio write access, then press Look again.";
  if (state === "away")
    return (
      "Start its server, or restart the studio with --store URL. Nothing is lost: unsaved" +
      " decisions stay in this browser."
    );
  if (boot.role !== "administrator") return "An administrator of this studio can import captions.";
  if (boot.dataset_problem) return `No dataset is open. ${boot.dataset_problem}`;
  return "Captions that you import are checked against the joints, and wait here for your verdict.";
}

/** @param {Props} props */
const Import = ({ state: { boot, job }, desk }) => html`
  <button
    type="button"
    class="ac-button ac-solid"
    data-import
    disabled=${job?.state === "running"}
    onclick=${desk.files.importShown}
  >
    ${`Review the captions of ${boot?.dataset} ${boot?.split}`}
  </button>
  <button
    type="button"
    class="ac-button"
    data-files
    disabled=${job?.state === "running"}
    onclick=${() => desk.dialog({ kind: "files" })}
  >
    Import another caption file …
  </button>
`;

/** @param {Props} props */
export const Closed = ({ state, desk }) => {
  const boot = state.boot;
  if (!boot) return null;
  const { state: kind, problem, stats } = boot.store;
  const starts = kind === "no_store" || kind === "empty";
  return html`
    <div class="ac-done" data-state=${kind}>
      <p class="ac-lead">${STATES[kind]}</p>
      ${problem && html`<p class="ac-quiet">${sentence(problem)}</p>`}
      <p class="ac-quiet">${advice(boot)}</p>
      <div class="ac-row">
        ${
          starts &&
          boot.role === "administrator" &&
          !boot.dataset_problem &&
          html`<${Import} state=${state} desk=${desk} />`
        }
        ${
          !starts &&
          html`<button type="button" class="ac-button"
            onclick=${desk.begin}>Look again</button>`
        }
        ${
          kind === "read_only" &&
          stats.descriptions > 0 &&
          html`<button type="button" class="ac-button" onclick=${desk.browse}>
            ${`Browse ${counted(stats.descriptions)}`}
          </button>`
        }
      </div>
      ${state.dialog?.kind !== "files" && html`<${JobBar} state=${state} desk=${desk} />`}
      <${Refused} state=${state} desk=${desk} />
    </div>
  `;
};
