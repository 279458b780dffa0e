"""How long one answer takes: judging a caption, ranking a gallery, loading a checkpoint, a query.

    python benchmarks/latency.py [--repeats 20] [--checkpoint checkpoints/pose-mini]

Each row is timed beside something smaller or slower in the same run, a repeat of one after a repeat
of the other, so that the ratio holds on a busy machine. Milliseconds are medians. The images of the
large gallery are random unit vectors; the queries use pictures of the demo.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from autocompose.data.dataset import PoseDataset, open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.order import rank, score
from autocompose.retrieval.search import ComposedRetriever
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import ComposedQuery
from autocompose.verify.judge import PairJudge
from autocompose.verify.soft import ranking_claims

CAPTION = (
    "Raise your left arm to shoulder height and bend the right knee. Turn your head to the left,"
    " and step forward with your right foot while your hands come together."
)
BODIES = 100_000
GALLERY = 64
"""Pictures of the demo that are searched."""

Work = Callable[[], object]


@dataclass(frozen=True)
class Compared:
    """Something timed, and what it is timed beside."""

    name: str
    work: Work
    beside: str
    other: Work


def made_gallery(rows: int, columns: int = 512) -> Gallery:
    """Random unit vectors under numbered names."""
    values = np.random.default_rng(0).normal(size=(rows, columns))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    names = tuple(f"{i}.png" for i in range(rows))
    return Gallery(names, values.astype(np.float32), "f", np.ones(rows, np.float32))


def judging(dataset: PoseDataset) -> Compared:
    """A caption by a judge that knows its pair, and by one that measures the pair first."""
    pair = next(pair for pair in dataset.pairs("test") if pair.reference.joints)
    reference, target = np.array(pair.reference.joints), np.array(pair.target.joints)
    judge = PairJudge(reference, target)
    return Compared(
        "judge a caption of a known pair", lambda: judge.check(CAPTION),
        "the pair measured first", lambda: PairJudge(reference, target).check(CAPTION),
    )  # fmt: skip


def ranking() -> Compared:
    """A query over galleries of two sizes."""
    small, large = made_gallery(1_000), made_gallery(10_000)
    query = torch.from_numpy(large.embeddings[:1])
    return Compared(
        "rank 10,000 images", lambda: rank(query, large, exclude=["7.png"]),
        "rank 1,000 images", lambda: rank(query, small, exclude=["7.png"]),
    )  # fmt: skip


def fusing(dataset: PoseDataset) -> Compared:
    """One text over 100,000 bodies, and the same query ranked by the learnt score alone.

    The bodies are those of the demo, over and over. The first 1,000 of the learnt score are judged.
    """
    images = [one for one in dataset.gallery("test") if one.joints is not None]
    bodies = GalleryBodies.of(images).take(np.arange(BODIES) % len(images))
    gallery = made_gallery(BODIES)
    voices = Voices(gallery.embeddings, bodies)
    # Made embeddings have nothing to do with the bodies; they are to be judged all the same.
    voices.mixed_up = False
    voices._groups = tuple(voices._grouped(bodies))
    query = torch.from_numpy(gallery.embeddings[:1])
    claims, start = ranking_claims(CAPTION), Reference(bodies.take([0]))

    def learnt() -> np.ndarray:
        return score(query, gallery)[0].numpy().astype(np.float64)

    assert voices.fused(learnt(), claims, start) is not None
    return Compared(
        f"claims of a text over {BODIES:,} bodies", lambda: voices.fused(learnt(), claims, start),
        "the learnt score alone", learnt,
    )  # fmt: skip


def loading(checkpoint: Path) -> Compared:
    """A checkpoint, and the bytes of its files alone."""

    def read() -> None:
        for path in checkpoint.iterdir():
            if path.is_file():
                path.read_bytes()

    return Compared(
        "load the checkpoint", lambda: load_checkpoint(checkpoint), "read its files", read
    )


def querying(dataset: PoseDataset, checkpoint: Path, folder: Path) -> Compared:
    """A query with a picture of the gallery, and with one from outside."""
    model = load_checkpoint(checkpoint)
    paths = [pair.target.path for pair in dataset.pairs("test")]
    retriever = ComposedRetriever(model, embed_images(model, list(dict.fromkeys(paths))[:GALLERY]))
    inside = retriever.gallery.path(retriever.gallery.image_ids[0])
    outside = folder / f"upload{inside.suffix}"
    outside.write_bytes(inside.read_bytes())
    return Compared(
        f"query, {GALLERY} images, one of them given",
        lambda: retriever.retrieve(ComposedQuery(inside, "raise both arms")),
        "a picture from outside given",
        lambda: retriever.retrieve(ComposedQuery(outside, "raise both arms")),
    )


def timed(work: Work) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def measure(compared: Compared, repeats: int) -> tuple[float, float]:
    """Medians of both, taken in turns after one call each that is not counted."""
    compared.work()
    compared.other()
    rows = [(timed(compared.work), timed(compared.other)) for _ in range(repeats)]
    ours, theirs = zip(*rows, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoints/pose-mini"))
    parser.add_argument("--dataset", type=Path, default=Path("annotations/demo"))
    options = parser.parse_args()
    dataset = open_dataset(options.dataset)
    with tempfile.TemporaryDirectory() as folder:
        makers: tuple[Callable[[], Compared], ...] = (
            lambda: judging(dataset),
            ranking,
            lambda: fusing(dataset),
            lambda: loading(options.checkpoint),
            lambda: querying(dataset, options.checkpoint, Path(folder)),
        )
        print(f"| {'what':<42} |       ms | {'beside':<30} |       ms |  ratio |")
        print(f"|{'-' * 44}|---------:|{'-' * 32}|---------:|-------:|")
        for number, make in enumerate(makers, 1):
            print(f"{number} of {len(makers)} ...", end="\r", file=sys.stderr, flush=True)
            compared = make()
            ours, theirs = measure(compared, options.repeats)
            print(
                f"| {compared.name:<42} | {ours:8.2f} | {compared.beside:<30} | {theirs:8.2f} |"
                f" {ours / theirs:6.2f} |"
            )


if __name__ == "__main__":
    main()
