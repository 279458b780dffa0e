"""Make what a text claims true on a body that could stand so, with as little change as possible.

One limb at a time is turned a little, in many ways at once, those that the text names first; all
variants are held against the claims by the judge of `autocompose.verify`, and the best is kept
while it is better. A limb that in the end need not have been turned is turned back. Started from
the reference instead of a predicted body, this is the baseline without learning: claims in, body
out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors
from autocompose.body.skeleton import canonical
from autocompose.lab.bodies.plausible import excess_depth, off_balance
from autocompose.lab.bodies.recombine import LIMB_BONES, turned_at_random
from autocompose.language.reader.claims import Claim
from autocompose.postures.postures import POSTURES
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.findings import find
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.pair_bodies import PosePairMeasures
from autocompose.verify.unasked import extent, regions_of

Floats = NDArray[np.float64]

_SUPPORTED, _UNKNOWN, _CONTRADICTED = 0.0, 0.35, 1.3
"""What a claim costs by its outcome."""
_NEARER = 0.3  # of a claim that is not true yet, times how near it is
_DEPTH = 4.0  # cost of a metre that parts lie in others
_BALANCE = 0.28  # m outside what carries the body that cost nothing
_POSED = 0.9  # cost of a posture that is not held, times the share of its conditions not met
_CLOSER, _UNNAMED = 0.02, 0.1  # claims that a radian squared costs, of limbs named and not
_FAR = 3.0  # times the turns of other rounds
_PATIENCE = 3  # rounds without gain before limbs move that the text does not name
_ARMS = ("left arm", "right arm")
_TWINS = {"arms": _ARMS, "legs": ("left leg", "right leg")}
"""Limbs that are turned together, one as the other's mirror image."""
_MIRROR = np.diag([-1.0, 1.0, 1.0])  # x is to the subject's left


@dataclass(frozen=True)
class PolishRules:
    """How long and how far variants are looked for.

    Args:
        rounds: at most; it ends before when every claim is true.
        variants: in a round.
        turn: standard deviation of a limb's turn and of each of its bones', degrees.
        seed: of the variants.
        far: rounds of large turns before the others, where a posture is asked for: one of two
            limbs at once is rarely on the way from what the network answers.
    """

    rounds: int = 10
    variants: int = 96
    turn: tuple[float, float] = (22.0, 10.0)
    seed: int = 0
    far: int = 4


INVERSE = PolishRules(rounds=40, variants=128, turn=(30.0, 15.0))
"""From the reference: there is a longer way to go."""


@dataclass(frozen=True, eq=False)
class PolishedBody:
    """A body and what of the claims it bears out.

    Args:
        joints: (22, 3) canonical, metres, of the lengths it was given.
        supported, contradicted: claims, of ``claims``.
        claims: how many there are.
        turned: limbs that are not as they were.
    """

    joints: Floats
    supported: int
    contradicted: int
    claims: int
    turned: tuple[str, ...]


def polished(
    claims: Sequence[Claim],
    reference: Body,
    start: BoneVectors,
    *,
    rules: PolishRules | None = None,
) -> PolishedBody:
    """Change a body until the claims are true, or no variant makes more of them true.

    Args:
        claims: of one text, about a change from the reference.
        reference: what the claims start from.
        start: the body (21 bones) that is changed.
        rules: how long and how far.
    """
    rules = rules or PolishRules()
    judge = _Judge(claims, reference, start)
    rng = np.random.default_rng([rules.seed, 31])
    now = start.directions
    cost = judge.cost(now[None])[0]
    limb_turn, bone_turn = rules.turn
    every = [*LIMB_BONES, *_TWINS, "body"]
    named = _named_limbs(claims)
    limbs = [*named, *(t for t, pair in _TWINS.items() if set(pair) <= set(named))] or every
    size, failed = 1.0, 0
    far = rules.far if any(claim.change.kind is ChangeKind.POSTURE for claim in claims) else 0
    for turn in range(far + rules.rounds):
        if judge.open_claims(now) == 0 and judge.is_possible(now):
            break
        wide = _FAR if turn < far else size
        chosen = rng.integers(len(limbs), size=rules.variants)
        variants = _variants(
            now, [limbs[i] for i in chosen], (wide * limb_turn, wide * bone_turn), rng=rng
        )
        costs = judge.cost(variants)
        best = int(costs.argmin())
        if costs[best] < cost - 1e-6:
            now, cost = variants[best], costs[best]
            size = max(0.4, 0.85 * size) if turn >= far else size
            failed = 0
        elif turn >= far:
            size, failed = min(2.0, 1.3 * size), failed + 1
            limbs = every if failed >= _PATIENCE else limbs
    now, turned = _turned_back(judge, now, start.directions)
    codes = judge.codes(now[None])[0]
    joints = canonical(BoneVectors(now, start.lengths).joints())
    return PolishedBody(joints, int((codes > 0).sum()), int((codes < 0).sum()), len(claims), turned)


class _Judge:
    """The claims of one text, held against variants of one body."""

    def __init__(self, claims: Sequence[Claim], reference: Body, start: BoneVectors) -> None:
        self._claims, self._lengths = claims, start.lengths
        self._reference = MeasuredBodies.of(Bodies.stacked([reference]))
        self._start = start.directions
        self._prices = np.full(len(self._start), _UNNAMED)
        for limb in _named_limbs(claims) or LIMB_BONES:
            self._prices[list(LIMB_BONES[limb])] = _CLOSER
        # What is impossible about the reference is not this step's to mend.
        before = BoneVectors.of(canonical(reference.joints))
        self._wrong = self._impossible(before.directions[None])

    def joints(self, directions: Floats) -> Floats:
        lengths = np.broadcast_to(self._lengths, directions.shape[:2])
        return canonical(BoneVectors(directions, lengths).joints())

    def codes(self, directions: Floats) -> Floats:
        """(N, C): 1 supported, 0 unknown, -1 contradicted."""
        return self._codes(self._pair(directions))

    def _pair(self, directions: Floats) -> PosePairMeasures:
        targets = MeasuredBodies.of(Bodies(self.joints(directions)))
        return PosePairMeasures(self._reference, targets)

    def _codes(self, pair: PosePairMeasures) -> Floats:
        count = len(pair.targets)
        found = [np.broadcast_to(find(c, pair).codes, count) for c in self._claims]
        if not found:
            return np.zeros((count, 0))
        return np.stack(found, axis=1).astype(np.float64)

    def open_claims(self, directions: Floats) -> int:
        """How many claims are not supported."""
        return int((self.codes(directions[None])[0] <= 0).sum())

    def is_possible(self, directions: Floats) -> bool:
        """Whether a body could stand like that as well as the reference."""
        return bool(self._impossible(directions[None])[0] <= self._wrong[0] + 1e-3)

    def cost(self, directions: Floats) -> Floats:
        """(N,) claims that are not true, what is newly impossible, and the way from the start."""
        pair = self._pair(directions)
        codes = self._codes(pair)
        prices = np.where(codes > 0, _SUPPORTED, np.where(codes < 0, _CONTRADICTED, _UNKNOWN))
        for column, claim in enumerate(self._claims):
            # A step in the right direction, before the claim is true: what is searched climbs.
            near = _nearness(claim, pair)
            prices[:, column] -= np.where(codes[:, column] > 0, 0.0, near)
        worse = np.maximum(self._impossible(directions) - self._wrong, 0)
        way = (1 - (directions * self._start).sum(-1)) @ self._prices
        return prices.sum(1) + _DEPTH * worse + way

    @staticmethod
    def _impossible(directions: Floats) -> Floats:
        """(N,) metres that parts lie in others and that the standard body is out of balance."""
        lengths = np.broadcast_to(STANDARD_LENGTHS, directions.shape[:2])
        joints = canonical(BoneVectors(directions, lengths).joints())
        deep = excess_depth(torch.from_numpy(joints.astype(np.float32))).numpy()
        return deep + np.maximum(off_balance(joints) - _BALANCE, 0)


def _nearness(claim: Claim, pair: PosePairMeasures) -> Floats | float:
    """(N,) what a claim that is not true yet is worth, so that what is searched climbs."""
    change = claim.change
    if change.kind is not ChangeKind.POSTURE or change.negated or change.way not in POSTURES:
        return _NEARER * extent(claim, pair)
    return _POSED * (np.nan_to_num(pair.targets.near(change.way, change.place_side)) - 1)


def _variants(
    now: Floats, limbs: Sequence[str], turn: tuple[float, float], *, rng: np.random.Generator
) -> Floats:
    """(N, 21, 3): the body with one limb turned as a whole, and each of its bones a little more.

    A trunk takes the arms along; ``body`` turns everything.
    """
    count = len(limbs)
    out = np.repeat(now[None], count, axis=0)
    whole = turned_at_random(count, turn[0], rng)
    for limb in dict.fromkeys(limbs):
        rows = np.flatnonzero(np.array(limbs) == limb)
        first, *twin = _TWINS.get(limb, (limb,))
        carried, own = _carried(first), _own(first)
        more = {bone: turned_at_random(len(rows), turn[1], rng) for bone in own}
        out[rows[:, None], carried] = _turned(now, carried, whole[rows], more=more)
        for other in twin:
            # Bones of a limb come in one order on both sides.
            bones = list(LIMB_BONES[other])
            back = {
                bone: _MIRROR @ turn_of @ _MIRROR
                for bone, turn_of in zip(bones, more.values(), strict=True)
            }
            out[rows[:, None], bones] = _turned(
                now, bones, _MIRROR @ whole[rows] @ _MIRROR, more=back
            )
    return out


def _turned(
    now: Floats, carried: Sequence[int], whole: Floats, *, more: Mapping[int, Floats]
) -> Floats:
    """(n, k, 3): bones turned by rotations (n, 3, 3), some of them by further ones before that."""
    moved = np.repeat(now[None, list(carried)], len(whole), axis=0)
    for bone, rotation in more.items():
        at = carried.index(bone)
        moved[:, at] = np.einsum("nij,nj->ni", rotation, moved[:, at])
    return np.einsum("nij,nkj->nki", whole, moved)


def _own(limb: str) -> list[int]:
    """Bones that also turn by themselves."""
    return [] if limb == "body" else list(LIMB_BONES[limb])


def _carried(limb: str) -> list[int]:
    if limb == "body":
        return list(range(sum(len(rows) for rows in LIMB_BONES.values())))
    rows = list(LIMB_BONES[limb])
    if limb == "trunk":
        rows += [row for arm in _ARMS for row in LIMB_BONES[arm]]
    return rows


def _turned_back(judge: _Judge, now: Floats, start: Floats) -> tuple[Floats, tuple[str, ...]]:
    """The cheapest of all ways to take some limbs as they are now and the others from the start."""
    limbs = list(LIMB_BONES)
    ways = np.array(list(product((True, False), repeat=len(limbs))))
    bodies = np.repeat(start[None], len(ways), axis=0)
    for column, limb in enumerate(limbs):
        rows = np.array(LIMB_BONES[limb])
        bodies[np.ix_(ways[:, column], rows)] = now[rows]
    best = int(judge.cost(bodies).argmin())
    changed = [
        limb
        for limb, taken in zip(limbs, ways[best], strict=True)
        if taken and not np.allclose(now[list(LIMB_BONES[limb])], start[list(LIMB_BONES[limb])])
    ]
    return bodies[best], tuple(changed)


def _named_limbs(claims: Sequence[Claim]) -> list[str]:
    """The limbs that claims speak of; the trunk stands for the head, too."""
    named = regions_of(claims)
    trunk = ["trunk"] if {"torso", "head"} & named else []
    return trunk + [limb for limb in LIMB_BONES if limb in named]
