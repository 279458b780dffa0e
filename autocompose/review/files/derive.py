"""Find the views that derive from an edited text, and regenerate them where rules can.

A mirrored view is the exact mirror image of its source's text. Rules cannot derive a reversed view
from words: it is rewritten from the joints, and its text is then ``auto`` whoever wrote the one
before, or it is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from autocompose.data.dataset import PoseDataset
from autocompose.describe.geometric import PROMPT_VERSION, describe_pair
from autocompose.errors import DatasetError, DescriptionError, TextError
from autocompose.review.queue.bulk import BulkChange, BulkPreview, Mirror, Refused, mirrored
from autocompose.review.store.log import derived_keys
from autocompose.review.store.records import Decision, Judgement, ReviewItem, read_state
from autocompose.review.store.review_store import Store, read_items
from autocompose.review.store.tables import items
from autocompose.schema import PosePair, Source, TextStyle, View, caption_key, caption_meaning

JOINT_WRITER = {"provider": "geometric", "prompt_version": PROMPT_VERSION}
"""The provenance of a text that was rewritten from the joints."""

Write = Callable[[ReviewItem, int], Judgement]
"""Texts for an item's view, at most so many; raises `DescriptionError` or `DatasetError`."""

_SOURCE_VIEW = {View.MIRROR: View.FORWARD, View.MIRROR_REVERSE: View.REVERSE}
# A mirrored reverse is made from the reverse, which may be regenerated with it.
_ORDER = (View.FORWARD, View.REVERSE, View.MIRROR, View.MIRROR_REVERSE)


@dataclass(frozen=True)
class DerivedView:
    """A view that tells of the same change as an item, and whether it grew stale."""

    id: str
    key: str
    stale: bool


def joint_writer(dataset: PoseDataset) -> Write:
    """A writer that describes the two pictures of an item by their joints."""

    def write(item: ReviewItem, n: int) -> Judgement:
        if item.dataset != dataset.name:
            raise DatasetError(f'the joints of "{item.dataset}" are not served by this studio')
        pair = PosePair(dataset.image(item.reference), dataset.image(item.target))
        for image in (pair.reference, pair.target):
            if image.joints is None:
                raise DescriptionError(
                    f"{item.view.value} needs joints or a model, and {image.id} has no joints:"
                    " edit it by hand, or run `autocompose describe` again"
                )
        made = describe_pair(pair, view=item.view, n=n)
        return Judgement(made.phrasings, made.parts, written=Source.AUTO)

    return write


def preview_regenerate(
    store: Store, ids: Sequence[str], mirror: Mirror, *, write: Write | None = None
) -> BulkPreview:
    """Regenerate derived views: mirrored ones from their source's present text, others from joints.

    Args:
        store: the store.
        ids: of derived views; a forward view is refused.
        mirror: exchanges the sides of one text, or raises `TextError`, which refuses it.
        write: a writer for views that are no mirror image; None refuses those.
    """
    changes: dict[str, BulkChange] = {}
    refused = []
    with store.database.read() as connection:
        found = read_items(connection, list(ids))
        for item in sorted(found, key=lambda item: _ORDER.index(item.view)):
            before = item.state.judgement
            try:
                texts = _texts(connection, item, changes, mirror=mirror, write=write)
            except (TextError, DescriptionError, DatasetError) as error:
                refused.append(Refused(item.id, str(error)))
                continue
            if texts.same_texts(before):
                refused.append(Refused(item.id, "regenerating it gives the same text; accept it"))
                continue
            # New texts nobody has read: the old verdict was about the old ones.
            written = None if texts.written is item.source else texts.written
            after = replace(
                before, phrasings=texts.phrasings, parts=texts.parts, written=written,
                verdict=Decision.PENDING,
            )  # fmt: skip
            changes[item.id] = BulkChange(item.id, item.state.revision, before, after)
    return BulkPreview("regenerate", tuple(changes.values()), tuple(refused))


def derived_views(
    store: Store, found: Sequence[ReviewItem]
) -> Mapping[str, tuple[DerivedView, ...]]:
    """The views that derive from each item, by the item's id."""
    views: dict[str, tuple[DerivedView, ...]] = {}
    derives = [item for item in found if derived_keys(item.key)]
    ids = [item.id for item in derives]
    own = select(items.c.description_id, items.c.record_id).where(items.c.description_id.in_(ids))
    with store.database.read() as connection:
        record = {row.description_id: row.record_id for row in connection.execute(own)}
        here = items.c.record_id.in_(set(record.values()))
        rows = connection.execute(
            select(items.c.description_id, items.c.record_id, items.c.caption_key, items.c.stale)
            .where(here, items.c.superseded == 0, items.c.planted == 0)
            .order_by(items.c.caption_key)
        ).all()
    for item in derives:
        keys = derived_keys(item.key)
        views[item.id] = tuple(
            DerivedView(row.description_id, row.caption_key, bool(row.stale))
            for row in rows
            if row.record_id == record[item.id] and row.caption_key in keys
        )
    return views


def _texts(
    connection: Connection,
    item: ReviewItem,
    changes: Mapping[str, BulkChange],
    *,
    mirror: Mirror,
    write: Write | None,
) -> Judgement:
    if item.view is View.FORWARD:
        raise TextError(f"{item.key} is not made from another view")
    source = _derived_from(connection, item) if item.view in _SOURCE_VIEW else None
    if source is not None:
        source_id, standing = source
        present = changes[source_id].after if source_id in changes else standing
        return mirrored(present, mirror)
    if write is None:
        raise TextError(f"{item.key} is no mirror image, and there is no writer for it")
    return write(item, len(item.state.judgement.phrasings))


def _derived_from(connection: Connection, item: ReviewItem) -> tuple[str, Judgement] | None:
    """Id and present texts of the view whose mirror image an item is."""
    if item.source is Source.HUMAN:
        return None
    own = select(items.c.record_id).where(items.c.description_id == item.id).scalar_subquery()
    meaning = caption_meaning(item.key)
    style = TextStyle.FULL if meaning is None else meaning.style
    key = caption_key(item.source, _SOURCE_VIEW[item.view], style)
    row = connection.execute(
        select(items.c.description_id, items.c.state)
        .where(items.c.record_id == own, items.c.caption_key == key)
        .where(items.c.superseded == 0, items.c.planted == 0)
    ).first()
    return None if row is None else (row.description_id, read_state(row.state).judgement)
