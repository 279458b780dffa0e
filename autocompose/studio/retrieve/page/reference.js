// The picture that the query starts from: of the gallery, or the visitor's own.
import { BonesSwitch, Notice, Photo, SideKey } from "../../web/parts.js";
import { WholePicture } from "../../web/people.js";
import { dropsOf } from "../../web/upload.js";
import { html } from "../../web/view.js";
import { Camera } from "./camera.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {{ to: import("./state").Reference, actions: Actions }} props */
const Back = ({ to, actions }) => html`
  <button
    type="button"
    class="ac-link"
    data-back
    title=${to.picture.caption || to.picture.id}
    onclick=${() => actions.act({ kind: "back" })}
  >
    Back to the previous reference
  </button>
`;

/** @param {{ reference: import("./state").Reference, actions: Actions }} props */
const Own = ({ reference: { picture, people, person }, actions }) => html`
  <${WholePicture}
    picture=${picture}
    people=${people}
    chosen=${person}
    group="ac-reference-person"
    label="Person in the reference"
    onChoose=${(/** @type {number} */ number) => actions.act({ kind: "person", person: number })}
  />
`;

/** @param {{ state: State, actions: Actions }} props */
export const Reference = ({ state: { reference, earlier, bones, asks }, actions }) => {
  const own = Boolean(reference?.upload);
  const crowd = reference && reference.people.length > 1 ? " ac-crowd" : "";
  const shown = bones ? " ac-show-bones" : "";
  return html`
    <div
      class=${`ac-ref${own ? " ac-own" : ""}${crowd}${shown}`}
      aria-live="polite"
      ...${dropsOf(actions.take)}
    >
      ${
        reference
          ? html`
            ${
              own
                ? html`<${Own} reference=${reference} actions=${actions} />`
                : html`<${Photo} picture=${reference.picture} mirrored=${asks.mirrored} eager />`
            }
            <div class="ac-under">
              <b>${reference.picture.caption || reference.picture.id}</b>
              ${reference.note && html`<span>${reference.note}</span>`}
              ${reference.problem && html`<${Notice} kind="warn">${reference.problem}<//>`}
              ${reference.people.length > 0 && html`<${Skeleton} on=${bones} actions=${actions} />`}
              ${
                earlier.length > 0 &&
                html`<${Back} to=${earlier[earlier.length - 1]}
                  actions=${actions} />`
              }
            </div>
          `
          : html`<p class="ac-quiet">Choose a reference picture or upload your own.</p>`
      }
    </div>
  `;
};

/** @param {{ on: boolean, actions: Actions }} props */
const Skeleton = ({ on, actions }) => html`
  <div class="ac-row ac-overlay">
    <${BonesSwitch} on=${on} onToggle=${() => actions.act({ kind: "bones" })} />
    ${on && html`<${SideKey} />`}
  </div>
`;

/** How far a picture of the visitor's is. @param {{ uploading: State["uploading"] }} props */
const Sending = ({ uploading }) => html`
  <div class="ac-notice ac-quiet ac-sending" role="status">
    <span>
      ${uploading?.looking ? "Looking for people in" : "Uploading"} ${uploading?.name} …
    </span>
    <progress aria-hidden="true"></progress>
  </div>
`;

/** @param {{ state: State, actions: Actions }} props */
export const Problem = ({ state: { uploading, refused, camera }, actions }) => html`
  <div class="ac-problem">
    ${uploading && html`<${Sending} uploading=${uploading} />`}
    ${refused && html`<${Notice} kind="error">${refused}<//>`}
    ${
      camera &&
      html`
        <${Camera}
          onPicture=${(/** @type {File} */ file) => {
            actions.act({ kind: "camera", on: false });
            actions.take(file);
          }}
          onCancel=${() => actions.act({ kind: "camera", on: false })}
          onProblem=${(/** @type {string} */ problem) => actions.act({ kind: "refused", problem })}
        />
      `
    }
  </div>
`;
