"""Offline pretraining, second half: the text tower and the pose encoder learn to meet.

No pictures are needed: reference pose + text must land on the target pose among all training poses,
or a large sample of very many. Joints are disturbed as the image tower disturbs them, so that what
is learnt holds for what it sees. Texts come from the training bank over many more pairs than the
caption files list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autocompose.body.change import Bodies
from autocompose.body.skeleton import mean_joint_distance, mirror
from autocompose.describe.geometric import PhrasingBank, sample_phrasings
from autocompose.errors import TrainingError
from autocompose.model.half_precision import multiplies_bfloat16
from autocompose.model.pose_mini import PoseEncoder
from autocompose.model.towers import Towers
from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import ProgressFolder, StagePosition
from autocompose.training.loop.saver import RandomNumbers, Saver, Tensors
from autocompose.training.pretrain.schedule import warm_cosine

_BAND = (0.06, 0.38)  # m: a little wider than the datasets' pairs
_SAME = 0.05  # m: poses this close are one pose; they are no negatives of each other
_CANDIDATES = 6000  # poses that a target is paired among, and that a step has as keys


@dataclass(frozen=True)
class JointNoise:
    """Errors of the image tower as a Gaussian over all joints together.

    Args:
        factor: (66, 66) lower triangular; ``factor @ standard normal`` is one error, metres.
    """

    factor: torch.Tensor

    @classmethod
    def between(cls, estimated: torch.Tensor, true: torch.Tensor) -> JointNoise:
        """Fit to (N, 22, 3) estimated and true joints of pictures the tower was not trained on."""
        error = (estimated - true).flatten(1)
        covariance = error.T @ error / len(error)
        ridge = 1e-4 * torch.eye(covariance.shape[0])
        return cls(torch.linalg.cholesky(covariance + ridge))

    def add(self, joints: torch.Tensor, scale: float, generator: torch.Generator) -> torch.Tensor:
        """Disturbed joints.

        Args:
            joints: (B, 22, 3) metres.
            scale: in standard deviations of the image tower's error.
            generator: of the draws.
        """
        normal = torch.randn(len(joints), self.factor.shape[0], generator=generator)
        return joints + scale * (normal @ self.factor.T).view_as(joints)


@dataclass(frozen=True)
class TextPairs:
    """Pose pairs with texts.

    Args:
        joints: (M, 22, 3) poses and their mirror twins.
        reference, target: (P,) rows of ``joints``.
        tokens: (P, n, L) int64, n texts of each pair.
    """

    joints: torch.Tensor
    reference: torch.Tensor
    target: torch.Tensor
    tokens: torch.Tensor


def text_pairs(
    joints: NDArray[np.float64],
    towers: Towers,
    *,
    floors: NDArray[np.float64] | None,
    pairs: int,
    texts: int,
    seed: int,
    on_event: OnEvent,
) -> TextPairs:
    """Draw near pairs among training poses and their mirror twins, and write their texts.

    Args:
        joints: (N, 22, 3) canonical training poses, metres.
        towers: whose tokenizer is used.
        floors: (N,) height of the floor, metres.
        pairs: how many pairs to draw.
        texts: texts per pair.
        seed: of pairs and texts.
        on_event: called with progress.

    Raises:
        TrainingError: no two poses are near enough to make a pair.
    """
    rng = np.random.default_rng([seed, 7])
    poses = np.concatenate([joints, mirror(joints)])
    ground = None if floors is None else np.concatenate([floors, floors])
    chosen: list[NDArray[np.int64]] = []
    per_pose = math.ceil(pairs / len(poses))
    every = np.arange(len(poses))
    for target in range(len(poses)):
        among = every
        if len(poses) > _CANDIDATES:  # a sample will do: there are more pairs than are wanted
            among = rng.choice(every, _CANDIDATES // 4, replace=False)
        distance = mean_joint_distance(poses[among], poses[target])
        near = among[(distance > _BAND[0]) & (distance < _BAND[1])]
        picked = rng.permutation(near)[:per_pose]
        chosen.append(np.stack([picked, np.full(len(picked), target)], axis=1))
    drawn = rng.permutation(np.concatenate(chosen))[:pairs]
    if not len(drawn):
        raise TrainingError(f"no two of {len(poses)} training poses are within {_BAND} m")
    kept, tokens = [], []
    for start in range(0, len(drawn), 2000):
        rows = drawn[start : start + 2000]
        written = sample_phrasings(
            *(Bodies(poses[r], None if ground is None else ground[r]) for r in rows.T),
            bank=PhrasingBank.TRAIN,
            seed=seed * 1_000_003 + start,
            n=texts,
        )
        for row, options in zip(rows, written, strict=True):
            if len(options) == texts:  # pairs in which nothing nameable changes have none
                kept.append(row)
                tokens.append(towers.tokenize(options).to(torch.int32))
        on_event(Event("writing texts", min(start + 2000, len(drawn)), len(drawn)))
    table = torch.from_numpy(np.stack(kept))
    return TextPairs(torch.from_numpy(poses).float(), table[:, 0], table[:, 1], torch.stack(tokens))


def pretrain_text(
    towers: Towers,
    encoder: PoseEncoder,
    data: TextPairs,
    *,
    noise: JointNoise,
    steps: int,
    batch: int = 256,
    lr: float = 1e-3,
    seed: int = 0,
    progress: ProgressFolder | None = None,
    save_every: float = 60.0,
    on_event: OnEvent,
) -> None:
    """Train text tower and pose encoder, in place; the word vectors stay as they are.

    Args:
        towers: in eval mode after the training.
        encoder: of poses, on top of the image tower.
        data: pairs and their texts.
        noise: how the joints are disturbed.
        steps: of the whole training.
        batch: pairs in a step.
        lr: highest rate.
        seed: of every draw, and of dropout.
        progress: the state is kept there, and a later call goes on behind it.
        save_every: seconds between two of these.
        on_event: called with progress.

    Raises:
        TrainingError: the loss is not finite.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    log_scale = torch.nn.Parameter(torch.tensor(math.log(20.0)))
    parameters, optimiser = text_optimiser(towers, encoder, log_scale, lr=lr)
    schedule = warm_cosine(optimiser, steps=steps, warm=100)
    towers.train()
    average = 0.0
    parts = {
        "text": Tensors({str(i): p for i, p in enumerate(parameters)}),
        "optimiser": optimiser,
        "schedule": schedule,
        "random": RandomNumbers(generator),
    }
    saver = Saver(progress, "text tower", parts, every=save_every)
    place = saver.restore() or StagePosition()
    with saver:
        for step in range(place.step + 1, steps + 1):
            drawn = _Batch.drawn(data, noise, batch, generator=generator)
            scale = log_scale.exp().clamp(max=100)
            logits = _logits(towers, encoder, drawn, scale=scale)
            loss = contrast(logits, drawn.target, among=drawn.among, data=data)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            size = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            pairs = zip(data.reference[drawn.rows].tolist(), drawn.target.tolist(), strict=True)
            saver.check(loss, size, step=step, batch=[f"poses {a} -> {b}" for a, b in pairs])
            optimiser.step()
            schedule.step()
            now = float(loss.detach())
            average = 0.95 * average + 0.05 * now if average else now
            if step % 10 == 0 or step == steps:
                on_event(Event("text tower", step, steps, f"loss {average:.2f}"))
            saver.tick(StagePosition(step=step))
    towers.eval()


def text_optimiser(
    towers: Towers, encoder: PoseEncoder, log_scale: torch.nn.Parameter, *, lr: float
) -> tuple[list[torch.nn.Parameter], torch.optim.AdamW]:
    """What learns when texts and poses are taught to meet, and its optimiser.

    Args:
        towers: whose text tower learns, as far as it is not frozen.
        encoder: of poses.
        log_scale: logarithm of the factor of the cosines.
        lr: highest rate.
    """
    text = [p for p in towers.text_parameters() if p.requires_grad]
    parameters = [*text, *encoder.parameters(), log_scale]
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.05},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=lr,
        betas=(0.9, 0.98),
    )
    return parameters, optimiser


@dataclass(frozen=True)
class _Batch:
    """The pairs of one step; joints are disturbed.

    Args:
        rows: (B,) pairs.
        tokens: (B, L) one text of each.
        reference: (B, 22, 3) poses that the texts start from.
        target: (B,) rows of all poses.
        among: (K,) rows of all poses that the targets are to be found among.
        keys: (K, 22, 3) these poses.
    """

    rows: torch.Tensor
    tokens: torch.Tensor
    reference: torch.Tensor
    target: torch.Tensor
    among: torch.Tensor
    keys: torch.Tensor

    @classmethod
    def drawn(
        cls, data: TextPairs, noise: JointNoise, size: int, *, generator: torch.Generator
    ) -> _Batch:
        rows = torch.randint(len(data.target), (size,), generator=generator)
        which = torch.randint(data.tokens.shape[1], (size,), generator=generator)
        scale = float(torch.rand(1, generator=generator))
        reference = noise.add(data.joints[data.reference[rows]], scale, generator)
        target = data.target[rows]
        among = step_keys(len(data.joints), target, generator)
        keys = noise.add(data.joints[among], scale, generator)
        return cls(rows, data.tokens[rows, which].long(), reference, target, among, keys)


def _logits(
    towers: Towers, encoder: PoseEncoder, drawn: _Batch, *, scale: torch.Tensor
) -> torch.Tensor:
    """(B, K) scaled cosines of reference pose and text with every key."""
    reference, keys = encoder(drawn.reference), encoder(drawn.keys)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=multiplies_bfloat16()):
        moved = towers.encode_text(drawn.tokens)
    query = F.normalize(reference + moved.float(), dim=-1)
    return scale * query @ F.normalize(keys, dim=-1).T


def contrast(
    logits: torch.Tensor, target: torch.Tensor, *, among: torch.Tensor, data: TextPairs
) -> torch.Tensor:
    """Cross-entropy; keys that are nearly the target's own pose are no negatives of it.

    Args:
        logits: (B, K) of each query and key.
        target: (B,) rows of ``data.joints``.
        among: (K,) rows of ``data.joints`` that are the keys.
        data: has the poses.
    """
    flat = data.joints.flatten(1)
    own = (among == target[:, None]).int().argmax(dim=1)  # (B,) the target among the keys
    twin = torch.cdist(flat[target], flat[among]) / math.sqrt(22) < _SAME
    twin.scatter_(1, own[:, None], False)
    return F.cross_entropy(logits.masked_fill(twin, -1e4), own, label_smoothing=0.02)


def step_keys(poses: int, targets: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """(K,) rows that a step has as keys: every pose, or the targets among a sample of many.

    Args:
        poses: how many there are.
        targets: (B,) rows of the poses that must be among them.
        generator: of the sample.
    """
    if poses <= _CANDIDATES:
        return torch.arange(poses)
    sample = torch.randint(poses, (_CANDIDATES - len(targets),), generator=generator)
    return torch.cat([targets, sample])
