"""What the filters of a queue can be set to, and why a queue is empty."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection, func, select

from autocompose.review.queue.next_items import Selection, Session, conditions, waiting_conditions
from autocompose.review.store.records import Decision
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import items


@dataclass(frozen=True)
class Choices:
    """The values that occur in a store, each in order."""

    datasets: tuple[str, ...]
    splits: tuple[str, ...]
    models: tuple[str, ...]
    reviewers: tuple[str, ...]


@dataclass(frozen=True)
class Without:
    """How many descriptions there would be without one filter, a field of `Selection`."""

    name: str
    count: int


@dataclass(frozen=True)
class Emptiness:
    """Why nothing is left in a queue.

    Args:
        matching: descriptions that the filters leave, decided or not, whoever holds them.
        elsewhere: of those that wait, how many other reviewers hold now.
        skipped: of those that wait, how many this reviewer skipped.
        without: for each filter that is set, what would be there without it; only where nothing
            matches.
        unfiltered: what would be there without any filter.
    """

    matching: int
    elsewhere: int
    skipped: int
    without: tuple[Without, ...]
    unfiltered: int


def filter_choices(store: Store) -> Choices:
    """What the filters can be set to."""

    def values(connection: Connection, name: str) -> tuple[str, ...]:
        column = items.c[name]
        found = connection.execute(select(column).where(items.c.superseded == 0).distinct())
        return tuple(sorted(value for value in found.scalars() if value))

    with store.database.read() as connection:
        names = ("dataset", "split", "model", "reviewer")
        return Choices(*(values(connection, name) for name in names))


def explain_empty(
    store: Store, session: Session, selection: Selection, *, waiting: bool
) -> Emptiness:
    """Say why a selection gives this reviewer nothing.

    Args:
        store: the store.
        session: who asks.
        selection: the filters.
        waiting: whether only descriptions without a decision were asked for.
    """

    def counted(connection: Connection, chosen: Selection, *more: object) -> int:
        query = select(func.count()).select_from(items).where(*conditions(chosen))
        if waiting:
            query = query.where(
                items.c.verdict.in_([Decision.PENDING.value, Decision.SKIPPED.value])
            )
        return int(connection.execute(query.where(*more)).scalar_one())  # type: ignore[arg-type]

    empty = Selection()
    active = [f.name for f in fields(Selection) if getattr(selection, f.name) != f.default]
    elsewhere, skipped = waiting_conditions(session, store.clock().timestamp())
    with store.database.read() as connection:
        everything = select(func.count()).select_from(items).where(*conditions(selection))
        matching = int(connection.execute(everything).scalar_one())
        without = [] if matching else active
        return Emptiness(
            matching=matching,
            elsewhere=counted(connection, selection, elsewhere) if waiting else 0,
            skipped=counted(connection, selection, skipped) if waiting else 0,
            without=tuple(
                Without(
                    name,
                    counted(connection, replace(selection, **{name: getattr(empty, name)})),
                )
                for name in without
            ),
            unfiltered=counted(connection, empty),
        )
