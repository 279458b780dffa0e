// Pictures whose bodies are likely answers to the wish, each with the way to Retrieve.
import { address, formatAddress } from "../../web/address.js";
import { Notice, Photo } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/**
 * Open a picture in Retrieve on this page; another window, if asked for one, does it by itself.
 *
 * @param {MouseEvent} event
 * @param {string} link
 */
function openThere(event, link) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const there = new URL(link, location.href);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name.startsWith("__")) there.searchParams.set(name, value);
  }
  history.pushState(null, "", there);
  address.travel();
}

/** @param {{ hit: import("../../web/types").LabHit }} props */
const Card = ({ hit: { rank, score, picture } }) => {
  const link = formatAddress("retrieve", { image: picture.id });
  return html`
    <li class="ac-card" data-hit=${picture.id} title=${`log likelihood ${score.toFixed(1)}`}>
      <${Photo} picture=${picture} />
      <div class="ac-score"><span class="ac-rank">${rank}</span></div>
      <a
        class="ac-link ac-labopenlink"
        href=${link}
        aria-label=${`Open rank ${rank} in Retrieve: ${picture.alt}`}
        onclick=${(/** @type {MouseEvent} */ event) => openThere(event, link)}
      >
        Open in Retrieve
      </a>
    </li>
  `;
};

/** @param {{ state: State, actions: Actions }} props */
export const Found = ({ state: { answer, hits, finding, notFound } }) => {
  if (!hits && !finding && !notFound) return null;
  const title = answer ? "Pictures like the new body" : "Pictures in this pose";
  return html`
    <section
      class="ac-labfound"
      aria-label=${title}
      aria-busy=${String(finding)}
    >
      <h2>${title}</h2>
      ${finding && html`<p class="ac-said" role="status">Looking through the gallery …</p>`}
      ${notFound && html`<${Notice} kind="help">${notFound}<//>`}
      ${
        hits &&
        html`
          <p class="ac-quiet" role="status">
            ${hits.gallery}: ${hits.ranked} pictures ranked in ${hits.milliseconds} ms by
            how${" "}
            ${
              answer
                ? "likely the model finds their bodies; bones left open by the words count little."
                : "near their bones are to the bones of this body, whichever way it faces."
            }
          </p>
          <ol class="ac-grid" aria-label="Ranked pictures">
            ${hits.hits.map((hit) => html`<${Card} key=${hit.picture.id} hit=${hit} />`)}
          </ol>
        `
      }
    </section>
  `;
};
