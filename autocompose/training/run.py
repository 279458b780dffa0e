"""Train a checkpoint: (pose-mini only) offline pretraining, then the two stages of the paper.

Finished phases, and checkpoints inside the two stages, are kept in ``OUT/progress``, so that
``resume`` goes on behind the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autocompose.config import ModelConfig, RunConfig, TrainConfig
from autocompose.data.dataset import PoseDataset
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, DatasetError, TrainingError
from autocompose.evaluation.protocol import evaluate, report_to_json
from autocompose.model.checkpoint import ComposedModel, save_checkpoint
from autocompose.model.combiner import Combiner
from autocompose.model.joint_branch import JointBranch, JointSight, KnownJoints
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import Towers, build_towers
from autocompose.schema import Event, OnEvent, PoseImage, PosePair
from autocompose.training.distributed import World
from autocompose.training.features.text_snapshot import DrawnTexts
from autocompose.training.features.tower_features import (
    FrozenFeatures,
    image_features,
    text_features,
)
from autocompose.training.loop.checkpoints import Progress
from autocompose.training.loop.hard_negatives import other_sides
from autocompose.training.loop.two_stages import Bench, train_combiner, train_text_tower
from autocompose.training.loop.validation import Validation
from autocompose.training.model_card import JointCount, model_card
from autocompose.training.presets import PRESETS
from autocompose.training.pretrain.image_tower import JointImages, estimate_joints, pretrain_image
from autocompose.training.pretrain.pretrained_parts import load_image_backbone, word_vectors
from autocompose.training.pretrain.text_tower import JointNoise, pretrain_text, text_pairs

__all__ = ["PRESETS", "train"]

_TEXTS_PER_PAIR = 3
_UNKNOWN_NOISE = 0.06  # m, where no validation picture has joints


def train(
    dataset: PoseDataset,
    out: Path,
    *,
    model: ModelConfig,
    config: TrainConfig,
    run: RunConfig | None = None,
    world: World | None = None,
    pictures: PoseDataset | None = None,
    resume: bool = False,
    on_event: OnEvent | None = None,
) -> ComposedModel:
    """Train on the ``train`` split and write a checkpoint to ``out``.

    Args:
        dataset: in the official layout; pose-mini also needs its joints.
        out: folder of the checkpoint.
        model: backbone and Combiner.
        config: both stages, and pose-mini's pretraining.
        run: how it is carried out: cache, workers, gradient caching, how often it is saved.
        world: the processes that train together; only the first writes files and tells of progress.
        pictures: more training pictures with joints, for pose-mini's pretraining alone.
        resume: go on behind the last checkpoint of an earlier run with the same settings.
        on_event: told of progress.

    Returns:
        The trained model, in eval mode on the CPU.

    Raises:
        ConfigError: other settings, or other texts, than the run to resume.
        TrainingError: nothing to train on, a loss that is not finite, or a disk that is full.
        CheckpointError: the backbone's weights are missing.
        MissingExtraError: pretraining needs packages of the ``train`` extra.
        DatasetError: a record is malformed and ``run.strict`` is set.
        ImageError: an image cannot be read and ``run.strict`` is set.
        KeyboardInterrupt: the user stopped it; both stages save their state first.
    """
    run, world = run or RunConfig(), world or World()
    if pictures is not None:
        config = replace(config, pictures=pictures.name)
    elif config.pictures:
        raise ConfigError(
            f'the settings name more pictures to pretrain on, "{config.pictures}"; give that '
            "dataset (--pictures DIR), or set train.pictures to an empty text"
        )
    if run.cache is None:
        run = replace(run, cache=out / "progress" / "features")
    tell: OnEvent = on_event if on_event is not None and world.main else _tell_nobody
    started = time.perf_counter()
    seconds: dict[str, float] = {}
    torch.manual_seed(config.seed)
    pairs, malformed = _pairs(dataset, "train", strict=run.strict)
    for problem in malformed:
        tell(Event("malformed records", len(malformed), len(malformed) + len(pairs), problem))
    sampler = TripletSampler(pairs, config.mode, cycle=config.cycle, seed=config.seed)
    if sampler.left_out:
        tell(Event("pairs left out", len(sampler.left_out), len(pairs), _first(sampler.left_out)))
    progress = Progress(
        out / "progress", model, config, resume=resume, world=world, tensorboard=run.tensorboard
    )
    unnoted = DrawnTexts.of(sampler).keep(out / "progress", write=world.main)
    if unnoted and any((out / "progress").glob("*.pt")):
        why = "the earlier run did not note its texts; whether they changed is not known"
        tell(Event("training texts", len(sampler), len(sampler), why))
    tell(Event("processes", world.size, world.size, f"{world.size}, on {world.device.type}"))
    towers = build_towers(model.backbone, pretrained=model.pretrained)
    towers.long_texts = model.long_texts
    if model.backbone == "pose-mini":
        # The word vectors stay where MiniLM put them: were the seen words moved, their unseen
        # synonyms would be left behind.
        _word_vectors(towers).requires_grad_(False)
    combiner = Combiner(towers.feature_dim, model.projection_dim, model.hidden_dim)
    branch = JointBranch(towers.feature_dim) if model.joints else None

    def phase(name: str, module: torch.nn.Module, work: Callable[[], None]) -> None:
        begun = time.perf_counter()
        if progress.restore(name, module):
            tell(Event(name, 1, 1, "kept from the earlier run"))
            return
        work()
        progress.keep(name, module)
        seconds[name] = round(time.perf_counter() - begun, 1)

    unusable: list[str] = []
    pretrains = config.image_epochs or config.pretrain_steps
    if pretrains and model.backbone == "pose-mini" and model.pretrained is None:
        gallery = dataset.gallery("train")
        if pictures is not None:
            gallery += pictures.gallery("train")
        unusable = _pretrain(towers, dataset, gallery, config, phase, tell, progress, run, world)
    for module in _with(branch, towers=towers, combiner=combiner).children():
        module.to(world.device)
        world.share(module)
    wanted = {image.id: image for pair in pairs for image in (pair.reference, pair.target)}
    images = image_features(
        towers,
        list(wanted.values()),
        transform=model.transform,
        run=run,
        world=world,
        on_event=tell,
    )
    if images.skipped:
        readable = [p for p in pairs if not {p.reference.id, p.target.id} & set(images.skipped)]
        sampler = TripletSampler(readable, config.mode, cycle=config.cycle, seed=config.seed)
    validation = _validation(towers, dataset, model, run, world, tell)
    joints = None if branch is None else _joints(branch, wanted, validation, dataset, tell)
    bench = Bench(images, sampler, config, tell, run, world, progress, validation, joints)
    first = towers if config.joints_from == 2 else _with(branch, towers=towers)
    phase("stage 1", first, lambda: train_text_tower(towers, bench))

    def combine() -> None:
        texts = text_features(
            towers, _texts(sampler, validation, config), run=run, world=world, on_event=tell
        )
        train_combiner(combiner, texts, bench)

    phase("stage 2", _with(branch, combiner=combiner), combine)
    settings = replace(model, pretrained=None)
    composed = ComposedModel(towers, combiner, settings, joints=branch).cpu().eval()
    if not world.main:
        return composed
    metrics: dict[str, Any] = {
        "triplets": len(sampler),
        "left_out": dict(sampler.dropped),
        "malformed": malformed,
        "unreadable": dict(images.skipped),
        "left_out_of_pretraining": unusable,
        "processes": world.size,
        "seconds": {**seconds, "total": round(time.perf_counter() - started, 1)},
    }
    count: JointCount | None = None
    if joints is not None:
        parameters = sum(p.numel() for p in joints.branch.parameters())
        count = JointCount(parameters, joints.among(wanted), len(wanted))
        metrics["joints"] = count._asdict()
    if "val" in dataset.splits:
        report = evaluate(composed, dataset, "val", tell)
        metrics["val"] = report_to_json(replace(report, checkpoint=out.name, dataset=dataset.name))
    card = model_card(model, config, dataset.name, joints=count, val=metrics.get("val"))
    save_checkpoint(out, composed, train=config, metrics=metrics, card=card)
    tell(Event("done", 1, 1, str(out)))
    return composed


def _tell_nobody(event: Event) -> None:
    """Only the first process tells of progress."""


def _first(lines: Sequence[str]) -> str:
    return lines[0] + (f" and {len(lines) - 1} more" if len(lines) > 1 else "")


def _pairs(
    dataset: PoseDataset, split: str, *, strict: bool
) -> tuple[tuple[PosePair, ...], list[str]]:
    """The sound records of a split, and one line for each of the others."""
    content = dataset.content(split)
    if strict and content.problems:
        raise content.problems[0]
    return content.pairs, [str(problem) for problem in content.problems]


def _with(branch: JointBranch | None, **modules: torch.nn.Module) -> torch.nn.Module:
    """What a stage trains: the one module, and the branch for joints where there is one."""
    if branch is None and len(modules) == 1:
        return next(iter(modules.values()))
    return torch.nn.ModuleDict(modules if branch is None else {**modules, "joints": branch})


def _joints(
    branch: JointBranch,
    wanted: Mapping[str, PoseImage],
    validation: Validation | None,
    dataset: PoseDataset,
    tell: OnEvent,
) -> JointSight:
    """The branch with every joint that training and validation may use."""
    seen = dataset.gallery("val") if validation is not None else ()
    joints = JointSight(branch, KnownJoints([*seen, *wanted.values()]))
    count = joints.among(wanted)
    if not count:
        raise TrainingError(
            f"no training picture of {dataset.name} has joints, which the branch for joints learns "
            "from; add a joints.json, or train without it"
        )
    tell(Event("pictures with joints", count, len(wanted)))
    return joints


def _validation(
    towers: Towers,
    dataset: PoseDataset,
    model: ModelConfig,
    run: RunConfig,
    world: World,
    tell: OnEvent,
) -> Validation | None:
    """What both stages are validated on; None without a usable split ``val``."""
    if "val" not in dataset.splits or run.validate_every == 0:
        return None
    pairs, _ = _pairs(dataset, "val", strict=run.strict)
    try:
        gallery = dataset.gallery("val")
    except DatasetError:
        if run.strict:
            raise
        return None
    images: FrozenFeatures = image_features(
        towers, gallery, transform=model.transform, run=run, world=world, on_event=tell
    )
    names = [image.id for image in gallery]
    return Validation.build(pairs, names, images, world.device)


def _texts(
    sampler: TripletSampler, validation: Validation | None, config: TrainConfig
) -> list[str]:
    """Every text that stage 2 looks up."""
    drawn = {
        text
        for pair in sampler.kept
        for key in sampler.mode.keys
        for text in pair.texts[key][: sampler.mode.texts]
    }
    if "sides" in config.negatives:
        drawn |= {other_sides(text) or text for text in drawn}
    return sorted(drawn.union(validation.texts if validation is not None else ()))


def _pretrain(
    towers: Towers,
    dataset: PoseDataset,
    gallery: tuple[PoseImage, ...],
    config: TrainConfig,
    phase: Callable[[str, torch.nn.Module, Callable[[], None]], None],
    tell: OnEvent,
    progress: Progress,
    run: RunConfig,
    world: World,
) -> list[str]:
    """Teach pose-mini's towers to see joints and to read about them.

    Returns:
        One line for each picture that the image tower could not learn from.
    """
    trunk: PoseTrunk = towers.image_tower.trunk  # pyright: ignore[reportAssignmentType, reportAttributeAccessIssue]
    posed = [image for image in gallery if image.joints is not None]
    if not posed:
        raise TrainingError(
            f"{dataset.name} has no picture with joints; pretraining pose-mini needs joints.json "
            "(or start from an existing checkpoint with --pretrained)"
        )

    skipped: list[str] = []

    def see() -> None:
        load_image_backbone(trunk)
        pictures = JointImages.load(gallery, towers.image_size, tell, strict=run.strict)
        skipped.extend(pictures.skipped)
        pretrain_image(
            trunk,
            pictures,
            epochs=config.image_epochs,
            seed=config.seed,
            progress=progress.alone(),
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
        noise = _noise(trunk, towers, dataset, tell, strict=run.strict)
        pretrain_text(
            towers,
            trunk.pose,
            data,
            noise,
            steps=config.pretrain_steps,
            seed=config.seed,
            progress=progress.alone(),
            save_every=run.save_every,
            on_event=tell,
        )

    # One process does it; the others wait for its weights.
    phase("image tower", towers, see if world.main else _wait)
    world.share(towers)
    phase("text tower", towers, read if world.main else _wait)
    return skipped


def _wait() -> None:
    """The first process is at work."""


def _set_word_vectors(towers: Towers, tell: OnEvent) -> None:
    weight = _word_vectors(towers)
    vectors = word_vectors(towers.vocabulary(), weight.shape[1], on_event=tell)
    with torch.no_grad():
        weight.copy_(vectors * 0.5)


def _word_vectors(towers: Towers) -> torch.nn.Parameter:
    text: Any = getattr(towers.clip, "text", towers.clip)
    return text.token_embedding.weight


@torch.no_grad()
def _noise(
    trunk: PoseTrunk, towers: Towers, dataset: PoseDataset, tell: OnEvent, *, strict: bool
) -> JointNoise:
    """How far the image tower errs on pictures it has not seen (validation)."""
    unseen = dataset.gallery("val") if "val" in dataset.splits else ()
    if not any(image.joints is not None and image.pixels is not None for image in unseen):
        return JointNoise(_UNKNOWN_NOISE * torch.eye(66))
    pictures = JointImages.load(unseen, towers.image_size, tell, strict=strict)
    estimated = estimate_joints(trunk, pictures)
    error = (estimated - pictures.joints).norm(dim=-1).mean()
    tell(Event("validation joints", 1, 1, f"mean error {1000 * float(error):.0f} mm"))
    return JointNoise.between(estimated, pictures.joints)
