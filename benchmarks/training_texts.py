"""Whose texts train best: rules', a multimodal model's, or both, from the shipped towers.

    python benchmarks/training_texts.py --natural FILE --out FOLDER [--seeds 3]

Every run starts from the towers of the shipped checkpoint and trains both stages as preset ``best``
without pretraining. The pairs are those of the demo's training split that a model described, or all
of them. Queries are natural sentences (a JSON list with ``reference``, ``target``, ``text`` and
``short``) about pictures of the split ``val``, ranked against its 300 pictures with the reference
removed. Runs that are done are kept in FOLDER, so that a stopped study goes on. The shipped text
tower learnt on rule texts of all pairs, the model's pairs among them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.config import RunConfig  # noqa: E402
from autocompose.data.dataset import PoseDataset, open_dataset  # noqa: E402
from autocompose.evaluation.metrics import target_ranks  # noqa: E402
from autocompose.model.checkpoint import load_checkpoint  # noqa: E402
from autocompose.retrieval.embed import embed_images  # noqa: E402
from autocompose.retrieval.encode import compose_texts, cosines  # noqa: E402
from autocompose.training.presets import preset  # noqa: E402
from autocompose.training.run import train  # noqa: E402

SHIPPED = REPOSITORY / "checkpoints" / "pose-mini"
FORMS = ("text", "short")
AT = (1, 5, 10)


@dataclass(frozen=True)
class Recipe:
    """Which texts of which pairs.

    Args:
        name: of the row.
        mode: as ``autocompose train --mode``.
        described: only the pairs that a model described.
    """

    name: str
    mode: str
    described: bool


RECIPES = (
    Recipe("240 pairs, rules", "auto-reverse_3", described=True),
    Recipe("240 pairs, model", "mllm-reverse_3", described=True),
    Recipe("240 pairs, both", "auto+mllm-reverse_3", described=True),
    Recipe("1,700 pairs, rules", "auto-reverse_3", described=False),
    Recipe("1,700 pairs, rules; 240 the model too", "auto+mllm-reverse_3", described=False),
)  # fmt: skip


def ranks_of(
    dataset: PoseDataset, recipe: Recipe, seed: int, *, queries: Sequence[dict], out: Path
) -> dict[str, list[int]]:
    """Ranks of the targets, by form of the query, after one training.

    Args:
        dataset: the demo.
        recipe: its texts.
        seed: of the training.
        queries: natural sentences.
        out: folder of finished runs and cached features.
    """
    file = out / f"{recipe.mode}-{'240' if recipe.described else 'all'}-{seed}.json"
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))
    start = out / "start.pt"
    if not start.exists():
        torch.save(load_checkpoint(SHIPPED).towers.state_dict(), start)
    best = preset("best")
    config = replace(
        best.train, mode=recipe.mode, seed=seed, image_epochs=0, pretrain_steps=0, pretrain_pairs=0
    )
    if recipe.described:
        kept = [pair for pair in dataset.pairs("train") if pair.texts.get("mllm")]
        dataset = dataset.with_pairs("train", kept)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        model = train(
            dataset,
            Path(folder),
            model=replace(best.model, pretrained=str(start)),
            config=config,
            run=RunConfig(cache=out / "features"),
        )
    images = dataset.gallery("val")
    gallery = embed_images(model, [i.path for i in images], root=images[0].path.parent)
    rows = [np.array([gallery.row(q[end]) for q in queries]) for end in ("target", "reference")]
    found = {}
    for form in FORMS:
        composed = compose_texts(model, gallery.raw(rows[1]), [q[form] for q in queries])
        found[form] = target_ranks(cosines(composed, gallery.embeddings), *rows).tolist()
    file.write_text(json.dumps(found), encoding="utf-8")
    return found


def cells(ranks: np.ndarray, base: np.ndarray) -> list[str]:
    """Recalls of (S, Q) ranks, and the gain on ``base`` with its 95 % interval over queries."""
    draws = np.random.default_rng(0).integers(0, ranks.shape[1], (2000, ranks.shape[1]))
    shown = []
    for at in AT:
        hits, others = (100 * (r <= at).mean(0) for r in (ranks, base))
        gain = hits - others
        low, high = np.percentile(gain[draws].mean(1), [2.5, 97.5])
        shown.append(f"{hits.mean():.1f}")
        shown.append("" if ranks is base else f"{gain.mean():+.1f} [{low:+.1f}, {high:+.1f}]")
    return shown


def main() -> None:
    """Train what is missing and print a table for each form of the queries."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--natural", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    dataset = open_dataset(REPOSITORY / "annotations" / "demo")
    queries = json.loads(options.natural.read_text(encoding="utf-8"))
    found = {
        (recipe, seed): ranks_of(dataset, recipe, seed, queries=queries, out=options.out)
        for seed in range(options.seeds)
        for recipe in RECIPES
    }
    for form in FORMS:
        sys.stdout.write(f"\n| {form} | " + " | ".join(f"R@{at} | gain" for at in AT) + " |\n")
        ranks = {
            r: np.array([found[r, seed][form] for seed in range(options.seeds)]) for r in RECIPES
        }
        for recipe in RECIPES:
            base = next(r for r in RECIPES if r.described == recipe.described)
            row = cells(ranks[recipe], ranks[base])
            sys.stdout.write(f"| {recipe.name} | {' | '.join(row)} |\n")


if __name__ == "__main__":
    main()
