// The state of a tab: one value, changed only by a pure function (state, event) -> state.

/**
 * @template S, E
 * @typedef {object} Store
 * @property {() => S} get the state as it is now
 * @property {(event: E) => void} send put an event into the reducer, then tell the subscribers
 * @property {(listener: (state: S, before: S) => void) => () => void} watch returns how to stop
 */

/**
 * A store. A reducer that returns the very state that it got changes nothing and notifies nobody.
 *
 * @template S, E
 * @param {(state: S, event: E) => S} reduce
 * @param {S} initial
 * @returns {Store<S, E>}
 */
export function createStore(reduce, initial) {
  let state = initial;
  /** @type {Set<(state: S, before: S) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    send(event) {
      const before = state;
      state = reduce(before, event);
      if (state === before) return;
      for (const listener of [...listeners]) listener(state, before);
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
