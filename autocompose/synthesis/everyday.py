"""Poses for every posture and act that people ask for, enough of them in every split.

A posture has a base, and each split takes other accompaniments of it (arms for what the legs do, legs
for what the arms do), moved a little. A pose is taken when its joints hold the posture and no part of
the measuring body lies in another. Names start with ``as-`` and end with the accompaniment's letter:
``as-plank-c-v3``; a letter belongs to one split.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import mean_joint_distance
from autocompose.postures.postures import HELD, posture_scores
from autocompose.synthesis.authored import KEY_POSES, KeyPose, Limb, jittered
from autocompose.synthesis.mocap import SegmentPose, mirrored

Place = Callable[[SegmentPose], tuple[SegmentPose, NDArray[np.float64], float] | None]
"""A pose -> the pose with nothing in another part, its joints, its floor; None when it cannot be."""

WANTED: Mapping[str, int] = {"train": 16, "val": 5, "test": 8}
"""Pictures of each posture in each split."""
LETTERS: Mapping[str, str] = {"train": "abcd", "val": "ef", "test": "ghi"}
_TRIES = 90
_APART = 0.03  # m between two poses of one posture and split
_KEY = {key.name: key for key in KEY_POSES}
# Accompaniments, in the order of the letters a to i.
_ARMS: tuple[tuple[Limb, Limb], ...] = (
    ((7, 70, -70, 12), (7, 70, -70, 12)), ((90, 0, 0, 0), (90, 0, 0, 0)), ((45, 100, -165, 95), (7, 70, -70, 12)),
    ((90, 90, 0, 0), (90, 90, 0, 0)), ((172, 60, 0, 5), (7, 70, -70, 12)), ((30, 60, -30, 40), (30, 60, -30, 40)),
    ((172, 60, 0, 5), (172, 60, 0, 5)), ((90, 0, 0, 0), (12, 70, -70, 12)), ((35, 80, -40, 20), (90, 85, 0, 60)),
)  # fmt: skip
_LEGS: tuple[tuple[Limb, Limb], ...] = (
    ((2, 60, -60, 3), (2, 60, -60, 3)), ((24, 90, -90, 2), (24, 90, -90, 2)), ((25, 5, 0, 15), (-18, 5, 0, 6)),
    ((35, 12, 0, 50), (35, 12, 0, 50)), ((12, 90, -90, 2), (12, 90, -90, 2)), ((18, 5, 0, 6), (-14, 5, 0, 4)),
    ((6, 60, -60, 4), (6, 60, -60, 4)), ((18, 90, -90, 2), (18, 90, -90, 2)), ((-14, 5, 0, 8), (22, 5, 0, 12)),
)  # fmt: skip


@dataclass(frozen=True)
class Everyday:
    """How one posture is posed.

    Args:
        posture: a name of `autocompose.postures`.
        base: the key pose.
        free: ``arms`` or ``legs`` take accompaniments; empty for neither.
        spread: share of the usual movement of angles.
        lift: metres over the floor, at least and at most.
    """

    posture: str
    base: KeyPose
    free: str = "arms"
    spread: float = 0.5
    lift: tuple[float, float] = (0.0, 0.0)


def _as(name: str, **changes: Any) -> KeyPose:
    return replace(_KEY[name], **changes)


def _both(arm: Limb | None = None, leg: Limb | None = None) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    if arm:
        sides |= {"left_arm": arm, "right_arm": arm}
    if leg:
        sides |= {"left_leg": leg, "right_leg": leg}
    return sides


EVERYDAY: tuple[Everyday, ...] = (
    Everyday("stand", _KEY["stand"]),
    Everyday("stand with feet apart", _KEY["wide-stance"]),
    Everyday("lie on the back", _KEY["lie-back"]),
    Everyday("lie on the front", KeyPose("lie-front", root=(88, 0, 0), neck=(0, 0, 40), left_foot=70, right_foot=70, **_both((120, 80, 0, 60), (0, 0, 0, 3))), ""),
    Everyday("lie on the side", KeyPose("lie-side", root=(0, 88, 0), **_both((70, 0, 0, 60), (35, 0, 0, 50))), "", 0.4),
    Everyday("lie with knees up", _KEY["lie-knees-up"]),
    Everyday("lie with legs raised", _KEY["leg-raise"]),
    Everyday("cobra", _KEY["cobra"], "", 0.35),
    Everyday("sit on the floor", _KEY["sit-floor"]),
    Everyday("sit cross-legged", KeyPose("cross-legged", root=(-5, 0, 0), chest=(5, 0, 0), left_leg=(102, 31, 90, 143), right_leg=(112, 39, 79, 133), left_foot=30, right_foot=30, **_both((45, 25, 0, 30))), "", 0.3),
    Everyday("sit on a chair", _KEY["sit"]),
    Everyday("kneel on both knees", _KEY["kneel"]),
    Everyday("sit on the heels", _as("kneel-sit", **_both((30, 40, 0, 40))), "arms", 0.35),
    Everyday("kneel on one knee", _KEY["half-kneel"]),
    Everyday("squat", KeyPose("deep-squat", root=(14, 0, 0), chest=(28, 0, 0), **_both((90, 0, 0, 0), (108, 28, 0, 128))), "", 0.35),
    Everyday("half squat", _KEY["half-squat"]),
    Everyday("all fours", _KEY["all-fours"], "", 0.3),
    Everyday("crawl low", KeyPose("crawl-low", root=(82, 0, 0), neck=(-25, 0, 0), left_arm=(110, 10, 0, 60), right_arm=(75, 15, 0, 60), left_leg=(80, 20, 0, 95), right_leg=(45, 15, 0, 80), left_foot=60, right_foot=60), "", 0.3),
    Everyday("bird dog", _KEY["bird-dog"], "", 0.3),
    Everyday("plank", _KEY["plank"], "", 0.25),
    Everyday("downward dog", _KEY["down-dog"], "", 0.25),
    Everyday("bend over", KeyPose("bend-over", root=(38, 0, 0), chest=(45, 0, 0), **_both((85, 5, 0, 5), (38, 5, 0, 6))), "", 0.6),
    Everyday("bow", _KEY["bow"]),
    Everyday("touch the toes", KeyPose("reach-toes", root=(60, 0, 0), chest=(62, 0, 0), neck=(10, 0, 0), **_both((112, 4, 0, 4), (62, 3, 0, 6))), "", 0.25),
    Everyday("jump", KeyPose("jump-up", left_foot=35, right_foot=35, **_both((150, 60, 0, 10), (20, 20, 0, 40))), "arms", 0.8, (0.26, 0.42)),
    Everyday("handstand", KeyPose("handstand", root=(178, 0, 0), left_foot=35, right_foot=35, **_both((176, 5, 0, 2), (2, 0, 0, 4))), "legs", 0.3),
    Everyday("lunge", _KEY["lunge"]),
    Everyday("side lunge", _KEY["side-lunge"]),
    Everyday("stand on one leg", KeyPose("one-leg", left_leg=(55, 0, 0, 80), left_foot=25)),
    Everyday("stork", _KEY["stork"]),
    Everyday("tree", _KEY["tree"], "arms", 0.3),
    Everyday("hold a foot behind", _KEY["quad-stretch"], "", 0.3),
    Everyday("arabesque", _KEY["arabesque"], "", 0.4),
    Everyday("kick forward", _KEY["high-kick"]),
    Everyday("kick to the side", _KEY["side-kick"]),
    Everyday("kick backward", _KEY["back-kick"]),
    Everyday("step forward", KeyPose("step", left_leg=(32, 3, 0, 12), right_leg=(-24, 3, 0, 8), right_foot=-12)),
    Everyday("punch", KeyPose("straight-punch", left_arm=(85, 5, 0, 5), right_arm=(30, 20, -20, 130), left_leg=(22, 10, 0, 22), right_leg=(-14, 20, 0, 18), chest=(6, 0, -12)), "legs"),
    Everyday("guard", _KEY["box-guard"], "legs"),
    Everyday("wave", _KEY["wave"], "legs"),
    Everyday("salute", _KEY["salute"], "legs", 0.35),
    Everyday("hand to the chin", _KEY["think"], "legs", 0.3),
    Everyday("arms crossed", KeyPose("fold-arms", left_arm=(42, 6, -82, 108), right_arm=(52, 2, -72, 104)), "legs", 0.25),
    Everyday("hug", _KEY["hug"], "legs", 0.4),
    Everyday("hands on the hips", KeyPose("on-hips", **_both((48, 102, -155, 92))), "legs", 0.3),
    Everyday("hands on the knees", _KEY["squat-hands-knees"], "", 0.3),
    Everyday("hands behind the head", _KEY["hands-behind-head"], "legs", 0.35),
    Everyday("hands together", KeyPose("clasp", **_both((55, -12, -30, 70))), "legs", 0.25),
    Everyday("pray", _KEY["pray"], "legs", 0.25),
    Everyday("T-pose", _KEY["t-pose"], "legs", 0.4),
    Everyday("arms out to the sides", _KEY["t-pose"], "legs", 0.7),
    Everyday("arms overhead", _KEY["arms-overhead"], "legs", 0.5),
    Everyday("arm overhead", _KEY["point-up"], "legs", 0.5),
    Everyday("arms in a V", _KEY["y-pose"], "legs"),
    Everyday("arms in a low V", _KEY["low-v"], "legs", 0.4),
    Everyday("arms forward", _KEY["arms-forward"], "legs"),
    Everyday("arm forward", _KEY["point-forward"], "legs", 0.4),
    Everyday("goalpost arms", _KEY["goalpost"], "legs", 0.4),
    Everyday("archer", _KEY["archer"], "", 0.4),
    Everyday("star", _KEY["star"], "", 0.6),
    Everyday("warrior", _KEY["warrior"], "", 0.4),
    Everyday("push", _KEY["push"], "", 0.5),
)  # fmt: skip


def everyday_pose(entry: Everyday, letter: str, number: int, *, seed: int) -> SegmentPose:
    """Variant ``number`` of a posture with the accompaniment ``letter``.

    The same arguments give the same pose, whatever else is drawn.

    Args:
        entry: the posture.
        letter: one of `LETTERS`.
        number: of the variant.
        seed: of the small movements.
    """
    slot = "abcdefghi".index(letter)
    key = entry.base
    if entry.free == "arms" and number > 0:
        key = replace(key, left_arm=_ARMS[slot][0], right_arm=_ARMS[slot][1])
    if entry.free == "legs":
        key = replace(key, left_leg=_LEGS[slot][0], right_leg=_LEGS[slot][1])
    name = f"as-{entry.posture.replace(' ', '-').lower()}-{letter}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    pose = jittered(replace(key, name=name), rng, number, spread=entry.spread)
    low, high = entry.lift
    return replace(pose, lift=float(rng.uniform(low, high))) if high else pose


def is_everyday(name: str) -> bool:
    """Whether a pose of this name shows a posture that people ask for."""
    return name.startswith("as-")


def named_everyday(name: str, *, seed: int) -> SegmentPose | None:
    """The pose of a name such as ``as-plank-c-v3m``; None when it is no such name."""
    if not is_everyday(name):
        return None
    stem, _, number = name.removesuffix("m").rpartition("-v")
    for entry in EVERYDAY:
        if stem[:-2] == f"as-{entry.posture.replace(' ', '-').lower()}" and number.isdigit():
            pose = everyday_pose(entry, stem[-1], int(number), seed=seed)
            return mirrored(pose) if name.endswith("m") else pose
    return None


def everyday_poses(
    split: str, place: Place, *, seed: int, have: Mapping[str, int] | None = None
) -> list[SegmentPose]:
    """Poses that bring every posture of a split to the number that is wanted.

    Args:
        split: ``train``, ``val`` or ``test``.
        place: see `Place`.
        seed: of the variants.
        have: posture -> pictures that the split shows already.
    """
    chosen: list[SegmentPose] = []
    for entry in EVERYDAY:
        missing = WANTED[split] - (have or {}).get(entry.posture, 0)
        kept: list[NDArray[np.float64]] = []
        letters = LETTERS[split]
        for k in range(_TRIES):
            if len(kept) >= missing:
                break
            pose = everyday_pose(entry, letters[k % len(letters)], k // len(letters), seed=seed)
            placed = place(mirrored(pose) if k % 2 else pose)
            if placed is None:
                continue
            cleared, joints, floor = placed
            score = posture_scores(joints[None], np.array([floor]), names=[entry.posture])
            if score[entry.posture][0] < HELD:
                continue
            if all(mean_joint_distance(joints, other) > _APART for other in kept):
                kept.append(joints)
                chosen.append(cleared)
    return chosen


def posture_counts(joints: Sequence[Any], floors: Sequence[float | None]) -> dict[str, int]:
    """Posture -> how many of N bodies hold it.

    Args:
        joints: N times (22, 3), metres.
        floors: N heights of the floor in the frame of the joints.
    """
    if not len(joints):
        return {}
    known = np.array([np.nan if f is None else f for f in floors])
    scores = posture_scores(np.array(joints, dtype=np.float64), known)
    return {name: int((score >= HELD).sum()) for name, score in scores.items()}
