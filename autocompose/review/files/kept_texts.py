"""Texts of one pair that somebody wrote elsewhere, into the store: imported once, then revised."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from autocompose.data.captions.caption_records import CaptionRecord, record_id
from autocompose.data.dataset import PoseDataset
from autocompose.errors import ReviewError
from autocompose.review.files.imports import import_records
from autocompose.review.store.records import Decision, Judgement, Save
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import items


@dataclass(frozen=True)
class KeptTexts:
    """What became of the texts.

    Args:
        description_id: in the store.
        revision: that holds them.
        added: the description was not there before.
        changed: anything was written at all.
    """

    description_id: str
    revision: int
    added: bool
    changed: bool


def standing_description(
    store: Store, place: tuple[str, str], pair: tuple[str, str], *, key: str
) -> str:
    """The id of the description that stands under a caption key of a pair; empty without one.

    Args:
        store: the store.
        place: dataset and split.
        pair: reference and target.
        key: of the texts.
    """
    own = record_id(*place, pair, number=0)
    wanted = (
        items.c.record_id == own,
        items.c.caption_key == key,
        items.c.superseded == 0,
        items.c.planted == 0,
    )
    with store.database.read() as connection:
        found = connection.execute(select(items.c.description_id).where(*wanted)).scalar()
    return str(found or "")


def keep_texts(
    store: Store,
    record: CaptionRecord,
    texts: Judgement,
    *,
    dataset: PoseDataset,
    split: str,
    position: int,
    operation: str,
    by: str,
) -> KeptTexts:
    """Keep texts as a revision of their description, which is imported first where it is missing.

    A description whose texts change waits for a verdict again.

    Args:
        store: the store.
        record: with the texts of one caption key, as they were before they were edited.
        texts: phrasings and parts as they are now; its verdict does not count.
        dataset: that the pair belongs to.
        split: that the pair belongs to.
        position: of the record in its caption file.
        operation: id that makes sending it twice harmless.
        by: who wrote them.

    Raises:
        ReviewError: the record holds the texts of no key, or of several.
        TextError: a text is empty or too long.
        StoreUnavailableError: the store is full, read-only or away.
    """
    if len(record.texts) != 1:
        raise ReviewError(f"a record with {len(record.texts)} keys of texts; give it one")
    texts.check()
    pair, key = (record.reference, record.target), record.texts[0].key
    place = (dataset.name, split)
    found = standing_description(store, place, pair, key=key)
    added = not found
    if added:
        import_records(store, [record], dataset=dataset, split=split, by=by, first=position)
        found = standing_description(store, place, pair, key=key)
    state = store.state(found)
    if state.judgement.same_texts(texts):
        return KeptTexts(found, state.revision, added, changed=added)
    judgement = replace(
        state.judgement,
        phrasings=texts.phrasings,
        parts=texts.parts,
        verdict=Decision.PENDING,
        written=None,
    )
    done = store.save(Save(operation, found, state.revision, judgement, by))
    return KeptTexts(found, done.state.revision, added, changed=True)
