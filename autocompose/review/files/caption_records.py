"""Records of a caption file as the store takes them: checked, with every key in its order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autocompose.data.dataset import TEXT_KEYS, PoseDataset
from autocompose.data.files import check_name, read_json
from autocompose.data.row_files import read_dataset_folder, read_json_lines, read_parquet
from autocompose.errors import CaptionFileError
from autocompose.review.store.records import Judgement
from autocompose.schema import BodyPart, PartDescription, Source, View, caption_key

_NAMES = ("reference", "target")

Written = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""``(reference, target, caption key)`` -> how its texts were made."""


@dataclass(frozen=True)
class ImportedText:
    """One description of a record, as it came."""

    key: str
    judgement: Judgement
    model: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportedRecord:
    """One record of a caption file.

    Args:
        layout: the record without its texts: every key in order, null where a text list stood.
    """

    reference: str
    target: str
    layout: Mapping[str, Any]
    texts: tuple[ImportedText, ...]


def read_caption_file(path: Path, dataset: PoseDataset) -> tuple[ImportedRecord, ...]:
    """Read a caption file: official (``.json``), ``.jsonl``, ``.parquet``, or a `datasets` folder.

    The latter three hold the same records, or one row a text as `review.files.export` does.
    Parts, model and raw answers come from ``<name>.provenance.jsonl`` beside it, if there is one.

    Raises:
        CaptionFileError: the file or a record is malformed; the message says where.
        MissingImageError: a picture is not in the dataset.
        UnsafePathError: a name points outside ``images/``.
    """
    rows: Any
    if path.suffix == ".jsonl":
        rows = read_json_lines(path)
    elif path.suffix == ".parquet":
        rows = _without_gaps(read_parquet(path))
    elif path.is_dir():
        rows = _without_gaps(read_dataset_folder(path))
    else:
        rows = read_json(path)
    if not isinstance(rows, list):
        raise CaptionFileError(f"{path}: expected a list of records")
    return read_rows(rows, dataset, where=str(path), written=_written_beside(path))


def read_rows(
    rows: Iterable[Any], dataset: PoseDataset, *, where: str, written: Written | None = None
) -> tuple[ImportedRecord, ...]:
    """Read records that a `datasets` dataset or a file holds; `read_caption_file` has the errors.

    Rows of one text each (``key`` and ``text``, as `review.files.export` writes them) are
    joined to records first, and may say how their texts were made. ``written`` tells it otherwise,
    by pictures and key.
    """
    checked = []
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CaptionFileError(f"{where}[{i}]: expected an object with reference and target")
        checked.append(row)
    told = written or {}
    if checked and all("key" in row and "text" in row for row in checked):
        told = {**_written_in(checked, where), **told}
        checked = _joined(checked, where)
    return tuple(_record(row, dataset, f"{where}[{i}]", told) for i, row in enumerate(checked))


def key_meaning(key: str, *, rendered: bool) -> tuple[View, Source]:
    """What a caption key says of its texts.

    ``sents`` is the official key of human sentences; where the pictures are rendered, nobody wrote
    them: they come from the joints.

    >>> key_meaning("auto-reverse", rendered=True)
    (<View.REVERSE: 'reverse'>, <Source.AUTO: 'auto'>)
    """
    for source in (Source.AUTO, Source.MLLM):
        for view in View:
            if caption_key(source, view) == key:
                return view, source
    if key == "sents" and not rendered:
        return View.FORWARD, Source.HUMAN
    return View.FORWARD, Source.AUTO


def _record(
    row: Mapping[str, Any], dataset: PoseDataset, where: str, written: Written
) -> ImportedRecord:
    for name in _NAMES:
        if not isinstance(row.get(name), str):
            raise CaptionFileError(f"{where}: {name} must be a file name")
        check_name(row[name], where)
        dataset.image(row[name])
    # An empty list says that there is no text, and stays as it is.
    keys = [key for key in row if key in TEXT_KEYS and row[key] != []]
    layout = {key: None if key in keys else value for key, value in row.items()}
    texts = tuple(_text(row, key, where, written) for key in keys)
    return ImportedRecord(row["reference"], row["target"], layout, texts)


def _joined(rows: Sequence[Mapping[str, Any]], where: str) -> list[dict[str, Any]]:
    """Rows of one text each as records, in the order in which they first appear."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for i, row in enumerate(rows):
        if row["key"] not in TEXT_KEYS:
            allowed = ", ".join(sorted(TEXT_KEYS))
            raise CaptionFileError(f'{where}[{i}]: key "{row["key"]}" is unknown; use {allowed}')
        # Several records may name the same two pictures: `position` tells them apart.
        place = (row.get("position"), row.get("reference"), row.get("target"))
        record = found.setdefault(
            place,
            {
                "reference": row.get("reference"),
                "target": row.get("target"),
                "img_set": list(row.get("img_set") or [row.get("target")]),
            },
        )
        record.setdefault(row["key"], []).append(row["text"])
    return list(found.values())


def _without_gaps(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """In a table every row has every column: what a record does not have is null there."""
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _written_in(rows: Sequence[Mapping[str, Any]], where: str) -> Written:
    """How texts were made, as their own rows tell; who edited one since is added."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for i, row in enumerate(rows):
        try:
            made = dict(json.loads(row.get("provenance") or "{}"))
            parts = json.loads(row.get("parts") or "{}").items()
        except (TypeError, ValueError, AttributeError) as error:
            raise CaptionFileError(
                f"{where}[{i}]: provenance and parts must be objects as JSON text ({error})"
            ) from error
        if row.get("model"):
            made["model"] = row["model"]
        made["parts"] = [{"part": part, "text": text} for part, text in parts]
        place = (str(row.get("reference")), str(row.get("target")), str(row["key"]))
        told = found.setdefault(place, {**made, "phrasings": []})
        told["phrasings"].append(row["text"])
        if row.get("edited"):
            told["edited_by"] = row.get("reviewer") or ""
    return found


def _text(row: Mapping[str, Any], key: str, where: str, written: Written) -> ImportedText:
    texts = row[key]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise CaptionFileError(f"{where}: {key} must be a list of strings")
    _check_unicode(texts, f"{where}: {key}")
    view, source = key_meaning(key, rendered=False)
    here = (str(row["reference"]), str(row["target"]), key)
    made: Any = written.get(here, {})
    if made.get("phrasings") != texts:
        # Else a record may say itself how its forward texts were made.
        told = view is View.FORWARD and source is not Source.HUMAN
        made = row.get("provenance") if told else None
        made = {"parts": row.get("parts"), **made} if isinstance(made, Mapping) else {}
    provenance = {name: made[name] for name in made if name not in ("parts", "phrasings")}
    judgement = Judgement(tuple(texts), _parts(made.get("parts"), where))
    return ImportedText(key, judgement, str(made.get("model", "")), provenance)


def _written_beside(path: Path) -> Written:
    """What `autocompose describe` noted beside a caption file: parts, model and raw answers."""
    beside = path.with_name(f"{path.stem}.provenance.jsonl")
    found = {}
    for line in read_json_lines(beside) if beside.is_file() else ():
        if "phrasings" in line:
            key = caption_key(Source(line["source"]), View(line["view"]))
            found[line["reference"], line["target"], key] = line
    return found


def _check_unicode(texts: Sequence[str], where: str) -> None:
    """Refuse a text that no UTF-8 file could hold.

    Raises:
        CaptionFileError: it has half of a surrogate pair.
    """
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise CaptionFileError(
                f"{where}: character {error.start} is half of a surrogate pair; remove it"
            ) from error


def _parts(rows: Any, where: str) -> tuple[PartDescription, ...]:
    if rows is None:
        return ()
    try:
        return tuple(PartDescription(BodyPart.parse(row["part"]), str(row["text"])) for row in rows)
    except (TypeError, KeyError) as error:
        raise CaptionFileError(f"{where}: parts must be a list of part and text") from error
