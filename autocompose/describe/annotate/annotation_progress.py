"""How far a run is: pairs per second, discards, cost so far, time left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from autocompose.describe.annotate.results import AnnotationReport
from autocompose.describe.mllm.calls import Budget
from autocompose.schema import Event, OnEvent

_WINDOW = 64


class AnnotationProgress:
    """Turns finished pairs into events.

    Args:
        total: pairs of the run.
        budget: knows what is spent.
        listener: gets the events.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        total: int,
        budget: Budget,
        listener: OnEvent | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._budget = budget
        self._listener = listener
        self._clock = clock
        # Only the last pairs: those that were stored already say nothing of the speed to come.
        self._moments: deque[float] = deque([clock()], maxlen=_WINDOW)

    def step(self, report: AnnotationReport) -> None:
        """Tell of one more finished pair; ``report`` is of all so far."""
        self._moments.append(self._clock())
        if self._listener is None:
            return
        elapsed = self._moments[-1] - self._moments[0]
        rate = (len(self._moments) - 1) / elapsed if elapsed > 0 else 0.0
        left = (self._total - report.pairs) / rate if rate else 0.0
        known = self._budget.price is not None
        spent = f"${self._budget.spent:.4f} so far" if known else "price unknown"
        message = (
            f"{rate:.1f} pairs/s, {sum(report.discarded.values())} discarded, {spent},"
            f" {duration(left)} left"
        )
        self._listener(Event("annotate", report.pairs, self._total, message))


def duration(seconds: float) -> str:
    """Seconds in words of two units at most.

    >>> duration(3725)
    '1 h 2 min'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
