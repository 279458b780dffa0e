"""What is unknown about a body when some of its joints were not seen.

An estimator guesses where a joint is that lies outside the picture or behind the body. This module
finds the measures that depend on a joint by moving it and looking at what changes. It ignores that
a moved joint also changes the body's size, because one limb of eight hardly matters there.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autocompose.body.measures import COLUMN, MEASURES, Floats, measure_scaled
from autocompose.body.skeleton import INDEX, JOINTS, canonical

Mask = NDArray[np.bool_]

_SOLES = {"ankle": 0.06, "foot": 0.02}  # metres that these joints stand above the sole
_TRIALS = 12
# A class does not follow small motions.
_POSTURE = ("pelvis", "neck", "left_shoulder", "right_shoulder")


def seen_floor(joints: Floats, guessed: Collection[str]) -> float:
    """Height of the floor if the lowest joint that was seen stands on it.

    Args:
        joints: (22, 3) metres, y up.
        guessed: names of joints that were not seen.

    Returns:
        Metres, in the frame of ``joints``; NaN when neither foot was seen.
    """
    feet = [
        {f"{side}_{joint}": lift for joint, lift in _SOLES.items()} for side in ("left", "right")
    ]
    if all(not foot.keys().isdisjoint(guessed) for foot in feet):
        return float("nan")
    lifts = {**feet[0], **feet[1]}
    return min(
        float(joints[i, 1]) - lifts.get(name, 0.0)
        for name, i in INDEX.items()
        if name not in guessed
    )


def hidden_measures(guessed: Collection[str], *, floor: bool = True) -> Mask:
    """Which measures (M,) are unknown of a body.

    Args:
        guessed: names of its joints that were not seen.
        floor: the height of the floor under it is known.
    """
    joints, ground = _needs()
    hidden = np.any(joints[:, [INDEX[name] for name in guessed]], axis=1)
    return hidden if floor else hidden | ground


@cache
def _needs() -> tuple[Mask, Mask]:
    """(M, 22) joints that each measure depends on, and (M,) whether it needs the floor."""
    rng = np.random.default_rng(0)
    poses = rng.normal(scale=0.4, size=(_TRIALS, len(JOINTS), 3))
    ground, heading = np.full(_TRIALS, -2.0), np.zeros(_TRIALS)
    still = _measured(poses, ground, heading)
    joints = np.zeros((len(MEASURES), len(JOINTS)), dtype=bool)
    for i in range(len(JOINTS)):
        moved = poses.copy()
        moved[:, i] += rng.normal(scale=0.05, size=(_TRIALS, 3))
        # The floor stays where it is under the feet when the pelvis, the origin, moves.
        below = ground + (poses - moved)[:, INDEX["pelvis"], 1]
        joints[:, i] = _differs(_measured(moved, below, heading), still)
    joints[COLUMN["posture"], [INDEX[name] for name in _POSTURE]] = True
    joints[COLUMN["turn_left"], [INDEX["left_hip"], INDEX["right_hip"]]] = True
    sunk = _differs(_measured(poses, ground - 0.1, heading), still)
    sunk[COLUMN["posture"]] = True
    return joints, sunk


def _measured(poses: Floats, ground: Floats, heading: Floats) -> Floats:
    pose = canonical(poses)
    return measure_scaled({name: pose[:, i] for name, i in INDEX.items()}, ground, heading)


def _differs(values: Floats, still: Floats) -> Mask:
    return np.any(np.abs(values - still) > 1e-9, axis=0)
