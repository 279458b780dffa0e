"""Which descriptions a reviewer reads for the second time, to measure agreement."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, func, select

from autocompose.review.queue.next_items import Selection, Session, conditions
from autocompose.review.store.records import Decision, EventKind, ReviewItem
from autocompose.review.store.review_store import Store, read_items
from autocompose.review.store.tables import events, items


def second_readings(
    store: Store,
    session: Session,
    *,
    share: float,
    readers: int = 2,
    count: int = 20,
    held: Sequence[str] = (),
) -> tuple[ReviewItem, ...]:
    """Descriptions of the overlap that this reviewer has not read and that lack readers.

    The overlap is a fixed sample: an id is in it by its hash, whoever asks. The page shows the
    original and saves an opinion, so that a second reading is blind to the first.

    Args:
        store: the store.
        session: who reads.
        share: of all descriptions, 0 to 1.
        readers: how many people should read each.
        count: at most so many, without those held already.
        held: ids the page still has.
    """
    limit = f"{min(int(share * 2**32), 2**32 - 1):08x}"
    kinds = (EventKind.SAVE.value, EventKind.OPINION.value)
    read = (events.c.description_id == items.c.description_id, events.c.kind.in_(kinds))
    readings = select(func.count(func.distinct(events.c.reviewer))).where(*read).scalar_subquery()
    query = select(items.c.description_id).where(
        *conditions(Selection()),
        items.c.shuffle < limit,
        items.c.verdict.in_([Decision.ACCEPTED.value, Decision.REJECTED.value]),
        ~exists().where(*read, events.c.reviewer == session.reviewer),
        readings < readers,
    )
    if held:
        query = query.where(items.c.description_id.not_in(held))
    with store.database.read() as connection:
        shuffled = query.order_by(items.c.shuffle, items.c.description_id).limit(count)
        ids = list(connection.execute(shuffled).scalars())
        return tuple(read_items(connection, ids))
