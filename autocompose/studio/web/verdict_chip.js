// What the joints say about a sentence: a mark with a word for screen readers, and the numbers on
// hover and on focus. A verdict is shown only beside the text that it judges.
import { Icon } from "./icons.js";
import { Component, createRef, html } from "./view.js";

/** @typedef {import("./types").VerdictView} VerdictView */
/** @typedef {import("./types").ClaimView} ClaimView */
/** @typedef {"supported" | "contradicted" | "unknown"} Outcome */

/** @type {Record<string, string>} */
const WORDS = { supported: "Supported", contradicted: "Contradicted", unknown: "Unknown" };

/** Room that the evidence needs below and beside the chip, in pixels. */
const ROOM = { below: 220, above: 240, width: 320, margin: 8 };

let count = 0;

/** @param {{ claim: ClaimView }} props */
const Evidence = ({ claim }) => html`
  <li data-verdict=${claim.verdict}>
    <i class="ac-vicon" data-verdict=${claim.verdict} aria-hidden="true">
      <${Icon} name=${claim.verdict} />
    </i>
    <span class="ac-sr">${WORDS[claim.verdict]}. </span>
    <span><b>${claim.says}</b><span>${claim.evidence}</span></span>
  </li>
`;

/**
 * One chip. Escape closes its evidence until the pointer or the focus leaves.
 *
 * @extends {Component<{ verdict: VerdictView }, { hushed: boolean, up: boolean, x: number }>}
 */
export class VerdictChip extends Component {
  state = { hushed: false, up: false, x: 0 };
  button = createRef();
  id = `ac-evidence-${++count}`;

  /** Stay inside the window: move to the left where the right has no room, and up. */
  place = () => {
    const { left, top, bottom } = this.button.current.getBoundingClientRect();
    const furthest = innerWidth - 2 * ROOM.margin - ROOM.width - left;
    this.setState({
      up: bottom + ROOM.below > innerHeight && top > ROOM.above,
      x: Math.max(ROOM.margin - left, Math.min(-ROOM.margin, furthest)),
    });
  };

  hush = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.setState({ hushed: true });
  };

  speak = () => this.setState({ hushed: false });

  render() {
    const { verdict } = this.props;
    const { hushed, up, x } = this.state;
    const { claims } = verdict;
    return html`
      <span
        class=${`ac-verdictbox${hushed ? " ac-hush" : ""}${up ? " ac-tip-up" : ""}`}
        onmouseenter=${this.place}
        onmouseleave=${this.speak}
      >
        <button
          ref=${this.button}
          type="button"
          class="ac-vchip"
          data-verdict=${verdict.verdict}
          aria-describedby=${this.id}
          onkeydown=${this.hush}
          onfocus=${this.place}
          onblur=${this.speak}
        >
          <${Icon} name=${verdict.verdict} />
          <span class="ac-sr">
            ${WORDS[verdict.verdict]}${claims.length === 1 ? "" : `: ${verdict.word}`}
          </span>
        </button>
        <div class="ac-evidence" role="tooltip" id=${this.id} style=${`--ac-tip-x:${x}px`}>
          ${
            claims.length > 0
              ? html`<ul>${claims.map((claim) => html`<${Evidence} claim=${claim} />`)}</ul>`
              : html`<p>Joints cannot check this text.</p>`
          }
        </div>
      </span>
    `;
  }
}

/** A chip for a text that was not judged since it changed. */
export const WaitingChip = () => html`
  <span class="ac-verdictbox">
    <span class="ac-vchip ac-pending" data-verdict="pending">
      <span class="ac-sr">Checking</span>
    </span>
  </span>
`;

/** @type {Record<string, number>} */
const RANK = { "": 0, unknown: 1, supported: 2, contradicted: 3 };

/**
 * A text in runs, each with the verdict of the claim at that place; where claims overlap, the worse
 * one is shown.
 *
 * @param {string} text
 * @param {{ start: number, end: number, verdict: string }[]} claims places in UTF-16 units
 * @returns {{ text: string, verdict: string }[]} joined they give the text
 */
export function judgedRuns(text, claims) {
  const marks = new Array(text.length).fill("");
  for (const { start, end, verdict } of claims) {
    for (let at = Math.max(0, start); at < Math.min(end, text.length); at++) {
      if (RANK[verdict] > RANK[marks[at]]) marks[at] = verdict;
    }
  }
  const runs = [];
  for (let at = 0, end = 0; at < text.length; at = end) {
    while (end < text.length && marks[end] === marks[at]) end++;
    runs.push({ text: text.slice(at, end), verdict: marks[at] });
  }
  return runs;
}

/** @param {{ text: string, claims: { start: number, end: number, verdict: string }[] }} props */
export const Judged = ({ text, claims }) =>
  judgedRuns(text, claims).map((run) =>
    run.verdict ? html`<u data-verdict=${run.verdict}>${run.text}</u>` : run.text,
  );
