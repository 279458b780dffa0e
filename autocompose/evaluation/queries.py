"""What an evaluation asks: a dataset, and the queries of a split under one caption key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from autocompose.retrieval.gallery import Gallery
from autocompose.schema import PoseImage, PosePair


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
class Queries:
    """The queries of one text key, as rows of the gallery; ``record`` is the pair's place."""

    record: list[int]
    reference: np.ndarray
    target: np.ndarray
    groups: list[list[int]]
    texts: list[str]


@dataclass(frozen=True, eq=False)
class Answers:
    """The queries of a text key, answered.

    Args:
        queries: Q of them.
        similarity: (Q, G) cosines with the gallery.
        ranks: (Q,) of the targets.
        text_only: (Q,) ranks that the texts give without their pictures.
        text: (Q, D) raw features of the texts.
        composed: (Q, D) features of the composed queries.
    """

    queries: Queries
    similarity: np.ndarray
    ranks: np.ndarray
    text_only: np.ndarray
    text: torch.Tensor
    composed: np.ndarray


def collect_queries(
    pairs: Sequence[PosePair], gallery: Gallery, key: str, *, all_sentences: bool
) -> tuple[Queries, list[str]]:
    """The queries of one text key, and one line for each record that gives none.

    Args:
        pairs: of a split.
        gallery: whose rows reference and target become.
        key: of the captions.
        all_sentences: one query per text; else the first text of each pair.
    """
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
    return Queries(record, np.array(reference, int), np.array(target, int), groups, texts), problems
