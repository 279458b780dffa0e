"""Rows of the tasks that are answered with a text, and R-precision by an independent scorer.

The scorer is another network, taught on the bodies of another split (`pair_text`). Its texts are of
the same rules, so figures by it say how well texts and bodies fit in its eyes, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.errors import MissingExtraError
from autocompose.evaluation.captions import text_metrics
from autocompose.evaluation.captions.r_precision import POOL, pool_precision
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.measured.lab_numbers import Interval, LabRow, interval
from autocompose.lab.measured.lab_queries import LabQueries
from autocompose.lab.measured.pair_text import (
    PairText,
    embedded_pairs,
    embedded_poses,
    embedded_texts,
)
from autocompose.lab.wishes.writing import LearntText
from autocompose.language.reader.claims import ClaimReport, Outcome
from autocompose.verify.judge import PairJudge

Floats = NDArray[np.float64]

_SCORER = "the scorer of R-precision itself, taught on another split"


class PairTextScorer:
    """How well texts fit changes between bodies, in the eyes of a model of another split.

    Args:
        model: see `autocompose.lab.measured.pair_text`.
    """

    def __init__(self, model: PairText) -> None:
        self._model = model

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
        fits = (
            embedded_pairs(self._model, starts, ends) @ embedded_texts(self._model, texts).T
        ).numpy()

        def score(pair: int, pool: NDArray[np.intp]) -> Floats:
            return fits[pair, pool].astype(np.float64)

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
        a, b = (embedded_poses(self._model, bodies).numpy() for bodies in (made, true))
        return frechet_distance(a, b)

    def recalls(self, task: str, texts: Sequence[str], queries: LabQueries) -> list[LabRow]:
        """Rows of retrieval in both directions among all pairs of a split.

        Args:
            task: name of the rows.
            texts: one for each query.
            queries: the pairs.
        """
        ends = [queries.bodies[row] for row in queries.target]
        fits = (
            embedded_texts(self._model, texts)
            @ embedded_pairs(self._model, queries.references(), ends).T
        ).numpy()
        rows = []
        for name, scores in (("text to pair", fits), ("pair to text", fits.T)):
            own = np.arange(len(texts))
            ranks = 1 + (scores > scores[own, own][:, None]).sum(1)
            values = {f"R@{k}": interval(100.0 * (ranks <= k)) for k in (1, 5, 10)}
            rows.append(LabRow(task, name, len(texts), values, _SCORER))
        return rows


def frechet_distance(made: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Distance of two Gaussians fitted to features (N, D) and (M, D)."""
    a, b = made.astype(np.float64), true.astype(np.float64)
    first, second = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * cross)


@dataclass(frozen=True, eq=False)
class TextsAsked:
    """Changes that are put into words.

    Args:
        task: name of the rows.
        starts: N bodies; the standing one where poses are told by themselves.
        ends: N bodies.
        references: texts of each change that answers are compared with, for BLEU and its kin.
    """

    task: str
    starts: Sequence[Body]
    ends: Sequence[Body]
    references: Sequence[Sequence[str]] = ()


def learnt_rows(
    asked: TextsAsked, written: Sequence[LearntText], scorer: PairTextScorer | None
) -> list[LabRow]:
    """Rows of learnt texts: as they came first, and after those that do not hold were drawn again.

    Args:
        asked: what was put into words.
        written: N texts.
        scorer: None leaves R-precision out.
    """
    again = 100 * np.mean([text.drawn > 1 for text in written])
    joined = 100 * np.mean([text.joined for text in written])
    note = (
        f"{again:.0f} % of the texts had a claim that does not hold, or none, and were drawn again;"
        f" {joined:.0f} % are clauses of several draws"
    )
    return [
        text_row(asked, "pose-lm, first text", [text.first for text in written], scorer=scorer),
        text_row(
            asked,
            "pose-lm, drawn again",
            [text.report for text in written],
            scorer=scorer,
            note=note,
        ),
    ]


def given_row(
    asked: TextsAsked, name: str, texts: Sequence[str], *, scorer: PairTextScorer | None
) -> LabRow:
    """The row of texts that somebody else wrote.

    Args:
        asked: what was put into words.
        name: of the row.
        texts: N.
        scorer: None leaves R-precision out.
    """
    ends = zip(asked.starts, asked.ends, texts, strict=True)
    reports = [PairJudge(start, end).check(text) for start, end, text in ends]
    return text_row(asked, name, reports, scorer=scorer)


def text_row(
    asked: TextsAsked,
    name: str,
    reports: Sequence[ClaimReport],
    *,
    scorer: PairTextScorer | None,
    note: str = "",
) -> LabRow:
    """One row: claims held against the bodies, R-precision, and likeness to the references.

    Args:
        asked: what was put into words.
        name: of the row.
        reports: N texts with their judged claims.
        scorer: None leaves R-precision out.
        note: of the row.
    """
    texts = [report.text for report in reports]
    values = {
        "claims true %": interval(_share(reports, Outcome.SUPPORTED)),
        "contradicted %": interval(_share(reports, Outcome.CONTRADICTED)),
        "claims a text": interval(np.array([float(len(r.claims)) for r in reports])),
    }
    if scorer is not None and len(set(texts)) >= POOL:
        values |= scorer.precision(texts, asked.starts, asked.ends)
    return LabRow(asked.task, name, len(reports), values, _with_likeness(note, texts, asked))


def _with_likeness(note: str, texts: Sequence[str], asked: TextsAsked) -> str:
    """BLEU and its kin in the note: they count words, and are no headline."""
    if not asked.references:
        return note
    found = []
    for name, metric in (
        ("BLEU-4", text_metrics.bleu_4),
        ("ROUGE-L", text_metrics.rouge_l),
        ("METEOR", text_metrics.meteor),
    ):
        with suppress(MissingExtraError):
            found.append(f"{name} {metric(texts, asked.references):.1f}")
    likeness = f"{', '.join(found)} against the texts by rules" if found else ""
    return "; ".join(part for part in (note, likeness) if part)


def _share(reports: Sequence[ClaimReport], outcome: Outcome) -> Floats:
    return np.array(
        [100 * r.count(outcome) / len(r.claims) if r.claims else np.nan for r in reports]
    )


def standing(count: int) -> list[Body]:
    """That many standing bodies."""
    return [Body(standing_body())] * count
