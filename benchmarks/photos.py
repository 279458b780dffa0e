"""Recall on the photographs of tests/data/photos: python benchmarks/photos.py GALLERY.

GALLERY is what ``autocompose index --checkpoint checkpoints/pose-mini --images
tests/data/photos/images --out GALLERY`` made.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from autocompose.evaluation.metrics import recall_at
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.encode import compose_features, encode_texts
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.retrieval.voices import Reference, Voices
from autocompose.verify.soft import ranking_claims

REPOSITORY = Path(__file__).parents[1]
PHOTOS = REPOSITORY / "tests" / "data" / "photos"


def standard(scores: np.ndarray) -> np.ndarray:
    """Scores in standard deviations; those left out stay so."""
    there = np.isfinite(scores)
    out = scores.copy()
    out[there] = (scores[there] - scores[there].mean()) / max(scores[there].std(), 1e-9)
    return out


def main(folder: Path) -> None:
    """Print recall of each voice, within all photos and within those of the same camera."""
    model = load_checkpoint(REPOSITORY / "checkpoints" / "pose-mini")
    gallery = load_gallery(folder, root=PHOTOS / "images", model=model)
    if gallery.bodies is None:
        raise SystemExit("the gallery has no joints; index it without --joints none")
    voices = Voices(gallery.embeddings, gallery.bodies, model.ranking)
    camera = np.array([name.split("_")[1] for name in gallery.image_ids])
    ranks: dict[tuple[str, str], list[int]] = {}
    for query in json.loads((PHOTOS / "queries.json").read_text(encoding="utf-8")):
        start, target = (gallery.row(Path(query[k]).name) for k in ("reference", "target"))
        texts = encode_texts(model, [query["text"]])
        composed = compose_features(model, gallery.raw(start), texts)[0].numpy()
        learnt = (gallery.embeddings @ composed).astype(np.float64)
        picture = (gallery.embeddings @ gallery.embeddings[start]).astype(np.float64)
        learnt[start] = picture[start] = -np.inf
        claims = ranking_claims(query["text"])
        body = Reference(gallery.bodies.take([start]))
        rows = {"picture": picture, "composed": learnt}
        for name, base in (
            ("claims", np.where(np.isfinite(learnt), 0.0, -np.inf)),
            ("composed and claims", standard(learnt)),
            ("picture and claims", standard(picture)),
        ):
            fused = voices.fused(base, claims, body, text=texts[0])
            rows[name] = base if fused is None else fused
        for name, scores in rows.items():
            for among, inside in (("all", camera != ""), ("camera", camera == camera[start])):
                seen = np.where(inside, scores, -np.inf)
                rank = 1 + int((seen > seen[target]).sum())
                ranks.setdefault((among, name), []).append(rank)
    for (among, name), found in sorted(ranks.items()):
        recall = recall_at(np.array(found), (1, 5, 10))
        told = " / ".join(f"{value:.1f}" for value in recall.values())
        print(f"{among:7} {name:20} {told}  median {np.median(found):.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
