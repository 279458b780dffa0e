"""Caption files into the store and out of it from the page, and the check against the joints."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_keys import TEXT_KEYS
from autocompose.data.captions.caption_records import CaptionRecord
from autocompose.errors import CaptionFileError, ConfigError, DatasetError
from autocompose.review.files.export import Format, chosen_splits, export
from autocompose.review.files.imports import LeftOut, import_records, sort_out
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.next_items import Order, Selection, find
from autocompose.review.queue.signals import SignalReport, description_ids, measure_signals
from autocompose.review.store.records import Decision
from autocompose.review.store.review_store import Store
from autocompose.schema import Event
from autocompose.studio.review.review_answers import (
    JobAnswer,
    JobKind,
    JobReport,
    PieceAnswer,
    UploadAnswer,
)
from autocompose.studio.review.review_cards import row_problems
from autocompose.studio.review.review_desk import Handler, ReviewDesk
from autocompose.studio.review.review_jobs import MAX_FILE, ReviewJob
from autocompose.studio.server.pictures import Page as Json
from autocompose.studio.server.transport import NothingToSay, read_choice, read_int, read_text

SHOWN = 50
"""Names of what was left out; the rest is counted."""

SLICE = 100
"""Descriptions that are checked while holding a place for work; then others have their turn."""

MAX_UNPACKED = 4 * MAX_FILE
MAX_MEMBERS = 200

_SPLIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def review_upload(desk: ReviewDesk, who: Reviewer, payload: Json) -> UploadAnswer:
    """Take a piece of a caption file."""
    who.require(Role.ADMINISTRATOR)
    offset = read_int(payload, "offset", low=0, high=MAX_FILE, default=0)
    data = payload.get("data")
    if not isinstance(data, str):
        raise ConfigError("a piece of the file is missing; upload it again")
    return UploadAnswer(desk.jobs.receive(who.name, read_text(payload, "name"), offset, data))


def review_import(desk: ReviewDesk, who: Reviewer, payload: Json) -> JobAnswer:
    """Begin to put captions into the store and to check them against the joints.

    With ``uploaded`` the file that this person sent, else the captions of the split on show.
    """
    who.require(Role.ADMINISTRATOR)
    studio = desk.studio
    if studio.dataset_problem:
        raise DatasetError(studio.dataset_problem)
    replace = payload.get("replace") is True
    if payload.get("uploaded") is True:
        split = read_text(payload, "split")
        if not _SPLIT.fullmatch(split):
            raise ConfigError("name the split in letters, digits and . _ -, such as val")
        path = desk.jobs.take_upload(who.name)
    else:
        split = studio.split
        path = studio.dataset.root / "captions" / f"{split}.json"
    store = desk.store(create=True)

    def work(job: ReviewJob) -> JobReport:
        try:
            found = read_caption_file(unpacked(path))
        finally:
            if payload.get("uploaded") is True:
                shutil.rmtree(path.parent, ignore_errors=True)
        fit, left = sort_out(found, studio.dataset, on_event=job.listen)
        if not fit and left:
            raise DatasetError(f"no record fits the pictures of this dataset: {left[0].why}")
        done = import_records(
            store, fit, dataset=studio.dataset, split=split, by=who.name, replace=replace,
            on_event=job.listen,
        )  # fmt: skip
        left = (*left, *_other_keys(fit))
        seen = _triage(desk, store, split, job)
        return JobReport(
            done.added, done.known, done.superseded, seen.judged, seen.contradicted,
            seen.sides_swapped, skipped=len(left), left=left[:SHOWN],
        )  # fmt: skip

    return JobAnswer(desk.jobs.start(JobKind.IMPORT, path.name, work).view())


def review_triage(desk: ReviewDesk, who: Reviewer, payload: Json) -> JobAnswer:
    """Begin to check every description of the dataset on show against the joints."""
    who.require(Role.ADMINISTRATOR)
    studio, store = desk.studio, desk.store()
    if studio.dataset_problem:
        raise DatasetError(studio.dataset_problem)

    def work(job: ReviewJob) -> JobReport:
        seen = _triage(desk, store, None, job)
        return JobReport(
            checked=seen.judged, contradicted=seen.contradicted, swapped=seen.sides_swapped
        )

    return JobAnswer(desk.jobs.start(JobKind.TRIAGE, "", work).view())


def review_export(desk: ReviewDesk, who: Reviewer, payload: Json) -> JobAnswer:
    """Begin to write a file of one split: official captions, or one row for each text.

    Descriptions with a row that speaks of another side or part are left out, by name.
    """
    who.require(Role.ADMINISTRATOR)
    store = desk.store()
    format = read_choice(Format, read_text(payload, "format"))
    if format not in (Format.OFFICIAL, Format.JSONL):
        raise ConfigError("the page exports official captions or JSON lines")
    accepted = payload.get("accepted") is not False
    dataset, split = read_text(payload, "dataset"), read_text(payload, "split")
    chosen_splits(store, dataset, split)
    name = f"{split}.{'json' if format is Format.OFFICIAL else 'jsonl'}"

    def work(job: ReviewJob) -> JobReport:
        blocked = _blocked(store, dataset, split, accepted, job)
        job.listen(Event("write the file", 0, 1))
        path = desk.jobs.place() / name
        done = export(
            store, path, format=format, only_accepted=accepted, dataset=dataset, split=split,
            without=set(blocked),
        )  # fmt: skip
        job.file = path
        return JobReport(
            descriptions=done.descriptions, texts=done.texts, size=path.stat().st_size,
            skipped=len(blocked), left=tuple(blocked.values())[:SHOWN],
        )  # fmt: skip

    return JobAnswer(desk.jobs.start(JobKind.EXPORT, name, work).view())


def review_job(desk: ReviewDesk, who: Reviewer, payload: Json) -> JobAnswer:
    """The job that runs, or the last one that did."""
    who.require(Role.ADMINISTRATOR)
    job = desk.jobs.last()
    return JobAnswer(None if job is None else job.view())


def review_cancel(desk: ReviewDesk, who: Reviewer, payload: Json) -> NothingToSay:
    """Cancel the job that runs, or dismiss the one that has ended."""
    who.require(Role.ADMINISTRATOR)
    desk.jobs.cancel(read_text(payload, "job"))
    return NothingToSay()


def review_piece(desk: ReviewDesk, who: Reviewer, payload: Json) -> PieceAnswer:
    """A piece of the file that an export wrote."""
    who.require(Role.ADMINISTRATOR)
    offset = read_int(payload, "offset", low=0, high=2**40, default=0)
    return PieceAnswer(*desk.jobs.piece(read_text(payload, "job"), offset))


FILE_HANDLERS: tuple[Handler, ...] = (
    review_upload,
    review_import,
    review_triage,
    review_export,
    review_job,
    review_cancel,
    review_piece,
)


def unpacked(path: Path) -> Path:
    """What is to be read of an uploaded file: itself, or what a zip holds, unpacked beside it.

    A zip holds a folder that `datasets` saved, or one caption file with its side-car.

    Raises:
        CaptionFileError: the zip is damaged, too large, or holds neither.
    """
    if path.suffix != ".zip":
        return path
    folder = path.parent / "unpacked"
    try:
        with zipfile.ZipFile(path) as archive:
            for member, name in _members(archive):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as file:
                    _copy_bounded(source, file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise CaptionFileError(f"{path.name}: not a zip that can be read ({error})") from error
    for state in sorted(folder.rglob("state.json")):
        return state.parent
    files = [
        found
        for found in sorted(folder.rglob("*"))
        if found.suffix in (".json", ".jsonl", ".parquet")
        and not found.name.endswith(".provenance.jsonl")
    ]
    if len(files) != 1:
        raise CaptionFileError(
            f"{path.name}: holds {len(files)} caption files; put one into the zip, with its"
            " side-car, or a folder that `datasets` saved"
        )
    return files[0]


def _members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The plain files of a zip under names that stay inside a folder."""
    found = [one for one in archive.infolist() if not one.is_dir()]
    if len(found) > MAX_MEMBERS or sum(one.file_size for one in found) > MAX_UNPACKED:
        raise CaptionFileError(
            f"the zip holds more than {MAX_MEMBERS} files or {MAX_UNPACKED // 2**20} MB"
        )
    kept = []
    for one in found:
        name = PurePosixPath(one.filename.replace("\\", "/"))
        is_link = stat.S_ISLNK(one.external_attr >> 16)
        if name.is_absolute() or ".." in name.parts or ":" in one.filename or is_link:
            raise CaptionFileError("the zip holds a link, or a name that points outside of it")
        kept.append((one, str(name)))
    return kept


def _copy_bounded(source, file) -> None:
    """Copy, and stop where the content is larger than its header said it may be."""
    copied = 0
    while piece := source.read(2**20):
        copied += len(piece)
        if copied > MAX_UNPACKED:
            raise CaptionFileError(f"the zip holds more than {MAX_UNPACKED // 2**20} MB")
        file.write(piece)


def _other_keys(found: Sequence[CaptionRecord]) -> tuple[LeftOut, ...]:
    """Keys of somebody else's: an export gives them back, and nobody reviews them."""
    keys = Counter(
        text.key for record in found for text in record.texts if text.key not in TEXT_KEYS
    )
    why = "is no caption key; {} lists under it are kept as they are and not reviewed"
    return tuple(LeftOut(key, why.format(count)) for key, count in sorted(keys.items()))


def _triage(desk: ReviewDesk, store: Store, split: str | None, job: ReviewJob) -> SignalReport:
    studio = desk.studio
    ids = description_ids(store, studio.dataset_name, split)
    if not ids:
        raise DatasetError("the store holds nothing of this dataset; import captions first")
    total = SignalReport(len(ids), 0, 0, 0)
    for start in range(0, len(ids), SLICE):
        job.listen(Event("check against the joints", start, len(ids)))
        with studio.slot():
            found = measure_signals(store, studio.dataset, only=ids[start : start + SLICE])
        total = SignalReport(
            len(ids),
            total.judged + found.judged,
            total.contradicted + found.contradicted,
            total.sides_swapped + found.sides_swapped,
        )
    return total


def _blocked(
    store: Store, dataset: str, split: str, accepted: bool, job: ReviewJob
) -> dict[str, LeftOut]:
    """Descriptions of an export with a row that speaks of another side or part, by id."""
    verdict = Decision.ACCEPTED if accepted else None
    chosen = Selection(dataset=dataset, split=split, verdict=verdict)
    blocked: dict[str, LeftOut] = {}
    total, offset = 1, 0
    while offset < total:
        page = find(store, chosen, order=Order.SEQUENTIAL, limit=SLICE, offset=offset)
        total = page.total
        for item in page.items:
            for problem in row_problems(item.state.judgement)[:1]:
                name = f"{item.key}, {item.reference} to {item.target}"
                blocked[item.id] = LeftOut(name, problem.why)
        offset += SLICE
        job.listen(Event("check the rows", min(offset, total), total))
    return blocked
