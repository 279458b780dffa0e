"""What every way of searching gives: for each query the nearest rows, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Found:
    """The nearest rows of Q queries.

    Args:
        rows: (Q, K) int64 places in the gallery; -1 where there are no more.
        scores: (Q, K) float32 cosines, falling; minus infinity where there are no more.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Make it so that what is no row has no score, and the other way round."""
        self.rows[~np.isfinite(self.scores)] = -1
        self.scores[self.rows < 0] = -np.inf


class Searcher(Protocol):
    """Finds the nearest of N unit rows by cosine."""

    def __len__(self) -> int:
        """Rows that are searched."""
        ...

    def search(self, queries: torch.Tensor, k: int, *, allowed: Mask | None = None) -> Found:
        """The k nearest rows of each query, of those that are allowed.

        Args:
            queries: (Q, D) unit rows.
            k: how many, at most.
            allowed: (N,) which rows may be found; None for all.
        """
        ...
