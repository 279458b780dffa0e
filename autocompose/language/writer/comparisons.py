# ruff: noqa: E501 (tables: one entry a line reads best)
"""Everyday poses that a body resembles, judged from its states alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autocompose.body import paircodes as tr
from autocompose.body.paircodes import COLUMN, UNKNOWN

_NAMES = tuple(m.name[5:] for m in tr.MEASURES if m.name.startswith("left_"))
_LEFT = {name: COLUMN[f"left_{name}"] for name in _NAMES}
_RIGHT = {name: COLUMN[f"right_{name}"] for name in _NAMES}

Allowed = Mapping[str, tuple[int, ...]]
"""A measure -> the states that fit."""


@dataclass(frozen=True)
class _EverydayPose:
    """What a pose needs to be compared with something; every condition must hold.

    Args:
        name: a key of the banks' ``ANALOGIES``.
        body: states of measures that have no side.
        both: states that a measure has on both sides.
        either: states that it has on one side at least.
        just_one: states that it has on exactly one side.
        one_side: states that all these measures have on one and the same side.
    """

    name: str
    body: Allowed = field(default_factory=dict)
    both: Allowed = field(default_factory=dict)
    either: Allowed = field(default_factory=dict)
    just_one: Allowed = field(default_factory=dict)
    one_side: Allowed = field(default_factory=dict)

    def fits(self, state: Sequence[int]) -> bool:
        """Whether the states of one pose meet every condition."""
        sides = (_LEFT, _RIGHT)
        return (
            all(state[COLUMN[name]] in allowed for name, allowed in self.body.items())
            and all(state[at[name]] in ok for name, ok in self.both.items() for at in sides)
            and all(any(state[at[n]] in ok for at in sides) for n, ok in self.either.items())
            and all(sum(state[at[n]] in ok for at in sides) == 1 for n, ok in self.just_one.items())
            and any(all(state[at[n]] in ok for n, ok in self.one_side.items()) for at in sides)
        )


_ON_FLOOR = (0,)  # contacts and heights of hands
_TOUCHES = (0,)
_STRAIGHT, _HALF_BENT, _FOLDED = (0, 1), (2, 3), (4, 5)  # elbows and knees
_BENT = (2, 3, 4)
_SUNK = (0, 1)  # heights of the pelvis, 3 is standing
_UP_TO_1 = (UNKNOWN, 0, 1)
_STANDS = (3,)
_UPRIGHT = {"posture": (tr.UPRIGHT,)}
_STRIDES = {**_UPRIGHT, "stride": (0, 4)}

# The most telling first.
_POSES = (
    _EverydayPose("handstand", body={"posture": (tr.UPSIDE_DOWN,)}, either={"hand_height": _ON_FLOOR}),
    _EverydayPose("push_up", body={"posture": (tr.FACE_DOWN, tr.BENT_OVER), "pelvis_height": _SUNK}, both={"hand_height": _ON_FLOOR, "knee": _STRAIGHT}),
    _EverydayPose("crawl", body={"posture": (tr.FACE_DOWN, tr.BENT_OVER), "pelvis_height": _SUNK}, both={"hand_height": _ON_FLOOR, "knee": _BENT}),
    _EverydayPose("propose", body=_UPRIGHT, both={"knee": _BENT}, just_one={"knee_on_floor": _TOUCHES}),
    _EverydayPose("lie_back", body={"posture": (tr.FACE_UP,), "pelvis_height": (0,)}, both={"hip": (0, 1)}),
    _EverydayPose("squat", body={**_UPRIGHT, "pelvis_height": _UP_TO_1}, both={"knee": _FOLDED, "foot_up": (0,)}),
    _EverydayPose("tree", body={**_UPRIGHT, "pelvis_height": _STANDS}, either={"foot_on_other_leg": _TOUCHES}),
    _EverydayPose("sit", body={**_UPRIGHT, "pelvis_height": (1, 2)}, both={"knee": _HALF_BENT, "hip": (2,), "knee_up": (1, 2)}),
    _EverydayPose("star", body={**_UPRIGHT, "feet_apart": (3, 4)}, both={"elbow": _STRAIGHT, "hand_up": (5, 6), "hand_out": (3,)}),
    _EverydayPose("wings", body=_UPRIGHT, both={"elbow": (0,), "hand_up": (3, 4, 5), "hand_out": (3,), "upper_arm": (2,)}),
    _EverydayPose("reach_up", both={"elbow": _STRAIGHT, "hand_up": (6,)}),
    _EverydayPose("zombie", body=_UPRIGHT, both={"elbow": (0,), "hand_up": (4,), "hand_front": (3,)}),
    _EverydayPose("guard", body=_UPRIGHT, both={"elbow": _FOLDED, "hand_up": (3, 4, 5), "hand_front": (2, 3)}),
    _EverydayPose("hands_on_hips", both={"hand_on_hip": _TOUCHES}),
    _EverydayPose("pray", body={"hands_apart": _TOUCHES}, both={"hand_up": (3, 4), "elbow": (3, 4, 5)}),
    _EverydayPose("surrender", both={"hand_up": (5, 6), "elbow": _BENT, "hand_out": (2, 3)}),
    _EverydayPose("question", body=_UPRIGHT, either={"hand_up": (0, 1)}, just_one={"hand_up": (6,)}),
    _EverydayPose("kick", body=_UPRIGHT, one_side={"foot_up": (2, 3, 4), "knee": _UP_TO_1, "foot_front": (2,), "knee_up": (1, 2, 3)}),
    _EverydayPose("one_leg", body={**_UPRIGHT, "pelvis_height": _STANDS}, just_one={"foot_up": (2, 3, 4)}),
    _EverydayPose("pick_up", body={"posture": (tr.BENT_OVER,)}, either={"hand_height": _ON_FLOOR}),
    _EverydayPose("bow", body={"pelvis_height": _STANDS, "lean_front": (2, 3)}, both={"knee": _STRAIGHT}),
    _EverydayPose("lunge", body={**_STRIDES, "pelvis_height": (2,)}, both={"foot_up": (0, 1)}, either={"knee": _HALF_BENT}, one_side={"knee": _STRAIGHT}),
    _EverydayPose("long_step", body={**_STRIDES, "pelvis_height": (2, 3)}, both={"foot_up": (0, 1)}),
)  # fmt: skip


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
    found = [pose.name for pose in _POSES if pose.fits(state)]
    # Whoever picks something up bows too; only the first is said.
    return [name for name in found if not (name == "bow" and "pick_up" in found)]
