"""Load a checkpoint and a gallery embedded by it. Imports torch only when called."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.errors import GalleryError
from autocompose.schema import Event, OnEvent, PoseImage
from autocompose.studio.server.state import LoadedEngine
from autocompose.workspace import Workspace

if TYPE_CHECKING:
    from autocompose.model.checkpoint import ComposedModel
    from autocompose.retrieval.gallery import Gallery
    from autocompose.retrieval.gallery_bodies import JointsOf


@dataclass(frozen=True)
class EngineSource:
    """What to load.

    Args:
        checkpoint: folder of a checkpoint.
        dataset: name of the dataset whose split is searched; part of the cache's name.
        split: of that dataset.
        images: the pictures to search, all in one folder; used when ``gallery`` is None.
        gallery: folder of a gallery made by ``autocompose index``.
        gallery_images: folder its picture names are relative to.
        known: pictures whose joints may be used.
        joints_of: tells the joints of a reference that somebody uploads.
    """

    checkpoint: Path
    dataset: str
    split: str
    images: tuple[Path, ...]
    gallery: Path | None = None
    gallery_images: Path | None = None
    known: tuple[PoseImage, ...] = ()
    joints_of: JointsOf | None = None


def load_engine(source: EngineSource, workspace: Workspace, on_event: OnEvent) -> LoadedEngine:
    """Load the model, then its gallery: given, cached, shipped with the model, or embedded now.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        FingerprintError: the given gallery was embedded by another model.
        GalleryError: there is nothing to search, or the given gallery cannot be read.
    """
    on_event(Event("Loading libraries", 0, 3))
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery_bodies import bodies_of
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.search import ComposedRetriever

    on_event(Event("Loading the model", 1, 3))
    model = load_checkpoint(source.checkpoint)
    on_event(Event("Opening the gallery", 2, 3))
    if source.gallery is not None:
        gallery = load_gallery(source.gallery, root=source.gallery_images, model=model)
    else:
        gallery = _split_gallery(source, workspace, model, on_event)
        known = {image.id: image for image in source.known}
        bodies = bodies_of(lambda name, _: known.get(name), gallery.image_ids, Path("."))
        gallery = replace(gallery, bodies=bodies)
    return LoadedEngine(
        retriever=ComposedRetriever(model, gallery, joints_of=source.joints_of),
        model_name=model.config.backbone,
        fingerprint=model.fingerprint[:12],
        gallery_name=gallery.name,
        gallery_size=len(gallery),
        gallery_root=gallery.root or Path("."),
        image_ids=gallery.image_ids,
    )


def _split_gallery(
    source: EngineSource, workspace: Workspace, model: ComposedModel, on_event: OnEvent
) -> Gallery:
    from autocompose.model.joint_branch import KnownJoints
    from autocompose.retrieval.gallery import embed_images
    from autocompose.retrieval.gallery_files import load_gallery, save_gallery
    from autocompose.retrieval.shipped_index import load_shipped, shipped_index

    if not source.images:
        raise GalleryError("there are no pictures to search; open a dataset, or name a --gallery")
    root = source.images[0].parent
    cache = workspace.gallery_cache(source.dataset, source.split, model.fingerprint)
    name = f"{source.dataset} {source.split}"
    if model.joints is not None:
        # Not cached: the cache's name does not say which joints were known.
        known = KnownJoints(source.known)
        return embed_images(
            model, source.images, root=root, name=name, known=known, on_event=on_event
        )
    with contextlib.suppress(GalleryError):  # nothing cached, or damaged: it is made again below
        cached = load_gallery(cache, root=root, model=model)
        if cached.image_ids == tuple(path.name for path in source.images):
            return cached
    shipped = shipped_index(source.checkpoint, source.dataset, source.split)
    if (gallery := load_shipped(shipped, model, source.images, name=name)) is not None:
        return gallery
    gallery = embed_images(model, source.images, root=root, name=name, on_event=on_event)
    with contextlib.suppress(GalleryError):  # a read-only folder only costs the next start seconds
        save_gallery(gallery, cache)
    return gallery
