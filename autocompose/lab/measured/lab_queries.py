"""What the pose lab is asked on a split: a reference, a text and the true target of each pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.body.directions import BoneVectors
from autocompose.body.skeleton import canonical
from autocompose.data.dataset import PoseDataset
from autocompose.errors import DatasetError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LabQueries:
    """Q queries against a gallery of B bodies.

    Args:
        gallery: (B, 22, 3) canonical, metres.
        bodies: B bodies as the dataset has them.
        reference, target: (Q,) rows of the gallery.
        texts: Q.
    """

    gallery: Floats
    bodies: tuple[Body, ...]
    reference: NDArray[np.intp]
    target: NDArray[np.intp]
    texts: tuple[str, ...]

    @property
    def start(self) -> Floats:
        """(Q, 22, 3)."""
        return self.gallery[self.reference]

    @property
    def true(self) -> Floats:
        """(Q, 22, 3)."""
        return self.gallery[self.target]

    @property
    def lengths(self) -> Floats:
        """(Q, 21) bone lengths of the references, metres."""
        return BoneVectors.of(self.start).lengths

    def references(self) -> list[Body]:
        """The bodies that the queries start from."""
        return [self.bodies[row] for row in self.reference]


def lab_queries(
    dataset: PoseDataset, split: str, key: str, *, limit: int | None = None
) -> LabQueries:
    """The first text under a caption key of every pair with joints.

    Args:
        dataset: with joints.
        split: whose pairs and gallery.
        key: ``sents``, ``auto``, ``new-words`` ...
        limit: queries at most, spread evenly over the file.

    Raises:
        DatasetError: the split has no such text, or no joints.
    """
    images = [image for image in dataset.gallery(split) if image.joints is not None]
    rows = {image.id: row for row, image in enumerate(images)}
    found = [
        (rows[pair.reference.id], rows[pair.target.id], texts[0])
        for pair in dataset.pairs(split, strict=False)
        if (texts := pair.texts.get(key, ())) and {pair.reference.id, pair.target.id} <= set(rows)
    ]
    if not found:
        raise DatasetError(f'{dataset.name} has no pair with joints and a text "{key}" in {split}')
    if limit is not None and limit < len(found):
        chosen = np.linspace(0, len(found) - 1, limit).astype(int)
        found = [found[i] for i in chosen]
    bodies = tuple(Body.of_image(image) for image in images)
    reference, target, texts = zip(*found, strict=True)
    return LabQueries(
        canonical(Bodies.stacked(bodies).joints),
        bodies,
        np.array(reference, dtype=np.intp),
        np.array(target, dtype=np.intp),
        tuple(texts),
    )
