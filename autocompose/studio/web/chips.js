// Words to click, side by side; the arrow keys walk through them.
import { html } from "./view.js";
import { Walk } from "./walk.js";

/**
 * @param {{ label: string, words: readonly string[] | undefined, onPick: (words: string) => void }}
 *   props
 */
export const Chips = ({ label, words, onPick }) => html`
  <${Walk} class="ac-chips" label=${label}>
    ${words?.map(
      (one) => html`
        <button key=${one} type="button" class="ac-chipbutton" onclick=${() => onPick(one)}>
          ${one}
        </button>
      `,
    )}
  <//>
`;
