// The multimodal model of the studio, where the operator set one up: who writes, the three stages as they come, raw answers.
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const VIEW_WORDS = { reverse: ["Reverse", "pictures in reverse order"], mirror: ["Mirror", "both pictures flipped"], "mirror-reverse": ["Mirror reverse", "reverse order and flipped"] };
const money = (usd) => (usd === null ? "price unknown" : usd === 0 ? "$0" : `$${usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`);
const amount = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

// Start a job and tell `on` of every event. A job that was dropped for a newer one tells nothing more.
const watchJob = async (payload, on) => {
  const began = await call("live_start", payload);
  if (!began.ok) { on.end({ state: "failed", note: began.error }); return; }
  if (!on.began(began)) { call("live_cancel", { job: began.job }); return; }
  for (let after = 0, misses = 0; ;) {
    await pause(misses ? 1500 : 300);
    const a = await call("live_poll", { job: began.job, after });
    if (!on.current(began.job)) return;
    if (a.offline && ++misses < 4) continue;
    if (!a.ok) { on.end({ state: "failed", note: a.error }); return; }
    misses = 0; after = a.after;
    on.progress(a);
    for (const e of a.events) (e.kind === "end" ? on.end({ ...a, note: e.note }) : on.event(e));
    if (a.state !== "running") return;
  }
};

// The line of steps: waiting, at work, done or failed; each says so in words for a screen reader.
const stepLine = () => {
  const names = ["Body parts", "Phrasings", "Other views"], states = ["", "", ""], notes = ["", "", ""];
  const list = h("ol", { class: "ac-steps", "aria-label": "Stages" });
  const words = { "": "waiting", busy: "working", done: "done", bad: "failed", off: "not requested" };
  const draw = () => fill(list, names.map((name, i) => h("li", { class: states[i] ? "ac-step-" + states[i] : "", "data-step": i + 1, "data-state": states[i] || "waiting" },
    h("i", { "aria-hidden": "true" }, states[i] === "done" ? "✓" : states[i] === "bad" ? "✕" : String(i + 1)), h("span", {}, name), notes[i] ? h("small", {}, notes[i]) : null,
    h("span", { class: "ac-sr" }, words[states[i]]))));
  const set = (i, state, note = "") => { if (states[i] !== state || notes[i] !== note) { states[i] = state; notes[i] = note; draw(); } };
  draw();
  return { list, set, state: (i) => states[i] };
};

const ghostRows = () => h("div", { class: "ac-ghosts", "aria-hidden": "true" }, [64, 82, 56, 74].map((w) => h("div", { class: "ac-ghostrow" }, h("i", { style: "width:72px" }), h("i", { style: `width:${w}%` }))));
const ghostCards = (n) => Array.from({ length: n }, () => h("article", { class: "ac-phrase ac-ghosts", "aria-hidden": "true" }, h("span", {}), h("div", {}, [94, 88, 60].map((w) => h("i", { style: `width:${w}%` })))));

// Raw answers, as the model wrote them: text nodes only.
const rawAnswers = (answers) => h("div", { class: "ac-raw" }, answers.length ? answers.map((a) => h("section", {},
  h("h3", {}, `${a.view} · ${a.stage} · attempt ${a.attempt}`, h("span", {}, a.cached ? "stored answer" : `${a.input_tokens.toLocaleString("en")} + ${amount(a.output_tokens, "token")}, ${a.seconds} s`)),
  a.problem ? h("p", { class: "ac-inline-error" }, `Sent back: ${a.problem}`) : null, h("pre", { tabindex: 0 }, a.text))) : h("p", { class: "ac-quiet" }, "No answer yet."));
