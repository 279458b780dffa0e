"""What the caption file of the split on show holds for one pair, parts and provenance included."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_records import CaptionRecord
from autocompose.data.captions.side_car import side_car_path
from autocompose.schema import PosePair
from autocompose.studio.server.state import Studio

Place = tuple[int, CaptionRecord]
"""Position in the file, and the record."""


def caption_record(studio: Studio, pair: PosePair) -> Place | None:
    """The first record of a pair in the caption file; None where the file has none.

    Raises:
        CaptionFileError: the file or its side-car is malformed.
    """
    if studio.dataset_problem:
        return None
    path = studio.dataset.root / "captions" / f"{studio.split}.json"
    beside = side_car_path(path)
    stamps = tuple(one.stat().st_mtime_ns if one.is_file() else 0 for one in (path, beside))
    return _records(path, stamps).get((pair.reference.id, pair.target.id))


@lru_cache(maxsize=2)
def _records(path: Path, stamps: tuple[int, ...]) -> dict[tuple[str, str], Place]:
    """Records by their pictures; read again when a file's time has changed."""
    found: dict[tuple[str, str], Place] = {}
    for position, record in enumerate(read_caption_file(path)):
        found.setdefault((record.reference, record.target), (position, record))
    return found


def with_key(record: CaptionRecord, key: str) -> CaptionRecord:
    """A record that holds the texts of one key only."""
    texts = tuple(text for text in record.texts if text.key == key)
    left_out = {text.key for text in record.texts} - {key}
    row = {name: value for name, value in record.row.items() if name not in left_out}
    return replace(record, row=row, texts=texts)
