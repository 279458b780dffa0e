"""The model that trains, searches and is shared: towers and Combiner, on disk and in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import nn

from autocompose.config import ModelConfig, TrainConfig, from_json, to_json
from autocompose.errors import CheckpointError, ConfigError
from autocompose.model.combiner import Combiner
from autocompose.model.losses import element_wise_sum
from autocompose.model.towers import WAYS_OUT, Towers, towers_from_config

FORMAT = 1
MAX_FILE_BYTES = 48_000_000
"""A component is split over several files beyond this; hosts of git repositories refuse 50 MB."""

_PARTS = ("image_tower", "text_tower", "combiner")
_FLOAT16_MAX = 65504.0


class ComposedModel(nn.Module):
    """Two towers and what composes their features.

    Args:
        towers: the image and the text tower.
        combiner: None after stage 1: features are composed by `element_wise_sum`.
        config: how the towers and the Combiner were set up.
    """

    def __init__(self, towers: Towers, combiner: Combiner | None, config: ModelConfig):
        """Hold the parts; nothing is copied."""
        super().__init__()
        self.towers = towers
        self.combiner = combiner
        self.config = config

    def compose(self, image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
        """Compose raw features (B, D) and (B, D) into unit features (B, D)."""
        if self.combiner is None:
            return element_wise_sum(image_features, text_features)
        return self.combiner.combine(image_features, text_features)

    @property
    def fingerprint(self) -> str:
        """sha256 of configuration and weights as they are stored: a save does not change it.

        Computed anew each time (about 0.1 s for pose-mini), because training changes the weights.
        """
        return _fingerprint(_identity(self), {part: _stored(self, part) for part in _PARTS})


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
    """Write a checkpoint: safetensors in float16, ``config.json``, ``metrics.json``, ``card.md``.

    Every file is written aside and flushed before the first one is renamed into place, and
    ``config.json``, which names the others and holds the fingerprint, is renamed last.

    Args:
        folder: created if needed; files of an earlier checkpoint are replaced.
        model: what to save; stays in float32.
        train: how it was trained, None if unknown.
        metrics: JSON values, e.g. the evaluation report.
        card: Markdown: what the model is, how it was made, what it is not for.

    Returns:
        The fingerprint.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    parts = {part: _stored(model, part) for part in _PARTS}
    identity = _identity(model)
    fingerprint = _fingerprint(identity, parts)
    files: dict[str, bytes] = {}
    listing: dict[str, list[str]] = {}
    for part, tensors in parts.items():
        shards = _shards(tensors)
        listing[part] = [
            f"{part}.safetensors" if i == 0 else f"{part}.{i + 1}.safetensors"
            for i in range(len(shards))
        ]
        for name, shard in zip(listing[part], shards, strict=True):
            files[name] = to_safetensors(shard)
    config = {
        "format": FORMAT,
        **identity,
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
    except (OSError, ValueError, TypeError, KeyError, ConfigError) as error:
        raise _broken(folder, str(error)) from error
    return CheckpointInfo(model, train, str(config["fingerprint"]), metrics, card)


def record_metrics(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    """Keep a report beside the weights: ``metrics.json`` gets it under a name, all else stays.

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
        parts = {part: _load_part(folder, config["files"][part]) for part in _PARTS}
        if config["combiner"] is not None and not parts["combiner"]:
            raise _broken(folder, "the Combiner is missing")
        identity = {key: config[key] for key in ("model", "architecture", "image", "combiner")}
        towers = towers_from_config(
            settings.backbone, config["architecture"], mean=image["mean"], std=image["std"]
        )
        combiner = Combiner(**config["combiner"]) if config["combiner"] is not None else None
    except (KeyError, TypeError, AttributeError, ConfigError) as error:
        raise _broken(folder, f"config.json: {error}") from error
    if _fingerprint(identity, parts) != config["fingerprint"]:
        raise _broken(folder, "its weights are not those that config.json was written with")
    model = ComposedModel(towers, combiner, settings)
    weights = {**parts["image_tower"], **parts["text_tower"]}
    try:
        towers.clip.load_state_dict(_float32(weights), strict=True)
        if combiner is not None:
            combiner.load_state_dict(_float32(parts["combiner"]), strict=True)
    except RuntimeError as error:
        raise _broken(folder, " ".join(str(error).split())[:300]) from error
    return model.eval()


def load_official_combiner(path: Path) -> Combiner:
    """Read a Combiner that the official code saved: ``{"epoch", "Combiner": state dict}``.

    Args:
        path: a ``.pt`` file, or one compressed as ``.pt.gz``.

    Returns:
        The Combiner in eval mode; its dimensions are read from the shapes.

    Raises:
        CheckpointError: not such a file.
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            saved = torch.load(cast(IO[bytes], file), map_location="cpu", weights_only=True)
        weights = saved["Combiner"]
        projection_dim, feature_dim = weights["text_projection_layer.weight"].shape
        combiner = Combiner(feature_dim, projection_dim, weights["combiner_layer.bias"].shape[0])
        combiner.load_state_dict(weights, strict=True)
    except (
        *(OSError, EOFError, RuntimeError, pickle.UnpicklingError),
        *(KeyError, TypeError, IndexError, ValueError, AttributeError),
    ) as error:
        raise CheckpointError(
            f'"{path.name}" does not hold an official Combiner; give a combiner_*.pt file with '
            'the key "Combiner"'
        ) from error
    return combiner.float().eval()


def _identity(model: ComposedModel) -> dict[str, Any]:
    """All of a model but its weights, as JSON values."""
    c = model.combiner
    return {
        "model": to_json(model.config),
        "architecture": model.towers.architecture,
        "image": {"mean": list(model.towers.mean), "std": list(model.towers.std)},
        "combiner": None
        if c is None
        else {
            "feature_dim": c.feature_dim,
            "projection_dim": c.projection_dim,
            "hidden_dim": c.hidden_dim,
        },
    }


def _stored(model: ComposedModel, part: str) -> dict[str, torch.Tensor]:
    """A part's tensors as they stand on disk, by name."""
    if part == "combiner":
        state = {} if model.combiner is None else model.combiner.state_dict()
    else:
        wanted = part == "image_tower"
        state = {
            name: tensor
            for name, tensor in model.towers.clip.state_dict().items()
            if name.startswith("visual.") == wanted
        }
    return {name: _narrow(tensor) for name, tensor in sorted(state.items())}


def _narrow(tensor: torch.Tensor) -> torch.Tensor:
    """float16 where that holds the values; counters and very large statistics stay as they are."""
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and (
        tensor.numel() == 0 or float(tensor.abs().max()) <= _FLOAT16_MAX
    ):
        tensor = tensor.half()
    # A copy of its own: safetensors refuses tensors that share memory, e.g. tied weights.
    return tensor.clone(memory_format=torch.contiguous_format)


def _float32(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}


def _fingerprint(
    identity: Mapping[str, Any], parts: Mapping[str, Mapping[str, torch.Tensor]]
) -> str:
    """sha256 over the identity and every stored tensor; independent of how files are split."""
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode())
    for part in _PARTS:
        for name in sorted(parts[part]):
            tensor = parts[part][name]
            digest.update(f"\n{part} {name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


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
    except (OSError, ValueError) as error:
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
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as aside:
        for name, content in files.items():
            with (Path(aside) / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name in files:
            (Path(aside) / name).replace(folder / name)
