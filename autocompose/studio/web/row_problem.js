// A part row whose sentence speaks of another side or part, and what can be done about it.
import { html } from "./view.js";

/** @typedef {import("./types").RowProblem} Problem */

/**
 * @typedef {object} Fixes
 * @property {() => void} swap left and right of the sentence; the row keeps its part
 * @property {(() => void) | null} move the sentence into the row that it speaks of, if that is free
 * @property {() => void} remove
 */

/** @param {string} part as the server names it */
export const nameOfPart = (part) => part.replaceAll("_", " ");

/** @param {{ problem: Problem, fixes: Fixes }} props */
export const RowProblem = ({ problem, fixes }) => html`
  <p class="ac-rowproblem" role="alert" data-problem=${problem.part}>
    ${problem.why}${" "}
    <button type="button" class="ac-mini" data-fix="swap" onclick=${fixes.swap}>
      Swap the sentence
    </button>
    ${
      fixes.move &&
      html`<button type="button" class="ac-mini" data-fix="move" onclick=${fixes.move}>
        ${`Move it to the ${nameOfPart(problem.meant)}`}
      </button>`
    }
    <button type="button" class="ac-mini" data-fix="remove" onclick=${fixes.remove}>
      Remove the row
    </button>
  </p>
`;
