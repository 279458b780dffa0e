"""How numbers become an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autocompose.language.reader.claims import Outcome
from autocompose.verify.pair_bodies import MeasuredChange

SHOWN = 1.0
"""Progress (in steps) from which a reading bears a claim out."""
NOTHING = 0.4
"""Progress under which a reading does not show the claim at all."""
AGAINST = -1.0
"""Progress from which a reading speaks for the opposite."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome and its evidence in words and numbers."""

    outcome: Outcome
    evidence: str

    def as_unknown(self) -> Finding:
        """The same evidence, undecided."""
        return Finding(Outcome.UNKNOWN, self.evidence)


def of_readings(found: Sequence[MeasuredChange], *, strict: bool = True) -> Finding:
    """Supported when one reading shows the change, contradicted when none does.

    Args:
        found: at least one.
        strict: nothing moving contradicts; otherwise only the opposite motion does.
    """
    known = [reading for reading in found if not np.isnan(reading.progress)]
    if not known:
        return Finding(Outcome.UNKNOWN, found[0].words())
    found = known
    firm = [reading for reading in found if not reading.soft] or list(found)
    best = max(firm, key=lambda reading: reading.progress)
    worst = min(firm, key=lambda reading: reading.progress)
    doubt = [reading for reading in found if reading.soft and reading.progress >= SHOWN]
    if doubt and best.progress < SHOWN:
        outcome = Outcome.SUPPORTED if best.progress >= NOTHING else Outcome.UNKNOWN
        return Finding(outcome, f"{doubt[0].words()}; {best.words()}")
    if best.progress >= SHOWN:
        if worst.progress <= AGAINST and best.progress < 2 * -worst.progress:
            return Finding(Outcome.UNKNOWN, f"{best.words()}, but {worst.words()}")
        return Finding(Outcome.SUPPORTED, best.words())
    if best.progress < NOTHING and (strict or worst.progress <= AGAINST):
        return Finding(Outcome.CONTRADICTED, worst.words())
    return Finding(Outcome.UNKNOWN, best.words())


def reverses(found: Sequence[MeasuredChange]) -> bool:
    """Whether something moves the other way and nothing moves as claimed."""
    return min(r.progress for r in found) <= AGAINST and max(r.progress for r in found) < NOTHING


def least(values: Sequence[float]) -> float:
    """The smallest of some numbers; NaN, unlike with `min`, when one of them is unknown."""
    return float(np.min(values))


def most(values: Sequence[float]) -> float:
    """The largest of some numbers; NaN when one of them is unknown."""
    return float(np.max(values))


def within(value: float, supported: tuple[float, float], allowed: tuple[float, float]) -> Outcome:
    """Supported inside the first range, contradicted outside the second, unknown between them."""
    if value != value:
        return Outcome.UNKNOWN  # a joint that it needs was built from its neighbours, or not seen
    if supported[0] <= value <= supported[1]:
        return Outcome.SUPPORTED
    if allowed[0] <= value <= allowed[1]:
        return Outcome.UNKNOWN
    return Outcome.CONTRADICTED
