"""Galleries on disk: two arrays that stay there, bodies, and ``gallery.json``, which names them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np

from autocompose.data.files import check_name, stream_whole, write_whole
from autocompose.errors import GalleryError, one_line
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies

FORMAT = 1
_ARRAY_NAME = re.compile(r"(embeddings|norms|looks)-[0-9a-f]{16}\.npy")
_BODIES_NAME = re.compile(r"bodies-[0-9a-f]{16}\.npz")


def save_gallery(gallery: Gallery, folder: Path) -> None:
    """Write a gallery: two ``.npy`` files, its bodies, and ``gallery.json``, which names them.

    The files are named by their content and ``gallery.json`` is replaced last, so that an
    interrupted save leaves the old gallery whole, and a process that reads it undisturbed.

    Raises:
        GalleryError: the folder cannot be written.
    """
    folder = Path(folder)
    arrays: dict[str, np.ndarray] = {
        key: np.ascontiguousarray(value, dtype=np.float32)
        for key, value in (("embeddings", gallery.embeddings), ("norms", gallery.norms))
    }
    if gallery.looks is not None:
        arrays["looks"] = np.ascontiguousarray(gallery.looks, dtype=np.uint8)
    stamp = hashlib.sha256(json.dumps([gallery.image_ids, gallery.fingerprint]).encode())
    for array in arrays.values():
        stamp.update(array.data)
    bodies = None if gallery.bodies is None else gallery.bodies.to_bytes()
    stamp.update(bodies or b"")
    names = {key: f"{key}-{stamp.hexdigest()[:16]}.npy" for key in arrays}
    listed = dict(names)
    if bodies is not None:
        listed["bodies"] = f"bodies-{stamp.hexdigest()[:16]}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for key, array in arrays.items():
            with stream_whole(folder / names[key]) as file:
                np.save(file, array, allow_pickle=False)
        if bodies is not None:
            write_whole(folder / listed["bodies"], bodies)
        content = {
            "format": FORMAT,
            "name": gallery.name,
            "fingerprint": gallery.fingerprint,
            "files": listed,
            "skipped": list(gallery.skipped),
            "image_ids": list(gallery.image_ids),
        }
        write_whole(folder / "gallery.json", json.dumps(content, ensure_ascii=False) + "\n")
        for stale in folder.glob("*.np[yz]"):
            ours = _ARRAY_NAME.fullmatch(stale.name) or _BODIES_NAME.fullmatch(stale.name)
            if ours and stale.name not in listed.values():
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
        files = content["files"]
        arrays = {key: _load_array(folder, key, files[key]) for key in _KINDS if key in files}
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
            bodies=_load_bodies(folder, files.get("bodies"), count=len(image_ids)),
            looks=arrays.get("looks"),
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


_KINDS: dict[str, tuple[int, type[np.generic]]] = {
    "embeddings": (2, np.float32), "norms": (1, np.float32), "looks": (2, np.uint8),
}  # fmt: skip
"""Dimensions and numbers of each array; galleries up to 0.4.0 have no looks."""


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
