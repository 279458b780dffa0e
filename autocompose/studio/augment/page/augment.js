// Augment. Four views of one pair; pictures of a mirrored view are flipped by the page.
const state = { pair: "", seed: 0, seq: 0 };
const stripBox = h("div", {});
const problem = h("div", {});
const advice = h("div", { "data-advice": true });
const table = h("div", { class: "ac-four" });
const tools = h("div", { class: "ac-row ac-tools" });
const mirrored = mirrorDiff();
mirrored.root.hidden = true;
let strip = null;
fill($("[data-root]"), h("div", { class: "ac-augment" }, stripBox, advice, problem, tools, table, mirrored.root));

const cell = (c) => h("section", { class: "ac-cell", "aria-label": c.title, "data-view": c.view },
  h("h2", {}, c.title, c.verdict ? h("span", { class: "ac-vslot" }, verdictChip(c.verdict)) : null, h("code", {}, c.key)),
  bothPictures(c.pair, { mirrored: c.mirrored, eager: true }),
  c.problem ? notice("help", h("b", {}, "No text for this view. "), c.problem)
    : h("p", { class: "ac-text", dir: "auto" }, judgedWords(c)));
// Runs of words, marked where they differ, with the claims underlined. The runs joined by spaces are the judged text.
const judgedWords = (c) => {
  let at = 0;
  const claims = c.verdict ? c.verdict.claims : [];
  return c.words.map((w, i) => {
    at += i ? 1 : 0;
    const shown = underlined(w.text, claims.map((k) => ({ ...k, start: Math.max(0, k.start - at), end: Math.min(w.text.length, k.end - at) })));
    at += w.text.length;
    return [i ? " " : "", w.differs ? h("mark", {}, shown) : shown];
  });
};
const show = async () => {
  const seq = ++state.seq;
  table.setAttribute("aria-busy", "true");
  const a = await call("augment", { pair: state.pair, seed: state.seed });
  if (seq !== state.seq) return;
  table.removeAttribute("aria-busy");
  fill(problem, a.ok ? null : notice("error", a.error));
  if (a.ok) fill(table, h("span", { class: "ac-corner" }), h("span", { class: "ac-colhead" }, "As is"), h("span", { class: "ac-colhead" }, "Mirrored"),
    h("span", { class: "ac-rowhead" }, "Forward"), cell(a.cells[0]), cell(a.cells[1]), h("span", { class: "ac-rowhead" }, "Reverse"), cell(a.cells[2]), cell(a.cells[3]));
  mirrored.root.hidden = !a.ok;
  if (a.ok) mirrored.show(a.cells);
};
const pick = (id, { share = true } = {}) => { state.pair = id; state.seed = 0; strip.mark(id); show(); if (share) sharePair(id); };
const open = async () => {
  const first = await openTab("pair_strip", (words) => fill(problem, notice("quiet", words)));
  fill(problem, first.ok ? null : notice("error", first.error));
  if (!first.ok) return;
  fill(advice, datasetNotice(first));
  // Without joints there is no text in any view: the advice says it once, in place of four times.
  if (first.state !== "ready") return;
  strip = pairStrip(first, pick);
  fill(stripBox, strip.row);
  fill(tools, bonesSwitch(() => table),
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: () => { state.seed += 1; show(); } }, icon(ICONS.again), "Rephrase"),
    h("span", { class: "ac-quiet" }, h("mark", {}, "marked"), " words differ from the forward text. Texts written by rules from joints (auto)."), sideKey());
  window.addEventListener("autocompose-pair", (e) => { if (e.detail !== state.pair) pick(e.detail, { share: false }); });
  const start = window.autocomposePair || strip.first;
  if (start) pick(start, { share: false });
};
open();
