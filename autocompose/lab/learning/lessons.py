"""Batches of the seven tasks, and what a batch costs the pose language model."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autocompose.lab.learning.material import Material
from autocompose.lab.lm.bone_tensors import bone_directions, joints_of, log_likelihoods
from autocompose.lab.lm.instructions import LabTask, default, trained
from autocompose.lab.lm.pieces import END, START, UNKNOWN, Pieces, padded
from autocompose.lab.lm.pose_lm import (
    GIVEN,
    LONGEST,
    PICTURE,
    SECOND,
    SECOND_PICTURE,
    GivenPoses,
    PoseLM,
    PredictedPose,
)
from autocompose.lab.tokens.limb_codes import LimbCodes

POSE_TASKS = (LabTask.EDIT, LabTask.TEXT_TO_POSE, LabTask.PICTURE_TO_POSE)
"""Tasks that are answered with a pose; the others are answered with a text."""
PICTURE_TASKS = (LabTask.PICTURE_TO_POSE, LabTask.PICTURE_TO_TEXT, LabTask.PICTURES_TO_TEXT)

_LEVEL_WEIGHTS = (1.0, 0.5, 0.25, 0.125)
_SAME_M = 0.04  # bodies this near are no negatives of each other
_NO_START, _NO_TEXT, _UNKNOWN = 0.08, 0.04, 0.05
_LONGEST_ANSWER = 80


@dataclass(frozen=True)
class LossWeights:
    """How the parts of the loss are added up.

    Args:
        distance: of the mean joint distance, per metre.
        likelihood: of the likelihood of the true body under mean and spread.
        found: of telling the true body from others by that likelihood.
        codes: of the token head, summed over its levels.
        words: of the texts.
    """

    distance: float = 10.0
    likelihood: float = 0.2
    found: float = 0.5
    codes: float = 0.15
    words: float = 0.5


class Lessons:
    """Draws batches from material.

    Args:
        material: bodies and texts.
        pieces: that texts are read with.
        codes: the pose tokenizer.
        pictures: (P, D) features of the material's pictures, or None.
    """

    def __init__(
        self,
        material: Material,
        pieces: Pieces,
        codes: LimbCodes,
        *,
        pictures: torch.Tensor | None = None,
    ) -> None:
        self.material, self.pictures = material, pictures
        self.directions = bone_directions(torch.from_numpy(material.joints))
        self.joints = joints_of(self.directions)
        self.codes = torch.from_numpy(codes.encode(material.joints.astype(np.float64)))
        # One array: 200,000 small ones leave the heap in pieces, and steps allocate much.
        flat = array("i")
        ends = [0]
        for text in material.texts:
            flat.extend(pieces.rows(text))
            ends.append(len(flat))
        self._flat, self._ends = np.frombuffer(flat, dtype=np.int32), np.array(ends)
        lengths = np.diff(self._ends)
        usable = lengths <= _LONGEST_ANSWER
        shown = material.pictures >= 0
        single = np.flatnonzero(material.alone & usable)
        pairs = np.flatnonzero(~material.alone & usable)
        self._rows: dict[LabTask, NDArray[np.int64]] = {
            LabTask.EDIT: pairs,
            LabTask.TEXT_TO_POSE: single,
            LabTask.PAIR_TO_TEXT: pairs[~material.typed[pairs]],
            LabTask.POSE_TO_TEXT: single[~material.typed[single]],
            LabTask.PICTURES_TO_TEXT: np.flatnonzero(~material.alone & usable & shown.all(1)),
            LabTask.PICTURE_TO_POSE: np.flatnonzero(shown[:, 1]),
            LabTask.PICTURE_TO_TEXT: np.flatnonzero(material.alone & usable & shown[:, 1]),
        }
        self._pieces = pieces
        self._sentences: dict[LabTask, list[tuple[list[int], list[int]]]] = {}
        self.speak(plain=False)
        self._lengths = lengths

    def speak(self, *, plain: bool) -> None:
        """Use one sentence for each task from now on, or draw among all that are trained on."""
        for task in LabTask:
            sentences = (default(task),) if plain else trained(task)
            self._sentences[task] = [_around(sentence, self._pieces) for sentence in sentences]

    def has(self, task: LabTask) -> bool:
        """Whether there is anything to learn this task from."""
        if task in PICTURE_TASKS and self.pictures is None:
            return False
        return len(self._rows[task]) > 0

    def drawn(self, task: LabTask, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of the material for a batch, of about one length so that little is padded.

        Args:
            task: what is learnt.
            count: rows.
            rng: what draws.
        """
        rows = self._rows[task]
        pool = rows[rng.integers(len(rows), size=4 * count)]
        pool = pool[np.argsort(self._lengths[pool], kind="stable")]
        first = int(rng.integers(4)) * count
        return pool[first : first + count]

    def pose_batch(
        self, model: PoseLM, task: LabTask, count: int, *, rng: np.random.Generator
    ) -> tuple[PredictedPose, NDArray[np.int64], NDArray[np.int64]]:
        """One batch of a task that is answered with a pose.

        Args:
            model: to be asked.
            task: one of `POSE_TASKS`.
            count: of the batch.
            rng: of its draws.

        Returns:
            The answer, and the rows of the bodies that the batch starts and should end at.
        """
        rows = self.drawn(task, count, rng)
        start, end = self.material.start[rows], self.material.end[rows]
        given: GivenPoses | None = None
        if task is LabTask.PICTURE_TO_POSE:
            shown = self.material.pictures[rows, 1]
            spans = [model.pictures(self._features(shown), PICTURE)]
            texts = [np.zeros(0, dtype=np.int32)] * len(rows)
        else:
            hidden = rng.random(len(rows)) < _NO_START
            if task is LabTask.TEXT_TO_POSE:
                hidden[:] = True
            given = self._given(start, rng=rng, hidden=hidden)
            spans = [model.poses(given, GIVEN)]
            texts = [self._text(row) for row in rows]
        words = padded([self._instruction(task, text, rng) for text in texts])
        _, states = model.run(spans, self._blurred(words, rng), asked=True)
        assert states is not None
        return model.predict(states, given), start, end

    def text_batch(
        self, model: PoseLM, task: LabTask, count: int, *, rng: np.random.Generator
    ) -> torch.Tensor:
        """The loss of one batch of a task that is answered with a text, per piece.

        Args:
            model: to be asked.
            task: not one of `POSE_TASKS`.
            count: of the batch.
            rng: of its draws.
        """
        rows = self.drawn(task, count, rng)
        start, end = self.material.start[rows], self.material.end[rows]
        if task in PICTURE_TASKS:
            shown = self.material.pictures[rows]
            spans = [model.pictures(self._features(shown[:, 1]), PICTURE)]
            if task is LabTask.PICTURES_TO_TEXT:
                first = model.pictures(self._features(shown[:, 0]), PICTURE)
                second = model.pictures(self._features(shown[:, 1]), SECOND_PICTURE)
                spans = [first, second]
        elif task is LabTask.PAIR_TO_TEXT:
            spans = [
                model.poses(self._given(start, rng=rng), GIVEN),
                model.poses(self._given(end, rng=rng), SECOND),
            ]
        else:
            spans = [model.poses(self._given(end, rng=rng), GIVEN)]
        asked = [self._instruction(task, np.zeros(0, dtype=np.int32), rng) for _ in rows]
        answers = [[*self._text(row).tolist(), END] for row in rows]
        words = padded([[*q, START, *a][:LONGEST] for q, a in zip(asked, answers, strict=True)])
        wanted = torch.full_like(words, -100)
        for i, (question, answer) in enumerate(zip(asked, answers, strict=True)):
            room = words.shape[1] - len(question)
            known = torch.tensor(answer[:room])
            wanted[i, len(question) : len(question) + len(known)] = known
        wanted = torch.where(wanted < model.word_head.out_features, wanted, -100)
        states, _ = model.run(spans, words, asked=False)
        scores = model.word_scores(states).float()
        return F.cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=-100)

    def _text(self, row: int) -> NDArray[np.int32]:
        return self._flat[self._ends[row] : self._ends[row + 1]]

    def _features(self, pictures: NDArray[np.int64]) -> torch.Tensor:
        assert self.pictures is not None
        return self.pictures[torch.from_numpy(pictures)]

    def _given(
        self,
        rows: NDArray[np.int64],
        *,
        rng: np.random.Generator,
        hidden: NDArray[np.bool_] | None = None,
    ) -> GivenPoses:
        """Bodies, half of them with bones a few degrees off, as an estimator sees them."""
        at = torch.from_numpy(rows)
        ways = self.directions[at]
        size = 0.12 * rng.random((len(rows), 1, 1)) * (rng.random((len(rows), 1, 1)) < 0.5)
        off = torch.from_numpy((size * rng.normal(size=ways.shape)).astype(np.float32))
        unseen = None if hidden is None else torch.from_numpy(hidden)
        return GivenPoses(F.normalize(ways + off, dim=-1), self.codes[at], unseen)

    def _instruction(
        self, task: LabTask, text: NDArray[np.int32], rng: np.random.Generator
    ) -> list[int]:
        sentences = self._sentences[task]
        before, after = sentences[int(rng.integers(len(sentences)))]
        if task in (LabTask.EDIT, LabTask.TEXT_TO_POSE) and rng.random() < _NO_TEXT:
            text = text[:0]
        return [START, *before, *text.tolist(), *after, END]

    @staticmethod
    def _blurred(words: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        """Some words made unknown, as a user's may be."""
        plain = words > UNKNOWN
        lost = torch.from_numpy(rng.random(tuple(words.shape)) < _UNKNOWN)
        some = torch.from_numpy(rng.random((len(words), 1)) < 0.3)
        return torch.where(plain & lost & some, UNKNOWN, words)


def _around(sentence: str, pieces: Pieces) -> tuple[list[int], list[int]]:
    before, _, after = sentence.partition("{text}")
    return pieces.rows(before), pieces.rows(after)


def pose_loss(
    model: PoseLM,
    lessons: Lessons,
    answers: Sequence[tuple[PredictedPose, NDArray[np.int64], NDArray[np.int64]]],
    *,
    weights: LossWeights,
) -> tuple[torch.Tensor, float]:
    """What the poses of a step cost, and their mean joint distance in metres.

    Args:
        model: that answered.
        lessons: that asked.
        answers: of `Lessons.pose_batch`; each has the others' bodies to be told from.
        weights: of the parts.
    """
    mean = torch.cat([answer.mean for answer, _, _ in answers])
    spread = torch.cat([answer.log_spread for answer, _, _ in answers])
    states = torch.cat([answer.states for answer, _, _ in answers])
    start = torch.from_numpy(np.concatenate([start for _, start, _ in answers]))
    end = torch.from_numpy(np.concatenate([end for _, _, end in answers]))
    ways, places, codes = lessons.directions[end], lessons.joints[end], lessons.codes[end]
    distance = (joints_of(mean) - places).norm(dim=-1).mean()
    off = (mean - ways).square().sum(-1).detach()
    likely = (off * torch.exp(-2 * spread) / 2 + 2 * spread).mean()
    keys = torch.cat([ways, lessons.directions[start]])
    key_joints = torch.cat([places, lessons.joints[start]]).flatten(1)
    scores = log_likelihoods(mean, spread, keys)
    same = torch.cdist(places.flatten(1), key_joints) < _SAME_M * 22**0.5
    own = torch.arange(len(end))
    same[own, own] = False
    found = F.cross_entropy(scores.masked_fill(same, -1e4), own)
    loss = weights.distance * distance + weights.likelihood * likely + weights.found * found
    for level, level_scores in enumerate(model.code_scores(states, codes)):
        share = _LEVEL_WEIGHTS[min(level, len(_LEVEL_WEIGHTS) - 1)]
        wanted = codes[..., level].flatten()
        costs = F.cross_entropy(level_scores.float().flatten(0, 1), wanted, label_smoothing=0.05)
        loss = loss + weights.codes * share * costs
    return loss, float(distance.detach())
