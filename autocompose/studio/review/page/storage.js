// Which page of this browser holds which items.
import { newId, read, write } from "../../web/storage.js";

/** A page that says nothing for so long is gone, in milliseconds. */
const ALIVE = 150000;
const BEAT = 20000;
const SESSION = "autocompose-session";
const sessionKey = (/** @type {string} */ id) => `${SESSION}:${id}`;

/** @returns {string[]} */
function knownSessions() {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? "");
    return keys
      .filter((key) => key.startsWith(sessionKey("")))
      .map((key) => key.slice(sessionKey("").length));
  } catch {
    return [];
  }
}

/**
 * The session of this page, which leases belong to. A page that comes after a closed or crashed one
 * takes over its session, and with it what that one held; one whose page is alive is left to it.
 *
 * @returns {{ id: string, end: () => void }}
 */
export function openSession() {
  const mine = sessionStorage.getItem(SESSION);
  const free = (/** @type {string} */ id) => Date.now() - read(sessionKey(id), 0) > ALIVE;
  const id = [...(mine ? [mine] : []), ...knownSessions()].find(free) || newId();
  sessionStorage.setItem(SESSION, id);
  const beat = () => write(sessionKey(id), Date.now());
  beat();
  setInterval(beat, BEAT);
  window.addEventListener("pageshow", (e) => {
    if (e.persisted) beat();
  });
  return { id, end: () => write(sessionKey(id), 0) };
}
