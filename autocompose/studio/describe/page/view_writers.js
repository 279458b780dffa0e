// Who writes: rules, the stored texts of a model, or a live model with its stages and its views.
import { Icon } from "../../web/icons.js";
import { Notice } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { OTHER_VIEWS } from "./live_state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Writer} Writer */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {{ state: State, desk: Desk }} Props */

/** @type {Record<string, [title: string, what: string]>} */
const VIEW_WORDS = {
  reverse: ["Reverse", "pictures in reverse order"],
  mirror: ["Mirror", "both pictures flipped"],
  "mirror-reverse": ["Mirror reverse", "reverse order and flipped"],
};
const STEPS = ["Body parts", "Phrasings", "Other views"];
/** @type {Record<string, string>} */
const STEP_WORDS = {
  "": "waiting",
  busy: "working",
  done: "done",
  bad: "failed",
  off: "not requested",
};
/** @type {Record<string, string>} */
const SIGNS = { done: "✓", bad: "✕" };

/** @param {Props} props */
const Steps = ({ state: { live } }) => html`
  <ol class="ac-steps" aria-label="Stages">
    ${live.steps.map(
      ({ state, note }, at) => html`
        <li
          class=${state ? `ac-step-${state}` : ""}
          data-step=${at + 1}
          data-state=${state || "waiting"}
        >
          <i aria-hidden="true">${SIGNS[state] ?? String(at + 1)}</i>
          <span>${STEPS[at]}</span>
          ${note && html`<small>${note}</small>`}
          <span class="ac-sr">${STEP_WORDS[state]}</span>
        </li>
      `,
    )}
  </ol>
`;

/**
 * The tools of a live model. The key is read from its field when a job starts, and kept nowhere.
 *
 * @extends {Component<Props & { keyField: { current: any } }, { views: boolean }>}
 */
class ModelTools extends Component {
  state = { views: true };

  go = () => {
    const { state, desk } = this.props;
    if (state.live.working) desk.jobs.stop();
    else desk.jobs.run(this.state.views ? OTHER_VIEWS : []);
  };

  render() {
    const { state, keyField } = this.props;
    const { live, boot, texts } = state;
    const key = boot?.model?.key ?? "none";
    const again = texts ? "Describe again" : "Describe";
    return html`
      <div class="ac-row ac-modeltools" hidden=${state.writer !== "model"}>
        <label class="ac-check">
          <input
            type="checkbox"
            checked=${this.state.views}
            onchange=${(/** @type {any} */ event) =>
              this.setState({ views: event.currentTarget.checked })}
          />
          all four views
        </label>
        ${
          key !== "none" &&
          html`
            <label class="ac-key">
              <input
                ref=${keyField}
                type="password"
                autocomplete="off"
                spellcheck="false"
                maxlength="300"
                placeholder=${key === "welcome" ? "Own key (optional)" : "Your API key"}
                aria-label="Your own API key"
              />
              <small>used only here, never stored</small>
            </label>
          `
        }
        <button
          type="button"
          class=${`ac-button${live.working ? "" : " ac-solid"}`}
          disabled=${live.stopping || (live.working && !live.job)}
          onclick=${this.go}
        >
          ${
            live.working
              ? html`<${Icon} name="close" />Cancel`
              : html`<${Icon} name="play" />${again}`
          }
        </button>
        <${Steps} ...${this.props} />
        <p class="ac-tally" role="status">${live.tally}</p>
      </div>
    `;
  }
}

/** @extends {Component<Props & { keyField: { current: any } }, {}>} */
export class Writers extends Component {
  box = createRef();

  render() {
    const { state, desk } = this.props;
    const model = state.boot?.model;
    const stored = state.answer?.stored || state.writer === "mllm";
    /** @type {[Writer, string, string][]} */
    const options = [["rules", "Rules", "from joints"]];
    if (stored) options.push(["mllm", "Model (mllm)", "stored, not corrected"]);
    if (model) options.push(["model", model.model, model.provider]);
    return html`
      <section class="ac-writers" aria-label="Author" hidden=${options.length < 2}>
        <div class="ac-segment" role="group" aria-label="Author">
          ${options.map(
            ([id, label, small]) => html`
              <button
                key=${id}
                type="button"
                data-writer=${id}
                aria-pressed=${String(id === state.writer)}
                onclick=${() => id !== state.writer && desk.choose(id)}
              >
                ${label}<small>${small}</small>
              </button>
            `,
          )}
        </div>
        ${model && html`<${ModelTools} ...${this.props} />`}
      </section>
    `;
  }
}

/** @param {{ name: string, state: State }} props */
const ViewCard = ({ name, state }) => {
  const view = state.live.views[name];
  const [title, what] = VIEW_WORDS[name] ?? [name, ""];
  const done = view?.note ? "failed" : "done";
  return html`
    <article class="ac-viewcard" data-view=${name} data-state=${view ? done : "waiting"}>
      <h3>${title}<small>${what}</small></h3>
      ${
        view?.rows.length > 0 &&
        html`<p class="ac-quiet">${view.rows.map(({ label }) => label).join(", ")}</p>`
      }
      ${
        !view &&
        html`
          <div class="ac-ghosts" aria-label="waiting">
            ${[92, 80].map((width) => html`<i style=${`width:${width}%`}></i>`)}
          </div>
        `
      }
      ${view?.note && html`<p class="ac-inline-error">${view.note}</p>`}
      ${
        view &&
        !view.note &&
        html`<ol>${view.texts.map((text) => html`<li dir="auto">${text}</li>`)}</ol>`
      }
    </article>
  `;
};

/**
 * The other views of a live model, once its forward texts are there.
 *
 * @param {{ state: State }} props
 */
export const OtherViews = ({ state }) => {
  const { asked, working, steps } = state.live;
  const begun = asked.length > 0 && (!working || steps[2].state !== "");
  if (state.writer !== "model" || !begun) return null;
  return html`
    <section class="ac-views" aria-label="Other views">
      <h2>Other views</h2>
      <div class="ac-viewgrid">
        ${asked.map((name) => html`<${ViewCard} key=${name} name=${name} state=${state} />`)}
      </div>
    </section>
  `;
};

/** In place of the parts while a live model has not written any. @param {{ state: State }} props */
export const Waiting = ({ state: { boot, live } }) => {
  if (live.working) {
    return html`
      <div class="ac-ghosts" aria-hidden="true">
        ${[64, 82, 56, 74].map(
          (width) => html`
            <div class="ac-ghostrow">
              <i style="width:72px"></i><i style=${`width:${width}%`}></i>
            </div>
          `,
        )}
      </div>
    `;
  }
  const model = boot?.model;
  return html`
    <${Notice} kind="quiet">
      ${
        live.end
          ? "Nothing was written."
          : `Press Describe to send both pictures to ${model?.model} at ${model?.provider}. The
            model
            writes sentences for the body parts, then phrasings of the whole change, then the same
            for the other views.`
      }
    <//>
  `;
};
