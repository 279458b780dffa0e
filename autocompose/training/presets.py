"""Named settings: what to train and how."""

from __future__ import annotations

from typing import NamedTuple

from autocompose.config import ModelConfig, TrainConfig


class Preset(NamedTuple):
    """A model and its training."""

    model: ModelConfig
    train: TrainConfig


PRESETS: dict[str, Preset] = {
    # run.sh of the official repository.
    "paper": Preset(ModelConfig(backbone="RN50"), TrainConfig()),
    # The offline model: everything from the dataset alone, two CPU cores, under an hour.
    "demo": Preset(
        ModelConfig(backbone="pose-mini", projection_dim=512, hidden_dim=1024),
        TrainConfig(
            source="auto",
            mode="auto-mirror-reverse_3",
            image_epochs=24,
            pretrain_steps=1300,
            pretrain_pairs=40_000,
            text_epochs=4,
            text_lr=1e-5,
            combiner_epochs=120,
            combiner_lr=2e-4,
            logit_scale=30.0,
        ),
    ),
}
