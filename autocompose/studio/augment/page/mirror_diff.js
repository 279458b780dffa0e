// The mirror text derived by swapping left and right, next to the generated one: words struck out are only in the derived text,
// underlined ones in the generated text only. Both texts can be edited; an answer for older texts is dropped.
const mirrorDiff = () => {
  let timer = 0, seq = 0, cells = [];
  const area = (id) => h("textarea", { id, rows: "3", maxlength: "2000", oninput: () => soon(250) });
  const text = area("ac-mirror-source"), generated = area("ac-mirror-generated");
  const shown = h("p", { class: "ac-text ac-mirrordiff", dir: "auto" }), summary = h("p", { class: "ac-quiet", role: "status" });
  const wrong = h("p", { class: "ac-inline-error", role: "alert" });
  const which = h("select", { id: "ac-mirror-which", onchange: () => take() }, h("option", { value: "forward" }, "Forward"), h("option", { value: "reverse" }, "Reverse"));
  const said = (kind, words) => h(kind, {}, h("span", { class: "ac-sr" }, kind === "del" ? "[only derived: " : "[only generated: "), words, h("span", { class: "ac-sr" }, "]"));
  const count = (n) => `${n} ${n === 1 ? "word is" : "words are"}`;
  const ask = async () => {
    const mine = ++seq;
    if (!text.value.trim() || !generated.value.trim()) { fill(shown); fill(wrong); fill(summary, "Enter two texts: one for the pair and one for its mirror image."); return; }
    const a = await call("mirror_difference", { text: text.value, generated: generated.value });
    if (mine !== seq) return;
    fill(wrong, a.ok ? null : `The mirror text cannot be derived. ${a.error}`);
    if (!a.ok) { fill(shown); fill(summary); return; }
    fill(shown, a.runs.map((r, i) => [i ? " " : "", r.kind === "same" ? r.text : said(r.kind, r.text)]));
    fill(summary, a.identical ? "Identical: the derived and the generated text agree word for word." : `${count(a.removed)} only in the derived text, ${a.added} only in the generated text.`);
  };
  const soon = (wait) => { clearTimeout(timer); seq++; timer = setTimeout(ask, wait); };
  const words = (view) => { const c = cells.find((one) => one.view === view); return c ? c.words.map((w) => w.text).join(" ") : ""; };
  const take = () => { text.value = words(which.value); generated.value = words(which.value === "forward" ? "mirror" : "mirror-reverse"); soon(0); };
  const field = (label, box) => h("div", {}, h("label", { for: box.id }, label), box);
  const root = h("section", { class: "ac-mirrorbox", "aria-label": "Mirror text, derived and generated" },
    h("h2", {}, "Mirror text, derived and generated"),
    h("p", { class: "ac-quiet" }, "Derived: left and right swapped in the text. Generated: written from the mirrored joints. ", h("del", {}, "Struck out"), " words are only in the derived text, ", h("ins", {}, "underlined"), " words only in the generated text. You can edit both texts."),
    h("div", { class: "ac-row" }, h("label", { for: which.id }, "View"), which),
    h("div", { class: "ac-mirrorfields" }, field("Text for the pair", text), field("Generated text for its mirror image", generated)),
    wrong, shown, summary);
  return { root, show: (found) => { cells = found; take(); } };
};
