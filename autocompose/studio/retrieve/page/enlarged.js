// One hit, large, beside the reference: skeletons, what changes, why it was found, and what to do.
import { Icon } from "../../web/icons.js";
import { BonesSwitch, Notice, Photo, SideKey } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { needsPicture } from "./asks.js";
import { Explained } from "./explain.js";
import { fromGallery } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").ClaimCheck} ClaimCheck */
/** @typedef {import("../../web/types").HitView} HitView */

/** @type {Record<string, string>} */
export const VERDICTS = { supported: "met", contradicted: "not met", unknown: "cannot be told" };

/** @param {{ check: ClaimCheck }} props */
const Check = ({ check: { says, verdict, evidence } }) => html`
  <li>
    <i class="ac-vicon" data-verdict=${verdict} aria-hidden="true"><${Icon} name=${verdict} /></i>
    <span>
      <b>${says}</b><span class="ac-sr">: ${VERDICTS[verdict]}.</span>
      <small>${evidence}</small>
    </span>
  </li>
`;

/** @param {{ state: State, hit: HitView }} props the reference, where there is one, and the hit */
const Both = ({ state: { reference, asks, paired, skeletons }, hit }) => {
  const pair = paired?.hit === hit.picture.id ? paired.answer?.pair : null;
  const start = needsPicture(asks) ? reference : null;
  const first = pair?.reference ?? start?.picture;
  return html`
    <div class=${`ac-pair${start ? "" : " ac-alone"}${skeletons ? " ac-show-bones" : ""}`}>
      ${
        start &&
        html`
          <figure>
            <${Photo} picture=${first} mirrored=${asks.mirrored} eager />
            <figcaption>
              <b>Reference${asks.mirrored ? ", mirrored" : ""}</b>
              <span>${start.picture.caption || start.picture.id}</span>
            </figcaption>
          </figure>
          <div class="ac-to" aria-hidden="true"><${Icon} name="arrow" /></div>
        `
      }
      <figure>
        <${Photo} picture=${pair?.target ?? hit.picture} eager />
        <figcaption>
          <b>Rank ${hit.rank}</b><span>${hit.picture.caption || hit.picture.id}</span>
        </figcaption>
      </figure>
    </div>
  `;
};

/** @param {{ state: State, actions: Actions, hit: HitView }} props what changes, when asked for */
const Changes = ({ state: { paired, told }, actions, hit }) => {
  const found = paired?.hit === hit.picture.id ? paired : null;
  if (!told) {
    return html`
      <button
        type="button"
        class="ac-link"
        data-changes
        onclick=${() => actions.pair({ tell: true })}
      >
        What changes?
      </button>
    `;
  }
  if (found?.problem) return html`<${Notice} kind="error">${found.problem}<//>`;
  if (!found?.answer) return html`<p class="ac-quiet">Comparing …</p>`;
  const { parts, explanation, estimated } = found.answer;
  return html`
    <h3>What changes</h3>
    ${explanation && html`<p class="ac-quiet">${explanation}</p>`}
    <ul class="ac-changed">
      ${parts.map(
        ({ side, label, text }) => html`
          <li>
            ${side ? html`<i class=${`ac-chip ac-${side}`}>${side}</i>` : html`<i></i>`}
            <span><span class="ac-sr">${label}: </span>${text}</span>
          </li>
        `,
      )}
    </ul>
    ${
      parts.length > 0 &&
      html`
        <p class="ac-quiet">Written by rules from ${estimated ? "estimated joints" : "joints"}.</p>
      `
    }
  `;
};

/**
 * The dialog. It closes with Escape, with its buttons, and with a click beside it; the focus goes
 * back to the card that it came from.
 *
 * @extends {Component<{ state: State, actions: Actions }, {}>}
 */
export class Enlarged extends Component {
  dialog = createRef();

  componentDidUpdate() {
    const dialog = /** @type {HTMLDialogElement} */ (this.dialog.current);
    const wanted = Boolean(this.props.state.enlarged);
    if (wanted && !dialog.open) dialog.showModal();
    else if (!wanted && dialog.open) dialog.close();
  }

  close = () => {
    if (this.props.state.enlarged) this.props.actions.act({ kind: "enlarge", hit: null });
  };

  /** @param {string} [text] a new text, which leads back to the reference that was */
  use = (text) => {
    const { enlarged } = this.props.state;
    if (!enlarged) return;
    const reference = fromGallery(enlarged.picture);
    this.props.actions.act(
      text ? { kind: "chose", reference, text } : { kind: "chose", reference },
    );
    document.getElementById("ac-change")?.focus({ preventScroll: true });
  };

  body(/** @type {HitView} */ hit) {
    const { state, actions } = this.props;
    const reference = needsPicture(state.asks) && state.reference;
    return html`
      <div class="ac-dialog-body">
        <div>
          <${Both} state=${state} hit=${hit} />
          <div class="ac-row ac-overlay">
            <${BonesSwitch} on=${state.skeletons} onToggle=${() => actions.skeletons()} />
            ${state.skeletons && html`<${SideKey} />`}
          </div>
        </div>
        <div class="ac-details">
          <h2>Rank ${hit.rank}</h2>
          ${
            hit.checks.length > 0
              ? html`<ul>${hit.checks.map((check) => html`<${Check} check=${check} />`)}</ul>`
              : html`<p>No joints are known here that could check the text.</p>`
          }
          <p class="ac-quiet">Learnt likeness to the query: ${hit.score.toFixed(2)}, at most 1</p>
          <${Explained} state=${state} actions=${actions} hit=${hit.picture.id} />
          ${reference && html`<${Changes} state=${state} actions=${actions} hit=${hit} />`}
          <div class="ac-row">
            <button
              type="button"
              class="ac-button ac-primary"
              data-use
              onclick=${() => this.use()}
            >
              Use as reference
            </button>
            ${
              reference &&
              !state.asks.mirrored &&
              html`
                <button
                  type="button"
                  class="ac-button"
                  data-reverse
                  title="Start from this picture, with words that lead back to the reference"
                  onclick=${async () => {
                    const back = await actions.reverse();
                    if (back) this.use(back);
                  }}
                >
                  <${Icon} name="exchange" />Reverse this query
                </button>
              `
            }
            <button type="button" class="ac-button" onclick=${this.close}>Close</button>
          </div>
        </div>
      </div>
    `;
  }

  render() {
    const hit = this.props.state.enlarged;
    return html`
      <dialog
        ref=${this.dialog}
        class="ac-dialog ac-enlarged"
        aria-label=${hit ? `Rank ${hit.rank}` : "Hit"}
        onclose=${this.close}
        onclick=${(/** @type {MouseEvent} */ event) =>
          event.target === this.dialog.current && this.close()}
      >
        ${hit && this.body(hit)}
      </dialog>
    `;
  }
}
