"""Recall on the photographs of tests/data/photos: python benchmarks/photos.py GALLERY.

GALLERY is what ``autocompose index --checkpoint checkpoints/pose-mini --images
tests/data/photos/images --out GALLERY`` made.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from autocompose.evaluation.metrics import recall_at
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.balance import Balance
from autocompose.retrieval.encode import compose_features, encode_texts
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.retrieval.short_wishes import weights_for
from autocompose.retrieval.voices import Reference, Voices
from autocompose.verify.soft import ranking_claims

REPOSITORY = Path(__file__).parents[1]
PHOTOS = REPOSITORY / "tests" / "data" / "photos"


def main(folder: Path) -> None:
    """Print recall of each voice, within all photos and within those of the same camera."""
    model = load_checkpoint(REPOSITORY / "checkpoints" / "pose-mini")
    gallery = load_gallery(folder, root=PHOTOS / "images", model=model)
    if gallery.bodies is None:
        raise SystemExit("the gallery has no joints; index it without --joints none")
    claims_only = Voices(gallery.embeddings, gallery.bodies, model.ranking)
    voices = Voices.of(model, gallery.embeddings, gallery.bodies)
    balance = Balance(model, gallery, voices)
    print(f"the scene counts {balance.usual_scene:.2f} where nobody says")
    camera = np.array([name.split("_")[1] for name in gallery.image_ids])
    ranks: dict[tuple[str, str], list[int]] = {}
    for query in json.loads((PHOTOS / "queries.json").read_text(encoding="utf-8")):
        start, target = (gallery.row(Path(query[k]).name) for k in ("reference", "target"))
        texts = encode_texts(model, [query["text"]])
        composed = compose_features(model, gallery.raw(start), texts)
        learnt = (composed @ torch.from_numpy(np.array(gallery.embeddings)).T)[0]
        alike = torch.from_numpy(gallery.embeddings @ gallery.embeddings[start])
        learnt[start] = alike[start] = -torch.inf
        claims = ranking_claims(query["text"])
        body = Reference(gallery.bodies.take([start]))
        silent = np.where(np.isfinite(learnt.numpy()), 0.0, -np.inf)
        bases = {
            f"retrieve{'' if scene is None else f' --scene {scene:g}'}": balance.base(
                learnt, alike, start, scene=scene
            ).numpy()
            for scene in (None, 0.0, 0.5)
        }
        rows = {"picture": alike.numpy(), "composed": learnt.numpy()}
        rows["scene"] = balance.base(learnt, alike, start, scene=1.0).numpy()
        told = {name: (voices, base) for name, base in bases.items()}
        told["claims"] = (claims_only, silent)
        told["claims and pose voice"] = (voices, silent)
        told["composed, claims and pose voice"] = (voices, _standard(learnt.numpy()))
        for name, (judges, base) in told.items():
            given = base.astype(np.float64)
            fused = judges.fused(
                given, claims, body,
                text=texts[0], scaled=True, weights=weights_for(query["text"], claims),
            )  # fmt: skip
            rows[name] = base if fused is None else fused
        for name, scores in rows.items():
            for among, inside in (("all", camera != ""), ("camera", camera == camera[start])):
                seen = np.where(inside, scores, -np.inf)
                rank = 1 + int((seen > seen[target]).sum())
                ranks.setdefault((among, name), []).append(rank)
    for (among, name), found in sorted(ranks.items()):
        recall = recall_at(np.array(found), (1, 5, 10))
        line = " / ".join(f"{value:.1f}" for value in recall.values())
        print(f"{among:7} {name:32} {line}  median {np.median(found):.1f}")


def _standard(scores: np.ndarray) -> np.ndarray:
    """Scores in standard deviations; those left out stay so."""
    there = np.isfinite(scores)
    return np.where(there, (scores - scores[there].mean()) / scores[there].std(), -np.inf)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
