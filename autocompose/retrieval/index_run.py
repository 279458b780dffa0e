"""Embedding many images so that a run that is killed does not start again at nothing.

What was found of a batch is written into a folder beside the gallery: features, thumbnails and
estimated joints, by the content of the image files. The next run with the same model takes them
from there. The gallery itself is written when all is there; until then the old one stands.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.files import name_inside, write_whole
from autocompose.data.json_text import is_unicode
from autocompose.data.preprocess import DEEP, load_image, preprocess, read_bounded
from autocompose.errors import GalleryError, ImageError
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.embed import BATCH, encode_pixels
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.index_sources import PictureSource
from autocompose.retrieval.scenes import Looks, look_of
from autocompose.retrieval.shards.gallery_folder import SHARD_ROWS
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shards.thumbnails import PackedThumbnails, thumbnail
from autocompose.schema import Event, OnEvent, PoseImage

FOLDER = ".embedded"
"""Inside a gallery's folder, while it is being made."""
_FILES_AT_HAND = 4


@dataclass(frozen=True, eq=False)
class EmbeddedBatch:
    """What was found of N images.

    Args:
        keys: SHA-256 of each file's content.
        raw: (N, D) float32 features.
        thumbnails: of each image.
        looks: (N, 320) uint8 colours of each image, see `autocompose.retrieval.scenes`.
        bodies: estimated; None where nothing was estimated.
        refused: why an image has no estimated body; empty where it has one, or nobody looked.
    """

    keys: tuple[str, ...]
    raw: np.ndarray
    thumbnails: tuple[bytes, ...]
    looks: Looks
    bodies: GalleryBodies | None = None
    refused: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The content of an ``.npz`` file."""
        packed = PackedThumbnails.of(self.thumbnails)
        content = BytesIO()
        np.savez(
            content,
            keys=np.array(self.keys),
            raw=self.raw,
            data=packed.data,
            ends=packed.ends,
            looks=self.looks,
            refused=np.array(json.dumps(self.refused)),
            bodies=np.frombuffer(b"" if self.bodies is None else self.bodies.to_bytes(), np.uint8),
        )
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> EmbeddedBatch:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            with np.load(BytesIO(content), allow_pickle=False) as stored:
                keys = tuple(stored["keys"].tolist())
                packed = PackedThumbnails(stored["data"], stored["ends"])
                held = stored["bodies"].tobytes()
                return cls(
                    keys,
                    stored["raw"],
                    tuple(packed[row] for row in range(len(packed))),
                    stored["looks"],
                    GalleryBodies.from_bytes(held, len(keys)) if held else None,
                    tuple(json.loads(str(stored["refused"]))),
                )
        except (OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"not a batch of embedded images: {error}") from error


class EmbeddedSoFar:
    """What runs have found of images, on disk.

    Args:
        folder: of one file for each batch.
        fingerprint: of the model; what another model found is not used.
        estimated: whether joints are estimated; what was found without that is not used then.
    """

    def __init__(self, folder: Path, fingerprint: str, *, estimated: bool = False) -> None:
        """Look at what an earlier run left; a file that is damaged is as good as none."""
        self.folder = folder
        self._kind = f"{fingerprint[:16]}-{'joints' if estimated else 'plain'}"
        self._where: dict[str, tuple[Path, int]] = {}
        self._at_hand: OrderedDict[Path, EmbeddedBatch] = OrderedDict()
        for path in sorted(folder.glob(f"{self._kind}-*.npz")):
            try:
                with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                    keys = stored["keys"].tolist()
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                path.unlink(missing_ok=True)
                continue
            self._where |= {key: (path, row) for row, key in enumerate(keys)}

    def __len__(self) -> int:
        """Of how many images something is known."""
        return len(self._where)

    def __contains__(self, key: object) -> bool:
        """Whether the image with this content is known."""
        return key in self._where

    def add(self, batch: EmbeddedBatch) -> None:
        """Keep what was found of a batch."""
        name = hashlib.sha256("".join(batch.keys).encode()).hexdigest()[:16]
        path = self.folder / f"{self._kind}-{name}.npz"
        write_whole(path, batch.to_bytes())
        self._where |= {key: (path, row) for row, key in enumerate(batch.keys)}

    def rows(self, keys: Sequence[str]) -> EmbeddedBatch:
        """What is known of images, in the order of their keys.

        Args:
            keys: SHA-256 of the contents; each must be known.

        Raises:
            GalleryError: a file that was there is damaged; it is removed.
        """
        places = [self._where[key] for key in keys]
        held = [(self._batch(path), row) for path, row in places]
        bodies = None
        if any(batch.bodies is not None for batch, _ in held):
            each = [
                batch.bodies.take([row]) if batch.bodies is not None else GalleryBodies.of([None])
                for batch, row in held
            ]
            bodies = GalleryBodies.concatenated(each)
        return EmbeddedBatch(
            tuple(keys),
            np.stack([batch.raw[row] for batch, row in held]),
            tuple(batch.thumbnails[row] for batch, row in held),
            np.stack([batch.looks[row] for batch, row in held]),
            bodies,
            tuple(batch.refused[row] if batch.refused else "" for batch, row in held),
        )

    def _batch(self, path: Path) -> EmbeddedBatch:
        if path not in self._at_hand:
            try:
                self._at_hand[path] = EmbeddedBatch.from_bytes(path.read_bytes())
            except (OSError, ValueError) as error:
                path.unlink(missing_ok=True)
                raise GalleryError(
                    f"{path} is damaged and was removed; run the command again"
                ) from error
            while len(self._at_hand) > _FILES_AT_HAND:
                self._at_hand.popitem(last=False)
        return self._at_hand[path]

    def clear(self) -> None:
        """Remove the folder: the gallery holds everything now."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class ReadImages:
    """What became of some image files.

    Args:
        keys: id and SHA-256 of the content of each image that was read, in order.
        skipped: one line for each image that was not.
        batch: what was found of contents that were not known; None where all were.
    """

    keys: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]
    batch: EmbeddedBatch | None


def read_images(
    model: ComposedModel,
    named: Sequence[tuple[str, Path]],
    *,
    known: Container[str],
    estimator: PhotoJoints | None = None,
) -> ReadImages:
    """Embed the images of one batch whose contents are not known.

    Args:
        model: its image tower and its transform are used.
        named: ids and files.
        known: contents that need no embedding.
        estimator: of joints; None leaves them out.

    Raises:
        CheckpointError: the tower gives features that are not finite numbers.
    """
    keys, skipped, small, looks, refused = [], [], [], [], []
    pixels: dict[str, torch.Tensor] = {}
    bodies: list[PoseImage | None] = []
    towers = model.towers
    for image_id, file in named:
        if not is_unicode(image_id):  # no gallery could hold it
            skipped.append(f"{json.dumps(image_id)}: the name is not UTF-8; rename the file")
            continue
        try:
            content = read_bounded(file)
            key = hashlib.sha256(content).hexdigest()
            if key not in known and key not in pixels:
                image = load_image(content, rgb=False, upright=True, name=file.name)
                pixels[key] = preprocess(
                    image, model.config.transform, towers.image_size,
                    mean=towers.mean, std=towers.std,
                )  # fmt: skip
                if image.mode in DEEP:  # Pillow's own conversion would clip its shades
                    image = load_image(content, upright=True, name=file.name)
                small.append(thumbnail(image))
                looks.append(look_of(image))
                if estimator is not None:
                    bodies.append(estimator.joints_of(image_id, file))
                    refused.append("" if bodies[-1] else estimator.last_refusal)
        except ImageError as error:
            skipped.append(f"{image_id}: {error}")
        else:
            keys.append((image_id, key))
    batch = None
    if pixels:
        raw = encode_pixels(model, torch.stack(list(pixels.values()))).numpy()
        known_bodies = None if estimator is None else GalleryBodies.of(bodies)
        batch = EmbeddedBatch(
            tuple(pixels), raw, tuple(small), np.stack(looks), known_bodies, tuple(refused)
        )
    return ReadImages(tuple(keys), tuple(skipped), batch)


Embedder = Callable[[Sequence[Sequence[tuple[str, Path]]]], Iterator[ReadImages]]
"""Reads batches of images, in their order: here, or by workers elsewhere."""


def embed_found(
    embedder: Embedder,
    source: PictureSource,
    kept: EmbeddedSoFar,
    *,
    batch: int = BATCH,
    on_event: OnEvent | None = None,
) -> ReadImages:
    """Embed images, but for those that an earlier run has embedded.

    Args:
        embedder: embeds the batches.
        source: the image files.
        kept: what was found of earlier batches; every batch is added.
        batch: images per pass of the tower.
        on_event: called after each batch.

    Returns:
        The images that were read, and one line for each that was not.

    Raises:
        GalleryError: no image could be read.
        CheckpointError: the tower gives features that are not finite numbers.
    """
    found = source.found
    named = [(name_inside(file, found.root), file) for file in found.paths]
    batches = [named[start : start + batch] for start in range(0, len(named), batch)]
    keys: list[tuple[str, str]] = []
    skipped: list[str] = []
    done = 0
    for part, read in zip(batches, embedder(batches), strict=True):
        if read.batch is not None:
            kept.add(read.batch)
        keys += read.keys
        skipped += read.skipped
        done += len(part)
        if on_event is not None:
            on_event(Event("Preparing the gallery", done, len(named)))
    if not keys:
        raise GalleryError(f"none of {len(named)} images can be read; first: {skipped[0]}")
    return ReadImages(tuple(keys), tuple(skipped), None)


def here(
    model: ComposedModel, kept: EmbeddedSoFar, estimator: PhotoJoints | None = None
) -> Embedder:
    """Embeds batches in this process.

    Args:
        model: its image tower and its transform are used.
        kept: contents that it holds are not embedded again.
        estimator: of joints; None leaves them out.
    """
    return lambda batches: (
        read_images(model, batch, known=kept, estimator=estimator) for batch in batches
    )


def gallery_parts(
    read: ReadImages,
    source: PictureSource,
    kept: EmbeddedSoFar,
    *,
    fingerprint: str,
    name: str,
    on_refused: Callable[[str], None] = lambda line: None,
    on_event: OnEvent | None = None,
) -> Iterator[Gallery]:
    """The gallery of images that were embedded, in parts of one shard each.

    Args:
        read: what `embed_found` gave.
        source: what is known of the images; known joints go before estimated ones.
        kept: holds what was found of them.
        fingerprint: of the model.
        name: what people call the gallery.
        on_refused: hears of each image without a body where joints were estimated.
        on_event: called after each part.
    """
    for start in range(0, len(read.keys), SHARD_ROWS):
        some = read.keys[start : start + SHARD_ROWS]
        ids = tuple(image_id for image_id, _ in some)
        found = kept.rows([key for _, key in some])
        norms = np.linalg.norm(found.raw, axis=1).astype(np.float32)
        for image_id, why in zip(ids, found.refused, strict=True):
            if why:
                on_refused(f"{image_id}: {why}")
        known = GalleryBodies.of([source.known.get(image_id) for image_id in ids])
        bodies = found.bodies or known
        yield Gallery(
            image_ids=ids,
            embeddings=found.raw / np.maximum(norms, 1e-12)[:, None],
            fingerprint=fingerprint,
            norms=norms,
            name=name,
            root=source.found.root,
            bodies=bodies if bodies.known.any() else None,
            looks=found.looks,
            notes=PictureNotes.of((source.info(image_id) for image_id in ids), source.label),
            thumbnails=PackedThumbnails.of(found.thumbnails),
        )
        if on_event is not None:
            on_event(Event("Writing the gallery", start + len(some), len(read.keys)))
