"""Caption records with one row for each text: the form of JSON lines, Parquet and `datasets`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autocompose.data.captions.caption_keys import TEXT_KEYS
from autocompose.data.captions.caption_records import Notes, TextNote, read_note
from autocompose.errors import CaptionFileError
from autocompose.schema import PartDescription, Source, View


@dataclass(frozen=True)
class RowPlace:
    """The place of a description's texts in a caption file.

    Args:
        position: of the record in its split, which tells apart records of the same two images.
        description: an id of the description.
    """

    dataset: str
    split: str
    position: int
    reference: str
    target: str
    image_set: tuple[str, ...]
    description: str
    key: str


@dataclass(frozen=True)
class JoinedRows:
    """Rows of single texts as records of the official form, and the notes that the rows had."""

    records: tuple[Mapping[str, Any], ...]
    notes: Notes


@dataclass
class _Joined:
    """A record while its rows are collected."""

    record: dict[str, Any]
    made: dict[str, dict[str, Any]] = field(default_factory=dict)


def is_text_rows(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are rows of one text each, and not records."""
    return bool(rows) and all("key" in row and "text" in row for row in rows)


def place_columns(place: RowPlace, *, view: View, source: Source) -> dict[str, Any]:
    """The first columns of a row: which description a text belongs to.

    Args:
        place: of the description in its dataset.
        view: of the pair.
        source: of the text.
    """
    return {
        "dataset": place.dataset, "split": place.split, "position": place.position,
        "reference": place.reference, "target": place.target,
        "img_set": list(place.image_set or (place.target,)), "description": place.description,
        "key": place.key, "view": view.value, "source": source.value,
    }  # fmt: skip


def parts_column(parts: Sequence[PartDescription]) -> str:
    """Part sentences as the JSON text of the column ``parts``."""
    return json.dumps({part.part.value: part.text for part in parts}, ensure_ascii=False)


def join_rows(rows: Sequence[Mapping[str, Any]], where: str) -> JoinedRows:
    """Join rows of one text each to records, in the order in which the records first appear.

    Raises:
        CaptionFileError: a key is unknown, or ``provenance`` or ``parts`` is no JSON object.
    """
    found: dict[tuple[Any, ...], _Joined] = {}
    for i, row in enumerate(rows):
        if row["key"] not in TEXT_KEYS:
            allowed = ", ".join(sorted(TEXT_KEYS))
            raise CaptionFileError(f'{where}[{i}]: key "{row["key"]}" is unknown; use {allowed}')
        names = (row.get("reference"), row.get("target"))
        joined = found.setdefault(
            (row.get("position"), *names),
            _Joined(
                {
                    "reference": names[0],
                    "target": names[1],
                    "img_set": list(row.get("img_set") or [names[1]]),
                }
            ),
        )
        joined.record.setdefault(row["key"], []).append(row["text"])
        made = joined.made.setdefault(row["key"], _made(row, f"{where}[{i}]"))
        if row.get("edited"):
            made["edited_by"] = row.get("reviewer") or ""
    notes: dict[tuple[str, str, str], list[TextNote]] = {}
    for joined in found.values():
        record = joined.record
        for key, made in joined.made.items():
            place = (str(record["reference"]), str(record["target"]), key)
            notes.setdefault(place, []).append(read_note(made, record[key], where))
    return JoinedRows(tuple(joined.record for joined in found.values()), notes)


def _made(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """How a text was made, as its own row says."""
    try:
        made = dict(json.loads(row.get("provenance") or "{}"))
        parts = json.loads(row.get("parts") or "{}").items()
    except (TypeError, ValueError, AttributeError) as error:
        raise CaptionFileError(
            f"{where}: provenance and parts must be objects as JSON text ({error})"
        ) from error
    if row.get("model"):
        made["model"] = row["model"]
    made["parts"] = [{"part": part, "text": text} for part, text in parts]
    return made
