"""The numbers behind the charts of the review, counted in the database."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from autocompose.review.quality.agreement import (
    RIGHT,
    AgreementReport,
    measure_agreement,
    part_ratings,
)
from autocompose.review.quality.planted import ReviewerQuality, measure_reviewers
from autocompose.review.store.log import read_events
from autocompose.review.store.records import EventKind, read_judgement
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import descriptions, events, items

_DECIDED = ("accepted", "rejected")
_BY_PEOPLE = (EventKind.SAVE.value, EventKind.OPINION.value)


@dataclass(frozen=True)
class Count:
    """One bar of a chart: what it stands for, and how many."""

    labels: tuple[str, ...]
    value: int


@dataclass(frozen=True)
class Stats:
    """`autocompose review stats`: descriptions by state, and people who saved something.

    Args:
        descriptions: in the store, without planted ones and those whose place another took.
        reviewed: accepted or rejected.
        edited: whose texts differ from what was imported, decided or not.
        flagged: of all.
    """

    descriptions: int
    reviewed: int
    accepted: int
    edited: int
    rejected: int
    flagged: int
    reviewers: int


@dataclass(frozen=True)
class Dashboard:
    """What the charts show.

    Args:
        progress: ``(dataset, split, verdict)`` -> descriptions.
        errors: ``(part, view, model)`` -> parts that a reviewer found wrong or missing.
        reasons: ``(reason, view, model)`` -> decisions that gave it.
        throughput: ``(day, reviewer)`` -> decisions, days in UTC.
        reviewers: one row a person.
    """

    progress: tuple[Count, ...]
    errors: tuple[Count, ...]
    reasons: tuple[Count, ...]
    throughput: tuple[Count, ...]
    reviewers: tuple[ReviewerQuality, ...]
    agreement: AgreementReport


def count_store(store: Store) -> Stats:
    """Count what is there and what is done."""
    real = (items.c.superseded == 0, items.c.planted == 0)
    with store.database.read() as connection:
        verdicts = select(items.c.verdict, func.count()).where(*real).group_by(items.c.verdict)
        by_verdict = {verdict: int(n) for verdict, n in connection.execute(verdicts)}
        edited, flagged = connection.execute(
            select(func.sum(items.c.edited), func.sum(items.c.flagged)).where(*real)
        ).one()
        reviewers = connection.execute(
            select(func.count(func.distinct(events.c.reviewer))).where(
                events.c.kind.in_(_BY_PEOPLE)
            )
        ).scalar_one()
    return Stats(
        descriptions=sum(by_verdict.values()),
        reviewed=sum(by_verdict.get(verdict, 0) for verdict in _DECIDED),
        accepted=by_verdict.get("accepted", 0),
        edited=int(edited or 0),
        rejected=by_verdict.get("rejected", 0),
        flagged=int(flagged or 0),
        reviewers=int(reviewers),
    )


def measure_dashboard(store: Store) -> Dashboard:
    """Everything the charts show. Reads the whole log: for a page that is opened now and then.

    Raises:
        MissingExtraError: several people read one item and the `krippendorff` library is missing.
    """
    errors: Counter[tuple[str, ...]] = Counter()
    reasons: Counter[tuple[str, ...]] = Counter()
    throughput: Counter[tuple[str, ...]] = Counter()
    with store.database.read() as connection:
        progress = connection.execute(
            select(items.c.dataset, items.c.split, items.c.verdict, func.count())
            .where(items.c.superseded == 0, items.c.planted == 0)
            .group_by(items.c.dataset, items.c.split, items.c.verdict)
            .order_by(items.c.dataset, items.c.split, items.c.verdict)
        ).all()
        last: dict[str, dict[str, Any]] = defaultdict(dict)
        for event in read_events(connection, events.c.kind.in_(_BY_PEOPLE)):
            submitted = read_judgement(json.loads(event.submitted)["judgement"])
            if submitted.verdict.decided:
                throughput[event.created_at[:10], event.reviewer] += 1
                last[event.description_id][event.reviewer] = submitted
            else:  # taken back
                last[event.description_id].pop(event.reviewer, None)
        rows = connection.execute(
            select(descriptions.c.id, items.c.view, items.c.model, descriptions.c.original)
            .join(items, items.c.description_id == descriptions.c.id)
            .where(items.c.revision > 0, items.c.planted == 0)
        )
        for row in rows:
            original = read_judgement(json.loads(row.original))
            for submitted in last.get(row.id, {}).values():
                for part, value in part_ratings(original, submitted, submitted.wrong_parts).items():
                    if value != RIGHT:
                        errors[part.label, row.view, row.model] += 1
                for reason in submitted.reasons:
                    reasons[reason.value, row.view, row.model] += 1
    return Dashboard(
        progress=tuple(Count((d, s, v), n) for d, s, v, n in progress),
        errors=_counts(errors),
        reasons=_counts(reasons),
        throughput=_counts(throughput),
        reviewers=measure_reviewers(store),
        agreement=measure_agreement(store),
    )


def _counts(found: Counter[tuple[str, ...]]) -> tuple[Count, ...]:
    return tuple(Count(labels, found[labels]) for labels in sorted(found))
