"""The record of a caption file: two images, and the texts of each source and view.

A description may carry part sentences and a provenance. A file holds them in one of three ways:
in a side-car (`side_car`), in the record itself under ``parts`` and ``provenance`` (they belong to
the forward texts), or in the columns of a file with one row for each text (`text_rows`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autocompose.data.captions.caption_keys import holds_texts
from autocompose.data.files import check_name
from autocompose.errors import CaptionFileError
from autocompose.schema import BodyPart, PartDescription, Source, View, caption_meaning, content_id


@dataclass(frozen=True)
class TextNote:
    """How texts were made: part sentences, and the provenance as a file has it.

    Args:
        phrasings: the texts that the note is about.
    """

    phrasings: tuple[str, ...]
    parts: tuple[PartDescription, ...]
    provenance: Mapping[str, Any]


Notes = Mapping[tuple[str, str, str], Sequence[TextNote]]
"""``(reference, target, caption key)`` -> the notes of all records of these two images."""


@dataclass(frozen=True)
class RecordPlace:
    """Which record of a caption file is meant.

    Args:
        number: how many earlier records name the same two images.
    """

    reference: str
    target: str
    number: int


@dataclass(frozen=True)
class CaptionText:
    """The texts of a record under one caption key.

    Args:
        reference: of the record, as are ``target`` and ``number``.
        parts: part sentences; empty where none are known.
        model: name of the model that wrote the texts; empty where none did, or none is known.
        provenance: how the texts were made, as the file has it.
    """

    reference: str
    target: str
    number: int
    key: str
    phrasings: tuple[str, ...]
    parts: tuple[PartDescription, ...] = ()
    model: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """See `text_id`; the same in every form of the file, and after every edit."""
        return text_id(self.reference, self.target, self.number, key=self.key)


@dataclass(frozen=True)
class CaptionRecord:
    """One record of a caption file.

    Args:
        number: how many earlier records name the same two images.
        row: the record as it stands in the file, every key in its order.
        texts: in the order of the keys; an empty list is there too.
        where: file and position, for messages.
    """

    reference: str
    target: str
    number: int
    row: Mapping[str, Any]
    texts: tuple[CaptionText, ...]
    where: str = ""

    @property
    def place(self) -> RecordPlace:
        """Which record this is."""
        return RecordPlace(self.reference, self.target, self.number)

    @property
    def phrasings(self) -> dict[str, tuple[str, ...]]:
        """Caption key -> texts, as `PosePair` has them."""
        return {text.key: text.phrasings for text in self.texts}

    @classmethod
    def described(
        cls,
        reference: str,
        target: str,
        image_set: Iterable[str],
        *,
        texts: Mapping[str, Sequence[str]],
        note: TextNote,
    ) -> CaptionRecord:
        """A record that carries the note of its forward texts itself; the official code skips it.

        Args:
            reference: image name.
            target: image name.
            image_set: see `PosePair`.
            texts: caption key -> texts.
            note: how the forward texts were made.
        """
        row = {
            "reference": reference,
            "target": target,
            "img_set": list(image_set),
            **{key: list(found) for key, found in texts.items()},
            "parts": write_parts(note.parts),
            "provenance": dict(note.provenance),
        }
        return with_notes(read_record(row, "the description"), {})

    def layout(self, keys: Iterable[str]) -> dict[str, Any]:
        """The record with null in place of the values of ``keys``; the order of keys stays."""
        left_out = frozenset(keys)
        return {key: None if key in left_out else value for key, value in self.row.items()}


def text_id(reference: str, target: str, number: int, *, key: str) -> str:
    """The id of a record's texts under a key; it does not depend on what the texts say.

    Args:
        reference: id of the picture.
        target: id of the picture.
        number: how many earlier records of the file name the same two pictures.
        key: of the texts.
    """
    return content_id(reference, target, str(number), key)


def record_id(dataset: str, split: str, pair: tuple[str, str], *, number: int) -> str:
    """The id of a record among the records of all datasets.

    Args:
        dataset: its name.
        split: that the record is in.
        pair: reference and target.
        number: how many earlier records of the file name the same two images.
    """
    return content_id(dataset, split, *pair, str(number))


def number_records(rows: Iterable[object]) -> Iterator[int]:
    """For each record, how many earlier ones name the same two images; malformed ones count."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        fields = row if isinstance(row, Mapping) else {}
        pair = (str(fields.get("reference")), str(fields.get("target")))
        yield seen[pair]
        seen[pair] += 1


def read_record(row: object, where: str, *, number: int = 0) -> CaptionRecord:
    """Read names and texts of one record of the official form; `with_notes` adds the rest.

    Args:
        row: a JSON object; ``img_set`` is not looked at, see `read_image_set`.
        where: file and position, for messages.
        number: see `CaptionRecord`.

    Raises:
        CaptionFileError: a name or a text list is malformed.
    """
    if not isinstance(row, Mapping):
        raise CaptionFileError(f"{where}: expected an object, not {json.dumps(row)[:60]}")
    reference, target = _name(row, "reference", where), _name(row, "target", where)
    texts = tuple(
        CaptionText(reference, target, number, key, _strings(row, key, where))
        for key in row
        if holds_texts(row, key)
    )
    return CaptionRecord(reference, target, number, row, texts, where)


def with_notes(record: CaptionRecord, beside: Notes) -> CaptionRecord:
    """A record with the part sentences and the provenance of its texts.

    Args:
        record: as `read_record` gives it.
        beside: what the side-car says. A note counts for exactly the texts that it was made for;
            without one, the record's own ``parts`` and ``provenance`` count.

    Raises:
        CaptionFileError: ``parts`` in the record is malformed.
        UnknownBodyPartError: a part is not in the closed list.
    """
    texts = []
    for text in record.texts:
        notes = beside.get((record.reference, record.target, text.key), ())
        fitting = (note for note in notes if note.phrasings == text.phrasings)
        texts.append(_noted(text, next(fitting, None) or _own_note(record, text)))
    return replace(record, texts=tuple(texts))


def read_image_set(record: CaptionRecord) -> tuple[str, ...]:
    """The group of names under ``img_set``.

    Raises:
        CaptionFileError: it is missing, empty, or not a list of names.
    """
    group = _strings(record.row, "img_set", record.where)
    if not group:
        raise CaptionFileError(f"{record.where}: img_set is an empty list; name the target in it")
    return group


def check_image_set(record: CaptionRecord) -> tuple[str, ...]:
    """The group of names under ``img_set``, in which the target is and every name is safe.

    A group may name images that are not there: it is then smaller (as in the official code), and
    no query is lost by it.

    Raises:
        CaptionFileError: see `read_image_set`, or the target is not in it.
        UnsafePathError: a name points outside the images.
    """
    group = read_image_set(record)
    if record.target not in group:
        raise CaptionFileError(
            f'{record.where}: img_set does not contain the target "{record.target}"'
        )
    for name in group:
        check_name(name, f"{record.where}: img_set")
    return group


def read_parts(rows: Any, where: str) -> tuple[PartDescription, ...]:
    """Part sentences from a list of ``{"part", "text"}``; null is none.

    Raises:
        CaptionFileError: it is no such list.
        UnknownBodyPartError: a part is not in the closed list.
    """
    if rows is None:
        return ()
    try:
        return tuple(PartDescription(BodyPart.parse(row["part"]), str(row["text"])) for row in rows)
    except (TypeError, KeyError, AttributeError) as error:
        raise CaptionFileError(f"{where}: parts must be a list of part and text") from error


def read_note(made: Mapping[str, Any], phrasings: Sequence[str], where: str) -> TextNote:
    """The note in a mapping of provenance and ``parts``.

    Args:
        made: JSON values of a record.
        phrasings: the texts that the note is about.
        where: what an error calls the place.

    Raises:
        CaptionFileError: ``parts`` is malformed.
        UnknownBodyPartError: a part is not in the closed list.
    """
    kept = {name: value for name, value in made.items() if name not in ("parts", "phrasings")}
    return TextNote(tuple(phrasings), read_parts(made.get("parts"), where), kept)


def write_parts(parts: Iterable[PartDescription]) -> list[dict[str, str]]:
    """Part sentences as a list of ``{"part", "text"}``, the inverse of `read_parts`."""
    return [{"part": part.part.value, "text": part.text} for part in parts]


def _noted(text: CaptionText, note: TextNote | None) -> CaptionText:
    if note is None:
        return text
    model = str(note.provenance.get("model", ""))
    return replace(text, parts=note.parts, model=model, provenance=note.provenance)


def _own_note(record: CaptionRecord, text: CaptionText) -> TextNote | None:
    """What a record says itself of how its forward texts were made; of no person's, though."""
    meaning = caption_meaning(text.key)
    forward = meaning is None or meaning.view is View.FORWARD
    human = meaning is not None and meaning.source is Source.HUMAN
    made = record.row.get("provenance")
    if not forward or human or not isinstance(made, Mapping):
        return None
    return read_note({"parts": record.row.get("parts"), **made}, text.phrasings, record.where)


def _name(record: Mapping[str, object], key: str, where: str) -> str:
    if key not in record:
        raise CaptionFileError(f'{where}: key "{key}" is missing; "{key}" must be a file name')
    name = record[key]
    if not isinstance(name, str):
        raise CaptionFileError(f"{where}: {key} must be a file name, not {json.dumps(name)[:60]}")
    return name


def _strings(record: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    if key not in record:
        raise CaptionFileError(f'{where}: key "{key}" is missing')
    values = record[key]
    if isinstance(values, str):
        raise CaptionFileError(
            f'{where}: {key} is one string; {key} must be a list of strings: ["..."]'
        )
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise CaptionFileError(f"{where}: {key} must be a list of strings")
    return tuple(values)
