"""Where an evaluation does well and where not: by body part, length of text, and phrasing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autocompose.evaluation.eval_report import QueryOutcome, Recall
from autocompose.evaluation.metrics import recall_at
from autocompose.language.reader.read import read_claims

LENGTHS = ((1, 10), (11, 20), (21, 40), (41, None))
"""Words of a text, first and last of each class; texts of FixMyPose have about 40."""


@dataclass(frozen=True)
class Slice:
    """The figures of some of the queries.

    Args:
        recall: percent, see `autocompose.evaluation.metrics.recall_at`.
    """

    recall: Recall
    median_rank: float
    num_queries: int


@dataclass(frozen=True)
class PhrasingSpread:
    """How much recall depends on which of several texts of the same change is asked.

    Args:
        count: texts per query.
        mean: of each recall over the phrasings, percent.
        lowest: recall with the phrasing that does worst.
        highest: recall with the phrasing that does best.
        rank_spread: mean over queries of the ratio of the worst to the best of its ranks.
        num_queries: those that have ``count`` texts.
    """

    count: int
    mean: Recall
    lowest: Recall
    highest: Recall
    rank_spread: float
    num_queries: int


def by_length(outcomes: Sequence[QueryOutcome]) -> Mapping[str, Slice]:
    """The figures by number of words; classes without a query are left out."""

    def names(outcome: QueryOutcome) -> Iterable[str]:
        words = len(outcome.text.split())
        for low, high in LENGTHS:
            if words >= low and (high is None or words <= high):
                yield f"{low}-{high}" if high else f"{low}+"

    order = [f"{low}-{high}" if high else f"{low}+" for low, high in LENGTHS]
    return _slices(outcomes, names, order)


def by_part(outcomes: Sequence[QueryOutcome]) -> Mapping[str, Slice]:
    """The figures by body part that a text asks to change, sides taken together; most asked first.

    A query is in the class of every part that it names.
    """
    parts = {
        text: {claim.part for claim in read_claims(text) if claim.change.moves}
        for text in {outcome.text for outcome in outcomes}
    }
    counted = Counter(part for outcome in outcomes for part in parts[outcome.text])
    order = sorted(counted, key=lambda part: (-counted[part], part))
    return _slices(outcomes, lambda outcome: parts[outcome.text], order)


def over_phrasings(outcomes: Sequence[QueryOutcome]) -> PhrasingSpread | None:
    """Recall over the phrasings of the same queries; None where no query has two.

    Every figure is over the same queries: those with as many texts as most queries have.
    """
    counts = [len(o.phrasing_ranks) for o in outcomes if len(o.phrasing_ranks) > 1]
    if not counts:
        return None
    count = int(np.bincount(counts).argmax())
    ranks = np.array(
        [o.phrasing_ranks[:count] for o in outcomes if len(o.phrasing_ranks) >= count]
    )  # (Q, P)
    recalls = [recall_at(column) for column in ranks.T]
    gathered = {key: [recall[key] for recall in recalls] for key in recalls[0]}
    return PhrasingSpread(
        count=count,
        mean={key: float(np.mean(values)) for key, values in gathered.items()},
        lowest={key: min(values) for key, values in gathered.items()},
        highest={key: max(values) for key, values in gathered.items()},
        rank_spread=float((ranks.max(axis=1) / ranks.min(axis=1)).mean()),
        num_queries=len(ranks),
    )


def _slices(
    outcomes: Sequence[QueryOutcome],
    names_of: Callable[[QueryOutcome], Iterable[str]],
    order: Sequence[str],
) -> Mapping[str, Slice]:
    """The figures of every class; a query may be in several."""
    ranks: dict[str, list[int]] = {name: [] for name in order}
    for outcome in outcomes:
        for name in names_of(outcome):
            ranks[name].append(outcome.rank)
    return {
        name: Slice(recall_at(np.array(found)), float(np.median(found)), len(found))
        for name, found in ranks.items()
        if found
    }
