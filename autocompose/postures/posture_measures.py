"""What postures are judged on, beside `autocompose.body.measures`: limbs' directions and supports.

A body may lie on a bench or sit on a chair, so the lowest joint is not what carries it. Heights of
the trunk are therefore measured above the lowest joint of trunk, upper arms and thighs too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autocompose.body.measures import (
    COLUMN,
    Floats,
    dot,
    frame,
    length,
    measure_poses,
    stature_scale,
    unit,
)
from autocompose.body.skeleton import INDEX, canonical

_CARRIED = ("pelvis", "neck", "left_hip", "right_hip", "left_knee", "right_knee", "left_shoulder",
            "right_shoulder", "left_elbow", "right_elbow")  # fmt: skip
_RESTING = 0.02
"""Metres that the lowest joint stands above the skin that touches the floor."""


def posture_measures(joints: Floats, *, floors: Floats | None = None) -> Mapping[str, Floats]:
    """Every measure that a posture may name.

    Args:
        joints: (N, 22, 3) metres, any position and heading.
        floors: (N,) heights of the floor relative to the pelvis, metres; None or NaN where unknown.

    Returns:
        Name -> (N,): all of `MEASURES`, and those of `directions`.
    """
    pose = canonical(np.asarray(joints, dtype=np.float64))
    values = measure_poses(pose, floor=floors)
    named = {name: values[:, column] for name, column in COLUMN.items()}
    scale = stature_scale(pose)
    known = np.full(len(pose), np.nan) if floors is None else np.asarray(floors, dtype=np.float64)
    return named | directions(pose * scale[:, None, None], known * scale)


def directions(pose: Floats, floors: Floats) -> dict[str, Floats]:
    """Where trunk and limbs point, and what is above what.

    Args:
        pose: (N, 22, 3) canonical joints, metres on a body of `autocompose.body.measures.STATURE`.
        floors: (N,) likewise; NaN where unknown.

    Returns:
        Name -> (N,). Parts of unit vectors, -1..1: ``trunk_up`` of the trunk's axis, ``chest_up``
        of where the chest faces. Metres: ``pelvis_on_support`` and ``neck_on_support`` above the
        lowest joint of trunk, upper arms and thighs; ``feet_under``, from the hips to above the
        feet; ``airborne``, from the floor to the lowest joint, NaN without a floor. The rest is of
        one side, whose name stands before it: see `_of_side`.
    """
    at = {name: pose[:, i] for name, i in INDEX.items()}
    up = unit(at["neck"] - at["pelvis"])
    left, front = frame(at["left_shoulder"] - at["right_shoulder"], up)
    lowest = pose[:, :, 1].min(1)
    support = np.min([at[name][:, 1] for name in _CARRIED], axis=0)
    feet = 0.5 * (at["left_ankle"] + at["right_ankle"])
    values = {
        "trunk_up": up[:, 1],
        "chest_up": front[:, 1],
        "pelvis_on_support": -support,
        "neck_on_support": at["neck"][:, 1] - support,
        "feet_under": np.hypot(feet[:, 0], feet[:, 2]),
        "airborne": lowest - _RESTING - floors,
    }
    for side in ("left", "right"):
        found = _of_side(at, side, axes=(left, up, front), support=support)
        values |= {f"{side}_{name}": value for name, value in found.items()}
    return values


def _of_side(
    at: Mapping[str, Floats], side: str, *, axes: tuple[Floats, Floats, Floats], support: Floats
) -> dict[str, Floats]:
    """What is measured of the limbs of one side.

    Args:
        at: joint -> (N, 3).
        side: ``left`` or ``right``.
        axes: of the trunk, to the left, up and to the front.
        support: (N,) height of the lowest joint that may carry the trunk, metres.

    Returns:
        Parts of unit vectors, along the trunk's axes (``along`` is up the trunk, ``out`` to the own
        side) or above and before the hips (``up``, ``front``): of the arm from shoulder to hand,
        the forearm, the thigh, the leg from hip to ankle, the shin; ``side_down``: how far the
        flank faces the floor. Trunk lengths: ``hand_over_head``, ``hand_behind_head``. The rest in
        metres.
    """
    left, up, front = axes
    other, own = ("right", 1.0) if side == "left" else ("left", -1.0)
    trunk = np.maximum(length(at["neck"] - at["pelvis"]), 1e-9)
    shoulder, hand = at[f"{side}_shoulder"], at[f"{side}_hand"]
    hip, knee, ankle = (at[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    arm, leg, shin = unit(hand - shoulder), unit(ankle - hip), unit(ankle - knee)
    forearm = unit(at[f"{side}_wrist"] - at[f"{side}_elbow"])
    other_arm = 0.5 * (at[f"{other}_shoulder"] + at[f"{other}_elbow"])
    face = 0.5 * (at["nose"] + at["head"])
    return {
        "side_down": -own * left[:, 1],
        "arm_up": arm[:, 1],
        "arm_along": dot(arm, up),
        "arm_out": own * dot(arm, left),
        "arm_front": dot(arm, front),
        "forearm_up": forearm[:, 1],
        "forearm_along": dot(forearm, up),
        "thigh_along": dot(unit(knee - hip), up),
        "leg_up": leg[:, 1],
        "leg_out": own * leg[:, 0],
        "leg_front": leg[:, 2],
        "shin_up": shin[:, 1],
        "shin_front": shin[:, 2],
        "hand_over_head": dot(hand - at["head"], up) / trunk,
        "hand_behind_head": -dot(hand - at["head"], front) / trunk,
        "hand_over_shoulder": hand[:, 1] - shoulder[:, 1],
        "knee_on_support": knee[:, 1] - support,
        "knee_over_other_ankle": knee[:, 1] - at[f"{other}_ankle"][:, 1],
        "ankle_ahead": ankle[:, 2] - at[f"{other}_ankle"][:, 2],
        "hand_to_face": length(hand - face),
        "hand_to_other_arm": length(hand - other_arm),
    }
