// The run that is open, the others that are kept, and how a new one is made.
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {{ state: State, actions: Actions }} Props */
/** @typedef {import("../../web/types").KeptRun} KeptRun */

const JOINTS = {
  known: "with known joints",
  none: "pictures only",
  estimated: "with estimated joints",
};

/** @param {KeptRun["question"]} question */
export const runName = ({ checkpoint, dataset, split, key, joints, file }) =>
  [
    file ? `${file}: ${checkpoint}` : checkpoint,
    `${dataset} ${split}`,
    key,
    JOINTS[/** @type {keyof typeof JOINTS} */ (joints)] ?? joints,
  ].join(", ");

/** @param {KeptRun} run */
const line = (run) =>
  `${runName(run.question)} (R@1 ${(run.recall["1"] ?? 0).toFixed(1)}, ${run.num_queries} queries` +
  `${run.older ? ", earlier rules" : ""})`;

/**
 * @param {{ label: string, name: string, value: string, options: [string, string][],
 *   onChange: (value: string) => void }} props
 */
export const Choice = ({ label, name, value, options, onChange }) => html`
  <label class="ac-choice">
    <span>${label}</span>
    <select
      name=${name}
      value=${value}
      onchange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}
    >
      ${options.map(
        ([key, words]) =>
          html`<option key=${key} value=${key} selected=${key === value}>${words}</option>`,
      )}
    </select>
  </label>
`;

/** @param {Props} props */
const Kept = ({ state: { boot, run }, actions }) => {
  const runs = boot?.runs ?? [];
  if (!runs.length) return null;
  const chosen = run?.id ?? "";
  const rest = /** @type {[string, string][]} */ (runs.map((one) => [one.id, line(one)]));
  const older = runs.some(({ id, older }) => id === chosen && older);
  return html`
    <${Choice}
      label="Run"
      name="run"
      value=${chosen}
      options=${chosen ? rest : [["", "Choose one"], ...rest]}
      onChange=${(/** @type {string} */ id) => id && actions.open(id)}
    />
    ${
      older &&
      html`<p class="ac-quiet" data-older>
        The causes of this run were told by other rules than this version's. Evaluate again to use
        today's.
      </p>`
    }
  `;
};

/** @param {string[]} values @returns {[string, string][]} */
const same = (values) => values.map((value) => [value, value]);

/** @param {Props} props */
const Form = ({ state: { boot, form, job }, actions }) => {
  if (!boot) return null;
  const set = (/** @type {object} */ fields) => actions.act({ kind: "form", fields });
  const keys = boot.splits.find(({ name }) => name === form.split)?.keys ?? [];
  const joints = /** @type {[string, string][]} */ (
    boot.joints.map((name) => [name, JOINTS[/** @type {keyof typeof JOINTS} */ (name)] ?? name])
  );
  const busy = job?.state === "running";
  return html`
    <form
      class="ac-errorsform"
      onsubmit=${(/** @type {any} */ event) => {
        event.preventDefault();
        actions.start(false);
      }}
    >
      <${Choice} label="Checkpoint" name="checkpoint" value=${form.checkpoint}
        options=${same(boot.checkpoints)}
        onChange=${(/** @type {string} */ checkpoint) => set({ checkpoint })} />
      <${Choice} label="Split" name="split" value=${form.split}
        options=${same(boot.splits.map(({ name }) => name))}
        onChange=${(/** @type {string} */ split) => set({ split })} />
      <${Choice} label="Texts" name="key" value=${form.key} options=${same(keys)}
        onChange=${(/** @type {string} */ key) => set({ key })} />
      <${Choice} label="Ranking" name="joints" value=${form.joints} options=${joints}
        onChange=${(/** @type {string} */ value) => set({ joints: value })} />
      <${Choice} label="A failure is a target after rank" name="beyond" value=${String(form.beyond)}
        options=${same(["1", "5", "10", "50"])}
        onChange=${(/** @type {string} */ value) => set({ beyond: Number(value) })} />
      <button type="submit" class="ac-button ac-solid" data-evaluate disabled=${busy}>
        Evaluate
      </button>
    </form>
  `;
};

/** @param {Props} props */
const File = ({ actions }) => html`
  <form
    class="ac-errorsform"
    onsubmit=${(/** @type {any} */ event) => {
      event.preventDefault();
      actions.file(event.currentTarget.elements.path.value);
    }}
  >
    <label class="ac-choice ac-wide">
      <span>A file of the workspace that <code>autocompose failures --json</code> wrote</span>
      <input type="text" name="path" placeholder="annotations/failures.json" autocomplete="off" />
    </label>
    <button type="submit" class="ac-button" data-openfile>Open</button>
  </form>
`;

/** @param {Props} props */
const Job = ({ state: { job }, actions }) => {
  if (!job) return null;
  if (job.state === "running") {
    const share = job.total ? (100 * job.done) / job.total : 0;
    return html`
      <div class="ac-progressrow" data-job="running">
        <span role="status">
          ${`Evaluating ${runName(job.question)}${job.step ? `: ${job.step}` : ""}`}
          ${job.total ? `, ${job.done} of ${job.total}` : " …"}
        </span>
        <div class="ac-meter ac-progress"><i style=${`width:${share}%`}></i></div>
        <button type="button" class="ac-button" data-canceljob onclick=${actions.cancel}>
          Cancel
        </button>
      </div>
    `;
  }
  const words = { done: job.note, cancelled: "Cancelled.", failed: job.problem }[job.state];
  return (
    words &&
    html`
      <div data-job=${job.state}>
        <${Notice} kind=${job.state === "failed" ? "error" : "quiet"}>
          ${words}${" "}
          ${
            job.state === "done" &&
            html`<button
              type="button"
              class="ac-mini"
              data-again
              onclick=${() => actions.start(true)}
            >
              Evaluate again
            </button>`
          }
          <button type="button" class="ac-mini" data-dismissjob onclick=${actions.cancel}>
            Dismiss
          </button>
        <//>
      </div>
    `
  );
};

/** @param {Props} props */
export const RunBar = (props) => {
  const { boot, run, opening } = props.state;
  const none = boot?.runs.length === 0 && !run;
  return html`
    <section class="ac-runbar" aria-label="Run">
      ${
        none &&
        html`<p class="ac-lead" data-norun>
          No evaluation is kept yet. Start one here: every query of a split is ranked, and those
          that fail are listed with their cause.
        </p>`
      }
      <${Kept} ...${props} />
      <details open=${none || undefined}>
        <summary>New evaluation</summary>
        <${Form} ...${props} />
        <${File} ...${props} />
      </details>
      <${Job} ...${props} />
      ${opening && html`<p class="ac-quiet" role="status" data-openingrun>Opening the run …</p>`}
    </section>
  `;
};
