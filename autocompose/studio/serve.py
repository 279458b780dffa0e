"""Serve the studio: what its operator chose becomes a `Studio`, and the studio a page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from gradio.utils import get_space, get_upload_folder

from autocompose.config import AnnotateConfig
from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
from autocompose.describe.mllm.client import DEFAULT_BASE_URL, check_url
from autocompose.errors import MissingExtraError
from autocompose.review.people.logins import Surroundings, choose_login
from autocompose.schema import OnEvent, PoseImage
from autocompose.studio import build_studio
from autocompose.studio.engine import EngineSource, load_engine
from autocompose.studio.server.cards import Card
from autocompose.studio.server.model_jobs import Annotator, ModelSetup
from autocompose.studio.server.shelf import OpenPlaces, Shelf
from autocompose.studio.server.state import LoadedEngine, Studio, StudioConfig
from autocompose.workspace import DEMO_CHECKPOINT, DEMO_DATASET, Workspace, find_workspace


@dataclass(frozen=True)
class ModelChoice:
    """The multimodal model that visitors may use.

    Args:
        name: at the endpoint.
        base_url: the endpoint, with ``/v1``; None is OpenAI's.
        api_key: the operator's key; None where visitors bring theirs. Never shown or logged.
        own_key: visitors may use their own key.
        calls_per_visit: on the operator's key, for one visit.
        calls_per_hour: on the operator's key, for all visitors.
    """

    name: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    own_key: bool = False
    calls_per_visit: int = 120
    calls_per_hour: int = 600


@dataclass(frozen=True)
class ServeOptions:
    """What a studio shows, where it listens, and who may review. All of it has a default.

    Args:
        dataset: folder in the official layout; None is the demo of the workspace.
        split: split that is shown.
        checkpoint: folder of a checkpoint; None is pose-mini of the workspace.
        gallery: folder made by ``autocompose index``; None embeds the split's pictures.
        gallery_images: folder of that gallery's pictures; None is the gallery's own ``images`` or,
            where it has none, the dataset's.
        allow_missing: search the gallery without its damaged parts.
        cache: folder for embedded galleries; None is that of the workspace.
        pose_model: file that estimates the joints of uploads; None looks in the cache.
        host: address to listen on.
        port: TCP port.
        max_upload_mb: largest picture, in units of 2**20 bytes.
        store: URL of the review store; empty is a file beside the datasets.
        users: file of reviewers.
        administrators: names on Hugging Face, for a Space with sign-in.
        oauth: the Space has sign-in; see `Surroundings`.
        model: the multimodal model for visitors; None offers none.
        mcp: serve the named endpoints as tools of the Model Context Protocol too.
        switch: visitors may open the other datasets, checkpoints and galleries of the workspace.
    """

    dataset: Path | None = None
    split: str = "test"
    checkpoint: Path | None = None
    gallery: Path | None = None
    gallery_images: Path | None = None
    allow_missing: bool = False
    cache: Path | None = None
    pose_model: Path | None = None
    host: str = "127.0.0.1"
    port: int = 7860
    max_upload_mb: float = 10.0
    store: str = ""
    users: Path | None = None
    administrators: tuple[str, ...] = ()
    oauth: bool = False
    model: ModelChoice | None = None
    mcp: bool = False
    switch: bool = True


def serve(options: ServeOptions) -> None:
    """Serve the page until the process is stopped. It opens at once; the model loads behind it.

    A dataset or a checkpoint that is missing leaves its tabs empty; they say how to get one.

    Raises:
        ConfigError: the endpoint's URL or the file of users cannot be used.
        LoginError: the file of users is malformed.
        MissingExtraError: tools of the protocol are asked for without the extra ``mcp``.
    """
    if options.mcp and find_spec("mcp") is None:
        raise MissingExtraError("--mcp needs the extra mcp: pip install 'autocompose[mcp]'")
    studio = open_studio(options)
    built = build_studio(studio)
    studio.start()
    built.launch(server_name=options.host, server_port=options.port, share=False)


def open_studio(options: ServeOptions) -> Studio:
    """The studio that the options ask for. Its model is not loaded yet; see `Studio.start`.

    Raises:
        ConfigError: the endpoint's URL or the file of users cannot be used.
        LoginError: the file of users is malformed.
    """
    workspace = find_workspace(cache=options.cache)
    config = StudioConfig(
        dataset=options.dataset or workspace.annotations / DEMO_DATASET,
        uploads=Path(get_upload_folder()),
        split=options.split,
        max_upload_bytes=int(options.max_upload_mb * 2**20),
        extra_folders=() if (folder := _own_images(options)) is None else (folder,),
        store=options.store or workspace.store,
        login=choose_login(_surroundings(options)),
        cards=_cards(options, workspace),
        workspace=workspace,
        mcp=options.mcp,
        checkpoint=options.checkpoint or workspace.checkpoints / DEMO_CHECKPOINT,
        code=f"https://huggingface.co/spaces/{space}/tree/main" if (space := get_space()) else "",
    )

    def load(studio: Studio, on_event: OnEvent) -> LoadedEngine:
        return load_engine(_engine_source(options, workspace, studio), workspace, on_event)

    joints = PhotoJoints(workspace.models, options.pose_model)
    shelf = Shelf(workspace, partial(_opened, options)) if options.switch else None
    return Studio(config, load, annotator=_annotator(options.model), joints=joints, shelf=shelf)


def _opened(options: ServeOptions, places: OpenPlaces) -> Studio:
    """The studio of other folders, which writes where the operator's does."""
    own_pictures = None if places.gallery is None else places.gallery / "images"
    kept = places.dataset is None and places.checkpoint is None
    return open_studio(
        replace(
            options,
            dataset=places.dataset or options.dataset,
            split=places.split or options.split,
            checkpoint=places.checkpoint or options.checkpoint,
            # A gallery is of one model, so that it goes with the checkpoint that was.
            gallery=places.gallery or (options.gallery if kept else None),
            gallery_images=own_pictures or (options.gallery_images if kept else None),
            model=None,
            switch=False,
        )
    )


def _own_images(options: ServeOptions) -> Path | None:
    """The folder of the gallery's pictures, where it is not the dataset's."""
    if options.gallery_images is not None or options.gallery is None:
        return options.gallery_images
    unpacked = options.gallery / "images"
    return unpacked if unpacked.is_dir() else None


def _cards(options: ServeOptions, workspace: Workspace) -> tuple[Card, ...]:
    dataset = options.dataset or workspace.annotations / DEMO_DATASET
    checkpoint = options.checkpoint or workspace.checkpoints / DEMO_CHECKPOINT
    return (
        Card("data", "Data card", dataset / "card.md"),
        Card("model", "Model card", checkpoint / "card.md"),
        Card("licence", "Licence", workspace.annotations.parent / "LICENSE"),
    )


def _surroundings(options: ServeOptions) -> Surroundings:
    return Surroundings(
        host=options.host,
        on_space=get_space() is not None,
        oauth=options.oauth,
        users=options.users,
        administrators=options.administrators,
    )


def _annotator(model: ModelChoice | None) -> Annotator | None:
    if model is None:
        return None
    setup = ModelSetup(
        AnnotateConfig(model=model.name),
        base_url=check_url(model.base_url or DEFAULT_BASE_URL),
        api_key=model.api_key,
        own_key=model.own_key,
        calls_per_visit=model.calls_per_visit,
        calls_per_hour=model.calls_per_hour,
    )
    return Annotator(setup)


def _engine_source(options: ServeOptions, workspace: Workspace, studio: Studio) -> EngineSource:
    return EngineSource(
        checkpoint=options.checkpoint or workspace.checkpoints / DEMO_CHECKPOINT,
        dataset=studio.dataset_name,
        split=studio.split,
        gallery=options.gallery,
        gallery_images=_own_images(options) or studio.config.dataset / "images",
        allow_missing=options.allow_missing,
        known=studio.images,
        joints_of=None if studio.joints is None else partial(_estimated, studio.joints),
    )


def _estimated(joints: PhotoJoints, image_id: str, path: Path) -> PoseImage | None:
    """The joints of an upload, estimated once; None where that cannot be done."""
    try:
        return joints.joints_of(image_id, path)
    except NO_ESTIMATE:
        return None
