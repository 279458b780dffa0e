"""The embedded pictures of a dataset's split: kept from before, shipped with the model, or new."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autocompose.errors import GalleryError
from autocompose.model.checkpoint import ComposedModel
from autocompose.model.joint_branch import KnownJoints
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import known_bodies
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shipped_index import load_shipped, shipped_index
from autocompose.schema import OnEvent, PoseImage
from autocompose.workspace import Workspace


def split_gallery(
    model: ComposedModel,
    images: Sequence[PoseImage],
    split: tuple[str, str],
    *,
    checkpoint: Path,
    workspace: Workspace,
    on_event: OnEvent | None = None,
) -> Gallery:
    """The gallery of a split, embedded only where that was not done before.

    Args:
        model: whose embeddings they are.
        images: of the split, all in one folder.
        split: names of the dataset and of the split.
        checkpoint: folder of the model, which may hold an index of the split.
        workspace: whose cache keeps the gallery.
        on_event: called with progress.

    Raises:
        GalleryError: there are no pictures, or none can be read.
    """
    if not images:
        raise GalleryError("there are no pictures to search; open a dataset, or name a --gallery")
    paths = tuple(image.path for image in images)
    root, name = paths[0].parent, " ".join(split)
    if model.joints is not None:
        # Not cached: the cache's name does not say which joints were known.
        known = KnownJoints(images)
        return embed_images(model, paths, root=root, name=name, known=known, on_event=on_event)
    cache = workspace.gallery_cache(*split, model.fingerprint)
    with contextlib.suppress(GalleryError):  # nothing cached, or damaged: it is made again below
        cached = load_gallery(cache, root=root, model=model)
        if cached.image_ids == tuple(path.name for path in paths):
            return cached
    shipped = load_shipped(shipped_index(checkpoint, *split), model, paths, name=name)
    if shipped is not None:
        return shipped
    gallery = embed_images(model, paths, root=root, name=name, on_event=on_event)
    with contextlib.suppress(GalleryError):  # a read-only folder only costs the next start seconds
        save_gallery(gallery, cache)
    return gallery


def with_known(gallery: Gallery, images: Sequence[PoseImage]) -> Gallery:
    """A gallery with what a dataset knows of its pictures: their bodies, and how they were made.

    Joints that the dataset lacks, and that were estimated before, stay.
    """
    by_id = {image.id: image for image in images}
    found = [by_id.get(name) for name in gallery.image_ids]
    bodies = known_bodies(found)
    if bodies is not None and gallery.bodies is not None:
        bodies = bodies.filled(gallery.bodies)
    notes = PictureNotes.of_images(found) or gallery.notes
    return replace(gallery, bodies=bodies or gallery.bodies, notes=notes)
