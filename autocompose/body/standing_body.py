"""The body that words alone start from: it stands upright with hanging arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors
from autocompose.body.skeleton import BONES, canonical

_WAYS = {
    "nose": (0.0, -0.25, 0.97), "shoulder": (0.98, -0.2, 0.0), "elbow": (0.12, -0.99, 0.0),
    "wrist": (0.06, -0.99, 0.08), "hand": (0.0, -1.0, 0.05), "hip": (0.85, -0.52, 0.0),
    "knee": (0.03, -1.0, 0.0), "ankle": (0.0, -1.0, -0.02), "foot": (0.12, -0.45, 0.88),
}  # fmt: skip
"""Which way each bone of the left points, +x to the subject's left, +y up, +z forward."""
_UP = (0.0, 1.0, 0.0)
SOLE = 0.02
"""How far the floor is below the lowest joint, metres."""


def standing_body() -> tuple[NDArray[np.float64], float]:
    """Joints (22, 3) of a standing person in metres, and the height of the floor below the pelvis.

    >>> joints, floor = standing_body()
    >>> joints.shape, bool(floor < joints[:, 1].min())
    ((22, 3), True)
    """
    ways = []
    for _, end in BONES:
        side = -1.0 if end.startswith("right_") else 1.0
        x, y, z = _WAYS.get(end.split("_")[-1], _UP)
        ways.append((side * x, y, z))
    directions = np.array(ways)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    joints = canonical(BoneVectors(directions, STANDARD_LENGTHS).joints(STANDARD_LENGTHS))
    return joints, float(joints[:, 1].min() - SOLE)
