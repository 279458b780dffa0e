// What Review draws: the differences of two texts, chips, a transition that moves.
const words = (text) => text.split(/(\s+)/u);
// The words that were taken out and put in, by the longest common run of words; long texts are compared as a whole.
const difference = (before, after) => {
  const a = words(before), b = words(after);
  if (before === after) return [["same", after]];
  if (a.length * b.length > 400000) return [["out", before], ["in", after]];
  const best = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1)
    best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  const runs = [];
  const put = (kind, word) => { const last = runs[runs.length - 1]; if (last && last[0] === kind) last[1] += word; else runs.push([kind, word]); };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { put("same", a[i]); i += 1; j += 1; }
    else if (i < a.length && (j === b.length || best[i + 1][j] >= best[i][j + 1])) { put("out", a[i]); i += 1; }
    else { put("in", b[j]); j += 1; }
  }
  return runs;
};
const shownDifference = (before, after) => h("p", { class: "ac-diff", dir: "auto" }, difference(before, after).map(([kind, text]) =>
  kind === "same" ? text : h(kind === "out" ? "del" : "ins", {}, text)));
const MARKS = { supported: ["✓", "supported"], contradicted: ["✕", "contradicted"], unknown: ["·", "unknown"] };
const sideOf = (part) => (part.startsWith("left_") ? "L" : part.startsWith("right_") ? "R" : "");
const labelOf = (part) => part.replaceAll("_", " ");
const verdictChip = (verdict, evidence) => h("span", { class: `ac-verdict ac-v-${verdict}`, title: evidence },
  h("i", { "aria-hidden": "true" }, MARKS[verdict][0]), h("span", {}, MARKS[verdict][1]));
const sideChip = (part) => (sideOf(part) ? h("i", { class: `ac-chip ac-${sideOf(part)}` }, sideOf(part)) : null);

// The skeleton on its way from the reference to the target: a slider, and a button that plays it.
const transition = (pair) => {
  const from = pair.reference.bones, to = pair.target.bones;
  if (!from.length || from.length !== to.length) return null;
  const lines = from.map((b) => h("line", { class: "ac-bone ac-" + (b.side || "mid") }));
  const range = h("input", { type: "range", min: 0, max: 100, value: 0, "aria-label": "Way from the reference to the target, in percent" });
  const place = (share) => lines.forEach((line, i) => {
    for (const name of ["x1", "y1", "x2", "y2"]) line.setAttribute(name, from[i][name] + share * (to[i][name] - from[i][name]));
  });
  range.addEventListener("input", () => place(range.value / 100));
  let playing = 0;
  const play = () => {
    cancelAnimationFrame(playing);
    if (calm()) { range.value = range.value > 50 ? 0 : 100; place(range.value / 100); return; }
    const begun = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - begun) / 1400);
      range.value = Math.round(100 * share); place(share * share * (3 - 2 * share));
      if (share < 1 && range.isConnected) playing = requestAnimationFrame(step);
    };
    playing = requestAnimationFrame(step);
  };
  place(0);
  return h("div", { class: "ac-morph" }, h("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, lines),
    h("div", { class: "ac-row" }, h("button", { type: "button", class: "ac-button", onclick: play, title: "Play the transition" }, icon(ICONS.play), "Play"), range));
};
