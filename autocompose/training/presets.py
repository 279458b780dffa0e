"""Named settings: what to train and how.

``paper`` is run.sh of the official repository: squarepad; stage 1 trains the text tower, AdamW
2e-6, 50 epochs, batch 128; stage 2 the Combiner, Adam 2e-5, 100 epochs, batch 512, dimensions 2560
and 5120; cyclic loss with weight 0.5; the last epoch is kept, nothing is selected. It is the same
for RN50, RN101, ViT-B-32 and ViT-B-16, and starts from CLIP weights that must be named.

The weight w is the code's: L = (1-w)·L_bbc + w·L_cycle. The paper writes
omega·L_bbc + (1-omega)·L_cycle, so omega = 1 - w: the two agree at 0.5 only.

``best`` is the demo's training with what won the studies on the demo data
(docs/experiments.md), and more pretraining. It is for pose-mini alone: what won there, leaving the
cycle out, is the opposite of what the paper measured with CLIP.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from autocompose.config import ModelConfig, TrainConfig, from_json
from autocompose.data.triplets import Experiment, SamplingMode
from autocompose.errors import ConfigError


class Preset(NamedTuple):
    """A model and its training."""

    model: ModelConfig
    train: TrainConfig


# The offline model: everything from the dataset alone, two CPU cores, under an hour.
_DEMO = Preset(
    ModelConfig(backbone="pose-mini", projection_dim=512, hidden_dim=1024, look_twice=True),
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
)
PRESETS: dict[str, Preset] = {
    "paper": Preset(ModelConfig(backbone="RN50"), TrainConfig()),
    "demo": _DEMO,
    "best": Preset(
        _DEMO.model,
        # Fewer epochs over the more pictures that it is meant for (train --pictures).
        replace(
            _DEMO.train, cycle=False, image_epochs=14, pretrain_steps=1400, pretrain_pairs=60_000
        ),
    ),
}


def preset(name: str, backbone: str | None = None) -> Preset:
    """A preset by name, with another backbone if one is named.

    Raises:
        ConfigError: there is none of that name, or it is for one backbone only.
    """
    if name not in PRESETS:
        raise ConfigError(f'preset "{name}" is unknown; use one of {", ".join(PRESETS)}')
    chosen = PRESETS[name]
    if backbone in (None, chosen.model.backbone):
        return chosen
    if name == "best":
        raise ConfigError(
            f"preset best was measured with pose-mini, not with {backbone}; use --preset paper, and"
            " try its switches (--no-cycle, and --config for the others) on your validation split"
        )
    return chosen._replace(model=_of_backbone(chosen.model, backbone))


def _of_backbone(model: ModelConfig, backbone: str) -> ModelConfig:
    """The settings for another backbone, which reads no joints twice."""
    return replace(
        model, backbone=backbone, look_twice=model.look_twice and backbone == "pose-mini"
    )


def with_file(base: Preset, path: Path) -> Preset:
    """A preset with the settings that a JSON file names: ``{"model": {...}, "train": {...}}``.

    Args:
        base: has what the file does not name.
        path: its keys are those of `ModelConfig` and `TrainConfig`; both objects are optional. A
            checkpoint's ``config.json`` will do, to train the same again.

    Raises:
        ConfigError: the file is not such JSON, or a setting is unknown, of another type or out of
            its range.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a readable JSON file: {error}") from error
    if isinstance(values, dict) and "fingerprint" in values:
        # A checkpoint's, with more than settings in it.
        values = {name: values[name] for name in Preset._fields if name in values}
        base = Preset(ModelConfig(), TrainConfig())  # what it does not name is at its default
    if not isinstance(values, dict) or not all(isinstance(v, dict) for v in values.values()):
        raise ConfigError(f'{path}: expected {{"model": {{...}}, "train": {{...}}}}')
    unknown = sorted(set(values) - set(Preset._fields))
    if unknown:
        raise ConfigError(f'{path}: "{unknown[0]}" is unknown; use {" and ".join(Preset._fields)}')
    backbone = values.get("model", {}).get("backbone")
    if isinstance(backbone, str):
        base = base._replace(model=_of_backbone(base.model, backbone))
    parts = []
    for name, part in base._asdict().items():
        given = values.get(name, {})
        now = asdict(part)
        for key, value in given.items():
            if key in now:
                _check_type(f"{path}: {name}.{key}", value, now[key])
        try:
            parts.append(from_json(type(part), {**now, **given}))
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error
    return Preset(*parts)


def _check_type(where: str, value: object, now: object) -> None:
    """Refuse a value of another type than the setting has."""
    if isinstance(now, bool):
        good, kind = isinstance(value, bool), "true or false"
    elif isinstance(now, int):
        good, kind = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    elif isinstance(now, float):
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        kind = "a number"
    elif isinstance(now, tuple):
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        kind = "a list of names"
    else:
        good, kind = value is None or isinstance(value, str), "a text"
    if not good:
        raise ConfigError(f"{where} must be {kind}, not {json.dumps(value)}")


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


def check_start_file(weights: str) -> None:
    """Refuse start weights that are not there, before anything else is loaded.

    Raises:
        ConfigError: there is no such file.
    """
    if not Path(weights).is_file():
        raise ConfigError(
            f"--pretrained {weights} is no file; name the weights that all runs start from, such as"
            " OUT/progress/text-tower.pt of a training"
        )
