// What several tabs show: pictures with their skeleton, pairs, notices, the key of the two sides.
import { Icon } from "./icons.js";
import { html } from "./view.js";

/** @typedef {import("./types").PictureView} PictureView */
/** @typedef {import("./types").BoneView} BoneView */

// Hands and feet, by place in the bone list: the letter of the side is drawn there.
const LETTER_BONES = [8, 12, 16, 20];

/** @param {{ bones: BoneView[] }} props */
const Bones = ({ bones }) => html`
  <div class="ac-bones" aria-hidden="true">
    <svg viewBox="0 0 100 100" preserveAspectRatio="none">
      ${bones.map(
        ({ x1, y1, x2, y2, side }) =>
          html`<line x1=${x1} y1=${y1} x2=${x2} y2=${y2} class=${`ac-bone ac-${side || "mid"}`} />`,
      )}
    </svg>
    ${LETTER_BONES.map((at) => bones[at])
      .filter((bone) => bone?.side)
      .map(
        ({ x2, y2, side }) =>
          html`<span class=${`ac-letter ac-${side}`}
              style=${`left:${x2}%;top:${y2}%`}>${side}</span>`,
      )}
  </div>
`;

/**
 * One picture. A mirrored one is flipped by the page; its bones come mirrored from the server.
 *
 * @param {{ picture: PictureView, mirrored?: boolean, eager?: boolean }} props
 */
export const Photo = ({ picture, mirrored = false, eager = false }) => html`
  <div class=${mirrored ? "ac-photo ac-flip" : "ac-photo"}>
    <img
      src=${picture.url}
      alt=${mirrored ? `${picture.alt}, mirrored` : picture.alt}
      loading=${eager ? "eager" : "lazy"}
      decoding="async"
      draggable=${false}
    />
    ${picture.bones.length > 0 && html`<${Bones} bones=${picture.bones} />`}
  </div>
`;

/**
 * One picture that is not cut to a square, so that what lies over it lies right.
 *
 * @param {{ picture: PictureView, mirrored?: boolean, children?: any }} props
 */
export const Whole = ({ picture, mirrored = false, children }) => html`
  <div class="ac-whole" style=${`--ratio:${picture.ratio}`}>
    <${Photo} picture=${picture} mirrored=${mirrored} eager />
    ${children}
  </div>
`;

/** @param {{ kind: "error" | "warn" | "help" | "quiet", children?: any }} props */
export const Notice = ({ kind, children }) => html`
  <div class=${`ac-notice ac-${kind}`}
      role=${kind === "error" ? "alert" : "status"}>${children}</div>
`;

const DATASET_STATES = {
  ready: "",
  no_dataset: "No dataset is open. ",
  no_pairs: "This dataset has no pairs to show. ",
  no_joints: "This dataset has no joints. ",
};

/**
 * Shown in place of work that cannot begin: the state, and the advice of the server.
 *
 * @param {{ dataset: import("./types").DatasetView }} props
 */
export const DatasetNotice = ({ dataset: { state, problem } }) =>
  state === "ready"
    ? null
    : html`<${Notice} kind="help"><b>${DATASET_STATES[state]}</b>${problem}<//>`;

/** Which letter and colour is which side: always the subject's own. */
export const SideKey = () => html`
  <span class="ac-sidekey">
    <i class="ac-chip ac-L">L</i> subject's left <i class="ac-chip ac-R">R</i> subject's right
  </span>
`;

/** @param {{ on: boolean, onToggle: () => void }} props */
export const BonesSwitch = ({ on, onToggle }) => html`
  <button type="button" class="ac-button ac-ghost" aria-pressed=${String(on)} onclick=${onToggle}>
    <${Icon} name="bones" />Skeleton
  </button>
`;

/**
 * One half of a pair: whole where it is no square, with what its page lays over it.
 *
 * @param {{ picture: PictureView, mirrored: boolean, eager: boolean, over?: any }} props
 */
const Side = ({ picture, mirrored, eager, over }) =>
  over || picture.ratio !== 1
    ? html`<${Whole} picture=${picture} mirrored=${mirrored}>${over}<//>`
    : html`<${Photo} picture=${picture} mirrored=${mirrored} eager=${eager} />`;

/**
 * Reference and target with an arrow between them.
 *
 * @typedef {object} BothProps
 * @property {import("./types").PairView} pair
 * @property {boolean} [mirrored]
 * @property {boolean} [eager]
 * @property {(role: "reference" | "target") => any} [over] what lies over a picture
 */

/** @param {BothProps} props */
export const BothPictures = ({ pair, mirrored = false, eager = false, over = () => null }) => html`
  <div class="ac-pair">
    <figure>
      <${Side} picture=${pair.reference} over=${over("reference")} ...${{ mirrored, eager }} />
      <figcaption>
        <b>Reference</b><span>${mirrored ? "" : pair.reference.caption}</span>
      </figcaption>
    </figure>
    <div class="ac-to" aria-hidden="true"><${Icon} name="arrow" /></div>
    <figure>
      <${Side} picture=${pair.target} over=${over("target")} ...${{ mirrored, eager }} />
      <figcaption><b>Target</b><span>${mirrored ? "" : pair.target.caption}</span></figcaption>
    </figure>
  </div>
`;
