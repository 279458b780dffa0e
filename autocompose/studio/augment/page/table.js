// The 2 x 2 table: four views of one pair, each with its text and what the joints say about it.
import { BothPictures, Notice } from "../../web/parts.js";
import { Judged, VerdictChip } from "../../web/verdict_chip.js";
import { html } from "../../web/view.js";

/** @typedef {import("./state").CellView} CellView */
/** @typedef {import("./state").State} State */

/**
 * Runs of words, marked where they differ, with the claims underlined. The runs joined by spaces
 * are the text that was judged.
 *
 * @param {{ cell: CellView }} props
 */
function Words({ cell }) {
  const claims = cell.verdict?.claims ?? [];
  let start = 0;
  return cell.words.map(({ text, differs }, at) => {
    const before = start;
    start += text.length + 1; // and the space
    const inside = claims.map((claim) => ({
      verdict: claim.verdict,
      start: claim.start - before,
      end: claim.end - before,
    }));
    const words = html`<${Judged} text=${text} claims=${inside} />`;
    return html`${at ? " " : ""}${differs ? html`<mark>${words}</mark>` : words}`;
  });
}

/** @param {{ cell: CellView }} props */
const Cell = ({ cell }) => html`
  <section class="ac-cell" aria-label=${cell.title} data-view=${cell.view}>
    <h2>
      ${cell.title}
      ${
        cell.verdict &&
        html`<span class="ac-vslot"><${VerdictChip} verdict=${cell.verdict} /></span>`
      }
      <code>${cell.key}</code>
    </h2>
    <${BothPictures} pair=${cell.pair} mirrored=${cell.mirrored} eager />
    ${
      cell.problem
        ? html`<${Notice} kind="help"><b>No text for this view. </b>${cell.problem}<//>`
        : html`<p class="ac-text" dir="auto"><${Words} cell=${cell} /></p>`
    }
  </section>
`;

/** @param {{ state: State }} props */
export const Table = ({ state: { answer, busy, bones } }) => {
  const [forward, mirror, reverse, mirrorReverse] = answer?.cells ?? [];
  return html`
    <div class=${`ac-four${bones ? " ac-show-bones" : ""}`} aria-busy=${String(busy)}>
      ${
        answer &&
        html`
          <span class="ac-corner"></span>
          <span class="ac-colhead">As is</span>
          <span class="ac-colhead">Mirrored</span>
          <span class="ac-rowhead">Forward</span>
          <${Cell} cell=${forward} />
          <${Cell} cell=${mirror} />
          <span class="ac-rowhead">Reverse</span>
          <${Cell} cell=${reverse} />
          <${Cell} cell=${mirrorReverse} />
        `
      }
    </div>
  `;
};
