"""An evaluation on a thread of its own: seen, cancelled, and found again after a reload."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from autocompose.errors import AutoComPoseError, ConfigError, one_line
from autocompose.evaluation.failures.kept_runs import RunQuestion
from autocompose.schema import Event, OnEvent
from autocompose.studio.errors.error_answers import ErrorJobView
from autocompose.studio.server.job_state import JobCancelled, JobState

Made = tuple[str, str]
"""Id of a run, and one line about it."""


class ErrorJob:
    """One evaluation; written by its own thread, read by those of the page."""

    def __init__(self, question: RunQuestion) -> None:
        self.id = secrets.token_urlsafe(12)
        self.question = question
        self.state = JobState.RUNNING
        self.step, self.done, self.total = "", 0, 0
        self.problem = ""
        self.made: Made = ("", "")
        self.cancelled = threading.Event()
        self.ended = threading.Event()

    def listen(self, event: Event) -> None:
        """Note progress.

        Raises:
            JobCancelled: somebody cancelled the job.
        """
        self.step, self.done, self.total = event.stage, event.done, event.total
        if self.cancelled.is_set():
            raise JobCancelled

    def view(self) -> ErrorJobView:
        """The job as the page shows it."""
        run, note = self.made
        return ErrorJobView(
            id=self.id, question=self.question, state=self.state, step=self.step, done=self.done,
            total=self.total, problem=self.problem, run=run, note=note,
        )  # fmt: skip

    def run(self, work: Callable[[OnEvent], Made]) -> None:
        """Do the work to its end; what goes wrong is noted in one line."""
        try:
            self.made = work(self.listen)
            self.state = JobState.DONE
        except JobCancelled:
            self.state = JobState.CANCELLED
        except (AutoComPoseError, OSError) as error:
            self.problem, self.state = one_line(error), JobState.FAILED
        finally:
            if self.state is JobState.RUNNING:  # unforeseen: the thread's traceback is in the log
                self.problem = "the evaluation ended unexpectedly; the studio's log says why"
                self.state = JobState.FAILED
            self.ended.set()


class ErrorJobs:
    """The evaluations of one studio, one at a time; the last one stays until the next begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.last: ErrorJob | None = None

    def start(self, question: RunQuestion, work: Callable[[OnEvent], Made]) -> ErrorJob:
        """Begin an evaluation.

        Args:
            question: what is asked.
            work: what is done; calls its argument with progress, often.

        Raises:
            ConfigError: another evaluation runs.
        """
        with self._lock:
            if self.last is not None and self.last.state is JobState.RUNNING:
                raise ConfigError("another evaluation is running; wait for it, or cancel it")
            job = self.last = ErrorJob(question)
        threading.Thread(
            target=job.run, args=(work,), name="errors-evaluation", daemon=True
        ).start()
        return job

    def cancel(self, job_id: str) -> None:
        """Cancel the job that runs; put away one that has ended."""
        with self._lock:
            if self.last is None or self.last.id != job_id:
                return
            if self.last.state is JobState.RUNNING:
                self.last.cancelled.set()
            else:
                self.last = None
