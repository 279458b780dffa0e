"""Everyday poses that a body resembles, judged from its states alone."""

from __future__ import annotations

from collections.abc import Sequence

from autocompose.body import paircodes as tr
from autocompose.body.paircodes import COLUMN

_NAMES = tuple(m.name[5:] for m in tr.MEASURES if m.name.startswith("left_"))
_LEFT = {name: COLUMN[f"left_{name}"] for name in _NAMES}
_RIGHT = {name: COLUMN[f"right_{name}"] for name in _NAMES}


def likeness(reference: Sequence[int], target: Sequence[int]) -> str:
    """A comparison that holds in the target and not in the reference.

    Args:
        reference: states of one pose, one for each of `autocompose.body.paircodes.MEASURES`.
        target: likewise.

    Returns:
        A key of the banks' ``ANALOGIES``, or empty.
    """
    then = _looks_like(reference)
    return next((name for name in _looks_like(target) if name not in then), "")


def _looks_like(state: Sequence[int]) -> list[str]:
    """Names of the everyday poses that the states of one pose fit, the most telling first."""
    at_left, at_right = _LEFT, _RIGHT

    def both(name: str, *allowed: int) -> bool:
        return state[at_left[name]] in allowed and state[at_right[name]] in allowed

    def either(name: str, *allowed: int) -> bool:
        return state[at_left[name]] in allowed or state[at_right[name]] in allowed

    posture, height = state[COLUMN["posture"]], state[COLUMN["pelvis_height"]]
    upright = posture == tr.UPRIGHT
    found = []
    if posture == tr.UPSIDE_DOWN and either("hand_height", 0):
        found.append("handstand")
    if posture in (tr.FACE_DOWN, tr.BENT_OVER) and both("hand_height", 0):
        if both("knee", 0, 1) and height in (0, 1):
            found.append("push_up")
        elif both("knee", 2, 3, 4) and height in (0, 1):
            found.append("crawl")
    one_knee = (state[at_left["knee_on_floor"]] == 0) != (state[at_right["knee_on_floor"]] == 0)
    if upright and one_knee and both("knee", 2, 3, 4):
        found.append("propose")
    if posture == tr.FACE_UP and height == 0 and both("hip", 0, 1):
        found.append("lie_back")
    if upright and both("knee", 4, 5) and both("foot_up", 0) and height <= 1:
        found.append("squat")
    if either("foot_on_other_leg", 0) and upright and height == 3:
        found.append("tree")
    if (
        upright
        and both("knee", 2, 3)
        and both("hip", 2)
        and height in (1, 2)
        and both("knee_up", 1, 2)
    ):
        found.append("sit")
    wide = state[COLUMN["feet_apart"]] >= 3
    if upright and wide and both("elbow", 0, 1) and both("hand_up", 5, 6) and both("hand_out", 3):
        found.append("star")
    level = both("hand_up", 3, 4, 5) and both("hand_out", 3) and both("upper_arm", 2)
    if upright and both("elbow", 0) and level:
        found.append("wings")
    if both("elbow", 0, 1) and both("hand_up", 6):
        found.append("reach_up")
    if upright and both("elbow", 0) and both("hand_up", 4) and both("hand_front", 3):
        found.append("zombie")
    if upright and both("elbow", 4, 5) and both("hand_up", 3, 4, 5) and both("hand_front", 2, 3):
        found.append("guard")
    if both("hand_on_hip", 0):
        found.append("hands_on_hips")
    if state[COLUMN["hands_apart"]] == 0 and both("hand_up", 3, 4) and both("elbow", 3, 4, 5):
        found.append("pray")
    if both("hand_up", 5, 6) and both("elbow", 2, 3, 4) and both("hand_out", 2, 3):
        found.append("surrender")
    one_up = (state[at_left["hand_up"]] == 6) != (state[at_right["hand_up"]] == 6)
    if upright and one_up and either("hand_up", 0, 1):
        found.append("question")
    for side in (at_left, at_right):
        straight_up = state[side["foot_up"]] >= 2 and state[side["knee"]] <= 1
        in_front = state[side["foot_front"]] == 2 and state[side["knee_up"]] >= 1
        if upright and straight_up and in_front:
            found.append("kick")
    if (
        upright
        and height == 3
        and ((state[at_left["foot_up"]] >= 2) != (state[at_right["foot_up"]] >= 2))
    ):
        found.append("one_leg")
    if posture == tr.BENT_OVER and either("hand_height", 0):
        found.append("pick_up")
    elif both("knee", 0, 1) and height == 3 and state[COLUMN["lean_front"]] in (2, 3):
        found.append("bow")
    split = state[COLUMN["stride"]] in (0, 4) and both("foot_up", 0, 1)
    if upright and split and height == 2 and either("knee", 2, 3) and either("knee", 0, 1):
        found.append("lunge")
    if upright and state[COLUMN["stride"]] in (0, 4) and both("foot_up", 0, 1) and height >= 2:
        found.append("long_step")
    return found
