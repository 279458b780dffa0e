"""Places in a text, as ``[start, end)`` in characters."""

from __future__ import annotations


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two spans share a character."""
    return one[0] < other[1] and other[0] < one[1]
