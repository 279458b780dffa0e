"""The datasets, checkpoints and galleries on disk that a visitor may open, and those that are open.

Only folders right under the workspace's roots are listed, and only what is listed can be opened: a
visitor names one, never a path. Each visitor's page says what it has opened; nothing is switched
for others.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.data.dataset import open_dataset
from autocompose.data.files import is_confined
from autocompose.errors import ConfigError, DatasetError
from autocompose.studio.server.cards import Card
from autocompose.workspace import Workspace

if TYPE_CHECKING:
    from autocompose.studio.server.state import Studio

MOST_OPEN = 3
"""Studios that are kept beside the first; the one that was asked longest ago is let go."""
MOST_LISTED = 200
MAX_GALLERY_JSON = 200_000_000


@dataclass(frozen=True)
class OpenChoice:
    """What a page has opened, by name; an empty name is what the operator started with.

    Args:
        dataset: folder under ``annotations/``.
        split: of it.
        checkpoint: folder under ``checkpoints/``.
        gallery: folder with a ``gallery.json`` under ``galleries/``.
    """

    dataset: str = ""
    split: str = ""
    checkpoint: str = ""
    gallery: str = ""


@dataclass(frozen=True)
class OpenPlaces:
    """The folders that a choice names; None is what the operator started with."""

    dataset: Path | None
    split: str
    checkpoint: Path | None
    gallery: Path | None


@dataclass(frozen=True)
class ShelfItem:
    """One thing that can be opened.

    Args:
        name: of its folder.
        title: first heading of its card, else empty.
        card: address of the card, relative to the page, else empty.
        megabytes: of its files.
        fingerprint: of the model, as far as it is known without loading one.
        splits: of a dataset.
    """

    name: str
    title: str
    card: str
    megabytes: float
    fingerprint: str
    splits: tuple[str, ...] = ()


class Shelf:
    """Lists what is there, and opens it once.

    Args:
        workspace: whose roots are listed.
        make: builds the studio of some folders; its model is not loaded yet.
    """

    def __init__(self, workspace: Workspace, make: Callable[[OpenPlaces], Studio]) -> None:
        self._workspace = workspace
        self._make = make
        self._open: OrderedDict[OpenChoice, Studio] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def _galleries(self) -> Path:
        return self._workspace.annotations.parent / "galleries"

    def datasets(self) -> tuple[ShelfItem, ...]:
        """The datasets, with their splits."""
        found = []
        for folder in _folders(self._workspace.annotations, "captions"):
            try:
                splits = open_dataset(folder).splits
            except DatasetError:
                continue
            if splits:
                found.append(self._item("dataset", folder, splits=splits))
        return tuple(found)

    def checkpoints(self) -> tuple[ShelfItem, ...]:
        """The checkpoints; the fingerprint of one that is open is known."""
        known = {
            studio.config.checkpoint: studio.status().fingerprint for studio in self._open.values()
        }
        return tuple(
            self._item("checkpoint", folder, fingerprint=known.get(folder, ""))
            for folder in _folders(self._workspace.checkpoints, "config.json")
        )

    def galleries(self) -> tuple[ShelfItem, ...]:
        """The galleries whose pictures are beside them, so that they can be shown."""
        return tuple(
            self._item("gallery", folder, fingerprint=_fingerprint(folder / "gallery.json"))
            for folder in _folders(self._galleries, "gallery.json")
            if (folder / "images").is_dir()
        )

    def _item(
        self, kind: str, folder: Path, *, fingerprint: str = "", splits: tuple[str, ...] = ()
    ) -> ShelfItem:
        card = Card(f"{kind}-{folder.name}", "", folder / "card.md")
        return ShelfItem(
            name=folder.name,
            title=_heading(card.path) if card.there else "",
            card=card.name if card.there else "",
            megabytes=_megabytes(folder),
            fingerprint=fingerprint,
            splits=splits,
        )

    def cards(self) -> tuple[Card, ...]:
        """The cards of all that is listed."""
        kinds = (
            ("dataset", _folders(self._workspace.annotations, "captions")),
            ("checkpoint", _folders(self._workspace.checkpoints, "config.json")),
            ("gallery", _folders(self._galleries, "gallery.json")),
        )
        return tuple(
            Card(f"{kind}-{folder.name}", folder.name, folder / "card.md")
            for kind, folders in kinds
            for folder in folders
        )

    def picture_folders(self) -> tuple[Path, ...]:
        """The folders of pictures that a page may have to show."""
        datasets = _folders(self._workspace.annotations, "captions")
        galleries = _folders(self._galleries, "gallery.json")
        return tuple(folder / "images" for folder in (*datasets, *galleries))

    def studio(self, choice: OpenChoice, first: Studio) -> Studio:
        """The studio of a choice; its model begins to load when it is first asked for.

        Args:
            choice: names of what is listed.
            first: the operator's, whose limits, and whose estimator of joints, are shared.

        Raises:
            ConfigError: a name is not listed.
        """
        with self._lock:
            if choice not in self._open:
                made = self._make(self._places(choice))
                made.annotator, made.joints, made.shelf = first.annotator, first.joints, self
                made.start()
                self._open[choice] = made
                while len(self._open) > MOST_OPEN:
                    self._open.popitem(last=False)
            self._open.move_to_end(choice)
            return self._open[choice]

    def _places(self, choice: OpenChoice) -> OpenPlaces:
        dataset = _listed(choice.dataset, self._workspace.annotations, "captions")
        if dataset is not None and choice.split:
            splits = open_dataset(dataset).splits
            if choice.split not in splits:
                raise ConfigError(
                    f'{choice.dataset} has no split "{choice.split[:40]}"; there is'
                    f" {', '.join(splits)}"
                )
        return OpenPlaces(
            dataset=dataset,
            split=choice.split,
            checkpoint=_listed(choice.checkpoint, self._workspace.checkpoints, "config.json"),
            gallery=_listed(choice.gallery, self._galleries, "gallery.json"),
        )


_POSE_LAB = "pose_lm.safetensors"
"""Of a model of the pose lab, which stands among the checkpoints and searches no gallery."""


def _folders(root: Path, mark: str) -> tuple[Path, ...]:
    """Folders right under a root that hold a file or folder; no link leads out of it."""
    return tuple(_marked(root, mark))[:MOST_LISTED]


def _marked(root: Path, mark: str) -> Iterator[Path]:
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if (
            not folder.name.startswith(".")
            and (folder / mark).exists()
            and not (folder / _POSE_LAB).exists()
            and is_confined(folder, root)
        ):
            yield folder


def _listed(name: str, root: Path, mark: str) -> Path | None:
    """The listed folder of a name; None for no name."""
    if not name:
        return None
    found = {folder.name: folder for folder in _folders(root, mark)}
    if name not in found:
        raise ConfigError(f'"{name[:60]}" is not among {", ".join(found) or "nothing"}; open one')
    return found[name]


def _megabytes(folder: Path) -> float:
    """Of the files in a folder, and in the folders right in it."""
    files = (path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file())
    return round(sum(path.stat().st_size for path in files) / 1e6, 2)


def _heading(card: Path) -> str:
    """The first heading of a card."""
    for line in card.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("#"):
            return line.lstrip("# ").strip()[:200]
    return ""


def _fingerprint(file: Path) -> str:
    """Of the model that embedded a gallery; empty where the file cannot be read."""
    try:
        if file.stat().st_size > MAX_GALLERY_JSON:
            return ""
        return str(json.loads(file.read_text(encoding="utf-8"))["fingerprint"])[:12]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
