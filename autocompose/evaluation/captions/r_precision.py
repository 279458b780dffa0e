"""R-precision: whether a model picks a pair's own text out of 32.

For each pair the pool holds its own text and 31 of other pairs, drawn ten times. Each text is
composed with the pair's reference image and compared with its target image. The pictures are the
same for all 32 texts, so the look of the person or the camera has no influence.

Source: pool size and repetitions are those of PoseFix and UniPose. The model is ours, so its
results cannot be compared with theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.data.preprocess import load_image, preprocess
from autocompose.errors import DatasetError
from autocompose.model.composed import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.embed import encode_pixels
from autocompose.retrieval.encode import compose_features, cosines, encode_texts
from autocompose.schema import (
    Event,
    OnEvent,
    PoseImage,
    PosePair,
    View,
)

POOL = 32
REPETITIONS = 10
TOP = (1, 2, 3)
BATCH = 32

Score = Callable[[int, NDArray[np.intp]], NDArray[Any]]
"""Scores of texts (indices) for a pair (index)."""


@dataclass(frozen=True)
class RPrecision:
    """How often a pair's own text is among the first of its pool.

    Args:
        percent: ``"1"``, ``"2"``, ``"3"`` -> percent of pairs, mean over the repetitions.
        spread: standard deviation over the repetitions, percentage points.
        chance: percent that a guess reaches.
        num_pairs: pairs that were asked.
    """

    percent: dict[str, float]
    spread: dict[str, float]
    chance: dict[str, float]
    num_pairs: int


def r_precision(
    model: ComposedModel,
    pairs: Sequence[PosePair],
    texts: Sequence[str],
    *,
    view: View = View.FORWARD,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> RPrecision:
    """Measure R-precision of one text per pair.

    Args:
        model: towers and composition of a checkpoint.
        pairs: forward pairs.
        texts: the text of each pair, in ``view``.
        view: how the texts see the pairs: images exchanged, flipped, or both.
        seed: of the draws.
        on_event: called with progress.

    Raises:
        DatasetError: fewer than 32 different texts.
        ImageError: an image cannot be read.
    """
    check_pool(texts)
    images = {i.id: i for pair in pairs for i in (pair.reference, pair.target)}
    rows = {name: row for row, name in enumerate(images)}
    features = embed_view(model, list(images.values()), view, on_event=on_event)
    words = encode_texts(model, texts)
    targets = torch.nn.functional.normalize(features, dim=-1).numpy()

    def score(pair: int, pool: NDArray[np.intp]) -> NDArray[np.float64]:
        ends = view.order(pairs[pair].reference, pairs[pair].target)
        before, after = (rows[image.id] for image in ends)
        start = features[before].expand(len(pool), -1)
        queries = compose_features(model, start, words[torch.from_numpy(pool)])
        if on_event is not None and pair % 20 == 19:
            on_event(Event("rank texts", pair + 1, len(pairs)))
        return cosines(queries, targets[after : after + 1])[:, 0].astype(np.float64)

    return pool_precision(texts, score, seed=seed)


def check_pool(texts: Sequence[str]) -> None:
    """Refuse texts that cannot fill a pool.

    Raises:
        DatasetError: fewer than 32 different texts.
    """
    if len(set(texts)) < POOL:
        raise DatasetError(
            f"a pool needs {POOL} different texts; the file has {len(set(texts))}: score more pairs"
        )


def pool_precision(
    texts: Sequence[str], score: Score, *, seed: int, repetitions: int = REPETITIONS
) -> RPrecision:
    """Draw the pools and count how often a pair's own text comes first, second or third.

    Args:
        texts: one per pair; a text equal to a pair's own never stands in its pool.
        score: higher is better; asked once per pair. A text that ties with the own one is ahead.
        seed: of the draws.
        repetitions: pools per pair.
    """
    check_pool(texts)
    random = np.random.default_rng(seed)
    listed = np.array(texts, dtype=object)
    ranks = np.empty((repetitions, len(texts)), dtype=np.intp)
    for pair in range(len(texts)):
        others = np.flatnonzero(listed != listed[pair])
        # One of each text: a pool of copies would be easy or hard by chance.
        others = others[np.unique(listed[others].astype(str), return_index=True)[1]]
        pools = np.stack(
            [random.choice(others, POOL - 1, replace=False) for _ in range(repetitions)]
        )
        asked = np.unique(np.append(pools, pair))
        found = np.asarray(score(pair, asked), dtype=np.float64)
        own = found[np.searchsorted(asked, pair)]
        rivals = found[np.searchsorted(asked, pools)]
        # Not "rival >= own": a score that is no number must not help the own text.
        ranks[:, pair] = 1 + (~(rivals < own)).sum(axis=1)
    hits = {k: 100.0 * (ranks <= k).mean(axis=1) for k in TOP}
    return RPrecision(
        percent={str(k): float(hits[k].mean()) for k in TOP},
        spread={str(k): float(hits[k].std()) for k in TOP},
        chance={str(k): 100.0 * k / POOL for k in TOP},
        num_pairs=len(texts),
    )


def embed_view(
    model: ComposedModel, images: Sequence[PoseImage], view: View, *, on_event: OnEvent | None
) -> torch.Tensor:
    """Raw features (N, D); flipped after the transform for a mirrored view, as in training.

    Args:
        model: towers, and the branch for joints where it has one.
        images: pictures of a gallery, in its order.
        view: mirrored, or not; the direction does not matter here.
        on_event: called with progress.
    """
    towers = model.towers
    features = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        pixels = torch.stack(
            [
                preprocess(
                    load_image(image.path, rgb=False),
                    model.config.transform,
                    towers.image_size,
                    mean=towers.mean,
                    std=towers.std,
                )
                for image in batch
            ]
        )
        flipped = [view.mirrors] * len(batch)
        poses = KnownJoints(batch).of([image.id for image in batch], mirrored=flipped)
        features.append(encode_pixels(model, pixels.flip(-1) if view.mirrors else pixels, poses))
        if on_event is not None:
            on_event(Event("embed images", start + len(batch), len(images)))
    return torch.cat(features)
