// Two checkpoints side by side: the same query asked of another one, and what differs.
import { Notice, Photo } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").HitView} HitView */

/**
 * The place of each hit of one list in another.
 *
 * @param {readonly HitView[]} hits
 * @param {readonly HitView[]} others
 * @returns {{ hit: HitView, words: string, kind: "same" | "up" | "down" | "new" }[]}
 */
export function differences(hits, others) {
  const ranks = new Map(others.map(({ picture, rank }) => [picture.id, rank]));
  return hits.map((hit) => {
    const rank = ranks.get(hit.picture.id);
    if (rank === undefined) return { hit, words: "only here", kind: "new" };
    if (rank === hit.rank) return { hit, words: "same rank", kind: "same" };
    const kind = rank > hit.rank ? "up" : "down";
    return { hit, words: `rank ${rank} there`, kind };
  });
}

/** @param {{ name: string, hits: readonly HitView[], others: readonly HitView[] }} props */
const Column = ({ name, hits, others }) => html`
  <section aria-label=${`Hits of ${name}`}>
    <h3>${name}</h3>
    <ol class="ac-compared">
      ${differences(hits, others).map(
        ({ hit, words, kind }) => html`
          <li key=${hit.picture.id} data-differs=${kind}>
            <${Photo} picture=${hit.picture} />
            <p><b>${hit.rank}</b> <span>${words}</span></p>
          </li>
        `,
      )}
    </ol>
  </section>
`;

/** @param {{ state: State }} props how many of both lists are the same */
const Shared = ({ state: { answer, second } }) => {
  const others = new Set(second?.answer?.hits.map((hit) => hit.picture.id));
  const both = answer?.hits.filter((hit) => others.has(hit.picture.id)).length ?? 0;
  return html`
    <p class="ac-quiet" role="status">${both} of ${answer?.hits.length} pictures are in both.</p>
  `;
};

/** @param {{ state: State, actions: Actions }} props */
export const Compared = ({ state, actions }) => {
  const { answer, status, second, shelf } = state;
  const checkpoints = shelf?.checkpoints ?? [];
  if (!answer || (checkpoints.length < 2 && !second)) return null;
  return html`
    <div class="ac-compare">
      <label class="ac-row">
        <span class="ac-quiet">Compare with checkpoint</span>
        <select
          data-compare
          value=${second?.name ?? ""}
          onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) =>
            actions.compareWith(currentTarget.value)}
        >
          <option value="">none</option>
          ${checkpoints.map(({ name }) => html`<option value=${name}>${name}</option>`)}
        </select>
      </label>
      ${second?.problem && html`<${Notice} kind="error">${second.problem}<//>`}
      ${second && !second.answer && !second.problem && html`<p class="ac-quiet">Asking it …</p>`}
      ${
        second?.answer &&
        html`
          <${Shared} state=${state} />
          <div class="ac-columns">
            <${Column}
              name=${status?.fingerprint ? `Here, ${status.fingerprint}` : "Here"}
              hits=${answer.hits}
              others=${second.answer.hits}
            />
            <${Column}
              name=${`${second.name}, ${second.answer.status.fingerprint}`}
              hits=${second.answer.hits}
              others=${answer.hits}
            />
          </div>
        `
      }
    </div>
  `;
};
