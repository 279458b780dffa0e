import assert from "node:assert/strict";
import { test } from "node:test";
import { step } from "../../autocompose/studio/web/walk.js";

test("arrows walk and stop at the ends", () => {
  assert.equal(step("ArrowRight", 0, 3), 1);
  assert.equal(step("ArrowRight", 2, 3), 2);
  assert.equal(step("ArrowLeft", 0, 3), 0);
  assert.equal(step("ArrowLeft", 2, 3), 1);
  assert.equal(step("Home", 2, 3), 0);
  assert.equal(step("End", 0, 3), 2);
});

test("other keys, and a focus elsewhere, are left alone", () => {
  assert.equal(step("a", 0, 3), -1);
  assert.equal(step("ArrowRight", -1, 3), -1);
  assert.equal(step("Home", 0, 0), -1);
});
