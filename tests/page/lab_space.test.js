import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bonesAs,
  fitted,
  seen,
  sureness,
  viewWords,
  whole,
} from "../../autocompose/studio/lab/page/space.js";

const LEFT = [1, 0, 0]; // the subject's left hand, stretched out
const FRONT = [0, 0, 1];
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("from the front the subject's left is on the right, from behind on the left", () => {
  near(seen(LEFT, 0).x, 1);
  near(seen(LEFT, 180).x, -1);
  assert.ok(seen(FRONT, 0).depth > 0.9); // it points at the viewer
  assert.ok(seen(FRONT, 180).depth < -0.9);
});

test("from their left they face left in the picture, and their left hand is near", () => {
  near(seen(FRONT, 90).x, -1);
  assert.ok(seen(LEFT, 90).depth > 0.9);
  near(seen(FRONT, 270).x, 1);
  assert.ok(seen(LEFT, 270).depth < -0.9);
});

test("a turn keeps heights in order, lengths at most as long, and comes round", () => {
  for (const turn of [0, 33, 91, 200, 359]) {
    assert.ok(seen([0, 1, 0], turn).y > seen([0, 0, 0], turn).y);
    const { x, y, depth } = seen([0.3, -0.4, 0.5], turn);
    near(Math.hypot(x, y, depth), Math.hypot(0.3, -0.4, 0.5));
    near(seen(LEFT, turn).x, seen(LEFT, turn + 360).x);
  }
  assert.deepEqual([whole(-90), whole(360), whole(725.4)], [270, 0, 5]);
});

test("where one stands is said in the subject's sides", () => {
  assert.equal(viewWords(0), "from the front");
  assert.equal(viewWords(90), "from their left");
  assert.equal(viewWords(180), "from behind");
  assert.equal(viewWords(-90), "from their right");
  assert.equal(viewWords(350), "from the front");
});

test("all bodies have one scale, and none leaves its room at any turn", () => {
  const small = [
    [0, 0, 0],
    [0.2, 0.5, 0],
  ];
  const large = [
    [-0.9, -0.9, 0.1],
    [0.9, 0.8, -0.3],
  ];
  const room = { width: 170, height: 300 };
  const { scale, middle, floors } = fitted([small, large], room);
  assert.deepEqual(floors, [0, -0.9]);
  for (let turn = 0; turn < 360; turn += 10) {
    for (const place of [...small, ...large]) {
      const { x, y } = seen(place, turn);
      assert.ok(Math.abs(x * scale) <= room.width / 2);
      assert.ok(Math.abs((y - middle) * scale) <= room.height / 2);
    }
  }
});

test("what a bone is drawn as follows its limb first and then how sure it is", () => {
  assert.deepEqual([5, 20, 20.1, 40, 41].map(sureness), [
    "sure",
    "sure",
    "roughly",
    "roughly",
    "open",
  ]);
  const bones = ["trunk", "left arm", "right arm", "left leg"].map((limb) => ({ limb }));
  const answer = {
    made: [
      { limb: "trunk", how: "kept" },
      { limb: "left arm", how: "turned" },
      { limb: "right arm", how: "wished" },
      { limb: "left leg", how: "exchanged" },
    ],
    sure: [90, 10, 60, 14],
  };
  assert.deepEqual(bonesAs(answer, bones), ["kept", "sure", "open", "exchanged"]);
});
