"""What a studio can be asked to evaluate, and how it does so. Torch is loaded by the first run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.errors import AutoComPoseError, ConfigError, DatasetError
from autocompose.schema import Event, OnEvent, View, caption_view
from autocompose.studio.errors.error_answers import SplitChoice
from autocompose.studio.server.state import Studio

if TYPE_CHECKING:
    from autocompose.evaluation.failures.failure_records import FailureReport
    from autocompose.evaluation.failures.find_failures import AskedSplit
    from autocompose.evaluation.failures.kept_runs import RunQuestion
    from autocompose.model.checkpoint import ComposedModel

JOINTS = ("known", "none", "estimated")
BEYOND = 10


@dataclass(frozen=True)
class Opened:
    """A model with what its answers depend on beside its weights."""

    model: ComposedModel
    folder: Path

    @property
    def decides(self) -> tuple[object, ...]:
        """All that decides a ranking."""
        voice = self.folder / "pose_voice.safetensors"
        found = voice.stat() if voice.is_file() else None
        beside = () if found is None else (found.st_size, found.st_mtime_ns)
        return (self.model.fingerprint, sorted(asdict(self.model.ranking).items()), *beside)


def checkpoints_of(studio: Studio) -> dict[str, Path]:
    """Name -> folder of every checkpoint that can be asked; the one on show first."""
    config = studio.config
    folders = [config.checkpoint] if config.checkpoint is not None else []
    if config.workspace is not None:
        folders += sorted(
            path.parent for path in config.workspace.checkpoints.glob("*/config.json")
        )
    found: dict[str, Path] = {}
    for folder in folders:
        if (folder / "config.json").is_file():
            found.setdefault(folder.resolve().name, folder)
    return found


def splits_of(studio: Studio) -> tuple[SplitChoice, ...]:
    """The splits that have texts of the pairs' own view and a list of images; test first."""
    found = []
    for name in studio.dataset.splits:
        try:
            pairs = studio.dataset.pairs(name, strict=False)
            studio.dataset.gallery(name)
        except DatasetError:
            continue
        keys = {key: None for pair in pairs for key, texts in pair.texts.items() if texts}
        own = tuple(key for key in keys if caption_view(key) is View.FORWARD)
        if own:
            found.append(SplitChoice(name, own))
    return tuple(sorted(found, key=lambda choice: choice.name != studio.split))


def open_checkpoint(studio: Studio, name: str, on_event: OnEvent) -> Opened:
    """Load a checkpoint of the workspace by its name.

    Raises:
        ConfigError: there is none of that name.
        CheckpointError: it cannot be read.
    """
    known = checkpoints_of(studio)
    if name not in known:
        have = ", ".join(known) or "none"
        raise ConfigError(f'checkpoint "{name[:40]}" is not in this workspace; there is {have}')
    on_event(Event("Loading the model", 0, 1))
    from autocompose.model.checkpoint import load_checkpoint

    return Opened(load_checkpoint(known[name]), known[name])


def evaluate_run(
    studio: Studio, opened: Opened, question: RunQuestion, on_event: OnEvent
) -> FailureReport:
    """Ask a model every query of a split, and explain those that fail.

    Raises:
        AutoComPoseError: what `find_failures` and the estimate of joints raise.
    """
    from autocompose.evaluation.failures.find_failures import find_failures, training_words
    from autocompose.model.checkpoint import read_checkpoint_info

    train = read_checkpoint_info(opened.folder).train
    return find_failures(
        opened.model,
        _asked(studio, opened, question, on_event),
        training_words=training_words(studio.dataset, train),
        checkpoint=question.checkpoint,
        on_event=on_event,
    )


def _asked(studio: Studio, opened: Opened, question: RunQuestion, on_event: OnEvent) -> AskedSplit:
    from autocompose.evaluation.failures.find_failures import AskedSplit
    from autocompose.retrieval.split_gallery import split_gallery

    workspace = studio.config.workspace
    if workspace is None:
        raise ConfigError("this studio has no workspace; start it with `autocompose studio`")
    split = question.split
    gallery = split_gallery(
        opened.model, studio.dataset.gallery(split), (studio.dataset_name, split),
        checkpoint=opened.folder, workspace=workspace, on_event=on_event,
    )  # fmt: skip
    joints = question.joints
    if joints == "estimated":
        if studio.joints is None:
            raise AutoComPoseError("this studio has no model that estimates joints")
        studio.joints.load()
        return AskedSplit(
            studio.dataset, split, question.key, question.beyond, gallery, studio.joints.joints_of
        )
    known = "known" if joints == "known" else "none"
    return AskedSplit(studio.dataset, split, question.key, question.beyond, gallery, known)
