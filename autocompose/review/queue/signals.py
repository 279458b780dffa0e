"""What speaks against each description, measured: claims against joints, samples, and ranks.

Every view is held against the pair as that view shows it; a planted item like any other, so that
its card does not give it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from autocompose.data.dataset import PoseDataset
from autocompose.errors import DatasetError
from autocompose.language.words import SIDES, kind_named
from autocompose.review.queue.triage import Signals, store_signals
from autocompose.review.store.records import ClaimMark, ReviewItem
from autocompose.review.store.review_store import Store, read_items
from autocompose.review.store.tables import items
from autocompose.schema import BodyPart, Event, OnEvent, View
from autocompose.verify.judge import PairJudge

_CHUNK = 200


@dataclass(frozen=True)
class Ranks:
    """Where each description's query finds its target, and the way back its reference.

    Args:
        target: description id -> rank from 1.
        cycle: the same for the query that leads back.
        gallery_size: pictures that ranks are out of.
    """

    target: Mapping[str, int] = field(default_factory=dict)
    cycle: Mapping[str, int] = field(default_factory=dict)
    gallery_size: int = 0


@dataclass(frozen=True)
class SignalReport:
    """What `measure_signals` found.

    Args:
        descriptions: looked at.
        judged: of them, those whose two pictures have joints.
        contradicted: of these, those with a contradicted claim.
        sides_swapped: of these, those that fit better with left and right exchanged.
    """

    descriptions: int
    judged: int
    contradicted: int
    sides_swapped: int


def measure_signals(
    store: Store,
    dataset: PoseDataset,
    *,
    split: str | None = None,
    only: Sequence[str] | None = None,
    ranks: Ranks | None = None,
    on_event: OnEvent | None = None,
) -> SignalReport:
    """Measure every description of a dataset and put the store into order by expected error.

    Args:
        store: the store.
        dataset: with joints where claims are to be judged.
        split: only this one.
        only: ids of the descriptions to measure; else all.
        ranks: of a model, see `autocompose.review.queue.ranks`.
        on_event: called with progress.

    Raises:
        DatasetError: the store holds nothing of this dataset.
    """
    ids = description_ids(store, dataset.name, split) if only is None else only
    if not ids:
        raise DatasetError(f'the store holds nothing of "{dataset.name}"; import captions first')
    judged = contradicted = swapped = 0
    for start in range(0, len(ids), _CHUNK):
        with store.database.read() as connection:
            chunk = read_items(connection, list(ids[start : start + _CHUNK]))
        judges: dict[tuple[str, str, View], PairJudge | None] = {}
        measured: dict[str, Signals] = {}
        for item in chunk:
            key = (*item.images, item.view)
            if key not in judges:
                judges[key] = judge_of(item, dataset)
            judge = judges[key]
            signals = _signals(item, judge, ranks or Ranks())
            measured[item.id] = signals
            judged += judge is not None
            contradicted += any(mark.verdict == "contradicted" for mark in signals.claims)
            swapped += signals.sides_swapped
        store_signals(store, measured)
        if on_event is not None:
            on_event(Event("read claims", start + len(chunk), len(ids)))
    return SignalReport(len(ids), judged, contradicted, swapped)


def description_ids(store: Store, dataset: str, split: str | None = None) -> Sequence[str]:
    """The ids of a dataset's descriptions in file order, planted ones among them.

    Args:
        store: the store.
        dataset: its name.
        split: only this one.
    """
    query = select(items.c.description_id).where(items.c.dataset == dataset)
    if split is not None:
        query = query.where(items.c.split == split)
    query = query.where(items.c.superseded == 0)
    with store.database.read() as connection:
        ordered = query.order_by(items.c.split, items.c.position, items.c.caption_key)
        return list(connection.execute(ordered).scalars())


def body_part(part: str, side: str) -> tuple[str, ...]:
    """The parts of the closed list that a claim's part and side stand for, as stored.

    >>> body_part("knee", "both")
    ('left_knee', 'right_knee')
    >>> body_part("lower leg", "left"), body_part("gaze", ""), body_part("wings", "")
    (('left_leg',), ('head',), ('wings',))
    """
    name = kind_named(part) or part
    sides = SIDES if side == "both" else (side,)
    known = {part.value for part in BodyPart}
    found = [f"{one}_{name}" for one in sides if f"{one}_{name}" in known]
    return tuple(found) or (name,)


def judge_of(item: ReviewItem, dataset: PoseDataset) -> PairJudge | None:
    """The judge of an item's two pictures as its view shows them; None without joints."""
    before, after = (dataset.image(name) for name in item.images)
    if before.joints is None or after.joints is None:
        return None
    return PairJudge.of_images(before, after, view=item.view)


def read_marks(judge: PairJudge, texts: Sequence[str]) -> tuple[tuple[ClaimMark, ...], bool]:
    """The claims of some texts with their verdicts, and whether one has its sides exchanged."""
    marks: list[ClaimMark] = []
    swapped = False
    for index, text in enumerate(texts):
        report = judge.check(text)
        swapped = swapped or report.sides_swapped
        for found in report.claims:
            for part in body_part(found.claim.part, found.claim.side):
                start, end = found.claim.span
                marks.append(
                    ClaimMark(
                        part, str(found.claim.change), found.outcome.value, found.evidence, index,
                        start, end,
                    )
                )  # fmt: skip
    return tuple(marks), swapped


def _signals(item: ReviewItem, judge: PairJudge | None, ranks: Ranks) -> Signals:
    marks, swapped = ((), False)
    if judge is not None:
        marks, swapped = read_marks(judge, item.state.judgement.phrasings)
    return Signals(
        claims=marks,
        sides_swapped=swapped,
        disagreement=_disagreement(item.provenance.get("support")),
        target_rank=ranks.target.get(item.id),
        cycle_rank=ranks.cycle.get(item.id),
        gallery_size=ranks.gallery_size,
    )


def _disagreement(support: Any) -> float | None:
    """One minus the mean share of samples that make each claim; None where nobody sampled."""
    shares = [
        float(claim["share"])
        for claim in (support if isinstance(support, Iterable) else ())
        if isinstance(claim, Mapping) and "share" in claim
    ]
    return 1 - sum(shares) / len(shares) if shares else None
