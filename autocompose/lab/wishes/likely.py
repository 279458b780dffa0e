"""Pictures whose bodies answer a wish, ranked by how likely the model finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autocompose.data.joints_file import read_joints
from autocompose.errors import GalleryError
from autocompose.lab.wishes.asking import WishedPoses
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LikelyPicture:
    """A picture whose body is an answer.

    Args:
        rank: from 1.
        image_id: of the picture.
        score: logarithm of the likelihood of its body, up to a constant of the wish.
    """

    rank: int
    image_id: str
    score: float


def bodies_of_gallery(place: Path) -> tuple[Sequence[str], Floats]:
    """Names and joints (B, 22, 3) of all pictures with joints.

    Args:
        place: a folder of `autocompose index`, or a ``joints.json``.

    Raises:
        GalleryError: it has no joints, or is no gallery.
        CaptionFileError: the ``joints.json`` is not one.
    """
    if place.suffix.lower() == ".json":
        images = [i for i in read_joints(place, place.parent).values() if i.joints is not None]
        if not images:
            raise GalleryError(f"{place} has no joints")
        return [i.id for i in images], np.array([i.joints for i in images], dtype=np.float64)
    return known_bodies(load_gallery(place))


def known_bodies(gallery: Gallery) -> tuple[Sequence[str], Floats]:
    """Names and joints (B, 22, 3) of the pictures of a gallery whose joints are known.

    Raises:
        GalleryError: there are none; the message says what to do.
    """
    bodies = gallery.bodies
    rows = np.zeros(0, dtype=np.intp) if bodies is None else np.flatnonzero(bodies.known)
    if bodies is None or not len(rows):
        raise GalleryError(
            f'nothing is known of the bodies in the gallery "{gallery.name}"; index its pictures'
            " again with --joints estimate"
        )
    return [gallery.image_ids[row] for row in rows], bodies.joints[rows].astype(np.float64)


def likely_pictures(
    wished: WishedPoses, names: Sequence[str], bodies: Floats, *, count: int, without: str = ""
) -> list[LikelyPicture]:
    """The likeliest pictures for the first of some wishes, best first.

    Args:
        wished: the model's answer to one wish.
        names: B names.
        bodies: (B, 22, 3) metres.
        count: how many at most.
        without: a name that is left out, the reference's.
    """
    scores = wished.scores(bodies)[0]
    order = [int(row) for row in np.argsort(-scores, kind="stable") if names[row] != without]
    return [
        LikelyPicture(rank, names[row], round(float(scores[row]), 3))
        for rank, row in enumerate(order[:count], start=1)
    ]
