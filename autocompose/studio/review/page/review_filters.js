// Filters: what each can be set to, a chip for each that is on, and what to say when nothing is left.
const same = (values) => values.map((value) => [value, value]);
const filterList = () => {
  const { choices, views, sources, parts } = S.boot;
  return [
    { name: "dataset", label: "Dataset", all: "All datasets", options: same(choices.datasets) }, { name: "split", label: "Split", all: "All splits", options: same(choices.splits) },
    { name: "view", label: "View", all: "All views", options: same(views) }, { name: "source", label: "Source", all: "All sources", options: same(sources) },
    { name: "model", label: "Model", all: "All models", options: same(choices.models) }, { name: "part", label: "Part", all: "All parts", options: parts.map((p) => [p.part, p.label]) },
    { name: "claim_verdict", label: "Claims", all: "All claims", options: [["contradicted", "contradicted"], ["unknown", "unknown"], ["supported", "supported"]] },
    { name: "verdict", label: "Verdict", all: "Waiting", options: [["skipped", "skipped"], ["accepted", "accepted"], ["rejected", "rejected"], ["any", "any verdict"]] },
    { name: "by", label: "Reviewer", all: "All reviewers", options: same(choices.reviewers) },
    { name: "state", label: "State", all: "Any state", options: [["flagged", "flagged"], ["edited", "edited"], ["conflicted", "in conflict"], ["stale", "stale"]] },
    { name: "text", label: "Text", all: "", options: null }];
};
const activeFilters = () => filterList().filter(({ name }) => S.filters[name]).map((filter) => {
  const value = S.filters[filter.name], found = (filter.options || []).find(([option]) => option === value);
  return { ...filter, value, shown: `${filter.label}: ${found ? found[1] : value}` };
});
// Decided descriptions are looked at in a list, which nobody holds; what waits is handed out to one page at a time.
const listed = () => Boolean(S.filters.verdict);
// A search waits for the end of typing; whatever is done next, in the filters or in bulk, takes what was typed.
let searching = 0;
const stopWaiting = () => { const waited = searching; clearTimeout(searching); searching = 0; return waited ? { text: searchBox.value } : {}; };
const searchNow = () => { if (searching) setFilters({}); };
const setFilters = (changes) => {
  Object.assign(S.filters, stopWaiting(), changes);
  if (S.filters.by && !S.filters.verdict) S.filters.verdict = "any";
  drawFilters(); restart();
};
const clearFilters = () => { stopWaiting(); S.filters = {}; drawFilters(); restart(); };

const filterPanel = h("div", { class: "ac-row ac-filterpanel", role: "group", "aria-label": "Filters", hidden: true });
const filterChips = h("div", { class: "ac-row ac-filterchips", role: "group", "aria-label": "Active filters" });
const filterSwitch = h("button", { type: "button", class: "ac-button ac-ghost", "aria-expanded": "false", onclick: () => {
  filterPanel.hidden = !filterPanel.hidden; filterSwitch.setAttribute("aria-expanded", String(!filterPanel.hidden)); } }, "Filters");
const searchBox = h("input", { type: "text", "aria-label": "Search in texts", placeholder: "Search", oninput: () => { clearTimeout(searching); searching = setTimeout(searchNow, 250); }, onchange: searchNow });
const buildFilters = () => fill(filterPanel, filterList().filter(({ options }) => options).map(({ name, label, all, options }) =>
  h("label", { class: "ac-filter" }, h("span", {}, label), h("select", { "aria-label": label, "data-select": name, disabled: !options.length, onchange: (e) => setFilters({ [name]: e.target.value }) },
    [["", all], ...options].map(([value, shown]) => h("option", { value }, shown))))));
const SHARES = [[0.05, "5 %"], [0.1, "10 %"], [0.2, "20 %"], [0.5, "50 %"], [1, "all"]];
const secondSwitch = h("button", { type: "button", class: "ac-button ac-ghost", "aria-pressed": "false", title: "Re-read a sample without seeing what others decided", onclick: () => readAgain(!S.second) }, "Second reading");
const readAgain = (on) => { S.second = on; secondSwitch.setAttribute("aria-pressed", String(on)); drawFilters(); restart(); };
const drawFilters = () => {
  const active = S.second ? [] : activeFilters(), focused = filterChips.contains(document.activeElement);
  filterPanel.querySelectorAll("select").forEach((node) => { node.value = S.filters[node.dataset.select] || ""; });
  if (searchBox.value !== (S.filters.text || "") && document.activeElement !== searchBox) searchBox.value = S.filters.text || "";
  fill(filterChips,
    S.second ? h("p", { class: "ac-notice ac-quiet" }, "Second reading: you do not see what others decided, and your verdict is kept next to theirs. Share of every dataset: ",
      h("select", { "aria-label": "Share to read a second time", onchange: (e) => { S.share = Number(e.target.value); restart(); } }, SHARES.map(([share, shown]) => h("option", { value: share, selected: share === S.share }, shown))),
      h("button", { type: "button", class: "ac-mini", onclick: () => readAgain(false) }, "Back to the queue")) : null,
    active.map(({ name, shown }) => h("button", { type: "button", class: "ac-chipbutton ac-filterchip", "data-filter": name, "aria-label": `Remove the filter ${shown}`, onclick: () => setFilters({ [name]: "" }) }, h("span", { dir: "auto" }, shown), icon(ICONS.close))),
    active.length ? h("button", { type: "button", class: "ac-mini", "data-clear": true, onclick: clearFilters }, "Clear filters") : null);
  filterChips.hidden = !filterChips.childElementCount;
  if (focused) (filterChips.querySelector("button") || filterSwitch).focus();
};

// Why nothing is on the table: the server counted what each filter hides.
const counted = (n) => `${n} ${n === 1 ? "description" : "descriptions"}`;
const FIELD = { reviewer: "by", flagged: "state", edited: "state", conflicted: "state", stale: "state" };
const emptyView = () => {
  const why = S.why, active = S.second ? [] : activeFilters();
  const clear = h("button", { type: "button", class: "ac-button", "data-clear": true, onclick: clearFilters }, "Clear filters");
  const again = h("button", { type: "button", class: "ac-button", onclick: () => restart() }, "Look again");
  if (S.second) return [h("p", { class: "ac-lead" }, "No items to re-read yet."), h("p", { class: "ac-quiet" }, "Items appear here after another reviewer has decided them; each is read by two people at most. Choose a larger share above, or go back to the queue."),
    h("div", { class: "ac-row" }, h("button", { type: "button", class: "ac-button", onclick: () => readAgain(false) }, "Back to the queue"))];
  if (why && active.length && !why.matching) {
    const hiding = why.without.filter((one) => one.count).map((one) => ({ ...one, filter: active.find(({ name }) => name === (FIELD[one.name] || one.name)) })).filter((one) => one.filter);
    return [h("p", { class: "ac-lead" }, hiding.length === 1 ? `The filter “${hiding[0].filter.shown}” hides everything.` : "No description matches all these filters."),
      h("ul", { class: "ac-hiding" }, hiding.map((one) => h("li", {}, h("button", { type: "button", class: "ac-button", "data-drop": one.filter.name, onclick: () => setFilters({ [one.filter.name]: "" }) }, `Without “${one.filter.shown}”: ${counted(one.count)}`)))),
      hiding.length ? null : h("p", { class: "ac-quiet" }, why.unfiltered ? `Removing one filter is not enough. Without any filter: ${counted(why.unfiltered)}.` : "There is nothing without filters either."),
      h("div", { class: "ac-row" }, clear)];
  }
  const told = why ? [why.elsewhere ? `${counted(why.elsewhere)} with other reviewers right now` : "", why.skipped ? `${why.skipped} that you skipped, left to others` : ""].filter(Boolean) : [];
  return [h("p", { class: "ac-lead" }, listed() ? "That was the last item in this list." : "This queue is empty."), told.length ? h("p", { class: "ac-quiet" }, `There are ${told.join(", and ")}.`) : null,
    active.length ? h("p", { class: "ac-quiet" }, `Filtered by ${active.map(({ shown }) => shown).join(", ")}.`) : null, h("div", { class: "ac-row" }, again, active.length ? clear : null)];
};
