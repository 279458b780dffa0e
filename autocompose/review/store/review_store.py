"""The review store: every decision is kept, in order, exactly once.

Originals are never overwritten, the log is never edited, and what the page shows follows from both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from autocompose.errors import ReviewError
from autocompose.review.store.chain import ChainReport, check_chain
from autocompose.review.store.database import Database
from autocompose.review.store.log import (
    append_save,
    item_values,
    read_events,
    state_at,
    stored_result,
    take_head,
)
from autocompose.review.store.records import (
    ClaimMark,
    EventKind,
    LoggedEvent,
    ReviewItem,
    ReviewState,
    Save,
    SaveResult,
    read_judgement,
    read_state,
)
from autocompose.review.store.tables import (
    claims,
    descriptions,
    events,
    heads,
    items,
    plants,
    records,
)
from autocompose.schema import Source, View

MAX_ID = 200
"""Characters of an operation id."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The server's time."""
    return datetime.now(UTC)


class Store:
    """The decisions on all descriptions of one database.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user@host/name``.
        create: make a store that is not there.
        clock: the server's time; a page's clock is never trusted.

    Raises:
        StoreUnavailableError: it cannot be opened.
    """

    def __init__(self, url: str, *, create: bool = True, clock: Clock = utc_now) -> None:
        self.database = Database(url, create=create)
        self.clock = clock

    def __enter__(self) -> Store:
        """The store, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, whatever happened in the block."""
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def why_read_only(self) -> str:
        """Why no decision can be stored, in one line; empty where it can."""
        return self.database.why_read_only()

    def now(self) -> str:
        """The time as it is stored."""
        return self.clock().isoformat(timespec="microseconds")

    def save(self, save: Save) -> SaveResult:
        """Store a decision; when this returns it is on the disk. Sending it again is harmless.

        Raises:
            ReviewError: unknown description or revision, or an operation id used twice.
            TextError: a text is empty or too long.
            StoreUnavailableError: the store is full, read-only or away; nothing was written.
        """
        if not 0 < len(save.operation) <= MAX_ID:
            raise ReviewError(f"an operation id has 1 to {MAX_ID} characters; send a random one")
        if not save.reviewer:
            raise ReviewError("a decision needs a reviewer; log in")
        with self.database.write() as connection:
            return append_save(connection, save, now=self.now())

    def restore(
        self, description_id: str, revision: int, *, operation: str, reviewer: str
    ) -> SaveResult:
        """Make an earlier revision the current one, by a new event; 0 is the original.

        Args:
            description_id: of the description.
            revision: to go back to.
            operation: id that makes sending it twice harmless.
            reviewer: who goes back.

        Raises:
            ReviewError: there is no such description or revision.
        """
        with self.database.write() as connection:
            take_head(connection)
            known = stored_result(connection, operation, description_id)
            if known is not None:
                return known
            current = current_state(connection, description_id)
            save = Save(
                operation,
                description_id,
                current.revision,
                state_at(connection, description_id, revision).judgement,
                reviewer,
                kind=EventKind.RESTORE,
                resolves=tuple(conflict.field for conflict in current.conflicts),
            )
            return append_save(connection, save, now=self.now())

    def state(self, description_id: str) -> ReviewState:
        """A description as it stands.

        Raises:
            ReviewError: there is no such description.
        """
        with self.database.read() as connection:
            return current_state(connection, description_id)

    def item(self, description_id: str) -> ReviewItem:
        """A description with all that its card shows.

        Raises:
            ReviewError: there is no such description.
        """
        with self.database.read() as connection:
            found = read_items(connection, [description_id])
        if not found:
            raise ReviewError(f"description {description_id[:60]} is not in the store")
        return found[0]

    def history(self, description_id: str) -> tuple[LoggedEvent, ...]:
        """Every event of a description, oldest first."""
        with self.database.read() as connection:
            return tuple(read_events(connection, events.c.description_id == description_id))

    def verify(self) -> ChainReport:
        """Check the whole store: the chain, the originals, and that items follow from the log."""
        with self.database.read() as connection:
            report = check_chain(read_events(connection))
            problems = [*report.problems, *_head_problems(connection, report)]
            problems += _original_problems(connection)
            problems += _item_problems(connection)
        return ChainReport(report.events, report.head, tuple(problems))


def original_sha256(original: str, provenance: str) -> str:
    """What is kept beside an original, and in the log, to notice a change of it."""
    return hashlib.sha256(f"{original}\n{provenance}".encode()).hexdigest()


def current_state(connection: Connection, description_id: str) -> ReviewState:
    """A description as it stands.

    Raises:
        ReviewError: there is no such description.
    """
    found = connection.execute(
        select(items.c.state).where(items.c.description_id == description_id)
    ).scalar()
    if found is None:
        raise ReviewError(f"description {description_id[:60]} is not in the store; import it first")
    return read_state(found)


def read_items(connection: Connection, ids: list[str]) -> list[ReviewItem]:
    """Descriptions with all that their cards show, in the order of ``ids``; only known ones."""
    query = (
        select(
            items, records.c.reference, records.c.target, descriptions.c.original,
            descriptions.c.provenance, plants.c.exchanged,
        )
        .join(records, records.c.id == items.c.record_id)
        .join(descriptions, descriptions.c.id == items.c.description_id)
        .join(plants, plants.c.description_id == items.c.description_id, isouter=True)
        .where(items.c.description_id.in_(ids))
    )  # fmt: skip
    marks: dict[str, list[ClaimMark]] = {}
    asked = select(claims).where(claims.c.description_id.in_(ids))
    for row in connection.execute(asked.order_by(claims.c.text_index, claims.c.span_start)):
        marks.setdefault(row.description_id, []).append(
            ClaimMark(
                row.part, row.change, row.verdict, row.evidence, row.text_index, row.span_start,
                row.span_end,
            )
        )  # fmt: skip
    found = {row.description_id: row for row in connection.execute(query)}
    return [_item(found[i], tuple(marks.get(i, ()))) for i in ids if i in found]


def _item(row: Row[Any], marks: tuple[ClaimMark, ...]) -> ReviewItem:
    return ReviewItem(
        id=row.description_id,
        dataset=row.dataset,
        split=row.split,
        key=row.caption_key,
        view=View(row.view),
        source=Source(row.source),
        model=row.model,
        reference=row.reference,
        target=row.target,
        original=read_judgement(json.loads(row.original)),
        state=read_state(row.state),
        edited=bool(row.edited),
        stale=bool(row.stale),
        reasons=tuple(json.loads(row.card_reasons)),
        claims=marks,
        exchanged=bool(row.exchanged),
        provenance=json.loads(row.provenance),
    )


def _head_problems(connection: Connection, report: ChainReport) -> list[str]:
    head = read_head(connection)
    if (head.sequence, head.hash) == (report.events, report.head):
        return []
    return [f"the log ends at {report.events}, its head says {head.sequence}: events are missing"]


def read_head(connection: Connection) -> Row[Any]:
    """The log's end, for a reader."""
    return connection.execute(select(heads).where(heads.c.name == "log")).one()


def _original_problems(connection: Connection) -> list[str]:
    columns = descriptions.c
    rows = connection.execute(
        select(columns.id, columns.original, columns.provenance, columns.sha256)
    )
    changed = [
        row.id for row in rows if original_sha256(row.original, row.provenance) != row.sha256
    ]
    logged: dict[str, str] = {}
    for event in read_events(connection, events.c.kind == EventKind.IMPORT.value):
        logged |= json.loads(event.submitted)["originals"]
    known = {i: sha256 for i, sha256 in connection.execute(select(columns.id, columns.sha256))}
    changed += [i for i in known if logged.get(i) != known[i] and i not in changed]
    lost = [i for i in logged if i not in known]
    return [f"original {i}: was changed after its import" for i in changed] + [
        f"original {i}: is missing" for i in lost
    ]


def _item_problems(connection: Connection) -> list[str]:
    result = (
        select(events.c.result)
        .where(events.c.revision == items.c.revision)
        .where(events.c.description_id == items.c.description_id)
        .correlate(items)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            items.c.description_id, items.c.state, items.c.revision, items.c.verdict,
            items.c.edited, items.c.flagged, items.c.conflicted, items.c.search_text,
            descriptions.c.original, result.label("result"),
        ).join(descriptions, descriptions.c.id == items.c.description_id)
    )  # fmt: skip
    problems = []
    for row in rows:
        if row.revision and row.result != row.state:
            problems.append(f"item {row.description_id}: differs from its last event")
            continue
        expected = item_values(read_state(row.state), row.original)
        if any(expected[name] != getattr(row, name) for name in expected):
            problems.append(f"item {row.description_id}: differs from its own state")
    return problems
