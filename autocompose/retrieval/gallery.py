"""A gallery: the images that are searched, as unit features under one model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from autocompose.data.files import is_confined, name_inside
from autocompose.data.json_text import is_unicode
from autocompose.data.preprocess import load_image, preprocess
from autocompose.errors import (
    CheckpointError,
    FingerprintError,
    GalleryError,
    ImageError,
    UnsafePathError,
)
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints, Poses
from autocompose.model.pose_mini import features_and_joints
from autocompose.retrieval.gallery_bodies import GalleryBodies, JointsOf, known_bodies, looked_up
from autocompose.retrieval.id_rows import IdRows
from autocompose.retrieval.scenes import WIDTH as LOOK
from autocompose.retrieval.scenes import Looks
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shards.row_stack import RowStack
from autocompose.retrieval.shards.thumbnails import PackedThumbnails, Thumbnails
from autocompose.schema import Event, OnEvent

BATCH = 64
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


def embed_images(
    model: ComposedModel,
    paths: Iterable[Path],
    *,
    root: Path | None = None,
    name: str = "",
    batch: int = BATCH,
    upright: bool = False,
    known: KnownJoints | None = None,
    joints_of: JointsOf | None = None,
    on_event: OnEvent | None = None,
) -> Gallery:
    """Embed image files with a model.

    Args:
        model: its image tower and its transform are used.
        paths: image files under ``root``.
        root: folder that ids are relative to; by default the deepest one that holds all paths.
        name: what people call the gallery; the folder's name by default.
        batch: images per pass of the tower.
        upright: apply EXIF turns (for photos; the official code ignores them).
        known: true joints by id, for a model with the branch for joints.
        joints_of: tells the joints of a picture, which stay beside its features for ranking. Where
            it knows none, those stay that the image tower itself reads, if it does.
        on_event: told after each batch.

    Returns:
        The gallery; images that could not be read are named in ``skipped``.

    Raises:
        UnsafePathError: a path is not inside ``root``.
        GalleryError: no image could be read.
        CheckpointError: the tower gives features that are not finite numbers.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise GalleryError("there are no images to index; choose a folder that holds some")
    if root is None:
        root = Path(os.path.commonpath([str(file.absolute().parent) for file in files]))
    ids, skipped = [], []
    encoded: list[tuple[torch.Tensor, torch.Tensor | None]] = []
    for start in range(0, len(files), batch):
        pixels, read = [], []
        for file in files[start : start + batch]:
            image_id = name_inside(file, root)
            if not is_unicode(image_id):  # no gallery.json could hold it
                skipped.append(f"{json.dumps(image_id)}: the name is not UTF-8; rename the file")
                continue
            try:
                pixels.append(_pixels(model, file, upright=upright))
                read.append(image_id)
            except ImageError as error:
                skipped.append(f"{image_id}: {error}")
        if pixels:
            poses = None if known is None else known.of(read)
            encoded.append(_encoded(model, torch.stack(pixels), poses))
            ids += read
        if on_event is not None:
            done = min(start + batch, len(files))
            on_event(Event("Preparing the gallery", done, len(files)))
    if not ids:
        raise GalleryError(f"none of {len(files)} images can be read; the first: {skipped[0]}")
    raw = torch.cat([features for features, _ in encoded]).numpy()
    norms = np.linalg.norm(raw, axis=1).astype(np.float32)
    images = looked_up(joints_of, ids, root)
    read = [joints.numpy() for _, joints in encoded if joints is not None]
    return Gallery(
        image_ids=tuple(ids),
        embeddings=raw / np.maximum(norms, 1e-12)[:, None],
        fingerprint=model.fingerprint,
        norms=norms,
        name=name or root.name,
        root=root,
        skipped=tuple(skipped),
        bodies=known_bodies(images) or (GalleryBodies.read(np.concatenate(read)) if read else None),
        notes=PictureNotes.of_images(images),
    )


def embed_image(
    model: ComposedModel, source: Path | bytes, *, upright: bool = True, name: str | None = None
) -> torch.Tensor:
    """The raw feature (1, D) of one image.

    Args:
        model: whose image tower is used.
        source: a file, or the bytes of one.
        upright: turn it as its EXIF orientation says; the official code does not.
        name: how an error calls the image; the file name by default.

    Raises:
        ImageError: the image cannot be read.
    """
    return encode_pixels(model, _pixels(model, source, upright=upright, name=name)[None])


def encode_pixels(
    model: ComposedModel, pixels: torch.Tensor, poses: Poses | None = None
) -> torch.Tensor:
    """Raw float32 features (B, D) on the CPU of preprocessed pixels (B, 3, R, R).

    Args:
        model: its image tower, and its branch for joints where it has one.
        pixels: of pictures.
        poses: what is known of their joints.

    Raises:
        CheckpointError: the tower gives features that are not finite numbers.
    """
    return _encoded(model, pixels, poses)[0]


def _encoded(
    model: ComposedModel, pixels: torch.Tensor, poses: Poses | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """What `encode_pixels` gives, and the joints (B, 22, 3) that the image tower reads, if any."""
    device = next(model.towers.parameters()).device
    with torch.inference_mode():
        towers = model.towers
        seen, joints = features_and_joints(
            towers.image_tower, pixels.to(device), twice=towers.look_twice
        )
        raw = model.see(seen, poses).float().cpu()
    if not bool(torch.isfinite(raw).all()):
        raise CheckpointError(
            "the image tower gives features that are not finite numbers; train the checkpoint again"
        )
    return raw, None if joints is None else joints.float().cpu()


def _pixels(
    model: ComposedModel, source: Path | bytes, *, upright: bool, name: str | None = None
) -> torch.Tensor:
    towers = model.towers
    image = load_image(source, rgb=False, upright=upright, name=name)
    return preprocess(
        image, model.config.transform, towers.image_size, mean=towers.mean, std=towers.std
    )
