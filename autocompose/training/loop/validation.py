"""Validation recall while a stage runs, from features that are there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from autocompose.data.triplets import query_triplets
from autocompose.evaluation.metrics import recall_at, target_ranks
from autocompose.model.joint_branch import JointSight
from autocompose.retrieval.encode import cosines, encode_batches
from autocompose.schema import PosePair, Triplet
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.steps import Compose, EncodeTexts

_KEYS = ("sents", "auto", "mllm")


@dataclass(frozen=True, eq=False)
class Validation:
    """Queries of a validation split.

    Args:
        queries: reference and target are pictures of ``gallery``.
        gallery: ids of the pictures that are ranked.
        images: their features.
        device: where features are composed.
    """

    queries: tuple[Triplet, ...]
    gallery: tuple[str, ...]
    images: FrozenFeatures
    device: torch.device

    @classmethod
    def build(
        cls,
        pairs: Sequence[PosePair],
        gallery: Sequence[str],
        images: FrozenFeatures,
        *,
        device: torch.device,
    ) -> Validation | None:
        """The first text of each pair under the first key that any has; None without queries.

        Args:
            pairs: sound records of the split.
            gallery: ids of its pictures; those without features are left out.
            images: features of the pictures.
            device: where features are composed.
        """
        known = [name for name in gallery if name in images.rows]
        here = set(known)
        for key in _KEYS:
            queries = [
                q
                for q in query_triplets(pairs, key=key)
                if q.reference in here and q.target in here and q.reference != q.target
            ]
            if queries:
                return cls(tuple(queries), tuple(known), images, device)
        return None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the queries."""
        return tuple(query.text for query in self.queries)

    def of(
        self, encode: EncodeTexts, compose: Compose, joints: JointSight | None = None
    ) -> Callable[[], tuple[float, float]]:
        """What measures R@1 and R@10 in percent, with the reference left out of the ranking.

        Args:
            encode: texts -> raw features.
            compose: picture and text features -> features of the wanted picture.
            joints: the branch for joints; None without.
        """
        row = {name: number for number, name in enumerate(self.gallery)}
        gallery = self.images.take(self.gallery).to(self.device)  # (G, D)
        known = None if joints is None else joints.known.of(self.gallery).to(self.device)
        target = np.array([row[query.target] for query in self.queries])
        reference = np.array([row[query.reference] for query in self.queries])

        def measure() -> tuple[float, float]:
            with torch.no_grad():
                seen = gallery if joints is None or known is None else joints.branch(gallery, known)
                keys = F.normalize(seen, dim=-1).cpu().numpy()
                texts = encode_batches(encode, self.texts)
                composed = compose(seen[torch.from_numpy(reference)], texts)
                ranks = target_ranks(cosines(composed, keys), target, reference)
            recall = recall_at(ranks, (1, 10))
            return recall["1"], recall["10"]

        return measure
