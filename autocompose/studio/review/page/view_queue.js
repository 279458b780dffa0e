// The list of what comes next, and how much of the whole is done.
import { html } from "../../web/view.js";
import { identity, LABELS } from "./items.js";
import { current, minutesLeft } from "./state.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./items.js").Item} Item */

/** Items before and after the one on the table that the list shows. */
const [BEFORE, AFTER] = [2, 12];

/** @param {{ item: Item, state: State, desk: Desk }} props */
const Mark = ({ item, state, desk }) => html`
  <label class="ac-markbox" title="Mark for a bulk action">
    <input
      type="checkbox"
      checked=${state.marked.includes(item.id)}
      data-mark=${item.id}
      aria-label=${`Mark ${item.label}, ${item.reasons[0] ?? ""} for a bulk action`}
      onchange=${() => desk.toggleMark(item.id)}
    />
  </label>
`;

/** @param {{ item: Item, state: State, desk: Desk }} props */
const Line = ({ item, state, desk }) => html`
  <li>
    ${
      state.boot?.role === "administrator" &&
      !state.second &&
      html`<${Mark} item=${item} state=${state} desk=${desk} />`
    }
    <button
      type="button"
      class="ac-queued"
      data-item=${item.id}
      data-key=${item.key}
      aria-current=${item === current(state) ? "true" : undefined}
      onclick=${() => desk.show(state.items.indexOf(item))}
    >
      ${
        item.pair
          ? html`<img src=${item.pair.target.url} alt="" loading="lazy" />`
          : html`<span class="ac-nopicture"></span>`
      }
      <span>
        <b>
          ${item.label}${
            item.now.verdict !== "pending" &&
            html`, <i class=${`ac-pill ac-p-${item.now.verdict}`}>${LABELS[item.now.verdict]}</i>`
          }
        </b>
        <small>${item.reasons[0] ?? ""}</small>
      </span>
    </button>
  </li>
`;

/** @param {{ state: State, desk: Desk }} props */
export const Queue = ({ state, desk }) => html`
  <nav class="ac-queuebox" aria-label="Queue">
    <h2>Next</h2>
    <ol class="ac-queue" aria-label="Queue">
      ${state.items
        .slice(Math.max(0, state.at - BEFORE), state.at + AFTER)
        .map((item) => html`<${Line} key=${identity(item)} ...${{ item, state, desk }} />`)}
    </ol>
  </nav>
`;

/** @param {{ state: State }} props */
export const Progress = ({ state }) => {
  const { stats } = state;
  if (!stats) return null;
  const minutes = minutesLeft(state);
  const time = minutes > 90 ? `${Math.round(minutes / 60)} h` : `${minutes} min`;
  const share = stats.descriptions ? (100 * stats.reviewed) / stats.descriptions : 0;
  return html`
    <div class="ac-progressrow">
      <div class="ac-meter ac-progress"><i style=${`width:${share}%`}></i></div>
      <span class="ac-quiet">
        ${`${stats.reviewed} of ${stats.descriptions} reviewed`}${
          minutes ? `, about ${time} left` : ""
        }
      </span>
    </div>
  `;
};
