"""A tiny dataset to train on, and a program that trains on it in a process of its own.

``python -m tests.training_fakes DATASET OUT '{"resume": true, "kill": ["stage 2", 3]}'``
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from autocompose.config import ModelConfig, RunConfig, TrainConfig
from autocompose.data.dataset import PoseDataset, open_dataset, write_captions, write_split
from autocompose.data.joints_file import write_joints
from autocompose.schema import Event, OnEvent, PoseImage
from tests.poses import random_poses

SIDES = ("left", "right")
TINY = ModelConfig(backbone="pose-mini", projection_dim=16, hidden_dim=32)
SHORT = TrainConfig(
    source="auto", mode="auto-mirror-reverse_1", text_epochs=2, text_batch=6, text_lr=1e-3,
    combiner_epochs=3, combiner_batch=12, combiner_lr=1e-3,
)  # fmt: skip
# Gentle: Adam blows rounding of tiny gradients up to whole steps of the learning rate.
SEVERAL_STEPS = replace(SHORT, combiner_batch=6, text_lr=1e-5, combiner_lr=1e-4)
EVERY_STEP = RunConfig(save_every=0.0)


def write_tiny_dataset(root: Path, *, count: int = 12) -> PoseDataset:
    """Coloured squares with made-up texts, in the official layout."""
    (root / "images").mkdir(parents=True)
    names = [f"{i:02d}.png" for i in range(count)]
    rng = np.random.default_rng(0)
    for name in names:
        pixels = rng.integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((64, 64)).save(root / "images" / name)
    rows = [
        {
            "reference": names[i],
            "target": names[(i + 1) % count],
            "img_set": [names[(i + 1) % count], names[(i + 2) % count]],
            "sents": [f"raise the {side} arm {i} times"],
            "auto": [f"raise the {side} arm {i} times"],
            "auto-reverse": [f"lower the {side} arm {i} times"],
            "auto-mirror": [f"raise the {other} arm {i} times"],
            "auto-mirror-reverse": [f"lower the {other} arm {i} times"],
        }
        for i in range(count)
        for side, other in [SIDES if i % 2 else SIDES[::-1]]
    ]
    for split in ("train", "val"):
        write_captions(root / "captions" / f"{split}.json", rows)
        write_split(root / "image_splits" / f"{split}.json", names)
    return open_dataset(root)


def posed(name: str, seed: int, *, floor: float | None = None) -> PoseImage:
    """A picture of a body in a random pose."""
    joints = random_poses(1, seed=seed)[0].tolist()
    return PoseImage(name, Path(name), joints=tuple(map(tuple, joints)), floor_y=floor)


def with_joints(dataset: PoseDataset, *, known: Iterable[int] = range(12)) -> PoseDataset:
    """The tiny dataset with joints for some of its pictures."""
    images = [posed(f"{i:02d}.png", i) for i in known]
    write_joints(dataset.root / "joints.json", images, image_size=None)
    return open_dataset(dataset.root)


def weights(out: Path, stage: int) -> dict[str, torch.Tensor]:
    """The float32 weights that a finished stage left."""
    file = out / "progress" / f"stage-{stage}.pt"
    return torch.load(file, map_location="cpu", weights_only=True)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Compute on one thread, as `main` does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def main(dataset: Path, out: Path, options: dict[str, Any]) -> None:
    """Train in this process, and die where the options say so."""
    from autocompose.training.distributed import joined
    from autocompose.training.run import train

    torch.set_num_threads(1)
    kill, cache = options.get("kill"), options.get("cache")
    config = SEVERAL_STEPS
    if options.get("pretrain"):
        config = replace(config, image_epochs=2, pretrain_steps=3, pretrain_pairs=40)
        _without_packages()

    def listen(event: Event) -> None:
        if kill is not None and event.stage == kill[0] and event.done >= kill[1]:
            os.kill(os.getpid(), signal.SIGKILL)

    with joined(os.environ, expected=options.get("processes")) as world:
        train(
            open_dataset(dataset),
            out,
            model=replace(TINY, joints=options.get("joints", False)),
            config=config,
            run=replace(EVERY_STEP, chunk=options.get("chunk"), cache=cache and Path(cache)),
            world=world,
            resume=options.get("resume", False),
            on_event=listen,
        )


def _without_packages() -> None:
    """Stand in for the packages of the extra `train`: weights that stay random, drawn vectors.

    The batches of the text tower are small: what a kill changes shows with few texts too.
    """
    from autocompose.training.pretrain import both_towers

    def drawn(vocabulary: dict[int, str], width: int, *, on_event: OnEvent) -> torch.Tensor:
        on_event(Event("word vectors", 1, 1))
        # The real ones go through torch.pca_lowrank, which draws from the same random numbers.
        return torch.randn(len(vocabulary), width)

    both_towers.load_image_backbone = lambda trunk: None
    both_towers.word_vectors = drawn
    both_towers.pretrain_text = partial(both_towers.pretrain_text, batch=8)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
