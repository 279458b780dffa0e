"""FixMyPose's own retrieval task: pick the target among the ten images of a query.

Kept apart from composed pose retrieval over a whole gallery: the figures do not compare. The
reference is usually one of the ten and stays, as a wrong answer.

Source: FixMyPose (AAAI 2021), its ``*_ret_NC.json`` files: ``img0``, ``sents``, ``trg0`` ...
``trg9``, ``ans_idx``; only the file name of each path counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch

from autocompose.data.files import check_name, read_json
from autocompose.errors import CaptionFileError, DatasetError
from autocompose.evaluation.metrics import bootstrap_ci, recall_at, target_ranks
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.encode import compose_features, cosines
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.said_back import heard
from autocompose.schema import OnEvent

_KEYS = ("img0", "sents", "ans_idx")


@dataclass(frozen=True)
class CandidateQuery:
    """A reference, a text, and the images to choose from; ``answer`` is the place of the target."""

    reference: str
    text: str
    candidates: tuple[str, ...]
    answer: int


@dataclass(frozen=True)
class CandidateReport:
    """How often the target is the first among its candidates, in percent.

    Args:
        accuracy_ci: 95 % bootstrap interval over queries.
        image_only: the same with the reference alone as the query.
        text_only: the same with the text alone.
        chance: of a random choice.
    """

    accuracy: float
    accuracy_ci: tuple[float, float]
    image_only: float
    text_only: float
    chance: float
    num_queries: int
    num_images: int
    skipped: tuple[str, ...] = ()


def read_candidates(path: Path) -> tuple[CandidateQuery, ...]:
    """Read a FixMyPose retrieval file.

    Raises:
        CaptionFileError: not such a file; the message names the record.
        UnsafePathError: an image's name is none.
    """
    records = read_json(path)
    if not isinstance(records, list) or not records:
        raise CaptionFileError(f"{path}: expected a list of queries with {', '.join(_KEYS)}, trg0")
    return tuple(_query(record, f"{path}[{i}]") for i, record in enumerate(records))


def evaluate_candidates(
    model: ComposedModel,
    queries: Sequence[CandidateQuery],
    images: Path,
    *,
    known: KnownJoints | None = None,
    on_event: OnEvent | None = None,
    seed: int = 0,
) -> CandidateReport:
    """Measure a model on queries with candidates. Ties count against the query.

    Args:
        model: towers and composition.
        queries: of `read_candidates`.
        images: folder of the images.
        known: true joints by file name, for a model with the branch for joints.
        on_event: called with progress.
        seed: of the bootstrap.

    Raises:
        DatasetError: no query has all its images.
    """
    names = dict.fromkeys(name for q in queries for name in (q.reference, *q.candidates))
    there = [images / name for name in names if (images / name).is_file()]
    if not there:
        raise DatasetError(f"none of {len(names)} images of the queries is in {images}; copy them")
    gallery = embed_images(model, there, root=images, known=known, on_event=on_event)
    skipped = list(gallery.skipped)
    kept: list[CandidateQuery] = []
    for query in queries:
        lacking = [n for n in (query.reference, *query.candidates) if n not in gallery]
        if lacking:
            skipped.append(f'{query.reference}: "{lacking[0]}" is missing or unreadable')
        else:
            kept.append(query)
    if not kept:
        raise DatasetError(f"no query has all its images in {images}; the first: {skipped[0]}")
    text = heard(model, [query.text for query in kept])
    reference = gallery.raw([gallery.row(query.reference) for query in kept])
    composed = _ranks(compose_features(model, reference, text), kept, gallery)
    return CandidateReport(
        accuracy=_first(composed),
        accuracy_ci=bootstrap_ci(composed, (1,), seed=seed)["1"],
        image_only=_first(_ranks(reference, kept, gallery)),
        text_only=_first(_ranks(text, kept, gallery)),
        chance=float(np.mean([100 / len(query.candidates) for query in kept])),
        num_queries=len(kept),
        num_images=len(gallery),
        skipped=tuple(skipped),
    )


def _first(ranks: np.ndarray) -> float:
    return recall_at(ranks, (1,))["1"]


def _ranks(
    features: torch.Tensor, queries: Sequence[CandidateQuery], gallery: Gallery
) -> np.ndarray:
    """(Q,) rank of each target among its candidates; lengths of the features do not matter."""
    found = []
    for feature, query in zip(features, queries, strict=True):
        rows = [gallery.row(name) for name in query.candidates]
        similarity = cosines(feature[None], gallery.embeddings[rows])
        found.append(int(target_ranks(similarity, np.array([query.answer]))[0]))
    return np.array(found)


def _query(record: object, where: str) -> CandidateQuery:
    if not isinstance(record, dict) or any(key not in record for key in _KEYS):
        raise CaptionFileError(f"{where}: expected a query with {', '.join(_KEYS)} and trg0 ...")
    targets = [record[f"trg{i}"] for i in range(len(record)) if f"trg{i}" in record]
    sents, answer = record["sents"], record["ans_idx"]
    if not isinstance(sents, list) or not sents or not isinstance(sents[0], str):
        raise CaptionFileError(f'{where}: sents must be a list of texts; write ["..."]')
    if len(targets) < 2 or not isinstance(answer, int) or not 0 <= answer < len(targets):
        raise CaptionFileError(
            f"{where}: ans_idx {json.dumps(answer)} is not the number of one of "
            f"{len(targets)} images trg0 ..."
        )
    names = [_file_name(path, where) for path in (record["img0"], *targets)]
    return CandidateQuery(names[0], sents[0], tuple(names[1:]), answer)


def _file_name(path: object, where: str) -> str:
    """The last part of a path on somebody else's machine."""
    return check_name(PurePosixPath(str(path)).name, where)
