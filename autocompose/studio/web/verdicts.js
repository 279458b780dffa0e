// Verdict chips. The server judges each sentence against the joints; a verdict is shown only beside the very text it is about.
const VERDICT_ICONS = { supported: "M12 3a9 9 0 1 0 .01 0M8 12.4l2.8 2.8L16.2 9.6", contradicted: "M12 3a9 9 0 1 0 .01 0M9 9l6 6M15 9l-6 6", unknown: "M12 3a9 9 0 1 0 .01 0M12 11.6a.5.5 0 1 0 .01 0" };
const VERDICT_WORDS = { supported: "Supported", contradicted: "Contradicted", unknown: "Unknown" };
const verdictIcon = (v) => h("i", { class: "ac-vicon", "data-verdict": v, "aria-hidden": "true" }, icon(VERDICT_ICONS[v]));
let verdictNumber = 0;
// One chip with its evidence, which opens on hover and on focus and closes on Escape.
const verdictChip = (v) => {
  const id = `ac-evidence-${element.id || "x"}-${++verdictNumber}`;
  const list = v.claims.map((c) => h("li", { "data-verdict": c.verdict }, verdictIcon(c.verdict), h("span", { class: "ac-sr" }, VERDICT_WORDS[c.verdict] + ". "), h("span", {}, h("b", {}, c.says), h("span", {}, c.evidence))));
  const tip = h("div", { class: "ac-evidence", role: "tooltip", id }, list.length ? h("ul", {}, list) : h("p", {}, "Joints cannot check this text."));
  const button = h("button", { type: "button", class: "ac-vchip", "data-verdict": v.verdict, "aria-describedby": id,
    onkeydown: (e) => { if (e.key === "Escape") { e.currentTarget.parentNode.classList.add("ac-hush"); e.stopPropagation(); } } },
    icon(VERDICT_ICONS[v.verdict]), h("span", { class: "ac-sr" }, VERDICT_WORDS[v.verdict] + (v.claims.length === 1 ? "" : `: ${v.word}`)));
  const box = h("span", { class: "ac-verdictbox", onmouseleave: () => box.classList.remove("ac-hush") }, button, tip);
  button.addEventListener("blur", () => box.classList.remove("ac-hush"));
  // Stay inside the window: the tip opens to the left where there is no room on the right, and up where there is none below.
  const place = () => { const r = button.getBoundingClientRect();
    box.classList.toggle("ac-tip-up", r.bottom + 220 > window.innerHeight && r.top > 240);
    tip.style.setProperty("--ac-tip-x", `${Math.max(8 - r.left, Math.min(-8, window.innerWidth - 16 - 320 - r.left))}px`); };
  box.addEventListener("mouseenter", place); button.addEventListener("focus", place);
  return box;
};
const waitingChip = () => h("span", { class: "ac-verdictbox" }, h("span", { class: "ac-vchip ac-pending", "data-verdict": "pending" }, h("span", { class: "ac-sr" }, "Checking")));
// The same words under the text area, invisible but for the lines under the claims. Overlapping claims: the worst line wins.
const sameType = (area, under) => { const from = getComputedStyle(area); for (const k of ["font", "lineHeight", "letterSpacing", "padding", "direction", "textAlign"]) under.style[k] = from[k]; };
const RANK = { unknown: 1, supported: 2, contradicted: 3 };
const underlined = (text, claims) => {
  const marks = new Array(text.length).fill("");
  for (const c of claims) for (let i = c.start; i < c.end; i++) if ((RANK[c.verdict] || 0) > (RANK[marks[i]] || 0)) marks[i] = c.verdict;
  const runs = [];
  for (let i = 0, j = 0; i < text.length; i = j) { while (j < text.length && marks[j] === marks[i]) j++; runs.push(marks[i] ? h("u", { "data-verdict": marks[i] }, text.slice(i, j)) : text.slice(i, j)); }
  return runs;
};
// Watches the rows and phrasings of a page. `pair` gives the id of the pair ("" without joints); `exchange` puts exchanged texts in place.
const watchVerdicts = ({ rows, cards, pair, exchange }) => {
  let timer = 0, seq = 0;
  const banner = h("div", { class: "ac-swap", role: "status" });
  const slots = () => [...rows.querySelectorAll(".ac-partrow"), ...cards.querySelectorAll(".ac-phrase")].filter((r) => r.querySelector("textarea"));
  const decorate = (row) => {
    if (row.querySelector(":scope .ac-vslot")) return;
    const area = row.querySelector("textarea"), slot = h("span", { class: "ac-vslot" }, waitingChip());
    if (row.classList.contains("ac-phrase")) {
      const under = h("div", { class: "ac-underlay", "aria-hidden": "true" }), wrap = h("div", { class: "ac-judged" });
      area.replaceWith(wrap); wrap.append(under, area);
      row.querySelector(".ac-row").prepend(slot);
    } else area.after(slot);
  };
  const forget = (row) => { fill(row.querySelector(".ac-vslot"), waitingChip()); const u = row.querySelector(".ac-underlay"); if (u) fill(u); };
  const ask = async () => {
    const mine = ++seq, id = pair(), asked = slots();
    const sent = asked.map((row) => ({ row, part: row.dataset.row, text: row.querySelector("textarea").value }));
    if (!id || !sent.length) { asked.forEach((row) => fill(row.querySelector(".ac-vslot"))); fill(banner); return; }
    const a = await call("verdicts", { pair: id, rows: sent.filter((s) => s.part).map(({ part, text }) => ({ part, text })), texts: sent.filter((s) => !s.part).map((s) => s.text) });
    if (mine !== seq || id !== pair()) return;
    if (!a.ok || a.reason) { asked.forEach((row) => fill(row.querySelector(".ac-vslot"))); fill(banner); return; }
    let r = 0, t = 0;
    for (const s of sent) {
      const v = s.part ? a.rows[r++] : a.texts[t++];
      if (!v || !s.row.isConnected || s.row.querySelector("textarea").value !== s.text) continue;
      fill(s.row.querySelector(".ac-vslot"), verdictChip(v));
      const under = s.row.querySelector(".ac-underlay");
      if (under) { sameType(s.row.querySelector("textarea"), under); fill(under, underlined(s.text, v.claims)); }
    }
    drawBanner(a.swapped);
  };
  const drawBanner = (swapped) => {
    if (!swapped) { fill(banner); return; }
    if (!banner.isConnected) rows.before(banner);
    const wrong = h("p", { class: "ac-inline-error", role: "alert" });
    fill(banner, h("p", {}, h("b", {}, "Left and right look swapped. "), "The sentences fit this body much better with left and right swapped."),
      h("button", { type: "button", class: "ac-button", onclick: async () => {
        const found = slots().map((row) => ({ part: row.dataset.row, text: row.querySelector("textarea").value }));
        const a = await call("exchange_sides", { rows: found.filter((s) => s.part), texts: found.filter((s) => !s.part).map((s) => s.text) });
        if (!a.ok) { fill(wrong, a.error); return; }
        fill(banner); exchange(a.rows, a.texts);
      } }, icon("M4 8h13m-4-4 4 4-4 4M20 16H7m4-4-4 4 4 4"), "Swap left and right"), wrong);
  };
  const soon = (wait) => { clearTimeout(timer); seq++; timer = setTimeout(ask, wait); };
  new MutationObserver(() => { const fresh = slots().filter((row) => !row.querySelector(".ac-vslot")); fresh.forEach(decorate); if (fresh.length) soon(20); }).observe(rows, { childList: true, subtree: true });
  new MutationObserver(() => { const fresh = slots().filter((row) => !row.querySelector(".ac-vslot")); fresh.forEach(decorate); if (fresh.length) soon(20); }).observe(cards, { childList: true });
  for (const box of [rows, cards]) box.addEventListener("input", (e) => { const row = e.target.closest(".ac-partrow, .ac-phrase"); if (row && row.querySelector(".ac-vslot")) { forget(row); soon(250); } });
};
