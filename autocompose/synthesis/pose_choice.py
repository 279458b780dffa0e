"""Which poses each split shows.

Clips and key poses split apart, mirror twins together, recombinations within a split.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX, mean_joint_distance
from autocompose.errors import DatasetError
from autocompose.synthesis.authored import KEY_POSES, jittered, segment_pose
from autocompose.synthesis.mocap import SegmentPose, limbs_mixed, mirrored, read_clip, recombined

Joints = Callable[[SegmentPose], NDArray[np.float64]]

VAL_CLIPS = ("humanoid3d_spinkick", "humanoid3d_getup_faceup")
TEST_CLIPS = ("humanoid3d_dance_b", "humanoid3d_punch", "humanoid3d_crawl", "humanoid3d_jump")
_LIMBS = {
    "left arm": ("left_elbow", "left_wrist", "left_hand"),
    "right arm": ("right_elbow", "right_wrist", "right_hand"),
    "trunk": ("pelvis", "spine", "chest"),
    "head": ("neck", "head"),
    "left thigh": ("left_hip", "left_knee"), "left shin": ("left_knee", "left_ankle"),
    "right thigh": ("right_hip", "right_knee"), "right shin": ("right_knee", "right_ankle"),
}  # fmt: skip
_CLEARANCE = {  # metres between the middle lines of two limbs
    ("left arm", "trunk"): 0.12, ("right arm", "trunk"): 0.12,
    ("left arm", "head"): 0.11, ("right arm", "head"): 0.11,
    ("left arm", "right arm"): 0.05,
    ("left arm", "left thigh"): 0.07, ("left arm", "right thigh"): 0.07,
    ("right arm", "left thigh"): 0.07, ("right arm", "right thigh"): 0.07,
    ("left shin", "right shin"): 0.07,
    ("left thigh", "right shin"): 0.06, ("left shin", "right thigh"): 0.06,
}  # fmt: skip
_NEAR_FLOOR = 0.14  # m: a joint this low carries weight
_BALANCE = 0.28  # m: how far the trunk may stand outside the carrying joints


@dataclass(frozen=True)
class PlacedPose:
    """A pose and its canonical joints (22, 3) on the measuring body."""

    pose: SegmentPose
    joints: NDArray[np.float64]


def split_of(clip: str) -> str:
    """The split of a clip or key pose."""
    if f"humanoid3d_{clip}" in TEST_CLIPS:
        return "test"
    if f"humanoid3d_{clip}" in VAL_CLIPS:
        return "val"
    names = [key.name for key in KEY_POSES]
    if clip in names:
        turn = names.index(clip) % 5
        return "test" if turn == 2 else "val" if turn == 4 else "train"
    return "train"


def sources(clips: Path, joints: Joints, *, seed: int) -> dict[str, list[PlacedPose]]:
    """Distinct mocap frames, key poses and their variants, with their mirror twins, per split.

    Args:
        clips: folder with ``humanoid3d_*.txt``.
        joints: canonical joints of a pose.
        seed: of the variants.

    Raises:
        DatasetError: the folder holds no clip.
    """
    files = sorted(clips.glob("humanoid3d_*.txt"))
    if not files:
        raise DatasetError(
            f"{clips} holds no humanoid3d_*.txt motion clips; pass the folder that does"
        )
    found: dict[str, list[PlacedPose]] = {"train": [], "val": [], "test": []}
    for path in files:
        frames = [PlacedPose(p, joints(p)) for p in read_clip(path)]
        split = found[split_of(path.stem.removeprefix("humanoid3d_"))]
        split += with_twins(distinct(frames, 0.07), joints)
    rng = np.random.default_rng([seed, 1])
    for key in KEY_POSES:
        variants = [segment_pose(key)] + [jittered(key, rng, i) for i in range(1, 6)]
        placed = [PlacedPose(p, joints(p)) for p in variants]
        kept = placed[:1] + [p for p in placed[1:] if plausible(p.joints)]
        found[split_of(key.name)] += with_twins(distinct(kept, 0.05), joints)
    return found


def with_twins(poses: Sequence[PlacedPose], joints: Joints) -> list[PlacedPose]:
    """Each pose followed by its mirror twin, unless the pose is its own mirror."""
    out: list[PlacedPose] = []
    for placed in poses:
        twin = mirrored(placed.pose)
        out.append(placed)
        at = joints(twin)
        if mean_joint_distance(at, placed.joints) > 0.05:
            out.append(PlacedPose(twin, at))
    return out


def distinct(poses: Sequence[PlacedPose], minimum: float) -> list[PlacedPose]:
    """Greedily keep poses that are ``minimum`` metres (mean joint distance) from all kept."""
    kept: list[PlacedPose] = []
    for placed in poses:
        if not kept or _nearest(placed.joints, kept) >= minimum:
            kept.append(placed)
    return kept


def _nearest(joints: NDArray[np.float64], kept: Sequence[PlacedPose]) -> float:
    return float(mean_joint_distance(np.stack([k.joints for k in kept]), joints).min())


def recombine(
    poses: Sequence[PlacedPose],
    count: int,
    joints: Joints,
    *,
    minimum: float,
    seed: int,
    limbs: bool = False,
) -> list[PlacedPose]:
    """Grow ``poses`` to ``count`` by putting the upper body of one on the legs of another.

    With ``limbs``, chest, arms and legs come from four poses and are moved a little.
    Every addition is plausible and at least ``minimum`` metres from all others; stops early, with
    what it has, when 60 draws in a row find none.

    Args:
        poses: kept, in front.
        count: how many are wanted in all.
        joints: a pose -> its joints.
        minimum: distance from every other pose, metres.
        seed: of every draw.
        limbs: mix single limbs.
    """
    rng = np.random.default_rng([seed, 2])
    kept = list(poses)
    table = np.stack([p.joints for p in kept])
    misses = 0
    while len(kept) < count and misses < 60:
        upper, lower = (poses[int(i)].pose for i in rng.integers(len(poses), size=2))
        if limbs:
            left, right = (poses[int(i)].pose for i in rng.integers(len(poses), size=2))
            pose = limbs_mixed(upper, left, right, legs=lower, rng=rng)
        else:
            pose = recombined(upper, lower)
        at = joints(pose)
        misses += 1
        if (
            upper.clip != lower.clip
            and plausible(at)
            and mean_joint_distance(table, at).min() >= minimum
        ):
            kept.append(PlacedPose(pose, at))
            table = np.concatenate([table, at[None]])
            misses = 0
    return kept


def plausible(joints: NDArray[np.float64]) -> bool:
    """Whether no limb runs through another and the body stands over what carries it.

    Args:
        joints: (22, 3) canonical, +y up.
    """
    for (a, b), clearance in _CLEARANCE.items():
        if _gap(joints, _LIMBS[a], _LIMBS[b]) < clearance:
            return False
    low = joints[:, 1] < joints[:, 1].min() + _NEAR_FLOOR
    carrying = joints[low][:, [0, 2]]
    trunk = joints[[INDEX["pelvis"], INDEX["chest"], INDEX["left_knee"], INDEX["right_knee"]]].mean(
        0
    )
    inside = np.clip(trunk[[0, 2]], carrying.min(0), carrying.max(0))
    return bool(np.linalg.norm(trunk[[0, 2]] - inside) < _BALANCE)


def _gap(joints: NDArray[np.float64], a: Sequence[str], b: Sequence[str]) -> float:
    """Smallest distance between two chains of joints, each sampled at eight points per bone."""

    def points(chain: Sequence[str]) -> NDArray[np.float64]:
        at = joints[[INDEX[name] for name in chain]]
        t = np.linspace(0, 1, 8)[:, None]
        return np.concatenate([p * (1 - t) + q * t for p, q in pairwise(at)])

    return float(np.linalg.norm(points(a)[:, None] - points(b)[None], axis=-1).min())
