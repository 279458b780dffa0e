// The right column: what the model is, what was asked, and the ranked pictures.
import { Icon } from "../../web/icons.js";
import { DatasetNotice, Notice, Photo } from "../../web/parts.js";
import { Component, createRef, html } from "../../web/view.js";
import { Enlarged, VERDICTS } from "./enlarged.js";
import { Examples } from "./examples.js";
import { JointsNotice } from "./joints.js";
import { face } from "./state.js";

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

/** @param {{ answer: SearchAnswer }} props */
const Reading = ({ answer: { read_as, not_understood } }) => html`
  ${
    read_as.length > 0 &&
    html`<p class="ac-reading ac-clamp"><span>Read as:</span> ${read_as.join(", ")}</p>`
  }
  ${
    not_understood.length > 0 &&
    html`
      <p class="ac-reading ac-clamp">
        <span>Not understood:</span>
        ${not_understood.map((word, at) => html`${at > 0 && ", "}<mark>${word}</mark>`)}
      </p>
    `
  }
`;

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

/** @param {{ state: State, actions: Actions, notice: Opening | null }} props */
const Notices = ({ state, actions, notice }) => {
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
    <${JointsNotice}
      joints=${state.joints}
      onStart=${actions.startJoints}
      onCancel=${actions.cancelJoints}
    />
    ${problem && html`<${Notice} kind="error">${problem}<//>`}
    ${answer?.warning && html`<${Notice} kind="warn">${answer.warning}<//>`}
    ${
      answer?.truncated &&
      html`
        <${Notice} kind="warn">
          <b>The text is longer than 77 tokens. </b>
          <span class="ac-clamp">Not read: <q
              title=${answer.truncated}>${answer.truncated}</q></span>
        <//>
      `
    }
  `;
};

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
class Grid extends Component {
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

/** @param {{ state: State, actions: Actions, notice: Opening | null }} props */
export const Results = (props) => html`
  <section class="ac-results" aria-label="Results">
    <${Bar} ...${props} />
    <${Said} ...${props} />
    ${props.state.answer && html`<${Reading} answer=${props.state.answer} />`}
    <${Notices} ...${props} />
    ${face(props.state) === "empty" && html`<${Examples} ...${props} />`}
    <${Grid} ...${props} />
    <${Enlarged} ...${props} />
  </section>
`;
