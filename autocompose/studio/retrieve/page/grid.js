// The ranked pictures: cards that move to their new place when the order changes.
import { Icon } from "../../web/icons.js";
import { Photo } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { VERDICTS } from "./enlarged.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").HitView} HitView */

/** How well a hit fits, in words. @param {HitView} hit */
const fitWords = ({ checks, met }) =>
  checks.length > 0 ? `${met} of ${checks.length} met` : "joints unknown";

/** @param {{ hit: HitView, onEnlarge: (hit: HitView) => void }} props */
const Card = ({ hit, onEnlarge }) => {
  const { rank, picture, expected, checks } = hit;
  const name = `Rank ${rank}, ${fitWords(hit)}: ${picture.alt}${
    expected ? ", the target of this example" : ""
  }. Enlarge`;
  return html`
    <li
      class=${`ac-card${rank === 1 ? " ac-first" : ""}${expected ? " ac-expected" : ""}`}
      data-hit=${picture.id}
    >
      <button
        type="button"
        class="ac-card-button"
        aria-label=${name}
        title=${`${picture.caption}. Click: enlarge`}
        onclick=${() => onEnlarge(hit)}
      >
        <${Photo} picture=${picture} eager=${rank === 1} />
      </button>
      <div class="ac-score">
        <span class="ac-rank">${rank}</span>
        ${checks.length > 0 && html`<${Fit} hit=${hit} />`}
      </div>
      ${expected && html`<span class="ac-flag">target</span>`}
    </li>
  `;
};

/** @param {{ hit: HitView }} props the share that is met, and a mark for each thing asked for */
const Fit = ({ hit }) => {
  const { checks, met } = hit;
  return html`
    <span class="ac-meter" role="img" aria-label=${fitWords(hit)}>
      <i style=${`width:${Math.round((100 * met) / checks.length)}%`}></i>
    </span>
    <span class="ac-marks" aria-hidden="true">
      ${checks.map(
        ({ says, verdict, evidence }) => html`
          <i
            class="ac-vicon"
            data-verdict=${verdict}
            title=${`${says}: ${VERDICTS[verdict]} (${evidence})`}
          >
            <${Icon} name=${verdict} />
          </i>
        `,
      )}
    </span>
  `;
};

/** @param {{ count: number }} props */
const Ghosts = ({ count }) =>
  Array.from(
    { length: count },
    (_, at) => html`
      <li key=${at} class=${`ac-card ac-ghost-card${at ? "" : " ac-first"}`} aria-hidden="true">
        <div class="ac-photo"></div>
      </li>
    `,
  );

/** So many pictures are shown whole, side by side. */
const FEW = 4;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * The grid. Pictures that stay move to their new place.
 *
 * @extends {Component<{ state: State, actions: Actions }, {}>}
 */
export class Grid extends Component {
  list = createRef();

  cards = () =>
    /** @type {HTMLElement[]} */ ([...this.list.current.querySelectorAll("[data-hit]")]);

  getSnapshotBeforeUpdate() {
    return new Map(this.cards().map((card) => [card.dataset.hit, card.getBoundingClientRect()]));
  }

  /**
   * @param {{ state: State }} before
   * @param {unknown} _state
   * @param {Map<string | undefined, DOMRect>} places
   */
  componentDidUpdate(before, _state, places) {
    const { answer } = this.props.state;
    if (!answer || answer === before.state.answer) return;
    const cards = this.cards();
    if (!calm()) for (const card of cards) moveFrom(card, places.get(card.dataset.hit));
  }

  /** @param {HitView} hit */
  enlarge = (hit) => this.props.actions.act({ kind: "enlarge", hit });

  render() {
    const { answer, busy, k } = this.props.state;
    const stale = busy && answer ? " ac-stale" : "";
    const few = k <= FEW ? ` ac-few ac-few-${k}` : "";
    return html`
      <ol
        ref=${this.list}
        class=${`ac-grid${stale}${few}`}
        aria-label="Ranked pictures"
        aria-busy=${String(busy)}
      >
        ${
          answer
            ? answer.hits.map(
                (hit) =>
                  html`<${Card} key=${hit.picture.id} hit=${hit} onEnlarge=${this.enlarge} />`,
              )
            : busy && html`<${Ghosts} count=${k} />`
        }
      </ol>
    `;
  }
}

/** @param {HTMLElement} card @param {DOMRect | undefined} old where it was before */
function moveFrom(card, old) {
  if (!old) {
    card.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 200 });
    return;
  }
  const now = card.getBoundingClientRect();
  const from = `translate(${old.left - now.left}px,${old.top - now.top}px)`;
  const easing = "cubic-bezier(.2,.7,.2,1)";
  card.animate([{ transform: from }, { transform: "none" }], { duration: 240, easing });
}
