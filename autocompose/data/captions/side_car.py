"""The file beside a caption file: parts, provenance and raw answers of its texts, one view a line.

``captions/val.json`` has ``captions/val.provenance.jsonl``. Each line names the two images, the
view and the source; a line with ``phrasings`` is a description, one without says why there is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autocompose.data.captions.caption_records import (
    Notes,
    TextNote,
    read_note,
    write_parts,
)
from autocompose.data.files import write_whole
from autocompose.data.row_files import read_json_lines
from autocompose.errors import CaptionFileError
from autocompose.schema import (
    PosePair,
    Source,
    TextStyle,
    TransitionDescription,
    View,
    caption_key,
)


def side_car_path(captions: Path) -> Path:
    """Where the side-car of a caption file is."""
    return captions.with_name(f"{captions.stem}.provenance.jsonl")


def read_notes(captions: Path) -> Notes:
    """What the side-car of a caption file says of its texts; nothing where there is none.

    Raises:
        CaptionFileError: a line is malformed.
        UnknownBodyPartError: a part is not in the closed list.
    """
    found: dict[tuple[str, str, str], list[TextNote]] = {}
    for where, line in side_car_lines(side_car_path(captions)):
        if "phrasings" not in line:
            continue
        try:
            style = TextStyle(line.get("style", TextStyle.FULL))
            key = caption_key(Source(line["source"]), View(line["view"]), style)
            place = (line["reference"], line["target"], key)
            phrasings = tuple(line["phrasings"])
        except (KeyError, ValueError, TypeError) as error:
            raise CaptionFileError(
                f"{where}: a description needs reference, target, view, source and phrasings"
                f" ({error})"
            ) from error
        found.setdefault(place, []).append(read_note(line, phrasings, where))
    return found


def side_car_line(value: Mapping[str, object]) -> str:
    """One line of the file."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def described_line(pair: PosePair, description: TransitionDescription) -> dict[str, object]:
    """The line of a description, as an object that may get more fields."""
    made = description.provenance
    return {
        **_place(pair, description.view),
        "id": description.id,
        "source": description.source.value,
        **style_field(description.style),
        "parts": write_parts(description.parts),
        "phrasings": list(description.phrasings),
        "provider": made.provider,
        "model": made.model,
        "prompt_version": made.prompt_version,
        "created_at": made.created_at,
    }


def style_field(style: TextStyle) -> dict[str, str]:
    """The field of a style, which lines about full texts do not have."""
    return {} if style is TextStyle.FULL else {"style": style.value}


def discarded_line(
    pair: PosePair,
    view: View,
    source: Source,
    *,
    reason: str,
    detail: str,
    style: TextStyle = TextStyle.FULL,
) -> dict[str, object]:
    """The line of a view without a description.

    Args:
        pair: of pictures.
        view: of the pair.
        source: that gave none.
        reason: why, in a word that is counted.
        detail: why, for a person.
        style: of the texts that were asked for.
    """
    return {
        **_place(pair, view), "source": source.value, **style_field(style),
        "discarded": reason, "detail": detail,
    }  # fmt: skip


def _place(pair: PosePair, view: View) -> dict[str, object]:
    return {
        "pair": pair.id,
        "reference": pair.reference.id,
        "target": pair.target.id,
        "view": view.value,
    }


def drop_lines(captions: Path, pairs: Iterable[PosePair]) -> int:
    """Take lines about texts that are no longer there out of a side-car; how many they were.

    Args:
        captions: the caption file.
        pairs: all that is in it now.

    Raises:
        CaptionFileError: a line is not a JSON object.
    """
    path = side_car_path(captions)
    texts = {(pair.reference.id, pair.target.id): pair.texts for pair in pairs}
    lines = [line for _, line in side_car_lines(path)]
    kept = [line for line in lines if _is_there(line, texts)]
    if len(kept) < len(lines):
        write_whole(path, "".join(map(side_car_line, kept)))
    return len(lines) - len(kept)


def _is_there(
    line: Mapping[str, Any], texts: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
) -> bool:
    """Whether the pair of a line is there, with the description that the line is about."""
    pair = texts.get((str(line.get("reference")), str(line.get("target"))))
    if pair is None or "phrasings" not in line:
        return pair is not None
    style = TextStyle(line.get("style", TextStyle.FULL))
    key = caption_key(Source(line["source"]), View(line["view"]), style)
    return pair.get(key) == tuple(line["phrasings"])


def side_car_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The lines of a side-car with their places; nothing where there is no such file.

    Raises:
        CaptionFileError: a line is not a JSON object.
    """
    for number, line in enumerate(read_json_lines(path) if path.is_file() else (), start=1):
        where = f"{path}: record {number}"
        if not isinstance(line, Mapping):
            raise CaptionFileError(f"{where}: expected an object, not {json.dumps(line)[:60]}")
        yield where, line
