// Pose lab: a body is changed by words, turns beside the old one, and is looked for in the gallery.
import { address } from "../../web/address.js";
import { AWAY, connect, insist } from "../../web/api.js";
import { createStore } from "../../web/state.js";
import { html, render } from "../../web/view.js";
import { createActions, TAB } from "./actions.js";
import { ResultPanel } from "./result_panel.js";
import { StartPanel } from "./start_panel.js";
import { INITIAL, reduce } from "./state.js";

/** @param {import("../../web/host").Host} host */
export async function mount({ element, server, upload }) {
  const root = /** @type {HTMLElement} */ (element.querySelector("[data-root]"));
  const call = connect(server);
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, { call, upload });
  /** @type {{ kind: "quiet" | "error", words: string } | null} why nothing is shown yet */
  let notice = null;
  const draw = () => {
    const props = { state: store.get(), actions };
    render(
      html`
        <div class="ac-retrieve ac-poselab">
          <${StartPanel} ...${props} />
          <${ResultPanel} ...${props} notice=${notice} />
        </div>
      `,
      root,
    );
  };
  const say = (/** @type {typeof notice} */ words) => {
    notice = words;
    draw();
  };
  store.watch(draw);
  root.replaceChildren(); // "Opening…"
  draw();
  const away = () => say({ kind: "quiet", words: AWAY });
  const boot = await insist(call, "lab_boot", { away });
  say(boot.ok ? null : { kind: "error", words: boot.error });
  if (!boot.ok) return;
  store.send({ kind: "opened", boot });
  actions.go(address.fields(TAB));
  actions.listRegions();
  address.follow(TAB, actions.go);
}
