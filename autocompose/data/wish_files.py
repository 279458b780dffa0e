"""Wishes: texts as people type a search, in a file beside a dataset's captions.

They are JSON Lines. Each names the picture that is looked for, its texts, and the picture that they
start from; a wish without such a start asks for its target from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autocompose.data.dataset import PoseDataset
from autocompose.data.row_files import read_json_lines
from autocompose.errors import AmbiguousSideError, DatasetError
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import PoseImage, PosePair


@dataclass(frozen=True)
class ToldWish:
    """What somebody types to find a picture.

    Args:
        start: the picture that he has; None where the texts ask for the target from anywhere.
        target: the picture that is looked for.
        texts: as typed.
    """

    start: PoseImage | None
    target: PoseImage
    texts: tuple[str, ...]

    @property
    def ends(self) -> tuple[PoseImage | None, PoseImage]:
        """Start and target."""
        return self.start, self.target

    @property
    def mirrored(self) -> tuple[str, ...]:
        """The texts with their sides exchanged, without those in which a side is not certain."""
        found = []
        for text in self.texts:
            try:
                found.append(mirror_text(text))
            except AmbiguousSideError:
                continue
        return tuple(found)


def read_wishes(dataset: PoseDataset, path: Path, *, split: str = "train") -> tuple[ToldWish, ...]:
    """The wishes of a file.

    Args:
        dataset: has the pictures.
        path: JSON Lines, each with ``target``, ``texts`` and mostly ``reference``.
        split: of the pictures.

    Raises:
        DatasetError: a line is no such record, or names a picture that the split does not have.
    """
    images = {image.id: image for image in dataset.gallery(split)}
    wishes = []
    for number, record in enumerate(read_json_lines(path), 1):
        where = f"{path.name}, line {number}"
        found = record if isinstance(record, dict) else {}
        names = [found[name] for name in ("reference", "target") if name in found]
        texts = found.get("texts")
        if not isinstance(texts, list) or "target" not in found or not _are_texts(names, texts):
            raise DatasetError(
                f"{where}: expected a target, mostly a reference, and texts as a list"
            )
        unknown = [name for name in names if name not in images]
        if unknown:
            raise DatasetError(f'{where}: "{unknown[0]}" is no picture of the split {split}')
        start = images[names[0]] if len(names) == 2 else None
        wishes.append(ToldWish(start, images[names[-1]], tuple(texts)))
    return tuple(wishes)


def wish_pairs(
    dataset: PoseDataset, path: Path, *, split: str = "train", starts: int = 3
) -> list[PosePair]:
    """Wishes as pairs of their own, with the texts under ``search`` and ``search-mirror``.

    The mirror has the texts whose sides can be exchanged. A wish from anywhere becomes pairs from
    a few pictures of the split, always the same ones.

    Args:
        dataset: has the pictures.
        path: see `read_wishes`.
        split: of the pictures.
        starts: how many pictures a wish from anywhere starts at; 0 leaves these wishes out.

    Raises:
        DatasetError: see `read_wishes`.
    """
    every = dataset.gallery(split)
    rng = np.random.default_rng(0)
    pairs = []
    for wish in read_wishes(dataset, path, split=split):
        texts = {"search": wish.texts, "search-mirror": wish.mirrored}
        begins = (
            [wish.start]
            if wish.start is not None
            else [every[row] for row in rng.integers(len(every), size=starts)]
        )
        pairs += [PosePair(one, wish.target, split=split, texts=texts) for one in begins]
    return pairs


def _are_texts(*several: list[object]) -> bool:
    return all(isinstance(one, str) for some in several for one in some)
