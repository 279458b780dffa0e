"""Poses as world orientations of thirteen body segments.

Motion-capture clips, mirroring, recombination.

Axes: +x to the subject's left, -y forward, +z up (the body model's). The zero pose is upright with
straight limbs hanging down, so a segment's rotation says where "down the limb" and "forward" went.

Source: DeepMimic's humanoid3d clips as shipped in pybullet (zlib licence).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import roma
import torch
from numpy.typing import NDArray

from autocompose.errors import DatasetError

SEGMENTS: tuple[str, ...] = (
    "root", "chest", "neck",
    "left_shoulder", "left_elbow", "right_shoulder", "right_elbow",
    "left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle",
)  # fmt: skip
SEGMENT = {name: i for i, name in enumerate(SEGMENTS)}
UPPER = tuple(SEGMENT[n] for n in SEGMENTS[1:7])
LOWER = tuple(SEGMENT[n] for n in SEGMENTS[7:])
_SIDES = np.array([0, 1, 2, 5, 6, 3, 4, 10, 11, 12, 7, 8, 9])

# Clip axes (x forward, y up, z right) to ours.
_TO_BODY = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
_FRAME_VALUES = 44


@dataclass(frozen=True)
class SegmentPose:
    """One pose with its origin.

    Args:
        rotations: (13, 3, 3) world orientation per segment, in the order of `SEGMENTS`.
        clip: source clip or key pose; mirror twins and recombinations keep their sources' names.
        name: unique readable name, used in file names.
        kind: ``mocap``, ``authored`` or ``recombined``.
        seconds: time in the clip, for in-sequence pairs; None outside a clip.
        lift: metres between the lowest point and the floor: a jump.
    """

    rotations: NDArray[np.float64]
    clip: str
    name: str
    kind: str
    seconds: float | None = None
    lift: float = 0.0


def _matrix(wxyz: NDArray[np.float64]) -> NDArray[np.float64]:
    xyzw = torch.from_numpy(np.ascontiguousarray(wxyz[..., [1, 2, 3, 0]]))
    return roma.unitquat_to_rotmat(roma.quat_normalize(xyzw)).numpy()


def _hinge(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation about the clip's +z (to the right), radians."""
    vector = np.zeros((len(angle), 3))
    vector[:, 2] = angle
    return roma.rotvec_to_rotmat(torch.from_numpy(vector)).numpy()


def read_clip(path: Path) -> list[SegmentPose]:
    """Read one ``humanoid3d_*.txt`` clip; every frame becomes a pose with its heading removed.

    Raises:
        DatasetError: the file is not such a clip.
    """
    try:
        frames = np.array(json.loads(path.read_text())["Frames"], dtype=np.float64)
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} is not a humanoid3d motion clip: {error}") from error
    if frames.ndim != 2 or frames.shape[1] != _FRAME_VALUES:
        raise DatasetError(f"{path}: frames of shape {frames.shape}, expected (N, {_FRAME_VALUES})")
    world: dict[str, NDArray[np.float64]] = {"root": _matrix(frames[:, 4:8])}
    world["chest"] = world["root"] @ _matrix(frames[:, 8:12])
    world["neck"] = world["chest"] @ _matrix(frames[:, 12:16])
    for side, hip, shoulder in (("right", 16, 25), ("left", 30, 39)):
        world[f"{side}_hip"] = world["root"] @ _matrix(frames[:, hip : hip + 4])
        world[f"{side}_knee"] = world[f"{side}_hip"] @ _hinge(frames[:, hip + 4])
        world[f"{side}_ankle"] = world[f"{side}_knee"] @ _matrix(frames[:, hip + 5 : hip + 9])
        world[f"{side}_shoulder"] = world["chest"] @ _matrix(frames[:, shoulder : shoulder + 4])
        world[f"{side}_elbow"] = world[f"{side}_shoulder"] @ _hinge(frames[:, shoulder + 4])
    stacked = np.stack([world[name] for name in SEGMENTS], axis=1)
    stacked = _TO_BODY @ stacked @ _TO_BODY.T
    clip = path.stem.removeprefix("humanoid3d_")
    times = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    return [
        SegmentPose(without_heading(rotations), clip, f"{clip}-{i:04d}", "mocap", float(times[i]))
        for i, rotations in enumerate(stacked)
    ]


def without_heading(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the whole body about the vertical until its hip line points along +x.

    A hip line that is vertical to within 0.15 (unit vector) keeps its heading: there it means
    nothing.
    """
    left = rotations[SEGMENT["root"], :, 0]
    if np.hypot(left[0], left[1]) < 0.15:
        return rotations
    return turn(-np.arctan2(left[1], left[0])) @ rotations


def turn(angle: float) -> NDArray[np.float64]:
    """Rotation about the vertical, radians, counter-clockwise seen from above."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def mirrored(pose: SegmentPose) -> SegmentPose:
    """The pose reflected left to right; keeps the clip, so that twins stay in one split."""
    flip = np.diag([-1.0, 1.0, 1.0])
    return replace(pose, rotations=flip @ pose.rotations[_SIDES] @ flip, name=pose.name + "m")


def recombined(upper: SegmentPose, lower: SegmentPose) -> SegmentPose:
    """The arms, chest and head of one pose on the hips and legs of another."""
    rotations = lower.rotations.copy()
    to_lower = lower.rotations[0] @ upper.rotations[0].T
    rotations[list(UPPER)] = to_lower @ upper.rotations[list(UPPER)]
    return SegmentPose(
        rotations, f"{upper.clip}+{lower.clip}", f"{upper.name}+{lower.name}", "recombined"
    )


def limbs_mixed(
    trunk: SegmentPose,
    left: SegmentPose,
    right: SegmentPose,
    *,
    legs: SegmentPose,
    rng: np.random.Generator,
) -> SegmentPose:
    """Chest and head of one pose, each arm of another, on the hips and legs of a fourth.

    Every limb is moved a little more (standard deviations: arms 15 degrees, the rest 8; elbows and
    knees bend up to a fifth more or less, and so never the wrong way).

    Args:
        trunk: gives chest and head.
        left: gives the left arm.
        right: gives the right arm.
        legs: gives hips and legs.
        rng: of the small movements.
    """
    rotations = legs.rotations.copy()

    def set_limb(
        donor: SegmentPose, parent: str, names: tuple[str, ...], *, degrees: float
    ) -> None:
        """Put a chain of segments on ``parent`` as the donor has it, and move it."""
        base = rotations[SEGMENT[parent]] @ donor.rotations[SEGMENT[parent]].T
        chain = [base @ donor.rotations[SEGMENT[name]] for name in names]
        moved = _rotation(rng.normal(0.0, np.radians(degrees), 3))
        bends = [a.T @ b for a, b in pairwise(chain)]
        at = moved @ chain[0]
        rotations[SEGMENT[names[0]]] = at
        for name, bend in zip(names[1:], bends, strict=True):
            at = at @ _rotation(_vector(bend) * rng.uniform(0.8, 1.2))
            rotations[SEGMENT[name]] = at

    set_limb(trunk, "root", ("chest", "neck"), degrees=8.0)
    for side, donor in (("left", left), ("right", right)):
        set_limb(donor, "chest", (f"{side}_shoulder", f"{side}_elbow"), degrees=15.0)
        set_limb(legs, "root", (f"{side}_hip", f"{side}_knee", f"{side}_ankle"), degrees=8.0)
    clips = "+".join(dict.fromkeys(p.clip for p in (trunk, left, right, legs)))
    name = f"{trunk.name}+{left.name}+{right.name}+{legs.name}"
    return SegmentPose(rotations, clips, name, "recombined")


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return roma.rotvec_to_rotmat(torch.from_numpy(np.ascontiguousarray(vector))).numpy()


def _vector(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    return roma.rotmat_to_rotvec(torch.from_numpy(np.ascontiguousarray(rotation))).numpy()
