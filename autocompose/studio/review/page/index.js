// Review: descriptions become decisions, by keyboard, and none of them is lost.
import { connect } from "../../web/api.js";
import { Notice } from "../../web/parts.js";
import { createStore } from "../../web/state.js";
import { html, render } from "../../web/view.js";
import { openDesk } from "./desk.js";
import { Dialog } from "./dialogs.js";
import { isList } from "./filters.js";
import { keptKeys, listenToKeys } from "./keys.js";
import { ahead, current, reduce, START } from "./state.js";
import { openSession } from "./storage.js";
import { Advice, Refused, Toast, Toolbar, Trouble } from "./view_bar.js";
import { Closed } from "./view_closed.js";
import { JobBar } from "./view_files.js";
import { FilterChips, FilterPanel } from "./view_filters.js";
import { Card } from "./view_item.js";
import { Progress, Queue } from "./view_queue.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./state.js").State} State */

const RENEW = 120000;
const NEWS = 15000;
const EMPTY = 20000;

/** @param {{ state: State, desk: Desk }} props */
const Page = ({ state, desk }) => {
  if (state.phase === "failed") return html`<${Notice} kind="error">${state.trouble}<//>`;
  if (state.phase === "opening")
    return state.trouble
      ? html`<${Notice} kind="quiet">${state.trouble}<//>`
      : html`<p class="ac-quiet">Opening …</p>`;
  if (state.phase === "closed")
    return html`
      <${Closed} state=${state} desk=${desk} />
      <${Dialog} state=${state} desk=${desk} />
    `;
  return html`
    <div class="ac-review" data-ahead=${Math.max(0, ahead(state))}>
      <button type="button" class="ac-button ac-toverdict" onclick=${desk.focusVerdict}>
        Skip to the verdict
      </button>
      <${Toolbar} state=${state} desk=${desk} />
      <${FilterPanel} state=${state} desk=${desk} />
      <${FilterChips} state=${state} desk=${desk} />
      <${Progress} state=${state} />
      ${state.dialog?.kind !== "files" && html`<${JobBar} state=${state} desk=${desk} />`}
      <${Trouble} state=${state} />
      <${Refused} state=${state} desk=${desk} />
      <${Advice} state=${state} desk=${desk} />
      <div class="ac-reviewgrid">
        <${Card} state=${state} desk=${desk} />
        <${Queue} state=${state} desk=${desk} />
      </div>
      <${Toast} state=${state} desk=${desk} />
      <p class="ac-sr" role="status" aria-live="polite">${state.said}</p>
      <${Dialog} state=${state} desk=${desk} />
    </div>
  `;
};

/**
 * @param {{ element: HTMLElement, server: Record<string, (payload: object) => Promise<any>> }} host
 */
export function mount({ element, server }) {
  const root = /** @type {HTMLElement} */ (element.querySelector("[data-root]"));
  const session = openSession();
  const call = connect(server);
  /** @type {import("../../web/api.js").Call} */
  const ask = (name, payload = {}) => call(name, { session: session.id, ...payload });
  const store = createStore(reduce, { ...START, keys: keptKeys() });
  const find = (/** @type {string} */ at) => root.querySelector(at);
  const desk = openDesk({
    store,
    ask,
    focusText() {
      const area = /** @type {HTMLTextAreaElement | null} */ (find("[data-text]"));
      area?.focus();
      area?.setSelectionRange(area.value.length, area.value.length);
    },
    focusVerdict() {
      /** @type {HTMLElement | null} */ (find("[data-do=accept]"))?.focus();
    },
    focusFilters() {
      const next = find("[data-filter]") ?? find("[aria-expanded]");
      /** @type {HTMLElement | null} */ (next)?.focus();
    },
  });
  root.replaceChildren();
  const draw = () => render(html`<${Page} state=${store.get()} desk=${desk} />`, root);
  store.watch(draw);
  draw();

  const isSeen = () => element.isConnected && root.offsetParent !== null;
  const isOpen = () => isSeen() && store.get().phase === "open" && !store.get().dialog;
  listenToKeys({ store, commands: desk.commands, decisions: desk.decisions, isOpen });
  setInterval(() => element.isConnected && desk.stayAlive(), RENEW);
  setInterval(() => store.get().phase === "open" && desk.hearNews(), NEWS);
  // An empty queue looks again by itself: others give back what they held.
  setInterval(() => {
    const state = store.get();
    const waits = state.end && !current(state) && !isList(state.filters);
    if (waits && state.phase === "open" && !document.hidden && isSeen()) desk.fetchMore();
  }, EMPTY);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || store.get().phase !== "open") return;
    desk.stayAlive();
    desk.flush();
  });
  window.addEventListener("online", desk.hurry);
  window.addEventListener("pagehide", () => {
    session.end();
    if (store.get().boot && !desk.unsent()) ask("review_release");
  });
  desk.begin();
}
