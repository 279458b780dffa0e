"""The two stages of the paper on features of frozen towers that are computed once.

Stage 1 trains the text tower with the element-wise sum, stage 2 the Combiner on frozen towers; both
with L = (1-w)·L_bbc + w·L_cycle.

Source: the official clip_fine_tune.py and combiner_train.py (AutoComPose, ICCV 2025).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import torch

from autocompose.config import RunConfig, TrainConfig
from autocompose.data.triplets import TripletSampler
from autocompose.errors import TrainingError
from autocompose.model.combiner import Combiner
from autocompose.model.joint_branch import JointSight
from autocompose.model.long_texts import encode_tokens
from autocompose.model.losses import element_wise_sum
from autocompose.model.towers import Towers
from autocompose.schema import Event, OnEvent, Triplet
from autocompose.training.distributed import World
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.best_weights import Best
from autocompose.training.loop.checkpoints import ProgressFolder, StagePosition
from autocompose.training.loop.clock import Clock
from autocompose.training.loop.saver import Saver, Tensors
from autocompose.training.loop.steps import Objective, RowDropout
from autocompose.training.loop.validation import Validation

Encode = Callable[..., torch.Tensor]
_TEXTS_A_PASS = 64
_SCALE_LR = 1e-3  # of the logarithm of a learnt logit scale; the weights' own rate hardly moves it


@dataclass(frozen=True, eq=False)
class TrainingContext:
    """What both stages work with.

    Args:
        images: features of the frozen image tower.
        sampler: draws the triplets of an epoch.
        config: what is learnt.
        run: how it is carried out.
        world: the processes.
        progress: checkpoints and curves; None keeps none.
        validation: None takes none.
        joints: the branch for joints, in the stages from ``config.joints_from`` on; None without.
        on_event: called with progress.
    """

    images: FrozenFeatures
    sampler: TripletSampler
    config: TrainConfig
    on_event: OnEvent
    run: RunConfig = field(default_factory=RunConfig)
    world: World = field(default_factory=World)
    progress: ProgressFolder | None = None
    validation: Validation | None = None
    joints: JointSight | None = None


def train_text_tower(towers: Towers, context: TrainingContext) -> None:
    """Stage 1, in place. The towers stay in eval mode, as the official code's do.

    Raises:
        TrainingError: nothing to train on, a loss or gradient that is not finite, or a full disk.
        KeyboardInterrupt: the user stopped it; the state was saved.
    """
    config = context.config
    parameters = {
        name: p
        for name, p in towers.named_parameters()
        if p.requires_grad and any(p is q for q in towers.text_parameters())
    }
    towers.eval()

    @_in_bfloat16(context)
    def encode(texts: Sequence[str]) -> torch.Tensor:
        return encode_by_length(towers, texts, context.world.device)

    joints = context.joints if config.joints_from == 1 else None
    branch = _branch(joints)
    validate = None
    if context.validation is not None:
        validate = context.validation.of(encode, element_wise_sum, joints)
    objective = Objective(
        context.images,
        encode=encode,
        compose=element_wise_sum,
        config=config,
        world=context.world,
        chunk=context.run.chunk,
        joints=joints,
    )
    # What starts at random learns at the rate of stage 2.
    new = [{"params": list(branch.values()), "lr": config.combiner_lr}] if branch else []
    optimiser = torch.optim.AdamW(
        [{"params": list(parameters.values())}, *new, *_scale_group(objective)],
        lr=config.text_lr,
        betas=(0.9, 0.999),
        eps=1e-7,
        fused=True,
    )
    parameters |= branch
    plan = _Plan("stage 1", config.text_epochs, config.text_batch, parameters, optimiser)
    _run(plan, objective, context, validate=validate)


def train_combiner(combiner: Combiner, texts: FrozenFeatures, context: TrainingContext) -> None:
    """Stage 2, in place, on texts encoded once.

    Args:
        combiner: in train mode during the stage, in eval mode after it.
        texts: features of every text that the sampler can draw, and of the validation texts.
        context: see `TrainingContext`.

    Raises:
        TrainingError: nothing to train on, a loss or gradient that is not finite, or a full disk.
        KeyboardInterrupt: the user stopped it; the state was saved.
    """
    config, device = context.config, context.world.device

    def lookup(asked: Sequence[str]) -> torch.Tensor:
        return texts.take(asked).to(device)

    torch.manual_seed(config.seed)  # dropout
    compose = _in_bfloat16(context)(combiner.combine)
    validate = None
    if context.validation is not None:
        validate = context.validation.of(lookup, compose, context.joints)
    objective = Objective(
        context.images,
        encode=lookup,
        compose=compose,
        config=config,
        world=context.world,
        chunk=context.run.chunk,
        dropout=RowDropout(combiner),
        joints=context.joints,
    )
    named = {**dict(combiner.named_parameters()), **_branch(context.joints)}
    optimiser = torch.optim.Adam(
        [{"params": list(named.values())}, *_scale_group(objective)],
        lr=config.combiner_lr,
        fused=True,
    )
    combiner.train()
    plan = _Plan(
        "stage 2", config.combiner_epochs, config.combiner_batch, named, optimiser, combiner
    )
    _run(plan, objective, context, validate=validate)
    combiner.eval()


def encode_by_length(
    towers: Towers, texts: Sequence[str], device: torch.device | None = None
) -> torch.Tensor:
    """Raw (B, D) features of texts, with gradients; exact, and without padding worth the name.

    Texts of similar length pass together, each group cropped to its own longest text.

    Args:
        towers: whose text tower is used, with its gradients.
        texts: of any length.
        device: where they are encoded; None is the CPU.
    """
    reading = towers.read(texts).to(device)
    tokens = reading.tokens
    order = tokens.argmax(dim=-1).argsort(stable=True)  # the end token has the highest id
    # A GPU prefers one pass to several small ones.
    size = _TEXTS_A_PASS if tokens.device.type == "cpu" else len(texts)
    groups = [reading.take(rows) for rows in order.split(size)]
    encoded = torch.cat([encode_tokens(group, towers.encode_text) for group in groups])
    return encoded[order.argsort()]


def _in_bfloat16(context: TrainingContext) -> Callable[[Encode], Encode]:
    """A trained network whose products are taken in bfloat16 if asked for; its output is float32.

    Weights, their gradients and the loss stay float32.
    """

    def wrapped(encode: Encode) -> Encode:
        @wraps(encode)
        def half(*inputs: Any) -> torch.Tensor:
            with torch.autocast(context.world.device.type, dtype=torch.bfloat16):
                return encode(*inputs).float()

        return half if context.run.bf16 else encode

    return wrapped


def _branch(joints: JointSight | None) -> dict[str, torch.nn.Parameter]:
    """The parameters of the branch for joints."""
    if joints is None:
        return {}
    return {f"joints.{name}": p for name, p in joints.branch.named_parameters()}


def _scale_group(objective: Objective) -> list[dict[str, Any]]:
    if objective.log_scale is None:
        return []
    return [{"params": [objective.log_scale], "lr": _SCALE_LR, "weight_decay": 0.0}]


@dataclass(frozen=True, eq=False)
class _Plan:
    """What differs between the stages."""

    stage: str
    epochs: int
    batch: int
    parameters: Mapping[str, torch.nn.Parameter]
    optimiser: torch.optim.Optimizer
    trained: torch.nn.Module | None = None


def _run(
    plan: _Plan,
    objective: Objective,
    context: TrainingContext,
    *,
    validate: Callable[[], tuple[float, float]] | None,
) -> None:
    """Every epoch of a stage, from the last checkpoint inside it on."""
    progress = context.progress
    kept = dict(plan.parameters)
    if objective.log_scale is not None:
        kept["log_scale"] = objective.log_scale
    parts = {"weights": Tensors(kept), "optimiser": plan.optimiser}
    saver = Saver(progress, plan.stage, parts, every=context.run.save_every, world=context.world)
    place = saver.restore()
    if place is not None:
        note = f"went on at epoch {place.epoch + 1}, step {place.step}"
        context.on_event(Event(plan.stage, place.epoch, plan.epochs, note))
    place = place or StagePosition()
    if progress is not None:
        progress.start_curves(plan.stage, place.epoch)
    per_epoch = len(_batches(context.sampler, 0, plan.batch, on_event=context.on_event))
    every = context.run.validate_every
    every = max(1, plan.epochs // 10) if every is None else every
    clock = Clock(plan.stage, plan.epochs, per_epoch, on_event=context.on_event)
    best = Best(plan.stage, plan.parameters, progress) if context.config.keep_best else None
    with saver:
        for epoch in range(place.epoch, plan.epochs):
            if place.epoch != epoch:
                place = StagePosition(epoch)
            for batch in _batches(context.sampler, epoch, plan.batch)[place.step :]:
                loss = _step(plan, objective, batch, context=context, place=place)
                place = StagePosition(epoch, place.step + 1, place.losses + loss)
                clock.tick(place, len(batch))
                saver.tick(place)
            last = epoch + 1 == plan.epochs
            recall = None
            if validate is not None and every and ((epoch + 1) % every == 0 or last):
                with clock.paused():
                    recall = _validated(plan, validate)
                if best is not None:
                    best.offer(epoch + 1, sum(recall))
            row = clock.row(place, recall)
            clock.tell(place, recall)
            if progress is not None:
                progress.add_row(row)
    if best is not None:
        note = best.restore()
        if note:
            context.on_event(
                Event(plan.stage, plan.epochs * per_epoch, plan.epochs * per_epoch, note)
            )


def _step(
    plan: _Plan,
    objective: Objective,
    batch: Sequence[Triplet],
    *,
    context: TrainingContext,
    place: StagePosition,
) -> float:
    """One step; returns its loss. Nothing is changed by a step whose loss or gradient is bad."""
    plan.optimiser.zero_grad(set_to_none=True)
    loss = float(objective.backward(batch))
    context.world.sum_gradients(plan.parameters.values())
    gradients = [p.grad for p in plan.parameters.values() if p.grad is not None]
    size = float(torch.nn.utils.get_total_norm(gradients))
    if not math.isfinite(loss) or not math.isfinite(size):
        raise _not_finite(
            plan, batch, context, place=place, value=loss if math.isfinite(size) else size
        )
    plan.optimiser.step()
    return loss


def _not_finite(
    plan: _Plan,
    batch: Sequence[Triplet],
    context: TrainingContext,
    *,
    place: StagePosition,
    value: float,
) -> TrainingError:
    pairs = [f"{t.reference} -> {t.target}" for t in batch]
    named = ", ".join(pairs[:3]) + (f" and {len(pairs) - 3} more" if len(pairs) > 3 else "")
    left = "nothing was saved"
    if context.progress is not None:
        file = context.progress.failed_batch(plan.stage, place, batch)
        left = f"all in {file}; {context.progress.last(plan.stage)}"
    return TrainingError(
        f"the loss or its gradient is {value} in {plan.stage}, epoch {place.epoch + 1}, "
        f"step {place.step + 1}, at {named} ({left}); "
        "lower the learning rate, or look at these pairs"
    )


def _validated(plan: _Plan, validate: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    if plan.trained is not None:
        plan.trained.eval()
    try:
        return validate()
    finally:
        if plan.trained is not None:
            plan.trained.train()


def _batches(
    sampler: TripletSampler, epoch: int, size: int, *, on_event: OnEvent | None = None
) -> list[Sequence[Triplet]]:
    """Whole batches (the official ``drop_last``), or a smaller one when none is whole."""
    triplets = sampler.epoch(epoch)
    if not triplets:
        raise TrainingError(
            f"no pair has all texts of mode {sampler.mode} (left out: {dict(sampler.dropped)}); "
            "choose another --mode or --source"
        )
    if len(triplets) == 1:
        raise TrainingError(
            "there is one training pair, and nothing to tell its target from; give at least two"
        )
    if len(triplets) < size and on_event is not None:
        note = f"fewer than a batch of {size}: every epoch is one step of {len(triplets)}"
        on_event(Event("training pairs", len(triplets), size, note))
    whole = len(triplets) // size * size
    return [triplets[i : i + size] for i in range(0, whole, size)] or [triplets]
