// Dialogs over the desk: help and keys, history, going to an item, pictures at full size.
import { Icon } from "../../web/icons.js";
import { Notice } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { Dashboard, Plant } from "./charts.js";
import { Rules } from "./guide.js";
import { LABELS } from "./items.js";
import { COMMANDS, keyName } from "./keys.js";
import { Loupe } from "./loupe.js";
import { current } from "./state.js";
import { Bulk } from "./view_bulk.js";
import { Files } from "./view_files.js";
import { Difference } from "./view_texts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {{ state: State, desk: Desk }} Props */

/** @param {Props} props */
const Help = ({ state: { keys, dialog }, desk }) => html`
  <${Rules} />
  <ul class="ac-keys">
    ${COMMANDS.map(
      ([name, , label]) => html`<li key=${name}>
        <span>${label}</span>
        <button
          type="button"
          class="ac-button"
          aria-label=${`Key for ${label}: ${keyName(keys[name])}. Press to change it`}
          onclick=${() => desk.rebind(name)}
        >
          ${dialog?.binding === name ? "press a key" : keyName(keys[name])}
        </button>
      </li>`,
    )}
  </ul>
  <p class="ac-quiet">
    Press 1-9 to select a part, press again to mark it wrong. Ctrl+Enter accepts what you typed and
    moves to the next text. Esc leaves a text; its selection is kept, and ${keyName(keys.swap)} then
    swaps left and right in it only. On a touch screen, swipe right to accept, left to reject.
  </p>
`;

/** @type {Record<string, string>} */
const KINDS = {
  original: "imported",
  import: "imported again",
  save: "saved",
  restore: "restored",
  bulk: "bulk action",
  undo: "bulk action undone",
  opinion: "second reading",
};

/**
 * @typedef {{
 *   revision: number, kind: string, reviewer: string, at: string,
 *   judgement: import("./items.js").Judgement,
 * }} Revision
 */

/** @param {Revision} revision @param {Revision | undefined} before */
const Changes = (revision, before) => {
  const [now, was] = [revision.judgement, before?.judgement];
  if (!was) return now.phrasings.map((text) => html`<p dir="auto">${text}</p>`);
  const texts = (/** @type {import("./items.js").Judgement} */ one) => [
    ...one.phrasings,
    ...one.parts.map(([part, text]) => `${part.replaceAll("_", " ")}: ${text}`),
  ];
  const [after, old] = [texts(now), texts(was)];
  return after.map((text, i) =>
    text === (old[i] ?? "") ? null : html`<${Difference} before=${old[i] ?? ""} after=${text} />`,
  );
};

/** @param {Props} props */
const History = ({ state: { dialog }, desk }) => {
  const answer = /** @type {import("../../web/types").ItemAnswer | undefined} */ (dialog?.answer);
  if (!answer) return null;
  const { item, history } = answer;
  const first = { revision: 0, kind: "original", reviewer: "", at: "", judgement: item.original };
  const revisions = /** @type {Revision[]} */ ([first, ...history]);
  return html`<ol class="ac-history" tabindex="0" aria-label="Revisions">
    ${revisions.map(
      (one, i) => html`<li key=${one.revision}>
        <div>
          <p>
            <b>${one.revision}: ${KINDS[one.kind]}</b>${" "}
            <i class=${`ac-pill ac-p-${one.judgement.verdict}`}>${LABELS[one.judgement.verdict]}</i>
            ${` ${one.reviewer} ${one.at.slice(0, 16).replace("T", " ")}`}
          </p>
          ${Changes(one, revisions[i - 1])}
        </div>
        <button type="button" class="ac-mini" onclick=${() => desk.restore(item.id, one.revision)}>
          Restore
        </button>
      </li>`,
    )}
  </ol>`;
};

/** @param {Props} props */
const Jump = ({ state: { dialog }, desk }) => html`
  <form
    class="ac-row"
    onsubmit=${(/** @type {any} */ e) => {
      e.preventDefault();
      desk.open(e.currentTarget.elements.id.value.trim());
    }}
  >
    <input
      type="text"
      name="id"
      aria-label="Id of a description"
      placeholder="Id of a description"
      value=${dialog?.id ?? ""}
      autofocus
    />
    <button type="submit" class="ac-button ac-solid">Go</button>
  </form>
  <p class="ac-quiet">
    The id of the description on the table: <code data-current-id>${dialog?.now ?? ""}</code>
  </p>
`;

/** @param {Props} props */
const Pictures = ({ state }) => {
  const pair = current(state)?.pair;
  if (!pair) return null;
  return html`<div class=${`ac-large${state.bones ? " ac-show-bones" : ""}`}>
    <${Loupe} picture=${pair.reference} name="Reference" mirrored=${pair.mirrored} />
    <${Loupe} picture=${pair.target} name="Target" mirrored=${pair.mirrored} />
  </div>`;
};

/** @type {Record<string, { title: string, body: (props: Props) => any }>} */
const DIALOGS = {
  help: { title: "Keys and guidelines", body: Help },
  history: { title: "History", body: History },
  jump: { title: "Go to a description", body: Jump },
  pictures: { title: "Pictures", body: Pictures },
  dashboard: { title: "Dashboard", body: Dashboard },
  plant: { title: "Plant gold items or errors", body: Plant },
  files: { title: "Import and export", body: Files },
  bulk: { title: "Bulk actions", body: Bulk },
};

/**
 * The one dialog element; what is in it is a field of the state.
 *
 * @extends {Component<Props, {}>}
 */
export class Dialog extends Component {
  box = createRef();

  componentDidUpdate() {
    const box = /** @type {HTMLDialogElement} */ (this.box.current);
    const wanted = Boolean(this.props.state.dialog);
    if (wanted && !box.open) box.showModal();
    else if (!wanted && box.open) box.close();
  }

  render() {
    const { state, desk } = this.props;
    const shown = state.dialog && DIALOGS[state.dialog.kind];
    return html`<dialog
      ref=${this.box}
      class=${`ac-dialog${state.dialog?.kind === "pictures" ? " ac-wide-dialog" : ""}`}
      aria-label=${shown ? shown.title : "Review"}
      onclose=${() => state.dialog && desk.dialog(null)}
    >
      ${
        shown &&
        html`<div class="ac-row ac-between">
            <h2>${shown.title}</h2>
            <button type="button" class="ac-iconbutton" aria-label="Close"
                onclick=${() => desk.dialog(null)}>
              <${Icon} name="close" />
            </button>
          </div>
          ${state.dialog?.error && html`<${Notice} kind="error">${state.dialog.error}<//>`}
          <${shown.body} state=${state} desk=${desk} />`
      }
    </dialog>`;
  }
}
