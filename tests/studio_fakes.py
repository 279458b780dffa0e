"""A small dataset of stick figures and a retriever without a model, for the studio's tests."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

from autocompose.body.skeleton import BONES, INDEX, JOINTS
from autocompose.data.dataset import write_captions, write_joints, write_split
from autocompose.query_reading import Attribution, ClauseEffect, HitClaim, QueryReading
from autocompose.retrieval.choices import AS_ASKED, SearchChoices
from autocompose.schema import (
    ComposedQuery,
    Hit,
    ImageInfo,
    JointsOrigin,
    PoseImage,
    RetrievalResult,
)
from autocompose.studio.server.state import LoadedEngine

SIZE = 256


def stick_joints(raise_left: float, raise_right: float, squat: float) -> list[tuple[float, ...]]:
    """A standing body in metres; arms lifted by degrees from hanging, hips lowered by metres."""
    joints = {
        "pelvis": (0.0, 0.0, 0.0), "spine": (0.0, 0.15, 0.0), "chest": (0.0, 0.35, 0.0),
        "neck": (0.0, 0.5, 0.0), "head": (0.0, 0.62, 0.0), "nose": (0.0, 0.6, 0.1),
    }  # fmt: skip
    for side, sign, degrees in (("left", 1, raise_left), ("right", -1, raise_right)):
        angle = math.radians(degrees)
        out, down = sign * math.sin(angle), -math.cos(angle)
        for name, reach in (("shoulder", 0.0), ("elbow", 0.28), ("wrist", 0.53), ("hand", 0.62)):
            joints[f"{side}_{name}"] = (sign * 0.18 + reach * out, 0.47 + reach * down, 0.0)
        drop = 0.85 - squat
        joints[f"{side}_hip"] = (sign * 0.09, -0.02, 0.0)
        joints[f"{side}_knee"] = (sign * 0.11, -0.02 - drop / 2, squat / 1.3)
        joints[f"{side}_ankle"] = (sign * 0.12, -0.02 - drop, 0.0)
        joints[f"{side}_foot"] = (sign * 0.12, -0.05 - drop, 0.14)
    return [joints[name] for name in JOINTS]


def write_stick_dataset(root: Path, n: int = 16) -> Path:
    """Write ``n`` pictures seen from the front and ``n - 1`` pairs, split ``test``."""
    (root / "images").mkdir(parents=True)
    images = []
    for i in range(n):
        joints = stick_joints(170 * i / n, 170 * (i * 5 % n) / n, 0.25 * (i % 3))
        # Seen from the front, the subject's left is on the viewer's right, which is +u.
        pixels = [(128 + 110 * x, 118 - 110 * y) for x, y, _ in joints]
        name = f"pose_{i:02d}_p{i % 3}_front.jpg"
        _draw(pixels, i).save(root / "images" / name, quality=85)
        images.append(
            PoseImage(
                name, root / "images" / name, tuple(joints), tuple(pixels), -0.9,  # pyright: ignore[reportArgumentType]
                JointsOrigin.RENDERED, ImageInfo(f"p{i % 3}", "front", "walk", "authored"),
            )
        )  # fmt: skip
    rows = [
        {
            "reference": a.id,
            "target": b.id,
            "img_set": [b.id, a.id],
            "auto": [f"Raise the left arm, step {i}."],
            "sents": [f"Lift the left arm higher, step {i}."],
        }
        for i, (a, b) in enumerate(pairwise(images))
    ]
    write_joints(root / "joints.json", images)
    write_captions(root / "captions" / "test.json", rows)
    write_split(root / "image_splits" / "test.json", [image.id for image in images])
    return root


def _draw(pixels: list[tuple[float, float]], i: int) -> Image.Image:
    picture = Image.new("RGB", (SIZE, SIZE), (214, 210, 204))
    pen = ImageDraw.Draw(picture)
    for start, end in BONES:
        pen.line(
            [pixels[INDEX[start]], pixels[INDEX[end]]], fill=(40 + 60 * (i % 3), 60, 90), width=9
        )
    x, y = pixels[INDEX["head"]]
    pen.ellipse((x - 14, y - 14, x + 14, y + 14), fill=(120, 90, 70))
    return picture


class HashRetriever:
    """Ranks by a hash of text and picture: another text, another order, always the same one."""

    def __init__(self, image_ids: tuple[str, ...]) -> None:
        """Remember the gallery, and every query that was asked."""
        self.image_ids = image_ids
        self.queries: list[ComposedQuery] = []
        self.choices: list[SearchChoices] = []

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Rank everything that is not excluded, and that the names of persons let through."""
        self.queries.append(query)
        self.choices.append(choices)
        persons = choices.only.person or ("",)
        passing = [n for n in self.image_ids if any(person in n for person in persons)]
        kept = [n for n in passing if n not in query.exclude]
        scored = sorted(((_score(query.text, name), name) for name in kept), reverse=True)
        checks = (
            HitClaim("both arms up", "supported", "left arm 0.9 -> 1.6 m"),
            HitClaim("both knees bent", "contradicted", "left knee bend 8° -> 3°"),
        )
        hits = tuple(Hit(i + 1, name, score, checks) for i, (score, name) in enumerate(scored[:k]))
        hits = hits[choices.skip :]
        excluded = tuple(name for name in query.exclude if name in self.image_ids)
        cut = " ".join(query.text.split()[60:])
        ranked = [name for _, name in scored]
        target_rank = ranked.index(query.target) + 1 if query.target in ranked else 0
        reading = QueryReading(
            read_as=("both arms up", "both knees bent"),
            not_understood=("wink",) if "wink" in query.text else (),
            warning="These words say nothing about a pose." if query.text == "cat" else "",
            judged=True,
        )
        return RetrievalResult(
            query, hits, excluded, 0.004, cut, target_rank, reading, ranked=len(kept)
        )

    def explain(
        self,
        query: ComposedQuery,
        image_ids: Sequence[str] = (),
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> Attribution:
        """Leave out what stands between commas."""
        clauses = query.text.split(", ")
        whole = self._ranks(query, query.text, image_ids)
        effects = []
        for at, text in enumerate(clauses):
            rest = ", ".join(clauses[:at] + clauses[at + 1 :])
            ranks = self._ranks(query, rest, image_ids)
            effects.append(ClauseEffect(text, (0, len(text)), (), ranks, 3, 0))
        return Attribution(tuple(image_ids), whole, 0, 10, tuple(effects))

    def _ranks(self, query: ComposedQuery, text: str, wanted: Sequence[str]) -> tuple[int, ...]:
        hits = HashRetriever.retrieve(self, replace(query, text=text), k=99).hits
        places = {hit.image_id: hit.rank for hit in hits}
        return tuple(places.get(name, 0) for name in wanted)

    usual_scene = 0.0

    def fitting(
        self,
        reference: Path,
        texts: Sequence[str],
        *,
        least: int = 3,
        body: PoseImage | None = None,
    ) -> tuple[str, ...]:
        """Every second text, so that a test sees that somebody chose."""
        return tuple(texts[::2])


def _score(text: str, name: str) -> float:
    return int(hashlib.sha256(f"{text} {name}".encode()).hexdigest()[:6], 16) / 0xFFFFFF


def hash_engine(root: Path, image_ids: tuple[str, ...]) -> LoadedEngine:
    """An engine over the hash retriever."""
    retriever = HashRetriever(image_ids)
    return LoadedEngine(
        retriever, "hash", "0123456789abcdef", "sticks · test", len(image_ids),
        root / "images", image_ids,
        facts={"person": ("p0", "p1", "p2"), "camera": ("front",), "clip": ("walk",)},
        explain=retriever.explain,
    )  # fmt: skip
