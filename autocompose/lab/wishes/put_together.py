"""One text from several of the same bodies: the clauses that the bodies bear out."""

from __future__ import annotations

from collections.abc import Sequence

from autocompose.language.reader.claims import ClaimReport, Outcome
from autocompose.retrieval.query_clauses import QueryClause, clauses_of
from autocompose.verify.judge import PairJudge


def worse(report: ClaimReport) -> tuple[int, float, int]:
    """How bad a text is: contradicted claims, the share that is not borne out, and how few.

    A text that claims nothing is as bad as one contradicted claim.
    """
    claims = len(report.claims)
    if not claims:
        return 1, 1.0, 0
    return report.count(Outcome.CONTRADICTED), 1 - report.count(Outcome.SUPPORTED) / claims, -claims


def holds(report: ClaimReport) -> bool:
    """Whether a text claims something, and the bodies bear out all of it."""
    return worse(report)[:2] == (0, 0.0)


def put_together(judge: PairJudge, reports: Sequence[ClaimReport]) -> ClaimReport:
    """The best of some texts, or, where that is better, a text of clauses of several.

    Clauses come from the best text first, one for each part of the body, and no more of them than
    that text has. They follow each other as sentences, and the whole is read and judged once more,
    as a clause may mean something else without its neighbours.

    Args:
        judge: of the two bodies.
        reports: of texts about them; at least one.
    """
    ranked = sorted(reports, key=worse)
    best = ranked[0]
    if holds(best):
        return best
    room = max(sum(bool(clause.claims) for clause in _clauses(best)), 1)
    kept: list[QueryClause] = []
    told: set[tuple[str, str | None]] = set()
    for report in ranked:
        true = {one.claim for one in report.claims if one.outcome is Outcome.SUPPORTED}
        for clause in _clauses(report):
            parts = {(claim.part, claim.side) for claim in clause.claims}
            if parts and len(kept) < room and not parts & told and true.issuperset(clause.claims):
                kept.append(clause)
                told |= parts
    if not kept:
        return best
    sentences = (f"{clause.text[0].upper()}{clause.text[1:]}." for clause in kept)
    return min(best, judge.check(" ".join(sentences)), key=worse)


def _clauses(report: ClaimReport) -> tuple[QueryClause, ...]:
    return clauses_of(report.text, [one.claim for one in report.claims])
