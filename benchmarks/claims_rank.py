# ruff: noqa: E501 (one call a line reads best)
"""Time and worth of ranking pictures by the claims of a text, with known joints.

    python benchmarks/claims_rank.py [--natural FILE]

Times are CPU seconds of one core, reading of the text included, measuring of the gallery not. The
worth is recall with the shipped checkpoint alone, with claims alone, and with both: the composed
cosines in standard deviations of each query plus `ClaimScorer`'s total. ``--natural`` adds queries
of a JSON list with ``reference``, ``target`` and ``text`` whose images are in the split ``val``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from autocompose.body.change import Bodies, Body
from autocompose.data.dataset import open_dataset
from autocompose.evaluation.metrics import recall_at, target_ranks
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.encode import compose_texts, cosines, encode_texts
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.short_wishes import weights_for
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.verify.soft import ClaimScorer, SoftBodies, ranking_claims

ROOT = Path(__file__).parent.parent
TEXT = (
    "Bring the raised left arm down beside your hip, bend both knees, lean further forward, turn "
    "your head to the right and reach the right arm out in front of your chest."
)
KEYS = {"val": ("auto",), "test": ("sents", "new-words")}


@dataclass(frozen=True)
class Query:
    """A text about two images."""

    reference: str
    target: str
    text: str


def time_of(bodies: Sequence[Body], count: int) -> float:
    """Median CPU seconds of one text on ``count`` bodies."""
    many = [bodies[i % len(bodies)] for i in range(count)]
    gallery = SoftBodies.of(Bodies.stacked(many))
    scorer = ClaimScorer(SoftBodies.of(bodies[0]))
    scorer.score(ranking_claims(TEXT), gallery)
    spent = []
    for _ in range(5):
        start = time.process_time()
        scorer.score(ranking_claims(TEXT), gallery)
        spent.append(time.process_time() - start)
    return float(np.median(spent))


def ranking_time(model, gallery: Gallery, bodies: GalleryBodies, *, count: int) -> float:
    """Median CPU seconds of one ranking of ``count`` pictures by all voices, once all are measured.

    Larger galleries than 20,000 are judged where the learnt score is best. Reading of the text is
    included, and whether the gallery does what it says; encoding of the text is not.
    """
    rows = np.flatnonzero(bodies.known)
    rows = rows[np.arange(count) % len(rows)]
    voices = Voices.of(model, gallery.embeddings[rows], bodies.take(rows))
    start = Reference(bodies.take(rows[:1]))
    text = encode_texts(model, [TEXT])[0]
    learnt = np.random.default_rng(0).normal(size=count)
    spent = []
    for _ in range(6):
        begin = time.process_time()
        claims = ranking_claims(TEXT)
        voices.fused(learnt, claims, start, text=text, weights=weights_for(TEXT, claims))
        voices.is_there(claims, start)
        spent.append(time.process_time() - begin)
    return float(np.median(spent[1:]))


def claim_totals(
    queries: Sequence[Query], images: dict[str, PoseImage], ids: Sequence[str]
) -> np.ndarray:
    """(Q, G) totals of `ClaimScorer`."""
    gallery = SoftBodies.of(Bodies.stacked([Body.of_image(images[name]) for name in ids]))
    totals = []
    for query in queries:
        scorer = ClaimScorer(SoftBodies.of(Body.of_image(images[query.reference])))
        totals.append(scorer.score(ranking_claims(query.text), gallery).total)
    return np.stack(totals)


def standardised(scores: np.ndarray) -> np.ndarray:
    """Each query's scores in standard deviations from their mean."""
    spread = np.maximum(scores.std(1, keepdims=True), 1e-6)
    return (scores - scores.mean(1, keepdims=True)) / spread


def show(
    name: str, queries: Sequence[Query], *, model, gallery: Gallery, images: dict[str, PoseImage]
) -> None:
    """Print one line of recalls for each way to rank."""
    rows = [
        np.array([gallery.row(getattr(q, end)) for q in queries]) for end in ("target", "reference")
    ]
    composed = compose_texts(model, gallery.raw(rows[1]), [q.text for q in queries])
    learnt = cosines(composed, gallery.embeddings)
    claims = claim_totals(queries, images, gallery.image_ids)
    for label, scores in (
        ("checkpoint", learnt), ("claims", claims), ("both", standardised(learnt) + claims),
    ):  # fmt: skip
        ranks = target_ranks(scores, *rows)
        found = " / ".join(f"{value:.1f}" for value in recall_at(ranks).values())
        print(f"{name:<12} {len(queries):>4} {label:<11} {found}   median {np.median(ranks):.0f}")


def main() -> None:
    """Print the times, then the recalls."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--natural", type=Path)
    natural = parser.parse_args().natural
    torch.set_num_threads(1)
    dataset = open_dataset(ROOT / "annotations" / "demo")
    model = load_checkpoint(ROOT / "checkpoints" / "pose-mini")
    bodies = [Body.of_image(image) for image in dataset.gallery("test")]
    for count in (390, 20_000):
        print(
            f"{count:>6} bodies, {len(ranking_claims(TEXT))} claims: {1000 * time_of(bodies, count):.0f} ms"
        )
    images = dataset.gallery("test")
    root = ROOT / "annotations" / "demo" / "images"
    gallery = embed_images(model, [image.path for image in images], root=root)
    for origin in (JointsOrigin.RENDERED, JointsOrigin.ESTIMATED):
        known = GalleryBodies.of([replace(image, joints_origin=origin) for image in images])
        for count in (390, 20_000, 100_000):
            spent = ranking_time(model, gallery, known, count=count)
            print(f"{count:>6} pictures, {origin.value} joints, all voices: {1000 * spent:.0f} ms")
    for split, keys in KEYS.items():
        images = {image.id: image for image in dataset.gallery(split)}
        root = ROOT / "annotations" / "demo" / "images"
        gallery = embed_images(model, [image.path for image in images.values()], root=root)
        for key in keys:
            queries = [
                Query(pair.reference.id, pair.target.id, pair.texts[key][0])
                for pair in dataset.content(split).pairs
                if pair.texts.get(key)
            ]
            if queries:
                show(f"{split} {key}", queries, model=model, gallery=gallery, images=images)
        if natural is not None and split == "val":
            records = json.loads(natural.read_text(encoding="utf-8"))
            queries = [Query(r["reference"], r["target"], r["text"]) for r in records]
            show("natural", queries, model=model, gallery=gallery, images=images)


if __name__ == "__main__":
    main()
