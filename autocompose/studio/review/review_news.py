"""What others saved over the decisions of a page, so that nobody learns of it by chance."""

from __future__ import annotations

import json
from collections.abc import Sequence

from autocompose.review.store.log import read_events
from autocompose.review.store.records import EventKind
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import events
from autocompose.studio.review.review_answers import NewsAnswer, NewsView

MAX_NEWS = 20
"""Of one answer, the oldest first; the rest comes with the next."""


def news_of(store: Store, ids: Sequence[str], since: int) -> NewsAnswer:
    """Saves of some descriptions after a place in the log that left two values of one field.

    Args:
        store: the store.
        ids: of the descriptions that a page has decided.
        since: place in the log after which is looked.
    """
    found: list[NewsView] = []
    sequence = since
    if not ids:
        return NewsAnswer(since, ())
    with store.database.read() as connection:
        later = events.c.sequence > since
        for event in read_events(connection, later, events.c.description_id.in_(ids)):
            sequence = event.sequence
            conflicts = json.loads(event.result)["conflicts"] if event.result else []
            if event.kind is EventKind.SAVE and conflicts:
                fields = tuple(conflict["field"] for conflict in conflicts)
                found.append(NewsView(event.description_id, sequence, event.reviewer, fields))
            if len(found) == MAX_NEWS:
                break
    return NewsAnswer(sequence, tuple(found))
