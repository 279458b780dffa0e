"""The log's hash chain: each event's hash covers the event and the hash before it.

Whoever changes, removes or inserts an event has to change every later hash too; a copy of the
last hash kept elsewhere (`autocompose review verify` prints it) then tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from autocompose.review.store.records import LoggedEvent, to_json

FIRST_HASH = "0" * 64
"""Stands before the first event."""


@dataclass(frozen=True)
class ChainReport:
    """What a walk over the log found.

    Args:
        events: how many were read.
        head: hash of the last sound one.
        problems: one line per finding, in log order; empty when the log is sound.
    """

    events: int
    head: str
    problems: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def event_hash(event: LoggedEvent) -> str:
    """SHA-256 over every field but the hash itself."""
    fields = asdict(event)
    del fields["hash"]
    return hashlib.sha256(to_json({**fields, "kind": event.kind.value}).encode()).hexdigest()


def check_chain(events: Iterable[LoggedEvent]) -> ChainReport:
    """Walk the log in order of sequence.

    Checks that sequences have no gap, each hash fits its event and the one before, no operation
    stands there twice, and each description's revisions count up by one.
    """
    problems: list[str] = []
    previous, count = FIRST_HASH, 0
    revisions: dict[str, int] = {}
    operations: set[str] = set()
    for count, event in enumerate(events, start=1):
        here = f"event {event.sequence} ({event.operation})"
        if event.sequence != count:
            problems.append(f"{here}: expected sequence {count}")
            break  # everything behind a gap would be reported again
        if event.previous_hash != previous:
            problems.append(f"{here}: does not follow the event before it")
        if event.hash != event_hash(event):
            problems.append(f"{here}: was changed after it was written")
        if event.operation in operations:
            problems.append(f"{here}: the operation is stored twice")
        if event.description_id:
            if event.revision != revisions.get(event.description_id, 0) + 1:
                problems.append(f"{here}: revision {event.revision} is out of order")
            revisions[event.description_id] = event.revision
        operations.add(event.operation)
        previous = event.hash
    return ChainReport(count, previous, tuple(problems))
