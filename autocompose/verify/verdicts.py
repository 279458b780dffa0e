"""How numbers become an outcome, for any number of pairs at once.

Codes of outcomes are +1 (supported), 0 (unknown) and -1 (contradicted): a negation is a change of
sign, and of two that must both hold the smaller counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.language.reader.claims import Outcome
from autocompose.thresholds import threshold
from autocompose.verify.pair_bodies import MeasuredChange, Numbers
from autocompose.verify.spoken import Spoken, SpokenChange, at_row

SHOWN = threshold("shown")
"""Progress (in steps) from which a reading bears a claim out."""
NOTHING = threshold("nothing")
"""Progress under which a reading does not show the claim at all."""
NOTHING_SLIGHT = threshold("nothing slight")
"""The same of a description's claim that something changes slightly."""
AGAINST = threshold("against")
"""Progress from which a reading speaks for the opposite."""
_DIVIDED = threshold("divided")

SUPPORTED, UNKNOWN, CONTRADICTED = 1, 0, -1
_OUTCOMES = {1: Outcome.SUPPORTED, 0: Outcome.UNKNOWN, -1: Outcome.CONTRADICTED}

Codes = NDArray[np.int8]
Evidence = Callable[[int], str]
"""The evidence of one pair of those that are judged, by its row."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcomes of N pairs and their evidence in words and numbers.

    Args:
        codes: (N,) or (1,) where it is the same for all.
        evidence: of a row, made only when it is asked for.
    """

    codes: Codes
    evidence: Evidence

    @classmethod
    def same(cls, outcome: Outcome, evidence: str) -> Finding:
        """One outcome for all pairs."""
        code = next(code for code, known in _OUTCOMES.items() if known is outcome)
        return cls(np.array([code], dtype=np.int8), lambda row: evidence)

    def outcome(self, row: int = 0) -> Outcome:
        """The outcome of one pair."""
        return _OUTCOMES[int(at_row(self.codes, row))]

    def as_unknown(self) -> Finding:
        """The same evidence, undecided."""
        return Finding(np.zeros_like(self.codes), self.evidence)

    def unless_contradicted(self) -> Finding:
        """The same evidence, undecided where it is contradicted."""
        return Finding(np.maximum(self.codes, UNKNOWN), self.evidence)


def of_readings(
    found: Sequence[MeasuredChange],
    *,
    strict: bool | NDArray[np.bool_] = True,
    nothing: float = NOTHING,
    doubt: float = SHOWN,
) -> Finding:
    """Supported when one reading shows the change, contradicted when none does.

    Args:
        found: at least one; a row in which all are unknown stays unknown.
        strict: nothing moving contradicts; otherwise only the opposite motion does.
        nothing: progress under which a reading does not show the claim at all.
        doubt: progress from which a soft reading casts doubt on the others.
    """
    progress = _progress(found)
    known = ~np.isnan(progress)
    soft = np.array([reading.soft for reading in found])[:, None]
    firm = known & (~soft | ~(known & ~soft).any(0))
    best = np.where(firm, progress, -np.inf).max(0)
    worst = np.where(firm, progress, np.inf).min(0)
    backed, doubted = (
        (known & soft & (progress >= least)).any(0) & (best < SHOWN) for least in (SHOWN, doubt)
    )
    divided = (worst <= AGAINST) & (best < -_DIVIDED * worst)
    shows = np.where(divided, UNKNOWN, SUPPORTED)
    fails = (best < nothing) & (strict | (worst <= AGAINST))
    codes = np.where(best >= SHOWN, shows, np.where(fails, CONTRADICTED, UNKNOWN))
    codes = np.where(doubted, np.maximum(codes, UNKNOWN), codes)
    codes = np.where(backed & (best >= nothing), SUPPORTED, codes)
    codes = np.where(known.any(0), codes, UNKNOWN).astype(np.int8)

    def evidence(row: int) -> str:
        at = min(row, progress.shape[1] - 1)
        one = np.where(firm[:, at], progress[:, at], np.nan)
        if np.isnan(one).all():
            return found[0].words(row)
        high = found[int(np.nanargmax(one))].words(row)
        low = found[int(np.nanargmin(one))].words(row)
        if doubted[at]:
            softs = (i for i, r in enumerate(found) if r.soft and progress[i, at] >= doubt)
            return f"{found[next(softs)].words(row)}; {high}"
        if codes[at] == CONTRADICTED:
            return low
        return f"{high}, but {low}" if best[at] >= SHOWN and divided[at] else high

    return Finding(codes, evidence)


def told(found: Sequence[MeasuredChange]) -> NDArray[np.bool_]:
    """(N,) where any reading is known at all."""
    return np.array(np.isfinite(_progress(found)).any(0), dtype=np.bool_)


def reverses(found: Sequence[MeasuredChange]) -> NDArray[np.bool_]:
    """(N,) whether something moves the other way and nothing moves as claimed."""
    progress = _progress(found)
    known = ~np.isnan(progress)
    least = np.where(known, progress, np.inf).min(0)
    most = np.where(known, progress, -np.inf).max(0)
    return np.array((least <= AGAINST) & (most < NOTHING), dtype=np.bool_)


def _progress(found: Sequence[MeasuredChange]) -> NDArray[np.float64]:
    """(readings, N); NaN where unknown."""
    return np.stack(np.broadcast_arrays(*(np.atleast_1d(r.progress) for r in found)))


def within(value: Numbers, supported: tuple[float, float], allowed: tuple[float, float]) -> Codes:
    """Supported inside the first range, contradicted outside the second, unknown between them.

    Args:
        value: (N,); unknown where it is NaN, as when a joint that it needs was not seen.
        supported: lowest and highest value that bears the claim out.
        allowed: those that do not speak against it.
    """
    value = np.atleast_1d(value)
    inside = (supported[0] <= value) & (value <= supported[1])
    possible = (allowed[0] <= value) & (value <= allowed[1]) | np.isnan(value)
    return np.where(inside, SUPPORTED, np.where(possible, UNKNOWN, CONTRADICTED)).astype(np.int8)


def said(words: str, *values: object) -> Evidence:
    """Evidence from a format and its values, numbers of all rows among them."""

    def evidence(row: int) -> str:
        told = (
            value.at(row) if isinstance(value, Spoken | SpokenChange) else at_row(value, row)
            for value in values
        )
        return words.format(*told)

    return evidence
