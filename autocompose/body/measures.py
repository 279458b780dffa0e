# ruff: noqa: E501 (a table: one measure a line reads best)
"""Everything that is measured about one pose, with the only table of thresholds.

Lengths are measured on a body brought to one stature, so that body size changes no code; position
and heading change nothing but ``turn_left``, the one measure that needs to be told the heading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX, canonical

Floats = NDArray[np.float64]
Unit = Literal["deg", "trunk", "thigh", "leg", "m", "class"]
Family = Literal[
    "bend",
    "straight",
    "distance",
    "position",
    "trunk",
    "head",
    "turn",
    "height",
    "contact",
    "posture",
]

STATURE = 1.45
"""Metres of thigh + shin + upper arm + forearm of the body on which "m" is measured."""


@dataclass(frozen=True)
class Measure:
    """One number about a pose, and where it is cut.

    Args:
        unit: of the value and of every threshold in this row. ``m`` is metres on a body of
            `STATURE`, ``trunk``, ``thigh`` and ``leg`` are lengths of the body itself.
        steps: smallest change that is slight, plain, much; empty when only the state matters; for an
            event the one change that a gain or a loss must amount to.
        bands: edges between states; state k means ``bands[k-1] <= value < bands[k]``.
        flips: the value changes sign when the pose is mirrored.
        event: what counts is that state 0 is gained or lost (a touch, a straight limb).
        wraps: an angle about an axis: differences are taken the short way round.
        family: the kind of code, for documents and tests.
    """

    name: str
    unit: Unit
    steps: tuple[float, ...]
    bands: tuple[float, ...]
    family: Family
    flips: bool = False
    event: bool = False
    wraps: bool = False

    @property
    def mirrored(self) -> str:
        """The measure that takes this one's place in the mirrored pose."""
        # turn_left, lean_left, ... end in a side and change sign; they do not begin with one.
        if self.name.startswith("left_"):
            return "right_" + self.name[5:]
        return "left_" + self.name[6:] if self.name.startswith("right_") else self.name


def _touch(name: str, edge: float) -> Measure:
    return Measure(name, "m", (0.03,), (edge,), "contact", event=True)


# "trunk": lengths of pelvis -> neck, up along, out across (+ = own side) or in front of the trunk.
# "thigh": thigh lengths, world axes of the canonical pose. "leg": thigh + shin lengths.
_SIDED: tuple[Measure, ...] = (
    Measure("elbow", "deg", (15, 32, 75), (22, 55, 75, 108, 135), "bend"),
    Measure("knee", "deg", (15, 32, 75), (22, 50, 72, 108, 130), "bend"),
    Measure("hip", "deg", (18, 40, 80), (25, 65, 110), "bend"),
    Measure("upper_arm", "deg", (20, 40, 80), (35, 70, 110), "bend"),
    Measure("arm_straight", "deg", (12,), (24,), "straight", event=True),
    Measure("leg_straight", "deg", (12,), (24,), "straight", event=True),
    Measure("hand_up", "trunk", (0.16, 0.4, 1.0), (-0.2, 0.18, 0.5, 0.8, 1.08, 1.6), "position"),
    Measure("hand_out", "trunk", (0.22, 0.45, 0.9), (-0.06, 0.2, 0.7), "position"),
    Measure("hand_front", "trunk", (0.2, 0.42, 0.9), (-0.2, 0.33, 0.75), "position"),
    Measure("elbow_up", "trunk", (0.16, 0.35, 0.8), (0.3, 0.7, 1.0), "position"),
    Measure("elbow_out", "trunk", (0.16, 0.35, 0.7), (0.1, 0.45), "position"),
    Measure("elbow_front", "trunk", (0.18, 0.36, 0.8), (-0.15, 0.25), "position"),
    Measure("knee_up", "thigh", (0.2, 0.5, 1.1), (-0.8, -0.25, 0.25), "position"),
    Measure("knee_front", "thigh", (0.22, 0.5, 1.0), (-0.3, 0.3), "position"),
    Measure("knee_out", "thigh", (0.22, 0.45, 0.9), (-0.15, 0.4), "position"),
    Measure("foot_up", "m", (0.08, 0.2, 0.6), (0.1, 0.28, 0.65, 1.05), "position"),
    Measure("foot_front", "m", (0.12, 0.26, 0.6), (-0.18, 0.22), "position"),
    Measure("foot_out", "m", (0.1, 0.22, 0.5), (-0.04, 0.24), "position"),
    Measure("hand_height", "m", (0.08, 0.2, 0.5), (0.1,), "height"),
    Measure("hand_to_trunk", "m", (0.1, 0.22, 0.45), (0.25, 0.45, 0.7), "distance"),
    Measure("elbow_to_trunk", "m", (0.08, 0.16, 0.3), (0.25, 0.4), "distance"),
    Measure("knee_to_trunk", "m", (0.1, 0.22, 0.45), (0.35, 0.55), "distance"),
    Measure("foot_to_trunk", "m", (0.12, 0.28, 0.6), (0.5, 0.85), "distance"),
    _touch("hand_on_hip", 0.17),
    _touch("hand_on_other_hip", 0.17),
    _touch("hand_on_head", 0.18),
    _touch("hand_on_knee", 0.16),
    _touch("hand_on_other_knee", 0.16),
    _touch("hand_on_shoulder", 0.15),
    _touch("hand_on_other_shoulder", 0.18),
    _touch("hand_on_other_elbow", 0.15),
    _touch("hand_on_foot", 0.15),
    _touch("hand_on_other_foot", 0.15),
    _touch("hand_on_floor", 0.1),
    _touch("elbow_on_floor", 0.1),
    _touch("knee_on_floor", 0.14),
    _touch("foot_on_floor", 0.05),
    _touch("foot_on_other_leg", 0.16),
)
_MIDLINE: tuple[Measure, ...] = (
    # Between the left part and the right: how far, and left relative to right.
    Measure("hands_apart", "m", (0.12, 0.3, 0.7), (0.14,), "distance"),
    Measure("elbows_apart", "m", (0.1, 0.22, 0.45), (0.35, 0.6), "distance"),
    Measure("knees_apart", "m", (0.1, 0.22, 0.5), (0.22, 0.45), "distance"),
    Measure("feet_apart", "m", (0.1, 0.22, 0.5), (0.14, 0.27, 0.42, 0.62), "distance"),
    Measure("feet_gap", "m", (0.12, 0.26, 0.6), (0.16, 0.4, 0.75), "distance"),
    Measure("hands_sideways", "m", (0.15, 0.35, 0.8), (-0.06,), "position"),
    Measure(
        "hands_level", "m", (0.15, 0.35, 0.8), (-0.45, -0.15, 0.15, 0.45), "position", flips=True
    ),
    Measure(
        "hands_ahead", "m", (0.15, 0.35, 0.8), (-0.45, -0.15, 0.15, 0.45), "position", flips=True
    ),
    Measure(
        "elbows_level", "m", (0.12, 0.25, 0.5), (-0.3, -0.12, 0.12, 0.3), "position", flips=True
    ),
    Measure(
        "elbows_ahead", "m", (0.12, 0.25, 0.5), (-0.3, -0.12, 0.12, 0.3), "position", flips=True
    ),
    Measure("knees_sideways", "m", (0.1, 0.22, 0.5), (-0.04,), "position"),
    Measure(
        "knees_level", "m", (0.12, 0.25, 0.5), (-0.3, -0.12, 0.12, 0.3), "position", flips=True
    ),
    Measure(
        "knees_ahead", "m", (0.12, 0.25, 0.5), (-0.3, -0.12, 0.12, 0.3), "position", flips=True
    ),
    Measure("feet_sideways", "m", (0.1, 0.22, 0.5), (-0.04,), "position"),
    Measure("feet_level", "m", (0.12, 0.26, 0.6), (-0.4, -0.12, 0.12, 0.4), "position", flips=True),
    Measure("stride", "m", (0.14, 0.3, 0.6), (-0.45, -0.18, 0.18, 0.45), "position", flips=True),
    Measure("lean_front", "deg", (10, 22, 48), (-14, 14, 40, 68), "trunk", wraps=True),
    Measure("lean_left", "deg", (9, 18, 40), (-30, -10, 10, 30), "trunk", flips=True),
    Measure("twist_left", "deg", (12, 25, 50), (-35, -12, 12, 35), "trunk", flips=True, wraps=True),
    Measure("head_up", "deg", (12, 25, 50), (-60, 90), "head"),
    Measure("head_left", "deg", (14, 28, 55), (-40, -15, 15, 40), "head", flips=True, wraps=True),
    Measure("head_tilt_left", "deg", (11, 22, 45), (-15, 15), "head", flips=True),
    Measure("turn_left", "deg", (20, 60, 135), (), "turn", flips=True, wraps=True),
    Measure("pelvis_height", "leg", (0.1, 0.22, 0.5), (0.4, 0.68, 0.9), "height"),
    Measure("head_height", "m", (0.1, 0.25, 0.6), (0.5, 1.1), "height"),
    _touch("hands_together", 0.14),
    _touch("feet_together", 0.16),
    _touch("hips_on_floor", 0.24),
    _touch("head_on_floor", 0.24),
    Measure("posture", "class", (), (0.5, 1.5, 2.5, 3.5, 4.5, 5.5), "posture"),
)
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(f"{side}_{m.name}", m.unit, m.steps, m.bands, m.family, event=m.event)
        for side in ("left", "right")
        for m in _SIDED
    ),
    *_MIDLINE,
)
COLUMN: dict[str, int] = {measure.name: i for i, measure in enumerate(MEASURES)}
"""Measure name -> column of every array of measures or codes."""

UPRIGHT, BENT_OVER, FACE_DOWN, FACE_UP, ON_LEFT_SIDE, ON_RIGHT_SIDE, UPSIDE_DOWN = range(7)
"""The states of ``posture``."""

_TRUNK_UPRIGHT = 0.5  # cosine between the trunk and the vertical: within 60 degrees
_LYING_BELOW = 0.62  # pelvis height in leg lengths under which a level trunk is a body on the floor
_SIDES = ("left", "right")
_LIMB = ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")
_BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
_SOLES = (("ankle", 0.06), ("foot", 0.02))  # metres that these joints stand above the sole


def measure_poses(
    joints: Floats, *, floor: Floats | None = None, heading: Floats | None = None
) -> Floats:
    """Measure N poses.

    Args:
        joints: (N, 22, 3) metres.
        floor: (N,) floor height relative to the pelvis, metres; None or NaN: the lowest joint is
            taken to touch the floor.
        heading: (N,) where the hip line faces, degrees to the subject's left of an axis that is the
            same for both poses of a pair; None or NaN when unknown.

    Returns:
        (N, M) values in the units of `MEASURES`; NaN for an unknown heading.
    """
    pose = canonical(np.asarray(joints, dtype=np.float64))
    scale = stature_scale(pose)
    pose = pose * scale[:, None, None]
    at = {name: pose[:, i] for name, i in INDEX.items()}
    lowest = np.min([at[f"{s}_{j}"][:, 1] - lift for s in _SIDES for j, lift in _SOLES], axis=0)
    ground = np.minimum(lowest, pose[:, :, 1].min(1))
    if floor is not None:
        given = np.asarray(floor, dtype=np.float64) * scale
        ground = np.where(np.isnan(given), ground, given)
    return measure_scaled(at, ground, heading)


def measure_scaled(at: dict[str, Floats], ground: Floats, heading: Floats | None) -> Floats:
    """The measures (N, M) of canonical bodies that are scaled to one stature.

    Args:
        at: joint -> (N, 3) metres.
        ground: (N,) height of the floor.
        heading: as in `measure_poses`.
    """
    unknown = np.full(len(ground), np.nan)
    values = {
        **_limbs(at, ground),
        **_between(at),
        **_midline(at, ground),
        "turn_left": unknown if heading is None else np.asarray(heading, dtype=np.float64),
    }
    return np.stack([values[m.name] for m in MEASURES], axis=1)


def stature_scale(pose: Floats) -> Floats:
    """(N,) factors that bring the limbs to `STATURE`; 1 where all limbs have no length."""
    at = {name: pose[:, i] for name, i in INDEX.items()}
    limbs = 0.5 * np.sum(
        [length(at[f"{s}_{a}"] - at[f"{s}_{b}"]) for s in _SIDES for a, b in _BONES], axis=0
    )
    return np.where(limbs > 1e-6, STATURE / np.maximum(limbs, 1e-6), 1.0)


def _limbs(at: dict[str, Floats], ground: Floats) -> dict[str, Floats]:
    trunk = length(at["neck"] - at["pelvis"])
    up = unit(at["neck"] - at["pelvis"])
    left, front = frame(at["left_shoulder"] - at["right_shoulder"], up)
    middle = (at["pelvis"] + at["chest"] + at["neck"]) / 3
    values: dict[str, Floats] = {}
    for side, other, own in (("left", "right", 1.0), ("right", "left", -1.0)):
        joint = {n: at[f"{side}_{n}"] for n in _LIMB}
        twin = {n: at[f"{other}_{n}"] for n in _LIMB}
        hand, hip, knee = joint["hand"], joint["hip"], joint["knee"]
        upper_arm, thigh = joint["elbow"] - joint["shoulder"], knee - hip
        thigh_length = length(thigh)
        foot_low = np.minimum(*(joint[j][:, 1] - lift for j, lift in _SOLES))
        sole = 0.5 * (joint["ankle"] + joint["foot"])
        elbow_bend = angle(upper_arm, joint["wrist"] - joint["elbow"])
        knee_bend = angle(thigh, joint["ankle"] - knee)
        found = {
            "elbow": elbow_bend,
            "knee": knee_bend,
            "hip": angle(thigh, -up),
            "upper_arm": angle(upper_arm, -up),
            "arm_straight": elbow_bend,
            "leg_straight": knee_bend,
            "knee_up": thigh[:, 1] / thigh_length,
            "knee_front": thigh[:, 2] / thigh_length,
            "knee_out": own * thigh[:, 0] / thigh_length,
            "foot_up": foot_low - ground,
            "foot_front": joint["ankle"][:, 2],
            "foot_out": own * joint["ankle"][:, 0],
            "hand_height": hand[:, 1] - ground,
            "hand_on_hip": length(hand - hip - 0.08 * up),
            "hand_on_other_hip": length(hand - twin["hip"] - 0.08 * up),
            "hand_on_head": length(hand - at["head"]),
            "hand_on_foot": length(hand - sole),
            "hand_on_other_foot": length(hand - 0.5 * (twin["ankle"] + twin["foot"])),
            "foot_on_floor": foot_low - ground,
            "foot_on_other_leg": _to_segment(
                sole, 0.5 * (twin["hip"] + twin["knee"]), 0.5 * (twin["knee"] + twin["ankle"])
            ),
        }
        for part in ("hand", "elbow"):
            reach = joint[part] - at["pelvis"]
            found[f"{part}_up"] = dot(reach, up) / trunk
            found[f"{part}_out"] = own * dot(reach, left) / trunk
            found[f"{part}_front"] = dot(reach, front) / trunk
        for part in ("hand", "elbow", "knee", "foot"):
            found[f"{part}_to_trunk"] = length(joint[part] - middle)
        for part in ("hand", "elbow", "knee"):
            found[f"{part}_on_floor"] = joint[part][:, 1] - ground
        for part in ("knee", "shoulder"):
            found[f"hand_on_{part}"] = length(hand - joint[part])
        for part in ("knee", "shoulder", "elbow"):
            found[f"hand_on_other_{part}"] = length(hand - twin[part])
        values |= {f"{side}_{name}": value for name, value in found.items()}
    return values


def _between(at: dict[str, Floats]) -> dict[str, Floats]:
    """Left parts relative to right parts."""
    gaps = {
        group: at[f"left_{joint}"] - at[f"right_{joint}"]
        for group, joint in (("hands", "hand"), ("elbows", "elbow"), ("knees", "knee"))
    }
    feet = at["left_ankle"] - at["right_ankle"]
    values = {
        "feet_apart": np.abs(feet[:, 0]),
        "feet_gap": length(feet),
        "feet_sideways": feet[:, 0],
        "feet_level": feet[:, 1],
        "stride": feet[:, 2],
        "hands_together": length(gaps["hands"]),
        "feet_together": length(feet),
    }
    for group, gap in gaps.items():
        values[f"{group}_apart"] = length(gap)
        values[f"{group}_sideways"] = gap[:, 0]
        values[f"{group}_level"] = gap[:, 1]
        values[f"{group}_ahead"] = gap[:, 2]
    return values


def _midline(at: dict[str, Floats], ground: Floats) -> dict[str, Floats]:
    up = unit(at["neck"] - at["pelvis"])
    shoulders = at["left_shoulder"] - at["right_shoulder"]
    chest_left, chest_front = frame(shoulders, up)
    hips_left, hips_front = frame(at["left_hip"] - at["right_hip"], up)
    leg = 0.5 * sum(
        length(at[f"{s}_knee"] - at[f"{s}_hip"]) + length(at[f"{s}_ankle"] - at[f"{s}_knee"])
        for s in _SIDES
    )
    pelvis_height = -ground / leg
    gaze = at["nose"] - at["head"]
    neck = at["head"] - at["neck"]
    return {
        "lean_front": degrees(up[:, 2], up[:, 1]),
        "lean_left": np.degrees(np.arcsin(np.clip(up[:, 0], -1, 1))),
        "twist_left": -degrees(dot(shoulders, hips_front), dot(shoulders, hips_left)),
        "head_up": np.degrees(np.arcsin(np.clip(dot(unit(gaze), up), -1, 1))),
        "head_left": degrees(dot(gaze, chest_left), dot(gaze, chest_front)),
        "head_tilt_left": np.degrees(np.arcsin(np.clip(dot(unit(neck), chest_left), -1, 1))),
        "pelvis_height": pelvis_height,
        "head_height": at["head"][:, 1] - ground,
        "hips_on_floor": -ground,
        "head_on_floor": at["head"][:, 1] - ground,
        "posture": _posture(
            up[:, 1], chest_front[:, 1], chest_left[:, 1], pelvis_height=pelvis_height
        ),
    }


def _posture(up: Floats, front: Floats, left: Floats, *, pelvis_height: Floats) -> Floats:
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


def _to_segment(point: Floats, start: Floats, end: Floats) -> Floats:
    """Distance of points from line segments."""
    way = end - start
    share = dot(point - start, way) / np.maximum(dot(way, way), 1e-12)
    return length(point - start - np.clip(share, 0, 1)[:, None] * way)


def length(vector: Floats) -> Floats:
    """Length of (N, 3) vectors."""
    return np.sqrt((vector * vector).sum(-1))


def unit(vector: Floats) -> Floats:
    """Vectors of length one; a vector without length stays zero."""
    return vector / np.maximum(length(vector), 1e-9)[:, None]


def dot(a: Floats, b: Floats) -> Floats:
    """Row-wise scalar product."""
    return (a * b).sum(-1)


def degrees(y: Floats, x: Floats) -> Floats:
    """Angle of (x, y) from the x axis, degrees in -180..180."""
    return np.degrees(np.arctan2(y, x))


def angle(a: Floats, b: Floats) -> Floats:
    """Angle between two vectors in degrees: 0 when they point the same way."""
    return np.degrees(np.arccos(np.clip(dot(unit(a), unit(b)), -1, 1)))


def frame(left: Floats, up: Floats) -> tuple[Floats, Floats]:
    """Axes (left, front) of a body frame whose up axis is given."""
    left = unit(left - dot(left, up)[:, None] * up)
    return left, np.cross(left, up)
