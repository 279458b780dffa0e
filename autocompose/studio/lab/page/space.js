// Bodies in space: turned about the vertical, seen from a little above, in pixels of a canvas.
// x is to the subject's left, y up, z to their front; at 0 degrees one looks them in the face, so
// that their left is on the right of the picture.

/** @typedef {[number, number, number]} Place */
/** @typedef {{ x: number, y: number, depth: number }} Seen depth grows towards the viewer */

/** How far one looks down, in degrees. */
const DOWN = 10;

const radians = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;

/**
 * A place as it is seen, in metres right and up.
 *
 * @param {Place} place
 * @param {number} turn degrees that the viewer has walked round, towards the subject's left
 * @returns {Seen}
 */
export function seen([x, y, z], turn) {
  const [sin, cos] = [Math.sin(radians(turn)), Math.cos(radians(turn))];
  const [right, near] = [x * cos - z * sin, x * sin + z * cos];
  const [lift, level] = [Math.sin(radians(DOWN)), Math.cos(radians(DOWN))];
  return { x: right, y: y * level - near * lift, depth: near * level + y * lift };
}

/**
 * The place that is seen there: the inverse of `seen`.
 *
 * @param {Seen} where
 * @param {number} turn
 * @returns {Place}
 */
export function placeOf({ x: right, y: up, depth }, turn) {
  const [sin, cos] = [Math.sin(radians(turn)), Math.cos(radians(turn))];
  const [lift, level] = [Math.sin(radians(DOWN)), Math.cos(radians(DOWN))];
  const [near, y] = [depth * level - up * lift, up * level + depth * lift];
  return [right * cos + near * sin, y, near * cos - right * sin];
}

/** @param {number} turn degrees @returns {number} 0 to 359 */
export const whole = (turn) => ((Math.round(turn) % 360) + 360) % 360;

const SIDES = [
  "from the front",
  "from the front, at their left",
  "from their left",
  "from behind, at their left",
  "from behind",
  "from behind, at their right",
  "from their right",
  "from the front, at their right",
];

/** Where one stands, in words. @param {number} turn degrees */
export const viewWords = (turn) => SIDES[Math.round(whole(turn) / 45) % 8];

/**
 * One scale and one floor for all bodies, whatever the turn: nothing jumps while they turn.
 *
 * @param {Place[][]} bodies
 * @param {{ width: number, height: number }} room of one body, in pixels
 * @returns {{ scale: number, middle: number, floors: number[] }} pixels for a metre, the height in
 *   metres that is in the middle of the room, and the lowest place of each body
 */
export function fitted(bodies, { width, height }) {
  const all = bodies.flat();
  const [low, high] = [Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[1]))];
  const reach = Math.max(0.3, ...all.map(([x, , z]) => Math.hypot(x, z)));
  const tilt = reach * Math.sin(radians(DOWN));
  const scale = Math.min(width / (2.25 * reach), height / (high - low + 2 * tilt + 0.3));
  const floors = bodies.map((body) => Math.min(...body.map((p) => p[1])));
  return { scale, middle: (low + high) / 2, floors };
}

/**
 * How sure a bone is, in three steps that colour, width and dashes show alike.
 *
 * @param {number} degrees that it may be off
 * @returns {"sure" | "roughly" | "open"}
 */
export function sureness(degrees) {
  if (degrees <= 20) return "sure";
  return degrees <= 40 ? "roughly" : "open";
}

/**
 * What each bone of the new body is drawn as.
 *
 * @param {import("../../web/types").LabAnswer} answer
 * @param {import("../../web/types").LabBone[]} bones
 * @returns {("kept" | "exchanged" | "sure" | "roughly" | "open")[]}
 */
export function bonesAs({ made, sure }, bones) {
  const how = new Map(made.map((one) => [one.limb, one.how]));
  return bones.map(({ limb }, at) => {
    const came = how.get(limb);
    return came === "kept" || came === "exchanged" ? came : sureness(sure[at]);
  });
}
