# ruff: noqa: E501 (tables: one entry a line reads best)
"""A reference and its targets as the judge of claims measures them, and what one number says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.paircodes import COLUMN, MEASURES, unknown_measures
from autocompose.body.skeleton import INDEX
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.spoken import Poles, at_row, spoken_change

Floats = NDArray[np.float64]
Numbers = float | Floats

# Joints that stand for a place on the body and for a part that moves: the judge's choice.
_JOINT_OF_PLACE = {
    "head": "head", "face": "nose", "chin": "neck", "shoulder": "shoulder", "elbow": "elbow", "hand": "hand",
    "knee": "knee", "foot": "ankle", "hip": "hip", "forearm": "wrist", "palm": "hand", "arm": "elbow",
    "leg": "knee", "lower leg": "ankle", "shin": "ankle", "upper arm": "elbow",
}  # fmt: skip
_JOINT_OF_PART = {
    "hand": "hand", "palm": "hand", "fingers": "hand", "arm": "hand", "forearm": "wrist", "elbow": "elbow",
    "upper arm": "elbow", "shoulder": "shoulder", "leg": "ankle", "knee": "knee", "thigh": "knee",
    "lower leg": "ankle", "foot": "ankle", "heel": "ankle", "toes": "foot", "hip": "hip", "limb": "hand", "shin": "ankle",
}  # fmt: skip
NOT_SEEN = "not seen, only guessed"
_UNITS = {"trunk": "trunk lengths", "thigh": "thigh lengths", "leg": "leg lengths"}


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """One number in both poses of every pair.

    Args:
        name: what is measured, with its part: ``left knee``.
        unit: ``°``, ``m`` or ``trunk``.
        before, after: in the reference and the targets; one number, or one for each pair.
        step: the smallest change that a person would mention, in the same unit.
        sign: +1 when the claim says that the number grows, -1 when it falls.
        soft: depends on the other side too ("ahead of the other foot"), so that it can back up the
            other readings or cast doubt on them, but not decide.
        poles: what is said of a positive and of a negative number, see `spoken`.
    """

    name: str
    unit: str
    before: Numbers
    after: Numbers
    step: float
    sign: int = 1
    soft: bool = False
    poles: Poles | None = None

    @property
    def progress(self) -> Numbers:
        """Signed change in multiples of the step; positive is the way of the claim."""
        return self.sign * (self.after - self.before) / self.step

    def words(self, row: int = 0) -> str:
        """``left knee 92° → 171°``, of one pair."""
        before, after = at_row(self.before, row), at_row(self.after, row)
        if np.isnan(after - before):
            return f"{self.name}: {NOT_SEEN}"
        degrees = self.unit == "°"
        unit = "°" if degrees else f" {_UNITS.get(self.unit, self.unit)}"
        digits = 0 if degrees else 2
        return f"{self.name} {spoken_change(before, after, unit, poles=self.poles, digits=digits)}"


class PosePairMeasures:
    """Measures of a reference and of N targets.

    Nothing is known of joints that were built in any of them, but of the neck, which is the middle
    of the shoulders. Numbers come as (before, after), each (N,) or (1,).

    Args:
        reference: one body.
        targets: N bodies.
    """

    def __init__(self, reference: MeasuredBodies, targets: MeasuredBodies) -> None:
        self.reference, self.targets = reference, targets
        self.built = (reference.built | targets.built) - {"neck", "pelvis"}
        self._unknown = frozenset(unknown_measures(self.built))
        self._joints: dict[str, Floats] = {}
        both = (reference, targets)
        self.floor = (reference.floors, targets.floors)
        self.trunk = _stack(*(np.maximum(bodies.trunk, 1e-9) for bodies in both))
        self.up, self.left, self.front = (
            _stack(*(getattr(bodies, axis) for bodies in both)) for axis in ("up", "left", "front")
        )

    def measure(self, name: str) -> tuple[Floats, Floats]:
        """A row of `MEASURES` in both poses."""
        if name in self._unknown:
            return np.array([np.nan]), np.array([np.nan])
        column = COLUMN[name]
        return self.reference.values[column], self.targets.values[column]

    def reading(
        self, name: str, label: str, *, sign: int = 1, poles: Poles | None = None
    ) -> MeasuredChange:
        """A row of `MEASURES` as a reading with its own slight step."""
        measure = MEASURES[COLUMN[name]]
        before, after = self.measure(name)
        unit = "°" if measure.unit == "deg" else measure.unit
        step = measure.steps[0] if measure.steps else 0.1
        return MeasuredChange(label, unit, before, after, step, sign, poles=poles)

    def joint(self, name: str) -> Floats:
        """(2, 3, N) position of a joint, pelvis at the origin, metres."""
        found = self._joints.get(name)
        if found is None:
            index = INDEX[name]
            found = _stack(self.reference.joints[index], self.targets.joints[index])
            self._joints[name] = found
        return found

    def moving(self, part: str, side: str) -> str:
        """The joint that stands for a part."""
        joint = f"{side}_{_JOINT_OF_PART[part]}"
        if joint in self.built and part in ("arm", "limb"):
            return f"{side}_wrist"
        return joint

    def knows(self, part: str, side: str) -> bool:
        """Whether the joint of a part was measured, not built from its neighbours."""
        if part in ("head", "gaze"):
            return not self.built & {"head", "nose"}
        if part not in _JOINT_OF_PART:
            return True
        sides = (side,) if side in ("left", "right") else ("left", "right")
        return all(self.moving(part, s) not in self.built for s in sides)

    def tells(self, measures: Iterable[str]) -> bool:
        """Whether none of some measures hangs on a joint that was built from its neighbours.

        Args:
            measures: names of `autocompose.postures.posture_measures`, with their sides.
        """
        of_built = tuple(f"{joint}_" for joint in self.built)
        return not any(name in self._unknown or name.startswith(of_built) for name in measures)

    @property
    def turn(self) -> Floats:
        """(N,) turn of the whole body to its left, degrees in -180..180; NaN without both headings."""
        turned = self.targets.headings - self.reference.headings
        return (turned + 180.0) % 360.0 - 180.0

    @staticmethod
    def has_part(part: str) -> bool:
        """Whether joints stand for this part."""
        return part in _JOINT_OF_PART or part in ("torso", "body", "head", "hips")

    @staticmethod
    def has_place(mark: str) -> bool:
        """Whether the joints tell where this place of the body is."""
        return mark in _JOINT_OF_PLACE or mark in (
            "waist",
            "back",
            "chest",
            "body",
            "torso",
            "thigh",
        )

    def place(self, mark: str, side: str) -> Floats:
        """(2, 3, N) position of a place on the body."""
        if mark in ("waist", "back"):
            return 0.66 * self.joint("pelvis") + 0.34 * self.joint("neck")
        if mark in ("chest", "body", "torso"):
            return 0.34 * self.joint("pelvis") + 0.66 * self.joint("neck")
        if mark == "thigh":
            return 0.5 * (self.joint(f"{side}_hip") + self.joint(f"{side}_knee"))
        name = _JOINT_OF_PLACE[mark]
        if name in INDEX:
            return self.joint(name)
        place = self.joint(f"{side}_{name}")
        # The joint lies inside the hip; a hand rests above it.
        return place + 0.08 * self.up if mark == "hip" else place

    def height(self, points: Floats) -> tuple[Floats, Floats]:
        """Height above the floor in both poses, metres."""
        return points[0, 1] - self.floor[0], points[1, 1] - self.floor[1]

    def along(self, points: Floats, axis: Floats) -> tuple[Floats, Floats]:
        """Position along an axis of the trunk, in trunk lengths."""
        along = (points * axis).sum(1) / self.trunk
        return along[0], along[1]


def _stack(before: Floats, after: Floats) -> Floats:
    """(2, ..., N) from (..., 1) and (..., N)."""
    return np.stack(np.broadcast_arrays(before, after))
