"""The caption file that a run writes: no row is lost, and no old text stands in for a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autocompose.data.captions.caption_files import official_row, read_texts_only
from autocompose.data.captions.caption_keys import NOTE_KEYS, holds_texts
from autocompose.data.captions.caption_records import CaptionRecord, RecordPlace, text_id
from autocompose.data.captions.kept_notes import EarlierNotes
from autocompose.errors import DatasetError
from autocompose.schema import PosePair


@dataclass
class NewTexts:
    """What a run has made so far.

    Args:
        keys: caption keys that the run was asked for.
        texts: by id, see `text_id`.
        decided: ids of the texts that were written or discarded.
    """

    keys: tuple[str, ...]
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)

    def add(self, pair: PosePair, texts: Mapping[str, tuple[str, ...]]) -> None:
        """Note that a pair is done; its other keys have no text."""
        for key in self.keys:
            own = _id(place_of(pair), key)
            self.decided.add(own)
            if key in texts:
                self.texts[own] = texts[key]


@dataclass(frozen=True)
class MergedRows:
    """The rows of a file as they will be written.

    Args:
        rows: in the official form.
        described: pairs that got at least one new text.
        kept: texts of the asked keys that were there before and stay, by key.
        places: of the rows.
        gone: ids of texts that were there before and are not any more.
    """

    rows: tuple[Mapping[str, Any], ...]
    described: int
    kept: Mapping[str, int]
    places: frozenset[RecordPlace]
    gone: frozenset[str]


@dataclass(frozen=True)
class CaptionTarget:
    """The caption file that a run writes, checked before anything is paid for.

    Args:
        own: it is the file that the pairs come from. All of its rows and texts stay then, also
            those that the run has nothing for. In another file a text that the run was asked for
            and does not have is left out, so that no older one passes as new.
        earlier: what the pairs' own file notes of its texts.
    """

    path: Path
    own: bool
    earlier: EarlierNotes

    @classmethod
    def open(cls, path: Path, source: Path | None, pairs: Sequence[PosePair]) -> CaptionTarget:
        """Read what must not be lost.

        Args:
            path: of the file to write.
            source: the caption file that the pairs come from; None where they come from elsewhere.
            pairs: that the run is about.

        Raises:
            CaptionFileError: a caption file or its side-car is malformed.
            DatasetError: the file to write holds rows of other pairs, which would be lost.
        """
        earlier = EarlierNotes() if source is None else EarlierNotes.read(source)
        own = source is not None and path.exists() and path.samefile(source)
        if not own and path.is_file() and path.stat().st_size:
            _refuse_other_rows(path, pairs)
        return cls(path, own, earlier)

    def merge(self, pairs: Sequence[PosePair], new: NewTexts) -> MergedRows:
        """Put the new texts into the rows that the pairs come from."""
        rows, places, kept, gone = [], set(), Counter(), set()
        described = 0
        wanted = {place_of(pair) for pair in pairs}
        for place, before in self._rows(pairs):
            row = dict(before)
            if place in wanted:
                here = {key: _id(place, key) for key in new.keys}
                fresh = {key: new.texts[own] for key, own in here.items() if own in new.texts}
                stale = [key for key in here if key in row and key not in fresh]
                described += bool(fresh)
                row |= {key: list(texts) for key, texts in fresh.items()}
                if self.own:
                    kept.update(stale)
                else:
                    gone.update(here[key] for key in stale)
                    row = {key: value for key, value in row.items() if key not in stale}
                if fresh or not self.own:  # the notes of all its texts are in the side-car then
                    row = {key: value for key, value in row.items() if key not in NOTE_KEYS}
            if self.own or any(holds_texts(row, key) for key in row):
                rows.append(row)
                places.add(place)
        return MergedRows(tuple(rows), described, dict(kept), frozenset(places), frozenset(gone))

    def lines_to_keep(self, merged: MergedRows, new: NewTexts) -> Iterator[str]:
        """The side-car's lines about texts that the rows had before and keep."""
        return self.earlier.lines_to_keep(
            merged.places, {*new.texts, *merged.gone}, decided=new.decided
        )

    def _rows(self, pairs: Sequence[PosePair]) -> Iterator[tuple[RecordPlace, Mapping[str, Any]]]:
        records = {record.place: record for record in self.earlier.records}
        if self.own:
            yield from ((place, record.row) for place, record in records.items())
            return
        for pair in pairs:
            record = records.get(place_of(pair))
            yield place_of(pair), official_row(pair) if record is None else record.row


def place_of(pair: PosePair) -> RecordPlace:
    """Which record of a caption file a pair is."""
    return RecordPlace(pair.reference.id, pair.target.id, pair.number)


def _id(place: RecordPlace, key: str) -> str:
    return text_id(place.reference, place.target, place.number, key=key)


def _refuse_other_rows(path: Path, pairs: Sequence[PosePair]) -> None:
    known = {place_of(pair) for pair in pairs}
    others = [r for r in read_texts_only(path).records if r.place not in known]
    if others:
        raise DatasetError(
            f"{path} holds {len(others)} rows that this run would not write, such as"
            f" {_named(others[0])}; name another file, or describe all pairs of its split"
        )


def _named(record: CaptionRecord) -> str:
    return f"{record.reference} -> {record.target}"
