"""Distances of bodies, means with intervals, and the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval from a bootstrap over queries."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """``183.5 [178.0, 189.1]``."""
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]"


@dataclass(frozen=True)
class LabRow:
    """One line of the table.

    Args:
        task: what was asked.
        method: who answered.
        queries: how many.
        values: name -> mean with its interval.
        note: what has to be known to read it.
    """

    task: str
    method: str
    queries: int
    values: Mapping[str, Interval] = field(default_factory=dict)
    note: str = ""


def interval(values: NDArray[Any], *, seed: int = 0, resamples: int = 1000) -> Interval:
    """The mean of values over queries, and where it lies in 95 % of draws of as many queries.

    Args:
        values: (Q,), NaN where a query has none.
        seed: of the draws.
        resamples: how many draws.
    """
    known = np.asarray(values).astype(np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=resamples)
    low, high = np.percentile(shares @ known / len(known), [2.5, 97.5])
    return Interval(float(known.mean()), float(low), float(high))


def ratio_interval(
    totals: NDArray[Any], counts: NDArray[Any], *, seed: int = 0, resamples: int = 1000
) -> Interval:
    """The mean over all items of bodies that have several, with an interval over bodies.

    Args:
        totals: (Q,) sum over the items of each body.
        counts: (Q,) how many items it has.
        seed: of the draws.
        resamples: how many draws of as many bodies.
    """
    size = len(counts)
    if not size or not counts.sum():
        return Interval(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(size, np.full(size, 1 / size), size=resamples)
    drawn = (shares @ totals) / np.maximum(shares @ counts, 1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(totals.sum() / counts.sum()), float(low), float(high))


def aligned_distance(bodies: NDArray[Any], true: Floats) -> Floats:
    """(N,) mean joint distance after the best rotation, scale and shift (Procrustes), metres.

    Args:
        bodies: (N, 22, 3).
        true: (N, 22, 3), what they are aligned to.
    """
    a, b = bodies - bodies.mean(1, keepdims=True), true - true.mean(1, keepdims=True)
    u, size, vt = np.linalg.svd(a.transpose(0, 2, 1) @ b)
    flip = np.ones_like(size)
    flip[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * flip[:, None]) @ vt
    scale = (size * flip).sum(1) / np.maximum((a * a).sum((1, 2)), 1e-12)
    return np.linalg.norm(scale[:, None, None] * (a @ rotation) - b, axis=-1).mean(-1)


def ranks_of_targets(
    scores: Floats, targets: NDArray[np.intp], left_out: NDArray[np.intp]
) -> Floats:
    """(Q,) rank of each target, counted from 1; one body of each query is left out.

    Args:
        scores: (Q, B), larger is better.
        targets: (Q,) columns.
        left_out: (Q,) columns of the references.
    """
    rows = np.arange(len(scores))
    kept = scores.copy()
    kept[rows, left_out] = -np.inf
    return 1.0 + (kept > kept[rows, targets][:, None]).sum(1)


def table(rows: list[LabRow]) -> str:
    """The rows as Markdown, one table for each task."""
    lines: list[str] = []
    for task in dict.fromkeys(row.task for row in rows):
        own = [row for row in rows if row.task == task]
        names = list(dict.fromkeys(name for row in own for name in row.values))
        lines += [f"\n{task}\n", "| method | " + " | ".join(names) + " | queries |"]
        lines.append("|" + "---|" * (len(names) + 2))
        for row in own:
            cells = [str(row.values[n]) if n in row.values else "" for n in names]
            lines.append(f"| {row.method} | " + " | ".join(cells) + f" | {row.queries} |")
        lines += [f"\n{row.method}: {row.note}" for row in own if row.note]
    return "\n".join(lines).strip()
