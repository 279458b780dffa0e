// Caption files in and out, and the check against the joints: jobs of the server that this page
// starts, watches and cancels. A page that is loaded again finds the job that runs.
import { pause } from "../../web/api.js";

/** @typedef {import("../../web/types").JobView} Job */
/** @typedef {{ name: string, done: number, total: number }} Upload */

/** Bytes of a file that travel in one call, as the server takes them. */
const PIECE = 512 * 1024;
export const MAX_FILE = 64 * 1024 * 1024;
const LOOK = 400;

/** The split that a file's name suggests. @param {string} name */
export const splitOf = (name) =>
  name
    .replace(/\.[^.]*$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, 64);

/** @param {Blob} blob @returns {Promise<string>} its bytes in base64 */
const inBase64 = (blob) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

/** @param {string} data base64 */
const bytesOf = (data) => Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));

/** @param {string} name @param {Blob} blob */
function saveFile(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<import("./state.js").State, any>} desk.store
 * @param {import("../../web/api.js").Call} desk.ask
 * @param {() => void} desk.changed the store holds something else now
 */
export function openFiles({ store, ask, changed }) {
  const set = (/** @type {object} */ fields) => store.send({ kind: "set", fields });
  let [watching, sending] = [false, false];

  /** Show the job as it is. @returns {Promise<boolean>} whether to look again */
  async function look() {
    const answer = await ask("review_job");
    if (answer.ok) set({ job: answer.job });
    return answer.ok ? answer.job?.state === "running" : answer.offline;
  }

  /** Follow the job that runs until it ends. @param {boolean} [begun] whether it began here */
  async function watch(begun = false) {
    if (watching) return;
    watching = true;
    let ran = begun;
    while (await look()) {
      ran = true;
      await pause(LOOK);
    }
    watching = false;
    const { job } = store.get();
    if (ran && job?.kind !== "export" && job?.state === "done") changed();
  }

  /** @param {"review_import" | "review_triage" | "review_export"} name @param {object} [payload] */
  async function begin(name, payload = {}) {
    set({ fileError: "", job: null });
    const answer = await ask(name, payload);
    if (!answer.ok) {
      set({ fileError: answer.error });
      return;
    }
    set({ job: answer.job });
    await watch(true);
  }

  /** @param {File} file @returns {Promise<boolean>} whether all of it has arrived */
  async function send(file) {
    sending = true;
    for (let offset = 0; offset < file.size && sending; ) {
      const data = await inBase64(file.slice(offset, offset + PIECE));
      const answer = await ask("review_upload", { name: file.name, offset, data });
      if (!answer.ok) throw new Error(answer.error);
      offset = answer.received;
      if (sending) set({ upload: { name: file.name, done: offset, total: file.size } });
    }
    return sending;
  }

  return {
    /** Looks for a job that a page before this one has begun. */
    watch: () => watch(),
    importShown: () => begin("review_import"),
    triage: () => begin("review_triage"),
    /** @param {File | undefined} file @param {string} split @param {boolean} replace */
    async importFile(file, split, replace) {
      const wrong = !file
        ? "Choose a file first."
        : !file.size
          ? "The file is empty."
          : file.size > MAX_FILE
            ? "The file is larger than 64 MB; use autocompose review import."
            : "";
      set({ fileError: wrong });
      if (!file || wrong) return;
      set({ upload: { name: file.name, done: 0, total: file.size } });
      let problem = "";
      const arrived = await send(file).catch((error) => {
        problem = error.message;
      });
      sending = false;
      set({ upload: null, fileError: problem });
      if (arrived) await begin("review_import", { uploaded: true, split, replace });
    },
    /** @param {{ format: string, accepted: boolean, dataset: string, split: string }} wanted */
    exportFile: (wanted) => begin("review_export", wanted),
    /** Cancel what runs; put away what has ended. */
    async cancel() {
      if (sending) {
        sending = false;
        set({ upload: null });
        return;
      }
      const { job } = store.get();
      if (!job) return;
      await ask("review_cancel", { job: job.id });
      if (job.state !== "running") set({ job: null });
    },
    /** Save the file that an export wrote. */
    async download() {
      const { job } = store.get();
      if (!job) return;
      const pieces = [];
      for (let offset = 0; ; ) {
        const answer = await ask("review_piece", { job: job.id, offset });
        if (!answer.ok) {
          set({ fileError: answer.error });
          return;
        }
        pieces.push(bytesOf(answer.data));
        if (!answer.following) break;
        offset = answer.following;
      }
      saveFile(job.name, new Blob(pieces));
    },
  };
}
