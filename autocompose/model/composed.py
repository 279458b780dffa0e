"""The model that trains, searches and is shared: two towers, and what composes their features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from autocompose.config import ModelConfig, RankingConfig, to_json
from autocompose.errors import CheckpointError
from autocompose.model.combiner import Combiner
from autocompose.model.joint_branch import JointBranch, Poses
from autocompose.model.losses import element_wise_sum
from autocompose.model.pose_voice import PoseVoice
from autocompose.model.towers import Towers

PARTS = ("image_tower", "text_tower", "combiner", "joints")
PRECISIONS = ("float16", "float32")
_FLOAT16_MAX = 65504.0


class ComposedModel(nn.Module):
    """Two towers and what composes their features.

    Args:
        towers: the image and the text tower.
        combiner: None after stage 1: features are composed by `element_wise_sum`.
        config: how the towers and the Combiner were set up.
        precision: in which its weights are stored, ``float16`` or ``float32``; they are computed
            with in float32 either way.
        joints: the branch for true joints, where ``config.joints`` says that there is one.

    Raises:
        CheckpointError: the Combiner is for features of another length, or the branch for joints
            is missing or too much.
    """

    def __init__(
        self,
        towers: Towers,
        combiner: Combiner | None,
        config: ModelConfig,
        *,
        precision: str = "float16",
        joints: JointBranch | None = None,
    ):
        """Hold the parts; nothing is copied."""
        super().__init__()
        if combiner is not None and combiner.feature_dim != towers.feature_dim:
            raise CheckpointError(
                f"the Combiner is for features of length {combiner.feature_dim}, the towers "
                f'"{towers.name}" give {towers.feature_dim}; use the pair that was trained together'
            )
        if precision not in PRECISIONS:
            raise CheckpointError(f'precision "{precision}" is not one of {", ".join(PRECISIONS)}')
        if (joints is not None) != config.joints:
            here = "is not there" if config.joints else "is there"
            raise CheckpointError(f"joints is {config.joints}, but the branch for joints {here}")
        towers.long_texts, towers.look_twice = config.long_texts, config.look_twice
        self.towers = towers
        self.combiner = combiner
        self.config = config
        self.precision = precision
        self.joints = joints
        self.ranking = RankingConfig()
        """How much each voice counts where a gallery has joints; no part of the fingerprint."""
        self._beside: list[PoseVoice] = []  # in a list, so that its weights are not the model's

    @property
    def pose_voice(self) -> PoseVoice | None:
        """The tower over joints that ranks beside this model; no part of the fingerprint."""
        return self._beside[0] if self._beside else None

    def rank_with(self, voice: PoseVoice | None) -> None:
        """Give the model a tower over joints, or take it away."""
        self._beside = [] if voice is None else [voice]

    def see(self, image_features: torch.Tensor, poses: Poses | None = None) -> torch.Tensor:
        """Raw features (B, D) of pictures from those of the image tower.

        Args:
            image_features: (B, D) raw.
            poses: what is known of their joints; None where nothing is. Read by a model with the
                branch for joints only.
        """
        if self.joints is None:
            return image_features
        device = image_features.device
        known = Poses.unknown(len(image_features)) if poses is None else poses
        return self.joints(image_features, known.to(device))

    def compose(self, image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
        """Compose raw features (B, D) and (B, D) into unit features (B, D)."""
        if self.combiner is None:
            return element_wise_sum(image_features, text_features)
        return self.combiner.combine(image_features, text_features)

    @property
    def fingerprint(self) -> str:
        """sha256 of configuration and weights as they are stored: a save does not change it.

        Computed each time (about 0.1 s for pose-mini), because training changes the weights.
        """
        return fingerprint_of(identity(self), {part: stored(self, part) for part in PARTS})


def identity(model: ComposedModel) -> dict[str, Any]:
    """All of a model but its weights, as JSON values."""
    c = model.combiner
    values: dict[str, Any] = {
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
    if model.joints is not None:
        sizes = {"feature_dim": model.joints.feature_dim, "hidden_dim": model.joints.hidden_dim}
        values["joints"] = sizes
    # Only where it is not the default: fingerprints of earlier checkpoints stay what they were.
    return values if model.precision == "float16" else {**values, "precision": model.precision}


def stored(model: ComposedModel, part: str) -> dict[str, torch.Tensor]:
    """A part's tensors as they stand on disk, by name."""
    if part in ("combiner", "joints"):
        module = model.combiner if part == "combiner" else model.joints
        state = {} if module is None else module.state_dict()
    else:
        wanted = part == "image_tower"
        state = {
            name: tensor
            for name, tensor in model.towers.clip.state_dict().items()
            if name.startswith("visual.") == wanted
        }
    half = model.precision == "float16"
    return {name: _narrow(tensor, half=half) for name, tensor in sorted(state.items())}


def fingerprint_of(
    identity: Mapping[str, Any], parts: Mapping[str, Mapping[str, torch.Tensor]]
) -> str:
    """sha256 over the identity and every stored tensor; independent of how files are split."""
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode())
    for part in PARTS:
        for name in sorted(parts[part]):
            tensor = parts[part][name]
            digest.update(f"\n{part} {name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _narrow(tensor: torch.Tensor, *, half: bool) -> torch.Tensor:
    """float16 where that holds the values; counters and very large statistics stay as they are."""
    tensor = tensor.detach().cpu()
    if (
        half
        and tensor.is_floating_point()
        and (tensor.numel() == 0 or float(tensor.abs().max()) <= _FLOAT16_MAX)
    ):
        tensor = tensor.half()
    # A copy of its own: safetensors refuses tensors that share memory, e.g. tied weights.
    return tensor.clone(memory_format=torch.contiguous_format)
