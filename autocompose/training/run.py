"""Train a checkpoint: (pose-mini only) offline pretraining, then the two stages of the paper.

Finished phases, and checkpoints inside the two stages, are kept in ``OUT/progress``; ``resume``
continues after the last one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from autocompose.config import ModelConfig, RunConfig, TrainConfig
from autocompose.data.dataset import PoseDataset
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, DatasetError, TrainingError
from autocompose.evaluation.protocol import evaluate, report_to_json
from autocompose.model.checkpoint import ComposedModel, save_checkpoint
from autocompose.model.combiner import Combiner
from autocompose.model.joint_branch import JointBranch, JointSight, KnownJoints
from autocompose.model.towers import Towers, build_towers
from autocompose.schema import Event, OnEvent, PoseImage, PosePair
from autocompose.training.distributed import World
from autocompose.training.features.text_snapshot import DrawnTexts
from autocompose.training.features.tower_features import (
    FrozenFeatures,
    image_features,
    text_features,
)
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.loop.hard_negatives import other_sides
from autocompose.training.loop.phases import Phases
from autocompose.training.loop.two_stages import TrainingContext, train_combiner, train_text_tower
from autocompose.training.loop.validation import Validation
from autocompose.training.model_card import JointCount, model_card
from autocompose.training.presets import PRESETS
from autocompose.training.pretrain.both_towers import (
    Pretraining,
    pretrain_towers,
    token_embedding,
)

__all__ = ["PRESETS", "train"]


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
        on_event: called with progress.

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
    if run.cache is None:
        run = replace(run, cache=out / "progress" / "features")
    tell: OnEvent = on_event if on_event is not None and world.main else _tell_nobody
    task = _Task(dataset, model, _with_pictures(config, pictures), run, world, tell)
    started = time.perf_counter()
    torch.manual_seed(config.seed)
    pairs, malformed = task.pairs("train")
    sampler = _sampler(pairs, malformed, task)
    progress = ProgressFolder(
        out / "progress", model, task.config, resume=resume, world=world,
        tensorboard=run.tensorboard,
    )  # fmt: skip
    _note_texts(sampler, out / "progress", task)
    tell(Event("processes", world.size, world.size, f"{world.size}, on {world.device.type}"))
    modules = _Modules.built(model)
    phases = Phases(progress, tell)
    unusable: list[str] = []
    if (config.image_epochs or config.pretrain_steps) and modules.can_pretrain(model):
        work = Pretraining(dataset, pictures, task.config, run, world)
        unusable = pretrain_towers(modules.towers, work, phases)
    modules.share(world)
    context = _context(task, modules, pairs, sampler=sampler, progress=progress)
    _train_stages(modules, context, phases)
    trained = modules.composed(model)
    if world.main:
        metrics: dict[str, Any] = {
            "triplets": len(context.sampler),
            "left_out": dict(context.sampler.dropped),
            "malformed": malformed,
            "unreadable": dict(context.images.skipped),
            "left_out_of_pretraining": unusable,
            "processes": world.size,
            "seconds": {
                **phases.seconds,
                "total": round(time.perf_counter() - started + phases.earlier, 1),
            },
        }
        _save(trained, out, task, metrics=metrics, joints=_joint_count(context, pairs))
    return trained


@dataclass(frozen=True, eq=False)
class _Task:
    """What a training is given, its defaults filled in."""

    dataset: PoseDataset
    model: ModelConfig
    config: TrainConfig
    run: RunConfig
    world: World
    tell: OnEvent

    def pairs(self, split: str) -> tuple[tuple[PosePair, ...], list[str]]:
        """The sound records of a split, and one line for each of the others."""
        content = self.dataset.content(split)
        if self.run.strict and content.problems:
            raise content.problems[0]
        return content.pairs, [str(problem) for problem in content.problems]

    def features(self, towers: Towers, images: Sequence[PoseImage]) -> FrozenFeatures:
        """Features of pictures under the frozen image tower."""
        return image_features(
            towers,
            images,
            transform=self.model.transform,
            run=self.run,
            world=self.world,
            on_event=self.tell,
        )


@dataclass(frozen=True, eq=False)
class _Modules:
    """What is trained; the branch for joints where the settings ask for one."""

    towers: Towers
    combiner: Combiner
    branch: JointBranch | None

    @classmethod
    def built(cls, model: ModelConfig) -> _Modules:
        """The untrained modules, drawn in this order from torch's random numbers."""
        towers = build_towers(
            model.backbone, pretrained=model.pretrained, image_size=model.image_size
        )
        towers.long_texts, towers.look_twice = model.long_texts, model.look_twice
        if model.backbone == "pose-mini":
            # The word vectors stay where MiniLM put them: were the seen words moved, their unseen
            # synonyms would be left behind.
            token_embedding(towers).requires_grad_(False)
        combiner = Combiner(towers.feature_dim, model.projection_dim, model.hidden_dim)
        return cls(towers, combiner, JointBranch(towers.feature_dim) if model.joints else None)

    @staticmethod
    def can_pretrain(model: ModelConfig) -> bool:
        """Whether the towers start from nothing and are small enough to be pretrained here."""
        return model.backbone == "pose-mini" and model.pretrained is None

    def of_stage(self, **modules: torch.nn.Module) -> torch.nn.Module:
        """What a stage trains: the one module, and the branch for joints where there is one."""
        if self.branch is None and len(modules) == 1:
            return next(iter(modules.values()))
        named = modules if self.branch is None else {**modules, "joints": self.branch}
        return torch.nn.ModuleDict(named)

    def share(self, world: World) -> None:
        """Move every module to the device and give all processes the first one's weights."""
        for module in self.of_stage(towers=self.towers, combiner=self.combiner).children():
            module.to(world.device)
            world.share(module)

    def composed(self, model: ModelConfig) -> ComposedModel:
        """The trained model, in eval mode on the CPU."""
        settings = replace(model, pretrained=None)
        return ComposedModel(self.towers, self.combiner, settings, joints=self.branch).cpu().eval()


def _tell_nobody(event: Event) -> None:
    """Only the first process tells of progress."""


def _first(lines: Sequence[str]) -> str:
    return lines[0] + (f" and {len(lines) - 1} more" if len(lines) > 1 else "")


def _with_pictures(config: TrainConfig, pictures: PoseDataset | None) -> TrainConfig:
    """The settings with the name of the pictures that pretraining takes besides the dataset's."""
    if pictures is not None:
        return replace(config, pictures=pictures.name)
    if config.pictures:
        raise ConfigError(
            f'the settings name more pictures to pretrain on, "{config.pictures}"; give that '
            "dataset (--pictures DIR), or set train.pictures to an empty text"
        )
    return config


def _sampler(pairs: Sequence[PosePair], malformed: Sequence[str], task: _Task) -> TripletSampler:
    """What draws the triplets; tells of every record and pair that is left out."""
    for problem in malformed:
        total = len(malformed) + len(pairs)
        task.tell(Event("malformed records", len(malformed), total, problem))
    config = task.config
    sampler = TripletSampler(pairs, config.mode, cycle=config.cycle, seed=config.seed)
    if sampler.left_out:
        left_out = _first(sampler.left_out)
        task.tell(Event("pairs left out", len(sampler.left_out), len(pairs), left_out))
    return sampler


def _note_texts(sampler: TripletSampler, folder: Path, task: _Task) -> None:
    """Keep the texts of this run in its folder, or compare them with those of the earlier run."""
    unnoted = DrawnTexts.of(sampler).keep(folder, write=task.world.main)
    if unnoted and any(folder.glob("*.pt")):
        why = "the earlier run did not note its texts; whether they changed is not known"
        task.tell(Event("training texts", len(sampler), len(sampler), why))


def _pictures_of(pairs: Sequence[PosePair]) -> dict[str, PoseImage]:
    return {image.id: image for pair in pairs for image in (pair.reference, pair.target)}


def _context(
    task: _Task,
    modules: _Modules,
    pairs: Sequence[PosePair],
    *,
    sampler: TripletSampler,
    progress: ProgressFolder,
) -> TrainingContext:
    """Everything that both stages work with; pairs whose pictures cannot be read leave it."""
    wanted, config = _pictures_of(pairs), task.config
    images = task.features(modules.towers, list(wanted.values()))
    if images.skipped:
        readable = [p for p in pairs if not {p.reference.id, p.target.id} & set(images.skipped)]
        sampler = TripletSampler(readable, config.mode, cycle=config.cycle, seed=config.seed)
    validation = _validation(modules.towers, task)
    return TrainingContext(
        images,
        sampler,
        config,
        task.tell,
        task.run,
        task.world,
        progress,
        validation,
        _joints(modules.branch, wanted, task, validated=validation is not None),
    )


def _joints(
    branch: JointBranch | None, wanted: Mapping[str, PoseImage], task: _Task, *, validated: bool
) -> JointSight | None:
    """The branch, where there is one, with every joint that training and validation may use."""
    if branch is None:
        return None
    seen = task.dataset.gallery("val") if validated else ()
    joints = JointSight(branch, KnownJoints([*seen, *wanted.values()]))
    count = joints.among(wanted)
    if not count:
        raise TrainingError(
            f"no training picture of {task.dataset.name} has joints, which the branch for joints "
            "learns from; add a joints.json, or train without it"
        )
    task.tell(Event("pictures with joints", count, len(wanted)))
    return joints


def _validation(towers: Towers, task: _Task) -> Validation | None:
    """What both stages are validated on; None without a usable split ``val``."""
    if "val" not in task.dataset.splits or task.run.validate_every == 0:
        return None
    pairs, _ = task.pairs("val")
    try:
        gallery = task.dataset.gallery("val")
    except DatasetError:
        if task.run.strict:
            raise
        return None
    images = task.features(towers, gallery)
    names = [image.id for image in gallery]
    return Validation.build(pairs, names, images, device=task.world.device)


def _train_stages(modules: _Modules, context: TrainingContext, phases: Phases) -> None:
    """Both stages of the paper, in place."""
    towers, combiner, config = modules.towers, modules.combiner, context.config
    first = towers if config.joints_from == 2 else modules.of_stage(towers=towers)
    phases.run("stage 1", first, lambda: train_text_tower(towers, context))

    def combine() -> None:
        asked = _texts(context.sampler, context.validation, config)
        texts = text_features(
            towers, asked, run=context.run, world=context.world, on_event=context.on_event
        )
        train_combiner(combiner, texts, context)

    phases.run("stage 2", modules.of_stage(combiner=combiner), combine)


def _joint_count(context: TrainingContext, pairs: Sequence[PosePair]) -> JointCount | None:
    """How large the branch for joints is, and how many training pictures it learnt from."""
    if context.joints is None:
        return None
    wanted = _pictures_of(pairs)
    parameters = sum(p.numel() for p in context.joints.branch.parameters())
    return JointCount(parameters, context.joints.among(wanted), len(wanted))


def _save(
    trained: ComposedModel,
    out: Path,
    task: _Task,
    *,
    metrics: dict[str, Any],
    joints: JointCount | None,
) -> None:
    """Write the checkpoint with its figures, those of the split ``val`` included, and its card."""
    dataset = task.dataset
    if joints is not None:
        metrics["joints"] = joints._asdict()
    if "val" in dataset.splits:
        report = evaluate(trained, dataset, "val", on_event=task.tell)
        metrics["val"] = report_to_json(replace(report, checkpoint=out.name, dataset=dataset.name))
    card = model_card(task.model, task.config, dataset.name, joints=joints, val=metrics.get("val"))
    save_checkpoint(out, trained, train=task.config, metrics=metrics, card=card)
    task.tell(Event("done", 1, 1, str(out)))


def _texts(
    sampler: TripletSampler, validation: Validation | None, config: TrainConfig
) -> list[str]:
    """Every text that stage 2 looks up."""
    drawn = {
        text
        for pair in sampler.kept
        for view in sampler.mode.views
        for text in sampler.mode.drawn_texts(pair, view)
    }
    if "sides" in config.negatives:
        drawn |= {other_sides(text) or text for text in drawn}
    return sorted(drawn.union(validation.texts if validation is not None else ()))
