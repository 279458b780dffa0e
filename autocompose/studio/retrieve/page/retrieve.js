// Retrieve. The page holds the query; every query carries a number, and only the newest answer is shown.
const state = { ref: null, k: 12, pair: "", seq: 0, status: null, answer: null };
let timer = 0;

const refBox = h("div", { class: "ac-ref", "aria-live": "polite" });
const strip = walkable(h("div", { class: "ac-strip", role: "group", "aria-label": "Reference pictures" }));
const refHead = h("div", { class: "ac-row ac-refhead" }, h("h2", {}, "Reference"));
const problem = h("div", { class: "ac-problem" });
const text = h("textarea", { id: "ac-change", rows: 2, maxlength: 4000, dir: "auto", autocomplete: "off", spellcheck: "true",
  placeholder: "Bend the left knee and bring both hands to the hips" });
const chips = h("div", { class: "ac-chips", role: "group", "aria-label": "Changes to try" });
const kOut = h("output", { for: "ac-k" }, String(state.k));
const kIn = h("input", { id: "ac-k", type: "range", min: 1, max: 48, value: state.k });
const bar = h("div", { class: "ac-bar" });
const said = h("p", { class: "ac-said", role: "status", "aria-live": "polite" });
const cut = h("div", {});
const grid = h("ol", { class: "ac-grid", "aria-label": "Ranked pictures" });
const examplesBox = h("div", { class: "ac-examples" });
const exampleNote = h("p", { class: "ac-quiet" });
const empty = h("div", { class: "ac-empty" });

fill($("[data-root]"),
  h("div", { class: "ac-retrieve" },
    h("section", { class: "ac-query", "aria-label": "Your query" },
      refHead, refBox, strip, problem,
      h("label", { class: "ac-label", for: "ac-change" }, "What should change?"), text, chips,
      h("div", { class: "ac-k" }, h("label", { for: "ac-k" }, "Pictures to show"), kIn, kOut)),
    h("section", { class: "ac-results", "aria-label": "Results" }, bar, said, cut, empty, grid)));

const drawBar = () => {
  const s = state.status, a = state.answer;
  if (!s || s.state === "loading") {
    fill(bar, h("span", { class: "ac-dot ac-busy" }), h("span", {}, s ? `${s.message} …` : "Opening …"));
  } else if (s.state !== "ready") {
    fill(bar, h("span", { class: "ac-dot ac-off" }), h("span", {}, "No model is loaded"));
  } else {
    const fact = (label, value, title) => h("span", { class: "ac-fact", title }, h("small", {}, label), h("b", {}, value));
    fill(bar,
      fact("Gallery", `${s.gallery_name}, ${s.gallery_size} pictures`),
      fact("Model", s.model_name, `fingerprint ${s.fingerprint}`),
      fact("Query", a ? `${a.milliseconds} ms` : "not run yet"),
      a && a.excluded ? h("span", { class: "ac-fact ac-left-out" }, h("small", {}, "Ranked"), h("b", {}, `${a.ranked} (reference excluded)`)) :
      a ? fact("Ranked", `${a.ranked}`) : null,
      h("span", { class: "ac-truth" }, state.rendered ? "Rendered bodies" : ""));
  }
};
const stale = (on) => { grid.classList.toggle("ac-stale", on); grid.setAttribute("aria-busy", String(on)); };
const clearAnswer = () => { state.answer = null; fill(grid); fill(cut); fill(said); drawBar(); };
const showEmpty = (sentence) => {
  clearAnswer();
  empty.hidden = !empty.querySelector(".ac-example");
  empty.querySelector("[data-sentence]").textContent = sentence;
};

const setReference = (ref, { keepPair = false } = {}) => {
  state.ref = ref;
  if (!keepPair) state.pair = "";
  fill(problem);
  fill(refBox, ref ? [photo(ref.view, { eager: true }), h("p", { class: "ac-under" }, h("b", {}, ref.view.caption || ref.view.id), h("span", {}, ref.view.origin || ""))]
    : h("p", { class: "ac-quiet" }, "Choose a reference picture or upload your own."));
  strip.querySelectorAll("[data-image]").forEach((b) => b.setAttribute("aria-pressed", String(!!ref && b.dataset.image === ref.image)));
};
const pick = (view) => { setReference({ image: view.id, view }); schedule(0); };
const takePicture = async (file) => {
  fill(problem, notice("quiet", "Uploading …"));
  const taken = await takeFile(file);
  if (taken.error) { fill(problem, notice("error", taken.error)); return; }
  setReference({ upload: taken.upload, view: taken.view });
  schedule(0);
};

const schedule = (wait) => {
  clearTimeout(timer);
  state.seq += 1;
  grow(text);
  if (state.status && !["loading", "ready"].includes(state.status.state)) { showMissing(); return; }
  if (!text.value.trim()) {
    stale(false);
    showEmpty(state.ref ? "Write what should change, or try one of these." : "Try one of these.");
    return;
  }
  if (state.answer) stale(true);
  timer = setTimeout(run, wait);
};
const run = async () => {
  const seq = state.seq;
  if (!state.ref) { clearAnswer(); fill(said, "Choose a reference picture first: click a thumbnail or upload your own."); return; }
  if (state.status && state.status.state === "loading") { fill(said, "The model is still loading. Your query runs as soon as it is ready."); return; }
  empty.hidden = true;
  if (!state.answer) { stale(true); if (!grid.children.length) fill(grid, Array.from({ length: state.k }, (_, i) => h("li", { class: "ac-card ac-ghost-card" + (i ? "" : " ac-first"), "aria-hidden": "true" }, h("div", { class: "ac-photo" })))); }
  const answer = await call("search", { seq, text: text.value, image: state.ref.image || "", upload: state.ref.upload || "", k: state.k, pair: state.pair });
  if (seq !== state.seq) return;               // an answer to an older text is never shown
  stale(false);
  if (!answer.ok) { clearAnswer(); fill(said); fill(cut, notice("error", answer.error)); recover(answer); return; }
  state.answer = answer;
  state.status = answer.status;
  drawBar();
  drawAnswer(answer);
};
// The server was away or has just been started again: wait for its model, then ask once more.
const recover = async (answer) => {
  const seq = state.seq;
  if (answer.offline) {
    await new Promise((r) => setTimeout(r, 2000));
    if (seq === state.seq) run();
    return;
  }
  const s = await call("engine_status");
  if (seq !== state.seq || !s.ok || s.state === "ready") return;
  state.status = s;
  drawBar();
  if (s.state === "loading") { fill(cut); watchStatus(); } else showMissing();
};
const drawAnswer = (a) => {
  fill(cut, a.truncated ? notice("warn", h("b", {}, "The text is longer than 77 tokens. "), "Not read: ", h("q", {}, a.truncated)) : null);
  const told = a.target_rank ? ` Correct picture: rank ${a.target_rank} of ${a.ranked}.` : "";
  fill(said, h("q", { dir: "auto" }, a.text), told);
  const before = new Map([...grid.querySelectorAll("[data-hit]")].map((c) => [c.dataset.hit, c.getBoundingClientRect()]));
  fill(grid, a.hits.map(card));
  if (calm() || !grid.animate) return;
  for (const c of grid.querySelectorAll("[data-hit]")) {
    const old = before.get(c.dataset.hit), now = c.getBoundingClientRect();
    if (old) c.animate([{ transform: `translate(${old.left - now.left}px,${old.top - now.top}px)` }, { transform: "none" }], { duration: 240, easing: "cubic-bezier(.2,.7,.2,1)" });
    else c.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 200 });
  }
};
const card = (hit) => {
  const share = Math.max(0, Math.min(1, hit.score));
  return h("li", { class: "ac-card" + (hit.rank === 1 ? " ac-first" : "") + (hit.expected ? " ac-expected" : ""), "data-hit": hit.picture.id },
    h("button", { type: "button", class: "ac-card-button", onclick: () => { pick(hit.picture); refBox.scrollIntoView({ block: "nearest" }); },
      "aria-label": `Rank ${hit.rank}, score ${hit.score.toFixed(2)}: ${hit.picture.alt}${hit.expected ? ", the correct picture" : ""}. Use as reference`, title: `${hit.picture.caption}. Click: use as reference` },
      photo(hit.picture)),
    h("div", { class: "ac-score" },
      h("span", { class: "ac-rank" }, String(hit.rank)),
      h("span", { class: "ac-meter", role: "img", "aria-label": `score ${hit.score.toFixed(2)} of 1` }, h("i", { style: `width:${(100 * share).toFixed(1)}%` })),
      h("span", { class: "ac-number", title: "cosine of query and picture, at most 1" }, hit.score.toFixed(2))),
    hit.expected ? h("span", { class: "ac-flag" }, "target") : null);
};

const drawExamples = ({ examples, note }) => { fill(exampleNote, note); fill(examplesBox, examples.map((x) => h("button", { type: "button", class: "ac-example", onclick: () => useExample(x) },
  photo(x.picture, { eager: true }), h("q", { dir: "auto" }, x.text), h("span", { class: "ac-go" }, "Find this pose", icon(ICONS.arrow))))); };
const useExample = (example) => {
  text.value = example.text;
  setReference({ image: example.picture.id, view: example.picture });
  state.pair = example.pair;
  schedule(0);
};
const addReferences = (page) => {
  strip.querySelector("[data-more]")?.remove();
  for (const view of page.pictures) strip.append(h("button", { type: "button", class: "ac-thumb", "data-image": view.id, "aria-pressed": String(!!state.ref && state.ref.image === view.id), "aria-label": view.alt, title: view.caption, onclick: () => pick(view) }, h("img", { src: view.url, alt: "", loading: "lazy" })));
  const shown = strip.querySelectorAll("[data-image]").length;
  if (shown < page.total) strip.append(h("button", { type: "button", class: "ac-thumb ac-more", "data-more": true, onclick: async () => { const next = await call("reference_strip", { offset: shown }); if (next.ok) addReferences(next); } }, `${page.total - shown} more`));
};
const openCamera = async () => {
  fill(problem);
  let stream;
  try { stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 960 } } }); }
  catch (e) { fill(problem, notice("error", "The camera is not available. Allow it in the browser, or upload a picture.")); return; }
  const video = h("video", { autoplay: true, playsinline: true, "aria-label": "Camera picture" });
  video.muted = true; video.srcObject = stream;
  const stop = () => { stream.getTracks().forEach((t) => t.stop()); fill(problem); };
  fill(problem, h("div", { class: "ac-camera" }, video, h("div", { class: "ac-row" },
    h("button", { type: "button", class: "ac-button ac-solid", onclick: () => {
      const canvas = document.createElement("canvas");
      canvas.width = video.videoWidth; canvas.height = video.videoHeight;
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((blob) => { stop(); if (blob) takePicture(new File([blob], "camera.jpg", { type: "image/jpeg" })); }, "image/jpeg", 0.92);
    } }, "Take the picture"), h("button", { type: "button", class: "ac-button", onclick: stop }, "Cancel"))));
};

text.addEventListener("input", () => { state.pair = ""; schedule(240); });
text.addEventListener("keydown", (e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); schedule(0); } });
kIn.addEventListener("input", () => { state.k = Number(kIn.value); kOut.textContent = kIn.value; if (text.value.trim()) schedule(120); });
acceptDrops(refBox, takePicture);
text.addEventListener("paste", (e) => { const f = [...(e.clipboardData?.files || [])][0]; if (f) { e.preventDefault(); takePicture(f); } });

const watchStatus = async () => {
  if (!state.status || state.status.state !== "loading") return;
  await new Promise((r) => setTimeout(r, 500));
  const s = await call("engine_status");
  if (s.ok) state.status = s;
  drawBar();
  if (s.ok && s.state === "ready") {
    const better = await call("example_cards");
    if (better.ok) drawExamples(better);
    if (text.value.trim()) schedule(0);
  }
  else if (!s.ok || s.state === "loading") watchStatus();
  else showMissing();
};
const ENGINE_STATES = { no_checkpoint: "Retrieval needs a model. ", no_gallery: "There is nothing to search. ", failed: "Retrieval is not available. " };
const showMissing = () => {
  clearAnswer();
  empty.hidden = true;
  fill(cut, state.advice, notice("help", h("b", {}, ENGINE_STATES[state.status.state] || ENGINE_STATES.failed), state.status.message,
    state.dataset === "ready" ? " Describe and Augment work without a model." : null));
};
const open = async () => {
  setReference(null);
  drawBar();
  const boot = await openTab("retrieve_boot", (words) => fill(cut, notice("quiet", words)));
  fill(cut, boot.ok ? null : notice("error", boot.error));
  if (!boot.ok) return;
  state.status = boot.status;
  state.rendered = boot.examples.rendered;
  state.dataset = boot.dataset.state;
  // Pairs and joints are of no concern here: the model reads pictures.
  state.advice = state.dataset === "no_dataset" ? datasetNotice(boot.dataset) : null;
  kIn.max = boot.max_k;
  refHead.append(fileTile("Upload", takePicture), h("button", { type: "button", class: "ac-tile", onclick: openCamera }, icon(ICONS.camera), h("span", {}, "Camera")));
  addReferences(boot.references);
  fill(chips, boot.changes.map((change) => h("button", { type: "button", class: "ac-chipbutton", onclick: () => { text.value = change; state.pair = ""; if (!state.ref && boot.references.pictures.length) setReference({ image: boot.references.pictures[0].id, view: boot.references.pictures[0] }); schedule(0); } }, change)));
  drawExamples(boot.examples);
  fill(empty, h("p", { class: "ac-lead", "data-sentence": true }),
    examplesBox,
    h("h2", {}, "Or start from any of these pictures"),
    h("div", { class: "ac-wall" }, boot.references.pictures.slice(0, 24).map((view) => h("button", { type: "button", class: "ac-thumb", "aria-label": `Use as reference: ${view.alt}`, title: view.caption, onclick: () => { pick(view); text.focus(); } }, h("img", { src: view.url, alt: "", loading: "lazy" })))),
    exampleNote);
  drawBar();
  if (boot.references.pictures.length) setReference({ image: boot.references.pictures[0].id, view: boot.references.pictures[0] });
  if (!["loading", "ready"].includes(state.status.state)) showMissing();
  else { showEmpty(boot.examples.examples.length ? "Try one of these." : ""); fill(cut, state.advice); }
  watchStatus();
};
open();
