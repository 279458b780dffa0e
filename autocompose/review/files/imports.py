"""Caption records into the store.

A file goes in whole or not at all. Its records are kept with all their keys in order, so that an
export gives back what came in. The same file again changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from autocompose.data.captions.caption_keys import TEXT_KEYS
from autocompose.data.captions.caption_records import (
    CaptionRecord,
    CaptionText,
    check_image_set,
    record_id,
)
from autocompose.data.counted import counted
from autocompose.data.dataset import PoseDataset
from autocompose.data.files import check_name
from autocompose.errors import DatasetError, ReviewError
from autocompose.review.store.log import append_import, item_values, search_form, take_head
from autocompose.review.store.records import Judgement, ReviewState, judgement_json, to_json
from autocompose.review.store.review_store import Store, original_sha256
from autocompose.review.store.tables import descriptions, item_parts, items, records, search_texts
from autocompose.schema import (
    CaptionMeaning,
    JointsOrigin,
    OnEvent,
    Source,
    View,
    caption_meaning,
    content_id,
)

_CHUNK = 500


@dataclass(frozen=True)
class ImportReport:
    """What an import did; ``added + known`` is what the file holds.

    Args:
        superseded: descriptions whose place a new one took; they stay in the log.
    """

    records: int
    descriptions: int
    texts: int
    added: int
    known: int
    superseded: int


@dataclass(frozen=True)
class LeftOut:
    """What an import or an export leaves out, by name, and why."""

    name: str
    why: str


def sort_out(
    found: Sequence[CaptionRecord], dataset: PoseDataset, *, on_event: OnEvent | None = None
) -> tuple[tuple[CaptionRecord, ...], tuple[LeftOut, ...]]:
    """Part the records that fit a dataset from those that an import of them would be refused for.

    Args:
        found: records of one file.
        dataset: whose pictures they must name.
        on_event: called with progress.
    """
    fit, left = [], []
    for record in counted(found, len(found), "check records", on_event=on_event):
        try:
            _check((record,), dataset)
        except DatasetError as error:
            left.append(LeftOut(f"{record.reference} to {record.target}", str(error)))
        else:
            fit.append(record)
    return tuple(fit), tuple(left)


def import_records(
    store: Store,
    found: Sequence[CaptionRecord],
    *,
    dataset: PoseDataset,
    split: str,
    by: str,
    replace: bool = False,
    first: int = 0,
    on_event: OnEvent | None = None,
) -> ImportReport:
    """Put records into the store, all or none.

    Args:
        store: the store.
        found: records of one file.
        dataset: that they belong to.
        split: that they belong to.
        by: who imports them.
        replace: let other texts under a key that is already there take its place.
        first: place of the first record in its file.
        on_event: called with progress.

    Raises:
        CaptionFileError: ``img_set`` is missing, malformed or without the target.
        MissingImageError: a picture is not in the dataset.
        UnsafePathError: a name points outside ``images/``.
        ReviewError: other texts are there under a key, and ``replace`` is off.
    """
    _check(counted(found, len(found), "check records", on_event=on_event), dataset)
    name = dataset.name
    rendered = any(image.joints_origin is JointsOrigin.RENDERED for image in _some(dataset, found))
    now = store.now()
    counts: Counter[str] = Counter()
    new = _Rows()
    with store.database.write() as connection:
        take_head(connection)
        known = _known(connection, name, split)
        waiting = counted(found, len(found), "import records", on_event=on_event)
        for position, record in enumerate(waiting, start=first):
            pair = (record.reference, record.target)
            own = record_id(name, split, pair, number=record.number)
            new.record(known, own, record, place=(name, split, position))
            for text in _reviewed(record):
                made = _description(text, own, rendered=rendered, now=now)
                standing = known.current.get((own, text.key))
                if standing == made["id"]:
                    counts["known"] += 1
                    continue
                if standing is not None:
                    if not replace:
                        raise ReviewError(
                            f"record {position} ({' -> '.join(pair)}): other texts under"
                            f' "{text.key}" are in the store; replace them (--replace)'
                            " to let these take their place; the old ones stay in the log"
                        )
                    new.superseded.append(standing)
                known.current[own, text.key] = made["id"]
                if made["id"] in known.ids:  # took another's place once, and is back
                    counts["known"] += 1
                    new.revived.append(made["id"])
                    continue
                counts["added"] += 1
                new.description(made, text, (name, split, position))
        new.write(connection, on_event)
        if counts["added"]:
            summary = to_json({"dataset": name, "split": split, "originals": new.hashes})
            operation = "import:" + content_id(name, split, *sorted(new.hashes))
            append_import(connection, operation, summary, by=by, now=now)
    store.database.settle(counts["added"])
    return ImportReport(
        records=len(found),
        descriptions=sum(len(_reviewed(record)) for record in found),
        texts=sum(len(text.phrasings) for record in found for text in _reviewed(record)),
        added=counts["added"],
        known=counts["known"],
        superseded=len(new.superseded),
    )


@dataclass
class _Known:
    """What of a split is in the store: layouts by record, ids by record and key."""

    layouts: dict[str, dict[str, Any]]
    current: dict[tuple[str, str], str]
    ids: set[str]


class _Rows:
    """The rows that one import adds, written together."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.layouts: list[dict[str, Any]] = []
        self.descriptions: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        self.parts: list[dict[str, Any]] = []
        self.searched: list[dict[str, Any]] = []
        self.superseded: list[str] = []
        self.revived: list[str] = []
        self.hashes: dict[str, str] = {}

    def record(
        self, known: _Known, own: str, record: CaptionRecord, *, place: tuple[str, str, int]
    ) -> None:
        layout = record.layout(text.key for text in _reviewed(record))
        standing = known.layouts.get(own)
        if standing is None:
            self.records.append(
                {"id": own, "dataset": place[0], "split": place[1], "position": place[2],
                 "reference": record.reference, "target": record.target, "layout": _ordered(layout)}
            )  # fmt: skip
        elif layout.keys() - standing.keys():
            self.layouts.append({"at": own, "layout": _ordered({**layout, **standing})})
        known.layouts[own] = layout | (standing or {})

    def description(
        self, made: dict[str, Any], text: CaptionText, place: tuple[str, str, int]
    ) -> None:
        self.descriptions.append(made)
        self.hashes[made["id"]] = made["sha256"]
        copied = ("record_id", "caption_key", "view", "source", "model")
        self.items.append(
            {
                **{name: made[name] for name in copied},
                **item_values(ReviewState(0, _judgement(text)), made["original"]),
                "description_id": made["id"], "dataset": place[0], "split": place[1],
                "position": place[2], "reviewer": "", "reviewed_at": "", "stale": 0,
                "superseded": 0, "score": 0.0, "card_reasons": "[]", "shuffle": made["id"][8:],
                "planted": 0,
            }
        )  # fmt: skip
        self.searched.append(
            {"description_id": made["id"], "content": search_form(_judgement(text))}
        )
        for part in {row.part.value for row in text.parts}:
            self.parts.append({"part": part, "description_id": made["id"]})

    def write(self, connection: Connection, on_event: OnEvent | None) -> None:
        chunks = [
            (table, rows[start : start + _CHUNK])
            for table, rows in (
                (records, self.records),
                (descriptions, self.descriptions),
                (items, self.items),
                (item_parts, self.parts),
                (search_texts, self.searched),
            )
            for start in range(0, len(rows), _CHUNK)
        ]
        for table, rows in counted(chunks, len(chunks), "write the store", on_event=on_event):
            connection.execute(insert(table), rows)
        if self.layouts:
            connection.execute(
                update(records)
                .where(records.c.id == bindparam("at"))
                .values(layout=bindparam("layout")),
                self.layouts,
            )
        for ids, superseded in ((self.superseded, 1), (self.revived, 0)):
            for start in range(0, len(ids), _CHUNK):
                chosen = items.c.description_id.in_(ids[start : start + _CHUNK])
                connection.execute(update(items).where(chosen).values(superseded=superseded))


def _known(connection: Connection, dataset: str, split: str) -> _Known:
    here = (records.c.dataset == dataset, records.c.split == split)
    layouts = {
        row.id: json.loads(row.layout)
        for row in connection.execute(select(records.c.id, records.c.layout).where(*here))
    }
    rows = connection.execute(
        select(
            items.c.description_id, items.c.record_id, items.c.caption_key, items.c.superseded
        ).where(items.c.dataset == dataset, items.c.split == split, items.c.planted == 0)
    ).all()
    current = {(row.record_id, row.caption_key): row.description_id for row in rows
               if not row.superseded}  # fmt: skip
    return _Known(layouts, current, {row.description_id for row in rows})


def meaning_in_review(key: str, *, rendered: bool) -> CaptionMeaning:
    """What a caption key says of its texts.

    ``sents`` is the official key of human sentences; where the pictures are rendered, nobody wrote
    them: they come from the joints. So do the texts under keys of ours that name no view.

    >>> meaning_in_review("sents", rendered=True).source
    <Source.AUTO: 'auto'>
    """
    found = caption_meaning(key)
    if found is None or (rendered and found.source is Source.HUMAN):
        return CaptionMeaning(Source.AUTO, View.FORWARD)
    return found


def _check(found: Iterable[CaptionRecord], dataset: PoseDataset) -> None:
    for record in found:
        for name in (record.reference, record.target):
            check_name(name, record.where)
            dataset.image(name)
        check_image_set(record)


def _reviewed(record: CaptionRecord) -> list[CaptionText]:
    """The texts that are descriptions; an empty list, or a key of somebody else's, is layout."""
    return [text for text in record.texts if text.key in TEXT_KEYS and text.phrasings]


def _judgement(text: CaptionText) -> Judgement:
    return Judgement(text.phrasings, text.parts)


def _description(text: CaptionText, own: str, *, rendered: bool, now: str) -> dict[str, Any]:
    original = to_json(judgement_json(_judgement(text)))
    provenance = to_json(dict(text.provenance))
    meaning = meaning_in_review(text.key, rendered=rendered)
    sha256 = original_sha256(original, provenance)
    return {
        "id": content_id(own, text.key, sha256), "record_id": own,
        "caption_key": text.key, "view": meaning.view.value,
        "source": meaning.source.value, "model": text.model,
        "original": original, "provenance": provenance, "sha256": sha256, "imported_at": now,
    }  # fmt: skip


def _ordered(layout: Mapping[str, Any]) -> str:
    # The order of a record's keys is part of what an export gives back.
    return json.dumps(layout)


def _some(dataset: PoseDataset, found: Sequence[CaptionRecord]) -> Iterable[Any]:
    return (dataset.image(record.reference) for record in found[:1])
