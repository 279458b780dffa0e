"""One stage of the pose language model's training: steps, the learning rate, checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from autocompose.errors import TrainingError
from autocompose.lab.learning.lessons import POSE_TASKS, Lessons, LossWeights, pose_loss
from autocompose.lab.lm.instructions import LabTask
from autocompose.lab.lm.pose_lm import PoseLM
from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import ProgressFolder, StagePosition
from autocompose.training.loop.saver import RandomNumbers, Saver
from autocompose.training.pretrain.schedule import warm_cosine


@dataclass(frozen=True)
class StagePlan:
    """How long a stage is and what it trains on.

    Args:
        steps: of the optimiser.
        batch: rows of each task in a step.
        lr: highest learning rate.
        only: beginnings of the names of the parameters that learn; empty: all.
        weights: of the parts of the loss.
    """

    steps: int
    batch: Mapping[str, int]
    lr: float = 8e-4
    only: tuple[str, ...] = ()
    weights: LossWeights = field(default_factory=LossWeights)


def train_stage(
    model: PoseLM,
    lessons: Lessons,
    plan: StagePlan,
    *,
    name: str,
    seed: int,
    progress: ProgressFolder | None,
    save_every: float = 60.0,
    bfloat16: bool = True,
    on_event: OnEvent,
) -> None:
    """Train in place; a stage that was interrupted goes on where it stood.

    Args:
        model: in eval mode afterwards.
        lessons: what is learnt.
        plan: how long and how.
        name: of the stage.
        seed: of every draw.
        progress: where its state is kept; None keeps nothing.
        save_every: seconds between two checkpoints.
        bfloat16: compute the large products in half the digits.
        on_event: called every ten steps.

    Raises:
        TrainingError: the loss is not finite, or there is nothing to learn from.
    """
    tasks = {LabTask(t): n for t, n in plan.batch.items() if n and lessons.has(LabTask(t))}
    if not tasks:
        raise TrainingError(f"{name}: there is nothing to learn from; name a dataset with joints")
    chosen = {n: p for n, p in model.named_parameters() if not plan.only or n.startswith(plan.only)}
    parameters = list(chosen.values())
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.03},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=plan.lr,
        betas=(0.9, 0.98),
    )
    schedule = warm_cosine(optimiser, steps=plan.steps, warm=min(100, 1 + plan.steps // 10))
    draws = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    parts = {
        "model": model, "optimiser": optimiser, "schedule": schedule,
        "random": RandomNumbers(draws),
    }  # fmt: skip
    saver = Saver(progress, name, parts, every=save_every)
    place = saver.restore() or StagePosition()
    model.train()
    average = np.zeros(3)
    if progress is not None:
        progress.begin(name)
    with saver:
        for step in range(place.step + 1, plan.steps + 1):
            rng = np.random.default_rng(int(torch.randint(2**31, (1,), generator=draws)))
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                loss, now = _step(model, lessons, tasks, plan=plan, rng=rng)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            size = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            saver.check(loss, size, step=step, batch=[task.value for task in tasks])
            optimiser.step()
            schedule.step()
            average = now if step == place.step + 1 else 0.98 * average + 0.02 * now
            if step % 10 == 0 or step == plan.steps:
                told = "loss {:.2f}, {:.0f} mm, words {:.2f}".format(*average)
                on_event(Event(name, step, plan.steps, told))
            saver.tick(StagePosition(step=step))
    model.eval()


def _step(
    model: PoseLM,
    lessons: Lessons,
    tasks: Mapping[LabTask, int],
    *,
    plan: StagePlan,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, np.ndarray]:
    """The loss of one step, and what is told of it."""
    answers = [
        lessons.pose_batch(model, task, count, rng=rng)
        for task, count in tasks.items()
        if task in POSE_TASKS
    ]
    loss = torch.zeros(())
    off = 0.0
    if answers:
        loss, off = pose_loss(model, lessons, answers, weights=plan.weights)
    words = [
        lessons.text_batch(model, task, count, rng=rng)
        for task, count in tasks.items()
        if task not in POSE_TASKS
    ]
    if words:
        mean = torch.stack(words).mean()
        loss = loss + plan.weights.words * mean
        return loss, np.array([float(loss.detach()), 1000 * off, float(mean.detach())])
    return loss, np.array([float(loss.detach()), 1000 * off, 0.0])
