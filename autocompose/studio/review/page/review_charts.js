// The dashboard. Every chart is also words: each mark has its name and number next to it.
const nothingYet = (words, ...more) => h("p", { class: "ac-quiet" }, words, more);
const chart = (title, content, cls = "") => h("section", { class: `ac-chart ${cls}`, "aria-label": title }, h("h3", {}, title), content);
const grouped = (counts, place) => {
  const found = new Map();
  for (const count of counts) found.set(count.labels[place], (found.get(count.labels[place]) || 0) + count.value);
  return [...found].sort((a, b) => b[1] - a[1]);
};
const STANDS = [["accepted", "accepted"], ["rejected", "rejected"], ["skipped", "skipped"], ["pending", "waiting"]];
const legend = (rows) => h("p", { class: "ac-legend" }, rows.map(([cls, name]) => h("span", {}, h("i", { class: `ac-key ${cls}`, "aria-hidden": "true" }), name)));
const progressChart = (counts) => {
  const rows = new Map();
  for (const { labels: [dataset, split, verdict], value } of counts) { const name = `${dataset}, ${split}`; rows.set(name, { ...rows.get(name), [verdict]: value }); }
  return chart("Progress", [legend(STANDS.map(([verdict, name]) => [`ac-k-${verdict}`, name])), h("ul", { class: "ac-bars" }, [...rows].map(([name, row]) => {
    const total = Object.values(row).reduce((a, b) => a + b, 0), done = (row.accepted || 0) + (row.rejected || 0);
    return h("li", {}, h("span", {}, name), h("span", { class: "ac-stack", "aria-hidden": "true" }, STANDS.map(([verdict]) => (row[verdict] ? h("i", { class: `ac-k-${verdict}`, style: `flex-grow:${row[verdict]}` }) : null))),
      h("b", {}, `${done} of ${total}`), h("small", {}, STANDS.filter(([verdict]) => row[verdict]).map(([verdict, word]) => `${row[verdict]} ${word}`).join(", ")));
  }))]);
};
// Errors by part and view, for one model or all: a table whose cells are shaded by their count and filter the queue.
const errorChart = (counts, onpick) => {
  if (!counts.length) return chart("Parts found wrong, by view and model", nothingYet("No part has been marked wrong or rewritten yet. Number keys mark a part."), "ac-wide");
  const models = [...new Set(counts.map((count) => count.labels[2]))].sort(), box = h("div", { class: "ac-scroll", tabindex: "0", role: "region", "aria-label": "Parts found wrong, table" });
  const draw = (model) => {
    const chosen = counts.filter((count) => model === null || count.labels[2] === model), views = S.boot.views.filter((view) => chosen.some((count) => count.labels[1] === view));
    const most = Math.max(1, ...chosen.map((count) => count.value)), parts = grouped(chosen, 0);
    const cell = (part, view) => {
      const n = chosen.filter(({ labels }) => labels[0] === part && labels[1] === view).reduce((sum, count) => sum + count.value, 0);
      const pick = () => onpick({ part: part.replaceAll(" ", "_"), view, ...(model ? { model } : {}), verdict: "any" });
      return h("td", {}, n ? h("button", { type: "button", class: "ac-heat", style: `--heat:${Math.round(8 + 27 * Math.min(1, n / most))}%`, "aria-label": `${n} ${n === 1 ? "error" : "errors"}: ${part}, ${view}. Show these`, onclick: pick }, n) : h("span", { class: "ac-quiet" }, "0"));
    };
    fill(box, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Part"), views.map((view) => h("th", { scope: "col" }, view)), h("th", { scope: "col" }, "All"))),
      h("tbody", {}, parts.map(([part, sum]) => h("tr", {}, h("th", { scope: "row" }, sideChip(part.replaceAll(" ", "_")), " ", part), views.map((view) => cell(part, view)), h("td", {}, h("b", {}, sum)))))));
  };
  draw(null);
  const choose = h("select", { "aria-label": "Model", onchange: (e) => draw(e.target.value === "*" ? null : e.target.value) }, h("option", { value: "*" }, "All models"), models.map((model) => h("option", { value: model }, model || "not named")));
  return chart("Parts found wrong, by view and model", [h("div", { class: "ac-row" }, choose, h("span", { class: "ac-quiet" }, "Click a number to open the items it counts.")), box], "ac-wide");
};
const reasonChart = (counts) => chart("Reasons given", counts.length ? h("ul", { class: "ac-bars" }, grouped(counts, 0).map(([name, value], _, all) =>
  h("li", {}, h("span", {}, name), h("span", { class: "ac-meter", "aria-hidden": "true" }, h("i", { style: `width:${(100 * value) / all[0][1]}%` })), h("b", {}, value)))) : nothingYet("No reasons given yet."));
// Decisions a day, one column a day and one shade a reviewer; the same numbers follow as a list for screen readers.
const SHADES = 4;
const throughputChart = (counts) => {
  if (!counts.length) return chart("Decisions per day", nothingYet("No decisions yet."));
  const days = [...new Set(counts.map((count) => count.labels[0]))].sort().slice(-14), people = grouped(counts, 1).map(([name]) => name);
  const of = (day, name) => counts.filter(({ labels }) => labels[0] === day && labels[1] === name).reduce((sum, count) => sum + count.value, 0);
  const sums = days.map((day) => people.reduce((sum, name) => sum + of(day, name), 0)), most = Math.max(...sums), wide = 280 / Math.max(7, days.length);
  const bars = days.map((day, x) => { let top = 100; return people.map((name, i) => { const tall = (84 * of(day, name)) / most; top -= tall; return tall ? h("path", { class: `ac-shade${i % SHADES}`, d: `M${30 + x * wide + 2} ${top}h${Math.min(36, wide - 4)}v${tall}h-${Math.min(36, wide - 4)}z` }, h("title", {}, `${day}, ${name}: ${of(day, name)}`)) : null; }); });
  const axis = [h("line", { x1: 30, y1: 100, x2: 310, y2: 100, class: "ac-axis" }), h("line", { x1: 30, y1: 16, x2: 310, y2: 16, class: "ac-axis ac-faint" }), h("text", { x: 26, y: 19, "text-anchor": "end" }, most), h("text", { x: 26, y: 103, "text-anchor": "end" }, 0),
    days.map((day, x) => (x % Math.ceil(days.length / 7) ? null : h("text", { x: 30 + x * wide + 2, y: 114 }, day.slice(5))))];
  return chart("Decisions per day", [people.length > 1 ? legend(people.map((name, i) => [`ac-shade${i % SHADES}`, name])) : null, h("svg", { viewBox: "0 0 316 118", "aria-hidden": "true", class: "ac-columns" }, axis, bars),
    h("ul", { class: "ac-sr" }, days.map((day, i) => h("li", {}, `${day}: ${sums[i]} decisions, ${people.filter((name) => of(day, name)).map((name) => `${name} ${of(day, name)}`).join(", ")}`)))]);
};
// Alpha on its scale: 0 is chance, 1 is full agreement; Krippendorff asks for .8, and .667 for tentative conclusions.
const agreementChart = ({ verdict, claims, by_part: parts }) => {
  const rows = [["Verdicts", verdict], ["Part claims", claims], ...parts.map(([part, found]) => [labelOf(part), found])].filter(([, found]) => found.units);
  if (!rows.length) return chart("Agreement (Krippendorff's alpha)", nothingYet("No description has been read by two people yet. ", h("button", { type: "button", class: "ac-button", onclick: () => { overlay.close(); readAgain(true); } }, "Start a second reading")));
  return chart("Agreement (Krippendorff's alpha)", [h("p", { class: "ac-quiet" }, "0 is chance, 1 is full agreement. The marks are at .667 (tentative) and .8 (reliable)."), h("ul", { class: "ac-bars" }, rows.map(([name, { alpha, units, ratings }]) =>
    h("li", {}, h("span", {}, name), h("span", { class: "ac-scale", "aria-hidden": "true" }, alpha === null ? null : h("i", { style: `left:${100 * Math.max(0, alpha)}%` })), h("b", {}, alpha === null ? "one value only" : alpha.toFixed(2)), h("small", {}, `${units} read by several, ${ratings} readings`))))]);
};
const COLUMNS = ["Reviewer", "Decisions", "Seconds per item", "Too fast to have been read", "Planted errors caught", "Gold items right", "Warning"];
const reviewerTable = (rows) => chart("Reviewers", rows.length ? h("div", { class: "ac-scroll", tabindex: "0", role: "region", "aria-label": "Reviewers, table" }, h("table", {}, h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows.map((one) =>
  h("tr", {}, h("th", { scope: "row" }, one.reviewer), [one.decisions, one.seconds_per_item === null ? "" : one.seconds_per_item.toFixed(1), one.fast, `${one.caught} of ${one.errors}`, `${one.gold_right} of ${one.gold}`, one.warning].map((value) => h("td", {}, value))))))) : nothingYet("No decisions yet."), "ac-wide");
const dashboardView = (page, onpick) => h("div", { class: "ac-board" }, progressChart(page.progress), throughputChart(page.throughput), errorChart(page.errors, onpick), reasonChart(page.reasons), agreementChart(page.agreement), reviewerTable(page.reviewers));
