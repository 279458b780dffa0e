"""Verdict chips: what the joints say of each sentence while it is being written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autocompose.data.estimated_joints import NO_ESTIMATE
from autocompose.language.reader.claims import ClaimReport, ClaimVerdict, Outcome
from autocompose.language.sides.mirror import mirror_text
from autocompose.studio.server.parts import PartView, part_view, read_part
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.row_check import RowProblem, row_problem
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_rows, read_text, read_view
from autocompose.studio.server.uploads import read_pair, with_joints
from autocompose.verify.judge import PairJudge

_WORDS = {
    Outcome.SUPPORTED: "supported",
    Outcome.CONTRADICTED: "contradicted",
    Outcome.UNKNOWN: "cannot be told",
}


@dataclass(frozen=True)
class ClaimView:
    """One claim: where it stands in the text, what it says, and the numbers.

    ``start`` and ``end`` count UTF-16 units, as the page's strings do.
    """

    start: int
    end: int
    says: str
    verdict: str
    evidence: str


@dataclass(frozen=True)
class VerdictView:
    """The chip of one sentence: the worst verdict of its claims, in a word and in numbers.

    Args:
        swapped: it fits these bodies much better with left and right swapped.
    """

    text: str
    verdict: str
    word: str
    claims: tuple[ClaimView, ...]
    swapped: bool


@dataclass(frozen=True)
class RowVerdict:
    """What is said of one part row.

    Args:
        verdict: None where the pictures have no joints.
        problem: why the sentence does not belong in this row.
    """

    part: str
    text: str
    verdict: VerdictView | None
    problem: RowProblem | None


@dataclass(frozen=True)
class VerdictsAnswer:
    """One verdict for each row and text, in the order asked.

    Args:
        judged: False for pictures without joints; ``texts`` is empty then.
        swapped: the rows together fit much better with left and right swapped.
    """

    judged: bool
    rows: tuple[RowVerdict, ...]
    texts: tuple[VerdictView, ...]
    swapped: bool


@dataclass(frozen=True)
class ExchangedAnswer:
    """Rows and texts with left and right swapped."""

    rows: tuple[PartView, ...]
    texts: tuple[str, ...]


def verdicts(studio: Studio, payload: Page) -> VerdictsAnswer:
    """Judge part sentences and phrasings of one pair.

    Args:
        studio: the loaded studio.
        payload: ``pair`` (an id), or ``reference`` and ``target`` (uploads); ``view``, ``rows`` of
            ``{part, text}``, ``texts``.
    """
    judge = _judge_of(studio, payload)
    rows = [read_part(row) for row in read_rows(payload, "rows")]
    texts = [_plain(text) for text in read_rows(payload, "texts")]
    problems = [row_problem(part, text) for part, text in rows]
    if judge is None:
        found = zip(rows, problems, strict=True)
        bare = tuple(RowVerdict(part.value, text, None, why) for (part, text), why in found)
        return VerdictsAnswer(False, bare, (), False)
    reports = [judge.check(text, about=part) for part, text in rows]
    judged = tuple(
        RowVerdict(part.value, text, verdict_view(report), why)
        for (part, text), report, why in zip(rows, reports, problems, strict=True)
    )
    return VerdictsAnswer(
        judged=True,
        rows=judged,
        texts=tuple(verdict_view(judge.check(text)) for text in texts),
        swapped=judge.sides_swapped([claim for report in reports for claim in report.claims]),
    )


def _judge_of(studio: Studio, payload: Page) -> PairJudge | None:
    """The judge of the pair that a page names; None where there are no joints to judge by."""
    if not (read_text(payload, "pair") or read_text(payload, "reference")):
        return None
    pair, _ = read_pair(studio, payload)
    try:
        pair = with_joints(studio, pair)
    except NO_ESTIMATE:
        return None
    return PairJudge.of_images(pair.reference, pair.target, view=read_view(payload))


def exchange_sides(studio: Studio, payload: Page) -> ExchangedAnswer:
    """Exchange left and right in every sentence and every part.

    Raises:
        AmbiguousSideError: a word may or may not be a side; nothing is exchanged then.
    """
    rows = [read_part(row) for row in read_rows(payload, "rows")]
    texts = [mirror_text(_plain(text)) for text in read_rows(payload, "texts")]
    exchanged = tuple(part_view(part.mirrored, mirror_text(text)) for part, text in rows)
    return ExchangedAnswer(exchanged, tuple(texts))


def verdict_view(report: ClaimReport) -> VerdictView:
    """What the page shows of a report."""
    verdict = worst(claim.outcome for claim in report.claims)
    counts = [(report.count(v), _WORDS[v]) for v in Outcome]
    word = ", ".join(f"{n} {name}" for n, name in counts if n)
    if not report.claims:
        word = "joints cannot check this"
    elif len(report.claims) == 1:
        word = _WORDS[verdict]
    return VerdictView(
        report.text,
        verdict.value,
        word,
        tuple(_claim(report.text, claim) for claim in report.claims),
        report.sides_swapped,
    )


def worst(found: Iterable[Outcome]) -> Outcome:
    """Contradicted beats supported beats unknown."""
    listed = set(found)
    for verdict in (Outcome.CONTRADICTED, Outcome.SUPPORTED):
        if verdict in listed:
            return verdict
    return Outcome.UNKNOWN


def _claim(text: str, found: ClaimVerdict) -> ClaimView:
    start, end = (_utf16(text, place) for place in found.claim.span)
    says = f"{found.claim.label}: {found.claim.change}"
    return ClaimView(start, end, says, found.outcome.value, found.evidence)


def _utf16(text: str, place: int) -> int:
    return len(text[:place].encode("utf-16-le")) // 2


def _plain(text: Any) -> str:
    return read_text({"text": text}, "text")
