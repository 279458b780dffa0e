"""Train a checkpoint: (pose-mini only) offline pretraining, then the two stages of the paper.

Each finished phase is kept in ``OUT/progress``, so that ``resume`` goes on behind the last one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autocompose.config import ModelConfig, TrainConfig
from autocompose.data.layout import PoseDataset
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, TrainingError
from autocompose.model.checkpoint import ComposedModel, save_checkpoint
from autocompose.model.combiner import Combiner
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import Towers, build_towers
from autocompose.retrieval.evaluate import evaluate, report_to_json
from autocompose.schema import Event, PoseImage
from autocompose.training.card import model_card
from autocompose.training.features import image_features
from autocompose.training.presets import PRESETS
from autocompose.training.pretrain_image import JointImages, estimate_joints, pretrain_image
from autocompose.training.pretrain_text import JointNoise, pretrain_text, text_pairs
from autocompose.training.pretrained_parts import load_image_backbone, word_vectors
from autocompose.training.stages import train_combiner, train_text_tower

__all__ = ["PRESETS", "train"]

OnEvent = Callable[[Event], None]
_TEXTS_PER_PAIR = 3
_UNKNOWN_NOISE = 0.06  # m, where no validation picture has joints


def train(
    dataset: PoseDataset,
    out: Path,
    *,
    model: ModelConfig,
    config: TrainConfig,
    resume: bool = False,
    on_event: OnEvent | None = None,
) -> ComposedModel:
    """Train on the ``train`` split and write a checkpoint to ``out``.

    Args:
        dataset: in the official layout; pose-mini also needs its joints.
        out: folder of the checkpoint.
        model: backbone and Combiner.
        config: both stages, and pose-mini's pretraining.
        resume: go on behind the last finished phase of an earlier run with the same settings.
        on_event: told of progress.

    Returns:
        The trained model, in eval mode.

    Raises:
        TrainingError: nothing to train on, other settings than the run to resume, or a loss is not
        finite.
        CheckpointError: the backbone's weights are missing.
        MissingExtraError: pretraining needs packages of the ``train`` extra.
    """
    tell = on_event or (lambda event: None)
    started = time.perf_counter()
    seconds: dict[str, float] = {}
    torch.manual_seed(config.seed)
    sampler = TripletSampler(
        dataset.pairs("train"), config.mode, cycle=config.cycle, seed=config.seed
    )
    progress = _Progress(out / "progress", model, config, resume=resume)
    towers = build_towers(model.backbone, pretrained=model.pretrained)
    if model.backbone == "pose-mini":
        # The word vectors stay where MiniLM put them: were the seen words moved, their unseen
        # synonyms would be left behind.
        _word_vectors(towers).requires_grad_(False)
    combiner = Combiner(towers.feature_dim, model.projection_dim, model.hidden_dim)

    def phase(name: str, module: torch.nn.Module, work: Callable[[], None]) -> None:
        begun = time.perf_counter()
        if progress.restore(name, module):
            tell(Event(name, 1, 1, "kept from the earlier run"))
            return
        work()
        progress.keep(name, module)
        seconds[name] = round(time.perf_counter() - begun, 1)

    gallery = dataset.gallery("train")
    pretrains = config.image_epochs or config.pretrain_steps
    if pretrains and model.backbone == "pose-mini" and model.pretrained is None:
        _pretrain(towers, dataset, gallery, config, phase, tell)
    features = image_features(towers, gallery, transform=model.transform, on_event=tell)
    phase(
        "stage 1",
        towers,
        lambda: train_text_tower(towers, features, sampler, config, on_event=tell),
    )
    phase(
        "stage 2",
        combiner,
        lambda: train_combiner(combiner, towers, features, sampler, config, on_event=tell),
    )
    composed = ComposedModel(towers, combiner, replace(model, pretrained=None)).eval()
    metrics: dict[str, Any] = {
        "triplets": len(sampler),
        "left_out": dict(sampler.dropped),
        "seconds": {**seconds, "total": round(time.perf_counter() - started, 1)},
    }
    if "val" in dataset.splits:
        report = evaluate(composed, dataset, "val", tell)
        metrics["val"] = report_to_json(replace(report, checkpoint=out.name, dataset=dataset.name))
    save_checkpoint(
        out, composed, train=config, metrics=metrics, card=model_card(model, config, dataset.name)
    )
    tell(Event("done", 1, 1, str(out)))
    return composed


def _pretrain(
    towers: Towers,
    dataset: PoseDataset,
    gallery: tuple[PoseImage, ...],
    config: TrainConfig,
    phase: Callable[[str, torch.nn.Module, Callable[[], None]], None],
    tell: OnEvent,
) -> None:
    """Teach pose-mini's towers to see joints and to read about them."""
    trunk: PoseTrunk = towers.image_tower.trunk  # pyright: ignore[reportAssignmentType, reportAttributeAccessIssue]
    if any(image.joints is None for image in gallery):
        raise TrainingError(
            f"{dataset.name} has pictures without joints; pretraining pose-mini needs joints.json "
            "(or start from an existing checkpoint with --pretrained)"
        )

    def see() -> None:
        load_image_backbone(trunk)
        pictures = JointImages.load(gallery, towers.image_size, tell)
        pretrain_image(trunk, pictures, epochs=config.image_epochs, seed=config.seed, on_event=tell)

    def read() -> None:
        _set_word_vectors(towers, tell)
        floors = [image.floor_y for image in gallery]
        data = text_pairs(
            np.array([image.joints for image in gallery]),
            towers,
            floors=None if None in floors else np.array(floors, dtype=np.float64),
            pairs=config.pretrain_pairs,
            texts=_TEXTS_PER_PAIR,
            seed=config.seed,
            on_event=tell,
        )
        noise = _noise(trunk, towers, dataset, tell)
        pretrain_text(
            towers,
            trunk.pose,
            data,
            noise,
            steps=config.pretrain_steps,
            seed=config.seed,
            on_event=tell,
        )

    phase("image tower", towers, see)
    phase("text tower", towers, read)


def _set_word_vectors(towers: Towers, tell: OnEvent) -> None:
    weight = _word_vectors(towers)
    vectors = word_vectors(towers.vocabulary(), weight.shape[1], on_event=tell)
    with torch.no_grad():
        weight.copy_(vectors * 0.5)


def _word_vectors(towers: Towers) -> torch.nn.Parameter:
    text: Any = getattr(towers.clip, "text", towers.clip)
    return text.token_embedding.weight


@torch.no_grad()
def _noise(trunk: PoseTrunk, towers: Towers, dataset: PoseDataset, tell: OnEvent) -> JointNoise:
    """How far the image tower errs on pictures it has not seen (validation)."""
    unseen = dataset.gallery("val") if "val" in dataset.splits else ()
    if not unseen or any(image.joints is None for image in unseen):
        return JointNoise(_UNKNOWN_NOISE * torch.eye(66))
    pictures = JointImages.load(unseen, towers.image_size, tell)
    estimated = estimate_joints(trunk, pictures)
    error = (estimated - pictures.joints).norm(dim=-1).mean()
    tell(Event("validation joints", 1, 1, f"mean error {1000 * float(error):.0f} mm"))
    return JointNoise.between(estimated, pictures.joints)


class _Progress:
    """Finished phases on disk; a phase is written whole or not at all."""

    def __init__(
        self, folder: Path, model: ModelConfig, config: TrainConfig, *, resume: bool
    ) -> None:
        self._folder = folder
        settings = json.dumps({"model": asdict(model), "train": asdict(config)}, sort_keys=True)
        known = folder / "settings.json"
        if resume and known.exists() and known.read_text() != settings:
            raise ConfigError(
                f"{folder} belongs to a run with other settings; "
                "train without --resume, or into another folder"
            )
        if not resume and folder.exists():
            for old in folder.iterdir():
                old.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        known.write_text(settings)

    def restore(self, name: str, module: torch.nn.Module) -> bool:
        """Load a finished phase; False when there is none."""
        path = self._path(name)
        if not path.exists():
            return False
        module.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return True

    def keep(self, name: str, module: torch.nn.Module) -> None:
        """Write a finished phase aside, then rename it into place."""
        aside = self._path(name).with_suffix(".part")
        with aside.open("wb") as file:
            torch.save(module.state_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name.replace(' ', '-')}.pt"
