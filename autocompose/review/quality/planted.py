"""How well people review: gold items and planted errors, time per item, decisions made too fast.

A plant is a copy of a description whose right verdict is known. It waits in the queue like any
other, is in no export and no count of work, and its card does not tell.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import Connection, insert, select

from autocompose.errors import ReviewError, TextError
from autocompose.review.queue.bulk import Mirror, mirrored
from autocompose.review.queue.next_items import Selection, conditions
from autocompose.review.store.log import (
    append_import,
    item_values,
    read_events,
    search_form,
    take_head,
)
from autocompose.review.store.records import (
    Decision,
    EventKind,
    Judgement,
    ReviewState,
    judgement_json,
    read_judgement,
    to_json,
)
from autocompose.review.store.review_store import Store, original_sha256, read_items
from autocompose.review.store.tables import (
    claims,
    descriptions,
    events,
    item_parts,
    items,
    plants,
    search_texts,
)
from autocompose.schema import content_id

READING_WORDS_PER_SECOND = 8.0
"""Nobody reads faster and understands: silent reading is 3 to 5 words per second."""

LEAST_MS = 700
"""Under this no two pictures were looked at, however short the text."""

_CHUNK = 200

LONGEST_MS = 300_000
"""A card that was open for longer was left alone for a while; it counts as this long."""


class PlantKind(str, Enum):
    """What was planted: a text known to be right, or one with an error made on purpose."""

    GOLD = "gold"
    SIDES = "sides exchanged"
    IMAGES = "images exchanged"


@dataclass(frozen=True)
class ReviewerQuality:
    """One reviewer's work.

    Args:
        decisions: accepted or rejected.
        seconds_per_item: median active time, None without decisions.
        fast: decisions made faster than the text can be read.
        caught: planted errors that were rejected or corrected, of ``errors`` read.
        gold_right: gold items judged as expected, of ``gold`` read.
    """

    reviewer: str
    decisions: int
    seconds_per_item: float | None
    fast: int
    errors: int
    caught: int
    gold: int
    gold_right: int

    @property
    def warning(self) -> str:
        """One line for an administrator; empty when nothing stands out."""
        if self.decisions >= 10 and self.fast > 0.2 * self.decisions:
            return f"{self.fast} of {self.decisions} decisions were too fast to have been read"
        if self.errors >= 5 and self.caught < 0.5 * self.errors:
            return f"caught {self.caught} of {self.errors} planted errors"
        return ""


def is_fast(words: int, active_ms: int) -> bool:
    """Whether a decision came sooner than its words can be read.

    >>> is_fast(40, 3000), is_fast(40, 6000), is_fast(2, 500)
    (True, False, True)
    """
    return active_ms < max(LEAST_MS, 1000 * words / READING_WORDS_PER_SECOND)


def plant(
    store: Store, ids: Sequence[str], kind: PlantKind, *, by: str, mirror: Mirror | None = None
) -> tuple[str, ...]:
    """Plant copies of accepted descriptions.

    Args:
        store: the store.
        ids: of descriptions that are accepted and not in conflict.
        kind: gold keeps text and pictures, the others make an error.
        by: the administrator.
        mirror: exchanges left and right in a text; needed for `PlantKind.SIDES`.

    Returns:
        The new descriptions' ids; planting the same again adds nothing.

    Raises:
        ReviewError: a description is not accepted, or ``mirror`` is missing.
        TextError: a text cannot be mirrored.
    """
    if kind is PlantKind.SIDES and mirror is None:
        raise ReviewError("sides can only be exchanged with a function that exchanges them")
    made = []
    with store.database.write() as connection:
        take_head(connection)
        new: dict[str, str] = {}
        for item in read_items(connection, list(ids)):
            judgement = item.state.judgement
            if judgement.verdict is not Decision.ACCEPTED or item.state.conflicts:
                raise ReviewError(f"description {item.id} is not accepted; plant accepted ones")
            text = Judgement(judgement.phrasings, judgement.parts)
            if kind is PlantKind.SIDES and mirror is not None:
                text = replace(mirrored(text, mirror), note="")
                if text.phrasings == judgement.phrasings:
                    continue  # no side is named in it: nothing to find
            made.append(content_id(item.id, kind.value))
            if not _is_known(connection, made[-1]):
                planted_id, sha256 = _plant_one(
                    connection, item.id, text, kind=kind, now=store.now()
                )
                new[planted_id] = sha256
        if new:
            summary = to_json({"planted": kind.value, "originals": new})
            operation = "plant:" + content_id(*sorted(new))
            append_import(connection, operation, summary, by=by, now=store.now())
    return tuple(made)


def plant_some(
    store: Store,
    selection: Selection,
    kind: PlantKind,
    *,
    count: int,
    by: str,
    mirror: Mirror | None = None,
) -> tuple[str, ...]:
    """Plant copies of accepted descriptions that chance picks; `plant` has the errors.

    Args:
        store: the store.
        selection: where to pick; its ``verdict`` is not looked at.
        kind: as for `plant`. For `PlantKind.SIDES`, texts that name no side, or cannot be mirrored
            for certain, are passed over.
        count: at most so many.
        by: the administrator.
        mirror: as for `plant`.
    """
    accepted = replace(selection, verdict=Decision.ACCEPTED, conflicted=False)
    known = select(plants.c.origin).where(plants.c.kind == kind.value)
    query = select(items.c.description_id).where(*conditions(accepted), items.c.planted == 0)
    query = query.where(items.c.description_id.not_in(known)).order_by(items.c.shuffle)
    with store.database.read() as connection:
        ids = list(connection.execute(query).scalars())
        if kind is PlantKind.SIDES and mirror is not None:
            fitting: list[str] = []
            for start in range(0, len(ids), _CHUNK):
                if len(fitting) >= count:
                    break
                for item in read_items(connection, ids[start : start + _CHUNK]):
                    if len(fitting) < count and _names_a_side(item.state.judgement, mirror):
                        fitting.append(item.id)
            ids = fitting
    return plant(store, ids[:count], kind, by=by, mirror=mirror)


def measure_reviewers(store: Store) -> tuple[ReviewerQuality, ...]:
    """Every reviewer's pace, by each one's last decision on an item, and how the plants fared."""
    made: dict[str, dict[str, _Judged]] = defaultdict(dict)
    with store.database.read() as connection:
        planted = {
            row.description_id: (row.kind, read_judgement(json.loads(row.original)))
            for row in connection.execute(
                select(plants.c.description_id, plants.c.kind, descriptions.c.original).join(
                    descriptions, descriptions.c.id == plants.c.description_id
                )
            )
        }
        kinds = [EventKind.SAVE.value, EventKind.OPINION.value]
        for event in read_events(connection, events.c.kind.in_(kinds)):
            judgement = read_judgement(json.loads(event.submitted)["judgement"])
            if judgement.verdict.decided:
                decision = _Judged(judgement, event.active_ms)
                made[event.reviewer][event.description_id] = decision
            else:  # taken back
                made[event.reviewer].pop(event.description_id, None)
    return tuple(
        _quality(reviewer, made[reviewer], planted) for reviewer in sorted(made) if made[reviewer]
    )


@dataclass(frozen=True)
class _Judged:
    judgement: Judgement
    active_ms: int

    @property
    def fast(self) -> bool:
        # Without a time (a program's save) nothing can be said of it.
        words = sum(len(text.split()) for text in self.judgement.phrasings)
        return self.active_ms > 0 and is_fast(words, self.active_ms)


def _quality(
    reviewer: str, made: dict[str, _Judged], planted: dict[str, tuple[str, Judgement]]
) -> ReviewerQuality:
    times = [min(d.active_ms, LONGEST_MS) / 1000 for d in made.values() if d.active_ms > 0]
    gold = [i for i in made if i in planted and planted[i][0] == PlantKind.GOLD.value]
    errors = [i for i in made if i in planted and planted[i][0] != PlantKind.GOLD.value]
    caught = [
        made[i].judgement.verdict is Decision.REJECTED
        or not made[i].judgement.same_texts(planted[i][1])
        for i in errors
    ]
    return ReviewerQuality(
        reviewer=reviewer,
        decisions=len(made),
        seconds_per_item=statistics.median(times) if times else None,
        fast=sum(decision.fast for decision in made.values()),
        errors=len(errors),
        caught=sum(caught),
        gold=len(gold),
        gold_right=sum(made[i].judgement.verdict is Decision.ACCEPTED for i in gold),
    )


def _names_a_side(judgement: Judgement, mirror: Mirror) -> bool:
    try:
        return mirrored(judgement, mirror).phrasings != judgement.phrasings
    except TextError:
        return False


def _is_known(connection: Connection, description_id: str) -> bool:
    query = select(descriptions.c.id).where(descriptions.c.id == description_id)
    return connection.execute(query).first() is not None


def _plant_one(
    connection: Connection, origin: str, text: Judgement, *, kind: PlantKind, now: str
) -> tuple[str, str]:
    """Write the copy; returns its id and the hash of its texts."""
    planted_id = content_id(origin, kind.value)
    row = connection.execute(select(descriptions).where(descriptions.c.id == origin)).one()
    item = connection.execute(select(items).where(items.c.description_id == origin)).one()
    original, provenance = to_json(judgement_json(text)), row.provenance
    sha256 = original_sha256(original, provenance)
    connection.execute(
        insert(descriptions),
        {**row._mapping, "id": planted_id, "original": original, "sha256": sha256,
         "imported_at": now},
    )  # fmt: skip
    connection.execute(
        insert(items),
        {**item._mapping, **item_values(ReviewState(0, text), original),
         "description_id": planted_id, "reviewer": "", "reviewed_at": "", "stale": 0,
         "shuffle": planted_id[8:], "planted": 1},
    )  # fmt: skip
    connection.execute(
        insert(search_texts), {"description_id": planted_id, "content": search_form(text)}
    )
    right = kind is PlantKind.GOLD
    connection.execute(
        insert(plants),
        {"description_id": planted_id, "kind": kind.value, "origin": origin,
         "expected": (Decision.ACCEPTED if right else Decision.REJECTED).value,
         "exchanged": int(kind is PlantKind.IMAGES)},
    )  # fmt: skip
    # Chips are not copied to an error: supported ones would hide it.
    for table in (claims, item_parts) if right else (item_parts,):
        query = select(table).where(table.c.description_id == origin)
        rows = connection.execute(query).mappings().all()
        if rows:
            connection.execute(
                insert(table), [{**found, "description_id": planted_id} for found in rows]
            )
    return planted_id, sha256
