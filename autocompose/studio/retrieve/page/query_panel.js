// The left column: the reference, what should change, and how many pictures to show.
import { Chips } from "../../web/chips.js";
import { GrowingText } from "../../web/grow.js";
import { Icon } from "../../web/icons.js";
import { PictureStrip } from "../../web/picture_strip.js";
import { FileTile } from "../../web/upload.js";
import { html } from "../../web/view.js";
import { Balance, MoreWays } from "./ask_panel.js";
import { PastQueries } from "./past_queries.js";
import { Problem, Reference } from "./reference.js";
import { fromGallery, sceneCounts } from "./state.js";
import { WishMap } from "./wish_map.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").PictureView} PictureView */

/** @param {{ state: State, actions: Actions }} props */
const Strip = ({ state: { boot, reference }, actions }) => html`
  <${PictureStrip}
    strip=${boot?.references ?? { pictures: [], total: 0 }}
    label="Reference pictures"
    chosen=${reference?.image}
    onPick=${(/** @type {PictureView} */ picture) =>
      actions.act({ kind: "chose", reference: fromGallery(picture) })}
    onMore=${actions.more}
  />
`;

/** @param {{ state: State, actions: Actions }} props */
const Change = ({ state: { text }, actions }) => html`
  <div class="ac-row">
    <label class="ac-label" for="ac-change">What should change?</label>
    ${
      text &&
      html`
        <button
          type="button"
          class="ac-link ac-clear"
          onclick=${() => {
            actions.act({ kind: "typed", text: "" });
            document.getElementById("ac-change")?.focus();
          }}
        >
          Clear
        </button>
      `
    }
  </div>
  <${GrowingText}
    id="ac-change"
    rows="2"
    maxlength="4000"
    dir="auto"
    autocomplete="off"
    spellcheck=${true}
    placeholder="Bend the left knee and bring both hands to the hips"
    value=${text}
    oninput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ { currentTarget }) =>
      actions.act({ kind: "typed", text: currentTarget.value })}
    onkeydown=${(/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      actions.now();
    }}
    onpaste=${(/** @type {ClipboardEvent} */ event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      actions.take(file);
    }}
  />
`;

/** @param {{ state: State, actions: Actions }} props */
const Changes = ({ state: { boot, reference, changes }, actions }) => {
  const first = boot?.references.pictures[0];
  const start = reference ?? (first ? fromGallery(first) : null);
  return html`
    <${Chips}
      label="Changes to try"
      words=${changes ?? boot?.changes}
      onPick=${(/** @type {string} */ text) =>
        start
          ? actions.act({ kind: "chose", reference: start, text })
          : actions.act({ kind: "typed", text })}
    />
  `;
};

/** @param {{ state: State, actions: Actions }} props */
const Count = ({ state: { k, boot }, actions }) => html`
  <div class="ac-k">
    <label for="ac-k">Pictures to show</label>
    <input
      id="ac-k"
      type="range"
      min="1"
      max=${boot?.max_k ?? k}
      value=${k}
      oninput=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) =>
        actions.act({ kind: "k", k: currentTarget.valueAsNumber })}
    />
    <output for="ac-k">${k}</output>
  </div>
`;

/** How far the place counts. @param {{ state: State, actions: Actions }} props */
const Scene = ({ state, actions }) => {
  if (!sceneCounts(state)) return null;
  const scene = state.scene ?? state.status?.scene ?? 0;
  const percent = Math.round(100 * scene);
  return html`
    <div class="ac-k">
      <label for="ac-scene">Same place and person</label>
      <input
        id="ac-scene"
        type="range"
        min="0"
        max="1"
        step="0.1"
        value=${scene}
        aria-valuetext=${`${percent} percent`}
        oninput=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) =>
          actions.act({ kind: "scene", scene: currentTarget.valueAsNumber })}
      />
      <output for="ac-scene">${percent ? `${percent} %` : "off"}</output>
    </div>
  `;
};

/** @param {{ state: State, actions: Actions }} props */
export const QueryPanel = (props) => html`
  <section class="ac-query" aria-label="Your query">
    <div class="ac-row ac-refhead">
      <h2>Reference</h2>
      ${
        props.state.boot &&
        html`
          <${FileTile} label="Upload" onFile=${props.actions.take} />
          <button
            type="button"
            class="ac-tile"
            onclick=${() => props.actions.act({ kind: "camera", on: true })}
          >
            <${Icon} name="camera" /><span>Camera</span>
          </button>
        `
      }
    </div>
    <${Reference} ...${props} />
    <${Strip} ...${props} />
    <${Problem} ...${props} />
    <${Change} ...${props} />
    <${Changes} ...${props} />
    <${WishMap} ...${props} />
    <${Balance} ...${props} />
    <${Scene} ...${props} />
    <${Count} ...${props} />
    <${MoreWays} ...${props} />
    <${PastQueries} ...${props} />
  </section>
`;
