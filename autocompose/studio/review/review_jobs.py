"""Long work of Review on a thread of its own: seen, cancelled, and found again after a reload.

One job at a time. The last one stays, with its report and its file, until it is dismissed or the
next begins.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from autocompose.errors import AutoComPoseError, ConfigError, one_line
from autocompose.schema import Event
from autocompose.studio.review.review_answers import JobKind, JobReport, JobView
from autocompose.studio.server.job_state import JobCancelled, JobState

MAX_FILE = 64 * 2**20
"""Bytes of an uploaded caption file."""

PIECE = 512 * 1024
"""Bytes of a file that travel in one call."""

SUFFIXES = (".json", ".jsonl", ".parquet", ".zip")

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class ReviewJob:
    """One job; written by its own thread, read by those of the page."""

    def __init__(self, kind: JobKind, name: str) -> None:
        self.id = secrets.token_urlsafe(12)
        self.kind = kind
        self.name = name
        self.state = JobState.RUNNING
        self.step, self.done, self.total = "", 0, 0
        self.problem = ""
        self.report = JobReport()
        self.file: Path | None = None
        self.cancelled = threading.Event()
        self.ended = threading.Event()

    def listen(self, event: Event) -> None:
        """Note progress.

        Raises:
            JobCancelled: somebody cancelled the job; a transaction under way is taken back.
        """
        self.step, self.done, self.total = event.stage, event.done, event.total
        if self.cancelled.is_set():
            raise JobCancelled

    def view(self) -> JobView:
        """The job as the page shows it."""
        return JobView(
            self.id, self.kind, self.state, self.name, self.step, self.done, self.total,
            self.problem, self.report,
        )  # fmt: skip


Work = Callable[[ReviewJob], JobReport]


class ReviewJobs:
    """The jobs of one studio, and the files that come in and go out with them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: ReviewJob | None = None
        self._folder = ""
        self._uploads: dict[str, Path] = {}

    def last(self) -> ReviewJob | None:
        """The job that runs, or the last one that did."""
        return self._last

    def start(self, kind: JobKind, name: str, work: Work) -> ReviewJob:
        """Begin a job.

        Args:
            kind: what it does.
            name: of the file that comes in or goes out.
            work: what is done; gets the job, whose `ReviewJob.listen` it calls often.

        Raises:
            ConfigError: another job runs.
        """
        with self._lock:
            if self._last is not None and self._last.state is JobState.RUNNING:
                raise ConfigError(
                    f"another {self._last.kind.value} is running; wait for it, or cancel it"
                )
            self._forget()
            job = self._last = ReviewJob(kind, name)
        threading.Thread(target=_run, args=(job, work), name=f"review-{kind.value}").start()
        return job

    def cancel(self, job_id: str) -> None:
        """Cancel a job that runs; forget one that has ended."""
        with self._lock:
            if self._last is None or self._last.id != job_id:
                return
            if self._last.state is JobState.RUNNING:
                self._last.cancelled.set()
            else:
                self._forget()

    def place(self) -> Path:
        """A new folder for files; it goes with the studio at the latest."""
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="autocompose-review-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def receive(self, who: str, name: str, offset: int, data: str) -> int:
        """Add a piece to the file that somebody uploads; a piece at 0 begins a new file.

        Args:
            who: uploads; each person has one file at a time.
            name: of the file.
            offset: where the piece belongs, in bytes.
            data: at most `PIECE` bytes in base64.

        Returns:
            Bytes that have arrived.

        Raises:
            ConfigError: the kind of file is not read here, it is too large, or a piece is missing.
        """
        if len(data) > 4 * PIECE // 3 + 4:
            raise ConfigError(f"a piece of a file has {PIECE} bytes at most")
        try:
            piece = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            raise ConfigError("a piece of the file is damaged; upload it again") from None
        if offset + len(piece) > MAX_FILE:
            raise ConfigError(
                f"the file is larger than {MAX_FILE // 2**20} MB; use `autocompose review import`"
            )
        if offset == 0:
            suffix = Path(name).suffix.lower()
            if suffix not in SUFFIXES:
                raise ConfigError(f"a caption file is one of {', '.join(SUFFIXES)}")
            self.drop_upload(who)
            stem = _UNSAFE.sub("-", Path(name).stem)[:60].strip(".-") or "captions"
            self._uploads[who] = self.place() / f"{stem}{suffix}"
            self._uploads[who].touch()
        path = self._uploads.get(who)
        if path is None or path.stat().st_size != offset:
            raise ConfigError("a piece of the file is missing; upload it again")
        with path.open("ab") as file:
            file.write(piece)
        return offset + len(piece)

    def take_upload(self, who: str) -> Path:
        """The file that somebody has uploaded; it is theirs no longer.

        Raises:
            ConfigError: there is none.
        """
        path = self._uploads.pop(who, None)
        if path is None or not path.stat().st_size:
            raise ConfigError("no file has arrived, or it is empty; choose it again")
        return path

    def drop_upload(self, who: str) -> None:
        """Remove what somebody uploaded and did not use."""
        path = self._uploads.pop(who, None)
        if path is not None:
            shutil.rmtree(path.parent, ignore_errors=True)

    def piece(self, job_id: str, offset: int) -> tuple[str, int]:
        """A piece of the file that a job wrote, and where the next begins; 0 after the last.

        Raises:
            ConfigError: the job has written none.
        """
        job = self._last
        if job is None or job.id != job_id or job.file is None:
            raise ConfigError("this file is no longer there; export again")
        with job.file.open("rb") as file:
            file.seek(offset)
            piece = file.read(PIECE)
            more = bool(file.read(1))
        return base64.b64encode(piece).decode(), offset + len(piece) if more else 0

    def _forget(self) -> None:
        if self._last is not None and self._last.file is not None:
            shutil.rmtree(self._last.file.parent, ignore_errors=True)
        self._last = None


def _run(job: ReviewJob, work: Work) -> None:
    try:
        job.report = work(job)
        job.state = JobState.DONE
    except JobCancelled:
        job.state = JobState.CANCELLED
    except (AutoComPoseError, OSError) as error:
        job.problem, job.state = one_line(error), JobState.FAILED
    except BaseException:
        job.problem = "the job ended unexpectedly; the studio's log says why"
        job.state = JobState.FAILED
        raise
    finally:
        job.ended.set()
