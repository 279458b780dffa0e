// Describe: a pair becomes part sentences and phrasings, to be edited, taken away and kept.
import { address } from "../../web/address.js";
import { connect } from "../../web/api.js";
import { followPair, PairStrip, sharedPair } from "../../web/pair_strip.js";
import { DatasetNotice, Notice } from "../../web/parts.js";
import { createStore } from "../../web/state.js";
import { dropsOf, FileTile } from "../../web/upload.js";
import { createRef, html, render } from "../../web/view.js";
import { openDesk, TAB } from "./desk.js";
import { INITIAL, reduce } from "./state.js";
import { Parts } from "./view_parts.js";
import { boxesOf, OwnTable, Table } from "./view_table.js";
import { Words } from "./view_words.js";
import { OtherViews, Waiting, Writers } from "./view_writers.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Role} Role */
/** @typedef {import("./state").Writer} Writer */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {{ state: State, desk: Desk, keyField?: any }} Props */

/** @param {Props & { role: Role }} props */
const OwnTile = ({ state, desk, role }) => {
  const take = (/** @type {File} */ file) => desk.take(role, file);
  return html`
    <div ...${dropsOf(take)}>
      <${FileTile}
        label=${role === "reference" ? "Your reference" : "Your target"}
        picture=${state.uploads[role]?.picture ?? null}
        onFile=${take}
      />
    </div>
  `;
};

/**
 * Own pictures, where they can be described; else advice for who can follow it.
 *
 * @param {Props} props
 */
const Own = ({ state, desk }) => {
  const own = state.boot?.own;
  if (own?.described) {
    return html`
      <div class="ac-uploads">
        <${OwnTile} state=${state} desk=${desk} role="reference" />
        <${OwnTile} state=${state} desk=${desk} role="target" />
      </div>
    `;
  }
  if (!own?.advice) return null;
  // Commands stand between backticks.
  const words = own.advice
    .split("`")
    .map((piece, at) => (at % 2 ? html`<code>${piece}</code>` : piece));
  return html`
    <p class="ac-quiet ac-ownadvice">To describe pictures of your own: ${words}.</p>
  `;
};

/** Why there is no description, and what else can be done. @param {Props} props */
const Unexplained = ({ state, desk }) => {
  const { answer, boot } = state;
  if (!answer) return null;
  return html`
    <section class="ac-side" aria-label="Body parts">
      <h2>What changes, part by part</h2>
      <${Notice} kind="help">
        <b>No description for ${answer.uploaded ? "these pictures" : "this pair"}. </b>
        ${answer.explanation}
      <//>
      ${
        boot?.model &&
        html`
          <div class="ac-row">
            <button
              type="button"
              class="ac-button ac-solid"
              onclick=${() => desk.choose("model")}
            >
              Use ${boot.model.model}
            </button>
          </div>
        `
      }
    </section>
  `;
};

/** @param {Props} props */
const Side = ({ state, desk }) => {
  if (state.texts) return html`<${Parts} state=${state} desk=${desk} />`;
  if (state.writer === "model" && state.answer) {
    return html`
      <section class="ac-side" aria-label="Body parts">
        <h2>What changes, part by part</h2>
        <${Waiting} state=${state} />
      </section>
    `;
  }
  return state.answer?.explanation ? html`<${Unexplained} state=${state} desk=${desk} />` : null;
};

/** @param {Props} props */
const Pictures = ({ state, desk }) => {
  const { answer, uploads } = state;
  if (answer) {
    return html`
      <${Table}
        key=${`${answer.pair.id} ${answer.writer}`}
        pair=${answer.pair}
        bones=${state.bones}
        busy=${state.busy}
        onBones=${() => desk.send({ kind: "bones" })}
        over=${boxesOf(state, desk)}
      />
    `;
  }
  return uploads.reference || uploads.target
    ? html`<${OwnTable} state=${state} desk=${desk} />`
    : html`<div class="ac-table" aria-busy=${String(state.busy)}></div>`;
};

/** @param {Props} props */
const Describe = ({ state, desk, keyField }) => {
  const { strip, notice } = state;
  return html`
    <div class="ac-describe">
      <div class="ac-pickers">
        ${
          strip &&
          html`
            <${PairStrip}
              strip=${strip}
              chosen=${state.pair}
              onPick=${(/** @type {string} */ pair) => desk.pick(pair, { share: true })}
              onMore=${desk.more}
            />
          `
        }
        <${Own} state=${state} desk=${desk} />
      </div>
      <div data-advice>${strip && html`<${DatasetNotice} dataset=${strip} />`}</div>
      <${Writers} state=${state} desk=${desk} keyField=${keyField} />
      <div>${notice && html`<${Notice} kind=${notice.kind}>${notice.words}<//>`}</div>
      <div class="ac-desk">
        <${Pictures} state=${state} desk=${desk} />
        <${Side} state=${state} desk=${desk} />
      </div>
      ${state.texts && html`<${Words} state=${state} desk=${desk} />`}
      <${OtherViews} state=${state} />
    </div>
  `;
};

/** @param {string} name @param {string} content */
function offer(name, content) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}

/** @param {string | undefined} source @returns {Writer} */
const writerNamed = (source) => (source === "mllm" || source === "model" ? source : "rules");

/** @param {import("../../web/host").Host} host */
export async function mount({ element, server, upload }) {
  const root = /** @type {HTMLElement} */ (element.querySelector("[data-root]"));
  const store = createStore(reduce, INITIAL);
  const keyField = createRef();
  const focus = (/** @type {string} */ at) => {
    const found = /** @type {HTMLElement | null} */ (root.querySelector(at));
    found?.focus();
    found?.scrollIntoView({ block: "nearest" });
  };
  const desk = openDesk({
    store,
    call: connect(server),
    upload,
    ownKey() {
      const key = keyField.current?.value.trim();
      return key ? { key } : {};
    },
    focusRow: (part) =>
      focus(part ? `[data-row="${CSS.escape(part)}"] textarea` : ".ac-phrase textarea"),
    focusUndo: () => focus("[data-undo]"),
    focusAdder: (part) => focus(part ? ".ac-adder input" : ".ac-adder select"),
    offer,
  });
  const draw = () =>
    render(html`<${Describe} state=${store.get()} desk=${desk} keyField=${keyField} />`, root);
  root.replaceChildren(); // "Opening…"
  store.watch(draw);
  draw();
  root.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("textarea, input");
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing) return;
    event.preventDefault();
    desk.undo();
  });
  if (!(await desk.open())) return;
  const go = (/** @type {string | undefined} */ pair, /** @type {Writer | undefined} */ writer) => {
    const chosen = pair || sharedPair() || store.get().strip?.pairs[0]?.id;
    if (chosen) desk.pick(chosen, { writer });
  };
  const follow = (/** @type {Record<string, string>} */ { pair, source }) =>
    go(pair, writerNamed(source));
  address.follow(TAB, follow);
  followPair((pair) => go(pair, undefined));
  follow(address.fields(TAB));
}
