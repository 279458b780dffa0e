"""Bodies as the judge of claims measures them: once for each body, however many texts follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies
from autocompose.body.hidden import hidden_measures, seen_floor
from autocompose.body.measures import COLUMN, measure_poses, stature_scale
from autocompose.body.skeleton import INDEX, canonical
from autocompose.postures.posture_evidence import posture_evidence
from autocompose.postures.posture_measures import directions
from autocompose.postures.postures import POSTURES, scores_of

Floats = NDArray[np.float64]

_SOLE = 0.02
"""Metres that the lowest joint is taken to stand above a floor that nobody measured."""


@dataclass(frozen=True, eq=False)
class MeasuredBodies:
    """N bodies, with the bodies last in every array, so that a claim is judged on all at once.

    Args:
        joints: (22, 3, N) canonical, metres.
        values: (M, N) of `autocompose.body.measures.MEASURES`.
        floors: (N,) heights of the floor, metres; under the lowest joint where nobody said.
        said_floors: (N,) those that somebody said, NaN elsewhere.
        headings: (N,) degrees to the left; NaN where unknown.
        trunk: (N,) length of pelvis to neck, metres.
        up, left, front: (3, N) axes of the trunk.
        built: joints that an importer built from their neighbours, in any of these bodies.

    A joint that was not seen is NaN here, and so is every number that it reaches.
    """

    joints: Floats
    values: Floats
    floors: Floats
    said_floors: Floats
    headings: Floats
    trunk: Floats
    up: Floats
    left: Floats
    front: Floats
    built: frozenset[str] = frozenset()

    @classmethod
    def of(cls, bodies: Bodies) -> MeasuredBodies:
        """Measure bodies.

        Args:
            bodies: of one set of built joints; nothing is known of a joint that any of them lacks.
        """
        joints = canonical(bodies.joints.astype(np.float64))
        unknown = np.full(len(joints), np.nan)
        floors = unknown if bodies.floors is None else bodies.floors.astype(np.float64)
        lowest = np.where(np.isnan(floors), joints[:, :, 1].min(1) - _SOLE, floors)
        values = measure_poses(joints, floor=floors)
        for row, guessed in enumerate(bodies.guessed):
            if guessed:
                floor = _hide(joints[row], values[row], guessed=guessed, floor=floors[row])
                lowest[row] = floor
        up = joints[:, INDEX["neck"]] - joints[:, INDEX["pelvis"]]
        trunk = np.linalg.norm(up, axis=1)
        up = up / np.maximum(trunk, 1e-9)[:, None]
        across = joints[:, INDEX["left_shoulder"]] - joints[:, INDEX["right_shoulder"]]
        across = across - (across * up).sum(1)[:, None] * up
        left = across / np.maximum(np.linalg.norm(across, axis=1), 1e-9)[:, None]
        front = np.cross(left, up)
        return cls(
            joints=np.ascontiguousarray(joints.transpose(1, 2, 0)),
            values=np.ascontiguousarray(values.T),
            floors=lowest,
            said_floors=floors,
            headings=unknown if bodies.headings is None else bodies.headings,
            trunk=trunk,
            up=np.ascontiguousarray(up.T),
            left=np.ascontiguousarray(left.T),
            front=np.ascontiguousarray(front.T),
            built=frozenset().union(*bodies.built) if bodies.built else frozenset(),
        )

    def __len__(self) -> int:
        """How many bodies."""
        return len(self.trunk)

    @cached_property
    def posture_values(self) -> Mapping[str, Floats]:
        """Name -> (N,) of everything that postures are told from."""
        pose = self.joints.transpose(2, 0, 1)
        scale = stature_scale(pose)
        named = {name: self.values[column] for name, column in COLUMN.items()}
        return named | directions(pose * scale[:, None, None], self.said_floors * scale)

    def holds(self, posture: str, side: str) -> Floats:
        """(N,) how well each body holds a posture, 0 to 1.

        Args:
            posture: a key of `autocompose.postures.postures.POSTURES`; NaN for any other word.
            side: ``left``, ``right``, or empty for either.
        """
        if posture not in POSTURES:
            return np.full(len(self), np.nan)
        name = f"{side} {posture}".strip()
        return scores_of(self.posture_values, names=[posture])[name]

    def near(self, posture: str, side: str) -> Floats:
        """(N,) how many of the conditions of a posture each body meets, 0 to 1; as `holds`."""
        name = f"{side} {posture}".strip()
        return scores_of(self.posture_values, names=[posture], mean=True)[name]

    def posture_evidence(self, posture: str, side: str, row: int) -> str:
        """What was measured for a posture of one body, in words; arguments as in `holds`."""
        at = min(row, len(self) - 1)
        return posture_evidence(self.posture_values, posture, side, row=at)


def _hide(joints: Floats, values: Floats, *, guessed: Collection[str], floor: float) -> float:
    """Make what was not seen NaN in the joints (22, 3) and measures (M,) of one body.

    Args:
        joints: canonical, metres; changed in place.
        values: changed in place.
        guessed: names of the joints that were not seen.
        floor: its height, metres; NaN where nobody said.

    Returns:
        The height of the floor; NaN when nobody said and neither foot was seen.
    """
    if np.isnan(floor):
        floor = seen_floor(joints, guessed)
        values[:] = measure_poses(joints[None], floor=np.array([floor]))[0]
    values[hidden_measures(guessed, floor=not np.isnan(floor))] = np.nan
    joints[[INDEX[name] for name in guessed]] = np.nan
    if not {"left_hip", "right_hip"}.isdisjoint(guessed):
        joints[:, [0, 2]] = np.nan  # the hips tell where forward is
    return floor
