"""Verdict chips: what the joints say of each sentence while it is being written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autocompose.language.reader.claims import ClaimReport, ClaimVerdict, Outcome
from autocompose.language.sides.mirror import mirror_text
from autocompose.studio.server.parts import read_part
from autocompose.studio.server.pictures import Page, to_page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_rows, read_text, read_view
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
    """The chip of one sentence: the worst verdict of its claims, in a word and in numbers."""

    text: str
    verdict: str
    word: str
    claims: tuple[ClaimView, ...]


def verdicts(studio: Studio, payload: Page) -> Page:
    """Judge part sentences and phrasings of one pair.

    Args:
        studio: the loaded studio.
        payload: ``pair`` (an id), ``view``, ``rows`` of ``{part, text}``, ``texts``.

    Returns:
        ``rows`` and ``texts`` with one `VerdictView` each, in the order asked; ``swapped`` when
        all of them together fit much better with left and right exchanged. Empty lists and a
        ``reason`` for pictures without joints.
    """
    pair_id = read_text(payload, "pair")
    pair = studio.pair(pair_id) if pair_id else None
    if pair is None or pair.reference.joints is None or pair.target.joints is None:
        return {"rows": [], "texts": [], "swapped": False, "reason": "no joints"}
    judge = PairJudge.of_images(pair.reference, pair.target, view=read_view(payload))
    rows = [_part_report(judge, row) for row in read_rows(payload, "rows")]
    texts = [judge.check(_plain(text)) for text in read_rows(payload, "texts")]
    return {
        "rows": [to_page(verdict_view(report)) for report in rows],
        "texts": [to_page(verdict_view(report)) for report in texts],
        "swapped": judge.sides_swapped([c for report in rows or texts for c in report.claims]),
    }


def exchange_sides(studio: Studio, payload: Page) -> Page:
    """Exchange left and right in every sentence and every part.

    Raises:
        AmbiguousSideError: a word may or may not be a side; nothing is exchanged then.
    """
    rows = []
    for row in read_rows(payload, "rows"):
        part, text = read_part(row)
        rows.append({"part": part.mirrored.value, "text": mirror_text(text)})
    return {"rows": rows, "texts": [mirror_text(_plain(t)) for t in read_rows(payload, "texts")]}


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
        report.text, verdict.value, word, tuple(_claim(report.text, c) for c in report.claims)
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


def _part_report(judge: PairJudge, row: Any) -> ClaimReport:
    part, text = read_part(row)
    return judge.check(text, about=part)


def _plain(text: Any) -> str:
    return read_text({"text": text}, "text")
