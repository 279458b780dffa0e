"""What a caption file notes of its texts, carried over when other texts are written beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_records import CaptionRecord, write_parts
from autocompose.data.captions.side_car import side_car_line, side_car_lines, side_car_path
from autocompose.schema import PosePair, Source, caption_meaning


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
        self, kept: Collection[PosePair], source: Source, rewritten: Collection[str]
    ) -> Iterator[str]:
        """The lines about the texts that stay when others are written beside them.

        Args:
            kept: pairs whose texts go into the new file.
            source: whose texts are written.
            rewritten: ids of the texts that were written (`CaptionText.id`), whose lines are new.
        """
        wanted = {(pair.reference.id, pair.target.id, pair.number) for pair in kept}
        for record in self.records:
            if (record.reference, record.target, record.number) in wanted:
                yield from _lines_of(record, rewritten)
        named = {pair[:2] for pair in wanted}
        for line in self.discarded:
            # Files of version 0.1 do not say the source of a discarded view: it was a model.
            other = line.get("source", Source.MLLM.value) != source.value
            if other and (line.get("reference"), line.get("target")) in named:
                yield side_car_line(line)


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
                    "parts": write_parts(text.parts),
                    "phrasings": list(text.phrasings),
                }
            )
