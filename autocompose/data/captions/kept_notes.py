"""What a caption file notes of its texts, carried over when other texts are written beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_records import (
    CaptionRecord,
    RecordPlace,
    text_id,
    write_parts,
)
from autocompose.data.captions.side_car import (
    side_car_line,
    side_car_lines,
    side_car_path,
    style_field,
)
from autocompose.schema import Source, TextStyle, View, caption_key, caption_meaning


@dataclass(frozen=True)
class EarlierNotes:
    """The notes of a caption file, read before a run may write over it.

    Args:
        records: of the file, with parts and provenance from wherever the file has them.
        discarded: lines of the side-car about views without a description.
    """

    records: tuple[CaptionRecord, ...] = ()
    discarded: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def read(cls, captions: Path) -> EarlierNotes:
        """Read them.

        Raises:
            CaptionFileError: the file or its side-car is malformed.
            UnknownBodyPartError: a part sentence is about no part of the closed list.
        """
        lines = (line for _, line in side_car_lines(side_car_path(captions)))
        discarded = tuple(line for line in lines if "phrasings" not in line)
        return cls(read_caption_file(captions), discarded)

    def lines_to_keep(
        self,
        kept: Collection[RecordPlace],
        rewritten: Collection[str],
        *,
        decided: Collection[str],
    ) -> Iterator[str]:
        """The lines about the texts that stay when others are written beside them.

        Args:
            kept: records that go into the new file.
            rewritten: ids of texts that are written or left out (`CaptionText.id`).
            decided: ids of texts about which the new file has a line of its own, also to say that
                there is none.
        """
        for record in self.records:
            if record.place in kept:
                yield from _lines_of(record, rewritten)
        numbers: dict[tuple[str, str], list[int]] = {}
        for place in kept:
            numbers.setdefault((place.reference, place.target), []).append(place.number)
        for line in self.discarded:
            names = (str(line.get("reference")), str(line.get("target")))
            key = _key_of(line)
            if names in numbers and not any(
                key and text_id(*names, number, key=key) in decided for number in numbers[names]
            ):
                yield side_car_line(line)


def _key_of(line: Mapping[str, Any]) -> str:
    """The caption key that a line is about; empty where it does not say."""
    try:
        # Files of version 0.1 do not say the source of a discarded view: it was a model.
        source = Source(line.get("source", Source.MLLM.value))
        style = TextStyle(line.get("style", TextStyle.FULL))
        return caption_key(source, View(line.get("view")), style)
    except (KeyError, ValueError):
        return ""


def _lines_of(record: CaptionRecord, rewritten: Collection[str]) -> Iterator[str]:
    for text in record.texts:
        meaning = caption_meaning(text.key)
        # A line has no place for a key of somebody else's.
        noted = bool(text.parts or text.provenance)
        if meaning is not None and noted and text.id not in rewritten:
            yield side_car_line(
                {
                    **text.provenance,
                    "reference": record.reference,
                    "target": record.target,
                    "view": meaning.view.value,
                    "source": meaning.source.value,
                    **style_field(meaning.style),
                    "parts": write_parts(text.parts),
                    "phrasings": list(text.phrasings),
                }
            )
