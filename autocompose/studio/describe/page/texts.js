// The texts of one description as they stand on the page: pure operations on plain values.

/** @typedef {{ part: string, text: string }} Row */
/**
 * @typedef {object} Texts
 * @property {Row[]} rows one a part
 * @property {string[]} phrasings
 * @property {string} phrased the rows that the phrasings say, see `rowsKey`
 */
/** @typedef {import("../../web/types").VerdictsAnswer} Checked */
/** @typedef {import("../../web/types").RowProblem} RowProblem */
/**
 * @typedef {{ part: string, words: string }} Wrong a row with what is wrong; part "" for phrasings
 */

/** @param {Row[]} rows */
export const rowsKey = (rows) => JSON.stringify(rows.map(({ part, text }) => [part, text]));

/** What is judged. @param {Texts} texts */
export const judgeKey = ({ rows, phrasings }) => `${rowsKey(rows)}${JSON.stringify(phrasings)}`;

/**
 * Texts as their author wrote them: the phrasings say the rows.
 *
 * @param {Row[]} rows
 * @param {string[]} phrasings
 * @returns {Texts}
 */
export const written = (rows, phrasings) => {
  const plain = rows.map(({ part, text }) => ({ part, text }));
  return { rows: plain, phrasings, phrased: rowsKey(plain) };
};

/** Whether the parts were changed since the phrasings were written. @param {Texts} texts */
export const isStale = ({ rows, phrasings, phrased }) =>
  phrasings.length > 0 && rowsKey(rows) !== phrased;

/** @param {Texts} texts @param {string} part @param {string} text */
export const withRow = (texts, part, text) => ({
  ...texts,
  rows: texts.rows.map((row) => (row.part === part ? { part, text } : row)),
});

/** @param {Texts} texts @param {number} at @param {string} text */
export const withPhrasing = (texts, at, text) => ({
  ...texts,
  phrasings: texts.phrasings.map((old, place) => (place === at ? text : old)),
});

/** @param {Texts} texts @param {string} part */
export const withoutRow = (texts, part) => ({
  ...texts,
  rows: texts.rows.filter((row) => row.part !== part),
});

/**
 * A sentence in the row of another part; the same texts where that row is taken.
 *
 * @param {Texts} texts
 * @param {string} part
 * @param {string} to
 */
export const movedRow = (texts, part, to) =>
  texts.rows.some((row) => row.part === to)
    ? texts
    : {
        ...texts,
        rows: texts.rows.map((row) => (row.part === part ? { part: to, text: row.text } : row)),
      };

/**
 * New phrasings that say the parts as they are now.
 *
 * @param {Texts} texts
 * @param {string[]} phrasings
 * @returns {Texts}
 */
export const phrasedAnew = (texts, phrasings) => ({
  ...texts,
  phrasings,
  phrased: rowsKey(texts.rows),
});

/**
 * Whether a person changed anything: rows, or words that their author did not write.
 *
 * @param {Texts} texts
 * @param {Texts} author as the author wrote them
 * @param {string[]} known all phrasings that the author wrote
 */
export const isEdited = (texts, author, known) =>
  rowsKey(texts.rows) !== rowsKey(author.rows) ||
  texts.phrasings.length !== author.phrasings.length ||
  texts.phrasings.some((text) => !known.includes(text));

/**
 * The verdict on a row, shown only beside the very sentence that it is about.
 *
 * @param {Checked | null} checked
 * @param {Row} row
 */
export const rowVerdict = (checked, { part, text }) =>
  checked?.rows.find((one) => one.part === part && one.text === text) ?? null;

/** @param {Checked | null} checked @param {string} text */
export const textVerdict = (checked, text) =>
  checked?.texts.find((one) => one.text === text) ?? null;

/**
 * What must be mended before these texts may leave the page; null where nothing must.
 *
 * @param {Texts} texts
 * @param {Checked | null} checked what was judged; a row that was not is no problem here
 * @param {(part: string) => string} label
 * @returns {Wrong | null}
 */
export function firstWrong(texts, checked, label) {
  const empty = texts.rows.find(({ text }) => !text.trim());
  if (empty) {
    const words = `The sentence for the ${label(empty.part)} is empty. Write it or remove the row.`;
    return { part: empty.part, words };
  }
  for (const row of texts.rows) {
    const problem = rowVerdict(checked, row)?.problem;
    if (problem) return { part: row.part, words: "Mend this row first." };
  }
  return texts.phrasings.some((text) => text.trim())
    ? null
    : { part: "", words: "No phrasings left. Write one, or press Rephrase." };
}
