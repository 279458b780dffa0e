# ruff: noqa: E501 (tables: one entry a line reads best)
"""Two poses as the judge of claims measures them, and what one number says of both."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body, BodyChange
from autocompose.body.hidden import hidden_measures, seen_floor
from autocompose.body.paircodes import COLUMN, MEASURES, measure_poses, unknown_measures
from autocompose.body.skeleton import INDEX, canonical
from autocompose.schema import View

Floats = NDArray[np.float64]

# Joints that stand for a place on the body and for a part that moves: the judge's choice.
_JOINT_OF_PLACE = {
    "head": "head", "face": "nose", "chin": "neck", "shoulder": "shoulder", "elbow": "elbow", "hand": "hand",
    "knee": "knee", "foot": "ankle", "hip": "hip", "forearm": "wrist", "palm": "hand", "arm": "elbow",
    "leg": "knee", "lower leg": "ankle", "shin": "ankle", "upper arm": "elbow",
}  # fmt: skip
_JOINT_OF_PART = {
    "hand": "hand", "palm": "hand", "fingers": "hand", "arm": "hand", "forearm": "wrist", "elbow": "elbow",
    "upper arm": "elbow", "shoulder": "shoulder", "leg": "ankle", "knee": "knee", "thigh": "knee",
    "lower leg": "ankle", "foot": "ankle", "heel": "ankle", "toes": "foot", "hip": "hip", "limb": "hand",
}  # fmt: skip
NOT_SEEN = "not seen, only guessed"
_UNITS = {"trunk": "trunk lengths", "thigh": "thigh lengths", "leg": "leg lengths"}


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """One number in both poses.

    Args:
        name: what is measured, with its part: ``left knee``.
        unit: ``°``, ``m`` or ``trunk``.
        before, after: in the reference and the target.
        step: the smallest change that a person would mention, in the same unit.
        sign: +1 when the claim says that the number grows, -1 when it falls.
        soft: depends on the other side too ("ahead of the other foot"), so that it can back up the
            other readings or cast doubt on them, but not decide.
    """

    name: str
    unit: str
    before: float
    after: float
    step: float
    sign: int = 1
    soft: bool = False

    @property
    def progress(self) -> float:
        """Signed change in multiples of the step; positive is the way of the claim."""
        return self.sign * (self.after - self.before) / self.step

    def words(self) -> str:
        """``left knee 92° -> 171°``."""
        if np.isnan(self.after - self.before):
            return f"{self.name}: {NOT_SEEN}"
        if self.unit == "°":
            return f"{self.name} {self.before:.0f}° -> {self.after:.0f}°"
        unit = f" {_UNITS.get(self.unit, self.unit)}"
        return f"{self.name} {self.before:.2f} -> {self.after:.2f}{unit}"


def _floor(body: Body, joints: Floats) -> float | None:
    """Where the floor is, None under the lowest joint; NaN when neither foot was seen."""
    if body.floor is None and body.guessed:
        return seen_floor(joints, body.guessed)
    return body.floor


def _hide(joints: Floats, guessed: Collection[str]) -> None:
    """Replace what was not seen in (22, 3) joints by NaN."""
    joints[[INDEX[name] for name in guessed]] = np.nan
    if not {"left_hip", "right_hip"}.isdisjoint(guessed):
        joints[:, [0, 2]] = np.nan  # the hips tell where forward is


class PosePairMeasures:
    """Measures of a reference and a target.

    Args:
        change: both bodies. Nothing is known of joints that were built in either, but of the neck,
            which is the middle of the shoulders. A joint that was not seen is NaN here, and so is
            every number that it reaches.
    """

    def __init__(self, change: BodyChange) -> None:
        bodies = (change.reference, change.target)
        joints = canonical(np.stack([body.joints for body in bodies]).astype(np.float64))
        floors = [_floor(body, pose) for body, pose in zip(bodies, joints, strict=True)]
        known = np.array([np.nan if floor is None else floor for floor in floors])
        values = measure_poses(joints, floor=known)
        for i, body in enumerate(bodies):
            if body.guessed:
                values[i, hidden_measures(body.guessed, floor=not np.isnan(known[i]))] = np.nan
                _hide(joints[i], body.guessed)
        self.change = change
        self.joints = joints
        self.built = change.built - {"neck", "pelvis"}
        for name in unknown_measures(self.built):
            values[:, COLUMN[name]] = np.nan
        self.values = values
        self.floor = [
            float(f) if f is not None else float(joints[i, :, 1].min() - 0.02)
            for i, f in enumerate(floors)
        ]
        up = joints[:, INDEX["neck"]] - joints[:, INDEX["pelvis"]]
        self.trunk = np.linalg.norm(up, axis=1)
        self.up = up / np.maximum(self.trunk, 1e-9)[:, None]
        across = joints[:, INDEX["left_shoulder"]] - joints[:, INDEX["right_shoulder"]]
        across = across - (across * self.up).sum(1)[:, None] * self.up
        self.left = across / np.maximum(np.linalg.norm(across, axis=1), 1e-9)[:, None]
        self.front = np.cross(self.left, self.up)

    def measure(self, name: str) -> tuple[float, float]:
        """A row of `MEASURES` in both poses."""
        column = COLUMN[name]
        return float(self.values[0, column]), float(self.values[1, column])

    def reading(self, name: str, label: str, *, sign: int = 1) -> MeasuredChange:
        """A row of `MEASURES` as a reading with its own slight step."""
        measure = MEASURES[COLUMN[name]]
        before, after = self.measure(name)
        unit = "°" if measure.unit == "deg" else measure.unit
        return MeasuredChange(
            label, unit, before, after, measure.steps[0] if measure.steps else 0.1, sign
        )

    def joint(self, name: str) -> Floats:
        """(2, 3) position of a joint, pelvis at the origin, metres."""
        return self.joints[:, INDEX[name]]

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

    @property
    def turn(self) -> float | None:
        """Turn of the whole body to its left, degrees in -180..180; None without both headings."""
        before, after = self.change.reference.heading, self.change.target.heading
        if before is None or after is None:
            return None
        return (after - before + 180.0) % 360.0 - 180.0

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
        """(2, 3) position of a place on the body."""
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

    def height(self, points: Floats) -> tuple[float, float]:
        """Height above the floor in both poses, metres."""
        return float(points[0, 1] - self.floor[0]), float(points[1, 1] - self.floor[1])

    def along(self, points: Floats, axis: Floats) -> tuple[float, float]:
        """Position along an axis of the trunk, in trunk lengths."""
        along = (points * axis).sum(1) / np.maximum(self.trunk, 1e-9)
        return float(along[0]), float(along[1])

    def reversed(self) -> PosePairMeasures:
        """Measures of the pair with its bodies exchanged; nothing is measured again."""
        other = copy(self)
        other.change = self.change.seen_as(View.REVERSE)
        for name in ("joints", "values", "trunk", "up", "left", "front"):
            setattr(other, name, getattr(self, name)[::-1])
        other.floor = self.floor[::-1]
        return other
