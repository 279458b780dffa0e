"""The official dataset layout, read and written.

::

    <root>/images/<file>                 captions/<split>.json          image_splits/<split>.json
    <root>/joints.json (ours, optional)  list of records, see below     list of gallery file names

A caption record has ``reference``, ``target``, ``img_set`` (names, the target among them) and
lists of texts: ``sents`` (human), ``auto*`` (from joints), ``mllm``, ``reverse``, ``mirror``,
``mirror-reverse`` (multimodal model). An empty list is no text. The official datasets are the
folders ``fixmypose_dataset``, ``aist_dataset`` and ``posefix_dataset``; they have no split ``val``.

Source: the official ``data_utils.CPRDataset``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from autocompose.data.captions.caption_files import read_list, scan_captions, write_captions
from autocompose.data.captions.caption_records import (
    CaptionRecord,
    check_image_set,
    read_image_set,
)
from autocompose.data.files import check_name, is_confined, json_lines, write_whole
from autocompose.data.joints_file import read_joints, write_joints
from autocompose.errors import (
    CaptionFileError,
    DatasetError,
    MissingImageError,
    UnsafePathError,
)
from autocompose.schema import PoseImage, PosePair

__all__ = [
    "PoseDataset",
    "SplitContent",
    "open_dataset",
    "read_captions",
    "write_captions",
    "write_joints",
    "write_split",
]

OFFICIAL_DATASETS = ("fixmypose", "aist", "posefix")
"""The datasets of the official code; each stands in a folder ``<name>_dataset``."""


@dataclass(frozen=True)
class SplitContent:
    """What a caption file holds.

    Args:
        pairs: the sound records, in file order.
        problems: one error per record that is not sound, in file order.
    """

    pairs: tuple[PosePair, ...]
    problems: tuple[DatasetError, ...]


@dataclass
class PoseDataset:
    """A dataset in the official layout. Files are read when first asked for, then kept.

    Args:
        root: holds ``images/``, ``captions/`` and ``image_splits/``.
    """

    root: Path
    _files: frozenset[str] | None = field(default=None, repr=False)
    _links: frozenset[str] = field(default=frozenset(), repr=False)
    _images: dict[str, PoseImage] | None = field(default=None, repr=False)
    _splits: dict[str, SplitContent] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.resolve().name

    @property
    def splits(self) -> tuple[str, ...]:
        """Every split that has a caption file; train, val, test first."""
        return self._splits_in("captions")

    @property
    def uncaptioned(self) -> tuple[str, ...]:
        """Every split that has a list of images and no caption file."""
        return tuple(name for name in self._splits_in("image_splits") if name not in self.splits)

    def _splits_in(self, folder: str) -> tuple[str, ...]:
        found = {path.stem for path in (self.root / folder).glob("*.json")}
        known = [name for name in ("train", "val", "test") if name in found]
        return (*known, *sorted(found.difference(known)))

    def pairs(self, split: str, *, strict: bool = True) -> tuple[PosePair, ...]:
        """The pose pairs of a split.

        Args:
            split: one of `splits`.
            strict: raise the first problem; else leave such records out, see `content`.

        Raises:
            DatasetError: no such split; if strict, a record is malformed, unsafe or lacks an image.
        """
        content = self.content(split)
        if strict and content.problems:
            raise content.problems[0]
        return content.pairs

    def content(self, split: str) -> SplitContent:
        """The sound records of a split and the problems of the others.

        Raises:
            DatasetError: there is no such split.
            CaptionFileError: the file is not a JSON list of objects.
        """
        if split not in self._splits:
            self._splits[split] = self._read(split)
        return self._splits[split]

    def with_pairs(self, split: str, pairs: Iterable[PosePair]) -> PoseDataset:
        """The same dataset with other pairs in one split, e.g. with reviewed texts."""
        problems = self.content(split).problems
        splits = {**self._splits, split: SplitContent(tuple(pairs), problems)}
        return replace(self, _splits=splits)

    def gallery(self, split: str) -> tuple[PoseImage, ...]:
        """The images that a split's queries are ranked against, in the order of the split file.

        Raises:
            DatasetError: the file is missing or malformed, or names no image, or one twice.
        """
        path = self._split_file("image_splits", split)
        names = read_list(path)
        seen: set[str] = set()
        for i, name in enumerate(names):
            where = f"{path}[{i}]"
            if not isinstance(name, str):
                raise CaptionFileError(f"{where}: expected a file name, not {json.dumps(name)}")
            if name in seen:
                raise CaptionFileError(f'{where}: "{name}" is listed twice; list each image once')
            self._check_image(name, where)
            seen.add(name)
        return tuple(self.image(str(name)) for name in names)

    def image(self, name: str) -> PoseImage:
        """One image with the joints that are known of it.

        Raises:
            UnsafePathError: the name points outside ``images/``.
            MissingImageError: there is no such file.
        """
        self._check_image(name, str(self.root))
        known = self._known().get(name)
        return known if known is not None else PoseImage(id=name, path=self.root / "images" / name)

    def _known(self) -> dict[str, PoseImage]:
        if self._images is None:
            path = self.root / "joints.json"
            self._images = read_joints(path, self.root / "images") if path.exists() else {}
        return self._images

    def _split_file(self, folder: str, split: str) -> Path:
        check_name(split, str(self.root / folder))
        path = self.root / folder / f"{split}.json"
        if not path.is_file():
            have = ", ".join(self._splits_in(folder)) or "none"
            raise DatasetError(f"{path} does not exist; the splits in {folder}/ are: {have}")
        return path

    def _read(self, split: str) -> SplitContent:
        path = self._split_file("captions", split)
        listed = self._listed(split)
        scan = scan_captions(path)
        pairs: list[PosePair] = []
        problems: dict[int, DatasetError] = dict(scan.problems)
        for i, record in scan.records.items():
            try:
                pairs.append(self._pair(record, split, listed))
            except DatasetError as problem:
                problems[i] = problem
        return SplitContent(tuple(pairs), tuple(problems[i] for i in sorted(problems)))

    def _listed(self, split: str) -> frozenset[str] | None:
        """The gallery of a split that queries are asked of; training pairs need be in none."""
        if split == "train":
            return None
        path = self.root / "image_splits" / f"{split}.json"
        if not path.is_file():
            return None
        return frozenset(name for name in read_list(path) if isinstance(name, str))

    def _pair(self, record: CaptionRecord, split: str, listed: frozenset[str] | None) -> PosePair:
        where, names = record.where, {"reference": record.reference, "target": record.target}
        image_set = check_image_set(record)
        for name in names.values():
            self._check_image(name, where)
        for key, name in names.items():
            if listed is not None and name not in listed:
                raise CaptionFileError(
                    f'{where}: {key} "{name}" is not in image_splits/{split}.json; add it there'
                )
        return PosePair(
            reference=self.image(record.reference),
            target=self.image(record.target),
            split=split,
            image_set=image_set,
            texts=record.phrasings,
            number=record.number,
        )

    def _check_image(self, name: str, where: str) -> None:
        if self._files is None:
            self._scan()
        files = self._files or frozenset()
        if name in files and name not in self._links:
            return
        check_name(name, where)
        folder = self.root / "images"
        path = folder / name
        if not is_confined(path, folder):
            raise UnsafePathError(
                f'{where}: "{name}" is a link to outside {self.root}; copy the file'
            )
        if not path.is_file():
            raise MissingImageError(
                f'{where}: "{name}" is not in {folder}; add the image or remove the record'
            )

    def _scan(self) -> None:
        # One directory listing instead of a stat per name: 3,000 images open in milliseconds.
        with os.scandir(self.root / "images") as entries:
            found = [(entry.name, entry.is_symlink(), entry.is_file()) for entry in entries]
        self._files = frozenset(name for name, _, is_file in found if is_file)
        self._links = frozenset(name for name, is_link, _ in found if is_link)


def open_dataset(root: Path) -> PoseDataset:
    """Open a dataset folder.

    Raises:
        DatasetError: the folder, its ``images/`` or its ``captions/`` is missing.
    """
    root = Path(root)
    for folder in (root, root / "images", root / "captions"):
        if not folder.is_dir():
            inside = [f"{name}_dataset" for name in OFFICIAL_DATASETS]
            inside = [name for name in inside if (root / name).is_dir()]
            if inside:
                raise DatasetError(f"{root} holds {', '.join(inside)}; name one of them")
            raise DatasetError(
                f"{folder} is not a folder; a dataset has images/, captions/ and image_splits/"
            )
    return PoseDataset(root)


def read_captions(path: Path, *, images: Path, joints: Path | None = None) -> tuple[PosePair, ...]:
    """The pairs of a caption file by itself; neither images nor splits need be there.

    Args:
        path: in the official format; ``img_set`` may be missing.
        images: folder that the names are in.
        joints: a ``joints.json``; images that it does not know have no joints.

    Raises:
        CaptionFileError: the file or a record is malformed.
        UnsafePathError: a name points outside ``images``.
    """
    known = read_joints(joints, images) if joints is not None else {}
    scan = scan_captions(path)
    for problem in scan.problems.values():
        raise problem
    pairs = []
    for record in scan.records.values():
        both = [
            known.get(name) or PoseImage(name, images / check_name(name, record.where))
            for name in (record.reference, record.target)
        ]
        group = read_image_set(record) if "img_set" in record.row else ()
        pairs.append(
            PosePair(both[0], both[1], path.stem, group, record.phrasings, number=record.number)
        )
    return tuple(pairs)


def official_name(folder: str) -> str | None:
    """The official dataset that a folder name means; None for any other name.

    >>> official_name("aist_dataset")
    'aist'
    """
    name = folder.removesuffix("_dataset")
    return name if name in OFFICIAL_DATASETS else None


def write_split(path: Path, names: Iterable[str]) -> None:
    """Write ``image_splits/<split>.json``, whole or not at all."""
    write_whole(path, json_lines(list(names)))
