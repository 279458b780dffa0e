// Keys of Errors: j and k walk, digits note a cause, s sends to review.

/** @param {EventTarget | null} target */
const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/**
 * @param {object} page
 * @param {HTMLElement} page.root
 * @param {import("../../web/state").Store<import("./state").State, any>} page.store
 * @param {import("./actions").Actions} page.actions
 */
export function listenToKeys({ root, store, actions }) {
  /** @type {Record<string, () => void>} */
  const commands = {
    j: () => actions.step(1),
    k: () => actions.step(-1),
    s: () => actions.send(),
    0: () => actions.correct(-1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const { run, boot } = store.get();
    if (!run || !boot || !root.checkVisibility() || document.querySelector("dialog[open]")) return;
    const cause = boot.causes.findIndex(({ key }) => key === event.key);
    const command = cause >= 0 ? () => actions.correct(cause) : commands[event.key];
    if (!command) return;
    command();
    event.preventDefault();
  });
}
