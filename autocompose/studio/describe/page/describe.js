// Describe. The page holds the edited description; the server checks it when it is taken away.
const state = { pair: "", uploads: {}, seed: 0, rows: [], phrasings: [], edited: false, seq: 0, boot: null, view: null,
  writer: "rules", source: "auto", views: {}, job: "", last: null };
let strip = null;

const table = h("div", { class: "ac-table" });
const problem = h("div", {});
const advice = h("div", { "data-advice": true });
const rows = h("div", { class: "ac-parts" });
const map = h("div", { class: "ac-map" });
const adder = h("form", { class: "ac-adder" });
const cards = h("div", { class: "ac-phrasings" });
const who = h("div", { class: "ac-who" });
const stripBox = h("div", {});
const uploadsBox = h("div", { class: "ac-uploads" });
const side = h("section", { class: "ac-side", "aria-label": "Body parts" });
const words = h("section", { class: "ac-words", "aria-label": "Phrasings" });
const writers = h("section", { class: "ac-writers", "aria-label": "Author", hidden: true });
const viewCards = h("section", { class: "ac-views", "aria-label": "Other views" });

fill($("[data-root]"), h("div", { class: "ac-describe" }, h("div", { class: "ac-pickers" }, stripBox, uploadsBox), advice, writers, problem,
  h("div", { class: "ac-desk" }, table, side), words, viewCards));

// ---- the body map: front view, so the subject's left is on the viewer's right. Drawn for the left, flipped for the right.
const JOINT_SPOTS = [["shoulder", 20, 50, 6.5, 6.5], ["elbow", 29, 84, 5, 5], ["wrist", 35, 110, 4, 4], ["hand", 37.5, 121, 5, 7], ["knee", 12.5, 175, 6, 6], ["ankle", 13.5, 213, 4.5, 4.5], ["foot", 17, 223, 8, 4.5]];
const CAPS = [["arm", [22, 56, 27.5, 77], 10], ["leg", [9.5, 131, 12, 164], 14]];
const LIMBS = [[[30, 89, 34, 105], 8], [[12.7, 182, 13.3, 207], 9]];
const MIDDLE = [["torso", "M44 45Q60 40 76 45L72 92Q60 97 48 92Z"], ["hips", "M48 96Q60 101 72 96L76 118Q60 132 44 118Z"]];
const drawMap = () => {
  const used = new Set(state.rows.map((r) => r.part));
  const spot = (part, kind, shape) => {
    const p = state.boot.parts.find((q) => q.part === part), on = used.has(part), go = () => openPart(part);
    return h("g", { class: `ac-spot ${kind} ac-${p.side || "mid"}${on ? " ac-used" : ""}`, role: "button", tabindex: 0, "data-part": part,
      "aria-label": `${p.side ? "subject's " : ""}${p.label}: ${on ? "has a sentence" : "no change, add a sentence"}`,
      onclick: go, onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); go(); } } }, h("title", {}, p.label), shape);
  };
  const line = ([x1, y1, x2, y2], sign, width, cls) => h("path", { d: `M${60 + sign * x1} ${y1}L${60 + sign * x2} ${y2}`, class: cls, style: `stroke-width:${width}` });
  const parts = [];
  for (const sign of [-1, 1]) for (const [at, width] of LIMBS) parts.push(line(at, sign, width, "ac-limb"));
  parts.push(spot("head", "", h("ellipse", { cx: 60, cy: 17, rx: 11, ry: 13.5 })), spot("neck", "ac-joint", h("ellipse", { cx: 60, cy: 36, rx: 5, ry: 5.5 })));
  for (const [name, d] of MIDDLE) parts.push(spot(name, "", h("path", { d })));
  for (const [sign, word] of [[-1, "right_"], [1, "left_"]]) {
    for (const [name, at, width] of CAPS) parts.push(spot(word + name, "", line(at, sign, width, "ac-cap")));
    for (const [name, dx, cy, rx, ry] of JOINT_SPOTS) parts.push(spot(word + name, name === "hand" || name === "foot" ? "" : "ac-joint", h("ellipse", { cx: 60 + sign * dx, cy, rx, ry })));
  }
  fill(map, h("svg", { viewBox: "10 0 100 232", role: "group", "aria-label": "Body map, seen from the front" }, parts,
    h("text", { x: 22, y: 150, class: "ac-R" }, "R"), h("text", { x: 98, y: 150, class: "ac-L" }, "L")),
    h("p", { class: "ac-quiet" }, "Subject's sides, seen from the front"));
};
const openPart = (part) => {
  const row = rows.querySelector(`[data-row="${CSS.escape(part)}"] textarea`);
  if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); return; }
  adder.querySelector("select").value = part;
  adder.querySelector("input").focus();
};

// ---- part rows
const chip = (p) => h("span", { class: `ac-part ac-${p.side || "mid"}` }, p.side ? h("i", { class: `ac-chip ac-${p.side}` }, p.side) : null, p.side ? p.label.replace(/^(left|right) /, "") : p.label);
const changed = () => { state.edited = true; fill(who.querySelector("[data-edited]") || h("i"), "edited here"); };
const drawRows = () => {
  const groups = state.boot.groups.map((g) => [g, state.rows.filter((r) => r.group === g)]).filter(([, list]) => list.length);
  fill(rows, groups.length ? groups.map(([g, list]) => h("div", { class: "ac-group" }, h("h3", {}, g), list.map((r) => {
    const area = h("textarea", { rows: 1, value: r.text, dir: "auto", "aria-label": `Sentence for the ${r.label}`, oninput: (e) => { r.text = e.target.value; grow(e.target); changed(); } });
    return h("div", { class: "ac-partrow", "data-row": r.part }, chip(r), area,
      h("button", { type: "button", class: "ac-iconbutton", "aria-label": `Remove the ${r.label}`, title: "Remove", onclick: () => { state.rows.splice(state.rows.indexOf(r), 1); changed(); drawRows(); drawMap(); adder.querySelector("select").focus(); } }, icon(ICONS.close)));
  }))) : h("p", { class: "ac-quiet" }, "No parts left. Add one below."));
  requestAnimationFrame(() => rows.querySelectorAll("textarea").forEach(grow));
};
const drawAdder = () => {
  const select = h("select", { "aria-label": "Body part" }, h("option", { value: "" }, "Add a part …"), state.boot.groups.map((g) => {
    const group = h("optgroup", { label: g });
    state.boot.parts.filter((p) => p.group === g).forEach((p) => group.append(h("option", { value: p.part }, p.label + (p.side ? ` (${p.side})` : ""))));
    return group;
  }));
  const line = h("input", { type: "text", placeholder: "what this part does", "aria-label": "Sentence for the new part", maxlength: 400, dir: "auto" });
  const wrong = h("p", { class: "ac-inline-error", role: "alert" });
  fill(adder, select, line, h("button", { type: "submit", class: "ac-button" }, icon(ICONS.plus), "Add"), wrong);
  adder.onsubmit = (e) => {
    e.preventDefault();
    const p = state.boot.parts.find((q) => q.part === select.value);
    const say = (t) => { fill(wrong, t); };
    if (!p) return say("Choose the body part first.");
    if (!line.value.trim()) return say(`Write what the ${p.label} does.`);
    state.rows.push({ ...p, text: line.value.trim() });
    say(""); changed(); drawRows(); drawMap(); line.value = ""; select.value = ""; select.focus();
  };
};

// ---- phrasings
const copyText = async (t, button) => {
  let done = true;
  try { await navigator.clipboard.writeText(t); } catch (e) { done = false; }
  const label = button.querySelector("span"); label.textContent = done ? "Copied" : "Press Ctrl C";
  setTimeout(() => { label.textContent = "Copy"; }, 1600);
};
const drawPhrasings = () => {
  fill(cards, state.phrasings.map((t, i) => {
    const area = h("textarea", { rows: 1, value: t, dir: "auto", "aria-label": `Phrasing ${i + 1}`, oninput: (e) => { state.phrasings[i] = e.target.value; grow(e.target); changed(); } });
    return h("article", { class: "ac-phrase" }, h("span", { class: "ac-rank" }, String(i + 1)), area, h("div", { class: "ac-row" },
      h("button", { type: "button", class: "ac-mini", "aria-label": `Rephrase phrasing ${i + 1}`, onclick: () => again(i) }, icon(ICONS.again), h("span", {}, "Rephrase")),
      h("button", { type: "button", class: "ac-mini", "aria-label": `Copy phrasing ${i + 1}`, onclick: (e) => copyText(state.phrasings[i], e.currentTarget) }, icon(ICONS.copy), h("span", {}, "Copy"))));
  }));
  requestAnimationFrame(() => cards.querySelectorAll("textarea").forEach(grow));
};
const again = async (i) => {
  if (state.source === "mllm") { phraseAgain(i); return; }
  const pair = state.pair;
  state.seed += 1;
  const a = await call("describe", { pair, seed: state.seed });
  if (pair !== state.pair) return;
  if (!a.ok || a.explanation) { fill(problem, notice("error", a.error || a.explanation)); return; }
  const fresh = a.phrasings.find((t) => !state.phrasings.includes(t));
  if (fresh) { state.phrasings[i] = fresh; drawPhrasings(); cards.querySelectorAll("textarea")[i].focus(); }
};
const download = async () => {
  const views = Object.fromEntries(Object.entries(state.views).map(([name, v]) => [name, v.texts]));
  const a = await call("caption_row", { ...whichPair(), source: state.source, rows: plainRows(), phrasings: state.phrasings, views, edited: state.edited });
  const spot = words.querySelector("[data-wrong]");
  if (!a.ok) { fill(spot, a.error); return; }
  fill(spot);
  const link = h("a", { href: URL.createObjectURL(new Blob([JSON.stringify([a.row], null, 1)], { type: "application/json" })), download: a.file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
};

// ---- the pair on the table; the play button bends the reference's skeleton into the target's
const morph = (button) => {
  const [from, to] = [state.view.reference.bones, state.view.target.bones];
  const lines = [...table.querySelectorAll("figure:first-child line")], letters = [...table.querySelectorAll("figure:first-child .ac-letter")];
  if (!lines.length || !to.length) return;
  table.classList.add("ac-show-bones");
  const place = (t) => {
    const mix = (a, b) => a + (b - a) * t;
    lines.forEach((l, i) => { for (const k of ["x1", "y1", "x2", "y2"]) l.setAttribute(k, mix(from[i][k], to[i][k])); });
    letters.forEach((l, i) => { const b = LETTER_BONES[i]; l.style.left = mix(from[b].x2, to[b].x2) + "%"; l.style.top = mix(from[b].y2, to[b].y2) + "%"; });
  };
  if (calm()) { const at = button.dataset.at === "1" ? 0 : 1; button.dataset.at = String(at); place(at); return; }
  const began = performance.now(), view = state.view;
  const step = (now) => {
    if (view !== state.view) return;
    const t = (now - began) / 2600, wave = t < 0.4 ? t / 0.4 : t < 0.6 ? 1 : Math.max(0, (1 - t) / 0.4);
    place(wave * wave * (3 - 2 * wave));
    if (t < 1) requestAnimationFrame(step); else place(0);
  };
  requestAnimationFrame(step);
};
const drawTable = (view) => {
  state.view = view;
  const tools = view.reference.bones.length ? h("div", { class: "ac-row ac-tools" }, bonesSwitch(() => table),
    h("button", { type: "button", class: "ac-button ac-ghost", onclick: (e) => morph(e.currentTarget) }, icon(ICONS.play), "Play the change"), sideKey()) : null;
  table.classList.remove("ac-show-bones");
  fill(table, bothPictures(view, { eager: true }), tools);
};
const plainRows = () => state.rows.map((r) => ({ part: r.part, text: r.text }));
const whichPair = () => (state.pair ? { pair: state.pair } : { reference: state.uploads.reference?.upload, target: state.uploads.target?.upload });
const drawParts = () => {
  fill(side, h("h2", {}, "What changes, part by part"), h("div", { class: "ac-sidegrid" }, map, h("div", {}, rows, adder)));
  drawAdder(); drawRows(); drawMap();
};
const drawWords = (...tools) => fill(words, h("div", { class: "ac-row ac-between" }, h("h2", {}, "Phrasings"), who, tools,
  h("button", { type: "button", class: "ac-button ac-solid", "data-download": true, onclick: download }, icon(ICONS.down), "Download caption row")),
  h("p", { class: "ac-inline-error", role: "alert", "data-wrong": true }), cards);
const fact = (k, v) => v ? [h("dt", {}, k), h("dd", {}, String(v))] : null;
const drawAnswer = (a) => {
  state.last = a;
  drawTable(a.pair);
  if (state.writer === "model") { drawModelDesk(a); return; }
  fill(viewCards);
  if (a.explanation) {
    const askModel = a.uploaded && state.boot.model ? h("button", { type: "button", class: "ac-button ac-solid", onclick: () => choose("model") }, `Use ${state.boot.model.model}`) : null;
    fill(side, h("h2", {}, "What changes, part by part"), notice("help", h("b", {}, a.uploaded ? "No description for these pictures. " : "No description for this pair. "), a.explanation), askModel ? h("div", { class: "ac-row" }, askModel) : null);
    fill(words);
    return;
  }
  Object.assign(state, { rows: a.rows, phrasings: a.phrasings, edited: false, source: a.source, views: {} });
  drawWords();
  const p = a.provenance;
  fill(who, h("details", {}, h("summary", {}, "Who wrote this: ", h("span", {}, a.who), " ", h("i", { "data-edited": true })),
    h("dl", {}, fact("Written by", "rules over the joints, not a person or a multimodal model"), fact("Provider", p.provider), fact("Caption key", a.source), fact("Version", p.prompt_version), fact("When", p.created_at), fact("Pictures", [a.pair.reference.origin, a.pair.target.origin].filter((v, i, l) => v && l.indexOf(v) === i).join("; ")))));
  drawParts(); drawPhrasings();
};

// ---- the model of the studio: the stages appear as they come, and each can be stopped, edited and run again
const steps = stepLine();
const tally = h("p", { class: "ac-tally", role: "status" });
const keyField = h("input", { type: "password", autocomplete: "off", spellcheck: "false", maxlength: 300, placeholder: "Your API key", "aria-label": "Your own API key" });
const everyView = h("input", { type: "checkbox", checked: true });
const goButton = h("button", { type: "button", class: "ac-button ac-solid", onclick: () => (state.job ? stop() : runModel()) });
const modelTools = h("div", { class: "ac-row ac-modeltools", hidden: true });
const stop = () => { goButton.disabled = true; call("live_cancel", { job: state.job }); };
const drawGo = () => {
  goButton.disabled = false;
  goButton.classList.toggle("ac-solid", !state.job);
  fill(goButton, state.job ? [icon(ICONS.close), "Cancel"] : [icon(ICONS.play), state.source === "mllm" ? "Describe again" : "Describe"]);
};
const choose = (writer) => {
  dropJob();
  state.writer = writer;
  writers.querySelectorAll("[data-writer]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.writer === writer)));
  modelTools.hidden = writer !== "model";
  fill(problem);
  if (state.last) { if (writer === "rules" && state.pair) ask({ pair: state.pair, seed: state.seed }); else drawAnswer(state.last); }
};
const drawWriters = () => {
  const m = state.boot.model;
  writers.hidden = !m;
  if (!m) return;
  if (m.key === "welcome") keyField.placeholder = "Own key (optional)";
  const option = (id, ...label) => h("button", { type: "button", "data-writer": id, "aria-pressed": String(id === state.writer), onclick: () => choose(id) }, label);
  fill(modelTools, h("label", { class: "ac-check" }, everyView, "all four views"),
    m.key === "none" ? null : h("label", { class: "ac-key" }, keyField, h("small", {}, "used only here, never stored")),
    goButton, steps.list, tally);
  fill(writers, h("div", { class: "ac-segment", role: "group", "aria-label": "Author" }, option("rules", "Rules from joints"), option("model", m.model, h("small", {}, m.provider))), modelTools);
  drawGo();
};
const dropJob = () => { if (state.job) call("live_cancel", { job: state.job }); state.job = ""; drawGo(); };
const showProgress = (a) => {
  const said = [amount(a.calls, "call")];
  if (a.cached) said.push(`${a.cached} stored`);
  if (a.calls) said.push(`${a.input_tokens.toLocaleString("en")} + ${amount(a.output_tokens, "token")}`, money(a.cost_usd));
  fill(tally, said.concat(`${a.seconds} s`).join(" · "));
};
const drawModelDesk = () => {
  dropJob();
  Object.assign(state, { rows: [], phrasings: [], views: {}, edited: false, source: "model" });
  [0, 1, 2].forEach((i) => steps.set(i, ""));
  fill(tally); fill(viewCards); fill(words); drawGo();
  const m = state.boot.model;
  fill(side, h("h2", {}, "What changes, part by part"), notice("quiet", `Press Describe to send both pictures to ${m.model} at ${m.provider}. The model writes sentences for the body parts, then phrasings of the whole change, then the same for the other views.`));
};
const drawModelWho = (a, jobId) => {
  const m = state.boot.model, raw = h("div", {});
  const show = h("button", { type: "button", class: "ac-mini", onclick: async () => {
    const got = await call("live_answers", { job: jobId });
    fill(raw, got.ok ? rawAnswers(got.answers) : notice("error", got.error));
  } }, "Show the raw answers");
  fill(who, h("details", {}, h("summary", {}, "Who wrote this: ", h("span", {}, `a multimodal model, ${m.model}`), " ", h("i", { "data-edited": true }, state.edited ? "edited here" : "")),
    h("dl", {}, fact("Provider", m.provider), fact("Model", m.model), fact("Caption key", "mllm"), fact("Version", m.version), fact("Calls", `${a.calls}${a.cached ? `, ${a.cached} stored answers` : ""}`),
      fact("Tokens", a.calls ? `${a.input_tokens.toLocaleString("en")} in, ${a.output_tokens.toLocaleString("en")} out` : ""), fact("Price", a.calls ? money(a.cost_usd) : ""), fact("Seconds", a.seconds)), show, raw));
};
const rephraseButton = h("button", { type: "button", class: "ac-button", "data-rephrase": true, onclick: () => phraseAgain(-1) }, icon(ICONS.again), "Rephrase these parts");
const drawViews = (asked) => {
  if (!asked.length) { fill(viewCards); return; }
  fill(viewCards, h("h2", {}, "Other views"), h("div", { class: "ac-viewgrid" }, asked.map((name) => {
    const v = state.views[name], [title, what] = VIEW_WORDS[name];
    const body = !v ? h("div", { class: "ac-ghosts", "aria-label": "waiting" }, [92, 80].map((w) => h("i", { style: `width:${w}%` })))
      : v.note ? h("p", { class: "ac-inline-error" }, v.note)
      : h("ol", {}, v.texts.map((t) => h("li", { dir: "auto" }, t)));
    return h("article", { class: "ac-viewcard", "data-view": name, "data-state": !v ? "waiting" : v.note ? "failed" : "done" }, h("h3", {}, title, h("small", {}, what)),
      v && v.rows && v.rows.length ? h("p", { class: "ac-quiet" }, v.rows.map((r) => r.label).join(", ")) : null, body);
  })));
};
const payloadKey = () => (keyField.value.trim() ? { key: keyField.value.trim() } : {});
const runModel = () => {
  fill(problem);
  const asked = everyView.checked ? Object.keys(VIEW_WORDS) : [];
  Object.assign(state, { rows: [], phrasings: [], views: {}, edited: false, source: "model" });
  const parts = {};
  let id = "";
  steps.set(0, "busy"); steps.set(1, ""); steps.set(2, asked.length ? "" : "off");
  fill(side, h("h2", {}, "What changes, part by part"), ghostRows()); fill(words); fill(viewCards); fill(tally, "sending");
  const seq = ++state.seq;
  state.job = "starting"; drawGo(); goButton.disabled = true;
  const viewsDone = () => Object.keys(state.views).length;
  watchJob({ ...whichPair(), all_views: everyView.checked, visit: state.boot.model.visit, ...payloadKey() }, {
    began: (a) => { if (seq !== state.seq || !state.job) return false; id = state.job = a.job; drawGo(); return true; },
    current: (job) => job === state.job,
    progress: showProgress,
    event: (e) => {
      if (e.kind === "parts") parts[e.view] = e.rows;
      if (e.view === "forward") {
        if (e.kind === "parts") { state.rows = e.rows; steps.set(0, "done"); steps.set(1, "busy"); drawParts(); drawWords(); fill(who); fill(cards, ghostCards(3)); words.querySelector("[data-download]").disabled = true; }
        if (e.kind === "again") steps.set(e.stage === "parts" ? 0 : 1, "busy", "retrying");
        if (e.kind === "texts") {
          state.phrasings = e.texts; state.source = "mllm"; steps.set(0, "done"); steps.set(1, "done"); drawPhrasings();
          if (asked.length) { steps.set(2, "busy", `0 of ${asked.length}`); drawViews(asked); }
        }
        if (e.kind === "discarded") {
          steps.set(steps.state(0) === "done" ? 1 : 0, "bad");
          fill(problem, notice("error", `The answer was rejected. ${e.note}`));
          if (!state.rows.length) fill(side, h("h2", {}, "What changes, part by part"), notice("quiet", "Nothing was written."));
          fill(cards);
          if (asked.length) { steps.set(2, "busy", `0 of ${asked.length}`); drawViews(asked); }
        }
        return;
      }
      if (e.kind === "texts" || e.kind === "discarded") {
        state.views[e.view] = { texts: e.texts, rows: parts[e.view] || [], note: e.kind === "discarded" ? `Discarded: ${e.note}` : "" };
        steps.set(2, viewsDone() === asked.length ? "done" : "busy", `${viewsDone()} of ${asked.length}`);
        drawViews(asked);
      }
    },
    end: (a) => {
      if (seq !== state.seq) return;
      state.job = "";
      if (state.rows.length) state.source = "mllm";
      drawGo();
      [0, 1, 2].forEach((i) => { if (steps.state(i) === "busy") steps.set(i, a.state === "cancelled" ? "" : "bad"); });
      if (a.state !== "done") fill(problem, notice(a.state === "failed" ? "error" : "quiet", a.note));
      if (a.state === "failed" && !a.calls) fill(tally);
      if (!state.rows.length) fill(side, h("h2", {}, "What changes, part by part"), notice("quiet", "Nothing was written."));
      if (state.rows.length) {
        drawWords(rephraseButton); drawPhrasings(); if (id) drawModelWho(a, id);
        if (!state.phrasings.length) fill(cards, h("p", { class: "ac-quiet" }, "No phrasings yet. Edit the parts above, then rephrase them."));
      }
      if (asked.length && viewsDone() < asked.length) { if (viewsDone()) drawViews(Object.keys(state.views)); else fill(viewCards); }
    },
  });
};
// Stage II alone, from the parts as they stand now: for all phrasings (-1), or for one of them.
const phraseAgain = (place) => {
  if (state.job) return;
  fill(problem);
  const seq = ++state.seq, before = [...state.phrasings];
  let id = "";
  state.job = "starting"; drawGo(); goButton.disabled = true;
  steps.set(1, "busy");
  if (place < 0) fill(cards, ghostCards(3)); else cards.children[place]?.setAttribute("aria-busy", "true");
  watchJob({ ...whichPair(), phrase: true, rows: plainRows(), visit: state.boot.model.visit, ...payloadKey() }, {
    began: (a) => { if (seq !== state.seq || !state.job) return false; id = state.job = a.job; drawGo(); return true; },
    current: (job) => job === state.job,
    progress: showProgress,
    event: (e) => {
      if (e.kind === "again") steps.set(1, "busy", "retrying");
      if (e.kind === "texts") {
        if (place < 0) state.phrasings = e.texts;
        else { const fresh = e.texts.find((t) => !before.includes(t)); if (fresh) state.phrasings[place] = fresh; }
      }
      if (e.kind === "discarded") fill(problem, notice("error", `The answer was rejected. ${e.note}`));
    },
    end: (a) => {
      if (seq !== state.seq) return;
      state.job = ""; drawGo(); drawPhrasings();
      steps.set(1, a.state === "done" && !problem.children.length ? "done" : a.state === "cancelled" ? "" : "bad");
      if (a.state !== "done") fill(problem, notice(a.state === "failed" ? "error" : "quiet", a.note));
      if (id) drawModelWho(a, id);
    },
  });
};

const ask = async (payload) => {
  dropJob();
  const seq = ++state.seq;
  table.setAttribute("aria-busy", "true");
  const a = await call("describe", payload);
  if (seq !== state.seq) return;
  table.removeAttribute("aria-busy");
  fill(problem, a.ok ? null : notice("error", a.error));
  if (!a.ok) return;
  // An upload is shown from the browser's own copy.
  if (a.uploaded) for (const role of ["reference", "target"]) Object.assign(a.pair[role], { url: state.uploads[role].view.url, alt: state.uploads[role].view.alt });
  drawAnswer(a);
};
const pick = (id, { share = true } = {}) => {
  state.pair = id; state.seed = 0; state.uploads = {};
  drawUploads(); strip.mark(id); ask({ pair: id, seed: 0 });
  if (share) sharePair(id);
};
const drawUploads = () => {
  const slot = (role, label) => {
    const take = async (file) => {
      fill(problem, notice("quiet", "Uploading …"));
      const taken = await takeFile(file);
      fill(problem, taken.error ? notice("error", taken.error) : null);
      if (taken.error) return;
      state.uploads[role] = taken;
      drawUploads();
      const { reference, target } = state.uploads;
      if (reference && target) {
        state.pair = ""; strip.mark("");
        await ask({ reference: reference.upload, target: target.upload });
      }
    };
    const tile = fileTile(label, take, state.uploads[role] ? "ac-filled" : "");
    if (state.uploads[role]) tile.prepend(h("img", { src: state.uploads[role].view.url, alt: state.uploads[role].view.alt }));
    acceptDrops(tile, take);
    return tile;
  };
  fill(uploadsBox, slot("reference", "Your reference"), slot("target", "Your target"));
};
watchVerdicts({ rows, cards, pair: () => state.pair, exchange: (parts, texts) => {
  state.rows = parts.map((r) => ({ ...state.boot.parts.find((p) => p.part === r.part), text: r.text }));
  state.phrasings = texts;
  changed(); drawRows(); drawMap(); drawPhrasings();
} });
const open = async () => {
  const boot = await openTab("describe_boot", (words) => fill(problem, notice("quiet", words)));
  fill(problem, boot.ok ? null : notice("error", boot.error));
  if (!boot.ok) return;
  state.boot = boot;
  drawWriters();
  strip = pairStrip(boot.strip, pick);
  fill(stripBox, strip.row);
  drawUploads();
  window.addEventListener("autocompose-pair", (e) => { if (e.detail !== state.pair) pick(e.detail, { share: false }); });
  fill(advice, datasetNotice(boot.strip));
  const first = window.autocomposePair || strip.first;
  if (first) pick(first, { share: false });
};
open();
