"""The records of an evaluation: what it measured, and how each query went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autocompose.evaluation.with_joints import JointsReport
from autocompose.schema import content_id

Recall = Mapping[str, float]
"""``"1" | "5" | "10" | "50"`` -> percent of queries."""


@dataclass(frozen=True)
class QueryOutcome:
    """How one query of an evaluation went.

    Args:
        rank: of the target in the gallery without the reference, 1 is best.
        group_rank: of the target within ``img_set``, None where groups cannot be ranked.
        top: the first ids of the ranking.
        phrasing_ranks: of the target for each text of the pair, the one above among them; empty
            where they were not asked.
    """

    reference: str
    target: str
    text: str
    rank: int
    group_rank: int | None = None
    top: tuple[str, ...] = ()
    phrasing_ranks: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """Hash of both images and the text: the same query has it under every model."""
        return content_id(self.reference, self.target, self.text)


@dataclass(frozen=True)
class EvalReport:
    """Composed pose retrieval under the official protocol: reference removed, exactly one target.

    Args:
        recall: percent of queries whose target is among the first K.
        recall_ci: 95 % bootstrap interval over queries, percent, per K.
        group_recall: recall at 1, 3, 5 inside ``img_set``, or None where a set is missing.
        baselines: ``image_only``, ``text_only`` and ``chance`` recalls, percent.
        baselines_ci: 95 % bootstrap intervals of ``image_only`` and ``text_only``.
        text_sets: the same recall for each other set of test texts (seen forms, new forms, new
            words).
        views: the figures by caption key, `evaluation.by_view.ViewRecall`, as JSON values;
            empty where they were not asked for.
        skipped: one line per record or image that could not be used.
        notes: what a reader of the figures must know, one line each.
        outcomes: each query of the main figure.
        composed: (Q, D) features of these queries; no part of what the report says.
        with_joints: what joints beside the pictures add; None where they were not asked for.
        outcomes_with_joints: each query of the main figure ranked with them, likewise.
    """

    recall: Recall
    recall_ci: Mapping[str, tuple[float, float]]
    group_recall: Recall | None
    median_rank: float
    num_queries: int
    num_gallery: int
    baselines: Mapping[str, Recall]
    baselines_ci: Mapping[str, Mapping[str, tuple[float, float]]]
    checkpoint: str
    dataset: str
    split: str
    text_sets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    views: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outcomes: tuple[QueryOutcome, ...] = field(default=(), repr=False)
    composed: Any = field(default=None, repr=False, compare=False)
    with_joints: JointsReport | None = None
    outcomes_with_joints: tuple[QueryOutcome, ...] = field(default=(), repr=False)
