"""The records that Review answers its page with, whole in every state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from autocompose.review.files.derive import DerivedView
from autocompose.review.files.imports import LeftOut
from autocompose.review.quality.agreement import AgreementReport
from autocompose.review.quality.dashboard import Count, Stats
from autocompose.review.queue.filters import Emptiness
from autocompose.review.store.records import (
    ClaimMark,
    Conflict,
    Decision,
    EventKind,
    Judgement,
    Reason,
    ReviewState,
)
from autocompose.schema import Source
from autocompose.studio.server.job_state import JobState
from autocompose.studio.server.pictures import PairView
from autocompose.studio.server.row_check import RowProblem


@dataclass(frozen=True)
class JudgementView:
    """A judgement as the page keeps it and sends it back; ``parts`` are ``(part, text)``."""

    phrasings: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    verdict: Decision
    flagged: bool
    reasons: tuple[Reason, ...]
    wrong_parts: tuple[str, ...]
    note: str
    written: Source | None


@dataclass(frozen=True)
class StateView:
    """A state of a description."""

    revision: int
    judgement: JudgementView
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class ReviewPair(PairView):
    """Both pictures as a view shows them; the page flips a mirrored one."""

    mirrored: bool = False


@dataclass(frozen=True)
class CardView:
    """All that the card of a description shows.

    Args:
        edited: its texts are no longer those that were imported; ``claims`` are of those.
        problems: part rows that speak of another side or part.
        pair: None where this studio does not have the pictures.
    """

    id: str
    dataset: str
    split: str
    key: str
    label: str
    view: str
    source: str
    model: str
    original: JudgementView
    state: StateView
    edited: bool
    stale: bool
    reasons: tuple[str, ...]
    claims: tuple[ClaimMark, ...]
    problems: tuple[RowProblem, ...]
    pair: ReviewPair | None
    derived: tuple[DerivedView, ...]


@dataclass(frozen=True)
class QueueAnswer:
    """Items handed out; ``why`` says why there are none."""

    items: tuple[CardView, ...]
    stats: Stats
    why: Emptiness | None


@dataclass(frozen=True)
class FoundAnswer(QueueAnswer):
    """A part of a list, and how long the list is."""

    total: int


class JobKind(str, Enum):
    """What a long job does."""

    IMPORT = "import"
    TRIAGE = "triage"
    EXPORT = "export"


@dataclass(frozen=True)
class JobReport:
    """What a job did; zeros for what it did not do.

    Args:
        added: descriptions that are new in the store.
        known: descriptions that were there already.
        superseded: descriptions whose place a new one took.
        checked: descriptions whose two pictures have joints.
        contradicted: of these, those with a contradicted claim.
        swapped: of these, those that fit better with left and right swapped.
        descriptions: of an export, as are ``texts`` and ``size`` in bytes.
        skipped: records or descriptions that were left out; ``left`` are the first of them.
    """

    added: int = 0
    known: int = 0
    superseded: int = 0
    checked: int = 0
    contradicted: int = 0
    swapped: int = 0
    descriptions: int = 0
    texts: int = 0
    size: int = 0
    skipped: int = 0
    left: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class JobView:
    """A long job as the page shows it.

    Args:
        name: of the file that comes in or goes out; empty for a triage.
        step: what it is at, with ``done`` of ``total``; 0 of 0 before that is known.
        problem: one line, where it failed.
    """

    id: str
    kind: JobKind
    state: JobState
    name: str
    step: str
    done: int
    total: int
    problem: str
    report: JobReport


@dataclass(frozen=True)
class JobAnswer:
    """The last job of this studio; None where there is none to show."""

    job: JobView | None


@dataclass(frozen=True)
class UploadAnswer:
    """How many bytes of a file have arrived."""

    received: int


@dataclass(frozen=True)
class PieceAnswer:
    """A piece of an exported file in base64, and where the next begins; 0 after the last."""

    data: str
    following: int


@dataclass(frozen=True)
class KeptAnswer:
    """Of the ids that a page holds, those that are still its own."""

    kept: tuple[str, ...]


@dataclass(frozen=True)
class SaveAnswer:
    """What the store holds after a decision."""

    sequence: int
    merged: bool
    state: StateView


@dataclass(frozen=True)
class RevisionView:
    """One revision in the history of a description."""

    revision: int
    kind: EventKind
    reviewer: str
    at: str
    judgement: JudgementView


@dataclass(frozen=True)
class ItemAnswer:
    """One description and what happened to it."""

    item: CardView
    history: tuple[RevisionView, ...]


@dataclass(frozen=True)
class StateAnswer:
    """The state after a restore."""

    state: StateView


@dataclass(frozen=True)
class MirrorAnswer:
    """Texts with left and right exchanged; those that were refused stand as they were."""

    texts: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class JudgedAnswer:
    """What the joints say of texts as they stand on a page.

    Args:
        judged: False where the pictures have no joints, or are not here.
    """

    judged: bool
    claims: tuple[ClaimMark, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True)
class NewsView:
    """Somebody saved over a description that this page has decided.

    Args:
        sequence: of their decision.
        reviewer: who.
        fields: what both changed to different values.
    """

    id: str
    sequence: int
    reviewer: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class NewsAnswer:
    """What happened after a place in the log, and the place to ask from next."""

    sequence: int
    news: tuple[NewsView, ...]


@dataclass(frozen=True)
class ChangeView:
    """One description of a bulk preview, as it is and as it would be."""

    id: str
    name: str
    before: JudgementView
    after: JudgementView


@dataclass(frozen=True)
class RefusedView:
    """A description that a bulk action leaves alone, and why."""

    id: str
    name: str
    why: str


@dataclass(frozen=True)
class BulkAnswer:
    """A bulk action as previewed, applied or undone.

    Args:
        bulk: id of what was done; empty for a preview.
        count: descriptions that would change, or that did.
        shown: the first of those that would change.
        left: descriptions left alone; ``refused`` are the first of them.
    """

    action: str
    bulk: str
    count: int
    shown: tuple[ChangeView, ...]
    left: int
    refused: tuple[RefusedView, ...]


@dataclass(frozen=True)
class PlantedAnswer:
    """How many items were planted."""

    planted: int


@dataclass(frozen=True)
class ReviewerRow:
    """One line of the table of reviewers."""

    reviewer: str
    decisions: int
    seconds_per_item: float | None
    fast: int
    errors: int
    caught: int
    gold: int
    gold_right: int
    warning: str


@dataclass(frozen=True)
class DashboardAnswer:
    """The numbers behind the charts, as `autocompose.review.quality.dashboard` counts them."""

    progress: tuple[Count, ...]
    errors: tuple[Count, ...]
    reasons: tuple[Count, ...]
    throughput: tuple[Count, ...]
    reviewers: tuple[ReviewerRow, ...]
    agreement: AgreementReport


def judgement_view(judgement: Judgement) -> JudgementView:
    """A judgement as the page gets it."""
    return JudgementView(
        phrasings=judgement.phrasings,
        parts=tuple((row.part.value, row.text) for row in judgement.parts),
        verdict=judgement.verdict,
        flagged=judgement.flagged,
        reasons=judgement.reasons,
        wrong_parts=tuple(part.value for part in judgement.wrong_parts),
        note=judgement.note,
        written=judgement.written,
    )


def state_view(state: ReviewState) -> StateView:
    """A state as the page gets it."""
    return StateView(state.revision, judgement_view(state.judgement), state.conflicts)
