"""Progress of a loop: the rows pass unchanged, and a listener hears how many have passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from autocompose.schema import Event, OnEvent

_STEPS = 100
Row = TypeVar("Row")


def counted(
    rows: Iterable[Row], total: int, stage: str, *, on_event: OnEvent | None
) -> Iterator[Row]:
    """The rows as they come, with some hundred events on the way and one after the last row.

    Args:
        rows: as many as ``total``.
        total: what the events count up to.
        stage: name of the work for the events.
        on_event: called with progress; None for no events.
    """
    step = max(total // _STEPS, 1)
    for done, row in enumerate(rows, 1):
        yield row
        if on_event is not None and (done % step == 0 or done == total):
            on_event(Event(stage, done, total))
