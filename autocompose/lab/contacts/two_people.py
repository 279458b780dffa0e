"""Two people who touch each other: both bodies and the room between them moved together.

What touches is told by N answers about one picture, each a list of two regions, one of each person.
Neither sides nor whose region is named first is known: each answer counts with the order of the
two people, and for each touch the sides, in which its gaps are smallest, and the mean over the
answers is minimised. Where too many answers name nothing, the two stay as they are.

Source: ProsePose (arXiv 2405.03689) for the sum over answers, the order and the fall-back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.directions import ANCESTORS, BoneVectors
from autocompose.errors import ConfigError
from autocompose.lab.bodies.capsules import CAPSULES, capsule_distances
from autocompose.lab.contacts.regions import MIDLINE, SIDES, RegionPairs, kind_of_region, side_of
from autocompose.lab.contacts.touch_fit import FitRules, body_sizes
from autocompose.lab.contacts.touches import SidedPair

Floats = NDArray[np.float64]

MOST_EMPTY = 2
"""Answers that may name nothing before the two are left as they are, of 20."""
_NAMES = [capsule.name for capsule in CAPSULES]


@dataclass(frozen=True, order=True)
class PersonTouch:
    """A region of one person that touches a region of another; whose is first is not known.

    Args:
        one, other: names of `autocompose.lab.contacts.regions`, with sides or without.
    """

    one: str
    other: str

    def pairs(self, *, turned: bool) -> tuple[SidedPair, ...]:
        """Every pair (region of the first person, of the second) that it may mean.

        Args:
            turned: the second person is the one whose region is named first.
        """
        a, b = (self.other, self.one) if turned else (self.one, self.other)
        return tuple((x, y) for x in _with_sides(a) for y in _with_sides(b))


@dataclass(frozen=True, eq=False)
class RefinedPair:
    """Two bodies after their touches were asked of them.

    Args:
        first, second: (22, 3) metres, in the frame they were given in.
        gaps: touch -> metres that it is open; the smallest over sides, in the order that was taken.
        moved: whether touches were asked at all: False where too many answers name nothing.
    """

    first: Floats
    second: Floats
    gaps: dict[PersonTouch, float]
    moved: bool


def refined_pair(
    first: Floats,
    second: Floats,
    answers: Sequence[Sequence[PersonTouch]],
    *,
    most_empty: int = MOST_EMPTY,
    rules: FitRules | None = None,
) -> RefinedPair:
    """Move two people until they touch as the answers say.

    Args:
        first: (22, 3) metres.
        second: (22, 3) metres, in the same frame.
        answers: N lists of touches.
        most_empty: of the answers may be empty.
        rules: weights and length of the fit.

    Raises:
        ConfigError: there is no answer.
    """
    if not answers:
        raise ConfigError("there is no answer about the two people; give one list of touches each")
    if sum(not answer for answer in answers) > most_empty:
        return RefinedPair(first.copy(), second.copy(), {}, moved=False)
    rules = rules or FitRules()
    fit = _PairFit(np.stack([first, second]).astype(np.float64), answers, rules)
    way = fit.start_ways.clone().requires_grad_()
    place = fit.start_place.clone().requires_grad_()
    adam = torch.optim.Adam([way, place], rules.rate)
    for step in range(rules.steps):
        adam.param_groups[0]["lr"] = rules.rate * (1 - 0.9 * step / rules.steps)
        adam.zero_grad()
        fit.cost(way, place).backward()
        adam.step()
    with torch.no_grad():
        joints = fit.joints(way, place)
        gaps = fit.open_gaps(joints)
    made = joints.numpy() * fit.size
    return RefinedPair(made[0], made[1], {t: g * fit.size for t, g in gaps.items()}, moved=True)


class _PairFit:
    """The loss of two bodies, both scaled by their mean size."""

    def __init__(
        self, joints: Floats, answers: Sequence[Sequence[PersonTouch]], rules: FitRules
    ) -> None:
        self._rules = rules
        self.size = float(body_sizes(joints).mean())
        scaled = joints / self.size
        bones = BoneVectors.of(scaled)
        self.start_ways = torch.from_numpy(bones.directions)
        self.start_place = torch.from_numpy(scaled[:, :1].copy())
        self._lengths = torch.from_numpy(bones.lengths)
        self._ancestors = torch.from_numpy(ANCESTORS)
        self._start = self.joints(self.start_ways, self.start_place)
        self._depth = capsule_distances(self._start).clamp(max=0)
        self._touches = sorted({touch for answer in answers for touch in answer})
        self._orders = [_Order(self._touches, turned=turned) for turned in (False, True)]
        self._said = torch.zeros(len(answers), len(self._touches), dtype=torch.float64)
        for row, answer in enumerate(answers):
            for touch in set(answer):
                self._said[row, self._touches.index(touch)] = 1.0
        self._between = RegionPairs([(a, b) for a in _NAMES for b in _NAMES])

    def joints(self, ways: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """(2, 22, 3)."""
        unit = ways / ways.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        return self._ancestors @ (unit * self._lengths[..., None]) + place

    def cost(self, ways: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Metres squared."""
        rules, joints = self._rules, self.joints(ways, place)
        count = joints.shape[1]
        cost = rules.start * (joints - self._start).square().sum(-1).mean()
        unit = ways / ways.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        cost = cost + rules.bones * (unit - self.start_ways).square().sum()
        # What lies in another part at the start may go on doing so, and no deeper.
        own = (self._depth - capsule_distances(joints)).clamp(min=0)
        across = (-self._between.distances(joints[:1], joints[1:])).clamp(min=0)
        cost = cost + rules.depth / count * (own.square().sum() + across.square().sum())
        gaps = [order.gaps(joints).clamp(min=0).square() for order in self._orders]
        of_answers = torch.stack([self._said @ gap for gap in gaps]).amin(0)
        return cost + rules.touch / count * of_answers.mean()

    def open_gaps(self, joints: torch.Tensor) -> dict[PersonTouch, float]:
        """Metres, in the order of the people that costs less over all answers."""
        gaps = [order.gaps(joints) for order in self._orders]
        whole = [float((self._said @ gap.clamp(min=0).square()).sum()) for gap in gaps]
        best = gaps[int(np.argmin(whole))]
        return dict(zip(self._touches, best.tolist(), strict=True))


class _Order:
    """The touches with the people in one order."""

    def __init__(self, touches: Sequence[PersonTouch], *, turned: bool) -> None:
        spans, pairs = [], []
        for touch in touches:
            own = touch.pairs(turned=turned)
            spans.append((len(pairs), len(pairs) + len(own)))
            pairs += own
        self._spans, self._pairs = spans, RegionPairs(pairs)

    def gaps(self, joints: torch.Tensor) -> torch.Tensor:
        """(T,) the smallest over the sides of each touch."""
        every = self._pairs.distances(joints[:1], joints[1:])[0]
        return torch.stack([every[a:b].amin() for a, b in self._spans])


def _with_sides(region: str) -> tuple[str, ...]:
    kind = kind_of_region(region)
    if side_of(region) or kind in MIDLINE:
        return (region,)
    return tuple(f"{side} {kind}" for side in SIDES)
