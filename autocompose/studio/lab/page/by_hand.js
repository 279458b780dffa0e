// Joints moved by hand: in the plane that one looks at, while every bone keeps its length. What is
// pulled nearer to its joint than the bone is long comes forward, or goes back, as it did before.
import { placeOf, seen } from "./space.js";

/** @typedef {import("./space").Place} Place */
/** @typedef {import("../../web/types").LabBone} LabBone */

/** Pixels from a joint within which it is meant. */
const NEAR = 18;

/** Joints by their row; those of the trunk that are not here stay with the pelvis and the neck. */
export const MOVABLE = new Map([
  [4, "head"],
  [2, "chest"],
  [7, "left elbow"],
  [8, "left wrist"],
  [9, "left hand"],
  [11, "right elbow"],
  [12, "right wrist"],
  [13, "right hand"],
  [15, "left knee"],
  [16, "left ankle"],
  [17, "left foot"],
  [19, "right knee"],
  [20, "right ankle"],
  [21, "right foot"],
]);

/**
 * The joint under the pointer, the nearest to the viewer first; null where there is none.
 *
 * @param {{ x: number, y: number, depth: number }[]} points pixels
 * @param {{ x: number, y: number }} pointer pixels
 */
export function jointAt(points, pointer) {
  const near = [...MOVABLE.keys()].filter(
    (joint) => Math.hypot(points[joint].x - pointer.x, points[joint].y - pointer.y) <= NEAR,
  );
  near.sort((a, b) => points[b].depth - points[a].depth);
  return near[0] ?? null;
}

/**
 * A body with one joint moved, and all that hangs on it.
 *
 * @param {Place[]} joints
 * @param {LabBone[]} bones
 * @param {{ joint: number, to: { x: number, y: number }, turn: number }} move where it shall be
 *   seen, in metres right and up, by a viewer who has walked round by so many degrees
 * @returns {Place[]}
 */
export function moved(joints, bones, { joint, to, turn }) {
  const bone = bones.find(({ end }) => end === joint);
  if (!bone) return joints;
  const [from, now] = [seen(joints[bone.start], turn), seen(joints[joint], turn)];
  const long = Math.hypot(now.x - from.x, now.y - from.y, now.depth - from.depth);
  let [right, up] = [to.x - from.x, to.y - from.y];
  const far = Math.hypot(right, up);
  const share = far > long ? long / far : 1;
  [right, up] = [right * share, up * share];
  const deep = Math.sqrt(Math.max(0, long ** 2 - right ** 2 - up ** 2));
  const side = now.depth < from.depth ? -1 : 1;
  const place = placeOf(
    { x: from.x + right, y: from.y + up, depth: from.depth + side * deep },
    turn,
  );
  const by = place.map((value, axis) => value - joints[joint][axis]);
  const along = hanging(bones, joint);
  return joints.map((old, row) =>
    along.has(row) ? /** @type {Place} */ (old.map((value, axis) => value + by[axis])) : old,
  );
}

/** A joint and all that hangs on it. @param {LabBone[]} bones @param {number} joint */
function hanging(bones, joint) {
  const found = new Set([joint]);
  // Bones are listed from the pelvis outwards: a joint stands behind what it hangs on.
  for (const { start, end } of bones) if (found.has(start)) found.add(end);
  return found;
}
