"""Composed pose retrieval under the official protocol, beside what one modality and chance reach.

Source: the official clip_test.py and combiner_test.py: the gallery is the split's image list, the
reference leaves the ranking, exactly one target stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F

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
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.gallery import Gallery, embed_images
from autocompose.retrieval.search import compose_features, encode_texts
from autocompose.schema import Event, OnEvent, PoseImage, PosePair

TEXT_KEYS = ("sents", "auto", "new-words")
TEXT_SET_NAMES = {"sents": "new_forms", "auto": "seen_forms", "new-words": "new_words"}
"""What the demo's test texts of each key are; another key keeps its own name in a report."""

TEXT_BATCH = 256


class Content(Protocol):
    """The sound records of a split and the problems of the others."""

    @property
    def pairs(self) -> Sequence[PosePair]:
        """Sound records."""
        ...

    @property
    def problems(self) -> Sequence[Exception]:
        """One error per record that is not sound."""
        ...


class EvaluationDataset(Protocol):
    """What an evaluation needs of a dataset; `autocompose.data.dataset.PoseDataset` has it."""

    @property
    def name(self) -> str:
        """Its name in the report."""
        ...

    def content(self, split: str) -> Content:
        """The records of a split."""
        ...

    def gallery(self, split: str) -> Sequence[PoseImage]:
        """The images that a split's queries are ranked against."""
        ...


@dataclass(frozen=True, eq=False)
class _Queries:
    """The queries of one text key, as rows of the gallery; ``record`` is the pair's place."""

    record: list[int]
    reference: np.ndarray
    target: np.ndarray
    groups: list[list[int]]
    texts: list[str]


def evaluate(
    model: ComposedModel,
    dataset: EvaluationDataset,
    split: str = "test",
    on_event: OnEvent | None = None,
    *,
    text_keys: Sequence[str] = TEXT_KEYS,
    all_sentences: bool | None = None,
    top: int = 0,
    phrasings: bool = False,
    views: bool = False,
    gallery: Gallery | None = None,
    checkpoint: str = "",
    seed: int = 0,
) -> EvalReport:
    """Evaluate a model on a split.

    Args:
        model: towers and composition.
        dataset: in the official layout.
        split: whose captions and image list are used.
        on_event: told of the progress.
        text_keys: caption keys to evaluate one after the other over the same image features. The
            first one that the split has is the report's main figure; each has a row in
            ``text_sets``.
        all_sentences: one query per text; else the first text of each record. None does as the
            official code does: every text of the dataset ``aist``, the first one of others.
        top: how many ids of each ranking the report's ``outcomes`` keep.
        phrasings: ask the other texts of each pair too, for the spread over them.
        views: measure every source and view that the split has texts for, see
            `autocompose.evaluation.by_view`.
        gallery: the split's images, already embedded by this model.
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
    if all_sentences is None:
        all_sentences = official == "aist"
    images = dataset.gallery(split)
    if gallery is None:
        gallery = embed_images(
            model,
            [image.path for image in images],
            root=_images_root(images, split),
            name=f"{dataset.name} {split}",
            known=KnownJoints(images),
            on_event=on_event,
        )
    else:
        gallery.check_model(model)
    content = dataset.content(split)
    skipped = [str(problem) for problem in content.problems] + list(gallery.skipped)
    sets: dict[str, dict[str, Any]] = {}
    main: _Queries | None = None
    ranks = np.zeros(0, dtype=np.int64)
    group: np.ndarray | None = None
    best = np.zeros((0, 0), dtype=np.int64)
    others: list[tuple[int, ...]] = []
    baselines: dict[str, np.ndarray] = {}
    present = [key for key in text_keys if any(pair.texts.get(key) for pair in content.pairs)]
    for key in present:
        queries, problems = _collect(content.pairs, gallery, key, all_sentences=all_sentences)
        skipped += [problem for problem in problems if problem not in skipped]
        if not queries.texts:
            continue
        text = _encode(model, queries.texts, key, on_event)
        reference = gallery.raw(queries.reference)
        similarity = _similarity(compose_features(model, reference, text), gallery)
        of_key = target_ranks(similarity, queries.target, queries.reference)
        alone = target_ranks(_similarity(text, gallery), queries.target, queries.reference)
        # The names tell how the demo's texts were made; in other data a key is just itself.
        name = key if official else TEXT_SET_NAMES.get(key, key)
        sets[name] = _text_set(of_key, alone, seed)
        if main is None:
            main, ranks = queries, of_key
            group = group_ranks(similarity, queries.target, queries.reference, queries.groups)
            best = top_rows(similarity, queries.target, queries.reference, count=top)
            if phrasings:
                others = _phrasing_ranks(model, content.pairs, gallery, key, queries, on_event)
            image_only = _similarity(reference, gallery)
            baselines["image_only"] = target_ranks(image_only, queries.target, queries.reference)
            baselines["text_only"] = alone
    if main is None:
        reason = skipped[0] if skipped else f"no record has a text under {', '.join(text_keys)}"
        raise DatasetError(
            f'split "{split}" of "{dataset.name}" has no query to evaluate ({reason}); '
            "check its captions and its image list"
        )
    by_view: Mapping[str, ViewRecall] = {}
    if views:
        by_view = evaluate_views(
            model, content.pairs, images, gallery,
            official=bool(official), seed=seed, on_event=on_event,
        )  # fmt: skip
    return EvalReport(
        recall=recall_at(ranks),
        recall_ci=bootstrap_ci(ranks, seed=seed),
        group_recall=None if group is None else recall_at(group, GROUP_RECALL_AT),
        median_rank=float(np.median(ranks)),
        num_queries=len(ranks),
        num_gallery=len(gallery),
        baselines={
            **{name: recall_at(of_name) for name, of_name in baselines.items()},
            "chance": chance(len(gallery)),
        },
        baselines_ci={
            name: bootstrap_ci(of_name, seed=seed) for name, of_name in baselines.items()
        },
        checkpoint=checkpoint or model.config.backbone,
        dataset=dataset.name,
        split=split,
        text_sets=sets,
        views={key: asdict(row) for key, row in by_view.items()},
        skipped=tuple(skipped),
        notes=_notes(main, gallery),
        outcomes=tuple(_outcomes(main, gallery, ranks, group, best, others)),
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
    }


def _collect(
    pairs: Sequence[PosePair], gallery: Gallery, key: str, *, all_sentences: bool
) -> tuple[_Queries, list[str]]:
    """The queries of one text key, and one line for each record that gives none."""
    reference: list[int] = []
    target: list[int] = []
    groups: list[list[int]] = []
    texts: list[str] = []
    problems: list[str] = []
    record: list[int] = []
    for place, pair in enumerate(pairs):
        where = f"{pair.reference.id} -> {pair.target.id}"
        outside = [image.id for image in (pair.reference, pair.target) if image.id not in gallery]
        found = pair.texts.get(key, ())
        found = found if all_sentences else found[:1]
        if outside:
            problems.append(f'{where}: "{outside[0]}" is not in the gallery')
        elif pair.reference.id == pair.target.id:
            problems.append(f"{where}: the reference is its own target")
        elif not found:
            problems.append(f'{where}: no text under "{key}"')
        else:
            for text in found:
                if not text.strip():
                    problems.append(f'{where}: a text under "{key}" is empty')
                    continue
                record.append(place)
                reference.append(gallery.row(pair.reference.id))
                target.append(gallery.row(pair.target.id))
                groups.append([gallery.row(n) if n in gallery else -1 for n in pair.image_set])
                texts.append(text)
    return _Queries(
        record, np.array(reference, int), np.array(target, int), groups, texts
    ), problems


def _notes(queries: _Queries, gallery: Gallery) -> tuple[str, ...]:
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


def _outcomes(
    queries: _Queries,
    gallery: Gallery,
    ranks: np.ndarray,
    group: np.ndarray | None,
    best: np.ndarray,
    others: Sequence[tuple[int, ...]],
) -> Iterator[QueryOutcome]:
    """Each query with its ranks and the first ids of its ranking, ``best`` (Q, K)."""
    ids = gallery.image_ids
    for i, text in enumerate(queries.texts):
        yield QueryOutcome(
            reference=ids[queries.reference[i]],
            target=ids[queries.target[i]],
            text=text,
            rank=int(ranks[i]),
            group_rank=None if group is None else int(group[i]),
            top=tuple(ids[row] for row in best[i]),
            phrasing_ranks=others[i] if others else (),
        )


def _phrasing_ranks(
    model: ComposedModel,
    pairs: Sequence[PosePair],
    gallery: Gallery,
    key: str,
    asked: _Queries,
    on_event: OnEvent | None,
) -> list[tuple[int, ...]]:
    """For each query that was asked, the rank of its target under every text of its pair."""
    queries, _ = _collect(pairs, gallery, key, all_sentences=True)
    text = _encode(model, queries.texts, f"{key}, every phrasing", on_event)
    composed = compose_features(model, gallery.raw(queries.reference), text)
    ranks = target_ranks(_similarity(composed, gallery), queries.target, queries.reference)
    found: dict[int, list[int]] = {}
    for record, rank in zip(queries.record, ranks.tolist(), strict=True):
        found.setdefault(record, []).append(rank)
    return [tuple(found[record]) for record in asked.record]


def _encode(
    model: ComposedModel,
    texts: Sequence[str],
    key: str,
    on_event: OnEvent | None,
) -> torch.Tensor:
    """Raw text features (Q, D); each distinct text is encoded once."""
    distinct = sorted(set(texts), key=lambda text: (len(text), text))  # similar lengths crop well
    features = []
    for start in range(0, len(distinct), TEXT_BATCH):
        features.append(encode_texts(model, distinct[start : start + TEXT_BATCH]))
        if on_event is not None:
            done = min(start + TEXT_BATCH, len(distinct))
            on_event(Event(f'encode texts "{key}"', done, len(distinct)))
    place = {text: row for row, text in enumerate(distinct)}
    return torch.cat(features)[[place[text] for text in texts]]


def _similarity(features: torch.Tensor, gallery: Gallery) -> np.ndarray:
    """Cosines (Q, G) of features of any length with the gallery."""
    return F.normalize(features, dim=-1).numpy() @ gallery.embeddings.T


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


def _images_root(images: Sequence[PoseImage], split: str) -> Any:
    """The folder that image ids are relative to."""
    if not images:
        raise DatasetError(f'split "{split}" lists no images; fill its image_splits file')
    first = images[0]
    depth = len(first.id.replace("\\", "/").split("/"))
    return first.path.absolute().parents[depth - 1]
