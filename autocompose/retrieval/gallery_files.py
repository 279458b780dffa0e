"""Galleries on disk, opened and saved; those of single files, written up to 0.2, open too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autocompose.data.files import check_name
from autocompose.errors import GalleryError, one_line
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.shards.gallery_folder import FORMAT, MANIFEST, open_shards, write_shards

if TYPE_CHECKING:
    from autocompose.model.composed import ComposedModel

_ARRAY_NAME = re.compile(r"(embeddings|norms|looks)-[0-9a-f]{16}\.npy")
_BODIES_NAME = re.compile(r"bodies-[0-9a-f]{16}\.npz")


def save_gallery(gallery: Gallery, folder: Path) -> None:
    """Write a gallery: its rows in shards, and ``gallery.json``, which names them.

    Shards are named by their content and ``gallery.json`` is replaced last, so that an interrupted
    save leaves the old gallery whole, and a process that reads it undisturbed.

    Raises:
        GalleryError: the folder cannot be written.
    """
    write_shards(Path(folder), [gallery], skipped=gallery.skipped)


def load_gallery(
    folder: Path,
    *,
    root: Path | None = None,
    model: ComposedModel | None = None,
    allow_missing: bool = False,
) -> Gallery:
    """Open a gallery; its embeddings stay on disk and are read as they are needed.

    Args:
        folder: written by `save_gallery` or ``autocompose index``.
        root: folder of its images, where they can be shown.
        model: if given, the model that must have embedded it.
        allow_missing: leave out shards that are missing or damaged, and name them in ``skipped``.

    Raises:
        GalleryError: missing, damaged (a bad shard is named), or from a newer version.
        UnsafePathError: an image id points outside the gallery's folder.
        FingerprintError: embedded by another model.
    """
    folder = Path(folder)
    text = _manifest(folder)
    while True:
        try:
            gallery = _opened(folder, text, root=root, allow_missing=allow_missing)
            break
        except GalleryError:
            # A writer may have replaced the gallery between its manifest and its shards.
            again = _manifest(folder)
            if again == text:
                raise
            text = again
    if model is not None:
        gallery.check_model(model)
    return gallery


def _manifest(folder: Path) -> str:
    file = folder / MANIFEST
    if not file.is_file():
        raise GalleryError(f'"{folder}" holds no gallery; make one with `autocompose index`')
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> GalleryError:
    return GalleryError(
        f'the gallery "{folder.name}" is damaged ({one_line(error)}); make it again with '
        "`autocompose index`"
    )


def _opened(folder: Path, text: str, *, root: Path | None, allow_missing: bool) -> Gallery:
    try:
        content = json.loads(text)
        if content["format"] > FORMAT:
            raise GalleryError(
                f'the gallery "{folder.name}" has format {content["format"]}, this program reads '
                f"up to {FORMAT}; update it"
            )
        if content["format"] == FORMAT:
            return open_shards(folder, content, root=root, allow_missing=allow_missing)
        return _of_single_files(folder, content, root=root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise _damaged(folder, error) from error


def _of_single_files(folder: Path, content: Mapping[str, Any], *, root: Path | None) -> Gallery:
    """A gallery as it was written up to 0.2: one array file of each kind."""
    files = content["files"]
    arrays = {key: _load_array(folder, key, files[key]) for key in _KINDS if key in files}
    image_ids = tuple(content["image_ids"])
    for image_id in image_ids:
        check_name(image_id, str(folder / MANIFEST))
    return Gallery(
        image_ids=image_ids,
        embeddings=arrays["embeddings"],
        fingerprint=str(content["fingerprint"]),
        norms=arrays["norms"],
        name=str(content["name"]),
        root=root,
        skipped=tuple(content["skipped"]),
        bodies=_load_bodies(folder, files.get("bodies"), count=len(image_ids)),
        looks=arrays.get("looks"),
    )


_KINDS: dict[str, tuple[int, type[np.generic]]] = {
    "embeddings": (2, np.float32), "norms": (1, np.float32), "looks": (2, np.uint8),
}  # fmt: skip
"""Dimensions and numbers of each array; only the latest of these galleries have looks."""


def _load_bodies(folder: Path, name: object, *, count: int) -> GalleryBodies | None:
    """The bodies of a gallery; None in one that was made without, as all were up to 0.2.0."""
    if name is None:
        return None
    if not isinstance(name, str) or not _BODIES_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a file of a gallery")
    return GalleryBodies.from_bytes((folder / name).read_bytes(), count)


def _load_array(folder: Path, kind: str, name: str) -> np.ndarray:
    """Map an array of the gallery into memory; writes to it stay in memory."""
    if not _ARRAY_NAME.fullmatch(name):
        raise ValueError(f'"{name}" is not a file of a gallery')
    array = np.load(folder / name, mmap_mode="c", allow_pickle=False)
    dimensions, numbers = _KINDS[kind]
    if array.dtype != numbers or array.ndim != dimensions:
        raise ValueError(f"{name} holds {array.ndim}-D {array.dtype}, not {numbers.__name__}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite numbers")
    return array
