// What is on show, in the address: reload, Back and a copied link restore it. Each tab owns the
// fields that it places here; the address holds those of the tab that is open.

/** @typedef {Record<string, string>} Fields */

export const FIRST_TAB = "retrieve";

/** Names with two underscores, such as `__theme`, are Gradio's; they stay in the address. */
const isForeign = (/** @type {string} */ name) => name.startsWith("__");

/**
 * @param {string} search the query part of an address
 * @returns {{ tab: string, fields: Fields }}
 */
export function parseAddress(search) {
  const { tab = FIRST_TAB, ...rest } = Object.fromEntries(new URLSearchParams(search));
  const fields = Object.fromEntries(Object.entries(rest).filter(([name]) => !isForeign(name)));
  return { tab, fields };
}

/**
 * @param {string} tab
 * @param {Fields} fields empty ones are left out
 * @returns {string} the query part, or "" for the first tab with nothing chosen
 */
export function formatAddress(tab, fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  const all = tab === FIRST_TAB ? given : [["tab", tab], ...given];
  const query = new URLSearchParams(all).toString();
  return query ? `?${query}` : "";
}

/**
 * The address of one page. There is one for all tabs: `address` below.
 *
 * @param {{ search: () => string, write: (query: string, push: boolean) => void }} bar
 */
export function createAddress(bar) {
  const first = parseAddress(bar.search());
  let open = first.tab;
  /** @type {Map<string, Fields>} */
  const placed = new Map([[first.tab, first.fields]]);
  /** @type {Map<string, (fields: Fields) => void>} */
  const followers = new Map();
  /** @type {(tab: string) => void} */
  let show = () => {};

  const write = (/** @type {boolean} */ push) => {
    const query = formatAddress(open, placed.get(open) ?? {});
    if (query !== formatAddress(...asPair(parseAddress(bar.search())))) bar.write(query, push);
  };
  return {
    tab: () => open,
    /** @param {string} tab */
    fields: (tab) => placed.get(tab) ?? {},
    /**
     * A tab says what it shows.
     *
     * @param {string} tab
     * @param {Fields} fields
     * @param {{ push?: boolean }} options with `push`, Back returns to what was shown before
     */
    place(tab, fields, { push = false } = {}) {
      placed.set(tab, fields);
      if (tab === open) write(push);
    },
    /** @param {string} tab the tab that the visitor opened */
    enter(tab) {
      if (tab === open) return;
      open = tab;
      write(true);
    },
    /**
     * @param {string} tab
     * @param {(fields: Fields) => void} listener called when Back or Forward lead to this tab
     */
    follow(tab, listener) {
      followers.set(tab, listener);
    },
    /** @param {(tab: string) => void} opener shows a tab */
    showWith(opener) {
      show = opener;
    },
    /** Back or Forward was pressed. */
    travel() {
      const { tab, fields } = parseAddress(bar.search());
      open = tab;
      placed.set(tab, fields);
      show(tab);
      followers.get(tab)?.(fields);
    },
  };
}

/** @param {{ tab: string, fields: Fields }} parsed @returns {[string, Fields]} */
const asPair = ({ tab, fields }) => [tab, fields];

/** @param {string} query @param {boolean} push */
function writeBar(query, push) {
  const all = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (isForeign(name)) all.set(name, value);
  }
  const asked = all.size ? `?${all}` : "";
  const target = `${location.pathname}${asked}${location.hash}`;
  if (push) history.pushState(null, "", target);
  else history.replaceState(null, "", target);
  // A Space shows its page in a frame, and copies this into the address that people see.
  if (window.parent !== window) {
    window.parent.postMessage({ queryString: query.slice(1) }, "https://huggingface.co");
  }
}

export const address = createAddress({
  search: () => (typeof location === "undefined" ? "" : location.search),
  write: writeBar,
});

if (typeof window !== "undefined") window.addEventListener("popstate", () => address.travel());
