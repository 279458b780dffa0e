"""The two stages of the paper on features of the frozen image tower that are computed once.

Stage 1 trains the text tower with the element-wise sum, stage 2 the Combiner on frozen towers; both
with L = (1-w)·L_bbc + w·L_cycle.

Source: the official clip_fine_tune.py and combiner_train.py (AutoComPose, ICCV 2025).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from autocompose.config import TrainConfig
from autocompose.data.triplets import TripletSampler
from autocompose.errors import TrainingError
from autocompose.model.combiner import Combiner
from autocompose.model.losses import cyclic_loss, element_wise_sum
from autocompose.model.towers import Towers
from autocompose.schema import Event, Triplet
from autocompose.training.features import ImageFeatures

OnEvent = Callable[[Event], None]
TextFeatures = Callable[[Sequence[str]], torch.Tensor]
"""Texts -> raw (B, D) features; with gradients in stage 1, looked up in stage 2."""


def train_text_tower(
    towers: Towers,
    features: ImageFeatures,
    sampler: TripletSampler,
    config: TrainConfig,
    *,
    on_event: OnEvent,
) -> None:
    """Stage 1, in place. The towers stay in eval mode, as the official code's do."""
    parameters = [p for p in towers.text_parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=config.text_lr, betas=(0.9, 0.999), eps=1e-7)
    towers.eval()

    def encode(texts: Sequence[str]) -> torch.Tensor:
        return towers.encode_text(towers.tokenize(texts))

    def loss(batch: Sequence[Triplet]) -> torch.Tensor:
        return _loss(batch, features, encode, element_wise_sum, config)

    for epoch in range(config.text_epochs):
        batches = _batches(sampler, epoch, config.text_batch)
        mean = _epoch(batches, loss, optimiser, f"stage 1, epoch {epoch + 1}")
        on_event(Event("stage 1", epoch + 1, config.text_epochs, f"loss {mean:.3f}"))


def train_combiner(
    combiner: Combiner,
    towers: Towers,
    features: ImageFeatures,
    sampler: TripletSampler,
    config: TrainConfig,
    *,
    on_event: OnEvent,
) -> None:
    """Stage 2, in place, on texts encoded once."""
    texts = sorted(
        {t for pair in sampler.kept for key in sampler.mode.keys for t in pair.texts[key]}
    )
    table, rows = _encode_all(towers, texts, on_event), {text: i for i, text in enumerate(texts)}

    def lookup(asked: Sequence[str]) -> torch.Tensor:
        return table[[rows[text] for text in asked]]

    def loss(batch: Sequence[Triplet]) -> torch.Tensor:
        return _loss(batch, features, lookup, combiner.combine, config)

    torch.manual_seed(config.seed)  # dropout
    optimiser = torch.optim.Adam(combiner.parameters(), lr=config.combiner_lr)
    combiner.train()
    for epoch in range(config.combiner_epochs):
        batches = _batches(sampler, epoch, config.combiner_batch)
        mean = _epoch(batches, loss, optimiser, f"stage 2, epoch {epoch + 1}")
        on_event(Event("stage 2", epoch + 1, config.combiner_epochs, f"loss {mean:.3f}"))
    combiner.eval()


def _batches(sampler: TripletSampler, epoch: int, size: int) -> list[Sequence[Triplet]]:
    """Whole batches (the official ``drop_last``), or a smaller one when none is whole."""
    triplets = sampler.epoch(epoch)
    if not triplets:
        raise TrainingError(
            f"no pair has all texts of mode {sampler.mode} (left out: {dict(sampler.dropped)}); "
            "choose another --mode or --source"
        )
    whole = len(triplets) // size * size
    return [triplets[i : i + size] for i in range(0, whole, size)] or [triplets]


def _loss(
    batch: Sequence[Triplet],
    features: ImageFeatures,
    encode: TextFeatures,
    compose: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    config: TrainConfig,
) -> torch.Tensor:
    reference = features.of(batch, "reference")
    target = features.of(batch, "target")
    texts = [t.text for t in batch]
    if not config.cycle:
        forward, back = encode(texts), None
    else:
        # One pass for both directions: the two halves share the crop to the longest caption.
        forward, back = encode(texts + [t.reverse_text or "" for t in batch]).chunk(2)
    return cyclic_loss(
        reference,
        target,
        forward,
        back,
        compose=compose,
        weight=config.cycle_weight,
        logit_scale=config.logit_scale,
    )


def _epoch(
    batches: Sequence[Sequence[Triplet]],
    loss_of: Callable[[Sequence[Triplet]], torch.Tensor],
    optimiser: torch.optim.Optimizer,
    where: str,
) -> float:
    """One step per batch; returns the mean loss."""
    total = 0.0
    for batch in batches:
        loss = loss_of(batch)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(f"the loss is {value} in {where}; nothing was saved over")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        total += value
    return total / len(batches)


@torch.no_grad()
def _encode_all(towers: Towers, texts: Sequence[str], on_event: OnEvent) -> torch.Tensor:
    """(len(texts), D) raw features, shortest texts first so that batches crop well."""
    towers.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    table = torch.empty(len(texts), towers.feature_dim)
    for start in range(0, len(order), 256):
        rows = order[start : start + 256]
        table[rows] = towers.encode_text(towers.tokenize([texts[i] for i in rows])).float()
        on_event(Event("text features", start + len(rows), len(texts)))
    return table
