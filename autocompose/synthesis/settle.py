"""A body that would fall over is tilted, stiff as it is, until something else carries it too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.synthesis.body import PosedBody
from autocompose.synthesis.mocap import SegmentPose

_TOUCHES = 0.02  # m: what lies this low carries
_OUTSIDE = 0.02  # m: the centre of mass may lie so far outside of what carries
_MOST = np.radians(14.0)  # beyond that it is another pose
_ROUNDS = 24
_DIRECTIONS = np.linspace(0, 2 * np.pi, 72, endpoint=False)
# Shares of the mass, and the joints that they lie midway between (Winter 2009, table 4.1).
_MASSES: tuple[tuple[float, str, str], ...] = (
    (0.081, "head", "neck"), (0.497, "pelvis", "chest"),
    (0.028, "left_shoulder", "left_elbow"), (0.028, "right_shoulder", "right_elbow"),
    (0.022, "left_elbow", "left_wrist"), (0.022, "right_elbow", "right_wrist"),
    (0.100, "left_hip", "left_knee"), (0.100, "right_hip", "right_knee"),
    (0.061, "left_knee", "left_ankle"), (0.061, "right_knee", "right_ankle"),
)  # fmt: skip


def settled(pose: SegmentPose, body: PosedBody) -> tuple[SegmentPose, PosedBody]:
    """The pose and its body, tilted until they stand; as given when that takes too much.

    Args:
        pose: the pose; a jump (``lift``) is left as it is.
        body: in that pose, lowest point on the floor.
    """
    if pose.lift:
        return pose, body
    vertices, joints = body.vertices.astype(np.float64), body.joints
    turn, angle = np.eye(3), 0.0
    for _ in range(_ROUNDS):
        falls, pivot = _fall(vertices, joints)
        if falls is None:
            if angle == 0.0:
                return pose, body
            moved = replace(pose, rotations=turn @ pose.rotations)
            return moved, PosedBody(vertices.astype(np.float32), joints)
        step = _to_the_next(vertices, falls, pivot)
        angle += step
        if angle > _MOST:
            break
        tilt = _tilt(falls, step)
        vertices, joints, turn = vertices @ tilt.T, joints @ tilt.T, tilt @ turn
        low = vertices[:, 2].min()
        vertices, joints = vertices - [0, 0, low], joints - [0, 0, low]
    return pose, body


def _fall(
    vertices: NDArray[np.float64], joints: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, float]:
    """(2,) where a body falls to, and how far that way it is carried; None when it stands."""
    middle = sum(mass * (joints[INDEX[a], :2] + joints[INDEX[b], :2]) / 2 for mass, a, b in _MASSES)
    ways = np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)])
    edges = (vertices[vertices[:, 2] < _TOUCHES, :2] @ ways).max(axis=0)
    beyond = middle @ ways - edges
    worst = int(beyond.argmax())
    return (ways[:, worst] if beyond[worst] > _OUTSIDE else None), float(edges[worst])


def _to_the_next(vertices: NDArray[np.float64], falls: NDArray[np.float64], pivot: float) -> float:
    """Radians that a body turns about the edge of what carries it before more of it lands."""
    away = vertices[:, :2] @ falls - pivot
    ahead = (away > 0.01) & (vertices[:, 2] >= _TOUCHES)
    return float(np.arctan2(vertices[ahead, 2], away[ahead]).min(initial=np.pi))


def _tilt(falls: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """(3, 3) the rotation that brings the horizontal direction ``falls`` down by an angle."""
    x, y = falls
    cross = np.array([[0, 0, x], [0, 0, y], [-x, -y, 0]])  # of the axis (-y, x, 0)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
