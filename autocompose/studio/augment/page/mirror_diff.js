// The mirror text that is derived by swapping sides, beside the generated one: words struck out are
// only in the derived text, underlined ones only in the generated text. Both can be edited.
import { GrowingText } from "../../web/grow.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */

const MAX = 2000;

/** @param {{ kind: string, text: string }} run */
const Run = ({ kind, text }) => {
  if (kind === "same") return text;
  const only = kind === "del" ? "[only derived: " : "[only generated: ";
  const words = html`<span class="ac-sr">${only}</span>${text}<span class="ac-sr">]</span>`;
  return kind === "del" ? html`<del>${words}</del>` : html`<ins>${words}</ins>`;
};

/** @param {State["comparison"]} comparison */
function summary({ text, generated, shown }) {
  if (!text.trim() || !generated.trim()) {
    return "Enter two texts: one for the pair and one for its mirror image.";
  }
  if (!shown) return "";
  if (shown.identical) return "Identical: the derived and the generated text agree word for word.";
  const { removed, added } = shown;
  const words = removed === 1 ? "1 word is" : `${removed} words are`;
  return `${words} only in the derived text, ${added} only in the generated text.`;
}

/**
 * @param {{ id: string, label: string, value: string, onText: (text: string) => void }} props
 */
const Field = ({ id, label, value, onText }) => html`
  <div>
    <label for=${id}>${label}</label>
    <${GrowingText}
      id=${id}
      rows="3"
      maxlength=${MAX}
      dir="auto"
      value=${value}
      oninput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ { currentTarget }) =>
        onText(currentTarget.value)}
    />
  </div>
`;

/** @param {{ state: State, act: (event: Event) => void }} props */
export const MirrorDiff = ({ state: { comparison, answer }, act }) => html`
  <section
    class="ac-mirrorbox"
    aria-label="Mirror text, derived and generated"
    hidden=${!answer}
  >
    <h2>Mirror text, derived and generated</h2>
    <p class="ac-quiet">
      Derived: left and right swapped in the text. Generated: written from the mirrored
      joints.${" "}
      <del>Struck out</del> words are only in the derived text, <ins>underlined</ins> words only in
      the generated text. You can edit both texts.
    </p>
    <div class="ac-row">
      <label for="ac-mirror-which">View</label>
      <select
        id="ac-mirror-which"
        value=${comparison.view}
        onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) =>
          act({
            kind: "compare",
            view: currentTarget.value === "reverse" ? "reverse" : "forward",
          })}
      >
        <option value="forward">Forward</option>
        <option value="reverse">Reverse</option>
      </select>
    </div>
    <div class="ac-mirrorfields">
      <${Field}
        id="ac-mirror-source"
        label="Text for the pair"
        value=${comparison.text}
        onText=${(/** @type {string} */ text) => act({ kind: "edited", text })}
      />
      <${Field}
        id="ac-mirror-generated"
        label="Generated text for its mirror image"
        value=${comparison.generated}
        onText=${(/** @type {string} */ generated) => act({ kind: "edited", generated })}
      />
    </div>
    <p class="ac-inline-error" role="alert">${comparison.problem}</p>
    <p class="ac-text ac-mirrordiff" dir="auto">
      ${comparison.shown?.runs.map((run, at) => html`${at ? " " : ""}<${Run} ...${run} />`)}
    </p>
    <p class="ac-quiet" role="status">${summary(comparison)}</p>
  </section>
`;
