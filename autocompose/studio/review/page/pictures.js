// Pictures of items that wait, loaded before they are looked at.

/** Pictures that nothing refers to are forgotten, and offline there is no way to ask again. */
export function keepPictures() {
  /** @type {HTMLImageElement[]} */
  let kept = [];
  return {
    /** @param {import("./items.js").Item[]} items */
    load(items) {
      for (const { pair } of items)
        for (const { url } of pair ? [pair.reference, pair.target] : [])
          kept.push(Object.assign(new Image(), { src: url }));
    },
    forget() {
      kept = [];
    },
  };
}
