// The outbox: decisions that the store has not acknowledged yet, each under a key of its own in localStorage, so
// that two tabs never overwrite each other's. It is emptied in order; sending one twice is harmless.
const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));  // randomUUID exists on secure origins only
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
};
const WAIT_MS = 15000;
const openOutbox = (owner, send, onchange) => {
  const prefix = `autocompose-review:${owner}:`;
  let clock = 0, busy = false, timer = 0, pause = 500;
  const state = { ops: [], sending: false, offline: false, problem: "", savedAt: null, kept: true };
  const load = () => {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i += 1) {
        const key = localStorage.key(i);
        if (key.startsWith(prefix)) found.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch (e) { state.kept = false; }
    return found.sort((a, b) => a.order - b.order || (a.operation < b.operation ? -1 : 1));
  };
  const keep = (op) => { try { localStorage.setItem(prefix + op.operation, JSON.stringify(op)); } catch (e) { state.kept = false; } };
  const drop = (op) => { try { localStorage.removeItem(prefix + op.operation); } catch (e) { state.kept = false; } };
  const waiting = () => state.ops.filter((op) => !op.refused);
  const tell = () => onchange(state);
  const answerOf = (op) => Promise.race([send(op), new Promise((done) => setTimeout(() => done({ ok: false, offline: true }), WAIT_MS))]);

  const flush = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    while (waiting().length) {
      const op = waiting()[0];
      state.sending = true; tell();
      const answer = await answerOf(op);
      state.sending = false;
      if (answer.ok) {
        drop(op);
        state.ops = state.ops.filter((other) => other !== op);
        state.offline = false; state.problem = ""; state.savedAt = new Date(); pause = 500;
        // What was decided on top of this one started from a revision that was only expected.
        for (const other of state.ops) if (other.after === op.operation) { other.base = answer.state.revision; keep(other); }
        op.done(answer);
      } else if (answer.offline || answer.kind === "StoreUnavailableError" || answer.kind === "LoginError") {
        state.offline = Boolean(answer.offline);
        state.problem = answer.offline ? "" : answer.error;
        timer = setTimeout(flush, pause);
        pause = Math.min(pause * 2, 8000);
        break;
      } else {
        // The store will never take it as it is: it stays here, with the reason, until somebody looks at it.
        op.refused = answer.error; keep(op);
        for (const other of state.ops) if (other.after === op.operation) { other.base = op.base; other.after = op.after; keep(other); }
      }
      tell();
    }
    busy = false; tell();
  };
  const add = (op, done) => {
    const last = [...state.ops].reverse().find((other) => other.id === op.id && !other.refused);
    const whole = { operation: newId(), order: Date.now() * 1000 + (clock = (clock + 1) % 1000), after: last ? last.operation : "", ...op };
    keep(whole);
    Object.defineProperty(whole, "done", { value: done || (() => {}), enumerable: false });
    state.ops.push(whole);
    tell(); flush();
    return whole.operation;
  };
  const discard = (operation) => { const op = state.ops.find((o) => o.operation === operation); if (op) { drop(op); state.ops = state.ops.filter((o) => o !== op); tell(); } };
  const retry = () => { for (const op of state.ops) if (op.refused) { delete op.refused; keep(op); } pause = 500; flush(); };
  for (const op of load()) { Object.defineProperty(op, "done", { value: () => {}, enumerable: false }); state.ops.push(op); }
  window.addEventListener("online", () => { pause = 500; flush(); });
  return { state, add, flush, discard, retry };
};
