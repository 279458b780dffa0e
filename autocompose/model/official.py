"""Models in the files of the official code, read and written.

Stage 1 saves ``tuned_clip_<epoch>.pt`` = ``{"epoch", "CLIP": state dict}``, stage 2
``combiner_<epoch>.pt`` = ``{"epoch", "Combiner": state dict}``: the key is the name of the class.
Both are float32 and stay so here. (The loaders of openai/CLIP and open_clip for such state dicts
round to float16 first, which moves the features of fine-tuned weights by 1e-3 to 2e-2.)

Source: the official ``utils.save_model``, clip_test.py, combiner_test.py; CLIP's ``build_model``
for what the shapes say.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from autocompose.config import ModelConfig
from autocompose.data.files import write_whole
from autocompose.errors import CheckpointError, one_line
from autocompose.model.combiner import Combiner
from autocompose.model.composed import ComposedModel
from autocompose.model.towers import (
    Towers,
    published_name,
    same_architecture,
    towers_from_config,
)
from autocompose.model.weight_files import CLIP_KEY, clip_state, holds, read_weights

COMBINER_KEY = "Combiner"
_HEAD_WIDTH = 64
_STRIDE = 32  # of a CLIP ResNet, from picture to attention pool


def load_official_clip(path: Path | str) -> Towers:
    """Read fine-tuned or original CLIP weights into towers; their sizes are read from the shapes.

    Args:
        path: ``tuned_clip_*.pt`` of the official code, or an openai/CLIP state dict or TorchScript
            archive (float16 or float32); also as ``.pt.gz`` or ``.safetensors``.

    Returns:
        Towers in eval mode and float32, with QuickGELU as in openai/CLIP.

    Raises:
        CheckpointError: not such a file.
    """
    path = Path(path)
    weights = clip_state(read_weights(path), path.name)
    try:
        architecture = clip_architecture(weights)
    except (KeyError, IndexError, ValueError) as error:
        raise CheckpointError(
            f'"{path.name}" does not hold a CLIP model (no {error}); give a tuned_clip_*.pt file '
            "or an openai/CLIP state dict"
        ) from error
    towers = towers_from_config(published_name(architecture) or path.name, architecture)
    try:
        towers.clip.load_state_dict({n: _float32(t) for n, t in weights.items()}, strict=True)
    except RuntimeError as error:
        raise CheckpointError(
            f'"{path.name}" is no whole CLIP model: {one_line(error, 200)}; copy or save it again'
        ) from error
    return towers.eval()


def load_official_combiner(path: Path | str) -> Combiner:
    """Read a Combiner that the official code saved: ``{"epoch", "Combiner": state dict}``.

    Args:
        path: ``combiner_*.pt``, or the same compressed as ``.pt.gz``.

    Returns:
        The Combiner in eval mode and float32; its dimensions are read from the shapes.

    Raises:
        CheckpointError: not such a file.
    """
    path = Path(path)
    saved = read_weights(path)
    try:
        weights = saved[COMBINER_KEY]
        projection_dim, feature_dim = weights["text_projection_layer.weight"].shape
        combiner = Combiner(feature_dim, projection_dim, weights["combiner_layer.bias"].shape[0])
        combiner.load_state_dict({n: _float32(t) for n, t in weights.items()}, strict=True)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, RuntimeError) as error:
        raise CheckpointError(
            f'"{path.name}" does not hold an official Combiner{holds(saved)}; give a '
            f'combiner_*.pt file with the key "{COMBINER_KEY}"'
        ) from error
    return combiner.eval()


def load_official_model(
    clip: Path | str, combiner: Path | str | None = None, *, transform: str = "squarepad"
) -> ComposedModel:
    """Put official files together to a model.

    Args:
        clip: see `load_official_clip`.
        combiner: see `load_official_combiner`; None composes by the element-wise sum, as
            clip_test.py does.
        transform: how the files' training made pictures square; the files do not say.

    Returns:
        The model in eval mode; saved as a checkpoint it keeps its float32 weights.

    Raises:
        CheckpointError: not such files, or they do not fit together.
        ConfigError: the transform is unknown.
    """
    towers = load_official_clip(clip)
    mixer = None if combiner is None else load_official_combiner(combiner)
    config = ModelConfig(backbone=towers.name, transform=transform)
    if mixer is not None:
        config = replace(config, projection_dim=mixer.projection_dim, hidden_dim=mixer.hidden_dim)
    return ComposedModel(towers, mixer, config, precision="float32").eval()


def save_official(
    model: ComposedModel, folder: Path, *, epochs: tuple[int, int] = (1, 1)
) -> list[Path]:
    """Write a model as the official code saves it, for its test scripts to load.

    Args:
        model: its towers must be CLIP's (RN50, RN101, ViT-B-32, ViT-B-16 and their like).
        folder: created if needed.
        epochs: trained in stage 1 and stage 2; the files are named after the last, counted from 0.

    Returns:
        ``tuned_clip_<epoch>.pt``, and with a Combiner ``combiner_<epoch>.pt``.

    Raises:
        CheckpointError: the towers are not CLIP's, the model has a branch for joints, or the folder
            cannot be written.
    """
    if model.joints is not None:
        raise CheckpointError(
            "this model has a branch for joints, which the official scripts do not know; "
            "export one without it"
        )
    state = model.towers.clip.state_dict()
    try:
        theirs = clip_architecture(state)
    except (KeyError, IndexError, ValueError):
        theirs = {}
    ours = model.towers.architecture
    if not theirs or not ours.get("quick_gelu") or not same_architecture(theirs, ours):
        raise CheckpointError(
            f'the towers "{model.towers.name}" are not a CLIP model of openai/CLIP, which the '
            "official scripts build; only RN* and ViT* checkpoints with QuickGELU can be exported"
        )
    parts = [("tuned_clip", CLIP_KEY, state, epochs[0])]
    if model.combiner is not None:
        parts.append(("combiner", COMBINER_KEY, model.combiner.state_dict(), epochs[1]))
    written: list[Path] = []
    for name, key, tensors, count in parts:
        epoch = max(count - 1, 0)
        content = {n: t.detach().cpu().clone() for n, t in tensors.items()}
        stream = io.BytesIO()
        torch.save({"epoch": epoch, key: content}, stream)
        written.append(Path(folder) / f"{name}_{epoch}.pt")
        write_whole(written[-1], stream.getvalue())
    return written


def clip_architecture(weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """The open_clip configuration that an openai/CLIP state dict was made with, from its shapes.

    Raises:
        KeyError: a weight is missing.
        ValueError: a position table is not that of a square.
    """
    width = weights["ln_final.weight"].shape[0]
    return {
        "embed_dim": weights["text_projection"].shape[1],
        "vision_cfg": _vision(weights),
        "text_cfg": {
            "context_length": weights["positional_embedding"].shape[0],
            "vocab_size": weights["token_embedding.weight"].shape[0],
            "width": width,
            "heads": max(width // _HEAD_WIDTH, 1),
            "layers": _count(weights, r"transformer\.resblocks\.(\d+)\."),
        },
        "quick_gelu": True,
    }


def _vision(weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    if "visual.proj" in weights:
        width, _, patch, _ = weights["visual.conv1.weight"].shape
        return {
            "image_size": patch * _side(weights["visual.positional_embedding"]),
            "layers": _count(weights, r"visual\.transformer\.resblocks\.(\d+)\."),
            "width": width,
            "head_width": _HEAD_WIDTH,
            "patch_size": patch,
        }
    return {
        "image_size": _STRIDE * _side(weights["visual.attnpool.positional_embedding"]),
        "layers": [_count(weights, rf"visual\.layer{i}\.(\d+)\.") for i in (1, 2, 3, 4)],
        "width": weights["visual.layer1.0.conv1.weight"].shape[0],
        "head_width": _HEAD_WIDTH,
    }


def _side(positions: torch.Tensor) -> int:
    """Cells along one side of the picture; the first row of the table is for all of it."""
    side = math.isqrt(positions.shape[0] - 1)
    if side * side != positions.shape[0] - 1:
        raise ValueError(f"square of {positions.shape[0] - 1} positions")
    return side


def _count(weights: Mapping[str, torch.Tensor], pattern: str) -> int:
    return len({found[1] for name in weights if (found := re.match(pattern, name))})


def _float32(value: object) -> Any:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.float()
    return value
