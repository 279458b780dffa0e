// The texts of the item: written here, compared with what was imported, reasons and a note.
import { GrowingText } from "../../web/grow.js";
import { LiveRank } from "../../web/live_rank.js";
import { Component, createRef, html } from "../../web/view.js";
import { difference } from "./diff.js";
import { editedFrom } from "./items.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./items.js").Item} Item */

/** How the reason of a case begins that an error analysis sent. */
const CASE = "Error analysis:";

/** @param {{ before: string, after: string }} props */
export const Difference = ({ before, after }) => html`
  <p class="ac-diff" dir="auto">
    ${difference(before, after).map(([kind, text]) => {
      if (kind === "same") return text;
      return kind === "out" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`;
    })}
  </p>
`;

/**
 * What is selected in a text stays chosen when the text is left: the key for swapping then takes
 * it alone.
 *
 * @param {HTMLTextAreaElement} area
 * @param {number} i
 * @param {Desk} desk
 */
function noteSpan(area, i, desk) {
  if (!area.isConnected) return;
  const { selectionStart: start, selectionEnd: end } = area;
  const span = start < end ? { i, start, end, words: area.value.slice(start, end) } : null;
  desk.set({ span });
}

/** @typedef {{ item: Item, i: number, state: State, desk: Desk }} TextProps */

/** @extends {Component<TextProps, {}>} */
class Text extends Component {
  box = createRef();

  /** After a swap of the selection, what was swapped stays selected. @param {TextProps} before */
  componentDidUpdate(before) {
    const { i, state } = this.props;
    const { span } = state;
    const area = /** @type {HTMLTextAreaElement} */ (this.box.current.querySelector("textarea"));
    if (span === before.state.span || span?.i !== i || document.activeElement !== area) return;
    if (area.selectionStart !== span.start || area.selectionEnd !== span.end)
      area.setSelectionRange(span.start, span.end);
  }

  render() {
    const { item, i, state, desk } = this.props;
    const { span, keys } = state;
    const text = item.now.phrasings[i];
    const before = item.original.phrasings[i] ?? "";
    const note = (/** @type {any} */ e) => noteSpan(e.currentTarget, i, desk);
    const shown = span?.i === i ? span.words.slice(0, 60) : "";
    return html`
      <li class="ac-reviewtext" ref=${this.box}>
        <${GrowingText}
          rows="2"
          dir="auto"
          aria-label=${`Phrasing ${i + 1}`}
          value=${text}
          data-text=${i}
          oninput=${(/** @type {any} */ e) => {
            desk.decisions.write(i, e.currentTarget.value);
            note(e);
          }}
          onselect=${note}
          onkeyup=${note}
          onpointerup=${(/** @type {any} */ e) => {
            const area = e.currentTarget;
            setTimeout(() => noteSpan(area, i, desk));
          }}
        />
        <p class="ac-span ac-quiet" data-span=${i} role="status">
          ${
            shown &&
            `Selected: “${shown}”. Alt+${keys.swap} swaps left and right in the selection ` +
              `only. So does ${keys.swap} after Esc.`
          }
        </p>
        ${before !== text && html`<${Difference} before=${before} after=${text} />`}
        ${
          item.pair &&
          !item.pair.mirrored &&
          html`<${LiveRank}
            ask=${desk.rank}
            reference=${item.pair.reference.id}
            target=${item.pair.target.id}
            before=${before}
            text=${text}
            always=${item.reasons.some((why) => why.startsWith(CASE))}
          />`
        }
      </li>
    `;
  }
}

/**
 * Views that derive from this text: named under it, stale ones with a button.
 *
 * @param {{ item: Item, desk: Desk }} props
 */
const Derived = ({ item, desk }) => {
  if (!item.derived.length || item.second) return null;
  const stale = item.derived.filter((view) => view.stale).map((view) => view.id);
  return html`<p class="ac-derived">
    <span class="ac-quiet">Views of this text:</span>
    ${item.derived.map(
      (view) => html`<button type="button" class="ac-mini" key=${view.id}
          onclick=${() => desk.open(view.id)}>
        ${view.key}${view.stale && html`<b class="ac-stalemark">stale</b>`}
      </button>`,
    )}
    ${
      stale.length > 0 &&
      html`<button type="button" class="ac-mini ac-do" data-anew
          onclick=${() => desk.regenerate(stale)}>
        ${`Regenerate ${stale.length === 1 ? "it" : `the ${stale.length}`} …`}
      </button>`
    }
    ${
      editedFrom(item.now, item.saved) &&
      html`<span class="ac-quiet">They become stale when you save this edit.</span>`
    }
  </p>`;
};

const PICKING = {
  "": "",
  skip: "Why? Press a number to skip with that reason, Enter for “cannot tell”, Esc to cancel.",
  reason: "Press a number to set a reason, Esc to finish.",
};

/** @param {{ item: Item, state: State, desk: Desk }} props */
export const Texts = ({ item, state, desk }) => html`
  <section class="ac-reviewwords" aria-label="Texts">
    <ol>
      ${item.now.phrasings.map(
        (_, i) => html`<${Text} key=${`${item.id} ${i}`} ...${{ item, i, state, desk }} />`,
      )}
    </ol>
    <${Derived} item=${item} desk=${desk} />
    <div class="ac-reasons" role="group" aria-label="Reasons">
      ${state.boot?.reasons.map(
        (reason, i) => html`<button
          type="button"
          class="ac-chipbutton"
          key=${reason}
          aria-pressed=${String(item.now.reasons.some((one) => one === reason))}
          onclick=${() => desk.decisions.toggleReason(i)}
        >
          ${state.picking && html`<kbd>${i + 1}</kbd>`}${reason}
        </button>`,
      )}
      <input
        type="text"
        aria-label="Note"
        placeholder="Note"
        value=${item.now.note}
        dir="auto"
        oninput=${(/** @type {any} */ e) => desk.decisions.note(e.currentTarget.value)}
      />
    </div>
    ${state.picking && html`<p class="ac-quiet">${PICKING[state.picking]}</p>`}
  </section>
`;
