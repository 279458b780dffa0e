// A picture of a result to share: the reference, the words, and the first hits, drawn here.
import { needsPicture } from "./asks.js";

/** @typedef {import("./state").State} State */

/** Hits that are drawn, and lines of text. */
const MOST = 8;
const LINES = 3;
/** Pixels. */
const TILE = 240;
const GAP = 16;
const WORDS = 28;

/**
 * Words in lines that fit; what does not fit ends in an ellipsis.
 *
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} measure the width of a text
 * @returns {string[]} at most three
 */
export function wrapped(text, width, measure) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && measure(`${last} ${word}`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else if (lines.length < LINES) lines.push(word);
    else {
      lines[LINES - 1] = `${lines[LINES - 1]} …`;
      break;
    }
  }
  return lines.map((line) => cut(line, width, measure));
}

/** @param {string} line @param {number} width @param {(text: string) => number} measure */
function cut(line, width, measure) {
  if (measure(line) <= width) return line;
  let kept = line.replace(/ …$/, "");
  while (kept && measure(`${kept}…`) > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}

/**
 * Where everything stands: the reference left over two rows, the hits beside it in two rows.
 *
 * @param {number} hits
 * @param {boolean} reference
 */
export function layout(hits, reference) {
  const shown = Math.min(MOST, hits);
  const columns = Math.max(1, Math.ceil(shown / 2));
  const left = reference ? 2 * TILE + 2 * GAP : 0;
  const top = GAP + LINES * WORDS + GAP;
  const places = Array.from({ length: shown }, (_, at) => ({
    x: GAP + left + (at % columns) * (TILE + GAP),
    y: top + Math.floor(at / columns) * (TILE + GAP),
    size: TILE,
  }));
  return {
    width: GAP + left + columns * (TILE + GAP),
    height: top + 2 * (TILE + GAP) + WORDS,
    reference: reference ? { x: GAP, y: top, size: 2 * TILE + GAP } : null,
    places,
  };
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
async function loaded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {HTMLImageElement} image
 * @param {{ x: number, y: number, size: number }} place
 * @param {boolean} [mirrored]
 */
function place(pen, image, { x, y, size }, mirrored = false) {
  const scale = Math.min(size / image.naturalWidth, size / image.naturalHeight);
  const [w, h] = [image.naturalWidth * scale, image.naturalHeight * scale];
  pen.save();
  pen.translate(x + size / 2, y + size / 2);
  if (mirrored) pen.scale(-1, 1);
  pen.drawImage(image, -w / 2, -h / 2, w, h);
  pen.restore();
}

/**
 * @param {State} state with an answer
 * @returns {Promise<Blob | null>} a PNG
 */
export async function drawResult({ answer, reference, asks }) {
  if (!answer) return null;
  const start = needsPicture(asks) ? reference : null;
  const plan = layout(answer.hits.length, start !== null);
  const canvas = document.createElement("canvas");
  canvas.width = plan.width;
  canvas.height = plan.height;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.fillStyle = "#fffefc";
  pen.fillRect(0, 0, plan.width, plan.height);
  pen.fillStyle = "#1f1c19";
  pen.font = "600 20px 'IBM Plex Sans', sans-serif";
  pen.textBaseline = "top";
  const words = answer.text ? `“${answer.text}”` : "Pictures like this one";
  const measure = (/** @type {string} */ text) => pen.measureText(text).width;
  for (const [at, line] of wrapped(words, plan.width - 2 * GAP, measure).entries()) {
    pen.fillText(line, GAP, GAP + at * WORDS);
  }
  if (start && plan.reference) {
    place(pen, await loaded(start.picture.url), plan.reference, asks.mirrored);
  }
  pen.font = "600 16px 'IBM Plex Sans', sans-serif";
  for (const [at, spot] of plan.places.entries()) {
    const hit = answer.hits[at];
    place(pen, await loaded(hit.picture.url), spot);
    pen.fillStyle = "#fffefc";
    pen.fillRect(spot.x, spot.y, 16 + measure(String(hit.rank)), 26);
    pen.fillStyle = "#1f1c19";
    pen.fillText(String(hit.rank), spot.x + 8, spot.y + 5);
  }
  pen.font = "14px 'IBM Plex Sans', sans-serif";
  pen.fillStyle = "#635d55";
  const foot = `AutoComPose Studio, ${answer.status.model_name}, ${answer.status.gallery_name}`;
  pen.fillText(cut(foot, plan.width - 2 * GAP, measure), GAP, plan.height - WORDS + 4);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
