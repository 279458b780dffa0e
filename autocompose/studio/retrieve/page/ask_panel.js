// More ways to ask: words or picture, mirrored, and which pictures are ranked.
import { html } from "../../web/view.js";
import { balanceWords, chosen, FIELDS, needsPicture, toggled } from "./asks.js";

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
  const wanted = asks[field];
  if (values.length < 2 && !wanted.length) return null;
  const name = (/** @type {string} */ value) =>
    values.find((one) => one.value === value)?.label || value;
  const toggle = (/** @type {string} */ value) =>
    actions.act({ kind: "asks", asks: { [field]: toggled(wanted, value) } });
  const left = values.filter(({ value }) => !wanted.includes(value));
  return html`
    <div class="ac-filter">
      <label>
        <span>${LABELS[field]}</span>
        <select
          data-filter=${field}
          value=""
          onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) => {
            const { value } = currentTarget;
            currentTarget.value = ""; // it offers one more value; those chosen are listed below it
            if (value) toggle(value);
          }}
        >
          <option value="">${wanted.length ? "or also …" : "all"}</option>
          ${left.map(({ value }) => html`<option value=${value}>${name(value)}</option>`)}
        </select>
      </label>
      ${wanted.map(
        (value) => html`
          <button
            type="button"
            class="ac-link"
            key=${value}
            data-chosen=${value}
            aria-label=${`Remove filter: ${name(value)}`}
            onclick=${() => toggle(value)}
          >
            ${name(value)} ×
          </button>
        `,
      )}
    </div>
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
