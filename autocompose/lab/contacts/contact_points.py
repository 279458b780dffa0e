"""Where on a body two regions come nearest to each other, for those who look at it.

A region is taken as the line inside it, or as its joint: the points lie under the skin, a hand's
width from where the surfaces meet at most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.lab.bodies.capsules import CAPSULES
from autocompose.lab.contacts.regions import capsules_under, kind_of_region, side_of

Floats = NDArray[np.float64]

_STEPS = 9
_JOINTS = {
    "shoulder": "shoulder", "elbow": "elbow", "knee": "knee", "hip": "hip", "neck": "neck",
    "face": "nose",
}  # fmt: skip
"""Regions around one joint, and its name without the side."""


def contact_points(joints: Floats, pair: tuple[str, str]) -> Floats:
    """(2, 3) metres, the nearest points of two regions on a body (22, 3).

    Args:
        joints: in any frame, which is that of the answer, too.
        pair: names of regions with their sides.
    """
    one, two = (_line(joints, region) for region in pair)
    gaps = np.linalg.norm(one[:, None] - two[None], axis=-1)
    at, to = np.unravel_index(int(gaps.argmin()), gaps.shape)
    return np.stack([one[at], two[to]])


def _line(joints: Floats, region: str) -> Floats:
    """(N, 3) points of a region."""
    joint = _JOINTS.get(kind_of_region(region))
    if joint is not None:
        return joints[[INDEX[f"{side_of(region)}_{joint}".lstrip("_")]]]
    share = np.linspace(0, 1, _STEPS)[:, None]
    lines = []
    for capsule in CAPSULES:
        if capsule.name in capsules_under(region):
            start, end = (
                sum(weight * joints[INDEX[name]] for name, weight in end_of)
                for end_of in (capsule.start, capsule.end)
            )
            lines.append((1 - share) * start + share * end)
    return np.concatenate(lines)
