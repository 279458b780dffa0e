"""Caption files, read and written: official JSON, JSON lines, Parquet, a `datasets` folder.

The only module that reads and writes them; the records are those of `caption_records`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocompose.data.captions.caption_keys import NAME_KEYS, TEXT_KEYS
from autocompose.data.captions.caption_records import (
    CaptionRecord,
    TextNote,
    number_records,
    read_record,
    with_notes,
)
from autocompose.data.captions.side_car import read_notes
from autocompose.data.captions.text_rows import is_text_rows, join_rows
from autocompose.data.files import json_lines, read_json, write_whole
from autocompose.data.row_files import read_dataset_folder, read_json_lines, read_parquet
from autocompose.errors import CaptionFileError
from autocompose.schema import PosePair

Row = PosePair | CaptionRecord | Mapping[str, Any]
"""What a caption file is written from."""


@dataclass(frozen=True)
class CaptionScan:
    """What an official caption file holds.

    Args:
        records: the sound records, without notes.
        problems: the error of each other record, by its position in the file.
    """

    records: Mapping[int, CaptionRecord]
    problems: Mapping[int, CaptionFileError]


@dataclass(frozen=True)
class DroppedText:
    """A value among texts that is no text.

    Args:
        where: file, record and place in the list.
        value: as JSON, cut short.
    """

    key: str
    where: str
    value: str


@dataclass(frozen=True)
class CaptionTexts:
    """The texts of a caption file, and what stands among them and is no text."""

    records: tuple[CaptionRecord, ...]
    dropped: tuple[DroppedText, ...]


def read_caption_file(path: Path) -> tuple[CaptionRecord, ...]:
    """Read a caption file: official (``.json``), ``.jsonl``, ``.parquet``, or a `datasets` folder.

    The latter three hold the same records, or one row for each text as `review.files.export`
    writes them. Part sentences, model and provenance come from the rows, from the side-car, or
    from the records.

    Args:
        path: the file or folder.

    Raises:
        CaptionFileError: the file, a record or the side-car is malformed; the message says where.
        UnknownBodyPartError: a part sentence is about no part of the closed list.
    """
    rows = _checked(_read_rows(path), str(path))
    noted: dict[tuple[str, str, str], Sequence[TextNote]] = {}
    if is_text_rows(rows):
        joined = join_rows(rows, str(path))
        rows = joined.records
        noted.update(joined.notes)
    records = tuple(
        read_record(row, f"{path}[{i}]", number=number)
        for i, (row, number) in enumerate(zip(rows, number_records(rows), strict=True))
    )
    noted.update(read_notes(path))
    return tuple(with_notes(record, noted) for record in records)


def read_texts_only(path: Path) -> CaptionTexts:
    """Read a caption file and leave out what is no text: null, numbers, lists, objects.

    One string counts as a list of one. Part sentences and provenance are not read.

    Raises:
        CaptionFileError: the file is malformed, or a record lacks the name of an image.
    """
    rows = _checked(_read_rows(path), str(path))
    if is_text_rows(rows):
        rows = list(join_rows(rows, str(path)).records)
    dropped: list[DroppedText] = []
    rows = [_texts_of(row, f"{path}[{i}]", dropped) for i, row in enumerate(rows)]
    records = tuple(
        read_record(row, f"{path}[{i}]", number=number)
        for i, (row, number) in enumerate(zip(rows, number_records(rows), strict=True))
    )
    return CaptionTexts(records, tuple(dropped))


def scan_captions(path: Path) -> CaptionScan:
    """Read an official caption file and keep going after a malformed record.

    Raises:
        CaptionFileError: the file is not a JSON list.
    """
    rows = read_list(path)
    records, problems = {}, {}
    for i, (row, number) in enumerate(zip(rows, number_records(rows), strict=True)):
        try:
            records[i] = read_record(row, f"{path}[{i}]", number=number)
        except CaptionFileError as problem:
            problems[i] = problem
    return CaptionScan(records, problems)


def read_list(path: Path) -> Sequence[object]:
    """The content of a JSON file that holds a list.

    Raises:
        CaptionFileError: it holds something else, or is no JSON.
    """
    content = read_json(path)
    if not isinstance(content, list):
        raise CaptionFileError(f"{path}: expected a list, not {type(content).__name__}")
    return content


def write_captions(path: Path, rows: Iterable[Row]) -> None:
    """Write ``captions/<split>.json``, whole or not at all; what was read comes back unchanged."""
    write_whole(path, json_lines([official_row(row) for row in rows]))


def official_row(row: Row) -> dict[str, object]:
    """One row of an official caption file."""
    if isinstance(row, CaptionRecord):
        return dict(row.row)
    if not isinstance(row, PosePair):
        return dict(row)
    return {
        "reference": row.reference.id,
        "target": row.target.id,
        "img_set": list(row.image_set),
        **{key: list(texts) for key, texts in row.texts.items()},
    }


def _read_rows(path: Path) -> Sequence[object]:
    if path.suffix == ".jsonl":
        return read_json_lines(path)
    if path.suffix == ".parquet":
        return _without_gaps(read_parquet(path))
    if path.is_dir():
        return _without_gaps(read_dataset_folder(path))
    return read_list(path)


def _checked(rows: Iterable[object], where: str) -> list[Mapping[str, Any]]:
    checked = []
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CaptionFileError(f"{where}[{i}]: expected an object with reference and target")
        checked.append(row)
    return checked


def _without_gaps(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """In a table every row has every column: what a record does not have is null there."""
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _texts_of(row: Mapping[str, Any], where: str, dropped: list[DroppedText]) -> dict[str, Any]:
    """A record whose texts are texts; what is none goes to ``dropped``."""
    kept: dict[str, Any] = {}
    for key, value in row.items():
        if key in NAME_KEYS or (key not in TEXT_KEYS and not _may_be_texts(value)):
            kept[key] = value
            continue
        values = value if isinstance(value, list) else [value]
        for i, item in enumerate(values):
            if not isinstance(item, str):
                place = f"{where}.{key}" + (f"[{i}]" if isinstance(value, list) else "")
                dropped.append(DroppedText(key, place, json.dumps(item)[:40]))
        kept[key] = [item for item in values if isinstance(item, str)]
    return kept


def _may_be_texts(value: object) -> bool:
    """Whether the value of somebody's own key is one text, or a list with one in it."""
    some = isinstance(value, list) and any(isinstance(item, str) for item in value)
    return some or isinstance(value, str)
