"""Teach the picture tower of a pose-mini checkpoint to see joints better, and nothing else.

    python benchmarks/train_picture_tower.py --pictures data/large --out data/towers.pt

The network goes on from the checkpoint's weights: joints, pixels and heatmaps as in pretraining
(`autocompose.training.pretrain.image_tower`), and besides the feature of the pose, so that it errs
least where features tell poses apart. The layers from joints to the feature and the text
tower stay as they are. ``--passes 128:5 192:5`` says how often all pictures are shown, and at which
side in pixels. What is kept is a running mean of the weights. After each pass it is measured on the
split ``val`` and written as towers that ``autocompose train --pretrained OUT`` starts from.
"""

from __future__ import annotations

import argparse
import time
from copy import deepcopy
from pathlib import Path

import torch
from torch.nn import functional as F

from autocompose.data.aside import held_aside
from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import Towers
from autocompose.schema import Event
from autocompose.training.pretrain.image_tower import (
    JointImages,
    augmented,
    estimate_joints,
    heat_loss,
    normalised,
    optimiser_of,
)
from autocompose.training.pretrain.schedule import warm_cosine

ROOT = Path(__file__).parent.parent
KEPT = 0.999
"""Of the running mean of the weights, after each step."""
FEATURE = 0.3
"""Weight of the feature's cosine distance beside metres."""


def tell(event: Event) -> None:
    """Print progress now and then."""
    if event.done == event.total or event.done % 2000 == 0:
        print(f"{event.stage}: {event.done}/{event.total} {event.message}", flush=True)


def joined(parts: list[JointImages]) -> JointImages:
    """The pictures of several datasets."""
    return JointImages(
        torch.cat([p.pixels for p in parts]),
        torch.cat([p.image_joints for p in parts]),
        torch.cat([p.joints for p in parts]),
    )


def closer(at: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Squares around half of the bodies, so that they are seen larger; see `augmented`."""
    low, high = at.amin(1), at.amax(1)
    least = ((high - low).amax(1) / 2 * 1.3).clamp(0.5, 1.0)
    side = least + (1 - least) * torch.rand(len(at), generator=rng)
    square = torch.cat([side[:, None], (low + high) / 2], dim=1)
    whole = torch.rand(len(at), generator=rng) < 0.5
    return torch.where(whole[:, None], torch.tensor([1.0, 0.0, 0.0]), square)


def loss_of(
    trunk: PoseTrunk, images: JointImages, rows: torch.Tensor, *, side: int, rng: torch.Generator
) -> tuple[torch.Tensor, float]:
    """The loss of some pictures, and the mean error of their joints in metres."""
    pixels, at, joints = augmented(
        images.pixels[rows],
        image_joints=images.image_joints[rows],
        joints=images.joints[rows],
        generator=rng,
        size=side,
        crop=closer(images.image_joints[rows], rng),
    )
    seen = trunk.estimate(normalised(pixels).to(memory_format=torch.channels_last))
    gap = (seen.joints - joints).norm(dim=-1)
    with torch.no_grad():
        goal = trunk.pose(joints)
    unlike = 1 - F.cosine_similarity(trunk.pose(seen.joints), goal, dim=-1)
    loss = (
        gap.mean()
        + FEATURE * unlike.mean()
        + (seen.image_joints[..., :2] - at).abs().mean() * 2
        + 0.02 * heat_loss(seen.heat, at)
    )
    return loss, float(gap.detach().mean())


@torch.no_grad()
def error(trunk: PoseTrunk, images: JointImages) -> float:
    """Mean distance of joints on pictures that were not learnt from, mm."""
    return 1000 * float((estimate_joints(trunk, images) - images.joints).norm(dim=-1).mean())


def main() -> None:
    """Teach, measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--start", type=Path, default=ROOT / "checkpoints" / "pose-mini")
    parser.add_argument("--dataset", type=Path, default=ROOT / "annotations" / "demo")
    parser.add_argument("--pictures", type=Path, action="append", default=[])
    parser.add_argument("--twice", action="store_true", help="show the dataset's own twice a pass")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--passes", nargs="+", default=["128:5", "192:5"])
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=Path, help="towers of an earlier run to go on from")
    parser.add_argument(
        "--out", type=Path, required=True, help="file of the towers, such as towers.pt"
    )
    asked = parser.parse_args()
    dataset = open_dataset(asked.dataset)
    own = JointImages.load(dataset.gallery("train"), asked.size, tell)
    parts = [own, own] if asked.twice else [own]
    for folder in asked.pictures:
        parts.append(JointImages.load(open_dataset(folder).gallery("train"), asked.size, tell))
    images = joined(parts)
    unseen = JointImages.load(dataset.gallery("val"), asked.size, tell)
    towers = load_checkpoint(asked.start).towers
    if asked.resume:
        towers.load_state_dict(torch.load(asked.resume, weights_only=True))
    learn(towers, images, unseen, asked)


def learn(
    towers: Towers, images: JointImages, unseen: JointImages, asked: argparse.Namespace
) -> None:
    """Show the pictures in passes; write the running mean of the weights after each."""
    trunk: PoseTrunk = towers.image_tower.trunk  # pyright: ignore
    trunk.to(memory_format=torch.channels_last)
    rng = torch.Generator().manual_seed(asked.seed)
    torch.manual_seed(asked.seed)
    per_pass = len(images) // asked.batch
    sides = [int(p.split(":")[0]) for p in asked.passes for _ in range(int(p.split(":")[1]))]
    optimiser, parameters = optimiser_of(trunk, asked.rate)
    trunk.pose.requires_grad_(False)
    schedule = warm_cosine(optimiser, steps=len(sides) * per_pass, warm=200)
    mean = deepcopy(trunk)
    print(
        f"{len(images)} pictures, {per_pass} steps a pass; at first {error(trunk, unseen):.1f} mm"
    )
    started, steps = time.process_time(), 0
    for done, side in enumerate(sides, 1):
        order, seen = torch.randperm(len(images), generator=rng), 0.0
        trunk.train()
        for rows in order[: per_pass * asked.batch].split(asked.batch):
            loss, now = loss_of(trunk, images, rows, side=side, rng=rng)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            seen, steps = seen + now, steps + 1
            follow(mean, trunk, min(KEPT, steps / (steps + 10)))
        keep(towers, mean, asked.out)
        print(
            f"pass {done} of {len(sides)}, {side} px, {time.process_time() - started:.0f} CPU s: "
            f"{1000 * seen / per_pass:.1f} mm in training, {error(mean, unseen):.1f} mm on val",
            flush=True,
        )


def keep(towers: Towers, trunk: PoseTrunk, path: Path) -> None:
    """Write the towers with another trunk, as a finished stage of a training has them."""
    values = towers.state_dict()
    values |= {f"clip.visual.trunk.{name}": value for name, value in trunk.state_dict().items()}
    with held_aside(path) as aside:
        torch.save(values, aside)
        aside.replace(path)


@torch.no_grad()
def follow(mean: PoseTrunk, trunk: PoseTrunk, kept: float) -> None:
    """Move a running mean of the weights, statistics of batches included."""
    for old, new in zip(mean.state_dict().values(), trunk.state_dict().values(), strict=True):
        if new.is_floating_point():
            old.lerp_(new, 1 - kept)


if __name__ == "__main__":
    main()
