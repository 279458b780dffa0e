// Guidelines beside the item: what to accept, what to reject, with an example of each.
import { html } from "../../web/view.js";

/** @type {[rule: string, good: string, bad: string][]} */
const RULES = [
  [
    "Left and right are the subject's own, also when they face you.",
    "“Raise the left arm” when the person's own left arm goes up.",
    "“Raise the left arm” because the arm is on the left of the picture.",
  ],
  [
    "All that the text says can be seen in the two pictures.",
    "“Bend the right knee” when the knee is straight first and bent then.",
    "“Turn the head” when the head looks the same way in both.",
  ],
  [
    "The largest change is in the text.",
    "“Kneel down and look left” for someone who kneels down.",
    "“Look left” alone, for someone who also kneels down.",
  ],
  [
    "The text says how to get from the first picture to the second, not what either looks like.",
    "“Lower both arms to the sides.”",
    "“The person wears a blue shirt and stands.”",
  ],
];

/** @param {{ open: boolean, onToggle: (open: boolean) => void }} props */
export const Guide = ({ open, onToggle }) => html`
  <details
    class="ac-guide"
    open=${open}
    ontoggle=${(/** @type {any} */ e) =>
      e.currentTarget.open !== open && onToggle(e.currentTarget.open)}
  >
    <summary>Guidelines</summary>
    <${Rules} />
  </details>
`;

export const Rules = () => html`
  <ul class="ac-rules">
    ${RULES.map(
      ([rule, good, bad]) => html`<li>
        ${rule}
        <p class="ac-good">
          <b aria-hidden="true">✓ </b><span class="ac-sr">Good: </span>${good}
        </p>
        <p class="ac-badrule">
          <b aria-hidden="true">✕ </b><span class="ac-sr">Bad: </span>${bad}
        </p>
      </li>`,
    )}
  </ul>
  <p class="ac-quiet">Mark a wrong part with its number. Skip when you cannot tell.</p>
`;
