"""Import this before anything that imports torchvision (open_clip, timm)."""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path

import torch


def _declare_torchvision_operators() -> torch.library.Library | None:
    """Let the registry's torchvision import beside a CPU-only torch.

    Its compiled part is built for CUDA and does not load then, but its Python part registers meta
    functions for ``nms`` and ``qnms`` and fails where their schemas are missing. open_clip imports
    torchvision; nothing here calls these two operators. Where the compiled part does load it
    defines them itself, and a second definition would break it: so it is tried first.
    """
    spec = importlib.util.find_spec("torchvision")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("_C.*")):
            # OSError is what a missing CUDA library or symbol raises.
            with contextlib.suppress(OSError):
                torch.ops.load_library(str(file))
    missing = [name for name in ("nms", "qnms") if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in missing:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


# Kept referenced: the schemas vanish when the Library object is collected.
TORCHVISION = _declare_torchvision_operators()
