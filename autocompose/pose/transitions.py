"""Codes of change between two poses: what moves, which way, how much, and where it ends.

Every measure of a pose is one row of `MEASURES`, the only table of thresholds. A code of change is
the difference target - reference, put into seven bins (-3..3: much, plainly, slightly, not at all
...), so exchanging the images negates it exactly; a state is the band that the measure of one pose
falls in. Nothing here is random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autocompose.pose.skeleton import INDEX, canonical

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One number about a pose, and where it is cut.

    Args:
        unit: of the value and of every threshold in this row.
        steps: smallest change that is slight, plain, much; empty when only the state matters.
        bands: edges between states; state k means ``bands[k-1] <= value < bands[k]``.
        flips: the value changes sign when the pose is mirrored.
    """

    name: str
    unit: Literal["deg", "trunk", "thigh", "leg", "m", "class"]
    steps: tuple[float, ...]
    bands: tuple[float, ...]
    flips: bool = False

    @property
    def mirrored(self) -> str:
        """The measure that takes this one's place in the mirrored pose."""
        if self.name.startswith("left_"):
            return "right_" + self.name[5:]
        return "left_" + self.name[6:] if self.name.startswith("right_") else self.name


# "trunk": lengths of pelvis -> neck, up along, out across (+ = own side) or in front of the trunk.
# "thigh": thigh lengths, world axes of the canonical pose. "leg": thigh + shin lengths.
_SIDED: tuple[Measure, ...] = (
    Measure("elbow", "deg", (15, 32, 75), (22, 55, 75, 108, 135)),
    Measure("knee", "deg", (15, 32, 75), (22, 50, 72, 108, 130)),
    Measure("upper_arm", "deg", (20, 40, 80), (35, 70, 110)),
    Measure("hand_up", "trunk", (0.16, 0.4, 1.0), (-0.2, 0.18, 0.5, 0.8, 1.08, 1.6)),
    Measure("hand_out", "trunk", (0.22, 0.45, 0.9), (-0.06, 0.2, 0.7)),
    Measure("hand_front", "trunk", (0.2, 0.42, 0.9), (-0.2, 0.33, 0.75)),
    Measure("knee_up", "thigh", (0.2, 0.5, 1.1), (-0.8, -0.25, 0.25)),
    Measure("knee_front", "thigh", (0.22, 0.5, 1.0), (-0.3, 0.3)),
    Measure("knee_out", "thigh", (0.22, 0.45, 0.9), (-0.15, 0.4)),
    Measure("hip", "deg", (18, 40, 80), (25, 65, 110)),
    Measure("foot_up", "m", (0.08, 0.2, 0.6), (0.1, 0.28, 0.65, 1.05)),
    Measure("foot_front", "m", (0.12, 0.26, 0.6), (-0.18, 0.22)),
    Measure("foot_out", "m", (0.1, 0.22, 0.5), (-0.04, 0.24)),
    Measure("hand_height", "m", (0.08, 0.2, 0.5), (0.1,)),
    Measure("hand_on_hip", "m", (), (0.17,)),
    Measure("hand_on_other_hip", "m", (), (0.17,)),
    Measure("hand_on_head", "m", (), (0.18,)),
    Measure("hand_on_knee", "m", (), (0.16,)),
    Measure("hand_on_other_knee", "m", (), (0.16,)),
    Measure("hand_on_shoulder", "m", (), (0.15,)),
    Measure("hand_on_other_shoulder", "m", (), (0.18,)),
    Measure("hand_on_other_elbow", "m", (), (0.15,)),
    Measure("hand_on_foot", "m", (), (0.15,)),
    Measure("hand_on_other_foot", "m", (), (0.15,)),
)
_MIDLINE: tuple[Measure, ...] = (
    Measure("hands_apart", "m", (), (0.14,)),
    Measure("feet_apart", "m", (0.1, 0.22, 0.5), (0.14, 0.27, 0.42, 0.62)),
    Measure("stride", "m", (0.14, 0.3, 0.6), (-0.45, -0.18, 0.18, 0.45), flips=True),
    Measure("lean_front", "deg", (10, 22, 48), (-14, 14, 40, 68)),
    Measure("lean_left", "deg", (9, 18, 40), (-30, -10, 10, 30), flips=True),
    Measure("twist_left", "deg", (12, 25, 50), (-35, -12, 12, 35), flips=True),
    Measure("head_up", "deg", (12, 25, 50), (-60, 90)),
    Measure("head_left", "deg", (14, 28, 55), (-40, -15, 15, 40), flips=True),
    Measure("head_tilt_left", "deg", (11, 22, 45), (-15, 15), flips=True),
    Measure("pelvis_height", "leg", (0.1, 0.22, 0.5), (0.4, 0.68, 0.9)),
    Measure("posture", "class", (), (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)),
)
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(f"{side}_{m.name}", m.unit, m.steps, m.bands)
        for side in ("left", "right")
        for m in _SIDED
    ),
    *_MIDLINE,
)
COLUMN: dict[str, int] = {measure.name: i for i, measure in enumerate(MEASURES)}
"""Measure name -> column of every `Codes` array."""

UPRIGHT, BENT_OVER, FACE_DOWN, FACE_UP, ON_LEFT_SIDE, ON_RIGHT_SIDE, UPSIDE_DOWN = range(7)
"""The states of ``posture``."""

_TRUNK_UPRIGHT = 0.5  # cosine between the trunk and the vertical: within 60 degrees
_LYING_BELOW = 0.62  # pelvis height in leg lengths under which a level trunk is a body on the floor


@dataclass(frozen=True)
class Codes:
    """Codes of N pairs; columns follow `MEASURES`.

    Args:
        change: (N, M) int8 in -3..3; 0 also where a measure has no steps.
        amount: (N, M) change in multiples of the plain step, signed.
        reference: (N, M) int8 state of the reference pose.
        target: (N, M) int8 state of the target pose.
    """

    change: NDArray[np.int8]
    amount: Floats
    reference: NDArray[np.int8]
    target: NDArray[np.int8]

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.change)

    def reversed(self) -> Codes:
        """The codes of the same pairs with their images exchanged."""
        return Codes(-self.change, -self.amount, self.target, self.reference)

    def mirrored(self) -> Codes:
        """The codes of the same pairs with both poses mirrored."""
        order = [COLUMN[m.mirrored] for m in MEASURES]
        sign = np.array([-1 if m.flips else 1 for m in MEASURES], dtype=np.int8)
        return Codes(
            self.change[:, order] * sign,
            self.amount[:, order] * sign,
            _mirror_states(self.reference[:, order]),
            _mirror_states(self.target[:, order]),
        )


def transition_codes(
    reference: Floats,
    target: Floats,
    *,
    reference_floor: Floats | None = None,
    target_floor: Floats | None = None,
) -> Codes:
    """Code what changes in each of N pairs.

    Args:
        reference: (N, 22, 3) metres, any position and heading (`canonical` is applied).
        target: (N, 22, 3) metres.
        reference_floor: (N,) floor height relative to the pelvis in metres; without it the lowest
            joint is taken to touch the floor.
        target_floor: (N,) likewise.

    Returns:
        Codes of N pairs. Deterministic; a batch equals its pairs one by one.
    """
    before = measure_poses(reference, floor=reference_floor)
    after = measure_poses(target, floor=target_floor)
    difference = after - before
    change = np.zeros(difference.shape, dtype=np.int8)
    amount = np.zeros_like(difference)
    states = [np.zeros(difference.shape, dtype=np.int8) for _ in range(2)]
    for i, measure in enumerate(MEASURES):
        for state, values in zip(states, (before, after), strict=True):
            state[:, i] = _bin(values[:, i], measure.bands, flips=measure.flips)
        if measure.steps:
            size = np.digitize(np.abs(difference[:, i]), measure.steps)
            change[:, i] = np.sign(difference[:, i]) * size
            amount[:, i] = difference[:, i] / measure.steps[1]
    return Codes(change, amount, *states)


def measure_poses(joints: Floats, *, floor: Floats | None = None) -> Floats:
    """Measure N poses.

    Args:
        joints: (N, 22, 3) metres.
        floor: (N,) floor height relative to the pelvis, metres, or None.

    Returns:
        (N, M) values in the units of `MEASURES`.
    """
    pose = canonical(np.asarray(joints, dtype=np.float64))
    at = {name: pose[:, i] for name, i in INDEX.items()}
    trunk = _length(at["neck"] - at["pelvis"])
    up = _unit(at["neck"] - at["pelvis"])
    chest_left, chest_front = _frame(at["left_shoulder"] - at["right_shoulder"], up)
    hips_left, hips_front = _frame(at["left_hip"] - at["right_hip"], up)
    # Ankles stand about 6 cm above the sole.
    feet = [
        at[f"{s}_{j}"][:, 1] - lift for s in _SIDES for j, lift in (("ankle", 0.06), ("foot", 0.02))
    ]
    ground = np.minimum(np.min(feet, axis=0), pose[:, :, 1].min(1)) if floor is None else floor
    ground = np.asarray(ground, dtype=np.float64)

    values: dict[str, Floats] = {}
    for side, other, own in (("left", "right", 1.0), ("right", "left", -1.0)):
        joint = {n: at[f"{side}_{n}"] for n in _LIMB}
        hand, hip, knee = joint["hand"], joint["hip"], joint["knee"]
        reach = hand - at["pelvis"]
        upper_arm, thigh = joint["elbow"] - joint["shoulder"], knee - hip
        thigh_length = _length(thigh)
        foot_low = np.minimum(joint["ankle"][:, 1] - 0.06, joint["foot"][:, 1] - 0.02)
        values |= {
            f"{side}_{name}": value
            for name, value in {
                "elbow": _angle(upper_arm, joint["wrist"] - joint["elbow"]),
                "knee": _angle(thigh, joint["ankle"] - knee),
                "upper_arm": _angle(upper_arm, -up),
                "hand_up": _dot(reach, up) / trunk,
                "hand_out": own * _dot(reach, chest_left) / trunk,
                "hand_front": _dot(reach, chest_front) / trunk,
                "knee_up": thigh[:, 1] / thigh_length,
                "knee_front": thigh[:, 2] / thigh_length,
                "knee_out": own * thigh[:, 0] / thigh_length,
                "hip": _angle(thigh, -up),
                "foot_up": foot_low - ground,
                "foot_front": joint["ankle"][:, 2],
                "foot_out": own * joint["ankle"][:, 0],
                "hand_height": hand[:, 1] - ground,
                "hand_on_hip": _length(hand - hip - 0.08 * up),
                "hand_on_other_hip": _length(hand - at[f"{other}_hip"] - 0.08 * up),
                "hand_on_head": _length(hand - at["head"]),
                "hand_on_knee": _length(hand - knee),
                "hand_on_other_knee": _length(hand - at[f"{other}_knee"]),
                "hand_on_shoulder": _length(hand - joint["shoulder"]),
                "hand_on_other_shoulder": _length(hand - at[f"{other}_shoulder"]),
                "hand_on_other_elbow": _length(hand - at[f"{other}_elbow"]),
                "hand_on_foot": _length(hand - 0.5 * (joint["ankle"] + joint["foot"])),
                "hand_on_other_foot": _length(
                    hand - 0.5 * (at[f"{other}_ankle"] + at[f"{other}_foot"])
                ),
            }.items()
        }
    leg = 0.5 * sum(
        _length(at[f"{s}_knee"] - at[f"{s}_hip"]) + _length(at[f"{s}_ankle"] - at[f"{s}_knee"])
        for s in _SIDES
    )
    pelvis_height = -ground / leg
    shoulders = at["left_shoulder"] - at["right_shoulder"]
    gaze = at["nose"] - at["head"]
    neck = at["head"] - at["neck"]
    values |= {
        "hands_apart": _length(at["left_hand"] - at["right_hand"]),
        "feet_apart": np.abs(at["left_ankle"][:, 0] - at["right_ankle"][:, 0]),
        "stride": at["left_ankle"][:, 2] - at["right_ankle"][:, 2],
        "lean_front": _degrees(up[:, 2], up[:, 1]),
        "lean_left": np.degrees(np.arcsin(np.clip(up[:, 0], -1, 1))),
        "twist_left": -_degrees(_dot(shoulders, hips_front), _dot(shoulders, hips_left)),
        "head_up": np.degrees(np.arcsin(np.clip(_dot(_unit(gaze), up), -1, 1))),
        "head_left": _degrees(_dot(gaze, chest_left), _dot(gaze, chest_front)),
        "head_tilt_left": np.degrees(np.arcsin(np.clip(_dot(_unit(neck), chest_left), -1, 1))),
        "pelvis_height": pelvis_height,
        "posture": _posture(up[:, 1], chest_front[:, 1], chest_left[:, 1], pelvis_height),
    }
    return np.stack([values[m.name] for m in MEASURES], axis=1)


_SIDES = ("left", "right")
_LIMB = ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")


def _posture(up: Floats, front: Floats, left: Floats, pelvis_height: Floats) -> Floats:
    """Class of how the trunk lies, from the heights (y) of its three unit axes."""
    low = pelvis_height < _LYING_BELOW
    on_side = np.abs(left) > np.abs(front)
    lying = np.where(
        on_side,
        np.where(left < 0, ON_LEFT_SIDE, ON_RIGHT_SIDE),
        np.where(front < 0, FACE_DOWN, FACE_UP),
    )
    level = np.where(low, lying, np.where(~on_side & (front > 0), FACE_UP, BENT_OVER))
    down = np.where(low | (pelvis_height < 0.75), UPSIDE_DOWN, BENT_OVER)
    # Below the hips with the legs under them is a deep bow; below the feet is upside down.
    return np.where(
        up > _TRUNK_UPRIGHT, UPRIGHT, np.where(up < -_TRUNK_UPRIGHT, down, level)
    ).astype(np.float64)


def _mirror_states(states: NDArray[np.int8]) -> NDArray[np.int8]:
    mirrored = states.copy()
    for measure in MEASURES:
        if measure.flips:
            column = COLUMN[measure.name]
            mirrored[:, column] = len(measure.bands) - states[:, column]
    posture = states[:, COLUMN["posture"]]
    exchange = np.where(posture == ON_LEFT_SIDE, ON_RIGHT_SIDE, posture)
    exchange = np.where(posture == ON_RIGHT_SIDE, ON_LEFT_SIDE, exchange)
    mirrored[:, COLUMN["posture"]] = exchange
    return mirrored


def _bin(values: Floats, bands: tuple[float, ...], *, flips: bool) -> NDArray[np.intp]:
    """Band of each value.

    Signed measures have symmetric bands; a value on an edge is the outer band on both sides, so
    that mirroring is exact there too.
    """
    if not flips:
        return np.digitize(values, bands)
    half = len(bands) // 2
    return half + np.sign(values).astype(np.intp) * np.digitize(np.abs(values), bands[half:])


def _length(vector: Floats) -> Floats:
    return np.sqrt((vector * vector).sum(-1))


def _unit(vector: Floats) -> Floats:
    return vector / np.maximum(_length(vector), 1e-9)[:, None]


def _dot(a: Floats, b: Floats) -> Floats:
    return (a * b).sum(-1)


def _degrees(y: Floats, x: Floats) -> Floats:
    return np.degrees(np.arctan2(y, x))


def _angle(a: Floats, b: Floats) -> Floats:
    """Angle between two vectors in degrees: 0 when they point the same way."""
    return np.degrees(np.arccos(np.clip(_dot(_unit(a), _unit(b)), -1, 1)))


def _frame(left: Floats, up: Floats) -> tuple[Floats, Floats]:
    """Axes (left, front) of a body frame whose up axis is given."""
    left = _unit(left - _dot(left, up)[:, None] * up)
    return left, np.cross(left, up)
