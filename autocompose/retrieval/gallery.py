"""A gallery: the images that are searched, as unit features under one model."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from autocompose.data.files import check_name, is_confined, name_inside, stream_whole, write_whole
from autocompose.data.json_text import is_unicode
from autocompose.data.preprocess import load_image, preprocess
from autocompose.errors import (
    CheckpointError,
    FingerprintError,
    GalleryError,
    ImageError,
    UnsafePathError,
    one_line,
)
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints, Poses
from autocompose.schema import Event, OnEvent

FORMAT = 1
BATCH = 64
_ARRAY_NAME = re.compile(r"(embeddings|norms)-[0-9a-f]{16}\.npy")


@dataclass(frozen=True, eq=False)
class Gallery:
    """The images that are searched.

    Args:
        image_ids: names relative to ``root``, with forward slashes; unique.
        embeddings: (N, D) float32 unit rows, one per id.
        fingerprint: of the model that embedded them.
        norms: (N,) float32; ``embeddings * norms`` are the raw features that composition needs.
        name: what people call it.
        root: folder of the images, None when it is not on this machine.
        skipped: one line per image that could not be embedded.
    """

    image_ids: tuple[str, ...]
    embeddings: np.ndarray
    fingerprint: str
    norms: np.ndarray
    name: str = ""
    root: Path | None = None
    skipped: tuple[str, ...] = ()
    _rows: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check that ids and rows agree."""
        count = len(self.image_ids)
        if self.embeddings.ndim != 2 or len(self.embeddings) != count or len(self.norms) != count:
            raise GalleryError(
                f'the gallery "{self.name}" has {count} ids but embeddings of shape '
                f"{self.embeddings.shape} and {len(self.norms)} norms; index it again"
            )
        rows = {image_id: row for row, image_id in enumerate(self.image_ids)}
        if len(rows) != count:
            raise GalleryError(f'the gallery "{self.name}" names an image twice; index it again')
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.image_ids)

    def __contains__(self, image_id: object) -> bool:
        """Whether an image of this id is in the gallery."""
        return image_id in self._rows

    def row(self, image_id: str) -> int:
        """The row of an image.

        Raises:
            GalleryError: it is not in the gallery.
        """
        if image_id not in self._rows:
            raise GalleryError(f'"{image_id}" is not in the gallery "{self.name}"; index it first')
        return self._rows[image_id]

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
        return image_id if image_id in self._rows else None

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
    features: list[torch.Tensor] = []
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
            features.append(encode_pixels(model, torch.stack(pixels), poses))
            ids += read
        if on_event is not None:
            done = min(start + batch, len(files))
            on_event(Event("Preparing the gallery", done, len(files)))
    if not ids:
        raise GalleryError(f"none of {len(files)} images can be read; the first: {skipped[0]}")
    raw = torch.cat(features).numpy()
    norms = np.linalg.norm(raw, axis=1).astype(np.float32)
    return Gallery(
        image_ids=tuple(ids),
        embeddings=raw / np.maximum(norms, 1e-12)[:, None],
        fingerprint=model.fingerprint,
        norms=norms,
        name=name or root.name,
        root=root,
        skipped=tuple(skipped),
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
    device = next(model.towers.parameters()).device
    with torch.inference_mode():
        raw = model.see(model.towers.encode_image(pixels.to(device)), poses).float().cpu()
    if not bool(torch.isfinite(raw).all()):
        raise CheckpointError(
            "the image tower gives features that are not finite numbers; train the checkpoint again"
        )
    return raw


def add(gallery: Gallery, more: Gallery) -> Gallery:
    """A gallery with the images of two; where both have an id, the row of ``more`` is kept.

    Raises:
        FingerprintError: they were embedded by different models.
    """
    if gallery.fingerprint != more.fingerprint:
        raise FingerprintError(
            f'the gallery "{gallery.name}" was embedded by model {gallery.fingerprint[:12]}, the '
            f"added images by {more.fingerprint[:12]}; index all of them with one checkpoint"
        )
    kept = [row for row, image_id in enumerate(gallery.image_ids) if image_id not in more]
    return replace(
        gallery,
        image_ids=(*(gallery.image_ids[row] for row in kept), *more.image_ids),
        embeddings=np.concatenate([gallery.embeddings[kept], more.embeddings]),
        norms=np.concatenate([gallery.norms[kept], more.norms]),
        skipped=more.skipped,
    )


def remove(gallery: Gallery, image_ids: Iterable[str]) -> Gallery:
    """A gallery without some images.

    Raises:
        GalleryError: an id is not in the gallery, or nothing would be left.
    """
    gone = {gallery.row(image_id) for image_id in image_ids}
    kept = [row for row in range(len(gallery)) if row not in gone]
    if not kept:
        raise GalleryError(f'removing {len(gone)} images leaves "{gallery.name}" empty; keep one')
    return replace(
        gallery,
        image_ids=tuple(gallery.image_ids[row] for row in kept),
        embeddings=gallery.embeddings[kept],
        norms=gallery.norms[kept],
    )


def save_gallery(gallery: Gallery, folder: Path) -> None:
    """Write a gallery: two ``.npy`` files and ``gallery.json``, which names them.

    The arrays are named by their content and ``gallery.json`` is replaced last, so that an
    interrupted save leaves the old gallery whole, and a process that reads it undisturbed.

    Raises:
        GalleryError: the folder cannot be written.
    """
    folder = Path(folder)
    arrays = {
        key: np.ascontiguousarray(value, dtype=np.float32)
        for key, value in (("embeddings", gallery.embeddings), ("norms", gallery.norms))
    }
    stamp = hashlib.sha256(json.dumps([gallery.image_ids, gallery.fingerprint]).encode())
    for array in arrays.values():
        stamp.update(array.data)
    names = {key: f"{key}-{stamp.hexdigest()[:16]}.npy" for key in arrays}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for key, array in arrays.items():
            with stream_whole(folder / names[key]) as file:
                np.save(file, array, allow_pickle=False)
        content = {
            "format": FORMAT,
            "name": gallery.name,
            "fingerprint": gallery.fingerprint,
            "files": names,
            "skipped": list(gallery.skipped),
            "image_ids": list(gallery.image_ids),
        }
        write_whole(folder / "gallery.json", json.dumps(content, ensure_ascii=False) + "\n")
        for stale in folder.glob("*.npy"):
            if _ARRAY_NAME.fullmatch(stale.name) and stale.name not in names.values():
                stale.unlink()
    except OSError as error:
        raise GalleryError(
            f'the gallery "{folder}" cannot be written: {error.strerror or error}'
        ) from error


def load_gallery(
    folder: Path, *, root: Path | None = None, model: ComposedModel | None = None
) -> Gallery:
    """Read a gallery; its embeddings stay on disk and are read as they are needed.

    Args:
        folder: written by `save_gallery`.
        root: folder of its images, where they can be shown.
        model: if given, the model that must have embedded it.

    Raises:
        GalleryError: missing, damaged, or from a newer version.
        UnsafePathError: an image id points outside the gallery's folder.
        FingerprintError: embedded by another model.
    """
    folder = Path(folder)
    file = folder / "gallery.json"
    if not file.is_file():
        raise GalleryError(f'"{folder}" holds no gallery; make one with `autocompose index`')
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise GalleryError(
                f'the gallery "{folder.name}" has format {content["format"]}, this program reads '
                f"up to {FORMAT}; update it"
            )
        arrays = {key: _load_array(folder, key, content["files"][key]) for key in _KINDS}
        image_ids = tuple(content["image_ids"])
        for image_id in image_ids:
            check_name(image_id, str(file))
        gallery = Gallery(
            image_ids=image_ids,
            embeddings=arrays["embeddings"],
            fingerprint=str(content["fingerprint"]),
            norms=arrays["norms"],
            name=str(content["name"]),
            root=root,
            skipped=tuple(content["skipped"]),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        reason = one_line(error)
        raise GalleryError(
            f'the gallery "{folder.name}" is damaged ({reason}); make it again with '
            "`autocompose index`"
        ) from error
    if model is not None:
        gallery.check_model(model)
    return gallery


_KINDS = {"embeddings": 2, "norms": 1}


def _load_array(folder: Path, kind: str, name: str) -> np.ndarray:
    """Map an array of the gallery into memory; writes to it stay in memory."""
    if not _ARRAY_NAME.fullmatch(name):
        raise ValueError(f'"{name}" is not a file of a gallery')
    array = np.load(folder / name, mmap_mode="c", allow_pickle=False)
    if array.dtype != np.float32 or array.ndim != _KINDS[kind]:
        raise ValueError(f"{name} holds {array.ndim}-D {array.dtype}, not float32")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite numbers")
    return array


def _pixels(
    model: ComposedModel, source: Path | bytes, *, upright: bool, name: str | None = None
) -> torch.Tensor:
    towers = model.towers
    image = load_image(source, rgb=False, upright=upright, name=name)
    return preprocess(
        image, model.config.transform, towers.image_size, mean=towers.mean, std=towers.std
    )
