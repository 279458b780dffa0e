"""Cases that an error analysis sent to the queue: why, and how the query did when it was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from autocompose.review.store.records import Decision
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import cases, items, records

SENT_SCORE = 1.0
"""Place in the order by expected error: before everything that was only measured."""

SIGN = "Error analysis: "
"""How the reason of a sent case begins; only one of a description is shown."""


@dataclass(frozen=True)
class ReviewCase:
    """A case in the queue, and what became of its description since.

    Args:
        description: its id.
        reason: as the card shows it.
        rank: of the target when it was sent.
        verdict: of the description as it stands.
        edited: its texts are no longer those that were imported.
    """

    description: str
    reason: str
    rank: int
    sent_by: str
    verdict: Decision
    edited: bool


def note_case(store: Store, description_id: str, reason: str, *, rank: int, by: str) -> None:
    """Put a description at the head of the queue, with a reason; an earlier one is replaced.

    Args:
        store: the store.
        description_id: of the description.
        reason: one line; `SIGN` is put before it.
        rank: of the target now.
        by: who sends it.
    """
    words = SIGN + reason
    with store.database.write() as connection:
        connection.execute(delete(cases).where(cases.c.description_id == description_id))
        row = {"description_id": description_id, "reason": words, "rank": rank, "sent_by": by}
        connection.execute(insert(cases), [{**row, "sent_at": store.now()}])
        own = items.c.description_id == description_id
        shown = connection.execute(select(items.c.card_reasons).where(own)).scalar() or "[]"
        others = [why for why in json.loads(shown) if not str(why).startswith(SIGN)]
        connection.execute(
            update(items)
            .where(own)
            .values(score=SENT_SCORE, card_reasons=json.dumps([words, *others]))
        )


def sent_reasons(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Description id -> its case's reason, of those that were sent.

    Args:
        connection: of the store.
        ids: of descriptions.
    """
    query = select(cases.c.description_id, cases.c.reason)
    found = connection.execute(query.where(cases.c.description_id.in_(ids)))
    return {row.description_id: row.reason for row in found}


def cases_of(
    store: Store, dataset: str, split: str, *, key: str
) -> Mapping[tuple[str, str], ReviewCase]:
    """Reference and target -> the case of their texts under a key.

    Args:
        store: the store.
        dataset: its name.
        split: its name.
        key: of the texts.
    """
    query = (
        select(cases, items.c.verdict, items.c.edited, records.c.reference, records.c.target)
        .join(items, items.c.description_id == cases.c.description_id)
        .join(records, records.c.id == items.c.record_id)
        .where(items.c.dataset == dataset, items.c.split == split, items.c.caption_key == key)
        .where(items.c.superseded == 0, items.c.planted == 0)
    )
    with store.database.read() as connection:
        rows = connection.execute(query).all()
    return {
        (row.reference, row.target): ReviewCase(
            row.description_id, row.reason, row.rank, row.sent_by, Decision(row.verdict),
            bool(row.edited),
        )
        for row in rows
    }  # fmt: skip
