// One picture from a file, a drop, the clipboard or the camera: made smaller where the browser can
// read it, sent, and shown as the server has read it.
import { Icon } from "./icons.js";
import { Component, html } from "./view.js";

/** @typedef {import("./types").UploadView} UploadView */
/** @typedef {(file: File) => Promise<{ path: string }>} Upload */

/** What the server reads; SVG is not a picture of pixels. */
export const ACCEPTED =
  "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,image/gif,image/bmp," +
  "image/tiff,.avif,.heic,.heif,.tif,.tiff";

const REFUSED = new Set(["image/svg+xml"]);

/** Longer side of what is sent, in pixels. */
const SIDE = 1280;

/** Files below this many bytes travel as they are. */
const SMALL = 1_500_000;

/**
 * A smaller copy of a large picture. What the browser cannot read, or is small already, goes to the
 * server as it is: there the limits are checked.
 *
 * @param {File} file
 * @param {number} most pixels that a picture may have; one with more is left to be refused
 */
async function smaller(file, most) {
  if (file.size < SMALL || file.type === "image/gif") return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const { width, height } = bitmap;
    if (width * height > most) return file;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return (await jpeg(canvas, file.name)) ?? file;
  } catch {
    return file; // not a picture that the browser reads
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} name
 * @returns {Promise<File | null>}
 */
export async function jpeg(canvas, name) {
  /** @type {Blob | null} */
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  const stem = name.replace(/\.[^.]*$/, "");
  return blob && new File([blob], `${stem}.jpg`, { type: "image/jpeg" });
}

/**
 * Send one picture and have it checked.
 *
 * @param {File} file
 * @param {{ call: import("./api").Call, upload: Upload, mostPixels: number, onSent?: () => void }}
 *   options `onSent` is called when the server has the picture, and begins to look at it
 * @returns {Promise<{ taken: UploadView } | { error: string }>}
 */
export async function takePicture(file, { call, upload, mostPixels, onSent = () => {} }) {
  const named = file.type === "" || file.type.startsWith("image/");
  if (!named || REFUSED.has(file.type)) {
    return { error: `"${file.name}" is not a picture. Use JPEG, PNG, WebP, AVIF or HEIC.` };
  }
  let sent;
  try {
    sent = await upload(await smaller(file, mostPixels));
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : "upload failed";
    return { error: `"${file.name}" could not be uploaded: ${reason}.` };
  }
  onSent();
  const answer = await call("check_upload", { path: sent.path, name: file.name });
  return answer.ok ? { taken: answer } : { error: answer.error };
}

/**
 * A tile that opens the file dialogue; with a picture it shows which one was chosen.
 *
 * @typedef {object} TileProps
 * @property {string} label
 * @property {string} [class]
 * @property {import("./types").PictureView | null} [picture]
 * @property {(file: File) => void} onFile
 */

/** @extends {Component<TileProps, {}>} */
export class FileTile extends Component {
  /** @param {{ currentTarget: HTMLInputElement }} event */
  chosen = ({ currentTarget: input }) => {
    const file = input.files?.[0];
    input.value = ""; // the same file can be chosen again
    if (file) this.props.onFile(file);
  };

  render() {
    const { label, picture } = this.props;
    const filled = picture ? " ac-filled" : "";
    return html`
      <label class=${`ac-tile ${this.props.class ?? ""}${filled}`}>
        ${
          picture
            ? html`<img src=${picture.url} alt=${picture.alt} />`
            : html`<${Icon} name="upload" />`
        }
        <span>${label}</span>
        <input
          type="file"
          accept=${ACCEPTED}
          class="ac-hidden-input"
          aria-label=${label}
          onchange=${this.chosen}
        />
      </label>
    `;
  }
}

/**
 * Attributes of an element that takes pictures dropped on it.
 *
 * @param {(file: File) => void} onFile
 */
export const dropsOf = (onFile) => ({
  /** @param {DragEvent & { currentTarget: HTMLElement }} event */
  ondragover: (event) => {
    event.preventDefault();
    event.currentTarget.classList.add("ac-drop");
  },
  /** @param {DragEvent & { currentTarget: HTMLElement }} event */
  ondragleave: (event) => event.currentTarget.classList.remove("ac-drop"),
  /** @param {DragEvent & { currentTarget: HTMLElement }} event */
  ondrop: (event) => {
    event.preventDefault();
    event.currentTarget.classList.remove("ac-drop");
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  },
});
