// A sideways swipe moves the card and decides; up and down only scroll.
import { isTyping } from "./keys.js";

/** So far, in CSS pixels, before a swipe decides. */
export const FAR = 110;
/** So much further sideways than up or down. */
const STEEP = 2;

/**
 * What a finger that moved so far asks for.
 *
 * @param {number} dx to the right, in CSS pixels
 * @param {number} dy downwards
 * @returns {"accepted" | "rejected" | ""}
 */
export function swiped(dx, dy) {
  if (Math.abs(dx) < FAR || Math.abs(dx) < STEEP * Math.abs(dy)) return "";
  return dx > 0 ? "accepted" : "rejected";
}

/**
 * @param {HTMLElement} card
 * @param {(verdict: "accepted" | "rejected") => void} decide
 */
export function listenToSwipes(card, decide) {
  /** @type {Touch | null} */
  let start = null;
  let dx = 0;
  const place = (/** @type {number} */ x, /** @type {string} */ verdict) => {
    card.style.transform = x ? `translateX(${x}px)` : "";
    card.dataset.swipe = verdict;
  };
  const end = () => {
    start = null;
    dx = 0;
    place(0, "");
  };
  card.addEventListener(
    "touchstart",
    (e) => {
      const scrolls =
        e.target instanceof Element && e.target.closest(".ac-loupe, input[type=range]");
      start = e.touches.length === 1 && !isTyping(e.target) && !scrolls ? e.touches[0] : null;
    },
    { passive: true },
  );
  card.addEventListener(
    "touchmove",
    (e) => {
      if (!start || e.touches.length > 1) {
        end();
        return;
      }
      dx = e.touches[0].clientX - start.clientX;
      const dy = e.touches[0].clientY - start.clientY;
      if (Math.abs(dx) > STEEP * Math.abs(dy)) place(dx, swiped(dx, dy));
      else place(0, "");
    },
    { passive: true },
  );
  card.addEventListener(
    "touchend",
    (e) => {
      const from = start;
      end();
      if (!from) return;
      const touch = e.changedTouches[0];
      const verdict = swiped(touch.clientX - from.clientX, touch.clientY - from.clientY);
      if (verdict) decide(verdict);
    },
    { passive: true },
  );
  card.addEventListener("touchcancel", end, { passive: true });
}
