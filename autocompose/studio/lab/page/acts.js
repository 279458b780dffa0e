// What somebody does: the sentences that it was turned into, and a body for each.
import { Chips } from "../../web/chips.js";
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {{ state: State, actions: Actions }} props the two ways to word a wish */
export const Manner = ({ state: { does }, actions }) => html`
  <fieldset class="ac-labmanner">
    <legend class="ac-sr">What the words say</legend>
    ${[
      [false, "How the body looks"],
      [true, "What somebody does"],
    ].map(
      ([value, words]) => html`
        <label>
          <input
            type="radio"
            name="ac-lab-manner"
            data-does=${String(value)}
            checked=${does === value}
            onchange=${() => actions.act({ kind: "does", does: value === true })}
          />
          ${words}
        </label>
      `,
    )}
  </fieldset>
`;

/** @param {{ state: State, actions: Actions }} props */
export const Acts = ({ state: { acts, busy }, actions }) => {
  if (!acts) return null;
  return html`
    <section class="ac-labanswer" aria-label="What it was read as" aria-busy=${String(busy)}>
      <${Notice} kind=${acts.known ? "quiet" : "help"}>${acts.note}<//>
      ${
        !acts.known &&
        acts.nearest.length > 0 &&
        html`
          <${Chips}
            label="Acts that are known"
            words=${acts.nearest}
            onPick=${(/** @type {string} */ text) => actions.act({ kind: "typed", text })}
          />
        `
      }
      <ol class="ac-labways" aria-label="Ways to do it">
        ${acts.bodies.map(
          ({ sentence, met, claims }, at) => html`
            <li key=${sentence} data-way=${at + 1}>
              <b>Way ${at + 1}</b>
              <span>${sentence}</span>
              <small>${met} of ${claims} things that it says are true of this body.</small>
              <button
                type="button"
                class="ac-button"
                aria-label=${`Use sentence ${at + 1}: ${sentence}`}
                onclick=${() => actions.act({ kind: "does", does: false, text: sentence })}
              >
                Use this sentence
              </button>
            </li>
          `,
        )}
      </ol>
    </section>
  `;
};
