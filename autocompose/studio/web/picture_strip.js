// The strip of pictures of Retrieve and the pose lab, to choose one from.
import { html } from "./view.js";
import { Walk } from "./walk.js";

/** @typedef {import("./types").PictureView} PictureView */

/**
 * @typedef {object} Props
 * @property {{ pictures: PictureView[], total: number }} strip those that are shown, of how many
 * @property {string} label
 * @property {string} [chosen] id of a picture
 * @property {string} [class] beside the strip's own
 * @property {(picture: PictureView) => void} onPick
 * @property {() => void} onMore
 */

/** @param {Props} props */
export const PictureStrip = ({ strip, label, chosen, onPick, onMore, ...rest }) => html`
  <${Walk} class=${rest.class ? `ac-strip ${rest.class}` : "ac-strip"} label=${label}>
    ${strip.pictures.map(
      (picture) => html`
        <button
          key=${picture.id}
          type="button"
          class="ac-thumb"
          data-image=${picture.id}
          aria-pressed=${String(picture.id === chosen)}
          aria-label=${picture.alt}
          title=${picture.caption}
          onclick=${() => onPick(picture)}
        >
          <img src=${picture.url} alt="" loading="lazy" />
        </button>
      `,
    )}
    ${
      strip.pictures.length < strip.total &&
      html`
        <button type="button" class="ac-thumb ac-more" data-more onclick=${onMore}>
          ${strip.total - strip.pictures.length} more
        </button>
      `
    }
  <//>
`;
