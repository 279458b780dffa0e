"""Teach the text tower of a pose-mini checkpoint the words that people use, and nothing else.

    python benchmarks/train_text_tower.py --pictures data/large --out data/towers.pt

See `autocompose.training.pretrain.people_words`. It needs the joints of pictures, not the pictures.
``--bodies N`` adds N bodies that exchange limbs of the dataset's. What comes out are towers that
``autocompose train --pretrained OUT`` starts from. Every hundred steps the composed feature of the
true joints and the text is held against the validation poses: texts by rules, search texts, and
with ``--natural FILE`` natural sentences and short forms. ``--keep 0.5`` writes the mean of the
weights before and after, which finds more than either where training goes on from good ones.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autocompose.body.directions import BoneVectors
from autocompose.body.skeleton import canonical
from autocompose.data.aside import held_aside
from autocompose.data.dataset import PoseDataset, open_dataset
from autocompose.data.wish_files import wish_pairs
from autocompose.lab.bodies.recombine import recombined_bodies
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.towers import Towers
from autocompose.schema import Event
from autocompose.training.pretrain.both_towers import token_embedding
from autocompose.training.pretrain.image_tower import JointImages, estimate_joints
from autocompose.training.pretrain.people_words import ToldTexts, teach_words
from autocompose.training.pretrain.text_tower import JointNoise, text_pairs

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "annotations" / "demo"
_SOLE = 0.035  # m: from the lowest joint down to the floor
Query = tuple[str, str, str]


def queries(dataset: PoseDataset, natural: Path | None) -> dict[str, list[Query]]:
    """Name -> (reference, target, text) about pictures of the validation split."""
    found: dict[str, list[Query]] = {"auto": [], "search": []}
    for pair in dataset.pairs("val", strict=False):
        for key, own in found.items():
            texts = pair.texts.get(key, ())[: 1 if key == "auto" else None]
            own += [(pair.reference.id, pair.target.id, text) for text in texts]
    if natural is not None:
        records = json.loads(natural.read_text(encoding="utf-8"))
        for key in ("text", "short"):
            found[f"natural {key}"] = [(r["reference"], r["target"], r[key]) for r in records]
    return found


@torch.no_grad()
def recalls(towers: Towers, dataset: PoseDataset, asked: Mapping[str, list[Query]]) -> str:
    """R@1 / 5 / 10 of each set, joints known, reference removed."""
    images = {image.id: image for image in dataset.gallery("val")}
    place = {name: row for row, name in enumerate(images)}
    joints = torch.tensor(np.array([image.joints for image in images.values()])).float()
    bodies = towers.image_tower.trunk.pose(joints)  # pyright: ignore
    lines = []
    for name, some in asked.items():
        tokens = towers.tokenize([text for *_, text in some])
        texts = torch.cat([towers.encode_text(part) for part in tokens.split(200)])
        start, goal = (torch.tensor([place[query[i]] for query in some]) for i in (0, 1))
        scores = F.normalize(bodies[start] + texts, dim=-1) @ F.normalize(bodies, dim=-1).T
        scores[torch.arange(len(some)), start] = -2.0
        rank = (scores > scores.gather(1, goal[:, None])).sum(1)
        found = "/".join(f"{100 * (rank < k).float().mean():.1f}" for k in (1, 5, 10))
        lines.append(f"{name} {found}")
    return ", ".join(lines)


def mixed(joints: NDArray[np.float64], count: int, *, seed: int) -> NDArray[np.float64]:
    """(N, 22, 3) bodies with exchanged limbs, in the sizes of the people that these come from.

    Were they all of one size, the size alone would tell the pictures' own bodies from them.
    """
    ways = BoneVectors.of(recombined_bodies(joints, count, seed=seed)).directions
    people = BoneVectors.of(canonical(joints)).lengths
    drawn = np.random.default_rng([seed, 13]).integers(len(people), size=count)
    return canonical(BoneVectors(ways, people[drawn]).joints())


def main() -> None:
    """Teach, measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--start", type=Path, default=ROOT / "checkpoints" / "pose-mini")
    parser.add_argument("--dataset", type=Path, default=DEMO)
    parser.add_argument("--pictures", type=Path, action="append", default=[])
    parser.add_argument("--bodies", type=int, default=0, help="made by exchanging limbs")
    parser.add_argument("--wishes", type=Path, default=DEMO / "wishes.train.jsonl")
    parser.add_argument("--times", type=int, default=3, help="how often each wish counts")
    parser.add_argument("--pairs", type=int, default=40_000, help="with texts by rules")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--keep", type=float, default=0.0, help="share of the weights before")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--natural", type=Path, help="JSON list about the split val")
    parser.add_argument("--out", type=Path, required=True, help="file of the towers")
    options = parser.parse_args()
    dataset = open_dataset(options.dataset)
    towers = load_checkpoint(options.start).towers
    token_embedding(towers).requires_grad_(False)
    before = copy.deepcopy(towers.state_dict())
    own = dataset.gallery("train")
    images = [*own, *(i for f in options.pictures for i in open_dataset(f).gallery("train"))]
    joints = np.array([image.joints for image in images], np.float64)
    floors = np.array([image.floor_y for image in images], np.float64)
    if options.bodies:
        more = mixed(joints, options.bodies, seed=options.seed)
        joints = np.concatenate([joints, more])
        floors = np.concatenate([floors, more[..., 1].min(1) - _SOLE])
    data = text_pairs(
        joints,
        towers,
        floors=floors,
        pairs=options.pairs,
        texts=3,
        seed=options.seed,
        on_event=lambda event: None,
    )
    told = ToldTexts.of(
        [*dataset.pairs("train", strict=False)]
        # A sum of reference and text cannot lead to one target from everywhere.
        + wish_pairs(dataset, options.wishes, starts=0) * options.times,
        {image.id: row for row, image in enumerate(own)},
        towers,
        poses=len(joints),
        keys=("search", "mllm"),
    )
    unseen = JointImages.load(dataset.gallery("val"), towers.image_size, lambda event: None)
    trunk = towers.image_tower.trunk
    noise = JointNoise.between(estimate_joints(trunk, unseen), unseen.joints)  # pyright: ignore
    asked = queries(dataset, options.natural)
    print(f"{len(data.target)} pairs by rules, {len(told.texts)} ways told of", flush=True)
    print(f"at first: {recalls(towers, dataset, asked)}", flush=True)
    started = time.process_time()

    def tell(event: Event) -> None:
        if event.done % 100 == 0 or event.done == event.total:
            spent = time.process_time() - started
            towers.eval()
            now = recalls(towers, dataset, asked)
            print(f"step {event.done}, {spent:.0f} CPU s, {event.message}: {now}", flush=True)
            towers.train()
            towers.image_tower.eval()

    teach_words(
        towers,
        trunk.pose,  # pyright: ignore
        data,
        told=told,
        noise=noise,
        steps=options.steps,
        lr=options.rate,
        seed=options.seed,
        on_event=tell,
    )
    for name, weights in towers.state_dict().items():
        if weights.is_floating_point():
            weights.lerp_(before[name], options.keep)
    print(f"as written: {recalls(towers, dataset, asked)}", flush=True)
    with held_aside(options.out) as aside:
        torch.save(towers.state_dict(), aside)
        aside.replace(options.out)


if __name__ == "__main__":
    main()
