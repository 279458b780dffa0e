import assert from "node:assert/strict";
import { test } from "node:test";
import { jointAt, MOVABLE, moved } from "../../autocompose/studio/lab/page/by_hand.js";
import { placeOf, seen } from "../../autocompose/studio/lab/page/space.js";

const [NECK, SHOULDER, ELBOW, WRIST, HAND, OTHER] = [0, 6, 7, 8, 9, 13];
/** An arm that hangs from the subject's left shoulder, and the right hand. */
const joints = Array.from({ length: 22 }, () => [0, 0, 0]);
joints[NECK] = [0, 1.4, 0];
joints[SHOULDER] = [0.2, 1.4, 0];
joints[ELBOW] = [0.2, 1.1, -0.05];
joints[WRIST] = [0.2, 0.85, 0.05];
joints[HAND] = [0.2, 0.75, 0.1];
joints[OTHER] = [-0.2, 0.75, 0];
const bones = [
  { start: NECK, end: SHOULDER },
  { start: SHOULDER, end: ELBOW },
  { start: ELBOW, end: WRIST },
  { start: WRIST, end: HAND },
  { start: NECK, end: OTHER },
];

const length = (body, { start, end }) =>
  Math.hypot(...body[end].map((value, axis) => value - body[start][axis]));
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const pulled = (joint, turn, by) => {
  const now = seen(joints[joint], turn);
  return moved(joints, bones, { joint, turn, to: { x: now.x + by[0], y: now.y + by[1] } });
};

test("what is seen leads back to the place, from every side", () => {
  for (const turn of [0, 45, 90, 200]) {
    const place = placeOf(seen(joints[HAND], turn), turn);
    for (const axis of [0, 1, 2]) near(place[axis], joints[HAND][axis]);
  }
});

test("bones keep their length, and what hangs on a joint comes along", () => {
  for (const turn of [0, 90, 210]) {
    const body = pulled(ELBOW, turn, [0.05, 0.12]);
    for (const bone of bones) near(length(body, bone), length(joints, bone));
    for (const still of [NECK, SHOULDER, OTHER]) assert.deepEqual(body[still], joints[still]);
    const by = body[ELBOW].map((value, axis) => value - joints[ELBOW][axis]);
    for (const other of [WRIST, HAND]) {
      for (const axis of [0, 1, 2]) near(body[other][axis], joints[other][axis] + by[axis]);
    }
  }
});

test("a joint goes where it is pulled, and as far as the bone is long", () => {
  const close = pulled(ELBOW, 0, [0.05, 0.1]);
  const where = seen(close[ELBOW], 0);
  const before = seen(joints[ELBOW], 0);
  near(where.x, before.x + 0.05);
  near(where.y, before.y + 0.1);
  assert.ok(close[ELBOW][2] < 0); // behind the shoulder, as it was before
  const far = pulled(ELBOW, 0, [9, 0]);
  assert.ok(far[ELBOW][0] - far[SHOULDER][0] > 0.29); // out to the subject's left
});

test("the joint under the pointer is the nearest to the viewer, and only one that moves", () => {
  const points = joints.map((_, row) => ({ x: 10 * row, y: 0, depth: 0 }));
  assert.equal(jointAt(points, { x: 10 * HAND + 2, y: 3 }) !== null, true);
  assert.equal(jointAt(points, { x: 500, y: 500 }), null);
  points[HAND] = { x: 300, y: 0, depth: 1 };
  points[WRIST] = { x: 301, y: 0, depth: 0 };
  assert.equal(jointAt(points, { x: 300, y: 0 }), HAND);
  assert.equal(MOVABLE.has(SHOULDER), false);
});
