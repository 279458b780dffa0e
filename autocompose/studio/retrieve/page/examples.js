// Before there is a query: worked examples to click, and pictures to start from.
import { Icon } from "../../web/icons.js";
import { Photo } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { Walk } from "../../web/walk.js";
import { fromGallery } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

const WALL = 24;

/** @param {{ example: import("./state").ExampleView, actions: Actions }} props */
const Example = ({ example: { picture, text, pair }, actions }) => html`
  <button
    type="button"
    class="ac-example"
    onclick=${() => actions.act({ kind: "chose", reference: fromGallery(picture), text, pair })}
  >
    <${Photo} picture=${picture} eager />
    <q dir="auto">${text}</q>
    <span class="ac-go">Find this pose<${Icon} name="arrow" /></span>
  </button>
`;

/** @param {{ state: State, actions: Actions }} props */
export const Examples = ({ state: { boot, reference }, actions }) => {
  const { examples, note } = boot?.examples ?? { examples: [], note: "" };
  if (examples.length === 0) return null;
  return html`
    <div class="ac-empty">
      <p class="ac-lead">
        ${reference ? "Write what should change, or try one of these." : "Try one of these."}
      </p>
      <div class="ac-examples">
        ${examples.map(
          (example) =>
            html`<${Example} key=${example.pair} example=${example} actions=${actions} />`,
        )}
      </div>
      <h2>Or start from any of these pictures</h2>
      <${Walk} class="ac-wall" label="Pictures to start from">
        ${boot?.references.pictures.slice(0, WALL).map(
          (picture) => html`
            <button
              key=${picture.id}
              type="button"
              class="ac-thumb"
              aria-label=${`Use as reference: ${picture.alt}`}
              title=${picture.caption}
              onclick=${() => {
                actions.act({ kind: "chose", reference: fromGallery(picture) });
                document.getElementById("ac-change")?.focus();
              }}
            >
              <img src=${picture.url} alt="" loading="lazy" />
            </button>
          `,
        )}
      <//>
      <p class="ac-quiet">${note}</p>
    </div>
  `;
};
