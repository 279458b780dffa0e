// How a query is asked, beside its picture and its words: the weight between them, mirrored or not,
// and which pictures are ranked. Names are those of the address and of the command's options.

/** @typedef {"only_person" | "only_camera" | "only_clip" | "only_source"} Field */
/**
 * @typedef {object} Asks
 * @property {number} balance 0 the words alone, 0.5 both, 1 the picture alone
 * @property {boolean} mirrored start from the reference flipped left to right
 * @property {boolean} other_clip leave out pictures that share a clip with the reference
 * @property {string[]} only_person empty for every person
 * @property {string[]} only_camera
 * @property {string[]} only_clip
 * @property {string[]} only_source
 */

/** @type {Asks} */
export const PLAIN = {
  balance: 0.5,
  mirrored: false,
  other_clip: false,
  only_person: [],
  only_camera: [],
  only_clip: [],
  only_source: [],
};

/** @type {Field[]} */
export const FIELDS = ["only_person", "only_camera", "only_clip", "only_source"];

/** In the address, `only_person` is `only-person`, as on the command line. */
const spoken = (/** @type {string} */ name) => name.replaceAll("_", "-");

export const needsWords = (/** @type {Asks} */ { balance }) => balance < 1;
export const needsPicture = (/** @type {Asks} */ { balance }) => balance > 0;

/**
 * What differs from a plain query.
 *
 * @param {Asks} asks
 * @returns {Partial<Asks>}
 */
export const chosen = (asks) =>
  Object.fromEntries(
    Object.entries(asks).filter(([name, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== PLAIN[/** @type {keyof Asks} */ (name)],
    ),
  );

/** Several values in one field of an address: a comma in a value is escaped. */
const joined = (/** @type {string[]} */ values) =>
  values.map((value) => value.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

/** @param {string} field */
const parted = (field) => [
  ...new Set(
    field
      .split(",")
      .filter(Boolean)
      .map((value) => value.replaceAll("%2C", ",").replaceAll("%25", "%")),
  ),
];

/**
 * A field's values with one more, or without one that is there.
 *
 * @param {string[]} values
 * @param {string} value
 * @returns {string[]}
 */
export const toggled = (values, value) =>
  values.includes(value) ? values.filter((one) => one !== value) : [...values, value];

/**
 * The fields of an address.
 *
 * @param {Asks} asks
 * @returns {Record<string, string>}
 */
export const asksLink = (asks) =>
  Object.fromEntries(
    Object.entries(chosen(asks)).map(([name, value]) => [
      spoken(name),
      Array.isArray(value) ? joined(value) : value === true ? "1" : String(value),
    ]),
  );

/**
 * What an address asks; what it gets wrong is left out.
 *
 * @param {Record<string, string>} fields
 * @returns {Asks}
 */
export function readAsks(fields) {
  const balance = Number.parseFloat(fields.balance ?? "");
  const named = FIELDS.map((name) => [name, parted(fields[spoken(name)] ?? "")]);
  return {
    ...PLAIN,
    ...Object.fromEntries(named),
    balance: Number.isNaN(balance) ? PLAIN.balance : Math.max(0, Math.min(1, balance)),
    mirrored: fields.mirrored === "1",
    other_clip: fields["other-clip"] === "1",
  };
}

/** The weight in words. @param {number} balance */
export function balanceWords(balance) {
  if (balance === 0) return "words only";
  if (balance === 1) return "picture only";
  if (balance === 0.5) return "both";
  return balance < 0.5 ? "more words" : "more picture";
}
