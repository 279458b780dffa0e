"""Unit rows in bfloat16, beside those in float32: a first scan reads half as much.

numpy has no such numbers; their bits are kept as whole ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.retrieval.shards.row_stack import RowPlaces, RowStack, stacked

HALVED_ROWS = 1_000
"""Rows of a shard from which its halves are kept; those of fewer are made at opening."""

Halves = NDArray[np.uint16]


def halved(rows: NDArray[np.float32]) -> Halves:
    """The bits of rows (N, D), each rounded to the nearest bfloat16."""
    bits = torch.from_numpy(np.ascontiguousarray(rows, np.float32)).bfloat16().view(torch.int16)
    return bits.numpy().view(np.uint16)


def from_bits(bits: Halves) -> torch.Tensor:
    """Rows (N, D) in bfloat16; they share the memory of their bits."""
    return torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)


def stacked_halves(
    kept: Sequence[Halves | None], embeddings: Sequence[NDArray[np.float32]], places: RowPlaces
) -> Halves | RowStack | None:
    """The halves of all shards; None where a large one has none, or no shard has.

    Args:
        kept: of each shard, where it has some.
        embeddings: of each shard.
        places: which of their rows count.
    """
    if all(one is None for one in kept):
        return None
    parts: list[Halves] = []
    for one, rows in zip(kept, embeddings, strict=True):
        if one is None and len(rows) >= HALVED_ROWS:
            return None  # written before there were halves
        parts.append(halved(rows) if one is None else one)
    return stacked(parts, places)
