// The item on the table: pictures, part rows, texts, and the bar of verdicts.
import { BonesSwitch, BothPictures, Notice, SideKey } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { Guide } from "./guide.js";
import { isChecked, LABELS } from "./items.js";
import { keyName } from "./keys.js";
import { current } from "./state.js";
import { listenToSwipes } from "./swipe.js";
import { Transition } from "./transition.js";
import { Empty } from "./view_filters.js";
import { Conflicts, PartRows } from "./view_parts.js";
import { Texts } from "./view_texts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./items.js").Item} Item */

/** @param {{ item: Item, state: State, desk: Desk }} props */
const Pictures = ({ item, state, desk }) => html`
  <section class="ac-reviewpair" aria-label="Pictures">
    ${
      item.pair
        ? html`<div class="ac-enlarge">
            <${BothPictures} pair=${item.pair} mirrored=${item.pair.mirrored} eager=${true} />
            <button type="button" class="ac-button" data-enlarge
                onclick=${() => desk.dialog({ kind: "pictures" })}>
              Enlarge
            </button>
          </div>`
        : html`<${Notice} kind="quiet">
            The pictures of "${item.dataset}" are not available in this studio.
          <//>`
    }
    <div class="ac-row ac-tools">
      <${BonesSwitch} on=${state.bones} onToggle=${() => desk.set({ bones: !state.bones })} />
      ${
        item.pair &&
        html`<details>
          <summary>Transition</summary>
          <${Transition} key=${item.id} pair=${item.pair} />
        </details>`
      }
      <${SideKey} />
    </div>
    <ul class="ac-why" aria-label="Why this is in the queue">
      ${item.reasons.map((why) => html`<li>${why}</li>`)}
    </ul>
  </section>
`;

/** @param {{ item: Item, desk: Desk }} props */
const Stale = ({ item, desk }) =>
  item.stale &&
  html`<${Notice} kind="warn">
    The text that this view derives from was edited. Compare the two, or regenerate this view.${" "}
    <button type="button" class="ac-mini" data-anew onclick=${() => desk.regenerate([item.id])}>
      Regenerate …
    </button>
  <//>`;

/** @param {Item} item */
const heading = (item) =>
  item.now.written
    ? `${item.label}; rewritten by rules from the joints`
    : [item.label, item.model].filter(Boolean).join(", ");

/** @param {{ item: Item }} props */
const Pill = ({ item: { saved } }) =>
  html`<span class=${`ac-pill ac-p-${saved.verdict}`} data-pill=${saved.verdict}>
    ${LABELS[saved.verdict]}
  </span>`;

/** @param {{ item: Item, state: State, desk: Desk }} props */
const Parts = ({ item, state, desk }) => html`
  <section class="ac-reviewparts" aria-label="Parts">
    <h2>${heading(item)} <${Pill} item=${item} /></h2>
    ${!isChecked(item) && html`<p class="ac-quiet" data-unchecked>Not checked since the edit.</p>`}
    <${PartRows} item=${item} chosen=${state.part} desk=${desk} />
    <${Stale} item=${item} desk=${desk} />
    <${Conflicts} item=${item} settled=${state.resolves} desk=${desk} />
    <${Guide} open=${state.guide}
        onToggle=${(/** @type {boolean} */ guide) => desk.set({ guide })} />
  </section>
`;

/**
 * @param {{ name: string, label: string, keys: Record<string, string>, desk: Desk, cls?: string,
 *   pressed?: boolean }} props
 */
const Act = ({ name, label, keys, desk, cls = "", pressed }) => html`
  <button
    type="button"
    class=${`ac-button ${cls}`}
    data-do=${name}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    onclick=${desk.commands[name]}
  >
    ${label}<kbd>${keyName(keys[name])}</kbd>
  </button>
`;

/** @param {{ item: Item, state: State, desk: Desk }} props */
const Verdicts = ({ item, state: { keys }, desk }) => {
  const done = item.saved.verdict;
  const again = (/** @type {string} */ verdict, /** @type {string} */ label) =>
    done === verdict ? LABELS[verdict][0].toUpperCase() + LABELS[verdict].slice(1) : label;
  const act = (
    /** @type {string} */ name,
    /** @type {string} */ label,
    /** @type {string} */ cls = "",
    /** @type {boolean | undefined} */ pressed = undefined,
  ) => html`<${Act} ...${{ name, label, keys, desk, cls, pressed }} />`;
  return html`
    <div class="ac-row ac-verdicts" role="group" aria-label="Verdict">
      ${act(
        "accept",
        again("accepted", "Accept"),
        done === "pending" || done === "skipped" ? "ac-solid" : "",
        done === "accepted",
      )}
      ${act("reject", again("rejected", "Reject"), "", done === "rejected")} ${act("skip", "Skip")}
      <span class="ac-rest">
        ${act("edit", "Edit")} ${act("swap", "Swap left and right")}
        ${act("flag", item.now.flagged ? "Flagged" : "Flag", item.now.flagged ? "ac-on" : "")}
      </span>
      ${act("undo", "Undo")}
      <span class="ac-rest">
        ${act("previous", "Previous")} ${act("next", "Next")}
        ${
          !item.second &&
          html`<button type="button" class="ac-mini" onclick=${desk.showHistory}>History</button>`
        }
      </span>
    </div>
  `;
};

/** @param {{ state: State, desk: Desk }} props */
const Nothing = ({ state, desk }) =>
  state.end
    ? html`<div class="ac-done"><${Empty} state=${state} desk=${desk} /></div>`
    : html`
      <div class="ac-done ac-opening" aria-busy="true"><p class="ac-lead">Opening …</p></div>
    `;

/**
 * The card, which a swipe moves.
 *
 * @extends {Component<{ state: State, desk: Desk }, {}>}
 */
export class Card extends Component {
  box = createRef();

  componentDidMount() {
    listenToSwipes(this.box.current, (verdict) =>
      this.props.desk.decisions.decide(verdict, { swiped: true }),
    );
  }

  render() {
    const { state, desk } = this.props;
    const item = current(state);
    const inside = item
      ? html`
          <${Pictures} item=${item} state=${state} desk=${desk} />
          <${Parts} item=${item} state=${state} desk=${desk} />
          <${Texts} item=${item} state=${state} desk=${desk} />
          <${Verdicts} item=${item} state=${state} desk=${desk} />
        `
      : html`<${Nothing} state=${state} desk=${desk} />`;
    return html`<div ref=${this.box}
        class=${`ac-reviewdesk${state.bones ? " ac-show-bones" : ""}`}>${inside}</div>`;
  }
}
