"""New bodies from known ones: limbs exchanged between poses, by joints alone.

Legs and pelvis come from one pose, the trunk with the head from another, each arm from one more.
A trunk keeps how it stands on its pelvis, an arm how it hangs from its shoulders, and all are
turned by a few degrees. Bodies are kept that could stand like that (`plausible_bodies`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import BONE_INDEX, STANDARD_LENGTHS, BoneVectors, on_standard_body
from autocompose.body.skeleton import INDEX, canonical, mirror
from autocompose.errors import DatasetError
from autocompose.lab.bodies.plausible import plausible_bodies

Floats = NDArray[np.float64]

TRUNK = ("spine", "chest", "neck", "head", "nose", "left_shoulder", "right_shoulder")
_ARM = ("elbow", "wrist", "hand")
_LEG = ("hip", "knee", "ankle", "foot")
LIMB_BONES: dict[str, tuple[int, ...]] = {
    "trunk": tuple(BONE_INDEX[n] for n in TRUNK),
    **{f"{s} arm": tuple(BONE_INDEX[f"{s}_{n}"] for n in _ARM) for s in ("left", "right")},
    **{f"{s} leg": tuple(BONE_INDEX[f"{s}_{n}"] for n in _LEG) for s in ("left", "right")},
}
"""Limb -> rows of `autocompose.body.skeleton.BONES`; every bone belongs to one limb."""

_BLOCK = 4000
_TRIES = 50


@dataclass(frozen=True)
class RecombinationRules:
    """How bodies are mixed.

    Args:
        whole: share of bodies whose trunk and legs are of one pose.
        paired: share of bodies whose arms are of one pose.
        turn: standard deviation of the turn of trunk, each arm and each leg, degrees.
    """

    whole: float = 0.4
    paired: float = 0.3
    turn: tuple[float, float, float] = (6.0, 10.0, 5.0)


def pelvis_frames(joints: Floats) -> Floats:
    """(N, 3, 3) rotations whose columns are left, up and front of the pelvis."""
    return _frames(
        joints[:, INDEX["left_hip"]] - joints[:, INDEX["right_hip"]],
        joints[:, INDEX["spine"]] - joints[:, INDEX["pelvis"]],
    )


def chest_frames(joints: Floats) -> Floats:
    """(N, 3, 3) rotations whose columns are left, up and front of the chest."""
    return _frames(
        joints[:, INDEX["left_shoulder"]] - joints[:, INDEX["right_shoulder"]],
        joints[:, INDEX["neck"]] - joints[:, INDEX["chest"]],
    )


def _frames(left: Floats, up: Floats) -> Floats:
    left = left / np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-9)
    up = up - (left * up).sum(-1, keepdims=True) * left
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-9)
    return np.stack([left, up, np.cross(left, up)], axis=-1)


def turned_at_random(count: int, degrees: float, rng: np.random.Generator) -> Floats:
    """Rotations (count, 3, 3) about axes of any direction.

    Args:
        count: how many.
        degrees: standard deviation about each of three axes.
        rng: what draws.
    """
    vector = rng.normal(0, np.radians(degrees), (count, 3))
    angle = np.maximum(np.linalg.norm(vector, axis=1), 1e-12)
    x, y, z = (vector / angle[:, None]).T
    zero = np.zeros(count)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sin * cross + (1 - cos) * cross @ cross


def recombined_bodies(
    poses: Floats, count: int, *, seed: int, rules: RecombinationRules | None = None
) -> Floats:
    """Draw plausible bodies that mix the limbs of poses and of their mirror twins.

    Args:
        poses: (M, 22, 3) metres.
        count: N, how many are wanted.
        seed: of every draw; the same seed and poses give the same bodies.
        rules: how they are mixed.

    Returns:
        (N, 22, 3) canonical, metres, on the standard body.

    Raises:
        DatasetError: there are no poses, or hardly any mixture of them is plausible.
    """
    if not len(poses):
        raise DatasetError("there are no poses to recombine; name a dataset or a pool with joints")
    rules = rules or RecombinationRules()
    rng = np.random.default_rng([seed, 11])
    base = on_standard_body(np.concatenate([poses, mirror(poses)]).astype(np.float64))
    found: list[Floats] = []
    have = 0
    for _ in range(_TRIES + 2 * count // _BLOCK):
        if have >= count:
            break
        drawn = _mixed(base, min(_BLOCK, 2 * (count - have) + 16), rules=rules, rng=rng)
        good = drawn[plausible_bodies(drawn)]
        found.append(good)
        have += len(good)
    if have < count:
        raise DatasetError(f"only {have} of {count} mixtures of {len(poses)} poses are plausible")
    return np.concatenate([*found, base[:0]])[:count]


def _mixed(
    base: Floats, count: int, *, rules: RecombinationRules, rng: np.random.Generator
) -> Floats:
    legs, trunk, left, right = rng.integers(len(base), size=(4, count))
    trunk = np.where(rng.random(count) < rules.whole, legs, trunk)
    right = np.where(rng.random(count) < rules.paired, left, right)
    ways = BoneVectors.of(base).directions
    pelvis, chest = pelvis_frames(base), chest_frames(base)
    out = ways[legs].copy()
    of_trunk, of_arm, of_leg = rules.turn
    placed = (
        pelvis[legs] @ pelvis[trunk].transpose(0, 2, 1) @ turned_at_random(count, of_trunk, rng)
    )
    out[:, LIMB_BONES["trunk"]] = _turn(placed, ways[trunk][:, LIMB_BONES["trunk"]])
    upper = placed @ chest[trunk]
    for side, source in (("left", left), ("right", right)):
        hung = upper @ chest[source].transpose(0, 2, 1) @ turned_at_random(count, of_arm, rng)
        arm, leg = LIMB_BONES[f"{side} arm"], LIMB_BONES[f"{side} leg"][1:]
        out[:, arm] = _turn(hung, ways[source][:, arm])
        out[:, leg] = _turn(turned_at_random(count, of_leg, rng), out[:, leg])
    return on_standard_body(
        BoneVectors(out, np.broadcast_to(STANDARD_LENGTHS, out.shape[:2])).joints()
    )


def _turn(rotation: Floats, vectors: Floats) -> Floats:
    """Rotations (N, 3, 3) applied to N sets of vectors (N, k, 3)."""
    return np.einsum("nij,nkj->nki", rotation, vectors)


def exchanged_limb(body: Floats, other: Floats, limb: str) -> Floats:
    """A body with one limb of another, as it hangs from the chest or the pelvis there.

    Args:
        body: (22, 3) metres; its bone lengths stay.
        other: (22, 3) metres.
        limb: a key of `LIMB_BONES`. A trunk leans as the other's does and takes the head and the
            body's own arms along.

    Returns:
        (22, 3) canonical, metres.
    """
    one, two = canonical(body[None]), canonical(other[None])
    own, given = BoneVectors.of(one), BoneVectors.of(two)
    rows = list(LIMB_BONES[limb])
    ways = own.directions.copy()
    if limb == "trunk":
        ways[:, rows] = given.directions[:, rows]
        arms = [row for side in ("left", "right") for row in LIMB_BONES[f"{side} arm"]]
        moved = BoneVectors(ways, own.lengths).joints()
        carried = chest_frames(moved) @ chest_frames(one).transpose(0, 2, 1)
        ways[:, arms] = _turn(carried, own.directions[:, arms])
    else:
        frames = chest_frames if limb.endswith("arm") else pelvis_frames
        turn = frames(one) @ frames(two).transpose(0, 2, 1)
        ways[:, rows] = _turn(turn, given.directions[:, rows])
    return canonical(BoneVectors(ways, own.lengths).joints())[0]
