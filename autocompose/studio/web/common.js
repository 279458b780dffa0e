// Shared by every tab. Gradio hands in `element`, `server` and `upload`; this file is put before the tab's own.
// Every string from the server becomes a text node or an attribute value, never markup.
"use strict";
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "line", "circle", "path", "g", "ellipse", "text", "title"]);
const h = (tag, attrs, ...children) => {
  const node = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
};
const $ = (selector) => element.querySelector(selector);
const fill = (node, ...children) => node.replaceChildren(...children.flat(3).filter((c) => c || c === 0));
const grow = (area) => { area.style.height = "auto"; area.style.height = area.scrollHeight + 2 + "px"; };
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const icon = (d) => h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "ac-icon" }, h("path", { d }));
const ICONS = {
  arrow: "M4 12h15m-6-6 6 6-6 6", upload: "M12 16V4m-5 5 5-5 5 5M4 20h16", camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  close: "M6 6l12 12M18 6 6 18", copy: "M9 9h11v11H9zM15 9V4H4v11h5", again: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5", down: "M12 4v11m-5-5 5 5 5-5M4 20h16",
  bones: "M12 3.5a2 2 0 1 0 .01 0M12 8v7M12 9.5 6 13M12 9.5l6 3.5M12 15l-4 6M12 15l4 6", play: "M7 5l12 7-12 7z", plus: "M12 5v14M5 12h14",
};

// A Gradio server function resolves to undefined when the server is down: that is a failure, not an answer.
const call = async (name, payload = {}) => {
  let answer;
  try { answer = await server[name](payload); } catch (e) { answer = undefined; }
  if (answer && typeof answer === "object" && "ok" in answer) return answer;
  return { ok: false, offline: true, error: "Connection lost. Check that the server is running, then try again." };
};

// The first answer of a tab. While the server is away, say so and ask again: it comes back by itself.
const openTab = async (name, away) => {
  for (;;) {
    const answer = await call(name);
    if (!answer.offline) return answer;
    away("Connection lost. This page opens as soon as the server answers.");
    await new Promise((r) => setTimeout(r, 2000));
  }
};
// Shown instead of work that cannot begin: one heading for each state, and the server's advice.
const DATASET_STATES = { no_dataset: "No dataset is open. ", no_pairs: "This dataset has no pairs to show. ", no_joints: "This dataset has no joints. " };
const datasetNotice = ({ state, problem }) => (state === "ready" ? null : notice("help", h("b", {}, DATASET_STATES[state] || "This dataset cannot be used. "), problem));

// Hands and feet, by place in the bone list: where the letter of the side stands.
const LETTER_BONES = [8, 12, 16, 20];
const bonesOf = (view) => {
  if (!view.bones || !view.bones.length) return null;
  const lines = view.bones.map((b) => h("line", { x1: b.x1, y1: b.y1, x2: b.x2, y2: b.y2, class: "ac-bone ac-" + (b.side || "mid") }));
  const letters = LETTER_BONES.map((i) => view.bones[i]).filter((b) => b && b.side).map((b) =>
    h("span", { class: "ac-letter ac-" + b.side, style: `left:${b.x2}%;top:${b.y2}%` }, b.side));
  return h("div", { class: "ac-bones", "aria-hidden": "true" },
    h("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none" }, lines), letters);
};
const photo = (view, { mirrored = false, eager = false } = {}) =>
  h("div", { class: "ac-photo" + (mirrored ? " ac-flip" : "") },
    h("img", { src: view.url, alt: mirrored ? `${view.alt}, mirrored` : view.alt, loading: eager ? "eager" : "lazy", decoding: "async", draggable: "false" }),
    bonesOf(view));

const notice = (kind, ...content) => h("div", { class: `ac-notice ac-${kind}`, role: kind === "error" ? "alert" : "status" }, content);

// A phone's photo is made smaller before it travels; what the browser cannot read goes to the server as it is.
const smaller = async (file, side = 1280) => {
  if (file.size < 1500000) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale)); canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((r) => canvas.toBlob(r, "image/jpeg", 0.92));
    return blob ? new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch (e) { return file; }
};

// One picture from a file: uploaded, opened once on the server within its limits, shown from the browser's own copy.
const takeFile = async (file) => {
  if (!file.type.startsWith("image/")) return { error: `"${file.name}" is not a picture; use JPEG, PNG or WebP.` };
  const name = file.name;
  file = await smaller(file);
  let sent;
  try { sent = await upload(file); } catch (e) { return { error: `"${name}" could not be uploaded: ${(e && e.message) || "upload failed"}.` }; }
  const answer = await call("check_upload", { path: sent.path });
  if (!answer.ok) return { error: answer.error };
  return { upload: answer.path, view: { id: name, url: URL.createObjectURL(file), bones: [], alt: `Uploaded picture ${name}`, caption: name, origin: "uploaded" } };
};
const fileTile = (label, onfile, cls = "") => {
  const input = h("input", { type: "file", accept: "image/*", class: "ac-hidden-input", "aria-label": label,
    onchange: () => { if (input.files[0]) onfile(input.files[0]); input.value = ""; } });
  return h("label", { class: `ac-tile ${cls}` }, icon(ICONS.upload), h("span", {}, label), input);
};
const acceptDrops = (node, onfile) => {
  node.addEventListener("dragover", (e) => { e.preventDefault(); node.classList.add("ac-drop"); });
  node.addEventListener("dragleave", () => node.classList.remove("ac-drop"));
  node.addEventListener("drop", (e) => { e.preventDefault(); node.classList.remove("ac-drop"); if (e.dataTransfer.files[0]) onfile(e.dataTransfer.files[0]); });
};

// A row of thumbnails that arrow keys walk through; only one of them is a tab stop.
const walkable = (node) => {
  node.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const items = [...node.querySelectorAll("button")];
    const next = items[items.indexOf(document.activeElement) + step];
    if (next) { e.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });
  return node;
};

// The pair strip of Describe and Augment. The chosen pair is shared between tabs by an event on the window.
const pairStrip = (first, onpick) => {
  const row = walkable(h("div", { class: "ac-strip ac-pairs", role: "group", "aria-label": "Pairs" }));
  let shown = 0;
  const add = (page) => {
    row.querySelector("[data-more]")?.remove();
    for (const pair of page.pairs) {
      shown += 1;
      row.append(h("button", { type: "button", class: "ac-thumb ac-pair-thumb", "data-pair": pair.id, "aria-pressed": "false", title: pair.reference.caption,
        "aria-label": `Pair ${shown} of ${page.total}: ${pair.reference.caption} to ${pair.target.caption}`, onclick: () => onpick(pair.id) },
        h("img", { src: pair.reference.url, alt: "", loading: "lazy" }), h("img", { src: pair.target.url, alt: "", loading: "lazy" })));
    }
    if (shown < page.total) row.append(h("button", { type: "button", class: "ac-thumb ac-more", "data-more": true,
      onclick: async () => { const next = await call("pair_strip", { offset: shown }); if (next.ok) add(next); } }, `${page.total - shown} more`));
  };
  add(first);
  const mark = (id) => row.querySelectorAll("[data-pair]").forEach((b) => {
    const on = b.dataset.pair === id;
    b.setAttribute("aria-pressed", String(on));
    if (on) row.scrollTo({ left: b.offsetLeft - row.clientWidth / 2 + b.clientWidth / 2, behavior: "auto" });
  });
  return { row, mark, first: first.pairs.length ? first.pairs[0].id : null };
};
const sharePair = (id) => { window.autocomposePair = id; window.dispatchEvent(new CustomEvent("autocompose-pair", { detail: id })); };
const bothPictures = (pair, options = {}) => h("div", { class: "ac-pair" },
  h("figure", {}, photo(pair.reference, options), h("figcaption", {}, h("b", {}, "Reference"), h("span", {}, options.mirrored ? "" : pair.reference.caption))),
  h("div", { class: "ac-to", "aria-hidden": "true" }, icon(ICONS.arrow)),
  h("figure", {}, photo(pair.target, options), h("figcaption", {}, h("b", {}, "Target"), h("span", {}, options.mirrored ? "" : pair.target.caption))));
const bonesSwitch = (scope) => h("button", { type: "button", class: "ac-button ac-ghost", "aria-pressed": "false",
  onclick: (e) => { const on = scope().classList.toggle("ac-show-bones"); e.currentTarget.setAttribute("aria-pressed", String(on)); } },
  icon(ICONS.bones), "Skeleton");
const sideKey = () => h("span", { class: "ac-sidekey" }, h("i", { class: "ac-chip ac-L" }, "L"), " subject's left ", h("i", { class: "ac-chip ac-R" }, "R"), " subject's right");
