"""Search with FAISS (extra ``faiss``): a flat index in memory, or a graph that answers at once.

The graph (HNSW) finds most of the nearest rows, not always all; what it finds is ranked exactly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.data.files import written_aside
from autocompose.errors import GalleryError, MissingExtraError
from autocompose.retrieval.searchers.exact import SPAN_ROWS
from autocompose.retrieval.searchers.searcher import Found, Mask
from autocompose.retrieval.shards.row_stack import RowStack, spans

LINKS = 32
"""Neighbours of a row in the graph."""
BUILD_BREADTH = 100
BREADTH = 128
"""Candidates that a search of the graph keeps, at least."""


NARROW = 0.1
"""Share of allowed rows below which all of them are looked at instead of the graph."""


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError(
            "this index needs FAISS; install it with: pip install 'autocompose[faiss]'"
        ) from error
    return faiss


class FaissSearch:
    """Finds the nearest rows in an index of FAISS.

    Args:
        index: of FAISS, over rows in their order, for inner products.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, rows: NDArray[np.float32] | RowStack, *, graph: bool = False) -> FaissSearch:
        """Make an index.

        Args:
            rows: (N, D) unit rows; they are copied into memory.
            graph: make a graph; False keeps the rows as they are and finds exactly.

        Raises:
            MissingExtraError: FAISS is not installed.
        """
        faiss = _faiss()
        width = rows.shape[1]
        if graph:
            index = faiss.IndexHNSWFlat(width, LINKS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = BUILD_BREADTH
        else:
            index = faiss.IndexFlatIP(width)
        for span in spans(rows, SPAN_ROWS):
            index.add(np.ascontiguousarray(span.rows(), dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> FaissSearch:
        """Read an index that `save` wrote.

        Raises:
            MissingExtraError: FAISS is not installed.
            GalleryError: the file cannot be read.
        """
        try:
            return cls(_faiss().read_index(str(path)))
        except RuntimeError as error:
            raise GalleryError(f"{path} is no index of FAISS; remove it") from error

    def save(self, path: Path) -> None:
        """Write the index, whole or not at all."""
        with written_aside(path) as aside:
            _faiss().write_index(self._index, str(aside))

    def __len__(self) -> int:
        """Rows that are searched."""
        return int(self._index.ntotal)

    def search(self, queries: torch.Tensor, k: int, *, allowed: Mask | None = None) -> Found:
        """The k nearest rows of each query, of those that are allowed.

        Args:
            queries: (Q, D) unit rows.
            k: how many, at most; a graph may find fewer.
            allowed: (N,) which rows may be found; None for all.
        """
        faiss = _faiss()
        k = min(k, len(self))
        options: dict[str, Any] = {}
        if allowed is not None and not allowed.all():
            bits = np.packbits(allowed, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(bits)
        index = self._index
        if hasattr(index, "hnsw") and allowed is not None and allowed.mean() < NARROW:
            index = faiss.downcast_index(index.storage)  # few paths of the graph lead to the rest
        if hasattr(index, "hnsw"):
            settings = faiss.SearchParametersHNSW(efSearch=max(BREADTH, 2 * k), **options)
        else:
            settings = faiss.SearchParameters(**options)
        wanted = np.ascontiguousarray(queries.float().numpy())
        scores, rows = index.search(wanted, k, params=settings)
        return Found(rows.astype(np.int64), scores.astype(np.float32))
