// Review. The page holds the queue; each decision goes into the outbox and the next item is on screen at once.
const S = { boot: null, items: [], at: 0, part: -1, resolves: [], undo: [], order: "error", filters: {}, shownAt: 0, idle: 0, asking: false, picking: "", paces: [], end: false };
const PREFETCH = 20, LOW = 10, IDLE_MS = 60000, COMMANDS = [
  ["accept", "a", "Accept"], ["reject", "x", "Reject"], ["skip", " ", "Skip, with a reason"], ["next", "j", "Next"], ["previous", "k", "Previous"], ["edit", "e", "Edit"],
  ["swap", "s", "Swap left and right"], ["undo", "u", "Undo"], ["flag", "f", "Flag"], ["reason", "r", "Give a reason"], ["help", "?", "Keys and guidelines"]];
const read = (key, otherwise) => { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch (e) { return otherwise; } };
const write = (key, value) => { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value)); } catch (e) { /* the outbox says when nothing is kept */ } };
let keys = { ...Object.fromEntries(COMMANDS.map(([name, key]) => [name, key])), ...read("autocompose-keys", {}) };
const keyName = (key) => (key === " " ? "Space" : key);
const session = (() => { let id = sessionStorage.getItem("autocompose-session"); if (!id) { id = newId(); sessionStorage.setItem("autocompose-session", id); } return id; })();
const ask = (name, payload = {}) => call(name, { session, ...payload });
const copyOf = (value) => JSON.parse(JSON.stringify(value));
const current = () => S.items[S.at] || null;
const draftKey = (id) => `autocompose-draft:${S.boot.reviewer}:${id}`;
let outbox = null;

// ---- The frame, built once
const statusBox = h("span", { class: "ac-status", role: "status" });
const meter = h("div", { class: "ac-meter ac-progress" }, h("i"));
const left = h("span", { class: "ac-quiet" });
const queueBox = h("ol", { class: "ac-queue", "aria-label": "Queue" });
const desk = h("div", { class: "ac-reviewdesk" });
const refused = h("div", {});
const overlay = h("dialog", { class: "ac-dialog", "aria-label": "Review" });
const select = (label, options, onchange) => h("select", { "aria-label": label, onchange: (e) => onchange(e.target.value) },
  options.map(([value, name]) => h("option", { value }, name)));
const filterBy = (name) => (value) => { S.filters[name] = value; restart(); };
const say = h("p", { class: "ac-sr", role: "status", "aria-live": "polite" });
const toolbar = h("div", { class: "ac-row ac-reviewbar" });
const frame = h("div", { class: "ac-review" }, toolbar, h("div", { class: "ac-progressrow" }, meter, left), refused, h("div", { class: "ac-reviewgrid" },
  h("nav", { class: "ac-queuebox", "aria-label": "Queue" }, h("h2", {}, "Next"), queueBox), desk), say, overlay);

const drawStatus = () => {
  const box = outbox.state, n = box.ops.filter((op) => !op.refused).length;
  const words = box.problem ? `${n} unsaved: ${box.problem}` : box.offline ? `Offline, ${n} unsaved` : box.sending && n < 2 ? "Saving" : n ? `${n} unsaved`
    : box.savedAt ? `Saved ${box.savedAt.toLocaleTimeString([], { hour12: false })}` : "Saved";
  statusBox.className = "ac-status" + (box.problem || box.offline ? " ac-bad" : n ? " ac-busy" : "");
  statusBox.dataset.unsaved = n;
  if (statusBox.textContent !== words) fill(statusBox, words);
  const stuck = box.ops.filter((op) => op.refused);
  fill(refused, !box.kept ? notice("warn", "This browser keeps nothing: do not close the page while anything is unsaved.") : null,
    stuck.map((op) => notice("error", `The store refused a decision: ${op.refused} `,
      h("button", { type: "button", class: "ac-mini", onclick: () => open(op.id) }, "Look at it"), h("button", { type: "button", class: "ac-mini", onclick: () => outbox.discard(op.operation) }, "Discard it"))));
};
const drawProgress = () => {
  const stats = S.boot.stats || { descriptions: 0, reviewed: 0 };
  const open = Math.max(0, stats.descriptions - stats.reviewed);
  meter.firstChild.style.width = stats.descriptions ? `${(100 * stats.reviewed) / stats.descriptions}%` : "0";
  const pace = S.paces.slice(-20).sort((a, b) => a - b)[Math.floor(Math.min(20, S.paces.length) / 2)];
  const minutes = pace ? Math.ceil((open * pace) / 60000) : 0;
  fill(left, `${stats.reviewed} of ${stats.descriptions} reviewed`, minutes ? `, about ${minutes > 90 ? `${Math.round(minutes / 60)} h` : `${minutes} min`} left` : "");
};
const drawQueue = () => fill(queueBox, S.items.slice(Math.max(0, S.at - 2), S.at + 12).map((item) => {
  const verdict = item.now.verdict;
  return h("li", {}, h("button", { type: "button", class: "ac-queued", "data-item": item.id, "aria-current": item === current() ? "true" : null, onclick: () => show(S.items.indexOf(item)) },
    item.pair ? h("img", { src: item.pair.target.url, alt: "", loading: "lazy" }) : h("span", { class: "ac-nopicture" }),
    h("span", {}, h("b", {}, `${item.key}${verdict === "pending" ? "" : `, ${verdict}`}`), h("small", {}, item.reasons[0] || ""))));
}));

// ---- One item
const setText = (i, value) => { current().now.phrasings[i] = value; touched(); };
const touched = () => { const item = current(); write(draftKey(item.id), { revision: item.revision, judgement: item.now }); };
const button = (name, label, onclick, cls = "") => h("button", { type: "button", class: `ac-button ${cls}`, "data-do": name, onclick: onclick || (() => COMMAND[name]()) }, label, h("kbd", {}, keyName(keys[name])));
const drawItem = () => {
  const item = current();
  S.part = -1;
  if (!item) {
    fill(desk, h("div", { class: "ac-done" }, h("p", { class: "ac-lead" }, S.end ? "Nothing is waiting in this queue." : "Opening …"),
      S.end ? h("p", { class: "ac-quiet" }, "Choose another filter, or look at the dashboard.") : null));
    return;
  }
  const now = item.now;
  const texts = now.phrasings.map((text, i) => h("li", { class: "ac-reviewtext" },
    h("textarea", { rows: 2, dir: "auto", "aria-label": `Phrasing ${i + 1}`, value: text, "data-text": i, oninput: (e) => { setText(i, e.target.value); grow(e.target); drawDiff(i); } }),
    h("div", { "data-diff": i })));
  const drawDiff = (i) => { const before = item.original.phrasings[i] ?? "", after = now.phrasings[i]; fill($(`[data-diff="${i}"]`), before === after ? null : shownDifference(before, after)); };
  fill(desk,
    h("section", { class: "ac-reviewpair", "aria-label": "Pictures" },
      item.pair ? bothPictures(item.pair, { eager: true, mirrored: item.pair.mirrored }) : notice("quiet", `The pictures of "${item.dataset}" are not served by this studio.`),
      h("div", { class: "ac-row ac-tools" }, bonesSwitch(() => desk), item.pair ? h("details", {}, h("summary", {}, "Transition"), transition(item.pair) || "These pictures have no joints.") : null, sideKey()),
      h("ul", { class: "ac-why", "aria-label": "Why it is here" }, item.reasons.map((why) => h("li", {}, why)))),
    h("section", { class: "ac-reviewparts", "aria-label": "Parts" }, h("h2", {}, `${item.key}, ${item.source}${item.model ? `, ${item.model}` : ""}`), partRows(item),
      item.stale ? notice("warn", "The text this view derives from was edited: compare, or make it anew. ", h("button", { type: "button", class: "ac-mini", onclick: regenerate }, "Make it anew")) : null,
      conflictRows(item)),
    h("section", { class: "ac-reviewwords", "aria-label": "Texts" }, h("ol", {}, texts),
      h("div", { class: "ac-reasons", role: "group", "aria-label": "Reasons" }, S.boot.reasons.map((reason, i) => h("button", { type: "button", class: "ac-chipbutton", "aria-pressed": String(now.reasons.includes(reason)),
        onclick: () => toggleReason(i) }, S.picking ? h("kbd", {}, i + 1) : null, reason)),
        h("input", { type: "text", "aria-label": "Note", placeholder: "Note", value: now.note, oninput: (e) => { now.note = e.target.value; touched(); } })),
      S.picking ? h("p", { class: "ac-quiet" }, S.picking === "skip" ? "Why? A number skips with that reason, Enter with “cannot tell”, Esc goes back." : "A number sets a reason, Esc ends.") : null,
      h("div", { class: "ac-row ac-verdicts" }, button("accept", "Accept", null, "ac-solid"), button("reject", "Reject"), button("skip", "Skip"),
        button("edit", "Edit"), button("swap", "Swap sides"), button("flag", now.flagged ? "Flagged" : "Flag", null, now.flagged ? "ac-on" : ""), button("undo", "Undo"), button("previous", "Previous"), button("next", "Next"),
        h("button", { type: "button", class: "ac-mini", onclick: showHistory }, "History"))));
  now.phrasings.forEach((_, i) => drawDiff(i));
  desk.querySelectorAll("textarea").forEach(grow);
};
const partRows = (item) => {
  const own = new Map(item.now.parts.map(([part, text]) => [part, text]));
  const claimed = [...new Set(item.claims.map((mark) => mark.part))].filter((part) => !own.has(part));
  return h("ol", { class: "ac-marks" }, [...own.keys(), ...claimed].slice(0, 24).map((part, i) => {
    const marks = item.claims.filter((mark) => mark.part === part);
    const worst = ["contradicted", "unknown", "supported"].find((verdict) => marks.some((mark) => mark.verdict === verdict));
    const wrong = item.now.wrong_parts.includes(part);
    return h("li", { class: wrong ? "ac-wrong" : "" }, h("button", { type: "button", class: "ac-markrow", "data-part": part, "aria-pressed": String(wrong), title: "Press to mark it wrong", onclick: () => toggleWrong(part) },
      h("kbd", {}, i < 9 ? i + 1 : ""), sideChip(part), h("span", { class: "ac-markname" }, labelOf(part), own.has(part) ? h("small", { dir: "auto" }, own.get(part)) : null),
      worst ? verdictChip(worst, marks.filter((mark) => mark.verdict === worst).map((mark) => mark.evidence).join("; ")) : null, wrong ? h("b", {}, "wrong") : null));
  }));
};
const conflictRows = (item) => item.conflicts.filter((c) => !S.resolves.includes(c.field)).map((c) => h("div", { class: "ac-notice ac-warn ac-conflict", role: "alert" },
  h("p", {}, `Two people changed the ${c.field}:`), [["theirs", c.their_reviewer || "first"], ["mine", c.my_reviewer || "second"]].map(([side, name]) =>
    h("p", {}, h("b", {}, `${name}: `), h("q", { dir: "auto" }, c[side] === null ? "(removed)" : c[side]), " ", h("button", { type: "button", class: "ac-mini", onclick: () => resolve(c, c[side]) }, "Take this")))));
const resolve = (conflict, value) => {
  const now = current().now, which = /^phrasing (\d+)$/.exec(conflict.field);
  if (conflict.field === "verdict") now.verdict = value;
  else if (conflict.field === "note") now.note = value || "";
  else if (conflict.field === "phrasings") now.phrasings = JSON.parse(value);
  else if (which) now.phrasings[which[1] - 1] = value;
  else { const part = conflict.field.replaceAll(" ", "_"); now.parts = now.parts.filter(([name]) => name !== part); if (value !== null) now.parts.push([part, value]); }
  S.resolves.push(conflict.field); touched(); drawItem();
};
const toggleWrong = (part) => { const now = current().now; now.wrong_parts = now.wrong_parts.includes(part) ? now.wrong_parts.filter((p) => p !== part) : [...now.wrong_parts, part]; touched(); keepFocus(drawItem); };
const toggleReason = (i) => {
  const now = current().now, reason = S.boot.reasons[i];
  now.reasons = now.reasons.includes(reason) ? now.reasons.filter((r) => r !== reason) : [...now.reasons, reason];
  touched();
  if (S.picking === "skip") { S.picking = ""; decide("skipped"); } else keepFocus(drawItem);
};
const keepFocus = (draw) => {
  const focused = document.activeElement, inside = desk.contains(focused);
  const mark = inside && (focused.dataset.part || focused.textContent);
  draw();
  if (inside) [...desk.querySelectorAll("button")].find((b) => (b.dataset.part || b.textContent) === mark)?.focus();
};

// ---- Decisions
const activeMs = () => Math.max(1, Math.round(performance.now() - S.shownAt - S.idle));
const push = (item, judgement, resolves = []) => {
  item.now = judgement; item.saved = copyOf(judgement);
  const base = item.revision;
  item.revision += 1;
  write(draftKey(item.id), null);
  outbox.add({ id: item.id, base, judgement: copyOf(judgement), active_ms: activeMs(), resolves }, (answer) => {
    const settled = !outbox.state.ops.some((op) => op.id === item.id);
    if (settled) { item.revision = answer.state.revision; item.conflicts = answer.state.conflicts; }
    if (answer.merged && settled) { item.now = answer.state.judgement; item.saved = copyOf(item.now); say.textContent = "Somebody else saved this description too; both changes are kept."; if (item === current()) drawItem(); }
  });
};
const decide = (verdict) => {
  const item = current();
  if (!item) return;
  const before = copyOf(item.saved), judgement = { ...copyOf(item.now), verdict };
  if (verdict === "skipped" && !judgement.reasons.length) judgement.reasons = ["cannot tell"];
  if (verdict === "accepted" && judgement.phrasings.some((text) => !text.trim())) { say.textContent = "A text is empty; write it, or reject the description."; notify("A text is empty; write it, or reject the description."); return; }
  const first = item.saved.verdict === "pending";
  S.paces.push(activeMs());
  push(item, judgement, S.resolves);
  S.undo.push({ item, before, at: S.at });
  if (S.boot.stats && (verdict === "accepted" || verdict === "rejected") && first) S.boot.stats.reviewed += 1;
  say.textContent = `${verdict}`;
  show(S.at + 1);
};
const undo = () => {
  const last = S.undo.pop();
  if (!last) { notify("There is nothing to undo."); return; }
  const decided = (v) => v === "accepted" || v === "rejected";
  if (S.boot.stats && decided(last.item.saved.verdict) && !decided(last.before.verdict)) S.boot.stats.reviewed -= 1;
  push(last.item, last.before);
  say.textContent = "Undone";
  show(S.items.indexOf(last.item));
};
const swap = async () => {
  const item = current(), now = item.now, row = desk.querySelectorAll("[data-part]")[S.part];
  const one = row ? now.parts.find(([part]) => part === row.dataset.part) : null;
  const other = (part) => (part.startsWith("left_") ? part.replace("left_", "right_") : part.startsWith("right_") ? part.replace("right_", "left_") : part);
  const texts = one ? [one[1]] : [...now.phrasings, ...now.parts.map(([, text]) => text)];
  const answer = await ask("review_mirror", { texts });
  if (!answer.ok) { notify(answer.error); return; }
  if (one) now.parts = now.parts.map((p) => (p === one ? [other(p[0]), answer.texts[0]] : p));
  else { now.phrasings = answer.texts.slice(0, now.phrasings.length); now.parts = now.parts.map(([part], i) => [other(part), answer.texts[now.phrasings.length + i]]); }
  if (answer.refused.length) notify(answer.refused[0]);
  touched(); if (item === current()) drawItem();
};
const regenerate = async () => {
  const item = current(), operation = newId();
  const seen = await ask("review_bulk", { step: "preview", action: "regenerate", ids: [item.id], operation });
  if (!seen.ok || !seen.count) { notify(seen.error || (seen.refused[0] && seen.refused[0].why) || "It cannot be made anew."); return; }
  const done = await ask("review_bulk", { step: "apply", operation });
  if (!done.ok) { notify(done.error); return; }
  open(item.id);
};
const notify = (text) => { fill(refused, notice("warn", text)); setTimeout(drawStatus, 5000); };

// ---- The queue
const held = (card) => {
  const item = { ...card, now: copyOf(card.state.judgement), saved: copyOf(card.state.judgement), revision: card.state.revision, conflicts: card.state.conflicts };
  for (const op of outbox.state.ops) if (op.id === item.id) { item.now = copyOf(op.judgement); item.saved = copyOf(op.judgement); item.revision = op.base + 1; }
  const draft = read(draftKey(item.id), null);
  if (draft && draft.revision === item.revision) item.now = draft.judgement; else if (draft) write(draftKey(item.id), null);
  return item;
};
const fetchMore = async () => {
  if (S.asking) return;
  S.asking = true;
  const waiting = S.items.slice(S.at).map((item) => item.id);
  const pending = outbox.state.ops.map((op) => op.id);
  const number = (S.generation = S.generation || 0);
  const answer = await ask("review_next", { ...S.filters, order: S.order, held: [...new Set([...waiting, ...pending])].slice(0, 60), count: PREFETCH });
  S.asking = false;
  if (number !== S.generation) { fetchMore(); return; }
  if (!answer.ok) { if (!answer.offline) notify(answer.error); setTimeout(() => { if (S.items.length - S.at < LOW) fetchMore(); }, 3000); return; }
  const known = new Set(S.items.slice(S.at).map((item) => item.id).concat(pending));
  const more = answer.items.filter((card) => !known.has(card.id)).map(held);
  const empty = !current();
  S.items.push(...more); S.end = !more.length;
  if (!outbox.state.ops.length) S.boot.stats = answer.stats;
  for (const item of more) if (item.pair) for (const side of ["reference", "target"]) new Image().src = item.pair[side].url;
  drawQueue(); drawProgress();
  if (empty) show(S.at);
};
const show = (place) => {
  S.at = Math.max(0, Math.min(place, S.items.length));
  S.shownAt = performance.now(); S.idle = 0; S.resolves = []; S.picking = "";
  drawItem(); drawQueue(); drawProgress();
  if (S.items.length - S.at < LOW && !(S.end && S.items.length > S.at)) fetchMore();
};
const restart = () => { S.generation = (S.generation || 0) + 1; S.items = []; S.at = 0; S.end = false; drawItem(); drawQueue(); fetchMore(); };
const open = async (id) => {
  const answer = await ask("review_item", { id });
  if (!answer.ok) { notify(answer.error); return; }
  const item = held(answer.item), there = S.items.findIndex((other) => other.id === id);
  if (there >= 0) { S.items[there] = item; show(there); } else { S.items.splice(S.at, 0, item); show(S.at); }
};

// ---- Dialogs
const dialog = (title, ...content) => {
  fill(overlay, h("div", { class: "ac-row ac-between" }, h("h2", {}, title), h("button", { type: "button", class: "ac-iconbutton", "aria-label": "Close", onclick: () => overlay.close() }, icon(ICONS.close))), content);
  if (!overlay.open) overlay.showModal();
};
const help = () => dialog("Keys and guidelines",
  h("p", {}, "Left and right are the subject's. Accept a text when everything it says can be seen and nothing important is missing. Mark a part as wrong with its number. When you cannot tell, skip."),
  h("ul", { class: "ac-keys" }, COMMANDS.map(([name, , label]) => h("li", {}, h("span", {}, label), h("button", { type: "button", class: "ac-button", "aria-label": `Key for ${label}: ${keyName(keys[name])}. Press to change it`, onclick: (e) => rebind(name, e.currentTarget) }, keyName(keys[name]))))),
  h("p", { class: "ac-quiet" }, "1 to 9 choose a part, again marks it wrong. Ctrl+Enter accepts what you typed and goes on. Esc leaves a text. On a touch screen: right accepts, left rejects, up skips."));
const rebind = (name, node) => {
  fill(node, "press a key");
  const take = (e) => {
    e.preventDefault(); e.stopPropagation(); window.removeEventListener("keydown", take, true);
    const taken = COMMANDS.find(([other]) => other !== name && keys[other] === e.key);
    if (e.key !== "Escape" && e.key.length === 1 && !/[1-9]/.test(e.key) && !taken) { keys[name] = e.key; write("autocompose-keys", keys); }
    help(); drawItem();
  };
  window.addEventListener("keydown", take, true);
};
const showHistory = async () => {
  const item = current(), answer = await ask("review_item", { id: item.id });
  if (!answer.ok) { notify(answer.error); return; }
  const back = async (revision) => { const done = await ask("review_restore", { id: item.id, revision, operation: newId() }); overlay.close(); if (done.ok) open(item.id); else notify(done.error); };
  dialog("History", h("ol", { class: "ac-history" }, [{ revision: 0, kind: "original", reviewer: "", at: "" }, ...answer.history].map((event) => h("li", {},
    h("span", {}, `${event.revision}: ${event.kind} ${event.reviewer} ${event.at.slice(0, 19).replace("T", " ")}`), h("button", { type: "button", class: "ac-mini", onclick: () => back(event.revision) }, "Restore")))));
};
const dashboard = async () => {
  dialog("Dashboard", h("p", { class: "ac-quiet" }, "Counting …"));
  const answer = await ask("review_dashboard");
  dialog("Dashboard", answer.ok ? dashboardView(answer, (pick) => { Object.assign(S.filters, pick); overlay.close(); restart(); }) : notice("error", answer.error));
};
const acceptAll = async () => {
  const operation = newId(), seen = await ask("review_bulk", { step: "preview", action: "accept", operation, ...S.filters });
  if (!seen.ok) { notify(seen.error); return; }
  const apply = async () => {
    const done = await ask("review_bulk", { step: "apply", operation });
    const back = async () => { const gone = await ask("review_bulk", { step: "undo", bulk: operation, operation: newId() }); dialog("Undone", h("p", {}, gone.ok ? `${gone.saved} taken back, ${gone.refused} left as they were saved since.` : gone.error)); restart(); };
    dialog("Done", h("p", {}, done.ok ? `${done.saved} accepted, ${done.refused} left alone.` : done.error), done.ok ? h("button", { type: "button", class: "ac-button", onclick: back }, "Undo all") : null);
    restart();
  };
  dialog(`Accept ${seen.count} descriptions that no claim contradicts`, h("ol", { class: "ac-history" }, seen.shown.map((row) => h("li", { dir: "auto" }, row.after[0]))),
    seen.count > seen.shown.length ? h("p", { class: "ac-quiet" }, `and ${seen.count - seen.shown.length} more`) : null,
    h("button", { type: "button", class: "ac-button ac-solid", onclick: apply, disabled: !seen.count }, "Accept them"));
};

// ---- Keys and touch
const COMMAND = { accept: () => decide("accepted"), reject: () => decide("rejected"), next: () => show(S.at + 1), previous: () => show(S.at - 1), undo, swap, help,
  skip: () => { S.picking = "skip"; drawItem(); }, reason: () => { S.picking = "reason"; drawItem(); },
  edit: () => { const area = desk.querySelector("textarea"); if (area) { area.focus(); area.setSelectionRange(area.value.length, area.value.length); } },
  flag: () => { const now = current().now; now.flagged = !now.flagged; push(current(), now); drawItem(); } };
const typing = (node) => node && (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && node.type !== "range"));
document.addEventListener("keydown", (e) => {
  if (!element.isConnected || !frame.offsetParent || overlay.open || e.altKey || e.metaKey) return;
  if (e.ctrlKey) { if (e.key === "Enter" && current()) { e.preventDefault(); document.activeElement.blur(); decide("accepted"); } return; }
  if (typing(e.target)) { if (e.key === "Escape") e.target.blur(); return; }
  // Space and Enter press a focused button, as everywhere; they are commands elsewhere.
  if ((e.key === " " || e.key === "Enter") && e.target.closest("button, summary, a, [role=tab]") && !S.picking) return;
  const number = /^[1-9]$/.test(e.key) ? Number(e.key) : 0;
  if (S.picking) {
    if (e.key === "Escape") S.picking = ""; else if (e.key === "Enter" && S.picking === "skip") { e.preventDefault(); S.picking = ""; decide("skipped"); return; }
    else if (number && number <= S.boot.reasons.length) { e.preventDefault(); toggleReason(number - 1); return; }
    drawItem(); return;
  }
  const found = COMMANDS.find(([name]) => keys[name] === e.key);
  if (found && (current() || ["undo", "help", "previous"].includes(found[0]))) { e.preventDefault(); COMMAND[found[0]](); return; }
  if (number && current()) {
    const row = desk.querySelectorAll("[data-part]")[number - 1];
    if (!row) return;
    e.preventDefault();
    if (S.part === number - 1) { const chosen = S.part; toggleWrong(row.dataset.part); S.part = chosen; } else S.part = number - 1;
    desk.querySelectorAll("[data-part]").forEach((node, i) => node.classList.toggle("ac-chosen", i === S.part));
  }
});
let quiet = performance.now();
for (const name of ["keydown", "pointermove", "pointerdown"]) document.addEventListener(name, () => { const now = performance.now(); if (now - quiet > IDLE_MS) S.idle += now - quiet - IDLE_MS; quiet = now; }, { passive: true });
let start = null;
desk.addEventListener("touchstart", (e) => { start = e.touches.length === 1 && !typing(e.target) ? e.touches[0] : null; }, { passive: true });
desk.addEventListener("touchend", (e) => {
  if (!start || !current()) return;
  const dx = e.changedTouches[0].clientX - start.clientX, dy = e.changedTouches[0].clientY - start.clientY;
  if (Math.abs(dx) > 90 && Math.abs(dx) > 2 * Math.abs(dy)) decide(dx > 0 ? "accepted" : "rejected");
  else if (dy < -120 && Math.abs(dy) > 3 * Math.abs(dx)) COMMAND.skip();
}, { passive: true });
window.addEventListener("pagehide", () => { if (outbox && !outbox.state.ops.length) ask("review_release"); });

// ---- Start
const begin = async () => {
  const boot = await ask("review_boot");
  if (!boot.ok) {
    fill($("[data-root]"), notice("error", boot.error));
    if (boot.offline) setTimeout(begin, 2000);
    return;
  }
  S.boot = boot;
  outbox = openOutbox(boot.reviewer, (op) => ask("review_save", op), drawStatus);
  const filters = [select("View", [["", "All views"], ...boot.views.map((v) => [v, v])], filterBy("view")), select("Source", [["", "All sources"], ...boot.sources.map((v) => [v, v])], filterBy("source")),
    select("Part", [["", "All parts"], ...boot.parts.map((p) => [p.part, p.label])], filterBy("part")), select("Claims", [["", "All claims"], ["contradicted", "contradicted"], ["unknown", "unknown"], ["supported", "supported"]], filterBy("claim_verdict"))];
  let timer = 0;
  const search = h("input", { type: "text", "aria-label": "Search in texts", placeholder: "Search", oninput: (e) => { clearTimeout(timer); timer = setTimeout(() => filterBy("text")(e.target.value), 250); } });
  const order = select("Order", [["error", "Most suspect first"], ["sequential", "In file order"], ["random", "At random"]], (value) => { S.order = value; restart(); });
  fill(toolbar, statusBox, order, filters, search,
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: dashboard }, "Dashboard"),
    boot.role === "administrator" ? h("button", { type: "button", class: "ac-button ac-ghost", onclick: acceptAll }, "Accept all …") : null,
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: help }, "Help", h("kbd", {}, keyName(keys.help))), h("span", { class: "ac-quiet" }, boot.reviewer));
  drawStatus();
  if (boot.empty) {
    const go = h("button", { type: "button", class: "ac-button ac-solid", onclick: async () => { go.disabled = true; fill(go, "Importing …"); const done = await ask("review_import"); if (done.ok) begin(); else { go.disabled = false; fill(go, "Try again"); notify(done.error); } } }, `Review the captions of ${boot.dataset} ${boot.split}`);
    fill($("[data-root]"), h("div", { class: "ac-done" }, h("p", { class: "ac-lead" }, "There is nothing to review yet."), boot.role === "administrator" ? go : null,
      h("p", { class: "ac-quiet" }, "Or import any caption file: ", h("code", {}, "autocompose review import FILE --dataset DIR")), refused));
    return;
  }
  fill($("[data-root]"), frame);
  await outbox.flush();
  show(0);
};
begin();
