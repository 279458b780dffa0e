// Open: the datasets, checkpoints and galleries that there are, with their cards and sizes.
import { openLink, openNow } from "../../web/opened.js";
import { Component, createRef, html } from "../../web/view.js";

/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("./state").State} State */
/** @typedef {import("../../web/types").ShelfItem} ShelfItem */
/** @typedef {import("../../web/opened").Open} Open */
/** @typedef {"dataset" | "checkpoint" | "gallery"} Kind */

/** @type {Record<Kind, [string, string]>} heading, and what none of them means */
const WORDS = {
  dataset: ["Dataset", "As the studio was started"],
  checkpoint: ["Checkpoint", "As the studio was started"],
  gallery: ["Gallery", "The pictures of the split"],
};

/** @param {ShelfItem} item */
const facts = ({ title, megabytes, fingerprint }) =>
  [title, `${megabytes} MB`, fingerprint && `model ${fingerprint}`].filter(Boolean).join(", ");

/**
 * @typedef {object} PartProps
 * @property {Kind} kind
 * @property {readonly ShelfItem[]} items
 * @property {Open} open
 * @property {string} cards
 * @property {(open: Open) => void} onChoose
 */

/** @param {PartProps} props */
const Part = ({ kind, items, open, cards, onChoose }) => {
  const [heading, none] = WORDS[kind];
  const clear = { [kind]: "", ...(kind === "dataset" ? { split: "" } : {}) };
  return html`
    <fieldset class="ac-shelf">
      <legend>${heading}</legend>
      <label class="ac-check">
        <input
          type="radio"
          name=${`ac-open-${kind}`}
          checked=${!open[kind]}
          onchange=${() => onChoose(clear)}
        />
        ${none}
      </label>
      ${items.map(
        (item) => html`
          <div key=${item.name}>
            <label class="ac-check">
              <input
                type="radio"
                name=${`ac-open-${kind}`}
                data-open=${`${kind}:${item.name}`}
                checked=${open[kind] === item.name}
                onchange=${() => onChoose({ ...clear, [kind]: item.name })}
              />
              <b>${item.name}</b>
            </label>
            <small>
              ${facts(item)}
              ${
                item.card &&
                html`, <a href=${cards + item.card} target="_blank" rel="noopener">card</a>`
              }
            </small>
            ${
              kind === "dataset" &&
              open.dataset === item.name &&
              item.splits.length > 1 &&
              html`
                <label class="ac-splits">
                  Split
                  <select
                    value=${open.split || "test"}
                    onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) =>
                      onChoose({ split: event.currentTarget.value })}
                  >
                    ${item.splits.map((split) => html`<option value=${split}>${split}</option>`)}
                  </select>
                </label>
              `
            }
          </div>
        `,
      )}
    </fieldset>
  `;
};

/** @extends {Component<{ state: State, actions: Actions }, { open: Open }>} */
export class OpenDialog extends Component {
  state = { open: openNow() };
  dialog = createRef();

  show = async () => {
    this.setState({ open: openNow() });
    await this.props.actions.listShelf();
    this.dialog.current.showModal();
  };

  go = () => location.assign(openLink(location.search, this.state.open));

  render() {
    const { shelf } = this.props.state;
    const { open } = this.state;
    const onChoose = (/** @type {Open} */ more) => this.setState({ open: { ...open, ...more } });
    const part = (/** @type {Kind} */ kind, /** @type {readonly ShelfItem[]} */ items) =>
      html`<${Part} ...${{ kind, items, open, onChoose }} cards=${shelf?.cards ?? ""} />`;
    return html`
      <button type="button" class="ac-link" data-open-dialog onclick=${this.show}>Open …</button>
      <dialog ref=${this.dialog} class="ac-dialog" aria-label="Open">
        <div class="ac-details">
          <h2>Open</h2>
          ${shelf && part("dataset", shelf.datasets)}
          ${shelf && part("checkpoint", shelf.checkpoints)}
          ${shelf && shelf.galleries.length > 0 && part("gallery", shelf.galleries)}
          <p class="ac-quiet">
            Opened for you alone, and in the address: a link shows the same. A model that is new
            here takes a while.
          </p>
          <div class="ac-row">
            <button type="button" class="ac-button ac-primary" data-open-go onclick=${this.go}>
              Open
            </button>
            <button type="button" class="ac-button" onclick=${() => this.dialog.current.close()}>
              Cancel
            </button>
          </div>
        </div>
      </dialog>
    `;
  }
}
