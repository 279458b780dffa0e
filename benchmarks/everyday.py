"""Everyday wishes: how many of the first five pictures do what was asked for.

    python benchmarks/everyday.py [--split test] [--joints FILE]

A wish is asked from eight references that do not do it already; chance is the share of the gallery
that does it. The first half of the wishes may be used to choose something; the second half and the
held-out ones are for the report. Wishes that fewer than five pictures do can reach no 100 % of
five: they are reported apart, by the share of the first n where n pictures do it. With a file of
estimated joints these rank; the true ones still say who does it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from wishes import FIRST_HALF, HELD_OUT, SECOND_HALF

from autocompose.body.change import Bodies, Body
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import read_joints
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.gallery import embed_images
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery
from autocompose.verify.measured_bodies import MeasuredBodies

ROOT = Path(__file__).parent.parent
REFERENCES, FIRST = 8, 5
LEAST = 5
"""Pictures that must do it for a share of five."""


def precision(
    retriever: ComposedRetriever, text: str, does: np.ndarray, references: list[str]
) -> float:
    """Share of the first five, or of as many as there are, that do it, over several references."""
    rows = {name: row for row, name in enumerate(retriever.gallery.image_ids)}
    shares = []
    for name in references:
        query = ComposedQuery(retriever.gallery.path(name), text)
        hits = retriever.retrieve(query, k=min(FIRST, int(does.sum()))).hits
        shares.append(np.mean([does[rows[hit.image_id]] for hit in hits]))
    return float(np.mean(shares))


def summed_up(name: str, found: list[tuple[float, dict[str, float]]]) -> None:
    """Print the means over wishes, with their bootstrap intervals."""
    if not found:
        return
    rng = np.random.default_rng(0)
    print(f"{name}, {len(found)} wishes, chance {100 * np.mean([row[0] for row in found]):.0f}")
    for way in found[0][1]:
        shares = np.array([row[1][way] for row in found])
        draws = rng.choice(shares, (2000, len(shares))).mean(1)
        low, high = 100 * np.percentile(draws, [2.5, 97.5])
        print(f"  P@5 {way}: {100 * shares.mean():.1f} [{low:.1f}, {high:.1f}]")


def main() -> None:
    """Print each wish, then the means of each set of wishes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="test")
    parser.add_argument("--joints", type=Path)
    given = parser.parse_args()
    split = given.split
    images = open_dataset(ROOT / "annotations" / "demo").gallery(split)
    model = load_checkpoint(ROOT / "checkpoints" / "pose-mini")
    root = ROOT / "annotations" / "demo" / "images"
    gallery = embed_images(model, [image.path for image in images], root=root)
    seen = images
    if given.joints:
        estimated = read_joints(given.joints, root)
        seen = [estimated.get(image.id) for image in images]
    gallery = replace(gallery, bodies=GalleryBodies.of(seen))
    ways = {
        "learnt": ComposedRetriever(model, gallery, use_joints=False),
        "with joints": ComposedRetriever(model, gallery),
    }
    measured = MeasuredBodies.of(Bodies.stacked([Body.of_image(image) for image in images]))
    rng, rarer_rng = np.random.default_rng(0), np.random.default_rng(1)
    sets = {"first half": FIRST_HALF, "second half": SECOND_HALF, "held out": HELD_OUT}
    rarer: list[tuple[float, dict[str, float]]] = []
    for name, wishes in sets.items():
        found: list[tuple[float, dict[str, float]]] = []
        for text, predicate in wishes:
            does = predicate(measured)
            if not does.any():
                print(f"left out, no picture does it: {text}")
                continue
            common = does.sum() >= LEAST
            others = np.flatnonzero(~does)
            drawn = (rng if common else rarer_rng).choice(others, REFERENCES, replace=False)
            chosen = [images[row].id for row in drawn]
            shares = {way: precision(one, text, does, chosen) for way, one in ways.items()}
            (found if common else rarer).append((float(does.mean()), shares))
            shown = ", ".join(f"{way} {100 * share:.0f}" for way, share in shares.items())
            print(f"{does.sum():3} pictures, {shown}: {text}")
        summed_up(name, found)
    summed_up("done by fewer than five pictures, share of as many", rarer)


if __name__ == "__main__":
    main()
