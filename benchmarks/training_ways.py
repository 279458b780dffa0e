"""The two ways of training that `training.py` compares: the official one and ours, each timed."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from autocompose.config import ModelConfig, RunConfig, TrainConfig
from autocompose.data.dataset import open_dataset
from autocompose.data.preprocess import load_image, preprocess
from autocompose.data.triplets import TripletSampler
from autocompose.model.towers import Towers
from autocompose.schema import PoseImage, PosePair, Triplet
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.loop.two_stages import TrainingContext


@dataclass(frozen=True)
class Measured:
    """One way of doing one piece of work."""

    pairs: int
    seconds: float
    cpu_seconds: float
    losses: tuple[float, ...]


def training_pairs(data: Path, count: int) -> list[PosePair]:
    """The first pairs of the training split."""
    pairs = open_dataset(data).pairs("train")[:count]
    if len(pairs) < count:
        sys.exit(f"{data} has {len(pairs)} training pairs; {count} are needed")
    return list(pairs)


def pixels(towers: Towers, image: PoseImage) -> torch.Tensor:
    """Decode and preprocess one image."""
    return preprocess(load_image(image.path, rgb=False), "squarepad", towers.image_size)


def encode_official(
    towers: Towers, images: dict[str, PoseImage], batch: Sequence[Triplet]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Everything of a batch anew: reference, target, text and text back, (B, D) each."""

    def encoded(role: str) -> torch.Tensor:
        loaded = [pixels(towers, images[getattr(t, role)]) for t in batch]
        turned = [p.flip(-1) if t.mirrored else p for p, t in zip(loaded, batch, strict=True)]
        return towers.encode_image(torch.stack(turned))

    def read(texts: Sequence[str]) -> torch.Tensor:
        return towers.encode_text(towers.tokenize(texts), crop=False)

    return (
        encoded("reference"),
        encoded("target"),
        read([t.text for t in batch]),
        read([t.reverse_text or "" for t in batch]),
    )


def train_official(
    sampler: TripletSampler,
    epochs: int,
    loss_of: Callable[[Sequence[Triplet]], torch.Tensor],
    optimiser: torch.optim.Optimizer,
) -> Measured:
    """Epochs of one batch each."""
    losses = []
    with timed() as took:
        for epoch in range(epochs):
            loss = loss_of(sampler.epoch(epoch))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
    return Measured(epochs * len(sampler), took[0], took[1], tuple(losses))


def through_curves(
    scratch: Path,
    stage: str,
    config: TrainConfig,
    frozen: FrozenFeatures,
    sampler: TripletSampler,
    work: Callable[[TrainingContext], None],
    *,
    chunk: int | None = None,
) -> Measured:
    """Run a stage as `autocompose train` does and read its curves."""
    folder = scratch / "progress"
    progress = ProgressFolder(folder, ModelConfig(), config, resume=False)
    run = RunConfig(save_every=1e9, chunk=chunk)
    with timed() as took:
        work(TrainingContext(frozen, sampler, config, silent, run, progress=progress))
    with (folder / "metrics.csv").open() as file:
        losses = tuple(float(row["loss"]) for row in csv.DictReader(file) if row["stage"] == stage)
    return Measured(len(losses) * len(sampler), took[0], took[1], losses)


def compare(
    name: str, official: Measured, ours: Measured, *, seconds_once: float
) -> dict[str, Any]:
    """Print and return both speeds, their ratios, and how far the losses are apart.

    On a machine with other work the ratio of processor seconds is the one to read.
    """
    ratio = official.seconds / official.pairs / (ours.seconds / ours.pairs)
    cpu_ratio = official.cpu_seconds / official.pairs / (ours.cpu_seconds / ours.pairs)
    apart = max(abs(a - b) for a, b in zip(official.losses, ours.losses, strict=True))
    print(f"| {name} | pairs/s | CPU ms a pair | losses |\n|---|---|---|---|")
    for way, measured in (("official way", official), ("ours", ours)):
        losses = " ".join(f"{loss:.5f}" for loss in measured.losses)
        speed, cpu = measured.pairs / measured.seconds, measured.cpu_seconds / measured.pairs
        print(f"| {way} | {speed:.2f} | {1000 * cpu:.1f} | {losses} |")
    print(
        f"\n{ratio:.1f}x by the clock, {cpu_ratio:.1f}x by processor time; losses apart by "
        f"{apart:.1e} at most; features once: {seconds_once:.1f} CPU-s"
    )
    return {
        "official": asdict(official),
        "ours": asdict(ours),
        "ratio": ratio,
        "cpu_ratio": cpu_ratio,
        "losses_apart": apart,
        "cpu_seconds_once": seconds_once,
        "same": apart < 1e-3,
    }


def silent(event: object) -> None:
    """Nobody watches."""


@contextmanager
def timed() -> Iterator[list[float]]:
    """A list that holds the seconds of the block after it, and those of the processor."""
    took: list[float] = []
    begun, worked = time.perf_counter(), time.process_time()
    yield took
    took += [time.perf_counter() - begun, time.process_time() - worked]
