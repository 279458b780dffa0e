"""Hand-built poses and random limb rotations shared by tests of what a body does."""

from __future__ import annotations

import numpy as np

from autocompose.body.skeleton import INDEX, JOINTS

_STANDING = {
    "pelvis": (0, 0, 0), "spine": (0, 0.1, 0), "chest": (0, 0.27, 0), "neck": (0, 0.49, 0),
    "head": (0, 0.63, 0.03), "nose": (0, 0.67, 0.12),
    "left_shoulder": (0.17, 0.44, 0), "left_elbow": (0.19, 0.16, 0),
    "left_wrist": (0.2, -0.09, 0.02), "left_hand": (0.2, -0.17, 0.03),
    "left_hip": (0.09, -0.03, 0), "left_knee": (0.1, -0.45, 0.01), "left_ankle": (0.1, -0.86, 0),
    "left_foot": (0.1, -0.92, 0.14),
}  # fmt: skip


def _complete(left: dict[str, tuple[float, float, float]]) -> np.ndarray:
    pose = np.zeros((22, 3))
    for name in JOINTS:
        if name in left:
            pose[INDEX[name]] = left[name]
        else:
            x, y, z = left[name.replace("right_", "left_")]
            pose[INDEX[name]] = (-x, y, z)
    return pose


def with_joints(pose: np.ndarray, **joints) -> np.ndarray:
    """The pose with some joints placed elsewhere, metres."""
    changed = pose.copy()
    for name, position in joints.items():
        changed[INDEX[name]] = position
    return changed


ARMS_DOWN = _complete(_STANDING)
T_POSE = _complete(
    {
        **_STANDING,
        "left_elbow": (0.45, 0.44, 0),
        "left_wrist": (0.7, 0.44, 0),
        "left_hand": (0.78, 0.44, 0),
    }
)
SQUAT = _complete(
    {
        **_STANDING,
        "left_knee": (0.14, -0.1, 0.41),
        "left_ankle": (0.14, -0.46, 0.22),
        "left_foot": (0.14, -0.52, 0.36),
    }
)
HANDS_ON_HIPS = _complete(
    {
        **_STANDING,
        "left_elbow": (0.4, 0.27, -0.05),
        "left_wrist": (0.19, 0.12, 0.03),
        "left_hand": (0.12, 0.08, 0.04),
    }
)

_CHAINS = [
    ("shoulder", ("elbow", "wrist", "hand"), 1.2),
    ("elbow", ("wrist", "hand"), 1.0),
    ("hip", ("knee", "ankle", "foot"), 0.6),
    ("knee", ("ankle", "foot"), 0.6),
]


def random_poses(n: int, *, seed: int, tilt: float = 0.3) -> np.ndarray:
    """n poses (n, 22, 3): limbs turned at random, the trunk tilted by about ``tilt`` radians."""
    rng = np.random.default_rng(seed)
    poses = []
    for _ in range(n):
        pose = ARMS_DOWN.copy()
        for side in ("left", "right"):
            for pivot, moved, spread in _CHAINS:
                _turn(
                    pose,
                    f"{side}_{pivot}",
                    [f"{side}_{m}" for m in moved],
                    rng.normal(0, spread, 3),
                )
        upper = [n for n in JOINTS if not n.endswith(("pelvis", "hip", "knee", "ankle", "foot"))]
        _turn(pose, "pelvis", upper, rng.normal(0, tilt, 3))
        _turn(pose, "neck", ["head", "nose"], rng.normal(0, 0.3, 3))
        poses.append(pose)
    return np.array(poses)


def _turn(pose: np.ndarray, pivot: str, names: list[str], vector: np.ndarray) -> None:
    angle = np.linalg.norm(vector)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    origin = pose[INDEX[pivot]].copy()
    rows = [INDEX[n] for n in names]
    pose[rows] = (pose[rows] - origin) @ rotation.T + origin
