"""Everyday wishes: how many of the first five pictures do what was asked for.

    python benchmarks/everyday.py [--split test] [--joints FILE] [--sets dev ...] [--each fresh ...]

A wish is asked from eight references that do not do it already; chance is the share of the gallery
that does it. The first half of the wishes and `more_wishes.DEV` may be used to choose something;
the second half, the held-out and the fresh ones are for the report, and of these no single wish is
printed unless ``--each`` asks for it. Wishes that fewer than five pictures do can reach no 100 % of
five: they are reported apart, by the share of the first n where n pictures do it. With a file of
estimated joints these rank; the true ones still say who does it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from more_wishes import DEV, FRESH
from wishes import FIRST_HALF, HELD_OUT, SECOND_HALF

from autocompose.body.change import Bodies, Body
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import read_joints
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.order import best_hits
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery, PoseImage
from autocompose.verify.measured_bodies import MeasuredBodies

ROOT = Path(__file__).parent.parent
REFERENCES, FIRST = 8, 5
SETS = {
    "first half": FIRST_HALF, "second half": SECOND_HALF, "held out": HELD_OUT, "dev": DEV,
    "fresh": FRESH,
}  # fmt: skip
LEAST = 5
"""Pictures that must do it for a share of five."""


def precision(
    retriever: ComposedRetriever, text: str, does: np.ndarray, references: list[str]
) -> float:
    """Share of the first five, or of as many as there are, that do it, over several references."""
    gallery, shares = retriever.gallery, []
    words, first = retriever.words(text), min(FIRST, int(does.sum()))
    for name in references:
        # As `retrieve` ranks; what it tells of each hit beside its place is not needed.
        start = retriever.start_of(ComposedQuery(gallery.path(name), text))
        order, _, _ = retriever.ranked(start, words, k=first)
        hits = best_hits(order, gallery, first)
        shares.append(np.mean([does[gallery.row(hit.image_id)] for hit in hits]))
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


def drawn_references(
    measured: MeasuredBodies, names: list[str]
) -> dict[str, list[tuple[str, np.ndarray, list[str]]]]:
    """Set -> its wishes, who does each, and references that do not; the same whatever is scored.

    Args:
        measured: the pictures' true bodies.
        names: ids of the pictures.
    """
    rng, rarer_rng = np.random.default_rng(0), np.random.default_rng(1)
    found = {}
    for name, wishes in SETS.items():
        if name in ("dev", "fresh"):  # each of these draws for itself, the first three as one
            rng, rarer_rng = np.random.default_rng(0), np.random.default_rng(1)
        found[name] = []
        for text, predicate in wishes:
            does = predicate(measured)
            if does.any():
                draw = rng if does.sum() >= LEAST else rarer_rng
                rows = draw.choice(np.flatnonzero(~does), REFERENCES, replace=False)
                found[name].append((text, does, [names[row] for row in rows]))
            else:
                print(f"left out, no picture does it: {text}")
    return found


def gallery_of(split: str, joints: Path | None) -> tuple[ComposedRetriever, list[PoseImage]]:
    """The pictures of a split as a gallery with joints, and their records.

    Args:
        split: of the demo.
        joints: of a file; the true ones where None.
    """
    images = open_dataset(ROOT / "annotations" / "demo").gallery(split)
    model = load_checkpoint(ROOT / "checkpoints" / "pose-mini")
    root = ROOT / "annotations" / "demo" / "images"
    gallery = embed_images(model, [image.path for image in images], root=root)
    seen = list(images)
    if joints:
        estimated = read_joints(joints, root)
        seen = [estimated.get(image.id) for image in images]
    return ComposedRetriever(model, replace(gallery, bodies=GalleryBodies.of(seen))), list(images)


def main() -> None:
    """Print each wish of some sets, then the means of each set of wishes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="test")
    parser.add_argument("--joints", type=Path)
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--each", nargs="*", choices=SETS, default=["first half", "dev"])
    given = parser.parse_args()
    judging, images = gallery_of(given.split, given.joints)
    learnt = ComposedRetriever(judging.model, judging.gallery, use_joints=False)
    ways = {"learnt": learnt, "with joints": judging}
    measured = MeasuredBodies.of(Bodies.stacked([Body.of_image(image) for image in images]))
    drawn = drawn_references(measured, [image.id for image in images])
    rarer: list[tuple[float, dict[str, float]]] = []
    for name in given.sets:
        found: list[tuple[float, dict[str, float]]] = []
        for text, does, references in drawn[name]:
            shares = {way: precision(one, text, does, references) for way, one in ways.items()}
            (found if does.sum() >= LEAST else rarer).append((float(does.mean()), shares))
            if name in given.each:
                shown = ", ".join(f"{way} {100 * share:.0f}" for way, share in shares.items())
                print(f"{does.sum():3} pictures, {shown}: {text}")
        summed_up(name, found)
    summed_up("done by fewer than five pictures, share of as many", rarer)


if __name__ == "__main__":
    main()
