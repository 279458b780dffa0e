"""What one studio server holds: the dataset, and the retriever that loads aside.

No gradio here. One `Studio` is shared by all visitors and read-only once loaded; what a visitor has
chosen or typed lives in the visitor's page.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from autocompose.data.dataset import PoseDataset, open_dataset
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.errors import (
    AutoComPoseError,
    CheckpointError,
    ConfigError,
    DatasetError,
    GalleryError,
    MissingImageError,
    UnsafePathError,
)
from autocompose.query_reading import Attribution
from autocompose.retrieval.choices import AS_ASKED, SearchChoices
from autocompose.review.people.logins import LocalLogin, Login
from autocompose.schema import (
    ComposedQuery,
    Event,
    OnEvent,
    PoseImage,
    PosePair,
    RetrievalResult,
)
from autocompose.studio.server.cards import Card
from autocompose.studio.server.examples import (
    Example,
    candidate_examples,
    pick_examples,
    pinned_examples,
)
from autocompose.studio.server.model_jobs import Annotator
from autocompose.studio.server.search_calls import Explainer, Retriever
from autocompose.studio.server.shelf import Shelf
from autocompose.workspace import Workspace

if TYPE_CHECKING:
    from autocompose.lab.speculative.act_words import ActWords
    from autocompose.lab.wishes.likely import KnownBones
    from autocompose.retrieval.gallery_bodies import JointsOf

T = TypeVar("T")

DATASET_REMEDY = (
    "Make the demo with `autocompose synthesize`, or start the studio with --dataset FOLDER."
)
CHECKPOINT_REMEDY = "Then start the studio again, or start it with --checkpoint FOLDER."
GALLERY_REMEDY = "Then start the studio again."
FAILED = "The model did not load. See the server's log."

EXAMPLE_SECONDS = 2.0
"""Time for picking the worked examples; a large model on a small machine tries fewer."""

QUERY_SLOTS = 2
"""Queries that run at once; the others wait. Two cores are all a free Space has."""


@dataclass(frozen=True)
class LoadedEngine:
    """A retriever with what the page says about it.

    Args:
        image_ids: tells whether a picture is in the gallery.
        thumbnail: a small JPEG of a picture of the gallery; empty where there is none.
        with_joints: pictures of the gallery whose joints are known.
        estimate: estimates those of the others; gives the engine that uses them, and why they could
            not be kept, if so. None where the pictures are not here.
    """

    retriever: Retriever
    model_name: str
    fingerprint: str
    gallery_name: str
    gallery_size: int
    gallery_root: Path
    image_ids: Container[str]
    thumbnail: Callable[[str], bytes] = lambda image_id: b""
    with_joints: int = 0
    estimate: Callable[[JointsOf, OnEvent], tuple[LoadedEngine, str]] | None = None
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the pictures can be filtered by: person, camera, clip, source -> values."""
    explain: Explainer | None = None
    bones: Callable[[], KnownBones] | None = None
    """The bodies of its pictures, as the pose lab ranks them; raises where none is known."""
    acts: Callable[[], ActWords] | None = None
    """Finds acts by the word vectors of its text tower; raises where it has none."""
    checkpoint: Path | None = None
    """Its folder, and that of a gallery that is no split of the dataset."""
    gallery: Path | None = None
    rendered: bool = False
    """Whether every picture of the gallery is of a rendered body, as the gallery notes it."""


class EngineState(str, Enum):
    """How far the retriever is, and what it lacks where there is none."""

    LOADING = "loading"
    READY = "ready"
    NO_CHECKPOINT = "no_checkpoint"
    NO_GALLERY = "no_gallery"
    FAILED = "failed"


@dataclass(frozen=True)
class EngineStatus:
    """The retriever's state, in words where it is not ready: what is wrong and what to do.

    Args:
        scene: how far the same place and person count in the gallery where nobody says, 0 to 1.
        rendered: whether every picture of the gallery is of a rendered body.
    """

    state: EngineState
    message: str
    model_name: str = ""
    fingerprint: str = ""
    gallery_name: str = ""
    gallery_size: int = 0
    scene: float = 0.0
    rendered: bool = False


@dataclass(frozen=True)
class StudioConfig:
    """Where a studio reads from.

    Args:
        dataset: a folder in the official layout.
        split: the split whose pairs and gallery are shown.
        uploads: the only folder an uploaded picture may be read from.
        max_upload_bytes: larger pictures are refused, in bytes.
        extra_folders: of pictures that may be served beside the dataset's.
        store: URL of the review store; empty leaves the Review page out.
        login: tells who reviews.
        workspace: where error analyses find checkpoints and are kept; None leaves Errors out.
        checkpoint: folder of the checkpoint on show; an error analysis asks it first.
        mcp: serve the named endpoints as tools of the Model Context Protocol too.
        cards: texts about what is shown, linked at the foot of the page.
        code: address of the source code, where there is one.
        pose_lab: folder of the pose lab's model; None is the workspace's.
    """

    dataset: Path
    uploads: Path
    split: str = "test"
    max_upload_bytes: int = 10 * 1024 * 1024
    extra_folders: tuple[Path, ...] = ()
    store: str = ""
    login: Login = field(default_factory=LocalLogin)
    workspace: Workspace | None = None
    checkpoint: Path | None = None
    mcp: bool = False
    cards: tuple[Card, ...] = ()
    code: str = ""
    pose_lab: Path | None = None


class Studio:
    """The dataset now, the retriever as soon as it is loaded.

    Args:
        config: where to read from.
        load_engine: builds the retriever; called once, on a thread, so that the page opens before
            torch is imported.
        annotator: the multimodal model that the operator set up; None without one.
        joints: estimates the joints of pictures that have none; None without that.
        shelf: what visitors may open instead; None where they may not.
    """

    def __init__(
        self,
        config: StudioConfig,
        load_engine: Callable[[Studio, OnEvent], LoadedEngine],
        *,
        annotator: Annotator | None = None,
        joints: PhotoJoints | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """Read the dataset; a folder that cannot be read becomes `dataset_problem`."""
        self.config = config
        self.annotator = annotator
        self.joints = joints
        self.shelf = shelf
        self.dataset_problem = ""
        self.dataset_name = self.split = ""
        self.pairs: tuple[PosePair, ...] = ()
        self.images: tuple[PoseImage, ...] = ()
        self.dataset = PoseDataset(config.dataset)
        try:
            dataset = self.dataset = open_dataset(config.dataset)
            if not dataset.splits:
                raise DatasetError(f"{config.dataset} has no captions/<split>.json")
            split = config.split if config.split in dataset.splits else dataset.splits[0]
            self.dataset_name, self.split = dataset.name, split
            self.pairs = tuple(dataset.pairs(split, strict=False))
            self.images = tuple(dataset.gallery(split))
        except DatasetError as error:
            self.dataset_problem = f"{error}. {DATASET_REMEDY}"
        self.pinned = pinned_examples(config.dataset, self.pairs)
        self.examples = self.pinned or pick_examples(candidate_examples(self.pairs))
        self._pair_by_id = {pair.id: pair for pair in self.pairs}
        self._image_by_id = {image.id: image for image in self.images}
        self._load_engine = load_engine
        self._engine: LoadedEngine | None = None
        self._no_engine = EngineStatus(EngineState.FAILED, "")
        self._progress = "Loading the model"
        self._done = threading.Event()
        self._slots = threading.BoundedSemaphore(QUERY_SLOTS)

    def start(self) -> None:
        """Begin to load the retriever on a thread of its own."""
        threading.Thread(target=self._load, name="studio-engine", daemon=True).start()

    def _load(self) -> None:
        try:
            engine = self._load_engine(self, self._on_event)
            candidates = candidate_examples(self.pairs)
            for example in candidates[:1]:
                # The first query of a model is slow, and takes no time from the others.
                self._rank_target(engine, math.inf, example)
            until = time.monotonic() + EXAMPLE_SECONDS
            self.examples = self.pinned or pick_examples(
                candidates, rank=partial(self._rank_target, engine, until)
            )
            self._engine = engine
        except GalleryError as error:
            self._no_engine = EngineStatus(EngineState.NO_GALLERY, f"{error}. {GALLERY_REMEDY}")
        except AutoComPoseError as error:
            problem = f"{error}. {CHECKPOINT_REMEDY}"
            self._no_engine = EngineStatus(EngineState.NO_CHECKPOINT, problem)
        finally:
            # Anything unforeseen is left to the thread's traceback on the server; the page must not
            # wait for ever on it.
            if self._engine is None and not self._no_engine.message:
                self._no_engine = EngineStatus(EngineState.FAILED, FAILED)
            self._done.set()

    def _on_event(self, event: Event) -> None:
        self._progress = f"{event.stage}: {event.done} of {event.total}"

    def status(self) -> EngineStatus:
        """Whether queries can be answered, in words for the page."""
        if not self._done.is_set():
            return EngineStatus(EngineState.LOADING, self._progress)
        engine = self._engine
        if engine is None:
            return self._no_engine
        return EngineStatus(
            EngineState.READY, "", engine.model_name, engine.fingerprint, engine.gallery_name,
            engine.gallery_size, round(engine.retriever.usual_scene, 2), engine.rendered,
        )  # fmt: skip

    def wait_until_loaded(self, seconds: float) -> bool:
        """Block until the retriever is there or has failed; False when the time is over."""
        return self._done.wait(seconds)

    @property
    def engine(self) -> LoadedEngine:
        """The loaded retriever.

        Raises:
            CheckpointError: it is still loading, or could not be loaded.
        """
        if self._engine is None:
            status = self.status()
            if status.state is EngineState.LOADING:
                raise CheckpointError(f"The model is still loading ({status.message}); try again")
            raise CheckpointError(status.message)
        return self._engine

    def use(self, engine: LoadedEngine) -> None:
        """Answer with another engine over the same gallery from now on."""
        self._engine = engine

    def retrieve(
        self,
        query: ComposedQuery,
        k: int,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Answer one query, a bounded number at a time.

        Args:
            query: what is asked.
            k: how many hits, at most.
            scene: 0 to 1, how far the same place and person count; None as the gallery needs it.
            choices: the weight between picture and words, and which pictures are ranked.

        Raises:
            AutoComPoseError: no model is there, the text is empty, or the picture is unreadable.
        """
        engine = self.engine
        with self.slot():
            return engine.retriever.retrieve(query, k=k, scene=scene, choices=choices)

    def explain(
        self,
        query: ComposedQuery,
        image_ids: Sequence[str],
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> Attribution:
        """What each clause of a query does to the ranks of some pictures.

        Args:
            query: as it was asked.
            image_ids: the pictures.
            scene: as it was asked.
            choices: as they were asked.

        Raises:
            AutoComPoseError: as `retrieve`.
        """
        engine = self.engine
        if engine.explain is None:
            raise ConfigError("this studio's search cannot be explained")
        with self.slot():
            return engine.explain(query, image_ids, scene=scene, choices=choices)

    @contextlib.contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the few places for work that needs a core."""
        with self._slots:
            yield

    def pair(self, pair_id: str) -> PosePair:
        """The pair of an id.

        Raises:
            ConfigError: the loaded split has no such pair.
        """
        if pair_id not in self._pair_by_id:
            raise ConfigError(
                f'pair "{pair_id[:40]}" is not in the {self.split} split; pick another'
            )
        return self._pair_by_id[pair_id]

    def image(self, image_id: str) -> PoseImage:
        """The picture of an id: of the dataset's split, or of the gallery.

        Raises:
            MissingImageError: there is no such picture.
        """
        if image_id in self._image_by_id:
            return self._image_by_id[image_id]
        if self._engine is not None and image_id in self._engine.image_ids:
            return PoseImage(image_id, self._engine.gallery_root / image_id)
        raise MissingImageError(f'picture "{image_id[:60]}" is not in the gallery; pick another')

    def uploaded(self, path: str) -> Path:
        """The path of an uploaded picture, confined to the upload folder.

        Raises:
            UnsafePathError: the path leads elsewhere.
            MissingImageError: the upload was already cleaned up.
        """
        root = self.config.uploads.resolve()
        resolved = Path(path).resolve()
        if not resolved.is_relative_to(root):
            raise UnsafePathError("the picture is not an upload of this studio; upload it again")
        if not resolved.is_file():
            raise MissingImageError("the upload is no longer on the server; upload it again")
        return resolved

    def _rank_target(self, engine: LoadedEngine, until: float, example: Example) -> int:
        """Where the model ranks an example's target, from 1; the last place once time is up."""
        if time.monotonic() > until:
            return engine.gallery_size
        pair = example.pair
        query = ComposedQuery(
            pair.reference.path, example.text, (pair.reference.id,), pair.target.id
        )
        return engine.retriever.retrieve(query, k=1).target_rank or engine.gallery_size


def mixed(items: Sequence[T], step: int = 17) -> list[T]:
    """All items in a fixed order in which neighbours were ``step`` apart, so that strips vary."""
    return [item for start in range(step) for item in items[start::step]]
