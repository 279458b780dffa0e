// Review. The page holds the queue; each decision goes into the outbox and the next item is on screen at once.
const S = { boot: null, items: [], at: 0, part: -1, span: null, resolves: [], undo: [], marked: new Set(), order: "error", filters: {}, second: false, share: 0.1, blocked: "", why: null, generation: 0, shownAt: 0, idle: 0, asking: false, picking: "", paces: [], end: false };
// So many items wait behind the one on the table, pictures loaded: half an hour's work without a server.
const DEPTH = 50;
const PREFETCH = 20, IDLE_MS = 60000, AWAY_MS = 600000, RENEW_MS = 120000, COMMANDS = [
  ["accept", "a", "Accept"], ["reject", "x", "Reject"], ["skip", " ", "Skip, with a reason"], ["next", "j", "Next"], ["previous", "k", "Previous"], ["edit", "e", "Edit"],
  ["swap", "s", "Swap left and right in the text, the selected part or the selected words"], ["undo", "u", "Undo"], ["flag", "f", "Flag"], ["reason", "r", "Give a reason"], ["help", "?", "Keys and guidelines"]];
const read = (key, otherwise) => { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch (e) { return otherwise; } };
const write = (key, value) => { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value)); } catch (e) { /* the outbox says when nothing is kept */ } };
let keys = { ...Object.fromEntries(COMMANDS.map(([name, key]) => [name, key])), ...read("autocompose-keys", {}) };
const keyName = (key) => (key === " " ? "Space" : key);
// Leases belong to a session. A page that comes after a closed or crashed one takes over its session, and with it
// what that one held; a session whose page is alive (it says so now and then) is left to it.
const ALIVE_MS = 150000, sessionKey = (id) => `autocompose-session:${id}`;
const session = (() => {
  const mine = sessionStorage.getItem("autocompose-session"), left = [];
  try { for (let i = 0; i < localStorage.length; i += 1) { const key = localStorage.key(i); if (key.startsWith(sessionKey(""))) left.push(key.slice(sessionKey("").length)); } } catch (e) { /* nothing is kept */ }
  const free = (id) => Date.now() - read(sessionKey(id), 0) > ALIVE_MS;
  const id = [...(mine ? [mine] : []), ...left].find(free) || newId();
  sessionStorage.setItem("autocompose-session", id);
  return id;
})();
const beat = () => write(sessionKey(session), Date.now());
beat(); setInterval(beat, 20000);
window.addEventListener("pageshow", (e) => { if (e.persisted) beat(); });
const ask = (name, payload = {}) => call(name, { session, ...payload });
const copyOf = (value) => JSON.parse(JSON.stringify(value));
const current = () => S.items[S.at] || null;
const draftKey = (item) => `autocompose-draft:${S.boot.reviewer}:${item.second ? "second:" : ""}${item.id}`;
let outbox = null;

// ---- The frame, built once
const statusBox = h("span", { class: "ac-status", role: "status" });
const meter = h("div", { class: "ac-meter ac-progress" }, h("i"));
const left = h("span", { class: "ac-quiet" });
const queueBox = h("ol", { class: "ac-queue", "aria-label": "Queue" });
const desk = h("div", { class: "ac-reviewdesk" });
const refused = h("div", {}), advice = h("div", {}), trouble = h("p", { class: "ac-trouble", role: "status" });
const overlay = h("dialog", { class: "ac-dialog", "aria-label": "Review" });
const select = (label, options, onchange) => h("select", { "aria-label": label, onchange: (e) => onchange(e.target.value) },
  options.map(([value, name]) => h("option", { value }, name)));
const say = h("p", { class: "ac-sr", role: "status", "aria-live": "polite" });
const toolbar = h("div", { class: "ac-row ac-reviewbar" });
const frame = h("div", { class: "ac-review" }, toolbar, filterPanel, filterChips, h("div", { class: "ac-progressrow" }, meter, left), trouble, refused, advice, h("div", { class: "ac-reviewgrid" },
  h("nav", { class: "ac-queuebox", "aria-label": "Queue" }, h("h2", {}, "Next"), queueBox), desk), say, overlay);

const drawStatus = () => {
  const box = outbox.state, n = box.ops.filter((op) => !op.refused).length;
  const words = box.offline ? `Offline, ${n} unsaved` : box.sending && n < 2 ? "Saving" : n ? `${n} unsaved`
    : box.savedAt ? `Saved ${box.savedAt.toLocaleTimeString([], { hour12: false })}` : "Saved";
  statusBox.className = "ac-status" + (box.problem || box.offline ? " ac-bad" : n ? " ac-busy" : "");
  statusBox.dataset.unsaved = n;
  if (statusBox.textContent !== words) fill(statusBox, words);
  // One line that says what is wrong and what becomes of the work.
  const kept = box.kept ? "kept in this browser and will be sent once this is fixed" : "only on this page; do not close it";
  const problem = box.problem || S.blocked, fate = n ? ` What is unsaved is ${kept}.` : " Decisions are kept in this browser until that is mended.";
  const wrong = problem ? sentence(problem.split(": ")[0]) + fate : box.offline && n ? `Connection lost. Unsaved decisions are ${kept.replace("this is fixed", "the server is back")}.` : "";
  trouble.title = problem;
  if (trouble.textContent !== wrong) fill(trouble, wrong);
  const stuck = box.ops.filter((op) => op.refused);
  fill(refused, !box.kept ? notice("warn", "This browser cannot store decisions. Do not close the page while anything is unsaved.") : null,
    stuck.map((op) => notice("error", `The store refused a decision: ${op.refused} `,
      h("button", { type: "button", class: "ac-mini", onclick: () => open(op.id) }, "Show it"), h("button", { type: "button", class: "ac-mini", onclick: () => outbox.discard(op.operation) }, "Discard it"))));
};
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
const drawProgress = () => {
  const stats = S.boot.stats;
  const open = Math.max(0, stats.descriptions - stats.reviewed);
  meter.firstChild.style.width = stats.descriptions ? `${(100 * stats.reviewed) / stats.descriptions}%` : "0";
  const pace = S.paces.slice(-20).sort((a, b) => a - b)[Math.floor(Math.min(20, S.paces.length) / 2)];
  const minutes = pace ? Math.ceil((open * pace) / 60000) : 0;
  fill(left, `${stats.reviewed} of ${stats.descriptions} reviewed`, minutes ? `, about ${minutes > 90 ? `${Math.round(minutes / 60)} h` : `${minutes} min`} left` : "");
};
const drawQueue = () => {
  const focused = queueBox.contains(document.activeElement) ? document.activeElement.dataset : {};
  frame.dataset.ahead = Math.max(0, S.items.length - S.at);
  drawQueued();
  const again = [...queueBox.querySelectorAll("[data-item], [data-mark]")].find((node) => (focused.item && node.dataset.item === focused.item) || (focused.mark && node.dataset.mark === focused.mark));
  if (again) again.focus();
};
const drawQueued = () => fill(queueBox, S.items.slice(Math.max(0, S.at - 2), S.at + 12).map((item) => {
  const verdict = item.now.verdict;
  const marked = S.marked.has(item.id);
  return h("li", {}, S.boot.role !== "administrator" || S.second ? null : h("input", { type: "checkbox", checked: marked, "data-mark": item.id, "aria-label": `Mark ${item.key}, ${item.reasons[0] || ""} for a bulk action`, title: "Mark for a bulk action",
    onchange: (e) => { if (e.target.checked) S.marked.add(item.id); else S.marked.delete(item.id); } }), h("button", { type: "button", class: "ac-queued", "data-item": item.id, "aria-current": item === current() ? "true" : null, onclick: () => show(S.items.indexOf(item)) },
    item.pair ? h("img", { src: item.pair.target.url, alt: "", loading: "lazy" }) : h("span", { class: "ac-nopicture" }),
    h("span", {}, h("b", {}, `${item.key}${verdict === "pending" ? "" : `, ${verdict}`}`), h("small", {}, item.reasons[0] || ""))));
}));

// ---- One item
const setText = (i, value) => { current().now.phrasings[i] = value; touched(); };
const touched = (item = current()) => write(draftKey(item), { revision: item.revision, judgement: item.now });
const remember = (item = current()) => S.undo.push({ draft: true, item, before: copyOf(item.now) });
const button = (name, label, onclick, cls = "") => h("button", { type: "button", class: `ac-button ${cls}`, "data-do": name, onclick: onclick || (() => COMMAND[name]()) }, label, h("kbd", {}, keyName(keys[name])));
const drawItem = () => {
  const item = current(), doing = desk.contains(document.activeElement) ? document.activeElement.dataset.do : "";
  S.part = -1; S.span = null;
  if (!item) {
    fill(desk, S.end ? h("div", { class: "ac-done" }, emptyView()) : h("div", { class: "ac-done ac-opening", "aria-busy": "true" }, h("p", { class: "ac-lead" }, "Opening …")));
    return;
  }
  const now = item.now;
  const texts = now.phrasings.map((text, i) => h("li", { class: "ac-reviewtext" },
    h("textarea", { rows: 2, dir: "auto", "aria-label": `Phrasing ${i + 1}`, value: text, "data-text": i, oninput: (e) => { setText(i, e.target.value); grow(e.target); drawDiff(i); drawDerived(); noteSpan(e.target); },
      onselect: (e) => noteSpan(e.target), onkeyup: (e) => noteSpan(e.target), onpointerup: (e) => { const area = e.target; setTimeout(() => noteSpan(area)); } }),
    h("p", { class: "ac-span ac-quiet", "data-span": i, role: "status" }), h("div", { "data-diff": i })));
  fill(desk,
    h("section", { class: "ac-reviewpair", "aria-label": "Pictures" },
      item.pair ? bothPictures(item.pair, { eager: true, mirrored: item.pair.mirrored }) : notice("quiet", `The pictures of "${item.dataset}" are not available in this studio.`),
      h("div", { class: "ac-row ac-tools" }, bonesSwitch(() => desk), item.pair ? h("details", {}, h("summary", {}, "Transition"), transition(item.pair) || "These pictures have no joints.") : null, sideKey()),
      h("ul", { class: "ac-why", "aria-label": "Why this is in the queue" }, item.reasons.map((why) => h("li", {}, why)))),
    h("section", { class: "ac-reviewparts", "aria-label": "Parts" }, h("h2", {}, [item.key, now.written ? "auto, rewritten from the joints" : item.source, now.written ? "" : item.model].filter(Boolean).join(", ")), partRows(item),
      item.stale ? notice("warn", "The text that this view derives from was edited. Compare the two, or regenerate this view. ", h("button", { type: "button", class: "ac-mini", "data-anew": true, onclick: () => bulk("regenerate", [item.id]) }, "Regenerate …")) : null,
      conflictRows(item)),
    h("section", { class: "ac-reviewwords", "aria-label": "Texts" }, h("ol", {}, texts), h("div", { "data-derived": true }),
      h("div", { class: "ac-reasons", role: "group", "aria-label": "Reasons" }, S.boot.reasons.map((reason, i) => h("button", { type: "button", class: "ac-chipbutton", "aria-pressed": String(now.reasons.includes(reason)),
        onclick: () => toggleReason(i) }, S.picking ? h("kbd", {}, i + 1) : null, reason)),
        h("input", { type: "text", "aria-label": "Note", placeholder: "Note", value: now.note, dir: "auto", oninput: (e) => { now.note = e.target.value; touched(); } })),
      S.picking ? h("p", { class: "ac-quiet" }, S.picking === "skip" ? "Why? Press a number to skip with that reason, Enter for “cannot tell”, Esc to cancel." : "Press a number to set a reason, Esc to finish.") : null,
      h("div", { class: "ac-row ac-verdicts" }, button("accept", "Accept", null, "ac-solid"), button("reject", "Reject"), button("skip", "Skip"),
        button("edit", "Edit"), button("swap", "Swap left and right"), button("flag", now.flagged ? "Flagged" : "Flag", null, now.flagged ? "ac-on" : ""), button("undo", "Undo"), button("previous", "Previous"), button("next", "Next"),
        item.second ? null : h("button", { type: "button", class: "ac-mini", onclick: showHistory }, "History"))));
  now.phrasings.forEach((_, i) => drawDiff(i));
  drawDerived();
  desk.querySelectorAll("textarea").forEach(grow);
  // A verdict by button leaves the focus on that button of the next item.
  if (doing) desk.querySelector(`[data-do="${doing}"]`)?.focus({ preventScroll: true });
};
const drawDiff = (i) => { const item = current(), before = item.original.phrasings[i] ?? "", after = item.now.phrasings[i]; fill($(`[data-diff="${i}"]`), before === after ? null : shownDifference(before, after)); };
const drawDerived = () => fill($("[data-derived]"), current().second ? null : derivedRow(current()));
// What is selected in a text stays chosen when the text is left: `s` then swaps that span alone.
const noteSpan = (area) => {
  if (!area.isConnected) return;
  const i = Number(area.dataset.text), [start, end] = [area.selectionStart, area.selectionEnd];
  S.span = start < end ? { i, start, end } : null;
  desk.querySelectorAll("[data-span]").forEach((node) => fill(node, S.span && node.dataset.span === String(i) ? `Selected: “${area.value.slice(start, end).slice(0, 60)}”. Alt+${keys.swap} swaps left and right in the selection only. So does ${keys.swap} after Esc.` : null));
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
const toggleWrong = (part) => { remember(); const now = current().now; now.wrong_parts = now.wrong_parts.includes(part) ? now.wrong_parts.filter((p) => p !== part) : [...now.wrong_parts, part]; touched(); keepFocus(drawItem); };
const toggleReason = (i) => {
  remember();
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
  const edited = item.saved.phrasings.some((text, i) => text !== judgement.phrasings[i]);
  item.now = judgement; item.saved = copyOf(judgement);
  const base = item.revision;
  item.revision += 1;
  write(draftKey(item), null);
  if (edited) growStale(item);
  if (item.second) { outbox.add({ id: item.id, base, judgement: copyOf(judgement), active_ms: activeMs(), opinion: true }); return; }
  item.stale = false;
  outbox.add({ id: item.id, base, judgement: copyOf(judgement), active_ms: activeMs(), resolves }, (answer) => {
    const settled = !outbox.state.ops.some((op) => op.id === item.id);
    // A decision gave the item back; one that was undone is this page's again.
    if (settled && item.saved.verdict === "pending") stayAlive();
    if (settled) { item.revision = answer.state.revision; item.conflicts = answer.state.conflicts; }
    if (answer.merged && settled) { item.now = answer.state.judgement; item.saved = copyOf(item.now); say.textContent = "Someone else also saved this description. Both changes are kept."; if (item === current()) drawItem(); }
  });
};
const growStale = (item) => {
  const ids = new Set(item.derived.map((view) => view.id));
  if (!ids.size || item.second) return;
  item.derived = item.derived.map((view) => ({ ...view, stale: true }));
  for (const other of S.items) if (ids.has(other.id)) other.stale = true;
  const keysOf = item.derived.map((view) => view.key).join(", ");
  fill(advice, notice("quiet", `Now stale: ${keysOf}. They derive from the text you edited. `, h("button", { type: "button", class: "ac-mini ac-do", "data-anew": true, onclick: async () => { await outbox.flush(); bulk("regenerate", [...ids]); } }, "Regenerate …")));
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
  S.undo.push({ item, before });
  if (S.boot.stats && (verdict === "accepted" || verdict === "rejected") && first) S.boot.stats.reviewed += 1;
  show(S.at + 1);
  say.textContent = current() ? `${verdict}. Next: ${current().key}` : `${verdict}.`;
};
const undo = () => {
  const last = S.undo.pop();
  if (!last) { notify("There is nothing to undo."); return; }
  if (last.bulk) { takeBack(last.bulk, last.ids).then(notify); return; }
  if (!S.items.includes(last.item)) S.items.splice(S.at, 0, last.item);
  if (last.draft) { last.item.now = last.before; touched(last.item); say.textContent = "Undone"; show(S.items.indexOf(last.item)); return; }
  const decided = (v) => v === "accepted" || v === "rejected";
  if (S.boot.stats && decided(last.item.saved.verdict) && !decided(last.before.verdict)) S.boot.stats.reviewed -= 1;
  push(last.item, last.before);
  say.textContent = "Undone";
  show(S.items.indexOf(last.item));
};
const other = (part) => (part.startsWith("left_") ? part.replace("left_", "right_") : part.startsWith("right_") ? part.replace("right_", "left_") : part);
const swap = async () => {
  if (S.span) { await swapSpan(); return; }
  const item = current(), now = item.now, row = desk.querySelectorAll("[data-part]")[S.part];
  const one = row ? now.parts.find(([part]) => part === row.dataset.part) : null;
  const texts = one ? [one[1]] : [...now.phrasings, ...now.parts.map(([, text]) => text)];
  const answer = await ask("review_mirror", { texts });
  if (!answer.ok) { notify(answer.error); return; }
  remember(item);
  if (one) now.parts = now.parts.map((p) => (p === one ? [other(p[0]), answer.texts[0]] : p));
  else { now.phrasings = answer.texts.slice(0, now.phrasings.length); now.parts = now.parts.map(([part], i) => [other(part), answer.texts[now.phrasings.length + i]]); }
  if (answer.refused.length) notify(`Not changed: ${answer.refused[0]}`); else say.textContent = "Left and right swapped";
  touched(item); if (item === current()) drawItem();
};
const swapSpan = async () => {
  const item = current(), { i, start, end } = S.span, text = item.now.phrasings[i];
  const answer = await ask("review_mirror", { before: text.slice(0, start), selected: text.slice(start, end), after: text.slice(end) });
  if (!answer.ok) { notify(`Not changed: ${answer.error}`); return; }
  const [swapped] = answer.texts, area = desk.querySelector(`[data-text="${i}"]`);
  if (item !== current() || area.value !== text) return;
  if (swapped === text.slice(start, end)) { notify("The selection contains neither “left” nor “right”."); return; }
  remember(item);
  area.value = text.slice(0, start) + swapped + text.slice(end);
  area.setSelectionRange(start, start + swapped.length);
  setText(i, area.value); grow(area); drawDiff(i); drawDerived(); noteSpan(area);
  say.textContent = `Swapped: ${swapped}`;
};
// One description as the store has it now, in the place where it is.
const refresh = async (id) => {
  const answer = await ask("review_item", { id }), place = S.items.findIndex((item) => item.id === id && !item.second);
  if (answer.ok && place >= 0) S.items[place] = held(answer.item);
  for (const item of S.items) if (answer.ok) item.derived = item.derived.map((view) => (view.id === id ? { ...view, stale: answer.item.stale } : view));
};
let quieter = 0;
const notify = (text) => { fill(advice, notice("warn", text)); clearTimeout(quieter); quieter = setTimeout(() => fill(advice), 8000); };

// ---- The queue
const held = (card) => {
  const item = { ...card, second: S.second, now: copyOf(card.state.judgement), saved: copyOf(card.state.judgement), revision: card.state.revision, conflicts: card.state.conflicts };
  for (const op of outbox.state.ops) if (op.id === item.id && Boolean(op.opinion) === item.second) { item.now = copyOf(op.judgement); item.saved = copyOf(op.judgement); item.revision = op.base + 1; }
  const draft = read(draftKey(item), null);
  if (draft && draft.revision === item.revision) item.now = draft.judgement; else if (draft) write(draftKey(item), null);
  return item;
};
const ahead = () => S.items.length - S.at;
const more = () => {
  const held = [...new Set([...S.items.slice(S.at), ...outbox.state.ops].map((one) => one.id))].slice(0, 5000);
  if (S.second) return ask("review_second", { share: S.share, held: [...new Set([...held, ...S.items.map((item) => item.id)])].slice(0, 5000) });
  // What fell out of a list by a decision moved the rest up by one.
  if (listed()) return ask("review_find", { ...S.filters, order: S.order, offset: S.items.filter((item) => item.fits === item.saved.verdict || S.filters.verdict === "any").length });
  return ask("review_next", { ...S.filters, order: S.order, held, count: PREFETCH });
};
const fetchMore = async () => {
  if (S.asking) return;
  S.asking = true;
  const number = S.generation, answer = await more();
  S.asking = false;
  if (number !== S.generation) { fetchMore(); return; }
  S.blocked = answer.kind === "StoreUnavailableError" ? answer.error : ""; drawStatus();
  if (!answer.ok) { if (!answer.offline && !S.blocked) notify(answer.error); setTimeout(() => { if (ahead() < DEPTH) fetchMore(); }, 3000); return; }
  const known = new Set([...(listed() || S.second ? S.items : S.items.slice(S.at)), ...outbox.state.ops.filter((op) => !op.refused)].map((one) => one.id));
  const fresh = answer.items.filter((card) => !known.has(card.id)).map(held), empty = !current();
  for (const item of fresh) item.fits = item.saved.verdict;
  S.items.push(...fresh); S.end = !fresh.length; S.why = answer.why;
  if (!outbox.state.ops.length) S.boot.stats = answer.stats;
  // Held on to: pictures that nothing refers to are forgotten, and offline there is no way to ask again.
  for (const item of fresh) if (item.pair) item.loaded = ["reference", "target"].map((side) => { const picture = new Image(); picture.src = item.pair[side].url; return picture; });
  drawQueue(); drawProgress();
  if (empty && fresh.length) show(S.at); else if (empty) drawItem(); else if (!S.end && ahead() < DEPTH) fetchMore();
};
const show = (place) => {
  S.at = Math.max(0, Math.min(place, S.items.length));
  S.shownAt = performance.now(); S.idle = 0; S.resolves = []; S.picking = "";
  drawItem(); drawQueue(); drawProgress();
  if (ahead() < DEPTH && !(S.end && ahead() > 0)) fetchMore();
};
const restart = () => { S.generation += 1; S.items = []; S.at = 0; S.end = false; S.why = null; drawItem(); drawQueue(); fetchMore(); };
// A sign of life for what this page holds, as long as somebody is there; what others took meanwhile leaves the queue.
const stayAlive = async () => {
  const held = S.second || listed() ? [] : S.items.slice(S.at).filter((item) => !item.saved.verdict || item.saved.verdict === "pending" || item.saved.verdict === "skipped").map((item) => item.id);
  if (!held.length || !frame.isConnected || performance.now() - quiet > AWAY_MS) return;
  const number = S.generation, answer = await ask("review_renew", { held });
  if (!answer.ok || number !== S.generation) return;
  const kept = new Set(answer.kept), sent = new Set(outbox.state.ops.map((op) => op.id)), now = current();
  S.items = S.items.filter((item, i) => i <= S.at || !held.includes(item.id) || kept.has(item.id) || sent.has(item.id));
  if (now && held.includes(now.id) && !kept.has(now.id) && !sent.has(now.id)) notify("Someone else is reviewing this description now. Your changes will be merged.");
  drawQueue();
};
const open = async (id) => {
  const answer = await ask("review_item", { id });
  if (!answer.ok) { notify(answer.error); return; }
  if (overlay.open) overlay.close();
  const item = held(answer.item), there = S.items.findIndex((other) => other.id === id);
  if (there >= 0) { S.items[there] = item; show(there); } else { S.items.splice(S.at, 0, item); show(S.at); }
};

// ---- Dialogs
const dialog = (title, ...content) => {
  fill(overlay, h("div", { class: "ac-row ac-between" }, h("h2", {}, title), h("button", { type: "button", class: "ac-iconbutton", "aria-label": "Close", onclick: () => overlay.close() }, icon(ICONS.close))), content);
  if (!overlay.open) overlay.showModal();
};
const help = () => dialog("Keys and guidelines",
  h("p", {}, "Left and right are the subject's. Accept a text if you can see everything it says and nothing important is missing. Mark a part as wrong with its number. Skip if you cannot tell."),
  h("ul", { class: "ac-keys" }, COMMANDS.map(([name, , label]) => h("li", {}, h("span", {}, label), h("button", { type: "button", class: "ac-button", "aria-label": `Key for ${label}: ${keyName(keys[name])}. Press to change it`, onclick: (e) => rebind(name, e.currentTarget) }, keyName(keys[name]))))),
  h("p", { class: "ac-quiet" }, `Press 1-9 to select a part, press again to mark it wrong. Ctrl+Enter accepts what you typed and moves to the next text. Esc leaves a text; its selection is kept, and ${keyName(keys.swap)} then swaps left and right in it only. On a touch screen, swipe right to accept, left to reject, up to skip.`));
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
  dialog("History", h("ol", { class: "ac-history", tabindex: "0", "aria-label": "Revisions" }, [{ revision: 0, kind: "original", reviewer: "", at: "" }, ...answer.history].map((event) => h("li", {},
    h("span", {}, `${event.revision}: ${event.kind} ${event.reviewer} ${event.at.slice(0, 19).replace("T", " ")}`), h("button", { type: "button", class: "ac-mini", onclick: () => back(event.revision) }, "Restore")))));
};
const dashboard = async () => {
  dialog("Dashboard", h("p", { class: "ac-quiet" }, "Counting …"));
  const answer = await ask("review_dashboard");
  const act = (label, onclick) => h("button", { type: "button", class: "ac-button", onclick }, label);
  dialog("Dashboard", h("div", { class: "ac-row" }, act("Second reading", () => { overlay.close(); readAgain(true); }), S.boot.role === "administrator" ? act("Plant gold items or errors …", plantDialog) : null),
    answer.ok ? dashboardView(answer, (pick) => { S.second = false; S.filters = {}; overlay.close(); setFilters(pick); }) : notice("error", answer.error));
};
// ---- Keys and touch
const COMMAND = { accept: () => decide("accepted"), reject: () => decide("rejected"), next: () => show(S.at + 1), previous: () => show(S.at - 1), undo, swap, help,
  skip: () => { S.picking = "skip"; drawItem(); }, reason: () => { S.picking = "reason"; drawItem(); },
  edit: () => { const area = desk.querySelector("textarea"); if (area) { area.focus(); area.setSelectionRange(area.value.length, area.value.length); } },
  flag: () => { const item = current(); S.undo.push({ item, before: copyOf(item.now) }); push(item, { ...copyOf(item.now), flagged: !item.now.flagged }); say.textContent = item.now.flagged ? "Flagged" : "Not flagged"; drawItem(); } };
const typing = (node) => node && (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && !/^(range|checkbox)$/.test(node.type)));
document.addEventListener("keydown", (e) => {
  if (!element.isConnected || !frame.offsetParent || overlay.open || e.metaKey) return;
  // Alt and the key for swapping, in a text: what is selected. (On a Mac, Alt changes the letter.)
  if (e.altKey) { if (S.span && (e.key === keys.swap || e.code === `Key${keys.swap.toUpperCase()}`)) { e.preventDefault(); swapSpan(); } return; }
  if (e.ctrlKey) { if (e.key === "Enter" && current()) { e.preventDefault(); document.activeElement.blur(); decide("accepted"); } return; }
  if (typing(e.target)) { if (e.key === "Escape") e.target.blur(); return; }
  // Space and Enter press a focused button, as everywhere; they are commands elsewhere.
  if ((e.key === " " || e.key === "Enter") && e.target.closest("button:not([role=tab][aria-selected=true]), summary, a, input[type=checkbox]") && !S.picking) return;
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
setInterval(stayAlive, RENEW_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden && S.boot) { quiet = performance.now(); stayAlive(); outbox?.flush(); } });
// An empty queue looks again by itself: others give back what they held.
setInterval(() => { if (S.end && !current() && S.boot && !document.hidden && frame.offsetParent && !listed()) fetchMore(); }, 20000);
window.addEventListener("pagehide", () => { write(sessionKey(session), 0); if (outbox && !outbox.state.ops.length) ask("review_release"); });

// ---- Start
// In place of the queue while there is none: what is wrong, and what to do next.
const DESK_STATES = {
  no_store: "There is nothing to review yet.", empty: "There is nothing to review yet.", away: "The review store cannot be opened.",
  read_only: "The review store is read-only, so decisions cannot be saved." };
const drawClosed = (boot) => {
  const { state, problem, stats } = boot.store, starts = state === "no_store" || state === "empty";
  const wrong = h("div", {}), again = h("button", { type: "button", class: "ac-button", onclick: begin }, "Look again");
  const browse = () => { fill($("[data-root]"), frame); setFilters({ verdict: "any" }); };
  const take = async () => {
    go.disabled = true; fill(go, "Importing …"); fill(wrong);
    const done = await ask("review_import");
    if (done.ok) { begin(); return; }
    go.disabled = false; fill(go, "Try again"); fill(wrong, notice("error", done.error));
  };
  const go = h("button", { type: "button", class: "ac-button ac-solid", "data-import": true, onclick: take }, `Review the captions of ${boot.dataset} ${boot.split}`);
  const advice = starts ? (boot.role !== "administrator" ? "An administrator of this studio can import captions."
    : boot.dataset_problem ? ["No dataset is open. ", boot.dataset_problem] : ["Or import any caption file: ", h("code", {}, "autocompose review import FILE --dataset DIR")])
    : state === "read_only" ? "Give the studio write access, then press Look again."
    : "Start its server, or restart the studio with --store URL. Nothing is lost: unsaved decisions stay in this browser.";
  const closed = h("div", { class: "ac-done", "data-state": state }, h("p", { class: "ac-lead" }, DESK_STATES[state] || DESK_STATES.away),
    problem ? h("p", { class: "ac-quiet" }, sentence(problem)) : null, h("p", { class: "ac-quiet" }, advice),
    h("div", { class: "ac-row" }, starts && boot.role === "administrator" && !boot.dataset_problem ? go : null, starts ? null : again,
      state === "read_only" && stats.descriptions ? h("button", { type: "button", class: "ac-button", onclick: browse }, `Browse ${counted(stats.descriptions)}`) : null), wrong, refused);
  fill($("[data-root]"), closed);
  if (state === "away") setTimeout(() => { if (closed.isConnected) begin(); }, 10000);
};
const begin = async () => {
  const boot = await openTab("review_boot", (words) => fill($("[data-root]"), notice("quiet", words)));
  if (!boot.ok) { fill($("[data-root]"), notice("error", boot.error)); return; }
  S.boot = { ...boot, stats: boot.store.stats, choices: boot.store.choices };
  if (!outbox) outbox = openOutbox(boot.reviewer, (op) => ask("review_save", op), drawStatus);
  const order = select("Order", [["error", "Most suspicious first"], ["sequential", "In file order"], ["random", "At random"]], (value) => { S.order = value; restart(); });
  buildFilters();
  fill(toolbar, statusBox, order, searchBox, filterSwitch, secondSwitch,
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: dashboard }, "Dashboard"),
    boot.role === "administrator" ? h("button", { type: "button", class: "ac-button ac-ghost", onclick: () => bulk("accept") }, "Bulk …") : null,
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: help }, "Help", h("kbd", {}, keyName(keys.help))), h("span", { class: "ac-quiet" }, boot.reviewer));
  drawStatus();
  if (boot.store.state !== "ready") { drawClosed(boot); return; }
  fill($("[data-root]"), frame);
  drawFilters();
  await outbox.flush();
  show(0);
};
begin();
