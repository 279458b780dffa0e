"""Composed pose retrieval under the official protocol, next to one-modality and chance baselines.

Source: the official clip_test.py and combiner_test.py: the gallery is the split's image list, and
the ranking excludes the reference and contains exactly one target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import torch

from autocompose.data.dataset import official_name
from autocompose.errors import DatasetError
from autocompose.evaluation.breakdown import by_length, by_part, over_phrasings
from autocompose.evaluation.by_view import ViewRecall, evaluate_views
from autocompose.evaluation.eval_report import EvalReport, QueryOutcome
from autocompose.evaluation.metrics import (
    GROUP_RECALL_AT,
    bootstrap_ci,
    chance,
    group_problem,
    group_ranks,
    recall_at,
    target_ranks,
    top_rows,
)
from autocompose.evaluation.queries import Answers, EvaluationDataset, Queries, collect_queries
from autocompose.evaluation.with_joints import with_joints
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.encode import compose_features, cosines, encode_texts
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import JointsOf
from autocompose.retrieval.said_back import heard
from autocompose.schema import OnEvent, PoseImage, PosePair

TEXT_KEYS = ("sents", "auto", "new-words")
TEXT_SET_NAMES = {"sents": "new_forms", "auto": "seen_forms", "new-words": "new_words"}
"""What the demo's test texts of each key are; another key keeps its own name in a report."""


def evaluate(
    model: ComposedModel,
    dataset: EvaluationDataset,
    split: str = "test",
    *,
    on_event: OnEvent | None = None,
    text_keys: Sequence[str] = TEXT_KEYS,
    all_sentences: bool | None = None,
    top: int = 0,
    phrasings: bool = False,
    views: bool = False,
    gallery: Gallery | None = None,
    joints: Literal["none", "known", "read"] | JointsOf = "none",
    checkpoint: str = "",
    seed: int = 0,
) -> EvalReport:
    """Evaluate a model on a split.

    Args:
        model: towers and composition.
        dataset: in the official layout.
        split: whose captions and image list are used.
        on_event: called with progress.
        text_keys: caption keys to evaluate over the same image features. The first one that the
            split has is the report's main figure; each has a row in ``text_sets``.
        all_sentences: one query per text; else the first text of each record. None does as the
            official code does: every text of the dataset ``aist``, the first one of others.
        top: how many ids of each ranking the report's ``outcomes`` keep.
        phrasings: ask the other texts of each pair too, for the spread over them.
        views: measure every source and view that the split has texts for, see
            `autocompose.evaluation.by_view`.
        gallery: the split's images, already embedded by this model.
        joints: rank all sets of texts once more with joints, for the report's ``with_joints``:
            ``known`` to the dataset, ``read`` by the image tower, or what a function estimates.
        checkpoint: how the report calls the model.
        seed: of the bootstrap.

    Returns:
        The report. Records that cannot be queried are named in ``skipped``, one line each.

    Raises:
        DatasetError: no record of the split can be queried.
        GalleryError: no gallery image can be read.
        FingerprintError: the given gallery was embedded by another model.
    """
    official = official_name(dataset.name)
    all_sentences = official == "aist" if all_sentences is None else all_sentences
    images = dataset.gallery(split)
    gallery = embedded(model, dataset, split, gallery=gallery, on_event=on_event)
    again = None if joints == "none" else with_joints(model, gallery, images, joints=joints)
    content = dataset.content(split)
    asking = _Asking(model, gallery, content.pairs, on_event)
    sets: dict[str, dict[str, Any]] = {}
    skipped = [*map(str, content.problems), *gallery.skipped]
    main: _MainSet | None = None
    for key in text_keys:
        queries, problems = asking.queries(key, all_sentences=all_sentences)
        skipped += [problem for problem in problems if problem not in skipped]
        if queries.texts:
            answers = asking.answers(queries, key)
            # The names tell how the demo's texts were made; in other data a key is just itself.
            name = key if official else TEXT_SET_NAMES.get(key, key)
            sets[name] = _text_set(answers.ranks, answers.text_only, seed)
            scores = None if again is None else again.rank(name, answers, seed=seed)
            if main is None:
                main = asking.main_set(answers, key, top=top, phrasings=phrasings)
                main = replace(main, scores=scores, top=top)
    if main is None:
        raise _nothing_to_ask(dataset, split, skipped, text_keys=text_keys)
    by_view = asking.by_view(images, official=bool(official), seed=seed) if views else {}
    return replace(
        _report(main, gallery, seed=seed),
        checkpoint=checkpoint or model.config.backbone,
        dataset=dataset.name,
        split=split,
        text_sets=sets,
        views={key: asdict(row) for key, row in by_view.items()},
        skipped=tuple(skipped),
        with_joints=None if again is None else again.report(),
    )


@dataclass(frozen=True, eq=False)
class _MainSet:
    """The answers of the report's main figure.

    Args:
        queries: what was asked.
        ranks: (Q,) of the targets.
        group: (Q,) ranks inside each ``img_set``, or None.
        best: (Q, K) gallery rows of the first K.
        phrasings: per query the ranks under all texts of its pair; empty where not asked for.
        baselines: ranks (Q,) of ``image_only`` and ``text_only``.
        composed: (Q, D) features of the queries.
        scores: (Q, G) that joints give; None where they were not asked for.
        top: how many ids of a ranking are kept.
    """

    queries: Queries
    ranks: np.ndarray
    group: np.ndarray | None
    best: np.ndarray
    phrasings: Sequence[tuple[int, ...]]
    baselines: Mapping[str, np.ndarray]
    composed: np.ndarray
    scores: np.ndarray | None = None
    top: int = 0

    def with_joints(self, gallery: Gallery) -> tuple[QueryOutcome, ...]:
        """The same queries ranked by ``scores``; of one phrasing each, without groups."""
        if self.scores is None:
            return ()
        rows = (self.queries.target, self.queries.reference)
        best = top_rows(self.scores, *rows, count=self.top)
        ranks = target_ranks(self.scores, *rows)
        again = replace(self, ranks=ranks, best=best, group=None, phrasings=())
        return tuple(_outcomes(again, gallery))


@dataclass(frozen=True, eq=False)
class _Asking:
    """Asks a model for the pairs of a split."""

    model: ComposedModel
    gallery: Gallery
    pairs: Sequence[PosePair]
    on_event: OnEvent | None

    def queries(self, key: str, *, all_sentences: bool) -> tuple[Queries, list[str]]:
        """The queries of a text key; neither queries nor problems where no pair has it."""
        asked = self.pairs if any(pair.texts.get(key) for pair in self.pairs) else ()
        return collect_queries(asked, self.gallery, key, all_sentences=all_sentences)

    def answers(self, queries: Queries, key: str) -> Answers:
        """The answers of the model, and those that the texts give without their pictures."""
        text = self._encoded(queries, key)
        words = heard(self.model, queries.texts, text)
        composed = self._composed(queries, words)
        similarity = cosines(composed, self.gallery.embeddings)
        ranks = target_ranks(similarity, queries.target, queries.reference)
        alone = cosines(words, self.gallery.embeddings)
        alone = target_ranks(alone, queries.target, queries.reference)
        return Answers(queries, similarity, ranks, alone, text, composed.numpy())

    def _composed(self, queries: Queries, text: torch.Tensor) -> torch.Tensor:
        """Features (Q, D) of the composed queries."""
        return compose_features(self.model, self.gallery.raw(queries.reference), text)

    def _encoded(self, queries: Queries, label: str) -> torch.Tensor:
        """Raw text features (Q, D)."""
        stage = f'encode texts "{label}"'
        return encode_texts(self.model, queries.texts, on_event=self.on_event, stage=stage)

    def main_set(self, answers: Answers, key: str, *, top: int, phrasings: bool) -> _MainSet:
        """Everything that the main figure has beside its ranks."""
        asked = answers.queries
        rows = (asked.target, asked.reference)
        image_only = cosines(self.gallery.raw(asked.reference), self.gallery.embeddings)
        return _MainSet(
            asked,
            answers.ranks,
            group=group_ranks(answers.similarity, *rows, groups=asked.groups),
            best=top_rows(answers.similarity, *rows, count=top),
            phrasings=self._phrasing_ranks(asked, key) if phrasings else (),
            baselines={
                "image_only": target_ranks(image_only, *rows),
                "text_only": answers.text_only,
            },
            composed=answers.composed,
        )

    def by_view(
        self, images: Sequence[PoseImage], *, official: bool, seed: int
    ) -> Mapping[str, ViewRecall]:
        """The figures of every source and view that the split has texts for."""
        return evaluate_views(
            self.model, self.pairs, images, gallery=self.gallery,
            official=official, seed=seed, on_event=self.on_event,
        )  # fmt: skip

    def _phrasing_ranks(self, asked: Queries, key: str) -> list[tuple[int, ...]]:
        """For each query that was asked, the rank of its target under every text of its pair."""
        queries, _ = self.queries(key, all_sentences=True)
        text = self._encoded(queries, f"{key}, every phrasing")
        words = heard(self.model, queries.texts, text)
        similarity = cosines(self._composed(queries, words), self.gallery.embeddings)
        ranks = target_ranks(similarity, queries.target, queries.reference)
        found: dict[int, list[int]] = {}
        for record, rank in zip(queries.record, ranks.tolist(), strict=True):
            found.setdefault(record, []).append(rank)
        return [tuple(found[record]) for record in asked.record]


def _report(main: _MainSet, gallery: Gallery, *, seed: int) -> EvalReport:
    """The figures; what they were measured on is left to the caller."""
    ranked = {name: recall_at(ranks) for name, ranks in main.baselines.items()}
    return EvalReport(
        recall=recall_at(main.ranks),
        recall_ci=bootstrap_ci(main.ranks, seed=seed),
        group_recall=None if main.group is None else recall_at(main.group, GROUP_RECALL_AT),
        median_rank=float(np.median(main.ranks)),
        num_queries=len(main.ranks),
        num_gallery=len(gallery),
        baselines={**ranked, "chance": chance(len(gallery))},
        baselines_ci={
            name: bootstrap_ci(ranks, seed=seed) for name, ranks in main.baselines.items()
        },
        checkpoint="",
        dataset="",
        split="",
        notes=_notes(main.queries, gallery),
        outcomes=tuple(_outcomes(main, gallery)),
        composed=main.composed,
        outcomes_with_joints=main.with_joints(gallery),
    )


def report_to_json(report: EvalReport) -> dict[str, Any]:
    """The JSON object that ``autocompose evaluate --json`` prints; recalls in percent."""
    spread = over_phrasings(report.outcomes)
    return {
        "recall": dict(report.recall),
        "recall_ci": _intervals(report.recall_ci),
        "group_recall": None if report.group_recall is None else dict(report.group_recall),
        "median_rank": report.median_rank,
        "num_queries": report.num_queries,
        "num_gallery": report.num_gallery,
        "baselines": {name: dict(recall) for name, recall in report.baselines.items()},
        "baselines_ci": {name: _intervals(ci) for name, ci in report.baselines_ci.items()},
        "text_sets": {
            name: {
                key: _intervals(value) if isinstance(value, Mapping) and "_ci" in key else value
                for key, value in row.items()
            }
            for name, row in report.text_sets.items()
        },
        "by_view": {
            key: {**row, "recall_ci": _intervals(row["recall_ci"])}
            for key, row in report.views.items()
        },
        "checkpoint": report.checkpoint,
        "dataset": report.dataset,
        "split": report.split,
        "skipped": list(report.skipped),
        "notes": list(report.notes),
        "by_part": {name: asdict(row) for name, row in by_part(report.outcomes).items()},
        "by_words": {name: asdict(row) for name, row in by_length(report.outcomes).items()},
        "phrasings": None if spread is None else asdict(spread),
        "with_joints": None if report.with_joints is None else asdict(report.with_joints),
    }


def _notes(queries: Queries, gallery: Gallery) -> tuple[str, ...]:
    """What the figures do not say of themselves."""
    problem = group_problem(queries.target, queries.reference, queries.groups)
    if problem is not None:
        query, reason = problem
        ids = [gallery.image_ids[rows[query]] for rows in (queries.reference, queries.target)]
        return (f"no group recall: {ids[0]} -> {ids[1]}: {reason}",)
    size = len({*queries.groups[0]} - {-1, int(queries.reference[0])})
    return tuple(
        f"group R@{k} is 100 by construction: each img_set has {size} images but the reference"
        for k in GROUP_RECALL_AT
        if k >= size
    )


def _outcomes(main: _MainSet, gallery: Gallery) -> Iterator[QueryOutcome]:
    """Each query with its ranks and the first ids of its ranking."""
    ids, queries = gallery.image_ids, main.queries
    for i, text in enumerate(queries.texts):
        yield QueryOutcome(
            reference=ids[queries.reference[i]],
            target=ids[queries.target[i]],
            text=text,
            rank=int(main.ranks[i]),
            group_rank=None if main.group is None else int(main.group[i]),
            top=tuple(ids[row] for row in main.best[i]),
            phrasing_ranks=main.phrasings[i] if main.phrasings else (),
        )


def _text_set(ranks: np.ndarray, text_only: np.ndarray, seed: int) -> dict[str, Any]:
    return {
        "recall": recall_at(ranks),
        "recall_ci": bootstrap_ci(ranks, seed=seed),
        "median_rank": float(np.median(ranks)),
        "num_queries": len(ranks),
        "text_only": recall_at(text_only),
        "text_only_ci": bootstrap_ci(text_only, seed=seed),
    }


def _intervals(intervals: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {k: list(bounds) for k, bounds in intervals.items()}


def _nothing_to_ask(
    dataset: EvaluationDataset, split: str, skipped: Sequence[str], *, text_keys: Sequence[str]
) -> DatasetError:
    reason = skipped[0] if skipped else f"no record has a text under {', '.join(text_keys)}"
    return DatasetError(
        f'split "{split}" of "{dataset.name}" has no query to evaluate ({reason}); '
        "check its captions and its image list"
    )


def embedded(
    model: ComposedModel,
    dataset: EvaluationDataset,
    split: str,
    *,
    gallery: Gallery | None = None,
    on_event: OnEvent | None = None,
) -> Gallery:
    """The given gallery if this model embedded it, or the images of the split, embedded now.

    Args:
        model: towers and composition.
        dataset: in the official layout.
        split: whose image list is used.
        gallery: already embedded.
        on_event: called with progress.

    Raises:
        DatasetError: the split lists no images.
        GalleryError: no image can be read.
        FingerprintError: another model embedded the gallery.
    """
    if gallery is not None:
        gallery.check_model(model)
        return gallery
    images = dataset.gallery(split)
    return embed_images(
        model,
        [image.path for image in images],
        root=_images_root(images, split),
        name=f"{dataset.name} {split}",
        known=KnownJoints(images),
        on_event=on_event,
    )


def _images_root(images: Sequence[PoseImage], split: str) -> Any:
    """The folder that image ids are relative to."""
    if not images:
        raise DatasetError(f'split "{split}" lists no images; fill its image_splits file')
    first = images[0]
    depth = len(first.id.replace("\\", "/").split("/"))
    return first.path.absolute().parents[depth - 1]
