"""Pictures whose bodies answer a wish, ranked by how likely the model finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.directions import on_standard_body
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import read_joints
from autocompose.errors import ConfigError, GalleryError
from autocompose.lab.lm.bone_tensors import bone_directions, log_likelihoods
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


@dataclass(frozen=True, eq=False)
class KnownBones:
    """The bodies of B pictures as they are ranked, worked out once for many wishes.

    Args:
        names: of the pictures.
        joints: (B, 22, 3) metres.
        directions: (B, 21, 3) unit, of the bodies on the standard body, canonical.
    """

    names: Sequence[str]
    joints: Floats
    directions: torch.Tensor

    @classmethod
    def of(cls, names: Sequence[str], joints: Floats) -> KnownBones:
        """Of joints (B, 22, 3) of any size, place and heading, metres."""
        standard = on_standard_body(np.asarray(joints, dtype=np.float64)).astype(np.float32)
        return cls(names, joints, bone_directions(torch.from_numpy(standard)))

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Where each picture stands, by its name."""
        return {name: row for row, name in enumerate(self.names)}

    def likeliest(
        self, wished: WishedPoses, *, count: int, without: str = ""
    ) -> list[LikelyPicture]:
        """The likeliest pictures for the first of some wishes, best first.

        Args:
            wished: the model's answer to one wish.
            count: how many at most.
            without: a name that is left out, the reference's.
        """
        found = log_likelihoods(
            torch.from_numpy(wished.directions[:1]).float(),
            torch.from_numpy(wished.log_spread[:1]).float(),
            self.directions,
        )
        scores = found[0].numpy()
        order = [int(r) for r in np.argsort(-scores, kind="stable") if self.names[r] != without]
        return [
            LikelyPicture(rank, self.names[row], round(float(scores[row]), 3))
            for rank, row in enumerate(order[:count], start=1)
        ]


def bodies_of_gallery(place: Path, split: str = "") -> tuple[Sequence[str], Floats]:
    """Names and joints (B, 22, 3) of all pictures with joints.

    Args:
        place: a folder of `autocompose index`, or a ``joints.json``.
        split: of the dataset that the ``joints.json`` belongs to: only its pictures.

    Raises:
        GalleryError: it has no joints, or is no gallery.
        ConfigError: a split of a folder of `autocompose index`.
        CaptionFileError: the ``joints.json`` is not one.
        DatasetError: there is no such split.
    """
    if place.suffix.lower() == ".json":
        known = read_joints(place, place.parent).values()
        images = [i for i in known if i.joints is not None]
        if split:
            listed = {image.id for image in open_dataset(place.parent).gallery(split)}
            images = [image for image in images if image.id in listed]
        if not images:
            raise GalleryError(f"{place} has no joints{f' of the split {split}' if split else ''}")
        return [i.id for i in images], np.array([i.joints for i in images], dtype=np.float64)
    if split:
        raise ConfigError(f'"{place}" has no splits; name a joints.json, or leave the split out')
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
    return KnownBones.of(names, bodies).likeliest(wished, count=count, without=without)
