// Retrieve: a reference picture and a change in words rank the gallery.
import { address } from "../../web/address.js";
import { connect } from "../../web/api.js";
import { openTab } from "../../web/opening.js";
import { createStore } from "../../web/state.js";
import { html } from "../../web/view.js";
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
  const boot = await openTab(root, {
    call,
    name: "retrieve_boot",
    store,
    view(trouble) {
      const props = { state: store.get(), actions };
      return html`
        <div class="ac-retrieve">
          <${QueryPanel} ...${props} />
          <${Results} ...${props} trouble=${trouble} />
        </div>
      `;
    },
  });
  if (!boot) return;
  store.send({ kind: "opened", boot });
  await actions.go(address.fields("retrieve"));
  address.follow("retrieve", actions.go);
  actions.watchModel();
}
