"""The embedded pictures of one split, shipped with a checkpoint so that nobody has to embed them.

One ``.npz`` file in half precision. It is used only under the model that made it, and only for the
very pictures that it was made of.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autocompose.data.files import write_whole
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import Gallery

MAX_BYTES = 20_000_000
"""A larger file is none that this program ships."""


def shipped_index(checkpoint: Path, dataset: str, split: str) -> Path:
    """Where a checkpoint keeps the index of a split.

    Args:
        checkpoint: its folder.
        dataset: name of the dataset.
        split: name of the split.
    """
    return checkpoint / f"index-{dataset}-{split}.npz"


def save_shipped(gallery: Gallery, path: Path, pictures: Sequence[Path]) -> None:
    """Write the index of a gallery.

    Args:
        gallery: of the pictures, in their order.
        path: the file.
        pictures: whose content it is bound to.
    """
    content = io.BytesIO()
    np.savez_compressed(
        content,
        raw=gallery.raw(np.arange(len(gallery))).numpy().astype(np.float16),
        fingerprint=np.array(gallery.fingerprint),
        content=np.array(_content_of(pictures)),
    )
    write_whole(path, content.getvalue())


def load_shipped(
    path: Path, model: ComposedModel, pictures: Sequence[Path], *, name: str
) -> Gallery | None:
    """The gallery of an index; None where there is none for this model and these pictures.

    Args:
        path: the file.
        model: must be the one that embedded the pictures.
        pictures: all in one folder.
        name: what people call the gallery.
    """
    try:
        if not pictures or path.stat().st_size > MAX_BYTES:
            return None
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            made_by, made_of = (str(stored[key]) for key in ("fingerprint", "content"))
            if made_by != model.fingerprint or made_of != _content_of(pictures):
                return None
            raw = stored["raw"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # as good as none: the pictures are embedded then
    if raw.ndim != 2 or len(raw) != len(pictures) or not np.isfinite(raw).all():
        return None
    norms = np.linalg.norm(raw, axis=1).astype(np.float32)
    return Gallery(
        image_ids=tuple(picture.name for picture in pictures),
        embeddings=raw / np.maximum(norms, 1e-12)[:, None],
        fingerprint=made_by,
        norms=norms,
        name=name,
        root=pictures[0].parent,
    )


def _content_of(pictures: Sequence[Path]) -> str:
    """A digest of names and contents; order counts."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(f"{picture.name}\n".encode())
        digest.update(hashlib.sha256(picture.read_bytes()).digest())
    return digest.hexdigest()
