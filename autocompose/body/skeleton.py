"""The joint tree, its canonical form, and mirroring.

Axes of every joint array in this package: +x to the subject's left, +y up, +z forward, in metres.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

JOINTS: tuple[str, ...] = (
    "pelvis", "spine", "chest", "neck", "head", "nose",
    "left_shoulder", "left_elbow", "left_wrist", "left_hand",
    "right_shoulder", "right_elbow", "right_wrist", "right_hand",
    "left_hip", "left_knee", "left_ankle", "left_foot",
    "right_hip", "right_knee", "right_ankle", "right_foot",
)  # fmt: skip
"""Joint order. ``head`` is the centre of the skull, ``hand`` the knuckles, ``foot`` the ball of the toes."""

INDEX: dict[str, int] = {name: i for i, name in enumerate(JOINTS)}

BONES: tuple[tuple[str, str], ...] = (
    ("pelvis", "spine"), ("spine", "chest"), ("chest", "neck"), ("neck", "head"), ("head", "nose"),
    ("neck", "left_shoulder"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("left_wrist", "left_hand"),
    ("neck", "right_shoulder"), ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("right_wrist", "right_hand"),
    ("pelvis", "left_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("left_ankle", "left_foot"),
    ("pelvis", "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("right_ankle", "right_foot"),
)  # fmt: skip


def _other_side(name: str) -> str:
    if name.startswith("left_"):
        return "right_" + name[5:]
    return "left_" + name[6:] if name.startswith("right_") else name


MIRROR: NDArray[np.intp] = np.array([INDEX[_other_side(name)] for name in JOINTS])
"""``joints[..., MIRROR, :]`` exchanges left and right joints."""


def mirror(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reflect poses left to right: the subject's left arm does what the right arm did.

    Args:
        joints: (..., 22, 3) metres, x to the subject's left.

    Returns:
        (..., 22, 3). An involution: ``mirror(mirror(j)) == j``.
    """
    reflected = joints[..., MIRROR, :].copy()
    reflected[..., 0] *= -1
    return reflected


def mirror_names(names: Collection[str]) -> frozenset[str]:
    """The joints that take the place of these in the mirror.

    >>> sorted(mirror_names(["left_hand", "nose"]))
    ['nose', 'right_hand']
    """
    return frozenset(_other_side(name) for name in names)


def canonical(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put the pelvis at the origin and turn the body about the vertical until the hip line has no yaw.

    Args:
        joints: (..., 22, 3) metres, +y up, any position and heading.

    Returns:
        (..., 22, 3) with the left hip at z = right hip's z and x >= right hip's x. A hip line that is
        vertical to within 1e-6 m has no yaw; such a pose is only translated.
    """
    centred = joints - joints[..., :1, :]
    hips = centred[..., INDEX["left_hip"], :] - centred[..., INDEX["right_hip"], :]
    x, z = hips[..., 0], hips[..., 2]
    length = np.hypot(x, z)
    flat = length > 1e-6
    safe = np.where(flat, length, 1.0)
    cos, sin = np.where(flat, x / safe, 1.0), np.where(flat, z / safe, 0.0)
    turned = centred.copy()
    turned[..., 0] = cos[..., None] * centred[..., 0] + sin[..., None] * centred[..., 2]
    turned[..., 2] = -sin[..., None] * centred[..., 0] + cos[..., None] * centred[..., 2]
    return turned


def heading(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the hip line faces: what `canonical` takes away.

    Args:
        joints: (..., 22, 3), +y up.

    Returns:
        (...) degrees to the subject's left of the +z axis.
    """
    hips = joints[..., INDEX["left_hip"], :] - joints[..., INDEX["right_hip"], :]
    return np.degrees(np.arctan2(-hips[..., 2], hips[..., 0]))


def mean_joint_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean Euclidean distance over joints of canonical poses, in metres; broadcasts over leading axes."""
    return np.linalg.norm(a - b, axis=-1).mean(-1)
