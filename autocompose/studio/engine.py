"""Load a checkpoint and a gallery embedded by it. Imports torch only when called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.errors import AutoComPoseError
from autocompose.schema import Event, OnEvent, PoseImage
from autocompose.studio.server.state import LoadedEngine
from autocompose.workspace import Workspace

if TYPE_CHECKING:
    from autocompose.lab.speculative.act_words import ActWords
    from autocompose.lab.wishes.likely import KnownBones
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
        gallery: folder of a gallery made by ``autocompose index``.
        gallery_images: folder its picture names are relative to.
        known: pictures of the split, all in one folder, with the joints that may be used; they are
            searched when ``gallery`` is None.
        joints_of: tells the joints of a reference that somebody uploads.
        allow_missing: search the gallery without its damaged parts.
    """

    checkpoint: Path
    dataset: str
    split: str
    gallery: Path | None = None
    gallery_images: Path | None = None
    known: tuple[PoseImage, ...] = ()
    joints_of: JointsOf | None = None
    allow_missing: bool = False


def load_engine(source: EngineSource, workspace: Workspace, on_event: OnEvent) -> LoadedEngine:
    """Load the model, then its gallery: given, cached, shipped with the model, or embedded now.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        FingerprintError: the given gallery was embedded by another model.
        GalleryError: there is nothing to search, or the given gallery cannot be read.
    """
    on_event(Event("Loading libraries", 0, 3))
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.split_gallery import split_gallery, with_known

    on_event(Event("Loading the model", 1, 3))
    model = load_checkpoint(source.checkpoint)
    on_event(Event("Opening the gallery", 2, 3))
    if source.gallery is not None:
        gallery = load_gallery(
            source.gallery,
            root=source.gallery_images,
            model=model,
            allow_missing=source.allow_missing,
        )
    else:
        gallery = split_gallery(
            model, source.known, (source.dataset, source.split),
            checkpoint=source.checkpoint, workspace=workspace, on_event=on_event,
        )  # fmt: skip
        gallery = with_known(gallery, source.known)
    folder = source.gallery or workspace.gallery_cache(
        source.dataset, source.split, model.fingerprint
    )
    return _engine(model, gallery, folder, source=source, on_event=on_event)


def _engine(
    model: ComposedModel,
    gallery: Gallery,
    folder: Path,
    *,
    source: EngineSource,
    on_event: OnEvent,
) -> LoadedEngine:
    """An engine over a gallery.

    Args:
        model: that embedded the gallery.
        gallery: what is searched.
        folder: where joints that are estimated later are kept.
        source: what was to be loaded.
        on_event: told that the gallery is asked.
    """
    from autocompose.retrieval.attribution import attribute
    from autocompose.retrieval.picture_filters import filter_values
    from autocompose.retrieval.search import ComposedRetriever

    def estimate(look: JointsOf, listen: OnEvent) -> tuple[LoadedEngine, str]:
        found = _with_joints(gallery, look, listen)
        return (
            _engine(model, found, folder, source=source, on_event=listen),
            _kept(found, folder),
        )

    retriever = ComposedRetriever(model, gallery, joints_of=source.joints_of)
    on_event(Event("Asking the gallery", 2, 3))
    retriever.usual_scene  # noqa: B018 - found out now, not at the first query
    known = 0 if gallery.bodies is None else int(gallery.bodies.given.sum())
    return LoadedEngine(
        retriever=retriever,
        model_name=model.config.backbone,
        fingerprint=model.fingerprint[:12],
        gallery_name=gallery.name,
        gallery_size=len(gallery),
        gallery_root=gallery.root or Path("."),
        image_ids=gallery,
        thumbnail=lambda image_id: _thumbnail(gallery, image_id),
        with_joints=known,
        estimate=estimate if gallery.root is not None else None,
        rendered=gallery.bodies is not None and gallery.bodies.all_rendered,
        facts={} if gallery.notes is None else filter_values(gallery.notes),
        explain=partial(attribute, retriever),
        bones=cache(partial(_bones, gallery)),
        acts=cache(partial(_acts, model)),
        checkpoint=source.checkpoint,
        gallery=source.gallery,
    )


def _bones(gallery: Gallery) -> KnownBones:
    from autocompose.lab.wishes.likely import KnownBones, known_bodies

    return KnownBones.of(*known_bodies(gallery))


def _acts(model: ComposedModel) -> ActWords:
    from autocompose.lab.speculative.act_words import ActWords

    return ActWords.of_towers(model.towers)


def _thumbnail(gallery: Gallery, image_id: str) -> bytes:
    if gallery.thumbnails is None or image_id not in gallery:
        return b""
    return gallery.thumbnails[gallery.row(image_id)]


def _with_joints(gallery: Gallery, look: JointsOf, listen: OnEvent) -> Gallery:
    """A gallery with the joints of pictures of which nothing was known."""
    from autocompose.retrieval.gallery_bodies import GalleryBodies, bodies_of

    ids, own = gallery.image_ids, gallery.bodies or GalleryBodies.of([None] * len(gallery))
    known = {name for name, told in zip(ids, own.given, strict=True) if told}
    more = bodies_of(
        lambda name, path: None if name in known else look(name, path),
        ids, gallery.root or Path("."), on_event=listen,
    )  # fmt: skip
    return gallery if more is None else replace(gallery, bodies=own.filled(more))


def _kept(gallery: Gallery, folder: Path) -> str:
    """Keep a gallery with its joints; why that cannot be, else empty."""
    from autocompose.data.lock import lock_folder
    from autocompose.retrieval.gallery_files import save_gallery

    try:
        with lock_folder(folder):
            save_gallery(gallery, folder)
    except AutoComPoseError as error:
        return f"The joints are used until the studio stops, and not kept: {error}."
    return ""
