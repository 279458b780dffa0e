"""Error analyses kept on disk by what they were asked, with the corrections people made beside.

    <id>.json              the document of ``autocompose failures --json``
    <id>.about.json        what a list of runs shows of it
    <id>.corrections.json  query id -> the cause that somebody saw, and who it was

Every file appears whole or not at all. An id is a hash of what was asked, so that the same question
finds the answer that was kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autocompose.data.dataset import PoseDataset
from autocompose.data.files import read_json, write_whole
from autocompose.errors import CaptionFileError, ConfigError
from autocompose.evaluation.failures.failure_file import read_failures
from autocompose.evaluation.failures.failure_records import Cause, FailureReport
from autocompose.evaluation.failures.rules_version import rules_fingerprint

VERSION = 1
"""Of what an id stands for. Other rules of explaining give no other id: see `KeptRun.older`."""

_ID = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True)
class RunQuestion:
    """What an error analysis was asked.

    Args:
        checkpoint: its name.
        joints: ``none``, ``known`` or ``estimated``.
        beyond: targets after this rank are failures.
        file: name of the file that it was read from; empty where this program ran it.
    """

    checkpoint: str
    dataset: str
    split: str
    key: str
    joints: str
    beyond: int
    file: str = ""


@dataclass(frozen=True)
class KeptRun:
    """A line in the list of runs.

    Args:
        recall: of all queries, percent, by K.
        kept_at: seconds since 1970 by the file's time.
        older: whether other rules than this program's told the causes.
    """

    id: str
    question: RunQuestion
    num_queries: int
    num_failures: int
    recall: Mapping[str, float]
    kept_at: int
    older: bool


@dataclass(frozen=True)
class Correction:
    """The cause of a failure as somebody saw it."""

    cause: Cause
    by: str


def question_id(
    question: RunQuestion, dataset: PoseDataset, *, model: Sequence[object] = ()
) -> str:
    """The id of a question: of its words, of the files of the split, and of what the model is.

    Pictures count by name, size and time of change, as reading them all would take longer than the
    answer should.

    Args:
        question: what is asked.
        dataset: of whose split.
        model: fingerprint and whatever else decides a ranking.
    """
    split = question.split
    digest = hashlib.sha256(json.dumps([VERSION, asdict(question), *map(str, model)]).encode())
    for name in (f"captions/{split}.json", f"image_splits/{split}.json", "joints.json"):
        path = dataset.root / name
        digest.update(path.read_bytes() if path.is_file() else b"-")
    for image in dataset.gallery(split):
        found = image.path.stat()
        digest.update(f"{image.id} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:20]


def content_id_of(report: FailureReport) -> str:
    """The id of a run that was read from a file: of all that it says."""
    return hashlib.sha256(json.dumps(report.to_json()).encode()).hexdigest()[:20]


class RunFolder:
    """The folder of the kept runs.

    Args:
        folder: made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.Lock()

    def keep(self, run: str, report: FailureReport, question: RunQuestion) -> None:
        """Write a run.

        Args:
            run: its id.
            report: all of it.
            question: what was asked.

        Raises:
            WriteError: the folder cannot be written, or the disk is full.
        """
        about = {
            **asdict(question),
            "num_queries": report.num_queries,
            "num_failures": len(report.failures),
            "recall": dict(report.recall),
            "rules": report.rules,
        }
        write_whole(self._file(run, ""), json.dumps(report.to_json(), ensure_ascii=False))
        write_whole(self._file(run, ".about"), json.dumps(about, ensure_ascii=False))

    def holds(self, run: str) -> bool:
        """Whether a run is kept, with all of its lines."""
        return bool(_ID.fullmatch(run)) and self._file(run, ".about").is_file()

    def read(self, run: str) -> FailureReport:
        """A kept run.

        Raises:
            ConfigError: there is none of that id.
            CaptionFileError: its file is damaged.
        """
        if not self.holds(run):
            raise ConfigError("this run is no longer kept; run the evaluation again")
        return read_failures(self._file(run, ""))

    def runs(self) -> tuple[KeptRun, ...]:
        """All kept runs, the newest first; damaged ones are left out."""
        found = []
        for path in self.folder.glob("*.about.json"):
            run = path.name.removesuffix(".about.json")
            try:
                found.append(_about(run, path))
            except (CaptionFileError, KeyError, TypeError, ValueError, OSError):
                continue
        return tuple(sorted(found, key=lambda one: (-one.kept_at, one.id)))

    def corrections(self, run: str) -> dict[str, Correction]:
        """Query id -> the cause that somebody saw.

        Raises:
            CaptionFileError: the file is damaged; it is left as it is.
        """
        try:
            return {
                query: Correction(Cause(row["cause"]), str(row["by"]))
                for query, row in self._beside(run, ".corrections").items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise CaptionFileError(
                f"{self._file(run, '.corrections')}: a correction is malformed ({error})"
            ) from error

    def correct(self, run: str, query: str, *, correction: Correction | None) -> None:
        """Note the cause that somebody saw, or with None take it back.

        Args:
            run: id of the run.
            query: id of the query.
            correction: cause and person.

        Raises:
            WriteError: the folder cannot be written.
        """
        with self._writing:
            kept = self._beside(run, ".corrections")
            kept.pop(query, None)
            if correction is not None:
                kept[query] = {"cause": correction.cause.value, "by": correction.by}
            text = json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1)
            write_whole(self._file(run, ".corrections"), text)

    def _beside(self, run: str, kind: str) -> dict[str, Any]:
        path = self._file(run, kind)
        found = read_json(path) if path.is_file() else {}
        if not isinstance(found, dict):
            raise CaptionFileError(f"{path}: not an object of query ids; move it away")
        return found

    def _file(self, run: str, kind: str) -> Path:
        if not _ID.fullmatch(run):
            raise ConfigError("this is no id of a run; choose one of the list")
        return self.folder / f"{run}{kind}.json"


def _about(run: str, path: Path) -> KeptRun:
    row = read_json(path)
    if not isinstance(row, dict):
        raise CaptionFileError(f"{path}: not an object")
    texts = {name: str(row[name]) for name in ("checkpoint", "dataset", "split", "key", "joints")}
    return KeptRun(
        id=run,
        question=RunQuestion(**texts, beyond=int(row["beyond"]), file=str(row["file"])),
        num_queries=int(row["num_queries"]),
        num_failures=int(row["num_failures"]),
        recall={str(k): float(value) for k, value in row["recall"].items()},
        kept_at=int(path.stat().st_mtime),
        older=str(row.get("rules", "")) != rules_fingerprint(),
    )
