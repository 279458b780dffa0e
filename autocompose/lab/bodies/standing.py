"""A body that stands upright with its arms down: what a pose is told as a change from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import BONE_INDEX, STANDARD_LENGTHS, BoneVectors
from autocompose.body.skeleton import canonical

_MIDDLE = {
    "spine": (0, 1, 0), "chest": (0, 1, -0.05), "neck": (0, 1, 0.1), "head": (0, 1, 0.35),
    "nose": (0, 0.1, 1),
}  # fmt: skip
_LEFT = {
    "shoulder": (1, -0.3, 0), "elbow": (0.12, -1, 0), "wrist": (0.05, -1, 0.12),
    "hand": (0, -1, 0.15), "hip": (1, -0.35, 0), "knee": (0.04, -1, 0), "ankle": (0, -1, -0.04),
    "foot": (0.1, -0.45, 0.9),
}  # fmt: skip


def standing_body() -> NDArray[np.float64]:
    """(22, 3) canonical, metres, on the standard body; it is its own mirror image."""
    ways = np.zeros((len(BONE_INDEX), 3))
    for name, way in _MIDDLE.items():
        ways[BONE_INDEX[name]] = way
    for name, (x, y, z) in _LEFT.items():
        ways[BONE_INDEX[f"left_{name}"]] = (x, y, z)
        ways[BONE_INDEX[f"right_{name}"]] = (-x, y, z)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return canonical(BoneVectors(ways, STANDARD_LENGTHS).joints())
