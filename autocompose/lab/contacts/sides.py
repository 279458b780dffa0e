"""Which sides touches without sides mean, chosen for all touches of a body together.

"Hand and hip" may mean either hand, or both. Every choice of sides for all touches is an
assignment; the few that lie nearest to the body as it starts are fitted, and the one that costs
least is taken. A pair of regions more is worth a little, so that both hands are taken to be on the
hips where both are nearly there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from autocompose.lab.contacts.touches import SidedPair, Touch

WORTH_M = 0.08
"""A further pair of a touch without sides is taken up where its gap is smaller, metres."""
CHOICES = 8
"""Assignments of a body that are fitted."""

Assignment = tuple[tuple[SidedPair, ...], ...]
"""For each touch the pairs that it is taken to mean."""


def assignments(
    touches: Sequence[Touch],
    gaps: Mapping[SidedPair, float],
    *,
    worth: float = WORTH_M,
    count: int = CHOICES,
) -> list[Assignment]:
    """The choices of sides whose gaps are smallest together, best first.

    Args:
        touches: of one body.
        gaps: metres at the start, of every pair that a touch may mean.
        worth: see `WORTH_M`.
        count: how many.
    """
    found: list[tuple[float, Assignment]] = [(0.0, ())]
    for touch in touches:
        ways = [(_price(way, gaps, worth), way) for way in _ways(touch)]
        found = [(cost + price, (*made, way)) for cost, made in found for price, way in ways]
        found = sorted(found, key=lambda one: one[0])[:count]
    return [made for _, made in found]


def chosen_pairs(assignment: Assignment) -> tuple[SidedPair, ...]:
    """Each pair of an assignment once."""
    return tuple(dict.fromkeys(pair for way in assignment for pair in way))


def _ways(touch: Touch) -> list[tuple[SidedPair, ...]]:
    pairs = touch.pairs()
    return [way for size in range(1, len(pairs) + 1) for way in combinations(pairs, size)]


def _price(way: Sequence[SidedPair], gaps: Mapping[SidedPair, float], worth: float) -> float:
    return sum(max(gaps[pair], 0.0) ** 2 - worth**2 for pair in way)
