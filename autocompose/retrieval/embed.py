"""Pictures to unit features under one model, and a gallery of a folder of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from autocompose.data.files import name_inside
from autocompose.data.json_text import is_unicode
from autocompose.data.preprocess import load_image, preprocess
from autocompose.errors import CheckpointError, GalleryError, ImageError
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints, Poses
from autocompose.model.pose_mini import features_and_joints
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies, JointsOf, known_bodies, looked_up
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.schema import Event, OnEvent

BATCH = 64


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
