"""Recall, median rank and their uncertainty, from similarities.

Source: the official ``validate.compute_cpr_val_metrics``: the ranking excludes the reference and
contains exactly one target. Ranks are counted rather than sorted, which gives the same recalls in a
twelfth of the time.
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
    *,
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
    if group_problem(target, reference, groups) is not None:
        return None
    kept = _without(reference, groups)
    columns = np.array(kept, dtype=np.int64)  # (Q, S)
    within = np.take_along_axis(np.asarray(similarity), columns, axis=1)
    position = (columns == np.asarray(target)[:, None]).argmax(axis=1)
    return target_ranks(within, position)


def group_problem(
    target: np.ndarray, reference: np.ndarray, groups: Sequence[Sequence[int]]
) -> tuple[int, str] | None:
    """Why groups cannot be ranked: the first query that is to blame and the reason, or None.

    Args:
        target: (Q,) gallery rows.
        reference: (Q,) gallery rows.
        groups: see `group_ranks`.
    """
    kept = _without(reference, groups)
    for query, (group, wanted) in enumerate(zip(kept, target, strict=True)):
        if int(wanted) not in group:
            return query, "its img_set does not contain the target"
        if len(group) != len(kept[0]):
            return query, (
                f"its img_set leaves {len(group)} gallery images without the reference, that of "
                f"the first query {len(kept[0])}"
            )
    return None


def _without(reference: np.ndarray, groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """The gallery rows of each group but for its reference."""
    return [
        sorted({row for row in group if row >= 0} - {int(ref)})
        for group, ref in zip(groups, reference, strict=True)
    ]


def top_rows(
    similarity: np.ndarray, target: np.ndarray, reference: np.ndarray, *, count: int
) -> np.ndarray:
    """The first gallery rows of each ranking, the reference removed.

    Agrees with `target_ranks`: among equals the target comes last, the others in gallery order.

    Args:
        similarity: (Q, G).
        target: (Q,) gallery rows.
        reference: (Q,) gallery rows.
        count: at most this many; a small gallery has fewer (the official code crashes there).

    Returns:
        (Q, min(count, G - 1)) int64.
    """
    if count < 1:
        return np.zeros((len(similarity), 0), dtype=np.int64)
    similarity = np.array(similarity, dtype=np.float64)
    rows = np.arange(len(similarity))
    # Not-a-number helps no target, as in `target_ranks`: it stands first, a target's own last.
    own = similarity[rows, target]
    similarity[np.isnan(similarity)] = np.inf
    similarity[rows, target] = np.where(np.isnan(own), -np.inf, own)
    is_target, is_reference = np.zeros((2, *similarity.shape), dtype=bool)
    is_target[rows, target] = True
    is_reference[rows, reference] = True
    order = np.lexsort((is_target, -similarity, is_reference), axis=-1)
    return order[:, : min(count, similarity.shape[1] - 1)]


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
        resamples: how many times the queries are drawn, with replacement.
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


def mean_ci(values: np.ndarray, *, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval (95 %) of a mean, for values that are no hits or misses.

    Args:
        values: (Q,) one for each query, e.g. the difference between two models.
        resamples: how many times the queries are drawn, with replacement.
        seed: of the draws.

    >>> mean_ci(np.ones(5))
    (1.0, 1.0)
    """
    draws = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def chance(num_gallery: int, at: Sequence[int] = RECALL_AT) -> Mapping[str, float]:
    """Recall of a random ranking in percent: K of the G - 1 images that remain.

    >>> chance(101)
    {'1': 1.0, '5': 5.0, '10': 10.0, '50': 50.0}
    """
    return {str(k): min(100.0, 100.0 * k / max(num_gallery - 1, 1)) for k in at}
