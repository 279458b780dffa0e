// The head of the page, and what concerns all tabs. Gradio marks dark mode with a class on the
// body; the visitor's own choice is kept for the next visit.
import { focusPanel, tendTabs } from "./tabs.js";

const KEY = "autocompose-theme";

const kept = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked: nothing is kept
  }
};

/** @param {{ element: HTMLElement }} host */
export function mount({ element }) {
  document.documentElement.lang = "en";
  tendTabs();
  element.querySelector("[data-skip]")?.addEventListener("click", focusPanel);
  const body = document.body;
  const asked = new URLSearchParams(location.search).get("__theme");
  const theme = kept();
  if (theme && !asked) body.classList.toggle("dark", theme === "dark");
  element.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
    const dark = body.classList.toggle("dark");
    try {
      localStorage.setItem(KEY, dark ? "dark" : "light");
    } catch {
      // storage is blocked: the choice lasts until the page is closed
    }
  });
}
