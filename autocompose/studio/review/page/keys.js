// The keys of the desk. Which key does what can be changed, and is kept in this browser.

import { read, write } from "../../web/storage.js";
import { partRows } from "./items.js";
import { current } from "./state.js";

const KEPT = "autocompose-keys";

/** @type {[name: string, key: string, label: string][]} */
export const COMMANDS = [
  ["accept", "a", "Accept"],
  ["reject", "x", "Reject"],
  ["skip", " ", "Skip, with a reason"],
  ["next", "j", "Next"],
  ["previous", "k", "Previous"],
  ["edit", "e", "Edit"],
  ["swap", "s", "Swap left and right in the text, the selected part or the selected words"],
  ["undo", "u", "Undo"],
  ["flag", "f", "Flag"],
  ["reason", "r", "Give a reason"],
  ["help", "?", "Keys and guidelines"],
];
const WITHOUT_ITEM = ["undo", "help", "previous"];

/** @returns {Record<string, string>} */
export const keptKeys = () => ({
  ...Object.fromEntries(COMMANDS.map(([name, key]) => [name, key])),
  ...read(KEPT, {}),
});

/** @param {string} key */
export const keyName = (key) => (key === " " ? "Space" : key);

/**
 * The keys after one was pressed for a command; the same ones where it cannot be used.
 *
 * @param {Record<string, string>} keys
 * @param {string} name
 * @param {string} key
 */
export function rebound(keys, name, key) {
  const taken = Object.entries(keys).some(([other, used]) => other !== name && used === key);
  return key.length === 1 && !/[1-9]/.test(key) && !taken ? { ...keys, [name]: key } : keys;
}

/** @param {Record<string, string>} keys */
export const keepKeys = (keys) => write(KEPT, keys);

/** @param {EventTarget | null} target */
export const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target instanceof HTMLInputElement && !/^(range|checkbox|radio)$/.test(target.type)));

// Space and Enter press what has the focus, as everywhere; they are commands elsewhere.
const PRESSED = "button:not([role=tab][aria-selected=true]), summary, a, input[type=checkbox]";

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} desk.store
 * @param {Record<string, () => void>} desk.commands
 * @param {ReturnType<typeof import("./decisions.js").openDecisions>} desk.decisions
 * @param {() => boolean} desk.isOpen whether the desk is what is seen
 */
export function listenToKeys({ store, commands, decisions, isOpen }) {
  /** @param {KeyboardEvent} e */
  function inText(e) {
    const { keys, span } = store.get();
    // Alt and the key for swapping: what is selected. (On a Mac, Alt changes the letter.)
    if (e.altKey) {
      const swaps = e.key === keys.swap || e.code === `Key${keys.swap.toUpperCase()}`;
      if (!span || !swaps) return;
      e.preventDefault();
      decisions.swapSpan();
    } else if (e.key === "Enter" && current(store.get())) {
      e.preventDefault();
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      decisions.decide("accepted");
    }
  }

  /** @param {KeyboardEvent} e @param {number} number */
  function whilePicking(e, number) {
    const { picking, boot } = store.get();
    const skips = e.key === "Enter" && picking === "skip";
    if (number && number <= (boot?.reasons.length ?? 0)) {
      e.preventDefault();
      decisions.toggleReason(number - 1);
    } else if (skips || e.key === "Escape") {
      if (skips) e.preventDefault();
      store.send({ kind: "set", fields: { picking: "" } });
      if (skips) decisions.decide("skipped");
    }
  }

  /** The first press chooses a part, the next marks it wrong. @param {number} place */
  function choosePart(place) {
    const state = store.get();
    const item = current(state);
    const row = item && partRows(item)[place];
    if (!row) return false;
    if (state.part === place) decisions.toggleWrong(row.part);
    else store.send({ kind: "set", fields: { part: place } });
    return true;
  }

  /** @param {KeyboardEvent} e */
  function onDesk(e) {
    const { picking, keys } = store.get();
    const number = /^[1-9]$/.test(e.key) ? Number(e.key) : 0;
    if (picking) {
      whilePicking(e, number);
      return;
    }
    const name = COMMANDS.find(([one]) => keys[one] === e.key)?.[0];
    const usable = name && (current(store.get()) || WITHOUT_ITEM.includes(name));
    if (usable) commands[name]();
    if (usable || (number && choosePart(number - 1))) e.preventDefault();
  }

  /** Whether a key belongs to what has the focus. @param {KeyboardEvent} e */
  const isPress = (e) =>
    (e.key === " " || e.key === "Enter") &&
    !store.get().picking &&
    e.target instanceof Element &&
    e.target.closest(PRESSED) !== null;

  /** @param {KeyboardEvent} e */
  function onKey(e) {
    if (!isOpen() || e.metaKey) return;
    if (e.altKey || e.ctrlKey) inText(e);
    else if (!isTyping(e.target)) {
      if (!isPress(e)) onDesk(e);
    } else if (e.key === "Escape" && e.target instanceof HTMLElement) e.target.blur();
  }
  document.addEventListener("keydown", onKey);
}
