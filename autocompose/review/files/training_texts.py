"""What people accepted, as the texts that training reads."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from typing import Any

from autocompose.data.dataset import TEXT_KEYS, PoseDataset
from autocompose.errors import ReviewError
from autocompose.review.files.export import Split, all_records
from autocompose.review.store.review_store import Store
from autocompose.schema import PosePair


def with_accepted_texts(dataset: PoseDataset, store: Store, *, split: str = "train") -> PoseDataset:
    """A dataset whose pairs of a split carry accepted texts only; the other splits stay.

    A pair without any accepted text is left out; so is, later, one that lacks a text the training
    mode needs, which the sampler counts.

    Raises:
        ReviewError: nothing of the split is accepted.
    """
    rows: dict[tuple[str, str], deque[dict[str, Any]]] = defaultdict(deque)
    # Records without an accepted text stay in line: two records may name the same two pictures.
    for row in all_records(store, Split(dataset.name, split), only_accepted=True):
        rows[row["reference"], row["target"]].append(row)
    kept: list[PosePair] = []
    for pair in dataset.pairs(split, strict=False):
        found = rows.get((pair.reference.id, pair.target.id))
        if found:
            row = found.popleft()
            texts = {key: tuple(row[key]) for key in row if key in TEXT_KEYS and row[key]}
            if texts:
                kept.append(replace(pair, texts=texts))
    if not kept:
        raise ReviewError(
            f'no text of "{dataset.name}" {split} is accepted in {store.database.shown}; review'
            " some, or train without --reviewed"
        )
    return dataset.with_pairs(split, kept)
