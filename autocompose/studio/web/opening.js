// How a tab opens: it is drawn at once, and filled when its first call is answered.
import { AWAY, insist } from "./api.js";
import { render } from "./view.js";

/** @typedef {import("./types").Answers} Answers */
/** @typedef {{ kind: "quiet" | "error", words: string }} Trouble why a tab shows nothing yet */

/**
 * Draw a tab now and whenever its state changes, and ask for what it needs to draw itself.
 *
 * @template {keyof Answers} N
 * @param {Element} root where the tab is drawn
 * @param {object} tab
 * @param {import("./api").Call} tab.call
 * @param {N} tab.name the call that is answered with what the tab needs
 * @param {import("./state").Store<any, any>} tab.store
 * @param {(trouble: Trouble | null) => any} tab.view the tab as it is now
 * @returns {Promise<({ ok: true } & Answers[N]) | null>} the answer; null where there is none, and
 *   the tab says why
 */
export async function openTab(root, { call, name, store, view }) {
  /** @type {Trouble | null} */
  let trouble = null;
  const draw = () => render(view(trouble), root);
  const say = (/** @type {Trouble | null} */ now) => {
    trouble = now;
    draw();
  };
  store.watch(draw);
  root.replaceChildren(); // "Opening…"
  draw();
  const boot = await insist(call, name, { away: () => say({ kind: "quiet", words: AWAY }) });
  say(boot.ok ? null : { kind: "error", words: boot.error });
  return boot.ok ? boot : null;
}
