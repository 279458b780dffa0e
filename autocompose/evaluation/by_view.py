"""Recall by source and view: the texts of the way back, of the flipped pictures, and of both.

A view is evaluated as it is trained: a reversed one starts at the target, a mirrored one has every
picture of the gallery flipped, as a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from autocompose.evaluation.captions.r_precision import embed_view
from autocompose.evaluation.eval_report import Recall
from autocompose.evaluation.metrics import bootstrap_ci, recall_at, target_ranks
from autocompose.model.composed import ComposedModel
from autocompose.retrieval.encode import compose_features, cosines
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.said_back import heard
from autocompose.schema import (
    CAPTION_MEANINGS,
    Event,
    OnEvent,
    PoseImage,
    PosePair,
    Source,
    TextStyle,
)


@dataclass(frozen=True)
class ViewRecall:
    """The figures of the first text of each pair under one caption key, reference removed.

    Args:
        source: whose texts; ``sents`` is human in official datasets, elsewhere just itself, and
            ``search`` is a model's texts as people search.
        view: how they see the pair.
        recall: percent, see `autocompose.evaluation.metrics.recall_at`.
        recall_ci: 95 % bootstrap intervals over queries.
    """

    source: str
    view: str
    recall: Recall
    recall_ci: Mapping[str, tuple[float, float]]
    median_rank: float
    num_queries: int


def evaluate_views(
    model: ComposedModel,
    pairs: Sequence[PosePair],
    images: Sequence[PoseImage],
    *,
    gallery: Gallery,
    official: bool,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> Mapping[str, ViewRecall]:
    """Measure every source and view that pairs have texts for, by caption key.

    Args:
        model: towers and composition.
        pairs: of a split; those with an image outside the gallery are left out.
        images: of the split's gallery.
        gallery: these images, embedded by the model; unreadable ones are not in it.
        official: the dataset is one of the official code's, whose ``sents`` people wrote.
        seed: of the bootstrap.
        on_event: called with progress.
    """
    by_id = {image.id: image for image in images}
    ordered = [by_id[name] for name in gallery.image_ids]
    features: dict[bool, torch.Tensor] = {False: gallery.raw(np.arange(len(gallery)))}
    found: dict[str, ViewRecall] = {}
    for key, meaning in CAPTION_MEANINGS.items():
        source, view = meaning.source, meaning.view
        asked = [
            pair
            for pair in pairs
            if pair.texts.get(key)
            and pair.reference.id != pair.target.id
            and pair.reference.id in gallery
            and pair.target.id in gallery
        ]
        if not asked:
            continue
        if view.mirrors not in features:
            features[view.mirrors] = embed_view(model, ordered, view, on_event=on_event)
        rows = np.array([[gallery.row(p.reference.id), gallery.row(p.target.id)] for p in asked])
        start, end = view.order(*rows.T)
        ranks = _ranks(
            model, features[view.mirrors], [p.texts[key][0] for p in asked], start=start, end=end
        )
        human = source is Source.HUMAN and not official
        searched = meaning.style is TextStyle.SEARCH
        found[key] = ViewRecall(
            source="sents" if human else "search" if searched else source.value,
            view=view.value,
            recall=recall_at(ranks),
            recall_ci=bootstrap_ci(ranks, seed=seed),
            median_rank=float(np.median(ranks)),
            num_queries=len(ranks),
        )
        if on_event is not None:
            on_event(Event(f"view {view.value}, {source.value}", len(ranks), len(ranks)))
    return found


def _ranks(
    model: ComposedModel,
    features: torch.Tensor,
    texts: Sequence[str],
    *,
    start: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    """(Q,) ranks of the images ``end`` for queries that start at ``start``, among raw (G, D)."""
    words = heard(model, texts)
    composed = compose_features(model, features[torch.from_numpy(start.copy())], words)
    keys = F.normalize(features, dim=-1).numpy()
    return target_ranks(cosines(composed, keys), end, start)
