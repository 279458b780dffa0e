"""A gallery: the images that are searched, as unit features under one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from autocompose.data.files import is_confined, name_inside
from autocompose.errors import FingerprintError, GalleryError, UnsafePathError
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.id_rows import IdRows
from autocompose.retrieval.scenes import WIDTH as LOOK
from autocompose.retrieval.scenes import Looks
from autocompose.retrieval.shards.halves import Halves
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shards.row_stack import RowStack
from autocompose.retrieval.shards.thumbnails import PackedThumbnails, Thumbnails

if TYPE_CHECKING:  # a gallery is opened and searched without the libraries of the towers
    from autocompose.model.composed import ComposedModel

LOOKED_UP_AT_ONCE = 100_000
"""Larger galleries number their ids when an id is first asked for: opening stays quick."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """The images that are searched.

    Args:
        image_ids: names relative to ``root``, with forward slashes; unique.
        embeddings: (N, D) float32 unit rows, one per id; of a gallery on disk they stay there.
        fingerprint: of the model that embedded them.
        norms: (N,) float32; ``embeddings * norms`` are the raw features that composition needs.
        name: what people call it.
        root: folder of the images, None when it is not on this machine.
        skipped: one line per image that could not be embedded.
        bodies: what is known of the people in the images; None where nothing is.
        looks: (N, 320) uint8 colours of the images, see `autocompose.retrieval.scenes`; None in a
            gallery that was made without.
        notes: person, camera, clip and source of each image; None where nothing is noted.
        thumbnails: small pictures of the images; None where there are none.
        halves: the bits of ``embeddings`` in bfloat16, see `autocompose.retrieval.shards.halves`;
            None where they are not kept.
    """

    image_ids: tuple[str, ...]
    embeddings: np.ndarray | RowStack
    fingerprint: str
    norms: np.ndarray
    name: str = ""
    root: Path | None = None
    skipped: tuple[str, ...] = ()
    bodies: GalleryBodies | None = None
    looks: Looks | RowStack | None = None
    notes: PictureNotes | None = None
    thumbnails: Thumbnails | None = None
    halves: Halves | RowStack | None = None
    _rows: IdRows | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Check that ids and rows agree."""
        count = len(self.image_ids)
        if self.embeddings.ndim != 2 or len(self.embeddings) != count or len(self.norms) != count:
            raise GalleryError(
                f'the gallery "{self.name}" has {count} ids but embeddings of shape '
                f"{self.embeddings.shape} and {len(self.norms)} norms; index it again"
            )
        for kind in ("bodies", "notes", "thumbnails"):
            held = getattr(self, kind)
            if held is not None and len(held) != count:
                raise GalleryError(
                    f'the gallery "{self.name}" has {count} images but {len(held)} {kind}; '
                    "index it again"
                )
        if self.looks is not None and self.looks.shape != (count, LOOK):
            raise GalleryError(
                f'the gallery "{self.name}" has {count} images but colours of shape '
                f"{self.looks.shape}; index it again"
            )
        if self.halves is not None and self.halves.shape != self.embeddings.shape:
            raise GalleryError(
                f'the gallery "{self.name}" has embeddings of shape {self.embeddings.shape} but '
                f"halves of shape {self.halves.shape}; index it again"
            )
        if count <= LOOKED_UP_AT_ONCE:
            self._look_up()

    def _look_up(self) -> IdRows:
        """Finds the row of an id; made once, at the first use where there are very many.

        Raises:
            GalleryError: an id comes twice.
        """
        if self._rows is None:
            try:
                rows = IdRows(self.image_ids)
            except ValueError as error:
                raise GalleryError(
                    f'the gallery "{self.name}" names an image twice ({error}); index it again'
                ) from error
            object.__setattr__(self, "_rows", rows)
        assert self._rows is not None
        return self._rows

    def __len__(self) -> int:
        """Number of images."""
        return len(self.image_ids)

    def __contains__(self, image_id: object) -> bool:
        """Whether an image of this id is in the gallery."""
        return self._look_up().get(image_id) is not None

    def row(self, image_id: str) -> int:
        """The row of an image.

        Raises:
            GalleryError: it is not in the gallery.
        """
        row = self._look_up().get(image_id)
        if row is None:
            raise GalleryError(f'"{image_id}" is not in the gallery "{self.name}"; index it first')
        return row

    def part(self, start: int, stop: int) -> Gallery:
        """The images from one row to before another."""
        if start <= 0 and stop >= len(self):
            return self
        rows = np.arange(start, min(stop, len(self)))
        small = self.thumbnails
        return Gallery(
            image_ids=self.image_ids[start:stop],
            embeddings=self.embeddings[rows],
            fingerprint=self.fingerprint,
            norms=self.norms[rows],
            name=self.name,
            root=self.root,
            bodies=None if self.bodies is None else self.bodies.take(rows),
            looks=None if self.looks is None else self.looks[rows],
            notes=None if self.notes is None else self.notes.take(rows),
            thumbnails=None
            if small is None
            else PackedThumbnails.of([small[r] for r in rows.tolist()]),
        )

    def raw(self, rows: int | Sequence[int] | np.ndarray) -> torch.Tensor:
        """Raw image features (B, D) of rows."""
        rows = np.atleast_1d(np.asarray(rows))
        return torch.from_numpy(np.array(self.embeddings[rows] * self.norms[rows][:, None]))

    def path(self, image_id: str) -> Path:
        """Where an image of the gallery lies.

        Raises:
            GalleryError: the image is not in the gallery, or the gallery's folder is unknown.
            UnsafePathError: the id is a link that leads out of the folder.
        """
        self.row(image_id)
        if self.root is None:
            raise GalleryError(
                f'the images of the gallery "{self.name}" are not here; name their folder'
            )
        path = self.root / image_id
        if not is_confined(path, self.root):
            raise UnsafePathError(f'"{image_id}" leads out of the gallery folder; copy the file in')
        return path

    def id_of(self, path: Path) -> str | None:
        """The id of the gallery image that stands at a path, None if none does."""
        if self.root is None:
            return None
        try:
            image_id = name_inside(Path(path), self.root)
        except UnsafePathError:
            return None
        return image_id if image_id in self else None

    def check_model(self, model: ComposedModel) -> None:
        """Refuse another model.

        Raises:
            FingerprintError: the gallery was embedded by another model.
        """
        fingerprint = model.fingerprint
        if self.fingerprint != fingerprint:
            raise FingerprintError(
                f'the gallery "{self.name}" was embedded by model {self.fingerprint[:12]}, not by '
                f"this one, {fingerprint[:12]}; index it again with this checkpoint"
            )
