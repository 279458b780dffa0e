"""The records that Errors answers its page with, whole in every state."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.evaluation.failures.asked_queries import NearDuplicate
from autocompose.evaluation.failures.failure_records import Cause, ClaimContrast
from autocompose.evaluation.failures.kept_runs import KeptRun, RunQuestion
from autocompose.review.queue.cases import ReviewCase
from autocompose.studio.server.job_state import JobState
from autocompose.studio.server.opening import DatasetView
from autocompose.studio.server.pictures import PictureView


@dataclass(frozen=True)
class ErrorJobView:
    """The evaluation that runs, or the last one that did.

    Args:
        run: id of the run that it made; empty until it is done.
        note: one line about what was made; empty for nothing.
    """

    id: str
    question: RunQuestion
    state: JobState
    step: str
    done: int
    total: int
    problem: str
    run: str
    note: str


@dataclass(frozen=True)
class SplitChoice:
    """A split that can be asked, with the caption keys that describe a pair as it is."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class CauseChoice:
    """A cause, the key that notes it, and what it means."""

    cause: Cause
    key: str
    means: str


@dataclass(frozen=True)
class ErrorsBoot:
    """All that the tab needs to draw itself."""

    dataset: DatasetView
    splits: tuple[SplitChoice, ...]
    checkpoints: tuple[str, ...]
    joints: tuple[str, ...]
    causes: tuple[CauseChoice, ...]
    runs: tuple[KeptRun, ...]
    job: ErrorJobView | None
    review: bool


@dataclass(frozen=True)
class ErrorJobAnswer:
    """The job, and the list of runs as it is now."""

    job: ErrorJobView | None
    runs: tuple[KeptRun, ...]


@dataclass(frozen=True)
class CorrectionView:
    """The cause of a query as somebody saw it; ``cause`` is None where that was taken back."""

    query: str
    cause: Cause | None
    by: str


@dataclass(frozen=True)
class RunRows:
    """Every query of a run, column by column; row i of each column is query i.

    Args:
        reference, target: places in ``names``.
        cause: place in the list of causes of `ErrorsBoot`; -1 where the query is no failure.
        parts, changes: places in ``names``; of what the text asks to change.
        person, camera, clip, pose: of the target; places in ``names``, whose first one is empty.
        x, y: places on the map; empty without a map.
    """

    names: tuple[str, ...]
    id: tuple[str, ...]
    text: tuple[str, ...]
    rank: tuple[int, ...]
    reference: tuple[int, ...]
    target: tuple[int, ...]
    cause: tuple[int, ...]
    words: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...]
    changes: tuple[tuple[int, ...], ...]
    person: tuple[int, ...]
    camera: tuple[int, ...]
    clip: tuple[int, ...]
    pose: tuple[int, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class RunAnswer:
    """A run, opened.

    Args:
        folder: address of the pictures, which a name is added to; empty where this studio does not
            have them.
        places: (x, y) of each picture of the gallery on the map.
        pictures: names of these pictures.
        whole: whether found queries are there too; a file of an older version has failures only.
    """

    id: str
    question: RunQuestion
    num_queries: int
    num_gallery: int
    whole: bool
    folder: str
    rows: RunRows
    corrections: tuple[CorrectionView, ...]
    cases: tuple[tuple[str, ReviewCase], ...]
    pictures: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    duplicates: tuple[NearDuplicate, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class ErrorCase:
    """One query in full.

    Args:
        found: pictures that were ranked first; the first of them stands before the target.
        cause, reason: None and empty where the query is no failure.
        tells: how many claims tell target and first hit apart.
    """

    query: str
    text: str
    rank: int
    other_rank: int | None
    reference: PictureView
    target: PictureView
    found: tuple[PictureView, ...]
    cause: Cause | None
    reason: str
    change_m: float | None
    found_m: float | None
    claims: tuple[ClaimContrast, ...]
    tells: int


@dataclass(frozen=True)
class SentAnswer:
    """The case as it now stands in the review queue."""

    query: str
    case: ReviewCase
