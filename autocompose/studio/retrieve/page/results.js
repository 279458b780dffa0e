// The right column: what the model is, what was asked, and the ranked pictures.
import { DatasetNotice, Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { needsWords } from "./asks.js";
import { Compared } from "./compare.js";
import { Enlarged } from "./enlarged.js";
import { Examples } from "./examples.js";
import { Explained } from "./explain.js";
import { PAGE } from "./exploring.js";
import { Grid } from "./grid.js";
import { JointsNotice } from "./joints.js";
import { OpenDialog } from "./open_dialog.js";
import { face } from "./state.js";
import { TakeOut } from "./take_out.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").SearchAnswer} SearchAnswer */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/opening").Trouble} Trouble */

/** @param {{ label: string, class?: string, title?: string, children?: any }} props */
const Fact = ({ label, title, children, ...rest }) => html`
  <span class=${`ac-fact ${rest.class ?? ""}`} title=${title}>
    <small>${label}</small><b>${children}</b>
  </span>
`;

/** @param {{ state: State, actions: Actions }} props */
const Bar = ({ state, actions }) => {
  const { boot, status, answer } = state;
  if (!status || status.state === "loading") {
    return html`
      <div class="ac-bar">
        <span class="ac-dot ac-busy"></span><span>${status ? status.message : "Opening"} …</span>
      </div>
    `;
  }
  if (status.state !== "ready") {
    return html`
      <div class="ac-bar"><span class="ac-dot ac-off"></span><span>No model is loaded</span>
        ${boot && html`<${OpenDialog} state=${state} actions=${actions} />`}
      </div>
    `;
  }
  const excluded = answer && answer.excluded > 0;
  return html`
    <div class="ac-bar">
      <${Fact} label="Gallery">${status.gallery_name}, ${status.gallery_size} pictures<//>
      <${Fact} label="Model" title=${`fingerprint ${status.fingerprint}`}>${status.model_name}<//>
      <${Fact} label="Query">${answer ? `${answer.milliseconds} ms` : "not run yet"}<//>
      ${
        answer &&
        html`
          <${Fact} label="Ranked" class=${excluded ? "ac-left-out" : ""}>
            ${answer.ranked}${excluded ? " (reference excluded)" : ""}
          <//>
        `
      }
      ${boot && html`<${OpenDialog} state=${state} actions=${actions} />`}
      <span class="ac-truth">${status.rendered ? "Rendered bodies" : ""}</span>
    </div>
  `;
};

const WAITING = {
  unreferenced: "Choose a reference picture first: click a thumbnail or upload your own.",
  loading: "The model is still loading. Your query runs as soon as it is ready.",
};

/** @param {{ answer: SearchAnswer }} props */
const Reading = ({ answer: { read_as, not_understood } }) => html`
  ${
    read_as.length > 0 &&
    html`<p class="ac-reading ac-clamp"><span>Read as:</span> ${read_as.join(", ")}</p>`
  }
  ${
    not_understood.length > 0 &&
    html`
      <p class="ac-reading ac-clamp">
        <span>Not understood:</span>
        ${not_understood.map((word, at) => html`${at > 0 && ", "}<mark>${word}</mark>`)}
      </p>
    `
  }
`;

/** @param {{ state: State }} props */
const Said = ({ state }) => {
  const { answer } = state;
  const shown = face(state);
  if (shown === "unreferenced" || shown === "loading") {
    return html`<p class="ac-said" role="status">${WAITING[shown]}</p>`;
  }
  const rank = answer?.target_rank;
  return html`
    <p class="ac-said" role="status">
      ${answer && html`<q dir="auto" title=${answer.text}>${answer.text}</q>`}
      ${rank ? ` Correct picture: rank ${rank} of ${answer.ranked}.` : null}
    </p>
  `;
};

const MISSING = {
  loading: "",
  ready: "",
  no_checkpoint: "Retrieval needs a model. ",
  no_gallery: "There is nothing to search. ",
  failed: "Retrieval is not available. ",
};

/** @param {{ state: State, actions: Actions, trouble: Trouble | null }} props */
const Notices = ({ state, actions, trouble }) => {
  const { boot, status, answer, problem } = state;
  if (trouble) return html`<${Notice} kind=${trouble.kind}>${trouble.words}<//>`;
  if (!boot || !status) return null;
  const ready = boot.dataset.state === "ready";
  return html`
    ${
      // Pairs and joints are of no concern here: the model reads pictures.
      boot.dataset.state === "no_dataset" && html`<${DatasetNotice} dataset=${boot.dataset} />`
    }
    ${
      face(state) === "missing" &&
      html`
        <${Notice} kind="help">
          <b>${MISSING[status.state]}</b>${status.message}
          ${ready && " Describe and Augment work without it."}
        <//>
      `
    }
    <${JointsNotice}
      joints=${state.joints}
      onStart=${actions.startJoints}
      onCancel=${actions.cancelJoints}
    />
    ${problem && html`<${Notice} kind="error">${problem}<//>`}
    ${answer?.warning && html`<${Notice} kind="warn">${answer.warning}<//>`}
    ${
      answer?.truncated &&
      html`
        <${Notice} kind="warn">
          <b>The text is longer than 77 tokens. </b>
          <span class="ac-clamp">Not read: <q
              title=${answer.truncated}>${answer.truncated}</q></span>
        <//>
      `
    }
  `;
};

/** What can be done with the query as a whole. @param {{ state: State, actions: Actions }} props */
const Tools = ({ state, actions }) => html`
  <div class="ac-row ac-tools-line">
    ${
      needsWords(state.asks) &&
      html`
        <button
          type="button"
          class="ac-link"
          data-mirror
          title="Exchange left and right in the words, and flip the reference"
          onclick=${actions.mirror}
        >
          Mirror this query
        </button>
      `
    }
    <${Explained} state=${state} actions=${actions} />
  </div>
`;

/** @param {{ state: State, actions: Actions }} props */
const More = ({ state: { answer, busy }, actions }) => {
  const left = answer ? answer.ranked - answer.hits.length : 0;
  if (!answer || busy || left <= 0 || answer.hits.length === 0) return null;
  return html`
    <p class="ac-row ac-showmore">
      <button type="button" class="ac-button" data-showmore onclick=${actions.showMore}>
        Show ${Math.min(PAGE, left)} more
      </button>
      <span class="ac-quiet">${answer.hits.length} of ${answer.ranked} shown</span>
    </p>
  `;
};

/** @param {{ state: State, actions: Actions, trouble: Trouble | null }} props */
export const Results = (props) => html`
  <section class="ac-results" aria-label="Results">
    <${Bar} ...${props} />
    <${Said} ...${props} />
    ${props.state.answer && html`<${Reading} answer=${props.state.answer} />`}
    ${face(props.state) === "query" && html`<${Tools} ...${props} />`}
    <${Notices} ...${props} />
    ${face(props.state) === "empty" && html`<${Examples} ...${props} />`}
    <${Grid} ...${props} />
    <${More} ...${props} />
    ${props.state.answer && html`<${TakeOut} ...${props} />`}
    <${Compared} ...${props} />
    <${Enlarged} ...${props} />
  </section>
`;
