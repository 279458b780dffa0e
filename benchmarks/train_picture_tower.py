"""Teach the image tower of a pose-mini checkpoint more pictures, and nothing else.

    python benchmarks/train_picture_tower.py --pictures data/more --progress data/p --out towers.pt

Each pass takes the pictures of every ``--pictures`` folder once, and the dataset's own training
pictures ``--own`` times. What comes out are towers that ``autocompose train --pretrained OUT``
starts from. The joints of the validation pictures are read at first and at the end; of their error
none is used in training. The state is kept in ``--progress``: the same command resumes there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from autocompose.config import TrainConfig
from autocompose.data.aside import held_aside
from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.pose_mini import PoseTrunk
from autocompose.schema import Event
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.pretrain.image_tower import (
    JointImages,
    estimate_joints,
    pretrain_image,
)

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "annotations" / "demo"


def joined(parts: list[JointImages]) -> JointImages:
    """Several sets of pictures as one."""
    return JointImages(
        torch.cat([part.pixels for part in parts]),
        torch.cat([part.image_joints for part in parts]),
        torch.cat([part.joints for part in parts]),
        tuple(name for part in parts for name in part.names),
    )


def told(trunk: PoseTrunk, pictures: JointImages) -> str:
    """Mean error of the joints, in one look and in two."""
    seen = (estimate_joints(trunk, pictures, twice=twice) for twice in (False, True))
    errors = [1000 * (joints - pictures.joints).norm(dim=-1).mean() for joints in seen]
    return "val {:.1f} mm, looking twice {:.1f}".format(*errors)


def main() -> None:
    """Teach, measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--start", type=Path, default=ROOT / "checkpoints" / "pose-mini")
    parser.add_argument("--dataset", type=Path, default=DEMO)
    parser.add_argument("--pictures", type=Path, action="append", default=[])
    parser.add_argument("--own", type=int, default=2, help="times each own picture is in a pass")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", type=Path, required=True, help="folder of the state")
    parser.add_argument("--out", type=Path, required=True, help="file of the towers")
    options = parser.parse_args()
    model = load_checkpoint(options.start)
    towers = model.towers
    trunk = towers.image_tower.trunk
    assert isinstance(trunk, PoseTrunk), "the checkpoint's image tower reads no joints"

    def load(folder: Path, split: str) -> JointImages:
        images = open_dataset(folder).gallery(split)
        return JointImages.load(images, towers.image_size, lambda event: None)

    own, unseen = load(options.dataset, "train"), load(options.dataset, "val")
    pictures = joined([own] * options.own + [load(folder, "train") for folder in options.pictures])
    print(f"{len(pictures)} pictures in a pass; {told(trunk, unseen)}", flush=True)
    started = time.process_time()

    def tell(event: Event) -> None:
        if event.done % 100 == 0 or event.done == event.total:
            spent = time.process_time() - started
            place = f"step {event.done} of {event.total}"
            print(f"{place}, {spent:.0f} CPU s, {event.message}", flush=True)

    pretrain_image(
        trunk,
        pictures,
        epochs=options.epochs,
        lr=options.rate,
        seed=options.seed,
        progress=ProgressFolder(
            options.progress, model.config, TrainConfig(image_epochs=options.epochs), resume=True
        ),
        on_event=tell,
    )
    print(told(trunk, unseen), flush=True)
    with held_aside(options.out) as aside:
        torch.save(towers.state_dict(), aside)
        aside.replace(options.out)


if __name__ == "__main__":
    main()
