// Beside the list: the map, pictures that are all but the same, and another run to compare with.
import { html } from "../../web/view.js";
import { pictureAt } from "./view_list.js";
import { QueryMap } from "./view_map.js";
import { Choice, runName } from "./view_run.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {{ state: State, actions: Actions }} Props */

/** Pairs that are shown. */
const SHOWN = 60;

/** @param {Props} props */
const Alike = ({ state: { run } }) =>
  run &&
  html`
    <div class="ac-alike" tabindex="0" role="region" aria-label="Near-duplicates of the gallery">
      ${
        run.duplicates.length === 0 &&
        html`<p class="ac-quiet">No two pictures of the gallery are all but the same.</p>`
      }
      <ul>
        ${run.duplicates.slice(0, SHOWN).map(
          ({ first, second, cosine, joints_m }) => html`
            <li key=${`${first} ${second}`}>
              ${
                run.folder &&
                [first, second].map(
                  (name) =>
                    html`<img src=${pictureAt(run.folder, name)} alt=${name} loading="lazy" />`,
                )
              }
              <span>
                ${first}<br />${second}
                <small>
                  ${`cosine ${cosine.toFixed(4)}`}
                  ${joints_m === null ? "" : `, joints ${joints_m.toFixed(2)} m apart`}
                </small>
              </span>
            </li>
          `,
        )}
      </ul>
      ${
        run.duplicates.length > SHOWN &&
        html`<p class="ac-quiet">and ${run.duplicates.length - SHOWN} more</p>`
      }
    </div>
  `;

/** @param {Props} props */
const Compare = ({ state, actions }) => {
  const { run, boot, against, comparison, changed } = state;
  const others = (boot?.runs ?? []).filter(({ id }) => id !== run?.id);
  const options = /** @type {[string, string][]} */ (
    others.map((one) => [one.id, runName(one.question)])
  );
  const show = (/** @type {"fixed" | "broken"} */ which) => html`
    <button
      type="button"
      class="ac-chipbutton"
      data-changed=${which}
      aria-pressed=${String(changed === which)}
      onclick=${() => actions.act({ kind: "changed", which: changed === which ? "" : which })}
    >
      ${which} <b>${comparison?.[which].length}</b>
    </button>
  `;
  return html`
    <div class="ac-comparison">
      ${
        others.length === 0
          ? html`<p class="ac-quiet">Only one run is kept: evaluate another checkpoint first.</p>`
          : html`<${Choice} label="Compared with" name="against" value=${against}
              options=${[["", "Choose a run"], ...options]}
              onChange=${actions.compare} />`
      }
      ${
        comparison &&
        html`
          <p data-comparison>
            ${`Of ${comparison.shared} shared queries, within rank ${comparison.within}: `}
            ${show("fixed")} ${show("broken")}
            <span>${` sign test p = ${comparison.p_value.toPrecision(2)};`}</span>
            <span class="ac-quiet">
              ${` rank better in ${comparison.better}, worse in ${comparison.worse}`}
            </span>
          </p>
        `
      }
    </div>
  `;
};

/** @param {Props} props */
const Skipped = ({ state: { run } }) =>
  html`<ul class="ac-changes" tabindex="0" aria-label="What was left out">
    ${run?.skipped.map((line) => html`<li key=${line}>${line}</li>`)}
  </ul>`;

const PANELS = { map: QueryMap, alike: Alike, compare: Compare, skipped: Skipped };

/** @param {Props} props */
export const Panels = (props) => {
  const { run, panel } = props.state;
  if (!run) return null;
  const names = /** @type {[keyof typeof PANELS, string][]} */ (
    [
      ["map", run.rows.x.length ? "Map" : ""],
      ["alike", `Near-duplicates (${run.duplicates.length})`],
      ["compare", run.whole ? "Compare runs" : ""],
      ["skipped", run.skipped.length ? `Left out (${run.skipped.length})` : ""],
    ].filter(([, label]) => label)
  );
  const Shown = panel ? PANELS[panel] : null;
  return html`
    <section class="ac-panels" aria-label="More views">
      <div class="ac-row">
        ${names.map(
          ([name, label]) => html`
            <button
              key=${name}
              type="button"
              class="ac-button ac-ghost"
              data-panel=${name}
              aria-pressed=${String(panel === name)}
              onclick=${() =>
                props.actions.act({ kind: "panel", panel: panel === name ? "" : name })}
            >
              ${label}
            </button>
          `,
        )}
      </div>
      ${Shown && html`<${Shown} ...${props} />`}
    </section>
  `;
};
