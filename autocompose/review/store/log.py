"""The append-only log: how one decision becomes one event, and what follows from it.

Everything here runs inside a caller's writing transaction, which holds the log's head: an event,
the item it changes and the new head become durable together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from autocompose.errors import ReviewError
from autocompose.review.store.chain import event_hash
from autocompose.review.store.merge import merge, settle, signed
from autocompose.review.store.records import (
    Decision,
    EventKind,
    Judgement,
    LoggedEvent,
    ReviewState,
    Save,
    SaveResult,
    judgement_json,
    read_judgement,
    read_state,
    state_json,
    to_json,
)
from autocompose.review.store.tables import descriptions, events, heads, items, leases, search_texts
from autocompose.schema import Source, View, caption_key, caption_meaning

_BATCH = 1000
_DERIVED = {
    View.FORWARD: (View.REVERSE, View.MIRROR, View.MIRROR_REVERSE),
    View.REVERSE: (View.MIRROR_REVERSE,),
}
"""A view -> the views whose texts tell of the same change and grow stale with its text."""


def take_head(connection: Connection) -> Row[Any]:
    """Wait for this writer's turn and read the log's end."""
    query = select(heads).where(heads.c.name == "log")
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    return connection.execute(query).one()


def append_save(connection: Connection, save: Save, *, now: str) -> SaveResult:
    """Write one decision, merged with what was saved since its base revision.

    Args:
        connection: in a writing transaction.
        save: the decision.
        now: ISO time of the server.

    Raises:
        ReviewError: unknown description or revision, an operation id used for something else, or
            ``save.strict`` and the description has moved on.
        TextError: a text is empty or too long.
    """
    head = take_head(connection)
    submitted = _submitted(save)
    known = stored_result(connection, save.operation, save.description_id, submitted=submitted)
    if known is not None:
        return known
    row = _item(connection, save.description_id)
    current = read_state(row.state)
    if save.strict and save.base_revision != current.revision:
        raise ReviewError(
            f"description {save.description_id} is at revision {current.revision}, not"
            f" {save.base_revision}; look at it again"
        )
    save.judgement.check()
    state = _next_state(connection, save, current, row=row)
    event = _chained(save, submitted, state, head=head, now=now)
    connection.execute(insert(events), _event_row(event))
    connection.execute(
        update(heads).where(heads.c.name == "log").values(sequence=event.sequence, hash=event.hash)
    )
    _project(connection, save, state, row=row, now=now)
    merged = save.base_revision != current.revision
    return SaveResult(save.operation, event.sequence, state, merged=merged)


def append_import(
    connection: Connection, operation: str, summary: str, *, by: str, now: str
) -> None:
    """Note in the log which originals were added; their hashes are in ``summary`` (JSON).

    Args:
        connection: inside a transaction.
        operation: id of the import.
        summary: JSON.
        by: who imported.
        now: time in UTC, ISO 8601.
    """
    head = take_head(connection)
    nothing = Judgement(())
    save = Save(operation, "", 0, nothing, by, kind=EventKind.IMPORT)
    event = _chained(save, summary, ReviewState(0, nothing), head=head, now=now)
    connection.execute(insert(events), _event_row(event))
    connection.execute(
        update(heads).where(heads.c.name == "log").values(sequence=event.sequence, hash=event.hash)
    )


def state_at(connection: Connection, description_id: str, revision: int) -> ReviewState:
    """The description as it stood at a revision; revision 0 is the original.

    Args:
        connection: to the store.
        description_id: of the description.
        revision: counts the decisions on it.

    Raises:
        ReviewError: there is no such description or revision.
    """
    if revision == 0:
        original = connection.execute(
            select(descriptions.c.original).where(descriptions.c.id == description_id)
        ).scalar()
        if original is not None:
            return ReviewState(0, read_judgement(json.loads(original)))
    found = connection.execute(
        select(events.c.result).where(
            events.c.description_id == description_id, events.c.revision == revision
        )
    ).scalar()
    if found is None:
        raise ReviewError(f"description {description_id} has no revision {revision}")
    return read_state(found)


def read_events(connection: Connection, *conditions: Any) -> Iterator[LoggedEvent]:
    """Events in log order, streamed; ``conditions`` are clauses over the ``events`` table."""
    query = select(events).where(*conditions).order_by(events.c.sequence)
    result = connection.execution_options(yield_per=_BATCH).execute(query)
    for row in result.mappings():
        fields = dict(row)
        fields["kind"] = EventKind(fields["kind"])
        fields["description_id"] = fields["description_id"] or ""
        yield LoggedEvent(**fields)


def derived_keys(key: str) -> tuple[str, ...]:
    """The caption keys of the views that derive from a key's texts.

    >>> derived_keys("auto"), derived_keys("reverse"), derived_keys("sents")
    (('auto-reverse', 'auto-mirror', 'auto-mirror-reverse'), ('mirror-reverse',), ())
    """
    meaning = caption_meaning(key)
    if meaning is None or meaning.source is Source.HUMAN:
        return ()
    derived = _DERIVED.get(meaning.view, ())
    return tuple(caption_key(meaning.source, view, meaning.style) for view in derived)


def search_form(judgement: Judgement) -> str:
    """What a text search looks into: all sentences, case folded, without what columns refuse."""
    texts = "\n".join([*judgement.phrasings, *(part.text for part in judgement.parts)])
    return folded(texts)


def folded(text: str) -> str:
    """A text, or a query, in the form that is compared."""
    return text.casefold().replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def stored_result(
    connection: Connection, operation: str, description_id: str, *, submitted: str | None = None
) -> SaveResult | None:
    """The answer to an operation that is already in the log; None for a new one.

    Args:
        connection: inside a transaction.
        operation: id of the decision that is saved.
        description_id: what it is about.
        submitted: the decision as JSON; None does not compare it.

    Raises:
        ReviewError: the id stands for another decision.
    """
    known = connection.execute(select(events).where(events.c.operation == operation)).one_or_none()
    if known is None:
        return None
    same = submitted is None or submitted == known.submitted
    if not same or (known.description_id or "") != description_id:
        raise ReviewError(
            f"operation {operation} is already stored with different content;"
            " give each decision an id of its own"
        )
    merged = known.base_revision != known.revision - 1
    return SaveResult(
        operation, known.sequence, read_state(known.result), replayed=True, merged=merged
    )


def _item(connection: Connection, description_id: str) -> Row[Any]:
    row = connection.execute(
        select(items, descriptions.c.original)
        .join(descriptions, descriptions.c.id == items.c.description_id)
        .where(items.c.description_id == description_id)
    ).one_or_none()
    if row is None:
        raise ReviewError(f"description {description_id[:60]} is not in the store; import it first")
    return row


def _next_state(
    connection: Connection, save: Save, current: ReviewState, *, row: Row[Any]
) -> ReviewState:
    if not 0 <= save.base_revision <= current.revision:
        raise ReviewError(
            f"description {save.description_id} has revisions 0 to {current.revision},"
            f" not {save.base_revision}; load it again"
        )
    revision = current.revision + 1
    if save.kind is EventKind.OPINION:
        return replace(current, revision=revision)
    if save.base_revision == current.revision:
        conflicts = settle(current.conflicts, (), save.resolves)
        return ReviewState(revision, save.judgement, conflicts)
    base = state_at(connection, save.description_id, save.base_revision)
    merged = merge(base.judgement, current.judgement, save.judgement)
    new = signed(merged.conflicts, row.reviewer, save.reviewer)
    return ReviewState(revision, merged.judgement, settle(current.conflicts, new, save.resolves))


def _submitted(save: Save) -> str:
    return to_json({"judgement": judgement_json(save.judgement), "resolves": list(save.resolves)})


def _chained(
    save: Save, submitted: str, state: ReviewState, *, head: Row[Any], now: str
) -> LoggedEvent:
    event = LoggedEvent(
        sequence=head.sequence + 1,
        operation=save.operation,
        kind=save.kind,
        description_id=save.description_id,
        revision=state.revision,
        base_revision=save.base_revision,
        reviewer=save.reviewer,
        created_at=now,
        active_ms=save.active_ms,
        bulk=save.bulk,
        submitted=submitted,
        result=to_json(state_json(state)),
        previous_hash=head.hash,
        hash="",
    )
    return replace(event, hash=event_hash(event))


def _event_row(event: LoggedEvent) -> dict[str, Any]:
    # Imports have no description; NULLs are exempt from "one event per revision".
    row = vars(event).copy()
    return {**row, "kind": event.kind.value, "description_id": event.description_id or None}


def _project(
    connection: Connection, save: Save, state: ReviewState, *, row: Row[Any], now: str
) -> None:
    """Bring the item in line with its last event."""
    if save.kind is EventKind.OPINION:
        values: dict[str, Any] = {"revision": state.revision, "state": to_json(state_json(state))}
    else:
        values = {**item_values(state, row.original), "reviewer": save.reviewer}
        values |= {"reviewed_at": now, "stale": 0}
        before = read_state(row.state).judgement
        derived = derived_keys(row.caption_key)
        edits = before.phrasings != state.judgement.phrasings
        if derived and edits and not row.planted:
            connection.execute(
                update(items)
                .where(items.c.record_id == row.record_id, items.c.caption_key.in_(derived))
                .where(items.c.superseded == 0, items.c.planted == 0)
                .values(stale=1)
            )
        if not before.same_texts(state.judgement):
            connection.execute(
                update(search_texts)
                .where(search_texts.c.description_id == save.description_id)
                .values(content=search_form(state.judgement))
            )
    connection.execute(
        update(items).where(items.c.description_id == save.description_id).values(**values)
    )
    if save.judgement.verdict is not Decision.PENDING:
        connection.execute(
            delete(leases)
            .where(leases.c.description_id == save.description_id)
            .where(leases.c.reviewer == save.reviewer)
        )


def item_values(state: ReviewState, original: str) -> dict[str, Any]:
    """The columns of ``items`` that follow from a state and its original (JSON)."""
    judgement = state.judgement
    return {
        "revision": state.revision,
        "verdict": judgement.verdict.value,
        "flagged": int(judgement.flagged),
        "edited": int(not judgement.same_texts(read_judgement(json.loads(original)))),
        "conflicted": int(bool(state.conflicts)),
        "state": to_json(state_json(state)),
        "search_text": "",  # of schema 1; see the table search_texts
    }
