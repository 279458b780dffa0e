"""Embedding many images so that a run that is killed does not start again at nothing.

Features are written after every batch into a folder beside the gallery. The next run with the same
model takes them from there for every file with the same content.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from autocompose.data.archive import FoundImages
from autocompose.data.files import name_inside, write_whole
from autocompose.data.preprocess import read_bounded
from autocompose.errors import GalleryError, ImageError
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import BATCH, Gallery, _pixels, encode_pixels
from autocompose.retrieval.gallery_bodies import JointsOf, bodies_of
from autocompose.retrieval.scenes import looks_of
from autocompose.schema import Event, OnEvent

FOLDER = ".embedded"
"""Inside a gallery's folder, while it is being made."""


@dataclass
class EmbeddedSoFar:
    """Raw features on disk, by model and by the content of the image files.

    Args:
        folder: of one ``.npz`` file for each batch.
        fingerprint: of the model; features of another model are not used.
    """

    folder: Path
    fingerprint: str
    _features: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what an earlier run left; a file that is damaged is as good as none."""
        for path in self.folder.glob(f"{self.fingerprint[:16]}-*.npz"):
            try:
                with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                    self._features |= dict(zip(stored["keys"].tolist(), stored["raw"], strict=True))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                path.unlink(missing_ok=True)

    def __len__(self) -> int:
        """How many features an earlier run left, and this one added."""
        return len(self._features)

    def __contains__(self, key: object) -> bool:
        """Whether the feature of this content is known."""
        return key in self._features

    def __getitem__(self, key: str) -> np.ndarray:
        """The feature (D,) of a content, by the SHA-256 of it."""
        return self._features[key]

    def add(self, keys: Sequence[str], raw: np.ndarray) -> None:
        """Keep the features (N, D) of a batch."""
        self._features |= dict(zip(keys, raw, strict=True))
        content = BytesIO()
        np.savez(content, keys=np.array(keys), raw=raw)
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        write_whole(self.folder / f"{self.fingerprint[:16]}-{name}.npz", content.getvalue())

    def clear(self) -> None:
        """Remove the folder: the gallery holds the features now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def embed_found(
    model: ComposedModel,
    found: FoundImages,
    kept: EmbeddedSoFar,
    *,
    name: str = "",
    batch: int = BATCH,
    joints_of: JointsOf | None = None,
    on_event: OnEvent | None = None,
) -> Gallery:
    """Embed images, but for those that an earlier run has embedded.

    Args:
        model: its image tower and its transform are used.
        found: the image files.
        kept: the features of earlier batches; every batch is added.
        name: what people call the gallery.
        batch: images per pass of the tower.
        joints_of: tells the joints of a picture, which stay beside its features for ranking.
        on_event: called after each batch.

    Returns:
        The gallery; images that could not be read are named in ``skipped``.

    Raises:
        GalleryError: no image could be read.
        CheckpointError: the tower gives features that are not finite numbers.
    """
    ids, rows, skipped = [], [], []
    for start in range(0, len(found.paths), batch):
        files = found.paths[start : start + batch]
        new: dict[str, torch.Tensor] = {}
        read = []
        for file in files:
            image_id = name_inside(file, found.root)
            try:
                content = read_bounded(file)
                key = hashlib.sha256(content).hexdigest()
                if key not in kept and key not in new:
                    new[key] = _pixels(model, content, upright=True, name=file.name)
            except ImageError as error:
                skipped.append(f"{image_id}: {error}")
            else:
                read.append((image_id, key))
        if new:
            kept.add(list(new), encode_pixels(model, torch.stack(list(new.values()))).numpy())
        ids += [image_id for image_id, _ in read]
        rows += [kept[key] for _, key in read]
        if on_event is not None:
            on_event(Event("Preparing the gallery", start + len(files), len(found.paths)))
    if not ids:
        raise GalleryError(f"none of {len(found.paths)} images can be read; first: {skipped[0]}")
    raw = np.stack(rows)
    norms = np.linalg.norm(raw, axis=1).astype(np.float32)
    unit = raw / np.maximum(norms, 1e-12)[:, None]
    return Gallery(
        tuple(ids), unit, model.fingerprint, norms, name, found.root, skipped=tuple(skipped),
        bodies=bodies_of(joints_of, ids, found.root, on_event=on_event),
        looks=looks_of(ids, found.root, on_event=on_event),
    )  # fmt: skip
