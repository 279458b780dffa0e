// The right column: what the model is, what was asked, and the ranked pictures.
import { DatasetNotice, Notice, Photo } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { Examples } from "./examples.js";
import { face, fromGallery } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").SearchAnswer} SearchAnswer */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").HitView} HitView */

/** @param {{ label: string, class?: string, title?: string, children?: any }} props */
const Fact = ({ label, title, children, ...rest }) => html`
  <span class=${`ac-fact ${rest.class ?? ""}`} title=${title}>
    <small>${label}</small><b>${children}</b>
  </span>
`;

/** @param {{ state: State }} props */
const Bar = ({ state: { boot, status, answer } }) => {
  if (!status || status.state === "loading") {
    return html`
      <div class="ac-bar">
        <span class="ac-dot ac-busy"></span><span>${status ? status.message : "Opening"} …</span>
      </div>
    `;
  }
  if (status.state !== "ready") {
    return html`
      <div class="ac-bar"><span class="ac-dot ac-off"></span><span>No model is loaded</span></div>
    `;
  }
  const excluded = answer && answer.excluded > 0;
  return html`
    <div class="ac-bar">
      <${Fact} label="Gallery">${status.gallery_name}, ${status.gallery_size} pictures<//>
      <${Fact} label="Model" title=${`fingerprint ${status.fingerprint}`}>${status.model_name}<//>
      <${Fact} label="Query">${answer ? `${answer.milliseconds} ms` : "not run yet"}<//>
      ${
        answer &&
        html`
          <${Fact} label="Ranked" class=${excluded ? "ac-left-out" : ""}>
            ${answer.ranked}${excluded ? " (reference excluded)" : ""}
          <//>
        `
      }
      <span class="ac-truth">${boot?.examples.rendered ? "Rendered bodies" : ""}</span>
    </div>
  `;
};

const WAITING = {
  unreferenced: "Choose a reference picture first: click a thumbnail or upload your own.",
  loading: "The model is still loading. Your query runs as soon as it is ready.",
};

/** @param {{ state: State }} props */
const Said = ({ state }) => {
  const { answer } = state;
  const shown = face(state);
  if (shown === "unreferenced" || shown === "loading") {
    return html`<p class="ac-said" role="status">${WAITING[shown]}</p>`;
  }
  const rank = answer?.target_rank;
  return html`
    <p class="ac-said" role="status">
      ${answer && html`<q dir="auto" title=${answer.text}>${answer.text}</q>`}
      ${rank ? ` Correct picture: rank ${rank} of ${answer.ranked}.` : null}
    </p>
  `;
};

const MISSING = {
  loading: "",
  ready: "",
  no_checkpoint: "Retrieval needs a model. ",
  no_gallery: "There is nothing to search. ",
  failed: "Retrieval is not available. ",
};

/** @typedef {{ kind: "quiet" | "error", words: string }} Opening why nothing is shown yet */

/** @param {{ state: State, notice: Opening | null }} props */
const Notices = ({ state, notice }) => {
  const { boot, status, answer, problem } = state;
  if (notice) return html`<${Notice} kind=${notice.kind}>${notice.words}<//>`;
  if (!boot || !status) return null;
  const ready = boot.dataset.state === "ready";
  return html`
    ${
      // Pairs and joints are of no concern here: the model reads pictures.
      boot.dataset.state === "no_dataset" && html`<${DatasetNotice} dataset=${boot.dataset} />`
    }
    ${
      face(state) === "missing" &&
      html`
        <${Notice} kind="help">
          <b>${MISSING[status.state]}</b>${status.message}
          ${ready && " Describe and Augment work without it."}
        <//>
      `
    }
    ${problem && html`<${Notice} kind="error">${problem}<//>`}
    ${
      answer?.truncated &&
      html`
        <${Notice} kind="warn">
          <b>The text is longer than 77 tokens. </b>
          <span class="ac-clamp">Not read: <q title=${answer.truncated}>${answer.truncated}</q></span>
        <//>
      `
    }
  `;
};

/** @param {{ hit: HitView, onPick: (hit: HitView, event: MouseEvent) => void }} props */
const Card = ({ hit, onPick }) => {
  const { rank, score, picture, expected } = hit;
  const digits = score.toFixed(2);
  const share = (100 * Math.max(0, Math.min(1, score))).toFixed(1);
  const name = `Rank ${rank}, score ${digits}: ${picture.alt}${
    expected ? ", the target of this example" : ""
  }. Use as reference`;
  return html`
    <li
      class=${`ac-card${rank === 1 ? " ac-first" : ""}${expected ? " ac-expected" : ""}`}
      data-hit=${picture.id}
    >
      <button
        type="button"
        class="ac-card-button"
        aria-label=${name}
        title=${`${picture.caption}. Click: use as reference`}
        onclick=${(/** @type {MouseEvent} */ event) => onPick(hit, event)}
      >
        <${Photo} picture=${picture} />
      </button>
      <div class="ac-score">
        <span class="ac-rank">${rank}</span>
        <span class="ac-meter" role="img" aria-label=${`score ${digits} of 1`}>
          <i style=${`width:${share}%`}></i>
        </span>
        <span class="ac-number" title="cosine of query and picture, at most 1">${digits}</span>
      </div>
      ${expected && html`<span class="ac-flag">target</span>`}
    </li>
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

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * The grid. Pictures that stay move to their new place; a hit that was chosen by key hands the focus
 * to the picture that takes its place.
 *
 * @extends {Component<{ state: State, actions: Actions }, {}>}
 */
class Grid extends Component {
  list = createRef();
  focusAt = -1;

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
    if (this.focusAt >= 0) {
      cards[Math.min(this.focusAt, cards.length - 1)]?.querySelector("button")?.focus();
      this.focusAt = -1;
    }
    if (!calm()) for (const card of cards) moveFrom(card, places.get(card.dataset.hit));
  }

  /** @param {HitView} hit @param {MouseEvent} event */
  pick = (hit, event) => {
    this.focusAt = event.detail === 0 ? hit.rank - 1 : -1; // no click count: it was a key
    this.props.actions.act({ kind: "chose", reference: fromGallery(hit.picture) });
  };

  render() {
    const { answer, busy, k } = this.props.state;
    return html`
      <ol
        ref=${this.list}
        class=${`ac-grid${busy && answer ? " ac-stale" : ""}`}
        aria-label="Ranked pictures"
        aria-busy=${String(busy)}
      >
        ${
          answer
            ? answer.hits.map(
                (hit) => html`<${Card} key=${hit.picture.id} hit=${hit} onPick=${this.pick} />`,
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

/** @param {{ state: State, actions: Actions, notice: Opening | null }} props */
export const Results = (props) => html`
  <section class="ac-results" aria-label="Results">
    <${Bar} ...${props} />
    <${Said} ...${props} />
    <${Notices} ...${props} />
    ${face(props.state) === "empty" && html`<${Examples} ...${props} />`}
    <${Grid} ...${props} />
  </section>
`;
