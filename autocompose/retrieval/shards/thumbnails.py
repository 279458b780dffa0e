"""Small pictures for showing a gallery whose image files are not at hand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.retrieval.shards.row_stack import RowPlaces

SIDE = 240
"""Longest side, in pixels; about 8 kB each."""
_QUALITY = 80


class Thumbnails(Protocol):
    """The thumbnails of a gallery, row for row."""

    def __len__(self) -> int:
        """Number of pictures."""
        ...

    def __getitem__(self, row: int) -> bytes:
        """The JPEG of one picture; empty where there is none."""
        ...


def thumbnail(image: Image.Image) -> bytes:
    """A picture as a small JPEG without its metadata."""
    small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()


@dataclass(frozen=True, eq=False)
class PackedThumbnails:
    """JPEGs one after the other.

    Args:
        data: (bytes,) uint8, memory-mapped or in memory.
        ends: (N,) int64, where each ends in ``data``.
    """

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check that the ends are ends."""
        rising = not len(self.ends) or (self.ends[0] >= 0 and (np.diff(self.ends) >= 0).all())
        last = int(self.ends[-1]) if len(self.ends) else 0
        if not rising or last != len(self.data):
            raise ValueError("the thumbnails do not end where they should")

    @classmethod
    def of(cls, thumbnails: Sequence[bytes]) -> PackedThumbnails:
        """Pack some, in their order; empty ones are none."""
        ends = np.cumsum([len(one) for one in thumbnails], dtype=np.int64)
        return cls(np.frombuffer(b"".join(thumbnails), dtype=np.uint8), ends)

    @classmethod
    def packed(cls, thumbnails: Thumbnails) -> PackedThumbnails:
        """Any thumbnails packed."""
        if isinstance(thumbnails, PackedThumbnails):
            return thumbnails
        return cls.of([thumbnails[row] for row in range(len(thumbnails))])

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.ends)

    def __getitem__(self, row: int) -> bytes:
        """The JPEG of one picture; empty where there is none."""
        start = int(self.ends[row - 1]) if row else 0
        return self.data[start : int(self.ends[row])].tobytes()


@dataclass(frozen=True, eq=False)
class StackedThumbnails:
    """The thumbnails of several shards; a shard may have none.

    Args:
        parts: of each shard.
        places: which of their rows count.
    """

    parts: tuple[PackedThumbnails | None, ...]
    places: RowPlaces

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.places)

    def __getitem__(self, row: int) -> bytes:
        """The JPEG of one picture; empty where there is none."""
        ((part, _, inside),) = self.places.of(np.array([row], dtype=np.intp))
        held = self.parts[part]
        return b"" if held is None else held[int(inside[0])]
