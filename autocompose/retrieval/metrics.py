"""Recall, median rank and their uncertainty, from similarities.

Source: the official ``validate.compute_cpr_val_metrics``: the reference leaves the
ranking, exactly one target stands in it. Ranks are counted rather than sorted, which gives the same
recalls in a twelfth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

RECALL_AT = (1, 5, 10, 50)
GROUP_RECALL_AT = (1, 3, 5)


def target_ranks(
    similarity: np.ndarray, target: np.ndarray, reference: np.ndarray | None = None
) -> np.ndarray:
    """Rank of each query's target after its reference has been removed.

    Ties count against the query: an image as similar as the target stands before it. (The official
    argsort leaves their order to chance, and a model that gives one feature to every image would
    do well by it.)

    Args:
        similarity: (Q, G) query against gallery, higher is closer.
        target: (Q,) gallery row of the target.
        reference: (Q,) gallery row of the reference, -1 or None where there is none to remove.

    Returns:
        (Q,) int64, 1 is best.
    """
    similarity = np.asarray(similarity)
    rows = np.arange(len(similarity))
    target = np.asarray(target)
    own = similarity[rows, target][:, None]
    ahead = ~(similarity < own)  # (Q, G); not-a-number counts as ahead, so it cannot help
    ahead[rows, target] = False
    if reference is not None:
        reference = np.asarray(reference)
        known = reference >= 0
        ahead[rows[known], reference[known]] = False
    return 1 + ahead.sum(axis=1)


def group_ranks(
    similarity: np.ndarray,
    target: np.ndarray,
    reference: np.ndarray,
    groups: Sequence[Sequence[int]],
) -> np.ndarray | None:
    """Rank of each target among its ``img_set``, the reference removed.

    Args:
        similarity: (Q, G).
        target: (Q,) gallery rows.
        reference: (Q,) gallery rows.
        groups: per query the gallery rows of its ``img_set``; -1 for a name outside the gallery.

    Returns:
        (Q,) int64, or None unless every group is as long as the others after removal (the official
        reshape fails there) and contains its target.
    """
    kept = [
        sorted({row for row in group if row >= 0} - {int(ref)})
        for group, ref in zip(groups, reference, strict=True)
    ]
    if len({len(group) for group in kept}) != 1:
        return None
    if any(int(t) not in group for group, t in zip(kept, target, strict=True)):
        return None
    columns = np.array(kept, dtype=np.int64)  # (Q, S)
    within = np.take_along_axis(np.asarray(similarity), columns, axis=1)
    position = (columns == np.asarray(target)[:, None]).argmax(axis=1)
    return target_ranks(within, position)


def recall_at(ranks: np.ndarray, at: Sequence[int] = RECALL_AT) -> dict[str, float]:
    """Percent of queries whose rank is at most K, per K.

    >>> recall_at(np.array([1, 2, 7, 60]), at=(1, 5, 50))
    {'1': 25.0, '5': 50.0, '50': 75.0}
    """
    ranks = np.asarray(ranks)
    return {str(k): 100.0 * int((ranks <= k).sum()) / len(ranks) for k in at}


def bootstrap_ci(
    ranks: np.ndarray,
    at: Sequence[int] = RECALL_AT,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap intervals of the recalls over queries.

    Args:
        ranks: (Q,).
        at: the K of each recall.
        resamples: how many times the queries are drawn anew, with replacement.
        level: share of the resamples inside the interval.
        seed: of the draws; the same seed and Q draw the same queries for every K and model.

    Returns:
        K -> (low, high) in percent.
    """
    ranks = np.asarray(ranks)
    count = len(ranks)
    hits = np.stack([ranks <= k for k in at], axis=1).astype(np.float64)  # (Q, K)
    # How often each query is drawn: all that a mean needs, so no (resamples, Q) gather.
    drawn = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1 / count), size=resamples
    )
    recalls = 100.0 * (drawn @ hits) / count  # (resamples, K)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(recalls, [tail, 100 - tail], axis=0)
    return {str(k): (float(low[i]), float(high[i])) for i, k in enumerate(at)}


def chance(num_gallery: int, at: Sequence[int] = RECALL_AT) -> Mapping[str, float]:
    """Recall of a random ranking in percent: K of the G - 1 images that remain.

    >>> chance(101)
    {'1': 1.0, '5': 5.0, '10': 10.0, '50': 50.0}
    """
    return {str(k): min(100.0, 100.0 * k / max(num_gallery - 1, 1)) for k in at}
