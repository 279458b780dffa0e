"""Many decisions at once: what would change is shown first, and all of it can be undone.

A bulk action is a list of ordinary events with one name, so its history reads like any other. What
has moved on between preview and action, or between action and undo, is left alone and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from autocompose.errors import ReviewError, TextError
from autocompose.review.queue.next_items import Selection, selected_ids
from autocompose.review.store.log import (
    append_save,
    read_events,
    state_at,
    stored_result,
    take_head,
)
from autocompose.review.store.records import Decision, EventKind, Judgement, Save, SaveResult
from autocompose.review.store.review_store import Store, current_state, read_items
from autocompose.review.store.tables import events
from autocompose.schema import BodyPart, PartDescription

Change = Callable[[Judgement], Judgement]
Mirror = Callable[[str], str]
"""A text with the subject's left and right exchanged; raises `TextError`."""

_CHUNK = 200


@dataclass(frozen=True)
class BulkChange:
    """One description as it is and as it would be."""

    description_id: str
    revision: int
    before: Judgement
    after: Judgement


@dataclass(frozen=True)
class Refused:
    """A description that a bulk action leaves alone, and why."""

    description_id: str
    why: str


@dataclass(frozen=True)
class BulkPreview:
    """What a bulk action would do. Nothing is written yet."""

    action: str
    changes: tuple[BulkChange, ...]
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class BulkResult:
    """What a bulk action, or its undo, did."""

    bulk: str
    saved: tuple[SaveResult, ...]
    refused: tuple[Refused, ...]


def preview_accept(
    store: Store, selection: Selection, *, only: Sequence[str] | None = None
) -> BulkPreview:
    """Accept every open description of a selection that no claim contradicts.

    Descriptions with an open conflict are refused: they need a person.

    Args:
        store: the store.
        selection: of descriptions; its ``verdict`` is not looked at.
        only: leave out all but these ids.
    """
    chosen = replace(selection, contradicted=False)
    ids = [
        i
        for verdict in (Decision.PENDING, Decision.SKIPPED)
        for i in selected_ids(store, replace(chosen, verdict=verdict))
    ]
    if only is not None:
        wanted = set(only)
        ids = [i for i in ids if i in wanted]
    return _preview(
        store, "accept", ids, change=lambda now: replace(now, verdict=Decision.ACCEPTED)
    )


def preview_flip(store: Store, ids: Sequence[str], mirror: Mirror) -> BulkPreview:
    """Exchange the subject's left and right in texts and parts.

    Args:
        store: the store.
        ids: of the descriptions.
        mirror: exchanges the sides of one text, or raises `TextError`, which refuses it.
    """
    return _preview(store, "flip sides", ids, change=lambda now: mirrored(now, mirror))


def apply_bulk(store: Store, preview: BulkPreview, *, operation: str, reviewer: str) -> BulkResult:
    """Do what a preview showed; sending the same operation again changes nothing more.

    Descriptions that were saved since the preview are left alone.

    Args:
        store: that the preview was made of.
        preview: what the reviewer saw.
        operation: id that makes sending it twice harmless.
        reviewer: who decides.
    """
    saves = [
        Save(
            f"{operation}:{change.description_id}", change.description_id, change.revision,
            change.after, reviewer, kind=EventKind.BULK, bulk=operation, strict=True,
        )
        for change in preview.changes
    ]  # fmt: skip
    return _append_all(store, operation, saves)


def bulk_reviewer(store: Store, bulk: str) -> str:
    """Who did a bulk action; empty where there is none of that name."""
    with store.database.read() as connection:
        query = select(events.c.reviewer).where(events.c.bulk == bulk).limit(1)
        return connection.execute(query).scalar() or ""


def undo_bulk(store: Store, bulk: str, *, operation: str, reviewer: str) -> BulkResult:
    """Take a bulk action back. What was saved on top of it stays as it is.

    Args:
        store: where the action was done.
        bulk: id of the action.
        operation: id that makes sending it twice harmless.
        reviewer: who takes it back.

    Raises:
        ReviewError: there is no such bulk action.
    """
    with store.database.read() as connection:
        done = list(read_events(connection, events.c.bulk == bulk))
        before = [state_at(connection, e.description_id, e.revision - 1).judgement for e in done]
    if not done:
        raise ReviewError(f'there is no bulk action "{bulk}" to undo')
    saves = [
        Save(
            f"{operation}:{event.description_id}", event.description_id, event.revision, judgement,
            reviewer, kind=EventKind.UNDO, bulk=operation, strict=True,
        )
        for event, judgement in zip(done, before, strict=True)
    ]  # fmt: skip
    return _append_all(store, operation, saves)


def mirrored(judgement: Judgement, mirror: Mirror) -> Judgement:
    """A judgement with the subject's left and right exchanged in every text, part and mark.

    Raises:
        TextError: a text cannot be mirrored.
    """
    parts = (PartDescription(row.part.mirrored, mirror(row.text)) for row in judgement.parts)
    wrong: tuple[BodyPart, ...] = tuple(part.mirrored for part in judgement.wrong_parts)
    return replace(
        judgement,
        phrasings=tuple(mirror(text) for text in judgement.phrasings),
        parts=tuple(parts),
        wrong_parts=wrong,
    )


def _preview(store: Store, action: str, ids: Sequence[str], *, change: Change) -> BulkPreview:
    changes, refused = [], []
    with store.database.read() as connection:
        for start in range(0, len(ids), _CHUNK):
            for item in read_items(connection, list(ids[start : start + _CHUNK])):
                before = item.state.judgement
                if item.state.conflicts:
                    refused.append(Refused(item.id, "two reviewers disagree on it; look at it"))
                    continue
                try:
                    after = change(before)
                except TextError as error:
                    refused.append(Refused(item.id, str(error)))
                    continue
                changes.append(BulkChange(item.id, item.state.revision, before, after))
    return BulkPreview(action, tuple(changes), tuple(refused))


def _append_all(store: Store, operation: str, saves: Sequence[Save]) -> BulkResult:
    saved, refused = [], []
    for start in range(0, len(saves), _CHUNK):
        # Short transactions: a long one would keep every other reviewer waiting.
        with store.database.write() as connection:
            take_head(connection)
            for save in saves[start : start + _CHUNK]:
                known = stored_result(connection, save.operation, save.description_id)
                if known is not None:
                    saved.append(known)
                elif current_state(connection, save.description_id).revision != save.base_revision:
                    refused.append(Refused(save.description_id, "was saved again in between"))
                else:
                    saved.append(append_save(connection, save, now=store.now()))
    return BulkResult(operation, tuple(saved), tuple(refused))
