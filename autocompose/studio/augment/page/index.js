// Augment: four views of one pair; pictures of a mirrored view are flipped by the page.
import { address } from "../../web/address.js";
import { AWAY, connect, insist, sequence } from "../../web/api.js";
import { Icon } from "../../web/icons.js";
import { followPair, PairStrip, sharedPair, sharePair } from "../../web/pair_strip.js";
import { BonesSwitch, DatasetNotice, Notice, SideKey } from "../../web/parts.js";
import { createStore } from "../../web/state.js";
import { html, render } from "../../web/view.js";
import { MirrorDiff } from "./mirror_diff.js";
import { INITIAL, reduce } from "./state.js";
import { Table } from "./table.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */

const TAB = "augment";

/** How long typing must rest before two texts are compared, in milliseconds. */
const REST = 250;

/**
 * @param {import("../../web/state").Store<State, Event>} store
 * @param {import("../../web/api").Call} call
 */
function createActions(store, call) {
  const pairs = sequence();
  const comparisons = sequence();
  let timer = 0;

  const away = () => store.send({ kind: "noticed", notice: { kind: "quiet", words: AWAY } });

  const ask = async () => {
    const number = pairs.next();
    const { pair, seed } = store.get();
    const wanted = () => pairs.isNewest(number);
    const answer = await insist(call, "augment", { payload: { pair, seed }, away, wanted });
    if (!wanted()) return;
    if (answer.ok) store.send({ kind: "answered", answer });
    else store.send({ kind: "noticed", notice: { kind: "error", words: answer.error } });
  };

  /** @param {number} number */
  const compare = async (number) => {
    const { text, generated } = store.get().comparison;
    const wanted = () => comparisons.isNewest(number);
    const payload = { text, generated };
    const answer = await insist(call, "mirror_difference", { payload, wanted });
    if (!wanted()) return;
    if (answer.ok) store.send({ kind: "compared", shown: answer });
    else {
      const problem = `The mirror text cannot be derived. ${answer.error}`;
      store.send({ kind: "refused", problem });
    }
  };

  // Texts that changed are compared; what was shown for older texts is dropped.
  store.watch(({ comparison: now }, { comparison: before }) => {
    if (now.text === before.text && now.generated === before.generated) return;
    clearTimeout(timer);
    const number = comparisons.next();
    if (!now.text.trim() || !now.generated.trim()) store.send({ kind: "refused", problem: "" });
    else timer = setTimeout(() => compare(number), now.view === before.view ? REST : 0);
  });

  return {
    /** @param {Event} event */
    act(event) {
      const before = store.get();
      store.send(event);
      const { pair, seed } = store.get();
      if (pair !== before.pair || seed !== before.seed) ask();
      if (pair === before.pair) return;
      address.place(TAB, { pair }, { push: before.pair !== "" });
    },
    async more() {
      const offset = store.get().strip?.pairs.length ?? 0;
      const page = await call("pair_strip", { offset });
      if (page.ok) store.send({ kind: "more", page });
    },
    async open() {
      const strip = await insist(call, "pair_strip", { away });
      if (strip.ok) store.send({ kind: "opened", strip });
      else store.send({ kind: "noticed", notice: { kind: "error", words: strip.error } });
    },
  };
}

/** @param {{ state: State, actions: ReturnType<typeof createActions> }} props */
const Augment = ({ state, actions }) => {
  const { strip, notice } = state;
  const ready = strip?.state === "ready";
  const pick = (/** @type {string} */ pair) => {
    actions.act({ kind: "picked", pair });
    sharePair(pair);
  };
  return html`
    <div class="ac-augment">
      ${
        ready &&
        html`
          <${PairStrip}
            strip=${strip}
            chosen=${state.pair}
            onPick=${pick}
            onMore=${actions.more}
          />
        `
      }
      <div data-advice>${strip && html`<${DatasetNotice} dataset=${strip} />`}</div>
      ${notice && html`<${Notice} kind=${notice.kind}>${notice.words}<//>`}
      ${
        ready &&
        html`
          <div class="ac-row ac-tools">
            <${BonesSwitch} on=${state.bones} onToggle=${() => actions.act({ kind: "bones" })} />
            <button
              type="button"
              class="ac-button ac-ghost"
              onclick=${() => actions.act({ kind: "rephrase" })}
            >
              <${Icon} name="again" />Rephrase
            </button>
            <span class="ac-quiet">
              <mark>marked</mark> words differ from the forward text. Texts written by rules from
              joints (auto).
            </span>
            <${SideKey} />
          </div>
          <${Table} state=${state} />
          <${MirrorDiff} state=${state} act=${actions.act} />
        `
      }
    </div>
  `;
};

/** @param {import("../../web/host").Host} host */
export async function mount({ element, server }) {
  const root = /** @type {HTMLElement} */ (element.querySelector("[data-root]"));
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, connect(server));
  const draw = () => render(html`<${Augment} state=${store.get()} actions=${actions} />`, root);
  root.replaceChildren(); // "Opening…"
  store.watch(draw);
  draw();
  await actions.open();
  const { strip } = store.get();
  // Without joints there is no text in any view: the advice says it once, in place of four times.
  if (strip?.state !== "ready") return;
  const go = (/** @type {string | undefined} */ pair) => {
    const chosen = pair || sharedPair() || strip.pairs[0]?.id;
    if (chosen) actions.act({ kind: "picked", pair: chosen });
  };
  address.follow(TAB, ({ pair }) => go(pair));
  followPair(go);
  go(address.fields(TAB).pair);
}
