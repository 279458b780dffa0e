"""What the pose language model reads of a picture: the feature of a frozen picture tower."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from autocompose.data.preprocess import load_image, preprocess
from autocompose.model.composed import ComposedModel
from autocompose.schema import Event, OnEvent, PoseImage

_BATCH = 32


@torch.inference_mode()
def picture_features(
    model: ComposedModel, images: Sequence[PoseImage], *, on_event: OnEvent | None = None
) -> torch.Tensor:
    """(N, D) unit features, scaled to about unit variance.

    Args:
        model: whose picture tower is used.
        images: with their files.
        on_event: called with progress.

    Raises:
        ImageError: a picture cannot be read.
    """
    towers = model.towers
    found = []
    for first in range(0, len(images), _BATCH):
        pixels = torch.stack(
            [
                preprocess(
                    load_image(image.path, rgb=False),
                    model.config.transform,
                    towers.image_size,
                    mean=towers.mean,
                    std=towers.std,
                )
                for image in images[first : first + _BATCH]
            ]
        )
        found.append(F.normalize(towers.encode_image(pixels).float(), dim=-1))
        if on_event is not None:
            on_event(Event("reading pictures", min(first + _BATCH, len(images)), len(images)))
    features = torch.cat(found) if found else torch.zeros(0, towers.feature_dim)
    return features.clone() * towers.feature_dim**0.5
