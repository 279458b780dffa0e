// The item and the filters in the address: reload, Back and a copied link restore them.
import { filterList } from "./filters.js";
import { current } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../../web/address.js").Fields} Fields */

const TAB = "review";
const FIRST_ORDER = "error";
export const ORDERS = Object.freeze([FIRST_ORDER, "sequential", "random"]);

/**
 * What the address says of the desk; nothing of a second reading, which is blind.
 *
 * @param {State} state
 * @returns {Fields}
 */
export function placeOf(state) {
  if (state.second) return {};
  const order = state.order === FIRST_ORDER ? "" : state.order;
  return { ...state.filters, order, item: current(state)?.id ?? "" };
}

/**
 * What an address asks for; values that this store does not know are left out.
 *
 * @param {State} state
 * @param {Fields} fields
 */
export function wantedPlace({ boot }, fields) {
  const known = boot ? filterList(boot, boot.store.choices) : [];
  const filters = Object.fromEntries(
    known
      .filter(({ name, options }) => {
        const value = fields[name];
        return value && (!options || options.some(([option]) => option === value));
      })
      .map(({ name }) => [name, fields[name]]),
  );
  const order = ORDERS.includes(fields.order) ? fields.order : FIRST_ORDER;
  return { filters, order, item: fields.item ?? "" };
}

/**
 * @param {object} desk
 * @param {import("../../web/state.js").Store<State, any>} desk.store
 * @param {ReturnType<typeof import("../../web/address.js").createAddress>} desk.address
 * @param {() => void} desk.restart
 * @param {(id: string) => Promise<void>} desk.open
 */
export function keepPlace({ store, address, restart, open }) {
  let [begun, travelling] = [false, false];

  /** @param {Fields} fields */
  async function go(fields) {
    const { filters, order, item } = wantedPlace(store.get(), fields);
    travelling = true;
    const { second, filters: old, order: was } = store.get();
    const changes = JSON.stringify(filters) !== JSON.stringify(old) || order !== was || second;
    if (changes || !begun) {
      const search = filters.text ?? "";
      store.send({ kind: "set", fields: { filters, order, search, second: false } });
      restart();
    }
    begun = true;
    if (item && item !== current(store.get())?.id) await open(item);
    travelling = false;
  }

  store.watch((state, before) => {
    if (!begun || state.phase !== "open") return;
    const filtered = state.filters !== before.filters || state.order !== before.order;
    const moved = current(state)?.id !== current(before)?.id;
    if (!filtered && !moved && state.second === before.second) return;
    // Between two lists nothing is on the table: the address keeps what it has until then.
    if (!filtered && !current(state) && !state.end) return;
    address.place(TAB, placeOf(state), { push: filtered && !travelling });
  });
  address.follow(TAB, go);
  return {
    /** Show what the address asks for, or, once this has been done, start the queue again. */
    begin: () => (begun ? restart() : go(address.fields(TAB))),
  };
}
