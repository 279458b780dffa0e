"""What a caption file notes of its texts, carried over when other texts are written beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_records import write_parts
from autocompose.data.captions.side_car import side_car_line, side_car_lines, side_car_path
from autocompose.schema import PosePair, Source, caption_meaning


def lines_to_keep(
    captions: Path, kept: Collection[PosePair], source: Source, rewritten: Collection[str]
) -> Iterator[str]:
    """The lines about the texts that stay when others are written beside them.

    Args:
        captions: the file that the pairs were read from; its texts may have their parts in the
            side-car or in the records.
        kept: pairs whose texts go into the new file.
        source: whose texts are written.
        rewritten: ids of the texts that were written (`CaptionText.id`); their lines are left out.

    Raises:
        CaptionFileError: the file or its side-car is malformed.
    """
    wanted = {(pair.reference.id, pair.target.id, pair.number) for pair in kept}
    for record in read_caption_file(captions):
        if (record.reference, record.target, record.number) not in wanted:
            continue
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
    named = {pair[:2] for pair in wanted}
    for _, line in side_car_lines(side_car_path(captions)):
        # Files of version 0.1 do not say the source of a discarded view: it was a model.
        other = line.get("source", Source.MLLM.value) != source.value
        here = (line.get("reference"), line.get("target")) in named
        if other and here and "phrasings" not in line:
            yield side_car_line(line)
