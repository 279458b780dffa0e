// Importing, checking and exporting caption files, and the job that does it.
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { splitOf } from "./files.js";
import { counted } from "./filters.js";
import { sentence } from "./view_bar.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("../../web/types").JobView} Job */
/** @typedef {{ state: State, desk: Desk }} Props */

const NAMES = { import: "Import", triage: "Check against the joints", export: "Export" };

/** @param {State} state */
const isBusy = ({ job, upload }) => Boolean(upload) || job?.state === "running";

/** @param {number} bytes */
const size = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** What a job did, in one sentence for each thing. @param {Job} job */
export function reportWords({ kind, report }) {
  const checked =
    kind === "export"
      ? ""
      : report.checked
        ? `${counted(report.checked)} checked against the joints: ${report.contradicted} with a ` +
          `contradicted claim, ${report.swapped} with left and right that look swapped.`
        : "Nothing was checked against the joints: the pictures have none.";
  if (kind === "triage") return [checked];
  if (kind === "export") return [`${counted(report.descriptions)}, ${report.texts} texts.`];
  const replaced = report.superseded ? ` ${report.superseded} replaced older texts.` : "";
  return [`${counted(report.added)} added, ${report.known} known already.${replaced}`, checked];
}

/** @param {{ job: Job }} props */
const Left = ({ job: { kind, report } }) =>
  report.skipped > 0 &&
  html`<details data-left=${report.skipped} open=${report.skipped < 6}>
    <summary>
      ${
        kind === "export"
          ? `${report.skipped} left out: a row speaks of another side or part`
          : `${report.skipped} not imported, with the reason`
      }
    </summary>
    <ul class="ac-changes" tabindex="0" aria-label="What was left out">
      ${report.left.map(({ name, why }) => html`<li key=${name}><b>${name}: </b>${why}</li>`)}
      ${
        report.skipped > report.left.length &&
        html`<li class="ac-quiet">and ${report.skipped - report.left.length} more</li>`
      }
    </ul>
  </details>`;

/** @param {{ label: string, done: number, total: number, onCancel: () => void }} props */
const Running = ({ label, done, total, onCancel }) => html`
  <div class="ac-progressrow" data-job="running">
    <span role="status">${label}${total ? `, ${done} of ${total}` : " …"}</span>
    <div class="ac-meter ac-progress"><i
        style=${`width:${total ? (100 * done) / total : 0}%`}></i></div>
    <button type="button" class="ac-button" data-canceljob onclick=${onCancel}>Cancel</button>
  </div>
`;

/** The job that runs, or what the last one did. @param {Props} props */
export const JobBar = ({ state: { job, upload, fileError }, desk: { files } }) => {
  if (upload) {
    const kilobytes = (/** @type {number} */ bytes) => Math.ceil(bytes / 1000);
    return html`<${Running}
      label=${`Sending ${upload.name} (kB)`}
      done=${kilobytes(upload.done)}
      total=${kilobytes(upload.total)}
      onCancel=${files.cancel}
    />`;
  }
  if (!job) return fileError ? html`<${Notice} kind="error">${sentence(fileError)}<//>` : null;
  const name = `${NAMES[job.kind]}${job.name ? ` of ${job.name}` : ""}`;
  if (job.state === "running")
    return html`<${Running}
      label=${`${name}${job.step ? `: ${job.step}` : ""}`}
      done=${job.done}
      total=${job.total}
      onCancel=${files.cancel}
    />`;
  const ends = { done: "done", failed: "failed", cancelled: "cancelled; nothing was lost" };
  return html`<div class="ac-jobend" data-job=${job.state}>
    ${fileError && html`<${Notice} kind="error">${sentence(fileError)}<//>`}
    <${Notice} kind=${job.state === "failed" ? "error" : "quiet"}>
      <b>${name}: ${ends[job.state]}.</b>${" "}
      ${job.state === "failed" ? sentence(job.problem) : ""}
      ${job.state === "done" ? reportWords(job).join(" ") : ""}
      ${" "}
      ${
        job.state === "done" &&
        job.kind === "export" &&
        html`<button type="button" class="ac-button ac-solid" data-download
            onclick=${files.download}>
          Download ${job.name} (${size(job.report.size)})
        </button>`
      }
      <button type="button" class="ac-mini" data-dismissjob onclick=${files.cancel}>Dismiss</button>
      <${Left} job=${job} />
    <//>
  </div>`;
};

/** @param {any} e */
const stopped = (e) => {
  e.preventDefault();
  return e.currentTarget.elements;
};

/** @param {Props} props */
const ImportForm = ({ state, desk }) => html`
  <form
    data-importform
    onsubmit=${(/** @type {any} */ e) => {
      const { captions, split, replace } = stopped(e);
      desk.files.importFile(captions.files[0], split.value.trim(), replace.checked);
    }}
  >
    <h3>Import</h3>
    <p class="ac-quiet">
      Captions of pictures in ${state.boot?.dataset}: official .json, .jsonl, .parquet, or a .zip of
      a datasets folder or of a caption file with its side-car. Records without their pictures
      are left out and listed. New texts are checked against the joints.
    </p>
    <div class="ac-row">
      <input
        type="file"
        name="captions"
        accept=".json,.jsonl,.parquet,.zip"
        aria-label="Caption file"
        onchange=${(/** @type {any} */ e) => {
          const field = e.currentTarget.form.elements.split;
          if (e.currentTarget.files[0]) field.value = splitOf(e.currentTarget.files[0].name);
        }}
      />
      <label class="ac-row">Split <input type="text" name="split" required maxlength="64" /></label>
      <label class="ac-row">
        <input type="checkbox" name="replace" /> Replace texts that are in the store
      </label>
      <button type="submit" class="ac-button ac-solid" disabled=${isBusy(state)}>Import</button>
    </div>
  </form>
`;

/** @param {Props} props */
const ExportForm = ({ state, desk }) => {
  const { choices } = state.boot?.store ?? {};
  if (!choices?.splits.length) return null;
  const options = (/** @type {readonly string[]} */ values) =>
    values.map((value) => html`<option value=${value}>${value}</option>`);
  return html`<form
    data-exportform
    onsubmit=${(/** @type {any} */ e) => {
      const { accepted, format, dataset, split } = stopped(e);
      desk.files.exportFile({
        format: format.value,
        accepted: accepted.value === "accepted",
        dataset: dataset.value,
        split: split.value,
      });
    }}
  >
    <h3>Export</h3>
    <div class="ac-row">
      <select name="accepted" aria-label="Which descriptions">
        <option value="accepted">Accepted only</option>
        <option value="all">All, as they are now</option>
      </select>
      <select name="format" aria-label="Format">
        <option value="official">Official caption file</option>
        <option value="jsonl">JSON lines, one text each</option>
      </select>
      <select name="dataset" aria-label="Dataset to export">${options(choices.datasets)}</select>
      <select name="split" aria-label="Split to export">${options(choices.splits)}</select>
      <button type="submit" class="ac-button ac-solid" disabled=${isBusy(state)}>Export</button>
    </div>
  </form>`;
};

/** @param {Props} props */
export const Files = ({ state, desk }) => html`
  <${JobBar} state=${state} desk=${desk} />
  ${
    state.boot?.dataset_problem
      ? html`<p class="ac-quiet">${state.boot.dataset_problem}</p>`
      : html`<${ImportForm} state=${state} desk=${desk} />`
  }
  ${
    state.phase === "open" &&
    !state.boot?.dataset_problem &&
    html`<div>
      <h3>Check against the joints</h3>
      <div class="ac-row">
        <button
          type="button"
          class="ac-button"
          data-triage
          disabled=${isBusy(state)}
          onclick=${desk.files.triage}
        >
          Check against the joints
        </button>
        <span class="ac-quiet">Judges every claim again and puts the queue into order.</span>
      </div>
    </div>`
  }
  <${ExportForm} state=${state} desk=${desk} />
`;
