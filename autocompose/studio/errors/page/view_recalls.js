// How well the subset does, and which causes its failures have.
import { html } from "../../web/view.js";
import { causeCounts, subset } from "./state.js";
import { RECALL_AT, recallOf } from "./subset.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {{ state: State, actions: Actions }} props */
export const Recalls = ({ state, actions }) => {
  const { run, boot, cause } = state;
  if (!run || !boot) return null;
  const rows = subset(state);
  const counts = causeCounts(state);
  return html`
    <section class="ac-recalls" aria-label="Recall">
      ${
        run.whole
          ? html`
            <div class="ac-recallrow" role="status" data-queries=${rows.length}>
              ${RECALL_AT.map((k) => recallOf(run.rows, rows, k)).map(
                ({ k, percent, low, high }) => html`
                  <p key=${k} data-recall=${k}>
                    <span>${`R@${k}`}</span> <b>${percent.toFixed(1)}</b>
                    <small>${`[${low.toFixed(1)}, ${high.toFixed(1)}]`}</small>
                  </p>
                `,
              )}
              <p class="ac-quiet">
                ${`${rows.length} of ${run.num_queries} queries, gallery of ${run.num_gallery},`}
                ${" percent with 95 % bootstrap intervals"}
              </p>
            </div>
          `
          : html`<p class="ac-quiet">
              This file has failures only: recalls of a subset need all queries.
            </p>`
      }
      <div class="ac-causes" role="group" aria-label="Cause">
        ${boot.causes.map(
          ({ cause: name, key, means }, at) =>
            (counts[at] > 0 || cause === at) &&
            html`
              <button
                key=${key}
                type="button"
                class="ac-chipbutton"
                data-cause=${key}
                aria-pressed=${String(cause === at)}
                title=${means}
                onclick=${() => actions.act({ kind: "cause", at: cause === at ? -1 : at })}
              >
                ${name} <b>${counts[at]}</b>
              </button>
            `,
        )}
      </div>
    </section>
  `;
};
