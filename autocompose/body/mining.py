"""Pairs of poses that are similar but not equal, under constraints that every pair satisfies.

No trained model is asked how alike two poses are: the feature is where each bone points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.measures import measure_poses
from autocompose.body.paircodes import compare_measures
from autocompose.body.skeleton import BONES, INDEX, mean_joint_distance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CHUNK = 4000


@dataclass(frozen=True)
class MiningRules:
    """What every mined pair satisfies.

    Args:
        distance: mean joint distance, metres: at least and at most.
        similarity: cosine of the two pose features: at least and at most.
        among: the reference is among this many poses most similar to the target.
        codes_in: codes of change that differ, at least, in one sequence.
        codes_out: the same for poses of different sequences.
        seconds: in a sequence the target comes after the reference, by less than this.
        per_target: pairs that a pose may be the target of (out of sequence).
        per_reference: pairs that a pose may be the reference of (out of sequence).
    """

    distance: tuple[float, float] = (0.10, 0.30)
    similarity: tuple[float, float] = (0.55, 0.97)
    among: int = 100
    codes_in: int = 10
    codes_out: int = 15
    seconds: float = 0.5
    per_target: int = 3
    per_reference: int = 3


@dataclass(frozen=True)
class PoseTable:
    """N poses to pair.

    Args:
        joints: (N, 22, 3) canonical, metres.
        floors: (N,) floor heights relative to the pelvis, NaN where unknown.
        groups: N names; only poses of one group are paired (person, camera, split).
        sequences: N names of sequences; empty for a pose that is alone.
        seconds: (N,) time in the sequence, NaN where unknown.
    """

    joints: Floats
    floors: Floats
    groups: tuple[str, ...]
    sequences: tuple[str, ...]
    seconds: Floats

    def __len__(self) -> int:
        """Number of poses."""
        return len(self.joints)


@dataclass(frozen=True)
class MinedPair:
    """Rows of the reference and the target, and whether they are of one sequence."""

    reference: int
    target: int
    in_sequence: bool


def pose_features(joints: Floats) -> Floats:
    """Where each bone points: (N, 63), of length one, so that a product is a mean cosine."""
    bones = np.stack([joints[:, INDEX[b]] - joints[:, INDEX[a]] for a, b in BONES], axis=1)
    bones /= np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
    return bones.reshape(len(joints), -1) / np.sqrt(len(BONES))


def farthest_first(joints: Floats) -> Ints:
    """All rows in the order of farthest-point sampling by mean joint distance.

    The first is the pose farthest from the mean pose; ties go to the lower row.

    Args:
        joints: (N, 22, 3) metres.
    """
    order = np.zeros(len(joints), dtype=np.int64)
    gap = np.full(len(joints), np.inf)
    row = int(np.argmax(mean_joint_distance(joints, joints.mean(0)))) if len(joints) else 0
    for i in range(len(joints)):
        order[i] = row
        gap = np.minimum(gap, mean_joint_distance(joints, joints[row]))
        gap[row] = -1.0  # taken; its copies, at distance 0, come last
        row = int(np.argmax(gap))
    return order


def mine_pairs(
    table: PoseTable, count: int, *, seed: int = 0, rules: MiningRules | None = None
) -> list[MinedPair]:
    """Choose pairs: in sequence first, then out of sequence until there are enough.

    In a sequence a pose is reference once and target once. Out of sequence targets take turns in
    the order of farthest-point sampling, each with the reference used least so far. An unordered
    pair occurs once: its other direction is a view of it.

    Args:
        table: the poses.
        count: pairs wanted; fewer come back when no more satisfy the rules.
        seed: of the choice between references that are used alike.
        rules: the constraints.
    """
    rules = rules or MiningRules()
    inside, outside = _candidates(table, rules)
    rng = np.random.default_rng(seed)
    order = farthest_first(table.joints)
    chosen = _in_sequence(inside, order, count)
    seen = {frozenset((p.reference, p.target)) for p in chosen}
    waiting: dict[int, list[int]] = {}
    for a, b in outside:
        waiting.setdefault(int(a), []).append(int(b))
        waiting.setdefault(int(b), []).append(int(a))
    luck = rng.random(len(table))
    targets, references = np.zeros(len(table), dtype=int), np.zeros(len(table), dtype=int)
    for _ in range(rules.per_target):
        for target in map(int, order):
            if len(chosen) >= count:
                return chosen
            free = [
                r
                for r in waiting.get(target, ())
                if references[r] < rules.per_reference and frozenset((r, target)) not in seen
            ]
            if not free:
                continue
            reference = min(free, key=lambda r: (references[r] + targets[r], luck[r], r))
            seen.add(frozenset((reference, target)))
            references[reference] += 1
            targets[target] += 1
            chosen.append(MinedPair(reference, target, False))
    return chosen


def _candidates(table: PoseTable, rules: MiningRules) -> tuple[Ints, Ints]:
    """Rows (reference, target) in sequence, and unordered rows out of sequence, that may pair."""
    rows: list[Ints] = []
    features = pose_features(table.joints)
    for group in dict.fromkeys(table.groups):
        members = np.array([i for i, g in enumerate(table.groups) if g == group])
        rows.append(_alike(table.joints, features, members, rules=rules))
    pairs = np.concatenate(rows) if rows else np.zeros((0, 2), dtype=np.int64)
    values = measure_poses(table.joints, floor=table.floors) if len(table) else np.zeros((0, 1))
    differing = np.zeros(len(pairs), dtype=np.int64)
    for start in range(0, len(pairs), _CHUNK):
        a, b = pairs[start : start + _CHUNK].T
        differing[start : start + _CHUNK] = compare_measures(values[a], values[b]).differing()
    sequence = np.array(table.sequences, dtype=object)
    first, second = pairs[:, 0], pairs[:, 1]
    same = (sequence[first] == sequence[second]) & (sequence[first] != "")
    gap = table.seconds[second] - table.seconds[first]
    soon = same & (np.abs(gap) > 0) & (np.abs(gap) < rules.seconds)
    inside = pairs[soon & (differing >= rules.codes_in)]
    late = table.seconds[inside[:, 0]] > table.seconds[inside[:, 1]]
    inside = np.where(late[:, None], inside[:, ::-1], inside)  # the target comes after
    return inside, pairs[~same & (differing >= rules.codes_out)]


def _alike(joints: Floats, features: Floats, members: Ints, *, rules: MiningRules) -> Ints:
    """(P, 2) rows a < b of one group within both bands, either among the other's most similar."""
    found: list[Ints] = []
    cosine = features[members] @ features[members].T
    np.fill_diagonal(cosine, -np.inf)
    kept = min(rules.among, len(members) - 1)
    if kept < 1:
        return np.zeros((0, 2), dtype=np.int64)
    least = -np.partition(-cosine, kept - 1, axis=1)[:, kept - 1]
    for i, row in enumerate(members):
        gap = mean_joint_distance(joints[members], joints[row])
        near = (
            (gap > rules.distance[0]) & (gap < rules.distance[1])
            & (cosine[i] > rules.similarity[0]) & (cosine[i] < rules.similarity[1])
            & (cosine[i] >= least) & (cosine[i] >= least[i]) & (np.arange(len(members)) > i)
        )  # fmt: skip
        found.append(np.stack([np.full(int(near.sum()), row), members[near]], axis=1))
    return np.concatenate(found).astype(np.int64)


def _in_sequence(candidates: Ints, order: Ints, count: int) -> list[MinedPair]:
    """In-sequence pairs: every pose is a target once at most, and a reference once at most."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    chosen: list[MinedPair] = []
    references: set[int] = set()
    targets: set[int] = set()
    for reference, target in sorted(
        map(tuple, candidates.tolist()), key=lambda p: (rank[p[1]], rank[p[0]])
    ):
        if len(chosen) < count and reference not in references and target not in targets:
            references.add(reference)
            targets.add(target)
            chosen.append(MinedPair(reference, target, True))
    return chosen
