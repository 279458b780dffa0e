"""Every setting of a model and of its training, with its unit.

JSON in and out; an unknown key is an error.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from autocompose.errors import ConfigError

T = TypeVar("T")

TRANSFORMS = ("squarepad", "targetpad", "square")


@dataclass(frozen=True)
class ModelConfig:
    """The two towers and the Combiner.

    Args:
        backbone: ``pose-mini``, or an open_clip name: RN50, RN101, ViT-B-32, ViT-B-16.
        pretrained: open_clip weights tag or a local file; None for weights that come with a
            checkpoint.
        transform: how an image becomes a square: squarepad (official default), targetpad, square.
        projection_dim: P of the Combiner (paper 2560).
        hidden_dim: H of the Combiner (paper 5120).
    """

    backbone: str = "pose-mini"
    pretrained: str | None = None
    transform: str = "squarepad"
    projection_dim: int = 2560
    hidden_dim: int = 5120

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if self.transform not in TRANSFORMS:
            raise ConfigError(
                f'transform "{self.transform}" is unknown; use one of {", ".join(TRANSFORMS)}'
            )


@dataclass(frozen=True)
class TrainConfig:
    """Both training stages (systems: run.sh of the official code is preset ``paper``).

    Args:
        source: mllm, auto or human: whose texts are trained on.
        mode: ``[-mirror][-reverse]_k`` after the source, e.g. ``mllm-mirror-reverse_3``; k texts
            per key.
        cycle: add the cyclic loss.
        cycle_weight: w in (1-w)·L_bbc + w·L_cycle (the code's convention; the paper's omega is
            1-w).
        text_epochs: epochs of stage 1 (text encoder, element-wise sum).
        text_batch: pairs per step of stage 1.
        text_lr: AdamW learning rate of stage 1.
        combiner_epochs: epochs of stage 2.
        combiner_batch: pairs per step of stage 2.
        combiner_lr: Adam learning rate of stage 2.
        logit_scale: s, the inverse temperature of every cross-entropy.
        image_epochs: epochs of the offline pretraining of pose-mini's image tower on joints.
        pretrain_steps: steps of the offline pretraining of its text tower against true joints.
        pretrain_pairs: pose pairs drawn for that.
        seed: of every random choice.
    """

    source: str = "mllm"
    mode: str = "mllm-mirror-reverse_3"
    cycle: bool = True
    cycle_weight: float = 0.5
    text_epochs: int = 50
    text_batch: int = 128
    text_lr: float = 2e-6
    combiner_epochs: int = 100
    combiner_batch: int = 512
    combiner_lr: float = 2e-5
    logit_scale: float = 100.0
    image_epochs: int = 0
    pretrain_steps: int = 0
    pretrain_pairs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if not 0.0 <= self.cycle_weight <= 1.0:
            raise ConfigError(f"cycle_weight {self.cycle_weight} is outside 0..1")


def to_json(config: Any) -> dict[str, Any]:
    """A config as plain JSON values."""
    return dataclasses.asdict(config)


def from_json(kind: type[T], values: dict[str, Any]) -> T:
    """Build a config from JSON values.

    Raises:
        ConfigError: a key is unknown; the message lists the known ones.
    """
    known = [f.name for f in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ConfigError(
            f"{kind.__name__} has no setting {', '.join(unknown)}; it has {', '.join(known)}"
        )
    return kind(**values)


def read_json(kind: type[T], path: Path) -> T:
    """Read a config file written by this package.

    Raises:
        ConfigError: the file is not JSON, or holds an unknown key.
    """
    try:
        return from_json(kind, json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a readable {kind.__name__} file: {error}") from error
