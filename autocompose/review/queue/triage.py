"""Which description is most likely wrong, from numbers computed elsewhere, and why.

Each signal is turned into a chance that the text is wrong; together they are wrong unless every one
of them is a false alarm ("noisy or"). The weights are this project's choice, not a measurement:
what a contradiction of the joints says is trusted most, a rank least, since a good text may fit
several pictures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, insert, update

from autocompose.errors import ConfigError
from autocompose.review.queue.cases import SENT_SCORE, sent_reasons
from autocompose.review.store.records import ClaimMark
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import claims, item_parts, items

_CHUNK = 500


@dataclass(frozen=True)
class Weights:
    """The chance of an error that each signal means at its strongest, 0 to 1."""

    contradicted: float = 0.6
    sides_swapped: float = 0.9
    disagreement: float = 0.5
    target_rank: float = 0.4
    cycle_rank: float = 0.3


@dataclass(frozen=True)
class Signals:
    """What is known against one description; None where it was not measured.

    Args:
        claims: each claim of its texts with its verdict against the joints.
        sides_swapped: the text fits the joints better with left and right exchanged.
        disagreement: share of sampled answers that do not say what this one says, 0 to 1.
        target_rank: where the composed query finds its own target, from 1.
        cycle_rank: where the backward text, from the target, finds the reference, from 1.
        gallery_size: pictures that both ranks are out of.
    """

    claims: tuple[ClaimMark, ...] = ()
    sides_swapped: bool = False
    disagreement: float | None = None
    target_rank: int | None = None
    cycle_rank: int | None = None
    gallery_size: int = 0


@dataclass(frozen=True)
class Triage:
    """A place in the queue.

    Args:
        score: chance that the description is wrong, 0 to 1.
        reasons: why, the strongest first; never empty.
    """

    score: float
    reasons: tuple[str, ...] = field(default=())


def expected_error(signals: Signals, weights: Weights | None = None) -> Triage:
    """How likely a description is wrong, and why.

    Raises:
        ConfigError: a share outside 0..1, or a rank outside the gallery.

    >>> expected_error(Signals(sides_swapped=True)).reasons
    ('fits better with left and right swapped',)
    """
    w = weights or Weights()
    found: list[tuple[float, str]] = []
    # Phrasings repeat each other: what several of them claim counts once.
    claimed = {(mark.part, mark.change) for mark in signals.claims}
    wrong = sorted(
        {(mark.part, mark.change) for mark in signals.claims if mark.verdict == "contradicted"}
    )
    if wrong:
        # One wrong claim makes a text wrong; more of them make it more certain.
        parts = ", ".join(dict.fromkeys(part.replace("_", " ") for part, _ in wrong))
        certainty = 1 - (1 - w.contradicted) ** len(wrong)
        count = f"{len(wrong)} of {len(claimed)} claims"
        found.append((certainty, f"{count} contradict the joints ({parts})"))
    if signals.sides_swapped:
        found.append((w.sides_swapped, "fits better with left and right swapped"))
    if signals.disagreement is not None:
        if not 0 <= signals.disagreement <= 1:
            raise ConfigError(f"disagreement {signals.disagreement} is outside 0..1")
        share = f"{100 * signals.disagreement:.0f} %"
        found.append((w.disagreement * signals.disagreement, f"{share} of the samples disagree"))
    size = signals.gallery_size
    for rank, weight, words in (
        (signals.target_rank, w.target_rank, "finds its target at rank {} of {}"),
        (signals.cycle_rank, w.cycle_rank, "the way back finds the reference at rank {} of {}"),
    ):
        if rank is not None:
            found.append((weight * _far(rank, size), words.format(rank, size)))
    right = math.prod(1 - chance for chance, _ in found)
    ordered = sorted((item for item in found if item[0] > 0), key=lambda item: -item[0])
    reasons = tuple(words for _, words in ordered)
    return Triage(1 - right, reasons or ("no contradictions found",))


def store_signals(
    store: Store, measured: Mapping[str, Signals], weights: Weights | None = None
) -> None:
    """Put descriptions into the order by expected error and keep their claims for the chips.

    Args:
        store: the store.
        measured: description id -> what is known against it; replaces what was known before.
        weights: of the signals.
    """
    ids = list(measured)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        with store.database.write() as connection:
            sent = sent_reasons(connection, chunk)
            ranked = [(i, _sent(expected_error(measured[i], weights), sent.get(i))) for i in chunk]
            connection.execute(delete(claims).where(claims.c.description_id.in_(chunk)))
            rows = [_claim_row(i, mark) for i in chunk for mark in measured[i].claims]
            if rows:
                connection.execute(insert(claims), rows)
            parts = _claimed_parts(chunk, measured)
            for part, description_id in parts:
                # A part may already be there from the description's own rows.
                connection.execute(
                    delete(item_parts)
                    .where(item_parts.c.part == part)
                    .where(item_parts.c.description_id == description_id)
                )
            if parts:
                connection.execute(
                    insert(item_parts),
                    [{"part": part, "description_id": i} for part, i in parts],
                )
            connection.execute(
                update(items)
                .where(items.c.description_id == bindparam("at"))
                .values(score=bindparam("points"), card_reasons=bindparam("why")),
                [{"at": i, "points": t.score, "why": json.dumps(t.reasons)} for i, t in ranked],
            )
    store.database.settle(len(ids))


def _sent(found: Triage, why: str | None) -> Triage:
    """What an error analysis sent stands first, with its reason."""
    return found if why is None else Triage(SENT_SCORE, (why, *found.reasons))


def _far(rank: int, size: int) -> float:
    """0 at rank 1, 1 at the last rank, in between by the logarithm: rank 10 of 100 is half-way."""
    if not 1 <= rank <= size:
        raise ConfigError(f"rank {rank} is outside 1..{size}, the size of the gallery")
    return math.log(rank) / math.log(size) if size > 1 else 0.0


def _claimed_parts(ids: Sequence[str], measured: Mapping[str, Signals]) -> list[tuple[str, str]]:
    return sorted({(mark.part, i) for i in ids for mark in measured[i].claims})


def _claim_row(description_id: str, mark: ClaimMark) -> dict[str, object]:
    return {
        "description_id": description_id, "part": mark.part, "change": mark.change,
        "verdict": mark.verdict, "evidence": mark.evidence, "text_index": mark.text_index,
        "span_start": mark.start, "span_end": mark.end,
    }  # fmt: skip
