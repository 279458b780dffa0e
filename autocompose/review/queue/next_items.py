"""The queue: what a reviewer sees next, filters and search, and leases that keep two apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from autocompose.data.captions.caption_keys import NEW_WORDS_KEY
from autocompose.review.store.log import folded, take_head
from autocompose.review.store.records import Decision, ReviewItem
from autocompose.review.store.review_store import Store, read_items
from autocompose.review.store.tables import claims, events, item_parts, items, leases, search_texts
from autocompose.schema import BodyPart, Source, View

Chosen = TypeVar("Chosen", bound=Select)

_SPARE = 20
"""Items looked at beyond twice those asked for, as others may take some meanwhile."""

LEASE_SECONDS = 600.0
"""How long an item that was handed out stays with its session without a sign of life."""


class Order(str, Enum):
    """How the queue is sorted; the id breaks ties, so that it never jumps."""

    ERROR = "error"
    RANDOM = "random"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True)
class Selection:
    """Which descriptions are meant. A field that is None or empty does not narrow it.

    Args:
        claim_verdict: ``contradicted``, ``supported`` or ``unknown``: some claim (of ``part``, if
            given) has it.
        text: a part of a sentence as it now reads, in any case.
        contradicted: False leaves out every description with a contradicted claim.
        flagged, edited, conflicted, stale: as shown on the card.
    """

    dataset: str = ""
    split: str = ""
    view: View | None = None
    source: Source | None = None
    model: str = ""
    part: BodyPart | None = None
    verdict: Decision | None = None
    claim_verdict: str = ""
    reviewer: str = ""
    text: str = ""
    contradicted: bool | None = None
    flagged: bool | None = None
    edited: bool | None = None
    conflicted: bool | None = None
    stale: bool | None = None


@dataclass(frozen=True)
class Page:
    """A part of a selection and how many there are in all."""

    items: tuple[ReviewItem, ...]
    total: int


@dataclass(frozen=True)
class Session:
    """One open page of one reviewer: leases belong to it."""

    id: str
    reviewer: str


def find(
    store: Store,
    selection: Selection,
    *,
    order: Order = Order.ERROR,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """Look through a selection, without leases: for lists and search.

    Args:
        store: what is searched.
        selection: what the filters are set to.
        order: of the list.
        limit: at most this many items.
        offset: items of the list that are passed over.
    """
    with store.database.read() as connection:
        # Matches are counted in the same pass: a search reads every text once.
        total_of_all = func.count().over().label("total")
        if connection.dialect.name == "sqlite":
            chosen = select(items.c.description_id, total_of_all).where(*conditions(selection))
            query = _ordered(chosen, items.c, order)
        else:
            # PostgreSQL plans for the few rows of LIMIT, one index look-up per item; the count
            # needs them all. A materialized set is planned as a whole: a third of the time.
            chosen = select(items.c.description_id, *_keys(items.c, order))
            matches = chosen.where(*conditions(selection)).cte("matches")
            matches = matches.prefix_with("MATERIALIZED")
            query = _ordered(select(matches.c.description_id, total_of_all), matches.c, order)
        rows = connection.execute(query.limit(limit).offset(offset)).all()
        found = read_items(connection, [row.description_id for row in rows])
        total = rows[0].total if rows else 0
        if offset and not rows:
            counted = select(func.count()).select_from(items).where(*conditions(selection))
            total = connection.execute(counted).scalar_one()
    return Page(tuple(found), int(total))


def selected_ids(store: Store, selection: Selection) -> tuple[str, ...]:
    """Every id of a selection but planted ones, in the order of the files: for bulk actions."""
    query = _ordered(_chosen(selection).where(items.c.planted == 0), items.c, Order.SEQUENTIAL)
    with store.database.read() as connection:
        return tuple(connection.execute(query).scalars())


def next_items(
    store: Store,
    session: Session,
    selection: Selection,
    *,
    order: Order = Order.ERROR,
    count: int = 20,
    held: Sequence[str] = (),
) -> tuple[ReviewItem, ...]:
    """Hand out open descriptions to one session; nobody else gets them while it holds them.

    Open are those without a decision. What somebody skipped goes to the others, after the rest.

    Args:
        store: the store.
        session: whose leases these become.
        selection: narrows the queue; its ``verdict`` is not looked at.
        order: of the queue.
        count: at most so many, counting neither those held already nor those of others.
        held: ids the page still has; their leases are renewed.
    """
    now = store.clock().timestamp()
    until = now + LEASE_SECONDS
    search = _Search(session, selection, order, tuple(held), now)
    # A search through every text takes a while: it is done before others have to wait for it.
    with store.database.read() as connection:
        likely = search.run(connection, 2 * count + _SPARE)
    with store.database.write() as connection:
        take_head(connection)
        connection.execute(delete(leases).where(leases.c.expires_at <= now))
        _renew(connection, session, held, until=until)
        ids = search.run(connection, count, among=likely)
        if len(ids) < count and len(likely) == 2 * count + _SPARE:
            ids = search.run(connection, count)  # others took what was found
        # What this session was given before and lost (a page that was reloaded) comes again.
        taken = set(
            connection.execute(
                select(leases.c.description_id).where(leases.c.description_id.in_(ids))
            ).scalars()
        )
        rows = [
            {"description_id": i, "session": session.id, "reviewer": session.reviewer,
             "expires_at": until}
            for i in ids if i not in taken
        ]  # fmt: skip
        if rows:
            connection.execute(insert(leases), rows)
        _renew(connection, session, sorted(taken), until=until)
        found = read_items(connection, ids)
    return tuple(found)


def renew(store: Store, session: Session, held: Sequence[str]) -> tuple[str, ...]:
    """A sign of life: what the session holds stays with it, and what nobody took comes back.

    Args:
        store: where the leases are.
        session: of the reviewer's page.
        held: ids of the descriptions that the page holds.

    Returns:
        Of ``held``, what is the session's now; somebody else has the rest, or has decided it.
    """
    now = store.clock().timestamp()
    with store.database.write() as connection:
        take_head(connection)
        connection.execute(delete(leases).where(leases.c.expires_at <= now))
        open_now = [Decision.PENDING.value, Decision.SKIPPED.value]
        free = select(items.c.description_id).where(
            items.c.description_id.in_(held), items.c.verdict.in_(open_now)
        )
        taken = select(leases.c.description_id, leases.c.session)
        owner = {
            row.description_id: row.session
            for row in connection.execute(taken.where(leases.c.description_id.in_(held)))
        }
        kept = [
            i for i in connection.execute(free).scalars() if owner.get(i, session.id) == session.id
        ]
        again = [
            {"description_id": i, "session": session.id, "reviewer": session.reviewer,
             "expires_at": now + LEASE_SECONDS}
            for i in kept if i not in owner
        ]  # fmt: skip
        if again:
            connection.execute(insert(leases), again)
        _renew(connection, session, kept, until=now + LEASE_SECONDS)
    return tuple(kept)


def release(store: Store, session: Session) -> None:
    """Give back all that a session holds."""
    with store.database.write() as connection:
        connection.execute(delete(leases).where(leases.c.session == session.id))


def _renew(connection: Connection, session: Session, held: Sequence[str], *, until: float) -> None:
    if held:
        connection.execute(
            update(leases)
            .where(leases.c.session == session.id, leases.c.description_id.in_(held))
            .values(expires_at=until)
        )


@dataclass(frozen=True)
class _Search:
    """What a session may be handed now: open, not held by others, not skipped by its reviewer."""

    session: Session
    selection: Selection
    order: Order
    held: tuple[str, ...]
    now: float

    def run(
        self, connection: Connection, count: int, *, among: Sequence[str] | None = None
    ) -> list[str]:
        """So many ids in order; with ``among`` only those of them that still fit."""
        elsewhere, skipped_by_me = waiting_conditions(self.session, self.now)
        ids: list[str] = []
        for verdict in (Decision.PENDING, Decision.SKIPPED):
            query = _chosen(replace(self.selection, verdict=verdict))
            if among is not None:
                # The rest of the selection was looked at when they were found.
                query = _chosen(Selection(verdict=verdict))
                query = query.where(items.c.description_id.in_(among))
            query = query.where(~elsewhere)
            if verdict is Decision.SKIPPED:
                query = query.where(~skipped_by_me)
            if self.held:
                query = query.where(items.c.description_id.not_in(self.held))
            if len(ids) < count:
                query = _ordered(query, items.c, self.order).limit(count - len(ids))
                ids += connection.execute(query).scalars()
        return ids


def waiting_conditions(session: Session, now: float) -> tuple[Any, Any]:
    """What keeps a waiting item from a session: others hold it, its reviewer skipped it."""
    elsewhere = exists().where(
        leases.c.description_id == items.c.description_id,
        leases.c.session != session.id,
        leases.c.expires_at > now,
    )
    skipped_by_me = exists().where(
        items.c.verdict == Decision.SKIPPED.value,
        events.c.description_id == items.c.description_id,
        events.c.revision == items.c.revision,
        events.c.reviewer == session.reviewer,
    )
    return elsewhere, skipped_by_me


def _chosen(selection: Selection) -> Select[Any]:
    return select(items.c.description_id).where(*conditions(selection))


def _keys(columns: Any, order: Order) -> list[Any]:
    """What an order sorts by, before the id."""
    return [columns[name] for name in _SORTED_BY[order]]


_SORTED_BY = {
    Order.ERROR: ("caption_key", "source", "score"),
    Order.RANDOM: ("shuffle",),
    Order.SEQUENTIAL: ("dataset", "split", "position", "caption_key"),
}


def _ordered(query: Chosen, columns: Any, order: Order) -> Chosen:
    keys = _keys(columns, order)
    if order is Order.ERROR:
        # A model's texts need a reader most: rules wrote the others from the joints. Texts in words
        # that nobody uses test models, and come last.
        keys = [
            columns.caption_key == NEW_WORDS_KEY,
            columns.source != Source.MLLM.value,
            columns.score.desc(),
        ]
    return query.order_by(*keys, columns.description_id)


def conditions(selection: Selection) -> list[Any]:
    """A selection as clauses over the table ``items``."""
    found: list[Any] = [items.c.superseded == 0]
    equal = {
        "dataset": selection.dataset, "split": selection.split, "model": selection.model,
        "reviewer": selection.reviewer, "view": selection.view and selection.view.value,
        "source": selection.source and selection.source.value,
        "verdict": selection.verdict and selection.verdict.value,
    }  # fmt: skip
    found += [items.c[name] == value for name, value in equal.items() if value]
    for name in ("flagged", "edited", "conflicted", "stale"):
        value = getattr(selection, name)
        if value is not None:
            found.append(items.c[name] == int(value))
    # Each as a set made once: SQLite answers a correlated question per item by the wrong index.
    item = items.c.description_id
    claimed = select(claims.c.description_id)
    if selection.claim_verdict:
        has = claimed.where(claims.c.verdict == selection.claim_verdict)
        if selection.part is not None:
            has = has.where(claims.c.part == selection.part.value)
        found.append(item.in_(has))
    elif selection.part is not None:
        named = select(item_parts.c.description_id).where(item_parts.c.part == selection.part.value)
        found.append(item.in_(named))
    if selection.contradicted is not None:
        wrong = claimed.where(claims.c.verdict == "contradicted")
        found.append(item.in_(wrong) if selection.contradicted else item.not_in(wrong))
    if selection.text:
        content, part_of_it = search_texts.c.content, folded(selection.text)
        matches = select(search_texts.c.description_id).where(_position(content, part_of_it) > 0)
        found.append(item.in_(matches))
    return found


class _position(FunctionElement[int]):
    """Where a text stands in another, from 1; 0 where it does not."""

    type = Integer()
    inherit_cache = True


@compiles(_position)
def _strpos(element: _position, compiler: Any, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_position, "sqlite")
def _instr(element: _position, compiler: Any, **options: Any) -> str:
    # Three times as fast as LIKE, which folds case once more.
    return f"instr({compiler.process(element.clauses, **options)})"
