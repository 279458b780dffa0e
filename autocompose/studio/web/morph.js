// A skeleton on its way from one pose to another.

/** @typedef {import("./types").BoneView} Bone */

/** Whether this visitor wants nothing to move. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** From 0 to 1 with a soft start and end. @param {number} share */
export const eased = (share) => share * share * (3 - 2 * share);

/**
 * A bone between its place in two poses; its side stays.
 *
 * @param {Bone} from
 * @param {Bone} to
 * @param {number} share 0 is the first pose, 1 the second
 * @returns {Bone}
 */
export const between = (from, to, share) => {
  const at = (/** @type {"x1" | "y1" | "x2" | "y2"} */ name) =>
    from[name] + share * (to[name] - from[name]);
  return { x1: at("x1"), y1: at("y1"), x2: at("x2"), y2: at("y2"), side: from.side };
};
