// A gallery without joints: what that means, and a job that estimates them.
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("../../web/types").GalleryJointsView} Joints */

/** What stands between backticks is a command. @param {string} words */
const withCommands = (words) =>
  words.split("`").map((piece, at) => (at % 2 ? html`<code>${piece}</code>` : piece));

/** @param {{ joints: Joints, onCancel: () => void }} props */
const Running = ({ joints: { done, total }, onCancel }) => html`
  <div class="ac-notice ac-help ac-sending" role="status" data-joints="running">
    <span>Estimating the joints of the gallery: ${done} of ${total} pictures.</span>
    <progress max=${total} value=${done} aria-label="Pictures looked at"></progress>
    <div class="ac-row">
      <button type="button" class="ac-button ac-ghost" onclick=${onCancel}>Cancel</button>
    </div>
  </div>
`;

/** @param {{ joints: Joints, onStart: () => void }} props */
const Offer = ({ joints: { missing, advice, state, problem }, onStart }) => html`
  <div class="ac-notice ac-help" data-joints="offer">
    <p>
      <b>The joints of ${missing} pictures are not known. </b>
      Until then the words of a query are not held against the bodies in them.
      ${state === "failed" && ` It failed: ${problem}`}
      ${state === "cancelled" && " It was cancelled; what was seen goes quickly now."}
    </p>
    ${
      advice
        ? html`<p>First: ${withCommands(advice)}.</p>`
        : html`
          <div class="ac-row">
            <button type="button" class="ac-button ac-solid" onclick=${onStart}>
              Estimate the joints of ${missing} pictures
            </button>
          </div>
        `
    }
  </div>
`;

/** @param {{ joints: Joints | null, onStart: () => void, onCancel: () => void }} props */
export const JointsNotice = ({ joints, onStart, onCancel }) => {
  if (!joints) return null;
  if (joints.state === "running") {
    return html`<${Running} joints=${joints} onCancel=${onCancel} />`;
  }
  if (joints.missing) return html`<${Offer} joints=${joints} onStart=${onStart} />`;
  if (joints.state !== "done") return null;
  return html`
    <${Notice} kind="quiet">
      ${`${joints.known} of ${joints.total} pictures have joints now. ${joints.problem}`}
    <//>
  `;
};
