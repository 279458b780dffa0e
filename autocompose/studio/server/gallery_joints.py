"""Joints for a gallery that has none: estimated as a job that the person at the machine starts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.errors import AutoComPoseError, ConfigError, one_line
from autocompose.review.people.logins import LocalLogin
from autocompose.schema import Event, PoseImage
from autocompose.studio.server.job_state import JobCancelled, JobState
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import LoadedEngine, Studio

SHARE = 0.5
"""Of the pictures; where more have joints, the others have shown nobody before."""

MOST = 20_000
"""Pictures, an hour's work; joints of larger galleries are for `autocompose index`."""


@dataclass(frozen=True)
class GalleryJointsView:
    """Which pictures of the gallery have joints, and the job that estimates those of the others.

    Args:
        missing: pictures whose joints are not known and could be estimated here; 0 where that is
            not for the visitor to do.
        advice: what must be done first in a shell; empty where the page can start at once.
        state: of the job; None before there is one.
        done: pictures that it has looked at.
        total: pictures that it looks at.
        known: pictures of the gallery whose joints are known.
        problem: why it failed, or why its joints could not be kept.
    """

    missing: int
    advice: str
    state: JobState | None
    done: int
    total: int
    known: int
    problem: str


class _Job:
    """One job; written by its own thread, read by those of the page."""

    def __init__(self, total: int) -> None:
        self.state = JobState.RUNNING
        self.done, self.total = 0, total
        self.problem = ""
        self.cancelled = threading.Event()

    def listen(self, event: Event) -> None:
        """Note progress. Raises `JobCancelled` once somebody has cancelled."""
        if event.total == self.total:
            self.done = event.done
        if self.cancelled.is_set():
            raise JobCancelled


_jobs: WeakKeyDictionary[Studio, _Job] = WeakKeyDictionary()
_lock = threading.Lock()


def gallery_joints(studio: Studio, payload: Page) -> GalleryJointsView:
    """Whether joints are missing in the gallery, and how far the job is."""
    del payload
    return _view(studio)


def gallery_joints_start(studio: Studio, payload: Page) -> GalleryJointsView:
    """Begin to estimate the joints of pictures that have none.

    Raises:
        ConfigError: this is not for the visitor to do, nothing is missing, or it runs already.
        CheckpointError: no gallery is loaded.
    """
    del payload
    engine, photos = studio.engine, studio.joints
    with _lock:
        found = _view(studio)
        if found.state is JobState.RUNNING:
            raise ConfigError("the joints are being estimated already; wait for it, or cancel it")
        if not found.missing or found.advice or photos is None or engine.estimate is None:
            raise ConfigError(found.advice or "there are no joints to estimate here")
        job = _jobs[studio] = _Job(engine.gallery_size)
    work = threading.Thread(
        target=_run, args=(studio, engine, photos, job), name="gallery-joints", daemon=True
    )
    work.start()
    return _view(studio)


def gallery_joints_cancel(studio: Studio, payload: Page) -> GalleryJointsView:
    """Stop the job; what it has seen is seen quickly when it begins again."""
    del payload
    job = _jobs.get(studio)
    if job is not None:
        job.cancelled.set()
    return _view(studio)


def _view(studio: Studio) -> GalleryJointsView:
    job = _jobs.get(studio)
    told = (None, 0, 0) if job is None else (job.state, job.done, job.total)
    missing, advice, known = _missing(studio)
    if job is not None and job.state is JobState.DONE:
        missing = 0
    return GalleryJointsView(
        missing, advice, *told, known=known, problem="" if job is None else job.problem
    )


def _missing(studio: Studio) -> tuple[int, str, int]:
    """Pictures without joints that could be estimated, what to do first, and those with joints."""
    try:
        engine = studio.engine
    except AutoComPoseError:
        return 0, "", 0
    known = engine.with_joints
    here = isinstance(studio.config.login, LocalLogin) and engine.estimate is not None
    if (
        engine.gallery_size > MOST
        or not here
        or studio.joints is None
        or known > SHARE * engine.gallery_size
    ):
        return 0, "", known
    return engine.gallery_size - known, studio.joints.why_not(), known


def _run(studio: Studio, engine: LoadedEngine, photos: PhotoJoints, job: _Job) -> None:
    def look(name: str, path: Path) -> PoseImage | None:
        with studio.slot():  # queries have their turn between two pictures
            return photos.joints_of(name, path)

    assert engine.estimate is not None, "the caller has looked"
    try:
        better, job.problem = engine.estimate(look, job.listen)
        studio.use(better)
        job.state = JobState.DONE
    except JobCancelled:
        job.state = JobState.CANCELLED
    except (AutoComPoseError, OSError) as error:
        job.problem, job.state = one_line(error), JobState.FAILED
    finally:
        # Anything unforeseen goes to the server's log; the page must not wait for ever on it.
        if job.state is JobState.RUNNING:
            job.problem, job.state = "It ended unexpectedly. See the server's log.", JobState.FAILED
