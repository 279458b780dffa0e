# ruff: noqa: E501 (a table: one condition a line reads best)
"""Postures and acts that people name in a word or two, each told from joints by one table row.

A term is an interval of one measure and a tolerance: its membership is 1 inside the interval and
falls to 0 over `REACH` tolerances. The score of a posture is its worst term's membership. A
posture is held from `HELD` and denied up to `DENIED`; between them the joints cannot tell. An act
is the posture in which a picture shows it: a kick is a leg that is raised and stretched.

Intervals are set by eye on contact sheets of the demo's pictures; docs/claims.md says how well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from autocompose.body.measures import Floats
from autocompose.postures.posture_measures import posture_measures
from autocompose.thresholds import threshold

REACH = threshold("reach")
"""Tolerances outside an interval at which a condition has failed wholly."""
HELD = threshold("held")
"""Score from which a body holds a posture: no condition fails by more than half its tolerance."""
DENIED = threshold("denied")
"""Score up to which it clearly does not."""

Where = Literal["body", "both", "either", "own", "other", "toward"]


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a posture.

    Args:
        measure: a name of `posture_measures`, without its side where the term has one.
        low, high: the interval in which the condition holds, in the measure's unit.
        tolerance: distance outside the interval that is still near; at half of it a body no longer
            holds the posture.
        where: ``body`` for measures without a side; ``both`` or ``either`` side; ``own`` for the side that the
            posture is named after (the standing leg, the kicking leg, the waving arm), ``other`` for the other;
            ``toward`` for a measure that grows to the left and is counted towards the posture's side.
    """

    measure: str
    low: float
    high: float
    tolerance: float
    where: Where = "body"

    def membership(self, values: Mapping[str, Floats], side: str) -> Floats:
        """(N,) 0..1; NaN where the measure is unknown."""
        if self.where == "body":
            return self._of(values[self.measure])
        if self.where == "toward":
            return self._of(values[self.measure] * (1.0 if side == "left" else -1.0))
        if self.where in ("own", "other"):
            own = side if self.where == "own" else _OTHER[side]
            return self._of(values[f"{own}_{self.measure}"])
        found = [self._of(values[f"{s}_{self.measure}"]) for s in _OTHER]
        return np.minimum(*found) if self.where == "both" else np.maximum(*found)

    def _of(self, value: Floats) -> Floats:
        outside = np.maximum(np.maximum(self.low - value, value - self.high), 0.0)
        return np.clip(1.0 - outside / (REACH * self.tolerance), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Posture:
    """What a body must be like to hold a posture.

    Args:
        name: as people call it, without a side.
        terms: all of them must hold.
        of: other postures, of which one must hold; empty for none.
    """

    name: str
    terms: tuple[Term, ...] = ()
    of: tuple[str, ...] = ()

    @property
    def sided(self) -> bool:
        """Whether there is a left and a right one."""
        if any(term.where in ("own", "other", "toward") for term in self.terms):
            return True
        return any(POSTURES[name].sided for name in self.of)

    @property
    def measures(self) -> frozenset[str]:
        """The measures that its conditions name, of both sides where they have sides."""
        own = {
            name
            for term in self.terms
            for name in (
                [term.measure]
                if term.where in ("body", "toward")
                else [f"{s}_{term.measure}" for s in _OTHER]
            )
        }
        return frozenset(own.union(*(POSTURES[name].measures for name in self.of)))

    @property
    def is_gesture(self) -> bool:
        """Whether it is about the arms alone, wherever the body is."""
        return not self.of and all(term.measure.startswith(_OF_ARMS) for term in self.terms)

    @property
    def is_loose(self) -> bool:
        """Whether people say so of any motion that way too, so that a body is never too unlike it."""
        return self.name in _ALSO_MOTIONS


NEAR: Mapping[str, tuple[str, ...]] = {
    "kneel": ("crawl", "bird dog"), "kneel on both knees": ("crawl", "bird dog"),
    "kneel on one knee": ("crawl", "bird dog", "one knee down"), "crawl": ("bird dog", "kneel"), "plank": ("cobra", "downward dog"),
    "downward dog": ("three-legged dog",), "squat": ("pistol squat",),
    "stand on one leg": ("arabesque", "other kick"), "lunge": ("other kneel on one knee", "side lunge", "warrior"),
    "side lunge": ("lunge", "warrior"), "sit": ("sit on the heels",), "lie": ("lie with knees up", "lie with legs raised"),
    "lie on the back": ("lie with knees up", "lie with legs raised"), "kick": ("other stand on one leg",),
}  # fmt: skip
"""Posture -> others of which people may say the same; who holds one of them is not unlike it.

``other`` stands before those whose own side is the other one: a lunge is named after the leg ahead.
"""
_OTHER = {"left": "right", "right": "left"}
_OF_ARMS = ("arm", "elbow", "forearm", "hand", "trunk_up", "hips_on_floor")
"""Measures of arms, and those that gestures ask for beside them."""
_ALSO_MOTIONS = (
    "bend over", "bow", "step forward", "stand", "stand with feet apart", "crouch", "half squat",
)  # fmt: skip


# Parts of rows that several share.
_UPRIGHT = (Term("trunk_up", 0.6, 1, 0.25),)
_NOT_LYING = (Term("trunk_up", 0.4, 1, 0.25),)
_LEVEL = (Term("trunk_up", -0.55, 0.38, 0.14),)
_FACE_DOWN = (Term("chest_up", -1, -0.55, 0.3),)
_FACE_DOWN_A_LITTLE = (Term("chest_up", -1, -0.35, 0.2),)
_FACE_UP = (Term("chest_up", 0.6, 1, 0.25),)
_LYING = (
    *_LEVEL,
    Term("pelvis_on_support", -1, 0.22, 0.12),
    Term("neck_on_support", -1, 0.36, 0.16),
)
_FEET_DOWN = (Term("foot_up", -1, 0.1, 0.08, "both"),)
_STANDS = (*_UPRIGHT, Term("pelvis_height", 0.82, 2, 0.12))
_ARMS_STRAIGHT = (Term("elbow", 0, 35, 20, "both"),)
_ON_ONE_LEG = (
    Term("foot_up", -1, 0.08, 0.08, "own"), Term("foot_up", 0.22, 3, 0.08, "other"), Term("leg_up", -1, -0.85, 0.12, "own"),
    Term("knee", 0, 60, 20, "own"), Term("knee_on_floor", 0.25, 3, 0.1, "other"), Term("hand_height", 0.25, 3, 0.12, "both"),
)  # fmt: skip
_KICKS = (
    Term("trunk_up", 0.1, 1, 0.3), Term("knee", 0, 45, 25, "own"), Term("leg_up", -0.76, 1, 0.12, "own"),
    Term("foot_up", -1, 0.1, 0.1, "other"), Term("leg_up", -1, -0.8, 0.15, "other"), Term("foot_up", 0.32, 3, 0.15, "own"),
    Term("knee", 0, 60, 20, "other"),
)  # fmt: skip

_TABLE: tuple[Posture, ...] = (
    # How the body is carried.
    Posture("stand", (Term("trunk_up", 0.8, 1, 0.15), Term("pelvis_height", 0.84, 2, 0.12), *_FEET_DOWN, Term("knee", 0, 35, 20, "both"))),
    Posture("stand with feet apart", (Term("trunk_up", 0.75, 1, 0.2), Term("pelvis_height", 0.8, 2, 0.12), *_FEET_DOWN, Term("knee", 0, 40, 20, "both"), Term("feet_apart", 0.45, 3, 0.15))),
    Posture("lie on the back", (*_LYING, *_FACE_UP)),
    Posture("lie on the front", (*_LYING, *_FACE_DOWN, Term("thigh_along", -1, -0.3, 0.3, "both"), Term("hand_over_shoulder", -0.28, 2, 0.12, "either"))),
    Posture("lie on the side", (*_LYING, Term("side_down", 0.68, 1, 0.16, "own"))),
    Posture("lie", of=("lie on the back", "lie on the front", "lie on the side")),
    Posture("lie with knees up", (*_LYING, *_FACE_UP, Term("knee", 55, 180, 20, "both"), Term("thigh_along", -0.8, 1, 0.2, "both"), Term("leg_up", -1, 0.55, 0.2, "both"))),
    Posture("lie with legs raised", (*_LYING, *_FACE_UP, Term("leg_up", 0.5, 1, 0.25, "both"), Term("knee", 0, 50, 25, "both"))),
    Posture("cobra", (Term("trunk_up", 0.4, 0.92, 0.12), *_FACE_DOWN_A_LITTLE, Term("hips_on_floor", -1, 0.4, 0.06), Term("thigh_along", -1, -0.45, 0.25, "both"), Term("knee", 0, 50, 25, "both"), Term("hand_height", -1, 0.25, 0.1, "both"), Term("leg_up", -0.4, 0.5, 0.2, "both"))),
    Posture("sit on the floor", (Term("trunk_up", 0.55, 1, 0.25), Term("hips_on_floor", -1, 0.22, 0.08), Term("foot_front", 0.1, 2, 0.15, "both"))),
    Posture("sit cross-legged", (Term("trunk_up", 0.55, 1, 0.25), Term("hips_on_floor", -1, 0.26, 0.1), Term("knee", 80, 180, 20, "both"), Term("knee_out", 0.4, 1, 0.2, "both"), Term("foot_front", 0.1, 0.6, 0.1, "both"), Term("knee_on_floor", -1, 0.3, 0.1, "both"))),
    Posture("sit on a chair", (Term("trunk_up", 0.6, 1, 0.2), Term("knee_up", -0.36, 0.4, 0.18, "both"), Term("shin_up", -1, -0.7, 0.25, "both"), Term("foot_front", 0.27, 2, 0.08, "both"), Term("hips_on_floor", 0.28, 3, 0.08))),
    Posture("sit", of=("sit on the floor", "sit cross-legged", "sit on a chair")),
    Posture("kneel on both knees", (Term("trunk_up", 0.65, 1, 0.15), Term("knee_on_support", -1, 0.1, 0.08, "both"), Term("knee_up", -1, -0.4, 0.25, "both"), Term("shin_up", -0.35, 0.8, 0.2, "both"), Term("shin_front", -1, -0.5, 0.3, "both"))),
    Posture("sit on the heels", (Term("trunk_up", 0.45, 1, 0.25), Term("knee", 115, 180, 20, "both"), Term("knee_on_floor", -1, 0.27, 0.1, "both"), Term("shin_front", -1, -0.45, 0.3, "both"), Term("knee_up", -0.55, 0.3, 0.2, "both"))),
    Posture("kneel on one knee", (Term("trunk_up", 0.5, 1, 0.25), Term("knee_over_other_ankle", -1, 0.06, 0.08, "own"), Term("knee", 55, 180, 20, "own"), Term("shin_up", -0.5, 1, 0.25, "own"), Term("shin_up", -1, -0.7, 0.25, "other"), Term("foot_front", 0, 2, 0.15, "other"))),
    Posture("one knee down", (Term("trunk_up", 0.3, 1, 0.25), Term("knee_over_other_ankle", -1, 0.06, 0.08, "own"), Term("knee", 55, 180, 20, "own"))),
    Posture("kneel", of=("kneel on both knees", "sit on the heels", "kneel on one knee")),
    Posture("squat", (Term("trunk_up", 0.4, 1, 0.25), Term("knee", 85, 180, 20, "both"), Term("pelvis_height", 0, 0.6, 0.1), Term("shin_up", -1, -0.55, 0.2, "both"), *_FEET_DOWN, Term("feet_under", 0, 0.3, 0.1), Term("hips_on_floor", 0.24, 3, 0.06))),
    Posture("pistol squat", (Term("trunk_up", 0.2, 1, 0.25), Term("knee", 80, 180, 20, "own"), Term("pelvis_height", 0, 0.68, 0.1), Term("shin_up", -1, -0.55, 0.2, "own"), Term("foot_up", -1, 0.1, 0.08, "own"), Term("foot_up", 0.15, 3, 0.08, "other"), Term("leg_front", 0.2, 1, 0.25, "other"), Term("hips_on_floor", 0.24, 3, 0.06))),
    Posture("half squat", (Term("trunk_up", 0.4, 1, 0.25), Term("knee", 42, 100, 15, "both"), Term("shin_up", -1, -0.6, 0.2, "both"), Term("foot_up", -1, 0.06, 0.06, "both"), Term("feet_under", 0, 0.36, 0.12))),
    Posture("low crouch", (Term("trunk_up", -0.2, 1, 0.2), Term("pelvis_height", 0, 0.72, 0.08), Term("knee", 55, 180, 20, "both"), Term("chest_up", -1, 0.2, 0.15), Term("shin_up", -1, -0.5, 0.15, "both"), Term("feet_under", 0, 0.45, 0.15), Term("foot_up", -1, 0.12, 0.1, "both"), Term("hips_on_floor", 0.26, 3, 0.06), Term("knee_on_floor", 0.16, 3, 0.06, "both"), Term("hand_height", 0.12, 3, 0.08, "either"))),
    Posture("crouch", of=("squat", "half squat", "low crouch")),
    Posture("all fours", (*_LEVEL, *_FACE_DOWN, Term("hand_height", -1, 0.2, 0.1, "both"), Term("hand_over_shoulder", -2, -0.25, 0.15, "both"), Term("knee_on_floor", -1, 0.3, 0.12, "both"), Term("shin_up", -0.6, 1, 0.2, "both"), Term("thigh_along", -0.6, 0.7, 0.2, "both"), Term("hips_on_floor", 0.28, 3, 0.06))),
    Posture("crawl low", (*_LEVEL, *_FACE_DOWN, Term("hand_height", -1, 0.25, 0.12, "both"), Term("knee_on_floor", -1, 0.28, 0.12, "both"), Term("thigh_along", -0.7, 0.7, 0.15, "either"), Term("elbow", 40, 180, 20, "either"), Term("shin_up", -0.6, 1, 0.2, "both"))),
    Posture("crawl", of=("all fours", "crawl low")),
    Posture("bird dog", (*_LEVEL, *_FACE_DOWN, Term("hand_height", 0.3, 3, 0.12, "own"), Term("arm_along", 0.6, 1, 0.3, "own"), Term("hand_height", -1, 0.2, 0.12, "other"), Term("hand_over_shoulder", -2, -0.25, 0.15, "other"), Term("thigh_along", -1, -0.7, 0.3, "other"), Term("foot_up", 0.2, 3, 0.12, "other"), Term("knee_on_floor", -1, 0.35, 0.12, "own"))),
    Posture("plank", (Term("trunk_up", -0.2, 0.5, 0.15), *_FACE_DOWN, Term("hand_height", -1, 0.16, 0.1, "both"), Term("hand_over_shoulder", -2, -0.34, 0.1, "both"), Term("knee", 0, 40, 20, "both"), Term("thigh_along", -1, -0.82, 0.2, "both"), Term("hips_on_floor", 0.25, 3, 0.06), Term("foot_up", -1, 0.35, 0.12, "both"))),
    Posture("downward dog", (Term("trunk_up", -1, -0.35, 0.2), Term("knee", 0, 50, 25, "both"), Term("hand_height", -1, 0.25, 0.2, "both"), Term("foot_up", -1, 0.26, 0.14, "both"), Term("leg_up", -1, -0.45, 0.2, "both"), Term("feet_under", 0.25, 2, 0.12), Term("arm_along", 0.4, 1, 0.3, "both"))),
    Posture("three-legged dog", (Term("trunk_up", -1, -0.25, 0.2), Term("hand_height", -1, 0.25, 0.2, "both"), Term("foot_up", -1, 0.2, 0.12, "other"), Term("leg_up", -1, -0.45, 0.2, "other"), Term("foot_up", 0.5, 3, 0.2, "own"), Term("leg_front", -1, 0.3, 0.3, "own"))),
    Posture("on hands and feet", (Term("trunk_up", -0.85, 0.45, 0.15), *_FACE_DOWN_A_LITTLE, Term("hand_height", -1, 0.25, 0.12, "both"), Term("hand_over_shoulder", -2, -0.25, 0.15, "both"), Term("foot_up", -1, 0.2, 0.12, "both"), Term("knee", 30, 140, 20, "both"), Term("knee_on_floor", 0.38, 3, 0.08, "both"), Term("hips_on_floor", 0.3, 3, 0.06))),
    Posture("bear crawl", of=("on hands and feet", "crawl")),
    Posture("bend over", (Term("trunk_up", -1, 0.55, 0.15), Term("chest_up", -1, -0.1, 0.3), Term("leg_up", -1, -0.75, 0.2, "either"), Term("pelvis_height", 0.75, 2, 0.12), Term("knee", 0, 75, 25, "either"), Term("leg_up", -1, -0.4, 0.25, "both"))),
    Posture("bow", (Term("trunk_up", -0.5, 0.88, 0.06), Term("chest_up", -1, -0.4, 0.15), Term("leg_up", -1, -0.8, 0.15, "both"), Term("pelvis_height", 0.85, 2, 0.1), Term("knee", 0, 40, 20, "both"), Term("foot_up", -1, 0.1, 0.08, "both"))),
    Posture("touch the toes", (Term("hand_on_foot", 0, 0.3, 0.2, "either"), Term("hand_height", -1, 0.35, 0.15, "both"), Term("knee", 0, 45, 25, "both"), Term("leg_up", -1, -0.6, 0.2, "both"), Term("trunk_up", -1, 0.3, 0.2))),
    Posture("hang", (Term("arm_up", 0.8, 1, 0.2, "both"), Term("elbow", 0, 40, 25, "both"), Term("airborne", 0.2, 9, 0.06), Term("trunk_up", 0.5, 1, 0.3))),
    Posture("jump", (Term("trunk_up", 0.4, 1, 0.25), Term("airborne", 0.2, 9, 0.06))),
    Posture("upside down", (Term("trunk_up", -1, -0.55, 0.25), Term("leg_up", 0.1, 1, 0.4, "either"))),
    Posture("handstand", (Term("trunk_up", -1, -0.6, 0.25), Term("hand_height", -1, 0.15, 0.1, "both"), Term("arm_up", -1, -0.7, 0.25, "both"), Term("leg_up", 0.3, 1, 0.4, "both"))),
    Posture("lunge", (Term("trunk_up", 0.5, 1, 0.25), Term("knee", 55, 125, 20, "own"), Term("shin_up", -1, -0.75, 0.2, "own"), Term("leg_front", -1, -0.4, 0.12, "other"), Term("knee", 0, 60, 20, "other"), Term("knee_over_other_ankle", 0.12, 3, 0.08, "other"), Term("feet_gap", 0.65, 3, 0.15), Term("pelvis_height", 0, 0.86, 0.08), Term("foot_up", -1, 0.1, 0.08, "own"), Term("foot_up", -1, 0.2, 0.1, "other"))),
    Posture("side lunge", (Term("trunk_up", 0.5, 1, 0.25), Term("knee", 50, 130, 15, "own"), Term("knee", 0, 30, 15, "other"), Term("leg_out", 0.45, 1, 0.1, "other"), Term("feet_apart", 0.6, 3, 0.15), *_FEET_DOWN)),
    Posture("stand on one leg", (*_ON_ONE_LEG, Term("trunk_up", 0.45, 1, 0.25))),
    Posture("stork", (*_ON_ONE_LEG, *_UPRIGHT, Term("knee_up", -0.4, 1, 0.2, "other"), Term("knee_front", 0.5, 1, 0.3, "other"), Term("knee", 45, 180, 20, "other"))),
    Posture("tree", (*_ON_ONE_LEG, *_UPRIGHT, Term("foot_on_other_leg", 0, 0.2, 0.1, "other"), Term("knee_out", 0.3, 1, 0.25, "other"))),
    Posture("hold a foot behind", (*_UPRIGHT, Term("pelvis_height", 0.78, 2, 0.1), Term("knee", 100, 180, 20, "own"), Term("knee_front", -1, 0.3, 0.25, "own"), Term("hand_on_foot", 0, 0.33, 0.12, "own"))),
    Posture("arabesque", (Term("foot_up", -1, 0.08, 0.08, "own"), Term("leg_up", -1, -0.8, 0.15, "own"), Term("knee", 0, 50, 20, "own"), Term("leg_front", -1, -0.65, 0.2, "other"), Term("knee", 0, 40, 25, "other"), Term("leg_up", -0.5, 1, 0.15, "other"), Term("trunk_up", -0.1, 0.9, 0.15), Term("chest_up", -1, -0.3, 0.2), Term("hand_height", 0.2, 3, 0.1, "both"))),
    # Acts with the legs.
    Posture("kick forward", (*_KICKS, Term("leg_front", 0.6, 1, 0.2, "own"))),
    Posture("kick to the side", (*_KICKS, Term("leg_out", 0.55, 1, 0.2, "own"))),
    Posture("kick backward", (*_KICKS, Term("knee", 0, 35, 15, "own"), Term("leg_front", -1, -0.55, 0.12, "own"))),
    Posture("kick", of=("kick forward", "kick to the side", "kick backward")),
    Posture("step forward", (*_STANDS, Term("foot_up", -1, 0.16, 0.08, "both"), Term("ankle_ahead", 0.33, 2, 0.12, "own"), Term("leg_up", -1, -0.75, 0.12, "both"))),
    # Acts and gestures with the arms.
    Posture("punch", (Term("trunk_up", 0.5, 1, 0.25), Term("hips_on_floor", 0.32, 3, 0.06), Term("elbow", 0, 40, 20, "own"), Term("arm_along", -0.3, 0.5, 0.15, "own"), Term("arm_front", -0.35, 1, 0.2, "own"), Term("arm_out", -0.6, 1, 0.2, "own"), Term("elbow", 75, 180, 20, "other"), Term("hand_to_trunk", 0, 0.42, 0.1, "other"), Term("elbow_up", -1, 0.62, 0.1, "other"))),
    Posture("guard", (Term("trunk_up", 0.5, 1, 0.25), Term("hips_on_floor", 0.32, 3, 0.06), Term("elbow", 95, 180, 20, "both"), Term("hand_up", 0.7, 1.35, 0.15, "both"), Term("hand_front", 0.2, 1.2, 0.15, "both"), Term("hand_on_head", 0.16, 2, 0.06, "both"), Term("elbow_up", -1, 0.8, 0.12, "both"))),
    Posture("wave", (Term("trunk_up", 0.6, 1, 0.2), Term("hand_over_shoulder", 0.14, 2, 0.1, "own"), Term("elbow", 40, 125, 15, "own"), Term("forearm_up", 0.6, 1, 0.2, "own"), Term("hand_out", 0.4, 2, 0.15, "own"), Term("hand_up", -2, 0.6, 0.15, "other"))),
    Posture("salute", (Term("trunk_up", 0.5, 1, 0.25), Term("hand_on_head", 0, 0.34, 0.08, "own"), Term("elbow", 90, 180, 15, "own"), Term("forearm_along", 0.1, 1, 0.2, "own"), Term("elbow_up", 0.6, 2, 0.12, "own"), Term("elbow_out", 0.4, 2, 0.15, "own"), Term("hand_over_shoulder", 0.14, 1, 0.08, "own"), Term("hand_up", -2, 0.5, 0.15, "other"))),
    Posture("hand to the chin", (Term("trunk_up", 0.3, 1, 0.25), Term("hand_to_face", 0, 0.2, 0.06, "own"), Term("elbow", 90, 180, 20, "own"), Term("elbow_up", -1, 0.65, 0.12, "own"), Term("hand_front", 0.15, 2, 0.1, "own"), Term("hand_over_shoulder", -0.1, 1, 0.1, "own"))),
    Posture("arms crossed", (Term("hand_to_other_arm", 0, 0.24, 0.08, "both"), Term("elbow", 65, 180, 20, "both"), Term("hand_front", 0.05, 1, 0.15, "both"), Term("hand_up", 0.2, 1, 0.15, "both"), Term("hand_out", -2, 0.02, 0.1, "both"))),
    Posture("hug", (Term("trunk_up", 0.8, 1, 0.15), Term("arm_front", 0.5, 1, 0.2, "both"), Term("elbow", 40, 120, 20, "both"), Term("hand_up", 0.62, 1.15, 0.1, "both"), Term("hands_apart", 0.1, 0.5, 0.1), Term("elbow_out", 0.42, 2, 0.15, "both"), Term("elbow_up", 0.55, 1.2, 0.12, "both"))),
    Posture("hands on the hips", (Term("trunk_up", 0.4, 1, 0.25), Term("hand_height", 0.35, 3, 0.1, "both"), Term("hand_on_hip", 0, 0.24, 0.1, "both"), Term("elbow", 50, 140, 15, "both"), Term("elbow_out", 0.48, 2, 0.15, "both"), Term("hand_up", -0.05, 0.45, 0.12, "both"))),
    Posture("hands on the knees", (Term("hand_on_knee", 0, 0.2, 0.1, "both"), Term("trunk_up", 0.2, 1, 0.3))),
    Posture("hands behind the head", (Term("hand_on_head", 0, 0.24, 0.08, "both"), Term("hand_behind_head", -0.05, 1, 0.12, "both"), Term("elbow", 85, 180, 20, "both"), Term("elbow_up", 0.75, 2, 0.2, "both"))),
    Posture("hands together", (Term("hands_together", 0, 0.14, 0.06),)),
    Posture("pray", (Term("trunk_up", 0.5, 1, 0.25), Term("hands_together", 0, 0.17, 0.06), Term("elbow", 80, 180, 15, "both"), Term("hand_up", 0.4, 1.15, 0.15, "both"), Term("hand_front", 0.12, 1.5, 0.1, "both"), Term("hands_sideways", -0.05, 1, 0.06))),
    Posture("T-pose", (Term("arm_out", 0.85, 1, 0.12, "both"), Term("arm_along", -0.36, 0.4, 0.12, "both"), *_ARMS_STRAIGHT)),
    Posture("arms out to the sides", (Term("arm_out", 0.72, 1, 0.15, "both"), Term("arm_along", -0.55, 0.6, 0.15, "both"), Term("elbow", 0, 50, 20, "both"))),
    Posture("arms overhead", (Term("hand_over_head", 0.1, 3, 0.15, "both"), Term("arm_along", 0.72, 1, 0.15, "both"), Term("elbow", 0, 75, 20, "both"))),
    Posture("arm overhead", (Term("hand_over_head", 0.1, 3, 0.15, "own"), Term("arm_along", 0.72, 1, 0.15, "own"), Term("elbow", 0, 75, 20, "own"))),
    Posture("arms in a V", (Term("arm_along", 0.4, 0.9, 0.15, "both"), Term("arm_out", 0.35, 1, 0.12, "both"), Term("elbow", 0, 45, 20, "both"))),
    Posture("arms in a low V", (Term("arm_along", -0.9, -0.4, 0.1, "both"), Term("arm_out", 0.38, 1, 0.1, "both"), Term("elbow", 0, 40, 20, "both"))),
    Posture("arms forward", (Term("trunk_up", 0.3, 1, 0.3), Term("arm_front", 0.74, 1, 0.15, "both"), Term("arm_up", -0.55, 0.6, 0.15, "both"), Term("elbow", 0, 45, 20, "both"))),
    Posture("arm forward", (Term("trunk_up", 0.3, 1, 0.3), Term("arm_front", 0.74, 1, 0.15, "own"), Term("arm_up", -0.55, 0.6, 0.15, "own"), Term("elbow", 0, 45, 20, "own"))),
    Posture("goalpost arms", (Term("trunk_up", 0.3, 1, 0.25), Term("elbow_up", 0.68, 1.3, 0.12, "both"), Term("elbow", 55, 125, 20, "both"), Term("forearm_along", 0.6, 1, 0.2, "both"), Term("elbow_out", 0.6, 2, 0.15, "both"), Term("hand_on_head", 0.28, 2, 0.06, "both"), Term("hand_front", -1, 0.45, 0.12, "both"))),
    Posture("archer", (Term("trunk_up", 0.4, 1, 0.25), Term("arm_out", 0.75, 1, 0.2, "own"), Term("arm_along", -0.4, 0.5, 0.15, "own"), Term("elbow", 0, 35, 20, "own"), Term("elbow", 100, 180, 20, "other"), Term("elbow_up", 0.7, 1.3, 0.15, "other"), Term("elbow_out", 0.5, 2, 0.15, "other"))),
    Posture("star", (Term("arm_out", 0.6, 1, 0.15, "both"), Term("arm_along", -0.3, 0.85, 0.15, "both"), Term("elbow", 0, 45, 20, "both"), Term("feet_apart", 0.55, 3, 0.12), *_UPRIGHT)),
    Posture("warrior", (Term("arm_out", 0.75, 1, 0.15, "both"), Term("arm_along", -0.5, 0.5, 0.15, "both"), Term("knee", 50, 130, 15, "own"), Term("knee", 0, 30, 15, "other"), Term("feet_gap", 0.75, 3, 0.15), Term("pelvis_height", 0, 0.9, 0.08), *_FEET_DOWN, *_UPRIGHT)),
    Posture("push", (Term("trunk_up", 0.4, 1, 0.25), Term("arm_front", 0.65, 1, 0.15, "both"), Term("arm_up", -0.6, 0.5, 0.15, "both"), Term("elbow", 0, 50, 20, "both"), Term("ankle_ahead", 0.3, 2, 0.12, "own"))),
    # What people who search name in a word or two; captions tell these of limbs, trunk and head.
    Posture("hand up", (*_NOT_LYING, Term("hand_over_head", 0.1, 3, 0.15, "own"), Term("hand_over_shoulder", 0.3, 3, 0.15, "own"))),
    Posture("hands up", (*_NOT_LYING, Term("hand_over_shoulder", 0.15, 3, 0.12, "both"))),
    Posture("hands together overhead", (*_NOT_LYING, Term("hand_over_shoulder", 0.15, 3, 0.12, "both"), Term("hands_apart", 0, 0.22, 0.12))),
    Posture("hand to the face", (Term("hand_to_face", 0, 0.2, 0.1, "own"),)),
    Posture("hands to the face", (Term("hand_to_face", 0, 0.22, 0.1, "both"),)),
    Posture("hand on the head", (Term("hand_on_head", 0, 0.19, 0.1, "own"),)),
    Posture("hand on the hip", (Term("hand_on_hip", 0, 0.19, 0.1, "own"),)),
    Posture("hand on the chest", (Term("hand_to_trunk", 0, 0.3, 0.1, "own"), Term("hand_up", 0.5, 1, 0.15, "own"), Term("hand_front", 0.05, 0.6, 0.15, "own"))),
    Posture("hands on the belly", (Term("hand_up", 0.1, 0.6, 0.15, "both"), Term("hand_front", 0.1, 0.6, 0.15, "both"), Term("hand_out", -0.5, 0.3, 0.15, "both"))),
    Posture("hands behind the back", (*_NOT_LYING, Term("hand_front", -2, -0.08, 0.12, "both"), Term("hand_up", -0.5, 0.6, 0.15, "both"))),
    Posture("hand across the body", (Term("hand_out", -2, -0.12, 0.15, "own"),)),
    Posture("hands in front", (*_NOT_LYING, Term("hand_front", 0.45, 3, 0.15, "both"), Term("hand_up", 0.4, 1.2, 0.15, "both"))),
    Posture("arms hanging", (*_UPRIGHT, Term("hand_up", -1, 0.3, 0.15, "both"), Term("upper_arm", 0, 35, 15, "both"), Term("elbow", 0, 50, 20, "both"))),
    Posture("arm out to the side", (Term("arm_out", 0.75, 1, 0.15, "own"), Term("elbow", 0, 45, 20, "own"))),
    Posture("hands far apart", (Term("hands_apart", 1.25, 5, 0.25),)),
    Posture("elbows out", (*_NOT_LYING, Term("elbow_out", 0.55, 2, 0.15, "both"), Term("elbow", 60, 180, 20, "both"))),
    Posture("elbows bent", (Term("elbow", 100, 180, 20, "both"),)),
    Posture("hand on the floor", (Term("hand_height", -1, 0.12, 0.15, "own"),)),
    Posture("hands on the floor", (Term("hand_height", -1, 0.16, 0.15, "both"),)),
    Posture("bend down", (Term("lean_front", 50, 150, 15),)),
    Posture("back level", (Term("lean_front", 62, 112, 15),)),
    Posture("bend backwards", (Term("lean_front", -90, -13, 6), *_NOT_LYING)),
    Posture("lean to one side", (Term("lean_left", 14, 180, 5, "toward"),)),
    Posture("twist to one side", (Term("twist_left", 22, 180, 8, "toward"),)),
    Posture("look to one side", (Term("head_left", 28, 180, 8, "toward"),)),
    Posture("head to one side", (Term("head_tilt_left", 17, 180, 5, "toward"),)),
    Posture("look up", (Term("head_up", 38, 90, 10),)),
    Posture("look down", (Term("head_up", -90, 0, 8),)),
    Posture("get low", (Term("pelvis_height", 0, 0.58, 0.12),)),
    Posture("feet together", (Term("feet_gap", 0, 0.18, 0.06),)),
    Posture("knees together", (Term("knees_apart", 0, 0.16, 0.06),)),
    Posture("feet wide apart", (Term("feet_apart", 0.62, 3, 0.12),)),
    Posture("horse stance", (*_UPRIGHT, Term("feet_apart", 0.55, 3, 0.12), Term("knee", 30, 120, 15, "both"))),
    Posture("big stride", (Term("trunk_up", 0.4, 1, 0.25), Term("ankle_ahead", 0.45, 3, 0.12, "own"))),
    Posture("run", (*_UPRIGHT, Term("ankle_ahead", 0.42, 3, 0.12, "own"), Term("elbow", 40, 180, 30, "either"))),
    Posture("splits", (Term("feet_gap", 1.1, 3, 0.2), Term("pelvis_height", 0, 0.45, 0.15), Term("knee", 0, 35, 20, "both"))),
    Posture("knee raised", (*_NOT_LYING, Term("knee_up", -0.3, 1, 0.2, "own"), Term("foot_up", 0.2, 3, 0.12, "own"))),
    Posture("knees bent", (*_NOT_LYING, Term("knee", 62, 180, 20, "both"))),
    Posture("legs straight", (Term("trunk_up", 0.75, 1, 0.2), Term("pelvis_height", 0.82, 2, 0.12), Term("knee", 0, 14, 12, "both"))),
    Posture("heel to the bottom", (*_NOT_LYING, Term("knee", 95, 180, 20, "own"), Term("knee_up", -1, -0.4, 0.3, "own"))),
    Posture("foot raised", (Term("trunk_up", 0.45, 1, 0.25), Term("foot_up", 0.28, 3, 0.1, "own"), Term("foot_up", -1, 0.12, 0.1, "other"))),
    Posture("leg out to the side", (Term("leg_out", 0.45, 1, 0.12, "own"),)),
    Posture("leg straight ahead", (Term("leg_front", 0.48, 1, 0.15, "own"), Term("knee", 0, 45, 20, "own"))),
    Posture("leg behind", (Term("leg_front", -1, -0.48, 0.12, "own"), Term("foot_up", 0.22, 3, 0.1, "own"))),
)  # fmt: skip
POSTURES: Mapping[str, Posture] = {posture.name: posture for posture in _TABLE}
"""Every posture by name."""


def posture_scores(
    joints: Floats, floors: Floats | None = None, *, names: Iterable[str] | None = None
) -> dict[str, Floats]:
    """How well each of N bodies holds each posture.

    Args:
        joints: (N, 22, 3) metres, any position and heading.
        floors: (N,) heights of the floor in the frame of ``joints`` with the pelvis at the origin; NaN or None where
            unknown, and then the lowest joint is taken to touch it.
        names: keys of `POSTURES`; None for all.

    Returns:
        Name -> (N,) 0..1, NaN where nothing is known of what it takes. Postures that have a side are there three
        times: ``kick``, which is the better of ``left kick`` and ``right kick``.
    """
    return scores_of(posture_measures(joints, floors=floors), names=names)


def scores_of(
    values: Mapping[str, Floats], *, names: Iterable[str] | None = None, mean: bool = False
) -> dict[str, Floats]:
    """`posture_scores` of bodies that are measured already, by `posture_measures`.

    Args:
        values: of `posture_measures`.
        names: as there.
        mean: the mean of the conditions instead of the worst, which tells near from far where no body holds them all.
    """
    scores: dict[str, Floats] = {}
    for name in POSTURES if names is None else names:
        posture = POSTURES[name]
        if not posture.sided:
            scores[name] = _score(posture, values, "left", mean=mean)
            continue
        both = {side: _score(posture, values, side, mean=mean) for side in _OTHER}
        scores[name] = np.fmax(*both.values())
        scores |= {f"{side} {name}": score for side, score in both.items()}
    return scores


def _score(
    posture: Posture, values: Mapping[str, Floats], side: str, *, mean: bool = False
) -> Floats:
    found = [term.membership(values, side) for term in posture.terms]
    if posture.of:
        ways = [_score(POSTURES[name], values, side, mean=mean) for name in posture.of]
        found.append(np.max(ways, axis=0))
    return np.mean(found, axis=0) if mean else np.min(found, axis=0)
