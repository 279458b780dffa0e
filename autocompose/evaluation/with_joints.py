"""Recall when joints stand beside the pictures: the learnt score and the claims of the text.

This is no part of the official protocol, which has pictures only, and is reported beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autocompose.errors import ConfigError, DatasetError
from autocompose.evaluation.metrics import bootstrap_ci, recall_at, target_ranks
from autocompose.evaluation.queries import Answers
from autocompose.model.composed import ComposedModel
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies, JointsOf, bodies_of
from autocompose.retrieval.short_wishes import weights_for
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import PoseImage
from autocompose.verify.soft import ranking_claims


@dataclass(frozen=True)
class JointsRecall:
    """The recall of one set of texts with joints, beside that of the same queries without.

    Args:
        recall: percent of queries whose target is among the first K.
        recall_ci: 95 % bootstrap interval over queries, percent, per K.
        gain_ci: 95 % interval of recall with joints minus recall without, of the same queries.
        median_rank: of the targets.
        num_queries: asked.
        num_judged: of them, those in whose ranking claims had a say.
    """

    recall: dict[str, float]
    recall_ci: dict[str, tuple[float, float]]
    gain_ci: dict[str, tuple[float, float]]
    median_rank: float
    num_queries: int
    num_judged: int


@dataclass(frozen=True)
class JointsReport:
    """What joints add to an evaluation.

    Args:
        joints: where they come from: ``known``, ``read`` or ``estimated``.
        pictures: of the gallery, those whose joints are there.
        text_sets: as in the report without joints.
        note: what a reader of the figures must know; empty for nothing.
    """

    joints: str
    pictures: int
    text_sets: dict[str, JointsRecall] = field(default_factory=dict)
    note: str = ""


class RankingWithJoints:
    """Ranks the queries of an evaluation again, with joints.

    Args:
        gallery: of the split.
        bodies: of its pictures.
        joints: where they come from: ``known``, ``read`` or ``estimated``.
        model: its voices, and how much each of them counts.
    """

    def __init__(
        self, gallery: Gallery, bodies: GalleryBodies, joints: str, *, model: ComposedModel
    ) -> None:
        """Measure the bodies once."""
        self._bodies = bodies
        self._joints = joints
        self._sets: dict[str, JointsRecall] = {}
        self.voices = Voices.of(model, gallery.embeddings, bodies)

    def rank(self, name: str, answers: Answers, *, seed: int) -> np.ndarray:
        """Rank queries with joints, and keep their recall for the report.

        Args:
            name: of this set of texts.
            answers: of the learnt score.
            seed: of the bootstrap.

        Returns:
            The scores (Q, G) that they are ranked by.
        """
        queries = answers.queries
        scores, judged = answers.similarity.astype(np.float64), 0
        for row, (reference, text) in enumerate(zip(queries.reference, queries.texts, strict=True)):
            if not self._bodies.known[reference]:
                continue
            learnt = scores[row].copy()
            learnt[reference] = -np.inf
            start = Reference(self._bodies.take([int(reference)]))
            claims = ranking_claims(text)
            fused = self.voices.fused(
                learnt, claims, start, text=answers.text[row], weights=weights_for(text, claims)
            )
            if fused is not None:
                scores[row] = fused
                judged += 1
        found = target_ranks(scores, queries.target, queries.reference)
        self._sets[name] = JointsRecall(
            recall=recall_at(found),
            recall_ci=bootstrap_ci(found, seed=seed),
            gain_ci=_gain_ci(found, answers.ranks, seed=seed),
            median_rank=float(np.median(found)),
            num_queries=len(found),
            num_judged=judged,
        )
        return scores

    def report(self) -> JointsReport:
        """All sets of texts, and what must be said of the joints."""
        note = ""
        if self.voices.mixed_up:
            note = "pictures that look alike have no poses alike: the joints were not used"
        elif not self.voices.can_judge:
            note = "left and right limbs differ too much: the joints were not used"
        return JointsReport(self._joints, int(self._bodies.known.sum()), self._sets, note)


def with_joints(
    model: ComposedModel,
    gallery: Gallery,
    images: Sequence[PoseImage],
    *,
    joints: str | JointsOf,
) -> RankingWithJoints:
    """What ranks the queries of an evaluation again, with joints.

    Args:
        model: its weights of the voices.
        gallery: of the split.
        images: of the dataset; their joints are used unless others are given.
        joints: ``known`` to the dataset, ``read`` by the image tower, or what estimates those of a
            picture.

    Raises:
        DatasetError: no joints are known of any picture.
        ConfigError: the image tower reads none.
    """
    if joints == "read":
        return RankingWithJoints(gallery, _read_bodies(gallery), "read", model=model)
    known = {image.id: image for image in images}
    bodies = bodies_of(
        joints if callable(joints) else lambda name, path: known.get(name),
        gallery.image_ids,
        gallery.root or Path(),
    )
    if bodies is None:
        raise DatasetError(
            f'no joints are known of the pictures of "{gallery.name}"; add a joints.json, or leave '
            "out --joints"
        )
    name = "estimated" if callable(joints) else "known"
    return RankingWithJoints(gallery, bodies, name, model=model)


def _read_bodies(gallery: Gallery) -> GalleryBodies:
    if gallery.bodies is None or gallery.bodies.given.any():
        raise ConfigError(
            "--joints read is for checkpoints whose image tower reads joints, such as "
            "checkpoints/pose-mini; leave it out, or use known or estimated"
        )
    return gallery.bodies


def _gain_ci(
    found: np.ndarray, before: np.ndarray, *, seed: int, rounds: int = 2000
) -> dict[str, tuple[float, float]]:
    """95 % intervals of the difference in recall, percent; queries are drawn in pairs."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(found), size=(rounds, len(found)))
    intervals = {}
    for key in recall_at(found):
        gains = (found <= int(key)).astype(float) - (before <= int(key))
        low, high = np.percentile(100 * gains[drawn].mean(1), [2.5, 97.5])
        intervals[key] = (float(low), float(high))
    return intervals
