"""Named settings: what to train and how.

``paper`` is run.sh of the official repository: squarepad; stage 1 trains the text tower, AdamW
2e-6, 50 epochs, batch 128; stage 2 the Combiner, Adam 2e-5, 100 epochs, batch 512, dimensions 2560
and 5120; cyclic loss with weight 0.5; the last epoch is kept, nothing is selected. It is the same
for RN50, RN101, ViT-B-32 and ViT-B-16, and starts from CLIP weights that must be named.

The weight w is the code's: L = (1-w)·L_bbc + w·L_cycle. The paper writes
omega·L_bbc + (1-omega)·L_cycle, so omega = 1 - w: the two agree at 0.5 only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from autocompose.config import ModelConfig, TrainConfig
from autocompose.data.triplets import Experiment, SamplingMode
from autocompose.errors import ConfigError


class Preset(NamedTuple):
    """A model and its training."""

    model: ModelConfig
    train: TrainConfig


PRESETS: dict[str, Preset] = {
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


def preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f'preset "{name}" is unknown; use one of {", ".join(PRESETS)}')
    return PRESETS[name]


def with_texts(
    config: TrainConfig,
    *,
    mode: str | None = None,
    source: str | None = None,
    cycle: bool | None = None,
) -> TrainConfig:
    """Settings with other texts to train on.

    Args:
        config: of a preset.
        mode: views and texts per view, or the name of an official experiment, see `Experiment`.
        source: mllm, auto or human.
        cycle: with or without the cyclic loss; None for what ``mode`` says, else the preset.

    Raises:
        ConfigError: an illegal mode or source, or two choices that contradict each other.
    """
    chosen = SamplingMode.parse(config.mode)
    if mode is not None:
        named = Experiment.parse(mode)
        chosen = named.mode
        if named.cycle is not None and cycle is not None and cycle != named.cycle:
            flag = "--cycle" if cycle else "--no-cycle"
            raise ConfigError(f'{flag} contradicts the experiment "{mode}"; leave one of them out')
        cycle = named.cycle if cycle is None else cycle
    if source is not None:
        chosen = chosen.from_source(source, explicit=mode is not None)
    config = replace(config, source=chosen.source.value, mode=str(chosen))
    return config if cycle is None else replace(config, cycle=cycle)
