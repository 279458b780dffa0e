// The filters as controls and chips, and what is shown when the queue is empty.
import { Icon } from "../../web/icons.js";
import { html } from "../../web/view.js";
import { activeFilters, counted, filterList, hidingFilters, isList } from "./filters.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {{ state: State, desk: Desk }} Props */

/** @param {State} state */
const listOf = ({ boot }) => (boot ? filterList(boot, boot.store.choices) : []);
/** @param {State} state */
const activeOf = (state) => (state.second ? [] : activeFilters(listOf(state), state.filters));

/** @param {any} e @returns {string} */
const chosen = (e) => e.currentTarget.value;

/** @param {Props} props */
export const FilterPanel = ({ state, desk }) => html`
  <div class="ac-row ac-filterpanel" role="group" aria-label="Filters" hidden=${!state.panel}>
    ${listOf(state).map(
      ({ name, label, all, options }) =>
        options &&
        html`<label class="ac-filter" key=${name}>
          <span>${label}</span>
          <select
            aria-label=${label}
            data-select=${name}
            disabled=${!options.length}
            value=${state.filters[name] ?? ""}
            onchange=${(/** @type {any} */ e) => desk.setFilters({ [name]: chosen(e) })}
          >
            <option value="">${all}</option>
            ${options.map(([value, shown]) => html`<option value=${value}>${shown}</option>`)}
          </select>
        </label>`,
    )}
  </div>
`;

const SHARES = /** @type {[number, string][]} */ ([
  [0.05, "5 %"],
  [0.1, "10 %"],
  [0.2, "20 %"],
  [0.5, "50 %"],
  [1, "all"],
]);

/** @param {Props} props */
const SecondReading = ({ state, desk }) => html`
  <p class="ac-notice ac-quiet">
    Second reading: you do not see what others decided, and your verdict is kept next to theirs.
    Share of every dataset:${" "}
    <select
      aria-label="Share to read a second time"
      value=${String(state.share)}
      onchange=${(/** @type {any} */ e) => desk.readAgain(true, Number(chosen(e)))}
    >
      ${SHARES.map(([share, shown]) => html`<option value=${String(share)}>${shown}</option>`)}
    </select>
    <button type="button" class="ac-mini"
        onclick=${() => desk.readAgain(false)}>Back to the queue</button>
  </p>
`;

/** @param {Props} props */
export const FilterChips = ({ state, desk }) => {
  const active = activeOf(state);
  return html`
    <div
      class="ac-row ac-filterchips"
      role="group"
      aria-label="Active filters"
      hidden=${!state.second && !active.length}
    >
      ${state.second && html`<${SecondReading} state=${state} desk=${desk} />`}
      ${active.map(
        ({ name, shown }) => html`<button
          type="button"
          class="ac-chipbutton ac-filterchip"
          key=${name}
          data-filter=${name}
          aria-label=${`Remove the filter ${shown}`}
          onclick=${() => desk.dropFilter(name)}
        >
          <span dir="auto">${shown}</span><${Icon} name="close" />
        </button>`,
      )}
      ${
        active.length > 0 &&
        html`<button type="button" class="ac-mini" data-clear onclick=${desk.clearFilters}>
          Clear filters
        </button>`
      }
    </div>
  `;
};

/** @param {Props} props */
const NothingToReread = ({ desk }) => html`
  <p class="ac-lead">No items to re-read yet.</p>
  <p class="ac-quiet">
    Items appear here after another reviewer has decided them; each is read by two people at most.
    Choose a larger share above, or go back to the queue.
  </p>
  <div class="ac-row">
    <button type="button" class="ac-button"
        onclick=${() => desk.readAgain(false)}>Back to the queue</button>
  </div>
`;

/** @param {Props} props */
const Clear = ({ desk }) =>
  html`<button type="button" class="ac-button" data-clear
      onclick=${desk.clearFilters}>Clear filters</button>`;

/** The filters match nothing: the server counted what each of them hides. @param {Props} props */
const Hidden = ({ state, desk }) => {
  const why = /** @type {import("../../web/types").Emptiness} */ (state.why);
  const hiding = hidingFilters(why, activeOf(state));
  return html`
    <p class="ac-lead">
      ${
        hiding.length === 1
          ? `The filter “${hiding[0].filter.shown}” hides everything.`
          : "No description matches all these filters."
      }
    </p>
    <ul class="ac-hiding">
      ${hiding.map(
        ({ filter, count }) => html`<li key=${filter.name}>
          <button
            type="button"
            class="ac-button"
            data-drop=${filter.name}
            onclick=${() => desk.setFilters({ [filter.name]: "" })}
          >
            ${`Without “${filter.shown}”: ${counted(count)}`}
          </button>
        </li>`,
      )}
    </ul>
    ${
      hiding.length === 0 &&
      html`<p class="ac-quiet">
        ${
          why.unfiltered
            ? `Removing one filter is not enough. Without any filter: ${counted(why.unfiltered)}.`
            : "There is nothing without filters either."
        }
      </p>`
    }
    <div class="ac-row"><${Clear} state=${state} desk=${desk} /></div>
  `;
};

/** @param {State} state */
function elsewhere({ why }) {
  const told = [
    why?.elsewhere ? `${counted(why.elsewhere)} with other reviewers right now` : "",
    why?.skipped ? `${why.skipped} that you skipped, left to others` : "",
  ].filter(Boolean);
  return told.length ? `There are ${told.join(", and ")}.` : "";
}

/** @param {Props} props */
export const Empty = ({ state, desk }) => {
  const active = activeOf(state);
  if (state.second) return html`<${NothingToReread} state=${state} desk=${desk} />`;
  if (state.why && active.length && !state.why.matching)
    return html`<${Hidden} state=${state} desk=${desk} />`;
  const told = elsewhere(state);
  return html`
    <p class="ac-lead">
      ${isList(state.filters) ? "That was the last item in this list." : "This queue is empty."}
    </p>
    ${told && html`<p class="ac-quiet">${told}</p>`}
    ${
      active.length > 0 &&
      html`<p class="ac-quiet">Filtered by ${active.map(({ shown }) => shown).join(", ")}.</p>`
    }
    <div class="ac-row">
      <button type="button" class="ac-button" onclick=${desk.restart}>Look again</button>
      ${active.length > 0 && html`<${Clear} state=${state} desk=${desk} />`}
    </div>
  `;
};
