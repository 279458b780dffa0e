// The left column: the pose to start from, the wish in words, and limbs of other poses.
import { Chips } from "../../web/chips.js";
import { GrowingText } from "../../web/grow.js";
import { Icon } from "../../web/icons.js";
import { Notice, Photo } from "../../web/parts.js";
import { WholePicture } from "../../web/people.js";
import { PictureStrip } from "../../web/picture_strip.js";
import { ACCEPTED, dropsOf } from "../../web/upload.js";
import { html } from "../../web/view.js";
import { Manner } from "./acts.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {{ actions: Actions }} props a tile for photographs and motion files */
const OwnFile = ({ actions }) => html`
  <label class="ac-tile">
    <${Icon} name="upload" /><span>Photo or motion</span>
    <input
      type="file"
      accept=${`${ACCEPTED},.bvh`}
      class="ac-hidden-input"
      aria-label="Upload a photograph or a .bvh motion file"
      onchange=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget: input }) => {
        const file = input.files?.[0];
        input.value = ""; // the same file can be chosen again
        if (file) actions.take(file);
      }}
    />
  </label>
`;

const SAID = {
  standing: "Standing upright, arms down",
  image: "",
  upload: "Your photograph",
  motion: "Your motion file",
  joints: "",
};

/** @param {{ state: State, actions: Actions }} props */
const Chosen = ({ state: { start }, actions }) => {
  const { kind, picture, people, number, frames, name, note } = start;
  return html`
    <div class="ac-ref ac-own ac-show-bones" aria-live="polite" ...${dropsOf(actions.take)}>
      ${
        kind === "upload" &&
        picture &&
        html`
          <${WholePicture}
            picture=${picture}
            people=${people}
            chosen=${number}
            group="ac-lab-person"
            label="Person to start from"
            onChoose=${(/** @type {number} */ chosen) =>
              actions.act({ kind: "number", number: chosen })}
          />
        `
      }
      ${kind === "image" && picture && html`<${Photo} picture=${picture} eager />`}
      <div class="ac-under">
        <b>${SAID[kind] || picture?.caption || name}</b>
        ${kind === "upload" || kind === "motion" ? html`<span>${name}</span>` : null}
        ${picture && kind === "image" && html`<span>${picture.origin}</span>`}
        ${note && html`<span>${note}</span>`}
      </div>
      ${
        kind === "motion" &&
        html`
          <div class="ac-k">
            <label for="ac-lab-frame">Frame</label>
            <input
              id="ac-lab-frame"
              type="range"
              min="0"
              max=${frames - 1}
              value=${number}
              oninput=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) =>
                actions.act({ kind: "number", number: currentTarget.valueAsNumber })}
            />
            <output for="ac-lab-frame">${number}</output>
          </div>
        `
      }
    </div>
  `;
};

/** @param {{ state: State, actions: Actions }} props */
const Strip = ({ state: { boot, start, limb, limbs }, actions }) => {
  const strip = boot?.strip ?? { pictures: [], total: 0 };
  if (boot && strip.total === 0) {
    return html`
      <${Notice} kind="help">
        <b>No picture of this dataset has joints. </b>Upload a photograph or a motion file, or start
        from the standing body.
      <//>
    `;
  }
  return html`
    <${PictureStrip}
      strip=${strip}
      label=${limb ? `Pictures to take the ${limb} from` : "Pictures to start from"}
      chosen=${limb ? limbs[limb]?.id : start.kind === "image" ? start.id : ""}
      class=${limb ? "ac-taking" : ""}
      onPick=${actions.pick}
      onMore=${actions.more}
    />
  `;
};

/** @param {{ state: State, actions: Actions }} props */
const Wish = ({ state, state: { text, boot, does }, actions }) => html`
  <${Manner} state=${state} actions=${actions} />
  <div class="ac-row">
    <label class="ac-label" for="ac-wish">
      ${does ? "What does somebody do?" : "What should the body do?"}
    </label>
  </div>
  <${GrowingText}
    id="ac-wish"
    rows="2"
    maxlength="2000"
    dir="auto"
    autocomplete="off"
    spellcheck=${true}
    placeholder=${does ? "Hailing a taxi" : "Sit down and cross your arms"}
    value=${text}
    oninput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ { currentTarget }) =>
      actions.act({ kind: "typed", text: currentTarget.value })}
    onkeydown=${(/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      actions.now();
    }}
  />
  <${Chips}
    label="Wishes to try"
    words=${does ? boot?.acts : boot?.wishes}
    onPick=${(/** @type {string} */ words) => actions.act({ kind: "typed", text: words })}
  />
`;

/** @param {{ state: State, actions: Actions }} props */
const Limbs = ({ state: { boot, limbs, limb }, actions }) => html`
  <details class="ac-fold ac-limbs" open=${limb !== "" || Object.keys(limbs).length > 0}>
    <summary>Take a limb from another pose</summary>
    <div class="ac-row" role="group" aria-label="Limb to exchange">
      ${boot?.limbs.map(
        (name) => html`
          <button
            key=${name}
            type="button"
            class="ac-button ac-ghost"
            data-limb=${name}
            aria-pressed=${String(name === limb)}
            onclick=${() => actions.act({ kind: "limb", limb: name })}
          >
            ${name}
          </button>
        `,
      )}
    </div>
    <p class="ac-quiet" role="status">
      ${
        limb
          ? `Choose a picture above: the ${limb} is taken from the body in it.`
          : "Left and right are the subject's own."
      }
    </p>
    <ul class="ac-taken">
      ${Object.entries(limbs).map(
        ([name, picture]) => html`
          <li key=${name} data-taken=${name}>
            <img src=${picture.url} alt=${picture.alt} />
            <span>${name}</span>
            <button
              type="button"
              class="ac-mini"
              aria-label=${`Give the ${name} back`}
              onclick=${() => actions.act({ kind: "gave", limb: name })}
            >
              Give back
            </button>
          </li>
        `,
      )}
    </ul>
  </details>
`;

/** @param {{ state: State, actions: Actions }} props */
const Choices = ({ state: { keep, polish, start }, actions }) => html`
  <div class="ac-labchoices">
    ${
      start.kind !== "standing" &&
      html`
        <label>
          <input
            type="checkbox"
            checked=${keep}
            data-switch="keep"
            onchange=${() => actions.act({ kind: "switched", name: "keep" })}
          />
          Keep limbs that the words leave alone
        </label>
      `
    }
    <label>
      <input
        type="checkbox"
        checked=${polish}
        data-switch="polish"
        onchange=${() => actions.act({ kind: "switched", name: "polish" })}
      />
      Turn limbs until the words are true
    </label>
  </div>
`;

/** @param {{ state: State, actions: Actions }} props */
export const StartPanel = (props) => {
  const { state, actions } = props;
  return html`
    <section class="ac-query" aria-label="Your wish">
      <div class="ac-row ac-refhead">
        <h2>Start from</h2>
        ${
          state.boot &&
          html`
            <${OwnFile} actions=${actions} />
            <button
              type="button"
              class="ac-tile"
              data-standing
              aria-pressed=${String(state.start.kind === "standing")}
              onclick=${actions.stand}
            >
              <${Icon} name="bones" /><span>Standing</span>
            </button>
          `
        }
      </div>
      <${Chosen} ...${props} />
      <${Strip} ...${props} />
      ${
        state.sending &&
        html`
          <div class="ac-notice ac-quiet ac-sending" role="status">
            <span>Reading ${state.sending} …</span><progress aria-hidden="true"></progress>
          </div>
        `
      }
      <${Wish} ...${props} />
      ${!state.does && html`<${Limbs} ...${props} />`}
      <${Choices} ...${props} />
    </section>
  `;
};
