"""Rows of several arrays, most of them on disk, as if they were one array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Span:
    """A piece of one array, and which of its rows count.

    Args:
        start: the place of its first counted row in the stack.
        block: rows as they lie on disk.
        kept: places in ``block`` of the rows that count; None where all do.
    """

    start: int
    block: NDArray[Any]
    kept: Rows | None

    def __len__(self) -> int:
        """Rows that count."""
        return len(self.block) if self.kept is None else len(self.kept)

    def rows(self) -> NDArray[Any]:
        """The rows that count; a view where that is all of them."""
        return self.block if self.kept is None else self.block[self.kept]


class RowPlaces:
    """Where each row of a stack lies: in which part, and where in it.

    Args:
        lengths: rows of each part, those that no longer count included.
        kept: for each part the places that count, rising; None where all do.
    """

    def __init__(self, lengths: Sequence[int], kept: Sequence[Rows | None]) -> None:
        self.kept = tuple(kept)
        counts = [
            length if rows is None else len(rows)
            for length, rows in zip(lengths, self.kept, strict=True)
        ]
        self.starts = np.concatenate([[0], np.cumsum(counts, dtype=np.intp)]).astype(np.intp)

    def __len__(self) -> int:
        """Rows that count."""
        return int(self.starts[-1])

    def of(self, rows: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Part by part: its number, which of ``rows`` lie in it, and their places there."""
        parts = np.searchsorted(self.starts, rows, side="right") - 1
        for part in np.unique(parts).tolist():
            asked = np.flatnonzero(parts == part)
            inside = rows[asked] - self.starts[part]
            kept = self.kept[part]
            yield part, asked, inside if kept is None else kept[inside]


class RowStack:
    """One array (N, ...) made of parts that stay where they are, such as memory-mapped files.

    It gives rows as numpy does: ``stack[3]``, ``stack[rows]``, ``len(stack)``, ``stack.shape``.
    ``np.asarray(stack)`` copies all of it.

    Args:
        parts: arrays that differ only in their number of rows; at least one.
        places: which of their rows count.
    """

    def __init__(self, parts: Sequence[NDArray[Any]], places: RowPlaces) -> None:
        self._parts = tuple(parts)
        self._places = places
        self.shape: tuple[int, ...] = (len(places), *self._parts[0].shape[1:])
        self.dtype: np.dtype[Any] = self._parts[0].dtype
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        """Rows that count."""
        return len(self._places)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """A copy of one row (an int), or of some: a slice, their places, or a mask."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        asked = np.asarray(rows)
        if asked.dtype == bool:
            asked = np.flatnonzero(asked)
        asked = asked.astype(np.intp, copy=False)
        if asked.ndim == 0:
            return self[asked[None]][0]
        if asked.size and (asked.min() < -len(self) or asked.max() >= len(self)):
            raise IndexError(f"a row of {asked.tolist()[:5]} is outside 0..{len(self) - 1}")
        asked = np.where(asked < 0, asked + len(self), asked)
        found = np.empty((len(asked), *self.shape[1:]), self.dtype)
        for part, which, inside in self._places.of(asked):
            found[which] = self._parts[part][inside]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All rows in memory."""
        del copy  # it is one in any case
        whole = np.concatenate([span.rows() for span in self.spans(1 << 30)])
        return whole if dtype is None else whole.astype(dtype)

    def spans(self, size: int) -> Iterator[Span]:
        """All rows in order, in pieces of at most ``size`` rows of one part."""
        yield from _spans(self._parts, self._places, size)


def spans(rows: NDArray[Any] | RowStack, size: int) -> Iterator[Span]:
    """The rows of an array or a stack in pieces.

    Args:
        rows: (N, ...).
        size: rows of a piece, at most.
    """
    if isinstance(rows, RowStack):
        return rows.spans(size)
    return _spans([rows], RowPlaces([len(rows)], [None]), size)


def stacked(parts: Sequence[NDArray[Any]], places: RowPlaces) -> NDArray[Any] | RowStack:
    """Parts as one array: the part itself where there is one of which every row counts.

    Args:
        parts: arrays that differ only in their number of rows; at least one.
        places: which of their rows count.
    """
    if len(parts) == 1 and places.kept[0] is None:
        return parts[0]
    return RowStack(parts, places)


def _spans(parts: Sequence[NDArray[Any]], places: RowPlaces, size: int) -> Iterator[Span]:
    for part, kept, first in zip(parts, places.kept, places.starts.tolist(), strict=False):
        for start in range(0, len(part), size):
            block = part[start : start + size]
            if kept is None:
                yield Span(first + start, block, None)
                continue
            low, high = np.searchsorted(kept, [start, start + len(block)]).tolist()
            if high - low == len(block):
                yield Span(first + low, block, None)
            elif high > low:
                yield Span(first + low, block, kept[low:high] - start)
