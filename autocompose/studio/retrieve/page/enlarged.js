// One hit, large: what the text asks for, whether the body does it, and a button to use it next.
import { Icon } from "../../web/icons.js";
import { Photo } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { fromGallery } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").ClaimCheck} ClaimCheck */

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

  use = () => {
    const { enlarged } = this.props.state;
    if (!enlarged) return;
    this.props.actions.act({ kind: "chose", reference: fromGallery(enlarged.picture) });
    document.getElementById("ac-change")?.focus({ preventScroll: true });
  };

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
        ${
          hit &&
          html`
            <div class="ac-dialog-body">
              <${Photo} picture=${hit.picture} eager />
              <div class="ac-details">
                <h2>Rank ${hit.rank}</h2>
                <p class="ac-quiet">${hit.picture.caption || hit.picture.id}</p>
                ${
                  hit.checks.length > 0
                    ? html`<ul>${hit.checks.map((check) => html`<${Check} check=${check} />`)}</ul>`
                    : html`<p>No joints are known here that could check the text.</p>`
                }
                <p class="ac-quiet">
                  Learnt likeness to the query: ${hit.score.toFixed(2)}, at most 1
                </p>
                <div class="ac-row">
                  <button type="button" class="ac-button ac-primary" data-use onclick=${this.use}>
                    Use as reference
                  </button>
                  <button type="button" class="ac-button" onclick=${this.close}>Close</button>
                </div>
              </div>
            </div>
          `
        }
      </dialog>
    `;
  }
}
