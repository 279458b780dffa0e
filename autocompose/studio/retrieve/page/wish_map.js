// The body map of a query: a click on a part, then on what it should do, adds to the words.
import { BodyMap } from "../../web/body_map.js";
import { Component, html } from "../../web/view.js";
import { Walk } from "../../web/walk.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").PartWishes} PartWishes */

/**
 * A text with one more wish; a wish that stands there already is not said twice.
 *
 * @param {string} text
 * @param {string} wish
 */
export function withWish(text, wish) {
  const said = text.trim().replace(/[\s,.;]+$/, "");
  if (!said) return wish;
  return said.toLowerCase().includes(wish.toLowerCase()) ? said : `${said}, ${wish}`;
}

/**
 * The parts that a text names: a mark on the map, no reading.
 *
 * @param {string} text
 * @param {readonly PartWishes[]} parts
 */
export function named(text, parts) {
  const low = text.toLowerCase();
  const found = parts.filter(({ part }) => new RegExp(`\\b${part.label}\\b`).test(low));
  return new Set(found.map(({ part }) => part.part));
}

/** @param {boolean} used */
const what = (used) => (used ? "is in the text, ask for more" : "say what it should do");

/** @extends {Component<{ state: State, actions: Actions }, { part: string }>} */
export class WishMap extends Component {
  state = { part: "" };

  /** @param {string} part */
  choose = (part) => this.setState({ part }, () => document.getElementById("ac-wishes")?.focus());

  /** @param {string} wish */
  add = (wish) => {
    const { state, actions } = this.props;
    actions.act({ kind: "typed", text: withWish(state.text, wish) });
  };

  render() {
    const { boot, text } = this.props.state;
    const parts = boot?.parts ?? [];
    const chosen = parts.find(({ part }) => part.part === this.state.part);
    return html`
      <details class="ac-fold ac-wishmap">
        <summary>Point at a body part</summary>
        <div class="ac-wishes">
          <${BodyMap}
            parts=${parts.map(({ part }) => part)}
            used=${named(text, parts)}
            onPart=${this.choose}
            what=${what}
          />
          <div id="ac-wishes" tabindex="-1">
            ${
              chosen
                ? html`
                  <h3>${chosen.part.side ? "Subject's " : ""}${chosen.part.label}</h3>
                  <${Walk} class="ac-chips" label=${`What the ${chosen.part.label} should do`}>
                    ${chosen.wishes.map(
                      (wish) => html`
                        <button
                          key=${wish}
                          type="button"
                          class="ac-chipbutton"
                          data-wish
                          onclick=${() => this.add(wish)}
                        >
                          ${wish}
                        </button>
                      `,
                    )}
                  <//>
                `
                : html`<p class="ac-quiet">Choose a part, then what it should do.</p>`
            }
          </div>
        </div>
      </details>
    `;
  }
}
