"""What is said to touch: two regions, with their sides or without, and which bodies that fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from autocompose.errors import TextError, one_line
from autocompose.lab.contacts.regions import (
    MIDLINE,
    SIDES,
    can_touch,
    kind_of_region,
    mirrored_region,
    read_region,
    side_of,
)

SidedPair = tuple[str, str]

_MOVES = ("hand", "forearm", "elbow", "foot", "arm", "upper arm", "knee", "shin", "leg", "thigh")
"""Kinds of regions, those that reach farthest first."""


@dataclass(frozen=True, order=True)
class Touch:
    """Two regions that touch; one without a side may be of either.

    Args:
        a, b: names of `autocompose.lab.contacts.regions`, in alphabetical order.
    """

    a: str
    b: str

    def __post_init__(self) -> None:
        """Order the two, so that equal touches are equal."""
        first, second = sorted((self.a, self.b))
        object.__setattr__(self, "a", first)
        object.__setattr__(self, "b", second)

    @classmethod
    def parse(cls, words: str) -> Touch:
        """Read ``left hand:right knee``, or the same with a comma.

        >>> Touch.parse("right hand: belly")
        Touch(a='right hand', b='stomach')

        Raises:
            TextError: there are not two regions, or these two cannot touch or always do.
            UnknownBodyPartError: a region is outside the closed list.
        """
        parts = words.replace(",", ":").split(":")
        if len(parts) != 2:
            raise TextError(
                f'"{one_line(words, 80)}" does not name two regions; write them with a colon'
                ' between, as in "left hand:right knee"'
            )
        touch = cls(read_region(parts[0]), read_region(parts[1]))
        if not touch.pairs():
            raise TextError(
                f'"{one_line(words, 80)}" says nothing: these two are one, meet at a joint, or'
                " cannot reach each other; name two others"
            )
        return touch

    def __str__(self) -> str:
        """``left hand to hips``: the region that moves more first."""
        first, second = sorted((self.a, self.b), key=lambda region: (_reach(region), region))
        return f"{first} to {second}"

    @property
    def sideless(self) -> Touch:
        """The same without sides."""
        return Touch(*(_without_side(region) for region in (self.a, self.b)))

    def pairs(self) -> tuple[SidedPair, ...]:
        """Every pair of regions with sides that it may mean, in a fixed order."""
        found = []
        for a, b in product(_with_sides(self.a), _with_sides(self.b)):
            pair = (min(a, b), max(a, b))
            if can_touch(a, b) and pair not in found:
                found.append(pair)
        return tuple(found)

    def mirrored(self) -> Touch:
        """The same with left and right exchanged."""
        return Touch(mirrored_region(self.a), mirrored_region(self.b))


def _reach(region: str) -> int:
    kind = kind_of_region(region)
    return _MOVES.index(kind) if kind in _MOVES else len(_MOVES)


def _with_sides(region: str) -> tuple[str, ...]:
    kind = kind_of_region(region)
    if side_of(region) or kind in MIDLINE:
        return (region,)
    return tuple(f"{side} {kind}" for side in SIDES)


def _without_side(region: str) -> str:
    kind = kind_of_region(region)
    return "hips" if kind == "hip" else kind


def unique(touches: Iterable[Touch]) -> tuple[Touch, ...]:
    """Each touch once, in the order in which they came."""
    return tuple(dict.fromkeys(touches))
