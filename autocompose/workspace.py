"""The only module that knows where annotations, checkpoints and caches are.

Every place can be given as an argument; nothing here reads the environment or creates a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import CheckpointError, DatasetError

DEMO_DATASET = "demo"
DEMO_CHECKPOINT = "pose-mini"
POSE_LAB = "pose-lm-mini"
STORE_FILE = "studio.sqlite3"
DEFAULT_STORE = f"sqlite:///annotations/{STORE_FILE}"
"""The review store of commands, relative to the current folder."""


@dataclass(frozen=True)
class Workspace:
    """The folders one running program works in.

    Args:
        annotations: one folder per dataset in the official layout.
        checkpoints: one folder per checkpoint.
        cache: what can be made again: features and galleries. Safe to delete.
    """

    annotations: Path
    checkpoints: Path
    cache: Path

    def dataset(self, name: str = DEMO_DATASET) -> Path:
        """The folder of a dataset.

        Raises:
            DatasetError: there is none of that name; the message lists what there is.
        """
        folder = self.annotations / name
        if not (folder / "captions").is_dir():
            raise DatasetError(_missing("dataset", name, self.annotations, mark="captions"))
        return folder

    def checkpoint(self, name: str = DEMO_CHECKPOINT) -> Path:
        """The folder of a checkpoint.

        Raises:
            CheckpointError: there is none of that name; the message lists what there is.
        """
        folder = self.checkpoints / name
        if not (folder / "config.json").is_file():
            raise CheckpointError(
                _missing("checkpoint", name, self.checkpoints, mark="config.json")
            )
        return folder

    @property
    def store(self) -> str:
        """URL of the review store, beside the datasets."""
        return f"sqlite:///{self.annotations / STORE_FILE}"

    @property
    def error_runs(self) -> Path:
        """Where error analyses are kept, with the corrections that people made."""
        return self.annotations / "errors"

    @property
    def models(self) -> Path:
        """Where the model is that estimates the joints of photos."""
        return self.checkpoints / "pose-landmarker"

    @property
    def pose_lab(self) -> Path:
        """Where the pose lab's model is."""
        return self.checkpoints / POSE_LAB

    def gallery_cache(self, dataset: str, split: str, fingerprint: str) -> Path:
        """Where the embedded gallery of one split under one model is kept.

        Args:
            dataset: its name.
            split: its name.
            fingerprint: of the model.
        """
        return self.cache / "galleries" / f"{dataset}-{split}-{fingerprint[:16]}"


def find_workspace(
    root: Path | None = None,
    *,
    annotations: Path | None = None,
    checkpoints: Path | None = None,
    cache: Path | None = None,
) -> Workspace:
    """Find the folders: the repository this package runs from, else the current folder.

    Args:
        root: holds ``annotations/`` and ``checkpoints/``; found when None.
        annotations: overrides ``root/annotations``.
        checkpoints: overrides ``root/checkpoints``.
        cache: overrides ``root/.cache``.
    """
    if root is None:
        beside = Path(__file__).resolve().parent.parent
        root = beside if (beside / "annotations").is_dir() else Path.cwd()
    return Workspace(
        annotations=annotations or root / "annotations",
        checkpoints=checkpoints or root / "checkpoints",
        cache=cache or root / ".cache",
    )


def _missing(kind: str, name: str, folder: Path, *, mark: str) -> str:
    found = sorted(p.parent.name for p in folder.glob(f"*/{mark}"))
    have = ", ".join(found) if found else "none"
    return f'no {kind} "{name}" in {folder}; there is {have}'
