"""What is noted of each picture of a gallery: person, camera, clip and source, for filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.errors import ConfigError
from autocompose.schema import ImageInfo, PoseImage

NOTE_FIELDS = ("person", "camera", "clip", "source")
"""What is noted; ``source`` is the folder, zip file or split that a picture was indexed from, or
how the pose of a dataset's picture came to be."""


@dataclass(frozen=True, eq=False)
class PictureNotes:
    """The notes of N pictures, each field as numbers of its distinct values.

    Args:
        values: for each of `NOTE_FIELDS` the values that occur; the empty text is unknown.
        codes: (N, 4) int32 places in ``values``.
    """

    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Check that every number stands for a value."""
        most = np.array([len(names) for names in self.values])
        right = self.codes.ndim == 2 and self.codes.shape[1] == len(NOTE_FIELDS) == len(most)
        if not right or (self.codes < 0).any() or (self.codes >= most).any():
            raise ValueError("the notes have numbers that stand for nothing")

    @classmethod
    def of(cls, infos: Iterable[ImageInfo], source: str) -> PictureNotes:
        """The notes of pictures from one source.

        Args:
            infos: of each picture.
            source: what it was indexed from, in words.
        """
        numbers: list[dict[str, int]] = [{} for _ in NOTE_FIELDS]
        rows = [
            [
                known.setdefault(value, len(known))
                for known, value in zip(
                    numbers, (info.person, info.camera, info.clip, source), strict=True
                )
            ]
            for info in infos
        ]
        codes = np.array(rows, dtype=np.int32).reshape(-1, len(NOTE_FIELDS))
        return cls(tuple(tuple(known) for known in numbers), codes)

    @classmethod
    def of_images(cls, images: Sequence[PoseImage | None]) -> PictureNotes | None:
        """The notes of pictures of a dataset; their source is how each pose came to be.

        None where nothing is known of any.
        """
        infos = [ImageInfo() if image is None else image.info for image in images]
        if not any(info.person or info.camera or info.clip or info.pose for info in infos):
            return None
        return cls.joined([cls.of([info], info.pose) for info in infos])

    @classmethod
    def unknown(cls, count: int) -> PictureNotes:
        """The notes of pictures of which nothing is noted."""
        return cls((("",),) * len(NOTE_FIELDS), np.zeros((count, len(NOTE_FIELDS)), np.int32))

    @classmethod
    def joined(cls, several: Sequence[PictureNotes]) -> PictureNotes:
        """The notes of several runs of pictures, one after the other; at least one."""
        values, columns = [], []
        for place in range(len(NOTE_FIELDS)):
            known: dict[str, int] = {}
            parts = []
            for notes in several:
                new = [known.setdefault(name, len(known)) for name in notes.values[place]]
                parts.append(np.array(new, dtype=np.int32)[notes.codes[:, place]])
            values.append(tuple(known))
            columns.append(np.concatenate(parts))
        return cls(tuple(values), np.stack(columns, axis=1))

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.codes)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> PictureNotes:
        """The notes of some pictures, in the given order."""
        return PictureNotes(self.values, np.asarray(self.codes)[np.asarray(rows, dtype=np.intp)])

    def at(self, row: int) -> dict[str, str]:
        """The notes of one picture by field."""
        return {
            name: known[int(code)]
            for name, known, code in zip(NOTE_FIELDS, self.values, self.codes[row], strict=True)
        }

    def mask(self, field: str, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """(N,) which pictures have one of some values in a field.

        Args:
            field: of `NOTE_FIELDS`.
            wanted: values; one that no picture has matches nothing.

        Raises:
            ConfigError: there is no such field.
        """
        if field not in NOTE_FIELDS:
            raise ConfigError(f'"{field}" is not noted; use one of {", ".join(NOTE_FIELDS)}')
        place, wanted = NOTE_FIELDS.index(field), set(wanted)
        right = np.array([name in wanted for name in self.values[place]], dtype=bool)
        return right[self.codes[:, place]]
