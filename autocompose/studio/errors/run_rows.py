"""A run as the page opens it: every query in columns, which a filter runs through in an instant."""

from __future__ import annotations

from collections.abc import Mapping

from autocompose.evaluation.failures.failure_records import Cause, FailureReport
from autocompose.evaluation.failures.kept_runs import Correction, RunQuestion
from autocompose.review.queue.cases import ReviewCase
from autocompose.studio.errors.error_answers import CauseChoice, CorrectionView, RunAnswer, RunRows

CAUSES = tuple(
    CauseChoice(cause, key, means)
    for cause, key, means in (
        (Cause.SIDES, "1", "The text fits much better with left and right swapped."),
        (Cause.CONTRADICTED, "2", "The bodies do not do what the text says."),
        (Cause.NOT_UNDERSTOOD, "3", "The text claims nothing, or its words are new to the model."),
        (Cause.SMALL, "4", "Reference and target hardly differ."),
        (Cause.DUPLICATE, "5", "The hit is as good as the target, by the joints."),
        (Cause.FITS_BOTH, "6", "The text fits the hit as well as the target, or nearly."),
        (Cause.MODEL, "7", "The text tells target and hit apart; the model does not."),
        (Cause.JOINTS, "8", "The joints are estimated, and are no two poses of one body."),
        (Cause.NO_JOINTS, "9", "Without joints no other cause can be told."),
    )
)
"""The order of the keys that note them. All but the last two can be seen on the pictures."""

_PLACE = {choice.cause: place for place, choice in enumerate(CAUSES)}


class _Names:
    """Texts that come again and again, each kept once; the first one is empty."""

    def __init__(self) -> None:
        self.place = {"": 0}

    def of(self, name: str) -> int:
        return self.place.setdefault(name, len(self.place))


def run_rows(report: FailureReport) -> RunRows:
    """The columns of a run."""
    names, queries = _Names(), report.queries
    cause = {failure.id: _PLACE[failure.cause] for failure in report.failures}
    mapped = all(query.at is not None for query in queries)
    places = [query.at or (0.0, 0.0) for query in queries] if mapped else []
    facets = [query.facets for query in queries]
    return RunRows(
        id=tuple(query.id for query in queries),
        text=tuple(query.text for query in queries),
        rank=tuple(query.rank for query in queries),
        reference=tuple(names.of(query.reference) for query in queries),
        target=tuple(names.of(query.target) for query in queries),
        cause=tuple(cause.get(query.id, -1) for query in queries),
        words=tuple(facet.words for facet in facets),
        parts=tuple(tuple(map(names.of, facet.parts)) for facet in facets),
        changes=tuple(tuple(map(names.of, facet.changes)) for facet in facets),
        person=tuple(names.of(facet.person) for facet in facets),
        camera=tuple(names.of(facet.camera) for facet in facets),
        clip=tuple(names.of(facet.clip) for facet in facets),
        pose=tuple(names.of(facet.pose) for facet in facets),
        x=tuple(x for x, _ in places),
        y=tuple(y for _, y in places),
        names=tuple(names.place),
    )


def run_answer(
    run: str,
    report: FailureReport,
    question: RunQuestion,
    *,
    folder: str,
    corrections: Mapping[str, Correction],
    cases: Mapping[tuple[str, str], ReviewCase],
) -> RunAnswer:
    """A run with what was added to it since.

    Args:
        run: its id.
        report: all of it.
        question: what was asked.
        folder: address of the pictures; empty where they are not here.
        corrections: query id -> cause that somebody saw.
        cases: reference and target -> case in the review queue.
    """
    return RunAnswer(
        id=run,
        question=question,
        num_queries=report.num_queries,
        num_gallery=report.num_gallery,
        whole=len(report.queries) == report.num_queries,
        folder=folder,
        rows=run_rows(report),
        corrections=tuple(
            CorrectionView(query, found.cause, found.by) for query, found in corrections.items()
        ),
        cases=tuple(
            (query.id, cases[query.reference, query.target])
            for query in report.queries
            if (query.reference, query.target) in cases
        ),
        pictures=tuple(report.places),
        places=tuple(report.places.values()),
        duplicates=report.duplicates,
        skipped=report.skipped,
    )
