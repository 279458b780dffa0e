"""Texts to features in batches, features to compositions, and cosines with a gallery."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F

from autocompose.model.composed import ComposedModel
from autocompose.retrieval.searchers.exact import products
from autocompose.retrieval.shards.row_stack import RowStack
from autocompose.schema import Event, OnEvent

TEXT_BATCH = 256


def encode_batches(
    encode: Callable[[Sequence[str]], torch.Tensor],
    texts: Sequence[str],
    *,
    on_event: OnEvent | None = None,
    stage: str = "encode texts",
) -> torch.Tensor:
    """Encode many texts; each distinct text once, and texts of like length together.

    Args:
        encode: texts -> features (B, D).
        texts: at least one.
        on_event: called for each batch under the name ``stage``.
        stage: what the progress is called.

    Returns:
        (N, D) features in the order of the texts.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))  # like lengths crop well
    features = []
    for start in range(0, len(distinct), TEXT_BATCH):
        features.append(encode(distinct[start : start + TEXT_BATCH]))
        if on_event is not None:
            on_event(Event(stage, min(start + TEXT_BATCH, len(distinct)), len(distinct)))
    place = {text: row for row, text in enumerate(distinct)}
    return torch.cat(features)[[place[text] for text in texts]]


def encode_texts(
    model: ComposedModel,
    texts: Sequence[str],
    *,
    on_event: OnEvent | None = None,
    stage: str = "encode texts",
) -> torch.Tensor:
    """Raw float32 text features (N, D) of a model on the CPU, as `encode_batches` makes them.

    Args:
        model: its text tower is used.
        texts: at least one.
        on_event: called for each batch under the name ``stage``.
        stage: what the progress is called.
    """

    def encode(batch: Sequence[str]) -> torch.Tensor:
        return model.towers.encode_texts(batch).float().cpu()

    with torch.inference_mode():
        return encode_batches(encode, texts, on_event=on_event, stage=stage)


def compose_features(
    model: ComposedModel, reference: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """Unit composed features (B, D) on the CPU of raw features (B, D) and (B, D).

    Args:
        model: of the composition.
        reference: (B, D) raw image features.
        text: (B, D) raw text features.
    """
    device = next(model.parameters()).device
    with torch.inference_mode():
        return model.compose(reference.to(device), text.to(device)).float().cpu()


def compose_texts(
    model: ComposedModel, reference: torch.Tensor, texts: Sequence[str]
) -> torch.Tensor:
    """Unit composed features (B, D) of raw reference features (B, D) and texts.

    Args:
        model: towers and composition.
        reference: (B, D) raw features.
        texts: one for each row of ``reference``.
    """
    return compose_features(model, reference, encode_texts(model, texts))


def cosines(features: torch.Tensor, keys: np.ndarray | RowStack) -> np.ndarray:
    """Cosines (Q, G) of features (Q, D) of any length with unit rows (G, D)."""
    unit = F.normalize(features.float().cpu(), dim=-1)
    return products(unit, keys).numpy() if isinstance(keys, RowStack) else unit.numpy() @ keys.T
