// The strip of pairs of Describe and Augment, and the pair that both show.
import { html } from "./view.js";
import { Walk } from "./walk.js";

/** @typedef {import("./types").StripView} StripView */

const EVENT = "autocompose-pair";

/** @type {string} */
let shared = "";

/** The pair that another tab chose, or "". */
export const sharedPair = () => shared || /** @type {any} */ (window).autocomposePair || "";

/** @param {string} id */
export function sharePair(id) {
  shared = id;
  /** @type {any} */ (window).autocomposePair = id;
  window.dispatchEvent(new CustomEvent(EVENT, { detail: id }));
}

/** @param {(id: string) => void} listener */
export function followPair(listener) {
  window.addEventListener(EVENT, (event) => {
    shared = /** @type {CustomEvent<string>} */ (event).detail;
    listener(shared);
  });
}

/**
 * The strip with one more page; the same strip where that page was there already.
 *
 * @param {StripView} strip
 * @param {StripView} page
 * @returns {StripView}
 */
export const withPage = (strip, page) =>
  page.offset === strip.pairs.length
    ? { ...strip, total: page.total, pairs: [...strip.pairs, ...page.pairs] }
    : strip;

/**
 * @typedef {object} Props
 * @property {StripView} strip
 * @property {string} chosen id of a pair
 * @property {(id: string) => void} onPick
 * @property {() => void} onMore
 */

/** @param {Props} props */
export const PairStrip = ({ strip: { pairs, total }, chosen, onPick, onMore }) => html`
  <${Walk} class="ac-strip ac-pairs" label="Pairs" show=${chosen}>
    ${pairs.map(
      ({ id, reference, target }, at) => html`
        <button
          key=${id}
          type="button"
          class="ac-thumb ac-pair-thumb"
          data-pair=${id}
          aria-pressed=${String(id === chosen)}
          title=${reference.caption}
          aria-label=${`Pair ${at + 1} of ${total}: ${reference.caption} to ${target.caption}`}
          onclick=${() => onPick(id)}
        >
          <img src=${reference.url} alt="" loading="lazy" />
          <img src=${target.url} alt="" loading="lazy" />
        </button>
      `,
    )}
    ${
      pairs.length < total &&
      html`
        <button type="button" class="ac-thumb ac-more" data-more onclick=${onMore}>
          ${total - pairs.length} more
        </button>
      `
    }
  <//>
`;
