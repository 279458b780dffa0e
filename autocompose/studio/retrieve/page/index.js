// Retrieve: a reference picture and a change in words rank the gallery.
import { address } from "../../web/address.js";
import { AWAY, connect, insist } from "../../web/api.js";
import { createStore } from "../../web/state.js";
import { html, render } from "../../web/view.js";
import { createActions } from "./actions.js";
import { QueryPanel } from "./query_panel.js";
import { Results } from "./results.js";
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
        <div class="ac-retrieve">
          <${QueryPanel} ...${props} />
          <${Results} ...${props} notice=${notice} />
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
  const boot = await insist(call, "retrieve_boot", {
    away: () => say({ kind: "quiet", words: AWAY }),
  });
  say(boot.ok ? null : { kind: "error", words: boot.error });
  if (!boot.ok) return;
  store.send({ kind: "opened", boot });
  await actions.go(address.fields("retrieve"));
  address.follow("retrieve", actions.go);
  actions.watchModel();
}
