"""Where a trained model finds the target of each description, and the way back."""

from __future__ import annotations

import numpy as np
from sqlalchemy import select

from autocompose.data.dataset import PoseDataset
from autocompose.evaluation.metrics import target_ranks
from autocompose.model.composed import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.encode import compose_features, cosines
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.said_back import heard
from autocompose.review.queue.signals import Ranks
from autocompose.review.store.records import ReviewItem
from autocompose.review.store.review_store import Store, read_items
from autocompose.review.store.tables import items
from autocompose.schema import Event, OnEvent, View

_CHUNK = 200
_BACK = {View.FORWARD: View.REVERSE, View.REVERSE: View.FORWARD}


def measure_ranks(
    store: Store,
    dataset: PoseDataset,
    model: ComposedModel,
    *,
    split: str,
    on_event: OnEvent | None = None,
) -> Ranks:
    """Rank the first text of each forward and reverse description in the split's gallery.

    Mirrored views have no rank: the flipped pictures are not in the gallery.

    Args:
        store: whose descriptions are ranked.
        dataset: with the pictures.
        model: what ranks them.
        split: of the dataset and of the store.
        on_event: called with progress.

    Raises:
        DatasetError: the split has no gallery.
        GalleryError: no picture could be read.
    """
    images = dataset.gallery(split)
    gallery = embed_images(
        model,
        [image.path for image in images],
        root=dataset.root / "images",
        known=KnownJoints(images),
        on_event=on_event,
    )
    target: dict[str, int] = {}
    partner: dict[tuple[str, str, str, View], str] = {}
    found = _items(store, dataset.name, split)
    for start in range(0, len(found), _CHUNK):
        chunk = found[start : start + _CHUNK]
        for item, rank in zip(chunk, _ranks(model, gallery, chunk), strict=True):
            target[item.id] = rank
            partner[item.reference, item.target, item.source.value, item.view] = item.id
        if on_event is not None:
            on_event(Event("rank targets", start + len(chunk), len(found)))
    cycle = {}
    for item in found:
        back = partner.get((item.reference, item.target, item.source.value, _BACK[item.view]))
        if back is not None:
            cycle[item.id] = target[back]
    return Ranks(target, cycle, len(gallery))


def _ranks(model: ComposedModel, gallery: Gallery, found: list[ReviewItem]) -> list[int]:
    texts = [item.state.judgement.phrasings[0] for item in found]
    rows = np.array([[gallery.row(name) for name in item.shown] for item in found])
    start, goal = rows.T
    composed = compose_features(model, gallery.raw(start), heard(model, texts))
    ranks = target_ranks(cosines(composed, gallery.embeddings), goal, start)
    return [int(rank) for rank in ranks]


def _items(store: Store, dataset: str, split: str) -> list[ReviewItem]:
    query = (
        select(items.c.description_id)
        .where(items.c.dataset == dataset, items.c.split == split, items.c.superseded == 0)
        .where(items.c.view.in_([view.value for view in _BACK]))
        .order_by(items.c.position, items.c.caption_key)
    )
    with store.database.read() as connection:
        ids = list(connection.execute(query).scalars())
        return [
            item
            for start in range(0, len(ids), _CHUNK)
            for item in read_items(connection, ids[start : start + _CHUNK])
        ]
