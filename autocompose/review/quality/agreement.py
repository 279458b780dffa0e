"""Do reviewers agree? Krippendorff's alpha per verdict and per part claim.

Alpha is 1 for full agreement and 0 for what chance would give; it copes with any number of
reviewers and with items that some of them did not read.

Source: K. Krippendorff, Content Analysis, chapter 11; computed by the `krippendorff` library.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from autocompose.errors import MissingExtraError
from autocompose.review.store.log import read_events
from autocompose.review.store.records import EventKind, Judgement, read_judgement
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import descriptions, events, item_parts
from autocompose.schema import BodyPart

RIGHT, WRONG, MISSING = "right", "wrong", "missing"


@dataclass(frozen=True)
class Rating:
    """What one reviewer says of one unit: a description, or a part of one."""

    unit: str
    reviewer: str
    value: str


@dataclass(frozen=True)
class ReviewerAgreement:
    """How far reviewers agree.

    Args:
        alpha: Krippendorff's alpha, nominal; None where nothing can be compared or all say one
            thing, which leaves nothing to measure agreement against.
        units: units that two or more reviewers rated.
        ratings: ratings of those units.
    """

    alpha: float | None
    units: int
    ratings: int


@dataclass(frozen=True)
class AgreementReport:
    """Agreement on verdicts, on all part claims together, and part by part."""

    verdict: ReviewerAgreement
    claims: ReviewerAgreement
    by_part: tuple[tuple[str, ReviewerAgreement], ...]


def agreement(ratings: Iterable[Rating]) -> ReviewerAgreement:
    """Krippendorff's alpha of nominal ratings; a reviewer's last word on a unit counts.

    Raises:
        MissingExtraError: the `krippendorff` library is not installed.
    """
    last = {(rating.unit, rating.reviewer): rating.value for rating in ratings}
    by_unit: dict[str, list[str]] = defaultdict(list)
    for (unit, _), value in last.items():
        by_unit[unit].append(value)
    pairable = [values for values in by_unit.values() if len(values) > 1]
    count = sum(len(values) for values in pairable)
    domain = sorted({value for values in pairable for value in values})
    if len(domain) < 2:
        return ReviewerAgreement(None, len(pairable), count)
    try:
        import krippendorff
        import numpy as np
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"agreement needs {error.name}; pip install 'autocompose[review]'"
        ) from error
    # How often each value was given to each unit: who gave it does not enter into alpha.
    counts = np.array([[values.count(value) for value in domain] for values in pairable])
    alpha = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    return ReviewerAgreement(float(alpha), len(pairable), count)


def part_ratings(
    original: Judgement, submitted: Judgement, claimed: Iterable[BodyPart] = ()
) -> dict[BodyPart, str]:
    """What a reviewer's answer says of each part: its claim is right, wrong, or was missing.

    Args:
        original: the description as it was generated.
        submitted: what the reviewer made of it.
        claimed: parts that the texts speak of beside those with a sentence of their own.
    """
    before = {row.part: row.text for row in original.parts}
    after = {row.part: row.text for row in submitted.parts}
    found = {}
    for part in dict.fromkeys([*before, *claimed]):
        changed = before.get(part) != after.get(part)
        found[part] = WRONG if changed or part in submitted.wrong_parts else RIGHT
    for part in after:
        if part not in found:
            found[part] = MISSING
    return found


def measure_agreement(store: Store) -> AgreementReport:
    """Agreement over all that two or more people have read."""
    kinds = [EventKind.SAVE.value, EventKind.OPINION.value]
    verdicts: list[Rating] = []
    parts: list[tuple[BodyPart, Rating]] = []
    with store.database.read() as connection:
        originals: dict[str, Judgement] = {}
        claimed: dict[str, list[BodyPart]] = defaultdict(list)
        shared = _read_by_several(connection, kinds)
        for start in range(0, len(shared), 500):
            chunk = shared[start : start + 500]
            rows = select(descriptions.c.id, descriptions.c.original)
            for row in connection.execute(rows.where(descriptions.c.id.in_(chunk))):
                originals[row.id] = read_judgement(json.loads(row.original))
            for row in connection.execute(
                select(item_parts).where(item_parts.c.description_id.in_(chunk))
            ):
                claimed[row.description_id].append(BodyPart(row.part))
            here = (events.c.description_id.in_(chunk), events.c.kind.in_(kinds))
            # The last word counts; a decision that its reviewer took back is none.
            last = {
                (event.description_id, event.reviewer): event.submitted
                for event in read_events(connection, *here)
            }
            for (i, who), text in last.items():
                submitted = read_judgement(json.loads(text)["judgement"])
                if not submitted.verdict.decided:
                    continue
                verdicts.append(Rating(i, who, submitted.verdict.value))
                for part, value in part_ratings(originals[i], submitted, claimed[i]).items():
                    parts.append((part, Rating(f"{i}:{part.value}", who, value)))
    by_part = [
        (part.value, agreement(rating for other, rating in parts if other is part))
        for part in BodyPart
    ]
    return AgreementReport(
        agreement(verdicts),
        agreement(rating for _, rating in parts),
        tuple((part, found) for part, found in by_part if found.units),
    )


def _read_by_several(connection: Connection, kinds: list[str]) -> list[str]:
    query = (
        select(events.c.description_id)
        .where(events.c.kind.in_(kinds))
        .group_by(events.c.description_id)
        .having(func.count(func.distinct(events.c.reviewer)) > 1)
    )
    return list(connection.execute(query).scalars())
