"""What may be added to the paper's loss: each is one switch of `TrainConfig`.

- *symmetric*: cross-entropy from each target to the queries as well.
- *mask_duplicates*: a picture that stands in a batch twice is no negative of itself.
- *negatives*: pictures or texts that are nearly right. ``reference``, the picture one started from
  (removed in evaluation, the strongest shortcut in training); ``mirror``, the target flipped;
  ``sides``, the text with left and right exchanged; ``direction``, the text that leads back.

With every switch off the loss is `composed_loss`, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.nn import functional as F

from autocompose.config import TrainConfig
from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text
from autocompose.model.losses import composed_loss
from autocompose.schema import Triplet

SAME_POSE = 0.98
"""Cosine above which a flipped picture shows the same pose, and is no negative of it."""


@lru_cache(maxsize=200_000)
def other_sides(text: str) -> str | None:
    """The text with left and right exchanged; None where it has none or they are ambiguous."""
    try:
        flipped = mirror_text(text)
    except AmbiguousSideError:
        return None
    return None if flipped == text else flipped


def uses_extras(config: TrainConfig) -> bool:
    """Whether the loss differs from the paper's."""
    return config.symmetric or config.mask_duplicates or bool(config.negatives)


def wrong_texts(batch: Sequence[Triplet], config: TrainConfig) -> list[str]:
    """One text per triplet with its sides exchanged; empty when such negatives are off.

    A text that cannot be flipped stands for itself and is masked by `recipe_loss`.
    """
    if "sides" not in config.negatives:
        return []
    return [other_sides(triplet.text) or triplet.text for triplet in batch]


@dataclass(frozen=True, eq=False)
class Composed:
    """Unit (B, D) features of one batch.

    Args:
        there: reference moved by the text.
        back: ``there`` moved by the backward text; None without the cycle.
        sides: reference moved by the text with its sides exchanged, or None.
        direction: reference moved by the backward text, or None.
    """

    there: torch.Tensor
    back: torch.Tensor | None = None
    sides: torch.Tensor | None = None
    direction: torch.Tensor | None = None


def recipe_loss(
    features: Composed,
    batch: Sequence[Triplet],
    config: TrainConfig,
    *,
    reference: torch.Tensor,
    target: torch.Tensor,
    flipped: torch.Tensor | None = None,
    scale: torch.Tensor | float | None = None,
) -> torch.Tensor:
    """The paper's loss with the switches of ``config``.

    Args:
        features: what was composed.
        batch: the triplets, in the order of the rows.
        config: weight of the cycle, logit scale, and the switches.
        reference: (B, D) raw image features.
        target: (B, D) raw image features.
        flipped: (B, D) raw features of the flipped targets; needed for ``mirror`` negatives.
        scale: a learnt logit scale; by default the configured one.

    Returns:
        Scalar loss.
    """
    scale = config.logit_scale if scale is None else scale
    if not uses_extras(config):
        return composed_loss(
            features.there, features.back, reference, target,
            weight=config.cycle_weight, logit_scale=scale,
        )  # fmt: skip
    references = [(t.reference, t.mirrored) for t in batch]
    targets = [(t.target, t.mirrored) for t in batch]
    keys, names = [target], list(targets)
    if "reference" in config.negatives:
        keys.append(reference)
        names += references
    if "mirror" in config.negatives and flipped is not None:
        keys.append(flipped)
        names += [(name, not mirrored) for name, mirrored in targets]
    masked = _same(targets, names, target.device)
    if not config.mask_duplicates:
        masked[:, : len(batch)] = False
    if "mirror" in config.negatives and flipped is not None:
        alike = F.cosine_similarity(target, flipped, dim=-1) > SAME_POSE  # (B,)
        masked[:, -len(batch) :] |= torch.diag(alike)
    wrong, valid = _wrong(features, batch)
    forward = contrastive_loss(
        features.there, torch.cat(keys), masked, scale=scale, symmetric=config.symmetric,
        wrong=wrong, valid=valid,
    )  # fmt: skip
    if features.back is None:
        return forward
    masked = _same(references, references, target.device)
    if not config.mask_duplicates:
        masked[:] = False
    back = contrastive_loss(
        features.back, reference, masked, scale=scale, symmetric=config.symmetric
    )
    return (1 - config.cycle_weight) * forward + config.cycle_weight * back


def contrastive_loss(
    query: torch.Tensor,
    key: torch.Tensor,
    masked: torch.Tensor,
    *,
    scale: torch.Tensor | float,
    symmetric: bool,
    wrong: torch.Tensor | None = None,
    valid: torch.Tensor | None = None,
) -> torch.Tensor:
    """Cross-entropy of each query with its key, and of each key with its query.

    Args:
        query: (B, D) unit rows.
        key: (B + N, D) raw; row i < B is query i's own, the others are negatives of all.
        masked: (B, B + N) bool, True where a key is no negative; a query's own key never is masked.
        scale: inverse temperature.
        symmetric: average with the direction key -> query.
        wrong: (B, W, D) unit rows: composed features that must not find key i. They stand in the
            direction key -> query, which they switch on.
        valid: (B, W) bool, False where ``wrong`` says nothing.
    """
    count = len(query)
    logits = scale * query @ F.normalize(key, dim=-1).T  # (B, B + N)
    own = torch.eye(count, key.shape[0], dtype=torch.bool, device=query.device)
    logits = logits.masked_fill(masked & ~own, float("-inf"))
    labels = torch.arange(count, device=query.device)
    there = F.cross_entropy(logits, labels)
    if not symmetric and wrong is None:
        return there
    back = logits[:, :count].T  # (B keys, B queries)
    if not symmetric:
        # Only the near misses: each key against its own query and its wrong ones.
        back = back.diagonal()[:, None]
        labels = torch.zeros_like(labels)
    if wrong is not None and valid is not None:
        near = scale * torch.einsum("bwd,bd->bw", wrong, F.normalize(key[:count], dim=-1))
        back = torch.cat([back, near.masked_fill(~valid, float("-inf"))], dim=1)
    return (there + F.cross_entropy(back, labels)) / 2


def _wrong(
    features: Composed, batch: Sequence[Triplet]
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    found, valid = [], []
    device = features.there.device
    if features.sides is not None:
        found.append(features.sides)
        valid.append([other_sides(triplet.text) is not None for triplet in batch])
    if features.direction is not None:
        found.append(features.direction)
        valid.append([True] * len(batch))
    if not found:
        return None, None
    return torch.stack(found, dim=1), torch.tensor(valid, device=device).T


def _same(
    rows: Sequence[tuple[str, bool]], columns: Sequence[tuple[str, bool]], device: torch.device
) -> torch.Tensor:
    """(R, C) bool: True where row and column are one picture, flipped alike."""
    number = {name: i for i, name in enumerate(dict.fromkeys([*rows, *columns]))}
    a, b = (torch.tensor([number[n] for n in names], device=device) for names in (rows, columns))
    return a[:, None] == b[None]
