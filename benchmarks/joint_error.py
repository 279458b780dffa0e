"""How far from the true joints the image tower of a pose-mini checkpoint sees them, in mm.

    python benchmarks/joint_error.py [--checkpoint DIR] [--dataset DIR] [--split test] [--flip]

Two figures on pictures whose clips and key poses training never saw: the joints that the tower
itself estimates on its way, and those that a linear probe reads from its features (ridge
regression, fitted on the training pictures, its strength chosen on ``val``). The mean distance over
22 joints, pelvis at the origin, heading removed. ``--flip`` also gives the mean of what the tower
sees in a picture and in its mirror image, sides exchanged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.pose_mini import PoseTrunk
from autocompose.schema import PoseImage
from autocompose.training.pretrain.image_tower import JointImages, estimate_joints

ROOT = Path(__file__).parent.parent
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)


@torch.no_grad()
def seen(trunk: PoseTrunk, pictures: JointImages) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, 22, 3) joints that the trunk estimates, and (N, D) its features."""
    estimated = estimate_joints(trunk, pictures)
    return estimated, trunk.pose(estimated)


def error(estimated: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """(N,) mean distance of each picture's joints, mm."""
    return 1000 * (estimated - true).norm(dim=-1).mean(dim=1)


def probe(features: torch.Tensor, joints: torch.Tensor, strength: float) -> torch.Tensor:
    """(D + 1, 66) ridge regression of standardised features with a constant."""
    square = features.T @ features
    ridge = strength * len(features) * torch.eye(len(square))
    ridge[-1, -1] = 0.0
    return torch.linalg.solve(square + ridge, features.T @ joints.flatten(1))


def line(name: str, errors: torch.Tensor) -> str:
    """A row with a 95 % interval over pictures."""
    draws = np.random.default_rng(0).integers(len(errors), size=(2000, len(errors)))
    low, high = np.percentile(errors.numpy()[draws].mean(axis=1), [2.5, 97.5])
    return f"{name:28s} {len(errors):5d} {float(errors.mean()):7.1f} [{low:.1f}, {high:.1f}]"


def by(name: str, images: Sequence[PoseImage], errors: torch.Tensor) -> list[str]:
    """One row for each camera or kind of pose."""
    values = [getattr(image.info, name) for image in images]
    rows = {v: torch.tensor([value == v for value in values]) for v in sorted(set(values))}
    return [line(f"  {value}", errors[own]) for value, own in rows.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoints" / "pose-mini")
    parser.add_argument("--dataset", type=Path, default=ROOT / "annotations" / "demo")
    parser.add_argument("--split", default="test")
    parser.add_argument("--flip", action="store_true")
    asked = parser.parse_args()
    towers = load_checkpoint(asked.checkpoint).towers
    trunk = towers.image_tower.trunk
    assert isinstance(trunk, PoseTrunk), "the checkpoint's image tower reads no joints"
    dataset = open_dataset(asked.dataset)
    splits = ("train", "val", asked.split)
    galleries = {split: dataset.gallery(split) for split in splits}
    pictures = {
        split: JointImages.load(gallery, towers.image_size, lambda event: None)
        for split, gallery in galleries.items()
    }
    found = {split: seen(trunk, shown) for split, shown in pictures.items()}
    true, images = pictures[asked.split].joints, galleries[asked.split]
    own = error(found[asked.split][0], true)
    print(f"{asked.dataset.name}, {asked.split}; pictures, mean error in mm [95 %]")
    print(line("the tower's own joints", own))
    print("\n".join([*by("camera", images, own), *by("pose", images, own)]))
    if asked.flip:
        both = estimate_joints(trunk, pictures[asked.split], twice=True)
        print(line("mean with the mirror image", error(both, true)))
    mean, spread = found["train"][1].mean(0), found["train"][1].std(0) + 1e-6
    columns = {
        s: torch.cat([(f - mean) / spread, torch.ones(len(f), 1)], dim=1)
        for s, (_, f) in found.items()
    }

    def read(strength: float, split: str) -> torch.Tensor:
        weights = probe(columns["train"], pictures["train"].joints, strength)
        return error((columns[split] @ weights).view(-1, 22, 3), pictures[split].joints)

    best = min(STRENGTHS, key=lambda strength: float(read(strength, "val").mean()))
    print(line(f"linear probe, ridge {best:g}", read(best, asked.split)))


if __name__ == "__main__":
    main()
