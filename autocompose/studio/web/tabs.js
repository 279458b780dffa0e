// Gradio's tabs: the address says which one is open, and arrow keys walk through them.
import { address, FIRST_TAB } from "./address.js";
import { step } from "./walk.js";

const LIST = "#rooms [role=tablist]";

/** @param {HTMLElement} list */
const tabsOf = (list) => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);

/** @param {HTMLElement[]} tabs @param {HTMLElement | undefined} stop the one that Tab reaches */
function settle(tabs, stop) {
  for (const tab of tabs) tab.tabIndex = tab === stop ? 0 : -1;
}

/** @param {HTMLElement} list @param {string} id */
function open(list, id) {
  const tabs = tabsOf(list);
  const found = tabs.find((tab) => tab.dataset.tabId === id);
  if (found?.getAttribute("aria-selected") === "false") found.click();
  settle(tabs, found ?? tabs[0]);
}

/** @param {HTMLElement} list */
function tend(list) {
  list.addEventListener("click", (event) => {
    const tab = /** @type {HTMLElement} */ (event.target).closest("[role=tab]");
    if (!(tab instanceof HTMLElement)) return;
    settle(tabsOf(list), tab);
    address.enter(tab.dataset.tabId ?? "");
  });
  list.addEventListener("keydown", (event) => {
    const tabs = tabsOf(list);
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = step(event.key, at, tabs.length);
    if (next < 0) return;
    event.preventDefault();
    tabs[next].focus();
    tabs[next].click();
  });
  address.showWith((id) => open(list, id));
  const shown = tabsOf(list).find((tab) => tab.getAttribute("aria-selected") === "true");
  const chosen = shown?.dataset.tabId ?? FIRST_TAB;
  // A visitor may have opened a tab before this module was there.
  if (address.tab() === FIRST_TAB && chosen !== FIRST_TAB) address.enter(chosen);
  open(list, address.tab());
}

/** Gradio draws its tabs after the head of the page: wait for them. */
export function tendTabs() {
  const look = () => {
    const list = document.querySelector(LIST);
    if (!(list instanceof HTMLElement) || tabsOf(list).length === 0) return false;
    tend(list);
    return true;
  };
  if (look()) return;
  const observer = new MutationObserver(() => look() && observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
}

/** The panel that is open, to which the skip link leads. */
export function focusPanel() {
  const panels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#rooms .ac")]);
  const panel = panels.find((one) => one.checkVisibility());
  if (!panel) return;
  panel.tabIndex = -1;
  panel.focus();
}
