"""What people accepted, as the texts that training reads."""

from __future__ import annotations

from dataclasses import replace

from autocompose.data.captions.caption_records import record_id
from autocompose.data.dataset import PoseDataset
from autocompose.errors import ReviewError
from autocompose.review.files.export import Split, accepted_texts
from autocompose.review.store.review_store import Store
from autocompose.schema import PosePair


def with_accepted_texts(dataset: PoseDataset, store: Store, *, split: str = "train") -> PoseDataset:
    """A dataset whose pairs of a split carry accepted texts only; the other splits stay.

    A pair without any accepted text is left out; so is, later, one that lacks a text the training
    mode needs, which the sampler counts.

    Args:
        dataset: the one that the store's texts belong to.
        store: where the texts are.
        split: whose texts are replaced.

    Raises:
        ReviewError: nothing of the split is accepted.
    """
    accepted = accepted_texts(store, Split(dataset.name, split))
    kept: list[PosePair] = []
    for pair in dataset.pairs(split, strict=False):
        names = (pair.reference.id, pair.target.id)
        texts = accepted.get(record_id(dataset.name, split, names, number=pair.number))
        if texts:
            kept.append(replace(pair, texts=texts))
    if not kept:
        raise ReviewError(
            f'no text of "{dataset.name}" {split} is accepted in {store.database.shown}; review'
            " some, or train without --reviewed"
        )
    return dataset.with_pairs(split, kept)
