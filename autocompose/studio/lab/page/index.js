// Pose lab: a body is changed by words, turns beside the old one, and is looked for in the gallery.
import { address } from "../../web/address.js";
import { connect } from "../../web/api.js";
import { openTab } from "../../web/opening.js";
import { createStore } from "../../web/state.js";
import { html } from "../../web/view.js";
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
  const boot = await openTab(root, {
    call,
    name: "lab_boot",
    store,
    view(trouble) {
      const props = { state: store.get(), actions };
      return html`
        <div class="ac-retrieve ac-poselab">
          <${StartPanel} ...${props} />
          <${ResultPanel} ...${props} trouble=${trouble} />
        </div>
      `;
    },
  });
  if (!boot) return;
  actions.open(boot, address.fields(TAB));
  actions.listRegions();
  address.follow(TAB, actions.go);
}
