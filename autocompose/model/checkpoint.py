"""Checkpoints: a model as a folder of safetensors, readable JSON and a card."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors

from autocompose.config import ModelConfig, TrainConfig, from_json, to_json
from autocompose.data.aside import held_aside
from autocompose.errors import CheckpointError, ConfigError, one_line
from autocompose.model.combiner import Combiner
from autocompose.model.composed import PARTS, ComposedModel, fingerprint_of, identity, stored
from autocompose.model.joint_branch import JointBranch
from autocompose.model.official import (
    load_official_clip,
    load_official_combiner,
    load_official_model,
)
from autocompose.model.pose_voice import load_pose_voice
from autocompose.model.ranking_file import read_ranking
from autocompose.model.towers import WAYS_OUT, towers_from_config

__all__ = [
    "CheckpointInfo",
    "ComposedModel",
    "load_checkpoint",
    "load_official_clip",
    "load_official_combiner",
    "load_official_model",
    "read_checkpoint_info",
    "record_metrics",
    "save_checkpoint",
]

FORMAT = 1
MAX_FILE_BYTES = 48_000_000
"""A component is split over several files beyond this; hosts of git repositories refuse 50 MB."""


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint folder says about itself, read without its weights."""

    model: ModelConfig
    train: TrainConfig | None
    fingerprint: str
    metrics: Mapping[str, Any]
    card: str


def save_checkpoint(
    folder: Path,
    model: ComposedModel,
    *,
    train: TrainConfig | None,
    metrics: Mapping[str, Any],
    card: str,
) -> str:
    """Write a checkpoint: safetensors, ``config.json``, ``metrics.json``, ``card.md``.

    Every file is written aside and flushed before the first one is renamed into place, and
    ``config.json``, which names the others and holds the fingerprint, is renamed last.

    Args:
        folder: created if needed; files of an earlier checkpoint are replaced.
        model: what to save, in the precision it names (float16 unless it came from official files).
        train: how it was trained, None if unknown.
        metrics: JSON values, e.g. the evaluation report.
        card: Markdown: what the model is, how it was made, what it is not for.

    Returns:
        The fingerprint.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    parts = {part: stored(model, part) for part in PARTS}
    identity_values = identity(model)
    fingerprint = fingerprint_of(identity_values, parts)
    files: dict[str, bytes] = {}
    listing: dict[str, list[str]] = {}
    for part, tensors in parts.items():
        if part == "joints" and not tensors:
            continue  # as in checkpoints from before this branch
        shards = _shards(tensors)
        listing[part] = [
            f"{part}.safetensors" if i == 0 else f"{part}.{i + 1}.safetensors"
            for i in range(len(shards))
        ]
        for name, shard in zip(listing[part], shards, strict=True):
            files[name] = to_safetensors(shard)
    config = {
        "format": FORMAT,
        **identity_values,
        "train": None if train is None else to_json(train),
        "files": listing,
        "fingerprint": fingerprint,
    }
    files["metrics.json"] = _json(metrics)
    files["card.md"] = card.encode()
    files["config.json"] = _json(config)
    try:
        _write_together(folder, files)
        for stale in set(folder.glob("*.safetensors")) - {folder / name for name in files}:
            stale.unlink()
    except OSError as error:
        raise CheckpointError(
            f'the checkpoint "{folder.name}" cannot be written: {error}; choose another folder'
        ) from error
    return fingerprint


def read_checkpoint_info(folder: Path) -> CheckpointInfo:
    """Read a checkpoint's configuration, metrics and card, not its weights.

    Raises:
        CheckpointError: the folder holds no readable checkpoint.
    """
    config = _read_config(folder)
    metrics: Mapping[str, Any] = {}
    card = ""
    try:
        if (folder / "metrics.json").is_file():
            metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if (folder / "card.md").is_file():
            card = (folder / "card.md").read_text(encoding="utf-8")
        train = None if config["train"] is None else from_json(TrainConfig, config["train"])
        model = from_json(ModelConfig, config["model"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError, ConfigError) as error:
        raise _broken(folder, str(error)) from error
    return CheckpointInfo(model, train, str(config["fingerprint"]), metrics, card)


def record_metrics(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    """Keep a report beside the weights: ``metrics.json`` gets it under a name, all else stays.

    Args:
        folder: of a checkpoint.
        name: of the report.
        values: JSON values; they replace an earlier report of that name.

    Raises:
        CheckpointError: the folder holds no readable checkpoint, or cannot be written.
    """
    metrics = {**read_checkpoint_info(folder).metrics, name: values}
    try:
        _write_together(folder, {"metrics.json": _json(metrics)})
    except OSError as error:
        raise CheckpointError(
            f'metrics.json in "{folder.name}" cannot be written: {error}; free or open the folder'
        ) from error


def load_checkpoint(folder: Path) -> ComposedModel:
    """Read a checkpoint into float32, in eval mode, and check it against its fingerprint.

    Args:
        folder: written by `save_checkpoint`.

    Raises:
        CheckpointError: the folder is missing, incomplete, damaged, or from a newer version.
    """
    folder = Path(folder)
    config = _read_config(folder)
    try:
        settings = from_json(ModelConfig, config["model"])
        image = config["image"]
        names = {**config["files"], "joints": config["files"].get("joints", [])}
        parts = {part: _load_part(folder, names[part]) for part in PARTS}
        if config["combiner"] is not None and not parts["combiner"]:
            raise _broken(folder, "the Combiner is missing")
        keys = ("model", "architecture", "image", "combiner")
        later = [key for key in ("joints", "precision") if key in config]
        identity_values = {key: config[key] for key in (*keys, *later)}
        towers = towers_from_config(
            settings.backbone, config["architecture"], mean=image["mean"], std=image["std"]
        )
        combiner = Combiner(**config["combiner"]) if config["combiner"] is not None else None
        joints = JointBranch(**config["joints"]) if "joints" in config else None
    except (KeyError, TypeError, AttributeError, ConfigError) as error:
        raise _broken(folder, f"config.json: {error}") from error
    if fingerprint_of(identity_values, parts) != config["fingerprint"]:
        raise _broken(folder, "its weights are not those that config.json was written with")
    precision = config.get("precision", "float16")
    model = ComposedModel(towers, combiner, settings, precision=precision, joints=joints)
    weights = {**parts["image_tower"], **parts["text_tower"]}
    try:
        towers.clip.load_state_dict(_float32(weights), strict=True)
        if combiner is not None:
            combiner.load_state_dict(_float32(parts["combiner"]), strict=True)
        if joints is not None:
            joints.load_state_dict(_float32(parts["joints"]), strict=True)
    except RuntimeError as error:
        raise _broken(folder, one_line(error, 300)) from error
    model.ranking = read_ranking(folder)
    model.rank_with(load_pose_voice(folder, config["fingerprint"]))
    return model.eval()


def _float32(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}


def _shards(tensors: Mapping[str, torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    """Split tensors, in order, into groups of at most `MAX_FILE_BYTES`; a larger stands alone."""
    shards: list[dict[str, torch.Tensor]] = []
    size = 0
    for name, tensor in tensors.items():
        if not shards or size + tensor.nbytes > MAX_FILE_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    return shards


def _read_config(folder: Path) -> dict[str, Any]:
    file = Path(folder) / "config.json"
    if not file.is_file():
        raise CheckpointError(
            f'"{folder}" holds no checkpoint (no config.json); train one with `autocompose train` '
            "or use checkpoints/pose-mini"
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(folder, f"config.json: {error}") from error
    known = isinstance(config, dict) and isinstance(config.get("format"), int)
    if not known or not isinstance(config.get("fingerprint"), str):
        raise _broken(folder, "config.json is not one that this program writes")
    if config["format"] > FORMAT:
        raise CheckpointError(
            f'the checkpoint "{Path(folder).name}" has format {config["format"]}, this program '
            f"reads up to {FORMAT}; update it"
        )
    return config


def _load_part(folder: Path, names: list[str]) -> dict[str, torch.Tensor]:
    """The stored tensors of one part, in the precision of the files."""
    tensors: dict[str, torch.Tensor] = {}
    for name in names:
        # config.json may come from anywhere; a name with a folder in it would reach outside.
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise _broken(folder, f'"{name}" is not a weights file of this folder')
        file = folder / name
        if not file.is_file():
            raise _broken(folder, f"{name} is missing")
        try:
            tensors.update(load_file(file))
        except (SafetensorError, OSError, ValueError) as error:
            raise _broken(folder, f"{name}: {error}") from error
    return tensors


def _broken(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f'the checkpoint "{Path(folder).name}" is damaged or incomplete ({reason}); copy it again, '
        f"or {WAYS_OUT}"
    )


def _json(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()


def _write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files aside, flush them, then rename them in the given order."""
    with held_aside(folder / "checkpoint", folder=True) as aside:
        for name, content in files.items():
            with (aside / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name in files:
            (aside / name).replace(folder / name)
