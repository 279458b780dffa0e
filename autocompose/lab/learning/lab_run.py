"""The whole training of the pose lab in four stages, each kept, so that it can be interrupted.

1. The pose tokenizer, on training poses with limbs exchanged.
2. Poses and texts, with one sentence for each task.
3. Pictures, where a checkpoint's picture tower is named: only what reads them learns.
4. All tasks, told in many sentences.

Source: the order of the stages is that of UniPose (CVPR 2025); contents and sizes are our own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.data.dataset import PoseDataset
from autocompose.data.pose_pool import PosePool
from autocompose.data.wish_files import ToldWish
from autocompose.errors import ConfigError, DatasetError
from autocompose.lab.bodies.recombine import RecombinationRules, recombined_bodies
from autocompose.lab.learning.lab_stage import StagePlan, train_stage
from autocompose.lab.learning.lessons import Lessons
from autocompose.lab.learning.material import (
    Material,
    MaterialPlan,
    captioned_material,
    joined,
    rule_material,
)
from autocompose.lab.learning.picture_features import picture_features
from autocompose.lab.learning.warm_start import start_from_tower
from autocompose.lab.lm.instructions import LabTask, trained
from autocompose.lab.lm.lab_files import PoseLab, load_limb_codes, save_limb_codes
from autocompose.lab.lm.pieces import Pieces
from autocompose.lab.lm.pose_lm import PoseLM, PoseLMConfig
from autocompose.lab.tokens.limb_codes import CodeSettings, LimbCodes, fit_limb_codes
from autocompose.model.composed import ComposedModel
from autocompose.model.half_precision import multiplies_bfloat16
from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import ProgressFolder

Floats = NDArray[np.float64]

_WIDE = RecombinationRules(turn=(10.0, 12.0, 8.0))
"""The tokenizer shall know bodies that nobody took up."""


@dataclass(frozen=True)
class LabPlan:
    """What is trained, and for how long.

    Args:
        model: size of the network; what it reads of pictures is filled in.
        code_bodies: bodies that the tokenizer is made from, beside the poses themselves.
        material: bodies and texts.
        common: how many of CLIP's most common pieces can be read beside those of the texts.
        align, pictures, instruct: stages 2, 3 and 4.
        seed: of every draw.
        bfloat16: compute the large products in half the digits, on a processor made for it.
    """

    model: PoseLMConfig = field(default_factory=PoseLMConfig)
    code_bodies: int = 60_000
    material: MaterialPlan = field(default_factory=MaterialPlan)
    common: int = 20_000
    align: StagePlan = field(
        default_factory=lambda: StagePlan(
            1100, {"edit": 112, "text to pose": 32, "pair to text": 24, "pose to text": 24}, lr=1e-3
        )
    )
    pictures: StagePlan = field(
        default_factory=lambda: StagePlan(
            120, {"picture to pose": 64}, lr=1e-3, only=("picture_in",)
        )
    )
    instruct: StagePlan = field(
        default_factory=lambda: StagePlan(
            450,
            {
                "edit": 96, "text to pose": 24, "picture to pose": 16,
                "pair to text": 24, "pose to text": 24, "picture to text": 8,
                "pictures to text": 8,
            },
            lr=5e-4,
        )
    )  # fmt: skip
    seed: int = 0
    bfloat16: bool = True

    @property
    def stages(self) -> dict[int, StagePlan]:
        """What follows the tokenizer, by its number, without stages of no steps."""
        every = {2: self.align, 3: self.pictures, 4: self.instruct}
        return {number: stage for number, stage in every.items() if stage.steps}


REAL = LabPlan()
SHORT = LabPlan(
    align=StagePlan(
        500, {"edit": 40, "text to pose": 12, "pair to text": 6, "pose to text": 6}, lr=1e-3
    ),
    pictures=StagePlan(30, {"picture to pose": 64}, lr=1e-3, only=("picture_in",)),
    instruct=StagePlan(
        150,
        {
            "edit": 32, "text to pose": 10, "picture to pose": 6, "pair to text": 6,
            "pose to text": 6, "picture to text": 2, "pictures to text": 2,
        },
        lr=5e-4,
    ),
)  # fmt: skip
"""A seventh of the work, for a processor without bfloat16."""
FURTHER = LabPlan(
    align=StagePlan(0, {}),
    instruct=replace(REAL.instruct, steps=700),
)
"""For a model that has been trained: pictures and all tasks once more."""
TINY = LabPlan(
    model=PoseLMConfig(width=32, layers=1, heads=2, levels=2, codes=16),
    code_bodies=64,
    material=MaterialPlan(bodies=40, pairs=30, alone=20),
    common=0,
    align=StagePlan(3, {"edit": 6, "text to pose": 4, "pair to text": 4, "pose to text": 4}),
    pictures=StagePlan(1, {"picture to pose": 2}, only=("picture_in",)),
    instruct=StagePlan(2, {"edit": 6, "pair to text": 4}),
    bfloat16=False,
)
"""For tests: seconds, and of no use."""
PLANS: Mapping[str, LabPlan] = {"real": REAL, "short": SHORT, "further": FURTHER, "tiny": TINY}


def train_lab(
    dataset: PoseDataset,
    out: Path,
    plan: LabPlan,
    *,
    pools: Sequence[PosePool] = (),
    wishes: Sequence[ToldWish] = (),
    checkpoint: ComposedModel | None = None,
    start: PoseLab | None = None,
    resume: bool = False,
    save_every: float = 60.0,
    on_event: OnEvent | None = None,
) -> PoseLab:
    """Train on a dataset's training split.

    Args:
        dataset: with joints.
        out: its folder ``progress`` keeps what is finished.
        plan: what is trained.
        pools: more poses; see `autocompose.data.pose_pool` for how poses near validation or test
            are left out of them.
        wishes: texts as people type them, about pictures of the training split.
        checkpoint: whose text tower the network starts from, and whose picture tower it reads
            pictures with; None: it starts from nothing and reads no pictures.
        start: a trained model to go on from, with its tokenizer, words and size.
        resume: go on with what is in ``out``.
        save_every: seconds between two checkpoints.
        on_event: called with progress.

    Raises:
        DatasetError: the training split has no joints.
        ConfigError: ``out`` belongs to a run with other settings, or ``start`` does not fit.
        TrainingError: the loss is not finite, or a file cannot be written.
    """
    tell = on_event or (lambda event: None)
    poses = training_poses(dataset, pools)
    plan = _sized(plan, checkpoint=checkpoint, start=start)
    about: dict[str, Any] = {
        "dataset": dataset.name,
        "poses": len(poses),
        "wishes": len(wishes),
        "started_from": None if checkpoint is None else checkpoint.fingerprint,
        "went_on_from": None if start is None else start.fingerprint,
    }
    progress = ProgressFolder(out / "progress", plan, LabOrigin(about), resume=resume)
    watch = _Watch()
    with watch.of("tokenizer"):
        codes = _codes(poses, plan, progress.folder, tell=tell) if start is None else start.codes
    with watch.of("texts"):
        material, names = _material(poses, dataset, plan, wishes=wishes, tell=tell)
        pieces = _pieces(material, plan) if start is None else start.pieces
    torch.manual_seed(plan.seed)
    model = _first_model(plan, pieces, checkpoint=checkpoint, start=start)
    features = None
    if checkpoint is not None:
        images = {image.id: image for image in dataset.gallery("train")}
        with watch.of("pictures"):
            features = picture_features(checkpoint, [images[n] for n in names], on_event=tell)
    with watch.of("reading texts"):
        lessons = Lessons(material, pieces, codes, pictures=features)
    for number, stage in plan.stages.items():
        name = f"stage {number}"
        if (number == 3 and features is None) or progress.restore(name, model):
            continue
        lessons.speak(plain=number < 4)
        with watch.of(name):
            train_stage(
                model,
                lessons,
                stage,
                name=name,
                seed=plan.seed + number,
                progress=progress,
                save_every=save_every,
                bfloat16=plan.bfloat16 and multiplies_bfloat16(),
                on_event=tell,
            )
        progress.keep(name, model)
    about |= {"seconds": watch.seconds, "texts": len(material.texts)}
    return PoseLab(model.eval(), codes, pieces, about)


def _sized(plan: LabPlan, *, checkpoint: ComposedModel | None, start: PoseLab | None) -> LabPlan:
    """The plan with the size of what it starts from, and of what it reads of pictures."""
    size = plan.model if start is None else start.model.config
    if checkpoint is not None:
        if start is not None and size.picture not in (0, checkpoint.towers.feature_dim):
            raise ConfigError(
                f"the model to continue from reads pictures as {size.picture} numbers, the "
                f"checkpoint gives {checkpoint.towers.feature_dim}; name a checkpoint of its kind"
            )
        size = replace(size, picture=checkpoint.towers.feature_dim)
    return replace(plan, model=size)


def _pieces(material: Material, plan: LabPlan) -> Pieces:
    sentences = [sentence for task in LabTask for sentence in trained(task)]
    return Pieces.of_texts([*material.texts, *sentences], common=plan.common)


def _first_model(
    plan: LabPlan, pieces: Pieces, *, checkpoint: ComposedModel | None, start: PoseLab | None
) -> PoseLM:
    """The network before its first stage: as it went on, as a text tower begins it, or random."""
    model = PoseLM(plan.model, words=len(pieces), writable=pieces.writable)
    if start is not None:
        model.load_state_dict(start.model.state_dict(), strict=False)  # it may read no pictures yet
    elif checkpoint is not None:
        start_from_tower(model, checkpoint.towers, pieces)
    return model


@dataclass(frozen=True)
class LabOrigin:
    """What a resumed run must share beside its plan.

    Args:
        about: where its poses and its first weights come from.
    """

    about: dict[str, Any]


class _Watch:
    """Seconds that the parts of this process's run took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 1)


def training_poses(dataset: PoseDataset, pools: Sequence[PosePool] = ()) -> Floats:
    """(N, 22, 3): the joints of the training split, then those of the pools.

    Raises:
        DatasetError: the split has none.
    """
    own = [image.joints for image in dataset.gallery("train") if image.joints is not None]
    if not own:
        raise DatasetError(f"the training split of {dataset.name} has no joints")
    more = [pool.joints.astype(np.float64) for pool in pools]
    return np.concatenate([np.array(own, dtype=np.float64), *more])


def _codes(poses: Floats, plan: LabPlan, folder: Path, *, tell: OnEvent) -> LimbCodes:
    path = folder / "pose_codes.safetensors"
    if path.exists():
        return load_limb_codes(path)
    more = recombined_bodies(poses, plan.code_bodies, seed=plan.seed + 1, rules=_WIDE)
    settings = CodeSettings(plan.model.levels, plan.model.codes, plan.seed)
    codes = fit_limb_codes(np.concatenate([poses, more]), settings, on_event=tell)
    if codes.size != plan.model.codes:
        raise ConfigError(f"a tokenizer of {codes.size} codes does not fit the model")
    save_limb_codes(path, codes)
    return codes


def _material(
    poses: Floats,
    dataset: PoseDataset,
    plan: LabPlan,
    *,
    wishes: Sequence[ToldWish],
    tell: OnEvent,
) -> tuple[Material, tuple[str, ...]]:
    bodies = recombined_bodies(poses, plan.material.bodies, seed=plan.seed)
    tell(Event("bodies", len(bodies), len(bodies)))
    rules = rule_material(np.concatenate([poses, bodies]), plan.material, on_event=tell)
    pairs = dataset.pairs("train", strict=False) if "train" in dataset.splits else ()
    captions, names = captioned_material(pairs, wishes)
    return joined(rules, captions), names
