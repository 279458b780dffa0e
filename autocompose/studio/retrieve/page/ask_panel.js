// More ways to ask: words or picture, mirrored, and which pictures are ranked.
import { html } from "../../web/view.js";
import { balanceWords, chosen, FIELDS, needsPicture } from "./asks.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("./asks").Field} Field */

/** @type {Record<Field, string>} */
const LABELS = {
  only_person: "Person",
  only_camera: "Camera",
  only_clip: "Clip",
  only_source: "Source of the pose",
};

/** @param {{ state: State, actions: Actions }} props */
export const Balance = ({ state: { asks }, actions }) => html`
  <div class="ac-k">
    <label for="ac-balance">Words or picture</label>
    <input
      id="ac-balance"
      type="range"
      min="0"
      max="1"
      step="0.1"
      value=${asks.balance}
      aria-valuetext=${balanceWords(asks.balance)}
      oninput=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) =>
        actions.act({ kind: "asks", asks: { balance: currentTarget.valueAsNumber } })}
    />
    <output for="ac-balance">${balanceWords(asks.balance)}</output>
  </div>
  ${
    !needsPicture(asks) &&
    html`<p class="ac-quiet">No reference is needed: the words start from a person who stands.</p>`
  }
`;

/** @param {{ field: Field, state: State, actions: Actions }} props */
const Choice = ({ field, state: { asks, filters }, actions }) => {
  const values = filters?.[/** @type {"person"} */ (field.slice("only_".length))] ?? [];
  if (values.length < 2 && !asks[field]) return null;
  const known = values.some(({ value }) => value === asks[field]);
  return html`
    <label>
      <span>${LABELS[field]}</span>
      <select
        data-filter=${field}
        value=${asks[field]}
        onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) =>
          actions.act({ kind: "asks", asks: { [field]: currentTarget.value } })}
      >
        <option value="">all</option>
        ${!known && asks[field] && html`<option value=${asks[field]}>${asks[field]}</option>`}
        ${values.map(({ value, label }) => html`<option value=${value}>${label || value}</option>`)}
      </select>
    </label>
  `;
};

/**
 * @param {{ name: "mirrored" | "other_clip", words: string, state: State, actions: Actions }} props
 */
const Switch = ({ name, words, state: { asks }, actions }) => html`
  <label class="ac-check">
    <input
      type="checkbox"
      data-ask=${name}
      checked=${asks[name]}
      onchange=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) =>
        actions.act({ kind: "asks", asks: { [name]: currentTarget.checked } })}
    />
    ${words}
  </label>
`;

/** How many of the choices in the fold are set. @param {State} state */
const setCount = ({ asks }) =>
  Object.keys(chosen(asks)).filter((name) => name !== "balance").length;

/** @param {{ state: State, actions: Actions }} props */
export const MoreWays = (props) => {
  const count = setCount(props.state);
  const known = FIELDS.some(
    (field) => (props.state.filters?.[/** @type {"person"} */ (field.slice(5))] ?? []).length > 1,
  );
  return html`
    <details class="ac-fold ac-which">
      <summary>Which pictures${count ? `: ${count} chosen` : ""}</summary>
      <div class="ac-filters">
        ${FIELDS.map((field) => html`<${Choice} key=${field} field=${field} ...${props} />`)}
        ${!known && html`<p class="ac-quiet">Nothing is known here to filter pictures by.</p>`}
      </div>
      <${Switch} name="other_clip" words="Leave out the reference's own clip" ...${props} />
      <${Switch} name="mirrored" words="Flip the reference left to right" ...${props} />
      ${
        count > 0 &&
        html`
          <button
            type="button"
            class="ac-link"
            onclick=${() => props.actions.act({ kind: "plain" })}
          >
            Rank all pictures again
          </button>
        `
      }
    </details>
  `;
};
