"""A tiny model and pictures of noise, for tests that need real ones but not good ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from autocompose.config import ModelConfig
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.combiner import Combiner
from autocompose.model.towers import Towers, towers_from_config

PARITY = Path(__file__).with_name("data") / "parity"
"""Results of the official code; README.md there says how they were made."""

FEATURE_DIM = 16


def tiny_architecture(**changes: Any) -> dict[str, Any]:
    architecture = {
        "embed_dim": FEATURE_DIM,
        "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 64},
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 16,
            "heads": 2,
            "layers": 2,
        },
    }
    return {**architecture, **changes}


def tiny_towers(seed: int = 0, **changes: Any) -> Towers:
    torch.manual_seed(seed)
    towers = towers_from_config("tiny", tiny_architecture(**changes)).eval()
    # open_clip starts the last norm of each residual block at zero: pictures would look alike.
    for name, parameter in towers.clip.named_parameters():
        if "bn3.weight" in name:
            torch.nn.init.ones_(parameter)
    return towers


def tiny_model(seed: int = 0, *, combiner: bool = True) -> ComposedModel:
    towers = tiny_towers(seed)
    mixer = Combiner(FEATURE_DIM, 8, 12) if combiner else None
    config = ModelConfig(backbone="tiny", projection_dim=8, hidden_dim=12)
    return ComposedModel(towers, mixer, config).eval()


def write_pictures(folder: Path, count: int, *, seed: int = 0, size: int = 40) -> list[Path]:
    """Pictures of noise that differ from each other."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    paths = []
    for i in range(count):
        coarse = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((size, size), Image.Resampling.NEAREST)
        paths.append(folder / f"picture_{i:03d}.png")
        picture.save(paths[-1])
    return paths


def scripted(state: dict[str, torch.Tensor], path: Path) -> None:
    """A TorchScript archive that holds a state dict, as OpenAI's downloads do."""

    class Holder(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    root = Holder()
    for name, tensor in state.items():
        *folders, leaf = name.split(".")
        place = root
        for folder in folders:
            if folder not in dict(place.named_children()):
                place.add_module(folder, Holder())
            place = place.get_submodule(folder)
        if tensor.is_floating_point():
            place.register_parameter(leaf, torch.nn.Parameter(tensor))
        else:
            place.register_buffer(leaf, tensor)
    torch.jit.script(root).save(str(path))
