"""Rows of the tasks that are answered with a text, and R-precision by an independent scorer.

The scorer is the pose voice beside a checkpoint (`autocompose.model.pose_voice`): another network,
trained by another command with another loss. It knows the same training split, so figures by it say
how well texts and bodies fit in its eyes, no more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.evaluation.captions.r_precision import pool_precision
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.measured.lab_numbers import Interval, LabRow, interval
from autocompose.lab.wishes.writing import LearntText
from autocompose.language.reader.claims import ClaimReport, Outcome
from autocompose.model.composed import ComposedModel
from autocompose.model.pose_voice import PoseVoice, body_numbers
from autocompose.retrieval.encode import encode_texts

Floats = NDArray[np.float64]


class IndependentScorer:
    """How well texts fit changes between bodies, in the eyes of a pose voice.

    Args:
        model: a checkpoint.
        voice: the tower over joints beside it.
    """

    def __init__(self, model: ComposedModel, voice: PoseVoice) -> None:
        self._model, self._voice = model, voice

    def embedded(self, bodies: Sequence[Body]) -> torch.Tensor:
        """Unit features (N, D) of bodies."""
        numbers = body_numbers(Bodies.stacked(bodies), estimated=False)
        with torch.inference_mode():
            return self._voice.bodies(torch.from_numpy(numbers))

    def precision(
        self, texts: Sequence[str], starts: Sequence[Body], ends: Sequence[Body], *, seed: int = 0
    ) -> dict[str, Interval]:
        """R-precision in pools of 32: how often a pair's own text fits it best.

        Args:
            texts: N.
            starts: N bodies that the texts begin with.
            ends: N bodies that they should lead to.
            seed: of the pools.

        Raises:
            DatasetError: fewer than 32 different texts.
        """
        words = encode_texts(self._model, texts)
        before, after = self.embedded(starts), self.embedded(ends)

        def score(pair: int, pool: NDArray[np.intp]) -> Floats:
            with torch.inference_mode():
                start = before[pair].expand(len(pool), -1)
                queries = self._voice.queries(start, words[torch.from_numpy(pool)])
                return (queries @ after[pair]).numpy().astype(np.float64)

        found = pool_precision(texts, score, seed=seed)
        # Spread over ten draws of the pools, not over queries: it says how firm the pools are.
        return {
            f"R-precision {k}": Interval(
                value, value - 1.96 * found.spread[k], value + 1.96 * found.spread[k]
            )
            for k, value in found.percent.items()
        }

    def frechet(self, made: Sequence[Body], true: Sequence[Body]) -> float:
        """Frechet distance of two sets of bodies, on this scorer's features."""
        return frechet_distance(self.embedded(made).numpy(), self.embedded(true).numpy())


def frechet_distance(made: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Distance of two Gaussians fitted to features (N, D) and (M, D)."""
    a, b = made.astype(np.float64), true.astype(np.float64)
    first, second = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * cross)


def text_rows(
    task: str,
    written: Sequence[LearntText],
    *,
    starts: Sequence[Body],
    ends: Sequence[Body],
    scorer: IndependentScorer | None,
) -> list[LabRow]:
    """Rows of learnt texts: as they came first, and after those contradicted were drawn again.

    Args:
        task: its name.
        written: N texts.
        starts: N bodies; the standing one where poses are told by themselves.
        ends: N bodies.
        scorer: None leaves R-precision out.
    """
    again = 100 * np.mean([text.drawn > 1 for text in written])
    rows = []
    for name, reports in (
        ("pose-lm, first text", [text.first for text in written]),
        ("pose-lm, drawn again", [text.report for text in written]),
    ):
        values = {
            "claims true %": interval(_share(reports, Outcome.SUPPORTED)),
            "contradicted %": interval(_share(reports, Outcome.CONTRADICTED)),
            "claims a text": interval(np.array([float(len(r.claims)) for r in reports])),
        }
        texts = [report.text for report in reports]
        if scorer is not None and len(set(texts)) >= 32:
            values |= scorer.precision(texts, starts, ends)
        rows.append(LabRow(task, name, len(written), values))
    note = f"{again:.0f} % of the texts had a contradicted claim or none and were drawn again"
    last = rows[-1]
    rows[-1] = LabRow(last.task, last.method, last.queries, last.values, note)
    return rows


def _share(reports: Sequence[ClaimReport], outcome: Outcome) -> Floats:
    return np.array(
        [100 * r.count(outcome) / len(r.claims) if r.claims else np.nan for r in reports]
    )


def standing(count: int) -> list[Body]:
    """That many standing bodies."""
    return [Body(standing_body())] * count
