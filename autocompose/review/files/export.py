"""The store's texts as files: the official format, or one row a text with all that is known of it.

``latest`` is every description as it now reads, whatever was decided; ``accepted`` is what was
accepted and has no open conflict. Planted items and superseded texts are in neither. Each export is
read back and counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from autocompose.data.captions.caption_files import write_captions
from autocompose.data.captions.caption_keys import TEXT_KEYS
from autocompose.data.captions.text_rows import RowPlace, parts_column, place_columns
from autocompose.data.files import read_json
from autocompose.data.row_files import (
    count_json_lines,
    count_parquet,
    read_dataset_folder,
    write_dataset_folder,
    write_json_lines,
    write_parquet,
)
from autocompose.errors import ReviewError
from autocompose.review.files.derive import JOINT_WRITER
from autocompose.review.store.records import (
    Decision,
    ReviewState,
    read_judgement,
    read_state,
    to_json,
)
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import descriptions, items, records
from autocompose.schema import Source, View, caption_key

_NOTHING = "no description is accepted; export the latest state, or review some"
_AT_ONCE = 1000
"""Descriptions that are read from the store at once."""


class Format(str, Enum):
    """How an export is written."""

    OFFICIAL = "official"
    JSONL = "jsonl"
    PARQUET = "parquet"
    DATASETS = "datasets"


@dataclass(frozen=True)
class Split:
    """One split of one dataset in the store."""

    dataset: str
    split: str


@dataclass(frozen=True)
class ExportReport:
    """What was written, counted in the files themselves.

    Args:
        texts: in all files together.
    """

    paths: tuple[Path, ...]
    descriptions: int
    texts: int


@dataclass(frozen=True)
class _Exported:
    """A description on its way out."""

    row: Row[Any]
    state: ReviewState

    @property
    def source(self) -> Source:
        """Who wrote the texts as they now read."""
        return self.state.judgement.written or Source(self.row.source)

    @property
    def key(self) -> str:
        """The caption key of texts of this source and view."""
        if self.source is Source(self.row.source):
            return self.row.caption_key
        return caption_key(self.source, View(self.row.view))


def splits(store: Store) -> tuple[Split, ...]:
    """The splits in a store."""
    with store.database.read() as connection:
        query = select(records.c.dataset, records.c.split).distinct()
        found = connection.execute(query.order_by(records.c.dataset, records.c.split))
        return tuple(Split(dataset, split) for dataset, split in found)


def chosen_splits(store: Store, dataset: str | None, split: str | None) -> tuple[Split, ...]:
    """The splits of a store that a choice names; None names all.

    Args:
        store: where the splits are.
        dataset: its name, or None for every dataset.
        split: its name, or None for every split.

    Raises:
        ReviewError: there is none.
    """
    everything = splits(store)
    chosen = tuple(
        found
        for found in everything
        if dataset in (None, found.dataset) and split in (None, found.split)
    )
    if not chosen:
        have = ", ".join(f"{s.dataset} {s.split}" for s in everything) or "nothing"
        raise ReviewError(f"the store holds no {dataset or 'dataset'} {split or ''}; it has {have}")
    return chosen


def export(
    store: Store,
    out: Path,
    *,
    format: Format,
    only_accepted: bool = False,
    dataset: str | None = None,
    split: str | None = None,
    without: Collection[str] = (),
) -> ExportReport:
    """Write the store's texts.

    Args:
        store: the store.
        out: a file; or, for official, a folder that gets ``captions/<split>.json`` per split.
        format: of the files.
        only_accepted: else the latest state of everything.
        dataset: needed for official where the store holds several.
        split: leave out the others.
        without: ids of descriptions to leave out.

    Raises:
        ReviewError: nothing to export, the choice is not in the store, or what was written does not
            count up to what is in the store.
    """
    chosen = chosen_splits(store, dataset, split)
    if format is Format.OFFICIAL:
        return _export_official(store, out, chosen, only_accepted=only_accepted, without=without)
    if format is Format.DATASETS:
        rows = text_rows(store, chosen, only_accepted=only_accepted, without=without)
        write_dataset_folder(out, rows)
        _check_count(len(read_dataset_folder(out)), len(rows), out)
        return ExportReport((out,), count_descriptions(rows), len(rows))
    with store.database.read() as connection:
        passed = _Passed(connection, chosen, only_accepted=only_accepted, without=without)
        stream, count = _STREAMS[format]
        stream(out, passed)
    _check_count(count(out), passed.texts, out)
    return ExportReport((out,), passed.descriptions, passed.texts)


class _Passed:
    """The rows of texts in an order that stays, as often as they are asked for, and counted.

    One transaction reads them all, a part at a time: a store may hold more than memory does.
    """

    def __init__(
        self,
        connection: Connection,
        chosen: Sequence[Split],
        *,
        only_accepted: bool,
        without: Collection[str],
    ) -> None:
        self._connection = connection
        self._chosen = chosen
        self._only_accepted = only_accepted
        self._without = without
        self.descriptions = self.texts = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.descriptions = self.texts = 0
        for here in self._chosen:
            for found in _read(self._connection, here, only_accepted=self._only_accepted):
                if found.row.description_id in self._without:
                    continue
                rows = _text_rows(found)
                self.descriptions += bool(rows)
                self.texts += len(rows)
                yield from rows
        if not self.texts:
            raise ReviewError(_NOTHING)


def text_rows(
    store: Store,
    chosen: Sequence[Split],
    *,
    only_accepted: bool = False,
    without: Collection[str] = (),
) -> tuple[dict[str, Any], ...]:
    """One row a text, with all that is known of it.

    Args:
        store: where the texts are.
        chosen: whose texts.
        only_accepted: leave out texts whose description was not accepted.
        without: ids of descriptions to leave out.

    Raises:
        ReviewError: there is none.
    """
    with store.database.read() as connection:
        return tuple(_Passed(connection, chosen, only_accepted=only_accepted, without=without))


def count_descriptions(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many descriptions rows of texts belong to."""
    return len({row["description"] for row in rows})


def official_rows(
    store: Store, split: Split, *, only_accepted: bool = False, without: Collection[str] = ()
) -> tuple[dict[str, Any], ...]:
    """A split's records as the official caption file holds them, keys in the order they came.

    Args:
        store: where the texts are.
        split: whose records.
        only_accepted: leave out keys without an accepted description, and records without any key.
        without: ids of descriptions whose keys are left out in the same way.
    """
    found = _all_records(store, split, only_accepted=only_accepted, without=without)
    whole = not only_accepted and not without
    return tuple(
        row for row in found.values() if whole or any(row[key] for key in row if key in TEXT_KEYS)
    )


def accepted_texts(store: Store, split: Split) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The accepted texts of a split by caption key, for each id of a record that has any."""
    found = _all_records(store, split, only_accepted=True)
    texts = {
        record: {key: tuple(row[key]) for key in row if key in TEXT_KEYS and row[key]}
        for record, row in found.items()
    }
    return {record: texts[record] for record in texts if texts[record]}


def _all_records(
    store: Store, split: Split, *, only_accepted: bool, without: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """Every record of a split by its id, in file order; those left without any text too."""
    here = (records.c.dataset == split.dataset, records.c.split == split.split)
    moved: dict[str, list[str]] = {}
    with store.database.read() as connection:
        read = [
            found
            for found in _read(connection, split, only_accepted=only_accepted)
            if found.row.description_id not in without
        ]
        texts = {
            (found.row.record_id, found.row.caption_key): found.state.judgement.phrasings
            for found in read
            if found.key == found.row.caption_key
        }
        # Texts rewritten from the joints are never called a model's: they join the joints' own.
        for found in read:
            if found.key != found.row.caption_key:
                place = (found.row.record_id, found.key)
                texts[place] = (*texts.get(place, ()), *found.state.judgement.phrasings)
                moved.setdefault(found.row.record_id, []).append(found.key)
        rows = connection.execute(select(records).where(*here).order_by(records.c.position))
        return {
            row.id: {
                key: list(texts[row.id, key]) if (row.id, key) in texts else value
                for key, value in {
                    **json.loads(row.layout),
                    **dict.fromkeys(moved.get(row.id, ())),
                }.items()
                if key not in TEXT_KEYS or value == [] or (row.id, key) in texts
            }
            for row in rows
        }


def _export_official(
    store: Store,
    out: Path,
    chosen: Sequence[Split],
    *,
    only_accepted: bool,
    without: Collection[str],
) -> ExportReport:
    names = sorted({split.dataset for split in chosen})
    if len(names) > 1:
        raise ReviewError(f"the store holds several datasets; choose one of {', '.join(names)}")
    if out.suffix == ".json" and len(chosen) > 1:
        have = ", ".join(split.split for split in chosen)
        raise ReviewError(f"{out} is one file for the splits {have}; choose one, or give a folder")
    contents = [
        official_rows(store, split, only_accepted=only_accepted, without=without)
        for split in chosen
    ]
    if not any(contents):
        raise ReviewError(_NOTHING)
    paths = []
    exported = texts = 0
    for split, rows in zip(chosen, contents, strict=True):
        path = out if out.suffix == ".json" else out / "captions" / f"{split.split}.json"
        write_captions(path, rows)
        written = read_json(path)
        _check_count(_count_texts(written), _count_texts(rows), path)
        exported += sum(bool(row[key]) for row in rows for key in row if key in TEXT_KEYS)
        texts += _count_texts(rows)
        paths.append(path)
    return ExportReport(tuple(paths), exported, texts)


def _read(connection: Connection, split: Split, *, only_accepted: bool) -> Iterator[_Exported]:
    query = (
        select(
            items, records.c.reference, records.c.target, records.c.layout,
            descriptions.c.original, descriptions.c.provenance,
        )
        .join(records, records.c.id == items.c.record_id)
        .join(descriptions, descriptions.c.id == items.c.description_id)
        .where(items.c.dataset == split.dataset, items.c.split == split.split)
        .where(items.c.superseded == 0, items.c.planted == 0)
        .order_by(items.c.position, items.c.caption_key)
    )  # fmt: skip
    if only_accepted:
        query = query.where(items.c.verdict == Decision.ACCEPTED.value, items.c.conflicted == 0)
    # A part at a time, also from PostgreSQL, which else sends all of it at once.
    with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as found:
        for row in found:
            yield _Exported(row, read_state(row.state))


def _text_rows(found: _Exported) -> list[dict[str, Any]]:
    row, judgement = found.row, found.state.judgement
    original = read_judgement(json.loads(row.original))
    layout = json.loads(row.layout)
    # A model that wrote other texts has no part in rewritten ones.
    own = found.source is Source(row.source)
    model = row.model if own else ""
    provenance = row.provenance if own else to_json(JOINT_WRITER)
    place = RowPlace(
        row.dataset, row.split, row.position, row.reference, row.target,
        tuple(layout.get("img_set") or ()), row.description_id, found.key,
    )  # fmt: skip
    shared = {
        **place_columns(place, view=View(row.view), source=found.source),
        "model": model, "provenance": provenance,
        "verdict": row.verdict, "revision": row.revision, "reviewer": row.reviewer,
        "reviewed_at": row.reviewed_at, "flagged": bool(row.flagged),
        "conflicted": bool(row.conflicted),
        "reasons": ", ".join(reason.value for reason in judgement.reasons),
        "note": judgement.note,
        "parts": parts_column(judgement.parts),
    }  # fmt: skip
    rows = []
    for i, text in enumerate(judgement.phrasings):
        # A phrasing that was added in review has no original.
        before = original.phrasings[i] if i < len(original.phrasings) else ""
        rows.append(
            {**shared, "index": i, "text": text, "original": before, "edited": text != before}
        )
    return rows


def _count_texts(rows: Any) -> int:
    return sum(len(row[key]) for row in rows for key in row if key in TEXT_KEYS)


def _check_count(written: int, expected: int, path: Path) -> None:
    if written != expected:
        raise ReviewError(f"{path} holds {written} texts, the store {expected}; export again")


_STREAMS: dict[Format, tuple[Callable[[Path, Iterable[dict[str, Any]]], None], Callable]] = {
    Format.JSONL: (write_json_lines, count_json_lines),
    Format.PARQUET: (write_parquet, count_parquet),
}
