// The subset of the queries that is looked at.
import { html } from "../../web/view.js";
import { choices, NO_FILTERS } from "./subset.js";
import { Choice } from "./view_run.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("./subset").Facet} Facet */

const LABELS = /** @type {[Exclude<Facet, "text">, string][]} */ ([
  ["part", "Body part"],
  ["change", "Change"],
  ["length", "Words"],
  ["camera", "View"],
  ["pose", "Source"],
  ["clip", "Clip"],
  ["person", "Person"],
]);

/** @type {WeakMap<object, ReturnType<typeof choices>>} */
const known = new WeakMap();

/** @param {import("./subset").RunRows} rows */
function choicesOf(rows) {
  const found = known.get(rows) ?? choices(rows);
  known.set(rows, found);
  return found;
}

/** @param {{ state: State, actions: Actions }} props */
export const Filters = ({ state: { run, filters, lasso }, actions }) => {
  if (!run) return null;
  const found = choicesOf(run.rows);
  const some = lasso !== null || Object.values(filters).some(Boolean);
  const shown = LABELS.filter(([facet]) => found[facet].length > 1 || filters[facet]);
  return html`
    <section class="ac-filters" aria-label="Subset">
      ${shown.map(
        ([facet, label]) => html`
          <${Choice}
            key=${facet}
            label=${label}
            name=${facet}
            value=${filters[facet]}
            options=${[
              ["", "All"],
              ...found[facet].map(({ value, count }) => [value, `${value} (${count})`]),
            ]}
            onChange=${(/** @type {string} */ value) =>
              actions.act({ kind: "filter", fields: { [facet]: value } })}
          />
        `,
      )}
      <label class="ac-choice ac-wide">
        <span>Words in the text</span>
        <input
          type="text"
          name="text"
          value=${filters.text}
          autocomplete="off"
          oninput=${(/** @type {any} */ event) =>
            actions.act({ kind: "filter", fields: { text: event.currentTarget.value } })}
        />
      </label>
      ${
        some &&
        html`<button
          type="button"
          class="ac-link"
          data-clearfilters
          onclick=${() => {
            actions.act({ kind: "lasso", rows: null });
            actions.act({ kind: "filter", fields: NO_FILTERS });
          }}
        >
          Clear filters
        </button>`
      }
    </section>
  `;
};
