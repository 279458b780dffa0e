// Errors: which queries of a split fail, why, and what becomes of them.
import { address } from "../../web/address.js";
import { AWAY, connect, insist } from "../../web/api.js";
import { DatasetNotice, Notice } from "../../web/parts.js";
import { createStore } from "../../web/state.js";
import { html, render } from "../../web/view.js";
import { createActions } from "./actions.js";
import { listenToKeys } from "./keys.js";
import { INITIAL, reduce } from "./state.js";
import { Case } from "./view_case.js";
import { Filters } from "./view_filters.js";
import { List } from "./view_list.js";
import { Panels } from "./view_panels.js";
import { Recalls } from "./view_recalls.js";
import { RunBar } from "./view_run.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {{ state: State, actions: Actions }} props */
const Run = (props) => html`
  <div class="ac-errorsgrid">
    <div class="ac-errorsleft">
      <${Filters} ...${props} />
      <${Recalls} ...${props} />
      <${Panels} ...${props} />
      <${List} ...${props} />
    </div>
    <${Case} ...${props} />
  </div>
`;

/** @param {{ state: State, actions: Actions, notice: string }} props */
const Page = ({ state, actions, notice }) => {
  const props = { state, actions };
  return html`
    <div class="ac-errors">
      ${notice && html`<${Notice} kind="quiet">${notice}<//>`}
      ${
        state.boot &&
        state.boot.dataset.state !== "no_joints" && // pictures alone can be evaluated too
        html`<${DatasetNotice} dataset=${state.boot.dataset} />`
      }
      ${state.boot && html`<${RunBar} ...${props} />`}
      ${state.problem && html`<${Notice} kind="error">${state.problem}<//>`}
      ${state.run && html`<${Run} key=${state.run.id} ...${props} />`}
    </div>
  `;
};

/** @param {import("../../web/host").Host} host */
export async function mount({ element, server }) {
  const root = /** @type {HTMLElement} */ (element.querySelector("[data-root]"));
  const call = connect(server);
  const store = createStore(reduce, INITIAL);
  const actions = createActions(store, call);
  let notice = "";
  const draw = () =>
    render(html`<${Page} state=${store.get()} actions=${actions} notice=${notice} />`, root);
  store.watch(draw);
  root.replaceChildren(); // "Opening…"
  const boot = await insist(call, "errors_boot", {
    away: () => {
      notice = AWAY;
      draw();
    },
  });
  notice = boot.ok ? "" : boot.error;
  draw();
  if (!boot.ok) return;
  store.send({ kind: "opened", boot });
  listenToKeys({ root, store, actions });
  // Opened only when somebody looks: a run may have 20,000 queries.
  const first = address.fields("errors");
  const begin = () => actions.go(first);
  if (root.checkVisibility()) begin();
  else {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      begin();
    });
    seen.observe(root);
  }
  address.follow("errors", actions.go);
  actions.watch();
}
