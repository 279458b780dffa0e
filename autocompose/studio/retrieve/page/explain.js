// What each clause of the text does: the ranking again without it.
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/types").ExplainAnswer} ExplainAnswer */
/** @typedef {import("../../web/types").ClauseView} ClauseView */

/**
 * How a rank moves, in words.
 *
 * @param {string} whose
 * @param {number} from
 * @param {number} to
 */
export function moved(whose, from, to) {
  if (to === 0) return `${whose} is not ranked`;
  if (to === from) return `${whose} stays at rank ${from}`;
  return `${whose} ${to > from ? "falls" : "rises"} from rank ${from} to ${to}`;
}

/**
 * @param {ExplainAnswer} answer
 * @param {ClauseView} clause
 * @returns {string} what happens without a clause
 */
export function effect({ hit, rank, target_rank, first }, clause) {
  const said = [];
  if (hit) said.push(moved("this picture", rank, clause.rank));
  else said.push(`${clause.kept} of the first ${first} pictures stay`);
  if (target_rank) said.push(moved("the correct picture", target_rank, clause.target_rank));
  return said.join("; ");
}

/** @param {{ answer: ExplainAnswer }} props */
const Effects = ({ answer }) => html`
  <ul class="ac-effects">
    ${answer.clauses.map(
      (clause) => html`
        <li>
          <span>Without <q dir="auto">${clause.text}</q>, ${effect(answer, clause)}.</span>
          <small>
            ${
              clause.says.length > 0
                ? `Read as: ${clause.says.join(", ")}`
                : "Only the model reads it"
            }
          </small>
        </li>
      `,
    )}
  </ul>
`;

/**
 * A button, then what it brought.
 *
 * @param {{ state: State, actions: Actions, hit?: string }} props `hit` "" is the whole query
 */
export const Explained = ({ state: { explained, answer }, actions, hit = "" }) => {
  if (!answer?.text) return null;
  const found = explained?.hit === hit ? explained : null;
  return html`
    <div class="ac-explained" aria-live="polite">
      ${
        !found &&
        html`
          <button type="button" class="ac-link" data-explain onclick=${() => actions.explain(hit)}>
            ${hit ? "Which words found it?" : "What does each clause do?"}
          </button>
        `
      }
      ${found && !found.answer && !found.problem && html`<p class="ac-quiet">Ranking again …</p>`}
      ${found?.problem && html`<${Notice} kind="error">${found.problem}<//>`}
      ${
        found?.answer &&
        (found.answer.clauses.length > 0
          ? html`<${Effects} answer=${found.answer} />`
          : html`<p class="ac-quiet">There is no clause in this text.</p>`)
      }
    </div>
  `;
};
