"""Scores of a gallery's pictures, and the order that they give; equal scores in gallery order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from autocompose.errors import ConfigError, GalleryError
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.searchers.exact import ExactSearch, products
from autocompose.schema import Hit


def score(queries: torch.Tensor, gallery: Gallery, *, exclude: Iterable[str] = ()) -> torch.Tensor:
    """Cosines (Q, N) of queries with a gallery; minus infinity for what is left out.

    Args:
        queries: (Q, D) unit rows.
        gallery: of N images.
        exclude: ids left out for every query; ids that are not in the gallery change nothing.

    Raises:
        GalleryError: a row of the gallery holds numbers that are not finite.
    """
    with torch.inference_mode():
        scores = products(queries.float(), gallery.embeddings)
        if bool(torch.isnan(scores).any()):
            raise GalleryError(
                f'the gallery "{gallery.name}" holds values that are not finite numbers; index it '
                "again"
            )
        scores[:, [gallery.row(name) for name in exclude if name in gallery]] = float("-inf")
        return scores


def rank_of(scores: torch.Tensor, row: int) -> int:
    """Where a row of the gallery stands in one row of scores (N,), from 1; 0 if it is left out.

    Equal scores stand in gallery order, as in `rank`.
    """
    own = scores[row]
    if own == float("-inf"):
        return 0
    return 1 + int((scores > own).sum()) + int((scores[:row] == own).sum())


def rank(
    queries: torch.Tensor, gallery: Gallery, *, exclude: Iterable[str] = (), k: int = 10
) -> list[tuple[Hit, ...]]:
    """The nearest gallery images of each query by cosine, exact; equal scores in gallery order.

    Args:
        queries: (Q, D) unit rows.
        gallery: what to rank.
        exclude: ids left out for every query; ids that are not in the gallery change nothing.
        k: hits per query, at most.

    Returns:
        Per query its hits, ranks from 1.

    Raises:
        ConfigError: ``k`` is below 1.
    """
    check_count(k)
    allowed = np.ones(len(gallery), dtype=bool)
    allowed[[gallery.row(name) for name in exclude if name in gallery]] = False
    found = ExactSearch(gallery.embeddings, gallery.halves).search(queries, k, allowed=allowed)
    return [
        tuple(
            Hit(place, gallery.image_ids[row], float(score))
            for place, (row, score) in enumerate(zip(rows, scores, strict=True), start=1)
            if row >= 0
        )
        for rows, scores in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
    ]


def check_count(k: int) -> None:
    """Refuse to list nothing.

    Raises:
        ConfigError: ``k`` is below 1.
    """
    if k < 1:
        raise ConfigError(f"k is {k}; ask for at least 1 image")


def best_hits(
    order: torch.Tensor, gallery: Gallery, k: int, *, shown: torch.Tensor | None = None
) -> tuple[Hit, ...]:
    """The k best of one row of scores.

    Args:
        order: (N,), minus infinity for what is left out.
        gallery: of N images.
        k: how many, at most.
        shown: (N,) the scores that the hits carry, where they are others.
    """
    k = min(k, int((order > float("-inf")).sum()))
    if k < 1:
        return ()
    shown = order if shown is None else shown
    # topk breaks ties as it likes, also at the last place: take all that reach it, then sort.
    last = order.topk(k).values[-1]
    rows = torch.nonzero(order >= last).flatten()
    first = torch.sort(order[rows], descending=True, stable=True).indices[:k]
    return tuple(
        Hit(place, gallery.image_ids[row], float(shown[row]))
        for place, row in enumerate(rows[first].tolist(), start=1)
    )
