// Gradio marks dark mode with a class on the body; the page's own choice is kept for the next visit.
const KEY = "autocompose-theme";
const root = document.body;
const apply = (dark) => root.classList.toggle("dark", dark);
let saved = null;
try { saved = localStorage.getItem(KEY); } catch (e) { saved = null; }
const asked = new URLSearchParams(location.search).get("__theme");
if (saved && !asked) apply(saved === "dark");
document.documentElement.lang = "en";
element.querySelector("[data-theme-switch]").addEventListener("click", () => {
  const dark = !root.classList.contains("dark");
  apply(dark);
  try { localStorage.setItem(KEY, dark ? "dark" : "light"); } catch (e) { /* private mode: not kept */ }
});
