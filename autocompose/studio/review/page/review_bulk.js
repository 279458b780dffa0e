// Bulk actions with a preview and undo, planted items, and regenerated views.
const BULK = { accept: ["Accept all with no contradiction", "Accept them", "accepted"], flip: ["Swap left and right", "Swap them", "swapped"], regenerate: ["Regenerate derived views", "Regenerate them", "regenerated"] };
const changeRow = ({ name, before, after }) => h("li", {}, h("b", {}, name),
  before.verdict === after.verdict ? null : h("span", { class: "ac-quiet" }, ` ${before.verdict} to ${after.verdict}`),
  after.written && after.written !== before.written ? h("span", { class: "ac-quiet" }, ", auto: written by rules from the joints") : null,
  after.phrasings.map((text, i) => { const was = before.phrasings[i] ?? ""; return text === was ? (i || before.verdict === after.verdict ? null : h("p", { dir: "auto" }, text)) : shownDifference(was, text); }));
const refusedRows = (rows, left) => (left ? h("details", {}, h("summary", {}, `${left} not changed, with the reason`),
  h("ol", { class: "ac-changes" }, rows.map((row) => h("li", {}, row.name ? h("b", {}, `${row.name}: `) : null, row.why)))) : null);
const takeBack = async (bulk, ids) => {
  const gone = await ask("review_bulk", { step: "undo", bulk, operation: newId() });
  S.undo = S.undo.filter((one) => one.bulk !== bulk);
  await afterBulk(ids);
  return gone.ok ? `${gone.saved} undone${gone.left ? `, ${gone.left} kept because they were saved since` : ""}.` : gone.error;
};
// A few items are loaded again where they are; after a larger action the queue starts again.
const afterBulk = async (ids) => { if (!ids) { restart(); return; } await Promise.all(ids.map(refresh)); drawItem(); drawQueue(); };
const bulk = async (action, only = null) => {
  searchNow();
  const ids = only || [...S.marked], operation = newId(), [title, verb, done] = BULK[action];
  const asked = { action, operation, ids, ...(ids.length ? {} : S.filters) };
  const body = h("div", { class: "ac-bulk" }, h("p", { class: "ac-quiet" }, "Preparing the preview …"));
  const scope = ids.length ? `Applies to the ${ids.length} marked.` : activeFilters().length ? `Applies to everything that matches ${activeFilters().map(({ shown }) => shown).join(", ")}.` : "Applies to the whole store. Mark descriptions in the queue or set filters to narrow it.";
  const choose = h("div", { class: "ac-row", role: "group", "aria-label": "Action" }, Object.entries(BULK).map(([name, [label]]) =>
    h("button", { type: "button", class: "ac-button ac-ghost", "aria-pressed": String(name === action), "data-bulk": name, onclick: async () => { await bulk(name); overlay.querySelector(`[data-bulk="${name}"]`).focus(); } }, label)));
  dialog(only ? title : "Bulk actions", only ? null : choose, only ? null : h("p", { class: "ac-quiet" }, scope), body);
  const seen = await ask("review_bulk", { step: "preview", ...asked });
  if (!seen.ok) { fill(body, notice("error", seen.error)); return; }
  const apply = async (e) => {
    e.currentTarget.disabled = true;
    const result = await ask("review_bulk", { step: "apply", operation });
    if (!result.ok) { fill(body, notice("error", result.error)); return; }
    S.undo.push({ bulk: operation, ids: only }); S.marked.clear();
    const undo = h("button", { type: "button", class: "ac-button", "data-bulkundo": true, onclick: async () => { const told = await takeBack(operation, only); fill(body, h("p", { role: "status" }, told)); } }, "Undo all");
    fill(body, h("p", { role: "status" }, `${result.saved} ${done}.`), refusedRows(result.refused, result.left), h("div", { class: "ac-row" }, undo));
    undo.focus();
    await afterBulk(only);
  };
  fill(body, h("p", { role: "status" }, seen.count ? `${counted(seen.count)} would change.` : "Nothing would change."),
    h("ol", { class: "ac-changes", tabindex: "0", "aria-label": "What would change" }, seen.shown.map(changeRow)),
    seen.count > seen.shown.length ? h("p", { class: "ac-quiet" }, `and ${seen.count - seen.shown.length} more`) : null, refusedRows(seen.refused, seen.left),
    h("div", { class: "ac-row" }, h("button", { type: "button", class: "ac-button ac-solid", "data-bulkapply": true, onclick: apply, disabled: !seen.count }, seen.count ? `${verb} (${seen.count})` : verb)));
};

// Views that derive from an edited text: named under it, stale ones with a button.
const derivedRow = (item) => {
  if (!item.derived.length) return null;
  const stale = item.derived.filter((view) => view.stale), changed = item.now.phrasings.some((text, i) => text !== item.saved.phrasings[i]);
  return h("p", { class: "ac-derived" }, h("span", { class: "ac-quiet" }, "Views of this text:"), item.derived.map((view) => h("button", { type: "button", class: "ac-mini", onclick: () => open(view.id) }, view.key, view.stale ? h("b", { class: "ac-stalemark" }, "stale") : null)),
    stale.length ? h("button", { type: "button", class: "ac-mini ac-do", "data-anew": true, onclick: () => bulk("regenerate", stale.map((view) => view.id)) }, `Regenerate ${stale.length === 1 ? "it" : `the ${stale.length}`} …`) : null,
    changed ? h("span", { class: "ac-quiet" }, "They become stale when you save this edit.") : null);
};

const PLANTS = [["gold", "Gold items: accepted texts, unchanged"], ["sides exchanged", "Errors: left and right swapped"], ["images exchanged", "Errors: the two pictures swapped"]];
const plantDialog = () => {
  const kind = h("select", { "aria-label": "What to plant" }, PLANTS.map(([value, label]) => h("option", { value }, label)));
  const count = h("input", { type: "number", min: 1, max: 200, value: 10, "aria-label": "How many" });
  const told = h("p", { role: "status" });
  const go = h("button", { type: "button", class: "ac-button ac-solid", "data-plant": true, onclick: async () => {
    go.disabled = true; fill(told, "Planting …");
    const answer = await ask("review_plant", { kind: kind.value, count: Number(count.value) || 1 });
    go.disabled = false;
    fill(told, !answer.ok ? answer.error : answer.planted ? `${answer.planted} planted. They are in the queue like any other item.` : "Nothing was planted: no suitable accepted description is left.");
  } }, "Plant them");
  dialog("Plant gold items or errors", h("p", { class: "ac-quiet" }, "Random copies of accepted descriptions whose correct verdict is known. They measure reviewers and look like any other item. Exports and work counts leave them out. Planting cannot be undone, because the log keeps them."),
    h("div", { class: "ac-row ac-plant" }, kind, count, go), told);
};
