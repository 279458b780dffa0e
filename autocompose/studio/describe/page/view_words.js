// The phrasings: edited in place with their claims underlined, and taken away or kept.
import { GrowingText } from "../../web/grow.js";
import { Icon } from "../../web/icons.js";
import { LiveRank } from "../../web/live_rank.js";
import { Notice } from "../../web/parts.js";
import { Judged, VerdictChip, WaitingChip } from "../../web/verdict_chip.js";
import { Component, html } from "../../web/view.js";
import { isStale, textVerdict } from "./texts.js";
import { Who } from "./view_who.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {{ state: State, desk: Desk }} Props */

/** How long "Copied" stands on the button, in milliseconds. */
const COPIED = 1600;

/** @extends {Component<{ text: string, label: string }, { words: string }>} */
class CopyButton extends Component {
  state = { words: "Copy" };

  copy = async () => {
    let words = "Copied";
    try {
      await navigator.clipboard.writeText(this.props.text);
    } catch {
      words = "Press Ctrl C"; // the browser does not let pages write
    }
    this.setState({ words });
    setTimeout(() => this.setState({ words: "Copy" }), COPIED);
  };

  render() {
    return html`
      <button type="button" class="ac-mini" aria-label=${this.props.label} onclick=${this.copy}>
        <${Icon} name="copy" /><span>${this.state.words}</span>
      </button>
    `;
  }
}

/** @param {Props & { at: number, text: string }} props */
const Phrase = ({ state, desk, at, text }) => {
  const { checked, live } = state;
  const found = textVerdict(checked, text);
  const waits = !found && checked?.judged !== false;
  const busy = live.working && (live.place === at || live.place === -1);
  return html`
    <article class="ac-phrase" aria-busy=${busy ? "true" : undefined}>
      <span class="ac-rank">${at + 1}</span>
      <div class="ac-judged">
        <div class="ac-underlay" aria-hidden="true">
          ${found && html`<${Judged} text=${text} claims=${found.claims} />`}
        </div>
        <${GrowingText}
          rows="1"
          value=${text}
          dir="auto"
          maxlength="4000"
          aria-label=${`Phrasing ${at + 1}`}
          oninput=${(/** @type {any} */ event) =>
            desk.send({ kind: "typedPhrasing", at, text: event.currentTarget.value })}
        />
      </div>
      ${
        state.answer &&
        !state.answer.uploaded &&
        html`<${LiveRank}
          ask=${desk.rank}
          reference=${state.answer.pair.reference.id}
          target=${state.answer.pair.target.id}
          before=${state.answer.phrasings[at] ?? text}
          text=${text}
        />`
      }
      <div class="ac-row">
        <span class="ac-vslot">
          ${found && html`<${VerdictChip} verdict=${found} />`}${waits && html`<${WaitingChip} />`}
        </span>
        <button
          type="button"
          class="ac-mini"
          aria-label=${`Rephrase phrasing ${at + 1}`}
          onclick=${() => desk.rephrase(at)}
        >
          <${Icon} name="again" /><span>Rephrase</span>
        </button>
        <${CopyButton} text=${text} label=${`Copy phrasing ${at + 1}`} />
        ${
          found?.swapped &&
          html`
            <button
              type="button"
              class="ac-mini ac-do"
              data-swap=${at}
              aria-label=${`Swap left and right in phrasing ${at + 1}`}
              onclick=${() => desk.swapPhrasing(at)}
            >
              <${Icon} name="exchange" /><span>Swap left and right</span>
            </button>
          `
        }
      </div>
    </article>
  `;
};

/** The parts were changed since. @param {Props} props */
const Stale = ({ state, desk }) =>
  state.texts &&
  isStale(state.texts) &&
  !state.live.working &&
  html`
    <${Notice} kind="warn">
      <span data-stale>Phrasings are older than the parts.</span>${" "}
      <button type="button" class="ac-mini ac-do" onclick=${() => desk.rephrase(-1)}>
        Rephrase
      </button>
      <button type="button" class="ac-mini" onclick=${() => desk.send({ kind: "kept" })}>
        They still fit
      </button>
    <//>
  `;

/** @param {{ n: number }} props */
const Ghosts = ({ n }) =>
  Array.from(
    { length: n },
    () => html`
      <article class="ac-phrase ac-ghosts" aria-hidden="true">
        <span></span>
        <div>${[94, 88, 60].map((width) => html`<i style=${`width:${width}%`}></i>`)}</div>
      </article>
    `,
  );

/** @param {Props} props */
const Cards = ({ state, desk }) => {
  const { texts, live } = state;
  const phrasings = texts?.phrasings ?? [];
  const waits = live.working && (live.place === -1 || (live.place === null && !phrasings.length));
  if (waits) return html`<div class="ac-phrasings"><${Ghosts} n=${3} /></div>`;
  if (!phrasings.length) {
    return html`<p class="ac-quiet">
      No phrasings yet. Edit the parts above, then rephrase them.
    </p>`;
  }
  return html`
    <div class="ac-phrasings">
      ${phrasings.map(
        (text, at) =>
          html`<${Phrase} key=${`${state.pair} ${at}`} ...${{ state, desk, at, text }} />`,
      )}
    </div>
  `;
};

/** @param {Props} props */
export const Words = ({ state, desk }) => {
  const waits = state.live.working && state.live.place === null;
  const model = state.writer === "model" && !waits;
  return html`
    <section class="ac-words" aria-label="Phrasings">
      <div class="ac-row ac-between">
        <h2>Phrasings</h2>
        <${Who} state=${state} desk=${desk} />
        ${
          model &&
          html`
            <button
              type="button"
              class="ac-button"
              data-rephrase
              onclick=${() => desk.rephrase(-1)}
            >
              <${Icon} name="again" />Rephrase these parts
            </button>
          `
        }
        ${
          state.boot?.review &&
          state.pair &&
          html`
            <button
              type="button"
              class="ac-button"
              data-save
              disabled=${waits}
              onclick=${desk.save}
            >
              <${Icon} name="keep" />Save to review
            </button>
          `
        }
        <button
          type="button"
          class="ac-button ac-solid"
          data-download
          disabled=${waits}
          onclick=${desk.download}
        >
          <${Icon} name="down" />Download caption row
        </button>
      </div>
      <p class="ac-inline-error" role="alert" data-wrong>
        ${state.wrong?.part === "" ? state.wrong.words : ""}
      </p>
      <${Stale} state=${state} desk=${desk} />
      <${Cards} state=${state} desk=${desk} />
      <p class="ac-quiet ac-said-here" role="status">
        ${state.said.at === "words" ? state.said.words : ""}
      </p>
    </section>
  `;
};
