"""Offline pretraining of pose-mini, both halves: its image tower, then its text tower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autocompose.config import RunConfig, TrainConfig
from autocompose.data.dataset import PoseDataset
from autocompose.errors import TrainingError
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import Towers
from autocompose.schema import Event, OnEvent, PoseImage
from autocompose.training.distributed import World
from autocompose.training.loop.phases import Phases
from autocompose.training.pretrain.image_tower import (
    JointImages,
    estimate_joints,
    pretrain_image,
)
from autocompose.training.pretrain.pretrained_parts import load_image_backbone, word_vectors
from autocompose.training.pretrain.text_tower import JointNoise, pretrain_text, text_pairs

_TEXTS_PER_PAIR = 3
_UNKNOWN_NOISE = 0.06  # m, where no validation picture has joints


@dataclass(frozen=True)
class Pretraining:
    """What pretraining learns from, and how.

    Args:
        dataset: its splits ``train`` and, for the errors of the image tower, ``val``.
        pictures: more training pictures with joints, or None.
        config: epochs, steps, pairs and seed.
        run: whether unusable pictures stop it, and how often it is saved.
        world: only the first process works.
    """

    dataset: PoseDataset
    pictures: PoseDataset | None
    config: TrainConfig
    run: RunConfig
    world: World

    def gallery(self) -> tuple[PoseImage, ...]:
        """Every training picture."""
        own = self.dataset.gallery("train")
        return own if self.pictures is None else own + self.pictures.gallery("train")


def pretrain_towers(towers: Towers, work: Pretraining, phases: Phases) -> list[str]:
    """Teach pose-mini's towers, in place, to see joints and to read about them.

    Args:
        towers: of the backbone ``pose-mini``.
        work: see `Pretraining`.
        phases: keeps each tower when it is done.

    Returns:
        One line for each picture that the image tower could not learn from.

    Raises:
        TrainingError: no picture has joints, or a loss is not finite.
    """
    trunk: PoseTrunk = towers.image_tower.trunk  # pyright: ignore[reportAssignmentType, reportAttributeAccessIssue]
    gallery, config, tell = work.gallery(), work.config, phases.on_event
    posed = [image for image in gallery if image.joints is not None]
    if not posed:
        raise TrainingError(
            f"{work.dataset.name} has no picture with joints; pretraining pose-mini needs "
            "joints.json (or start from an existing checkpoint with --pretrained)"
        )

    skipped: list[str] = []

    def see() -> None:
        load_image_backbone(trunk)
        images = JointImages.load(gallery, towers.image_size, tell, strict=work.run.strict)
        skipped.extend(images.skipped)
        pretrain_image(
            trunk,
            images,
            epochs=config.image_epochs,
            seed=config.seed,
            progress=phases.progress.alone(),
            save_every=work.run.save_every,
            on_event=tell,
        )

    def read() -> None:
        _set_word_vectors(towers, tell)
        floors = [image.floor_y for image in posed]  # the pictures themselves are not needed
        data = text_pairs(
            np.array([image.joints for image in posed]),
            towers,
            floors=None if None in floors else np.array(floors, dtype=np.float64),
            pairs=config.pretrain_pairs,
            texts=_TEXTS_PER_PAIR,
            seed=config.seed,
            on_event=tell,
        )
        pretrain_text(
            towers,
            trunk.pose,
            data,
            noise=_noise(trunk, towers, work, tell=tell),
            steps=config.pretrain_steps,
            seed=config.seed,
            progress=phases.progress.alone(),
            save_every=work.run.save_every,
            on_event=tell,
        )

    # One process does it; the others wait for its weights.
    main = work.world.main
    phases.run("image tower", towers, see if main else _wait, left_out=skipped)
    work.world.share(towers)
    phases.run("text tower", towers, read if main else _wait)
    return skipped


def token_embedding(towers: Towers) -> torch.nn.Parameter:
    """(V, D) the word vectors of the text tower."""
    text: Any = getattr(towers.clip, "text", towers.clip)
    return text.token_embedding.weight


def _wait() -> None:
    """The first process is at work."""


def _set_word_vectors(towers: Towers, tell: OnEvent) -> None:
    weight = token_embedding(towers)
    vectors = word_vectors(towers.vocabulary(), weight.shape[1], on_event=tell)
    with torch.no_grad():
        weight.copy_(vectors * 0.5)


@torch.no_grad()
def _noise(trunk: PoseTrunk, towers: Towers, work: Pretraining, *, tell: OnEvent) -> JointNoise:
    """How far the image tower errs on pictures it has not seen (validation)."""
    unseen = work.dataset.gallery("val") if "val" in work.dataset.splits else ()
    if not any(image.joints is not None and image.pixels is not None for image in unseen):
        return JointNoise(_UNKNOWN_NOISE * torch.eye(66))
    pictures = JointImages.load(unseen, towers.image_size, tell, strict=work.run.strict)
    estimated = estimate_joints(trunk, pictures)
    error = (estimated - pictures.joints).norm(dim=-1).mean()
    tell(Event("validation joints", 1, 1, f"mean error {1000 * float(error):.0f} mm"))
    return JointNoise.between(estimated, pictures.joints)
