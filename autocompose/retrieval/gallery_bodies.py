"""What is known of the bodies in a gallery: joints, where they come from, what was not seen."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.body.skeleton import JOINTS
from autocompose.retrieval.shards.row_stack import RowPlaces, RowStack, stacked
from autocompose.schema import Event, JointsOrigin, OnEvent, PoseImage

Floats = NDArray[np.float32]

JointsOf = Callable[[str, Path], PoseImage | None]
"""What is known of the picture of an id at a path; None where nothing is."""

ORIGINS = (
    JointsOrigin.RENDERED, JointsOrigin.IMPORTED, JointsOrigin.ESTIMATED, JointsOrigin.READ,
)  # fmt: skip
"""In the order of their numbers in a file of a gallery."""
_READ = ORIGINS.index(JointsOrigin.READ)
_NONE = -1
_COUNT = len(JOINTS)
_SLACK = 4096
"""Bytes that the heads of the arrays in a file may take."""


@dataclass(frozen=True, eq=False)
class GalleryBodies:
    """The bodies of N pictures, row for row; of some of them nothing may be known.

    Args:
        joints: (N, 22, 3) float32 metres, +x to the subject's left; NaN where nothing is known.
        floors: (N,) float32 heights of the floor, metres; NaN where unknown.
        headings: (N,) float32 degrees to the subject's left; NaN where unknown.
        visibility: (N, 22) float32, 0 to 1; NaN where nobody said.
        built: (N, 22) bool: joints that an importer derived from their neighbours.
        origins: (N,) int8 places in `ORIGINS`; -1 where nothing is known.
    """

    joints: Floats | RowStack
    floors: Floats
    headings: Floats
    visibility: Floats | RowStack
    built: NDArray[np.bool_] | RowStack
    origins: NDArray[np.int8]

    @classmethod
    def of(cls, images: Sequence[PoseImage | None]) -> GalleryBodies:
        """The bodies of pictures; None, and pictures without joints, are unknown."""
        count = len(images)
        joints = np.full((count, _COUNT, 3), np.nan, np.float32)
        visibility = np.full((count, _COUNT), np.nan, np.float32)
        built = np.zeros((count, _COUNT), bool)
        found = cls(
            joints, np.full(count, np.nan, np.float32), np.full(count, np.nan, np.float32),
            visibility, built, np.full(count, _NONE, np.int8),
        )  # fmt: skip
        for row, image in enumerate(images):
            if image is None or image.joints is None:
                continue
            joints[row] = image.joints
            found.floors[row] = np.nan if image.floor_y is None else image.floor_y
            found.headings[row] = np.nan if image.heading is None else image.heading
            if image.visibility is not None:
                visibility[row] = image.visibility
            built[row] = [name in image.built for name in JOINTS]
            found.origins[row] = ORIGINS.index(image.joints_origin or JointsOrigin.IMPORTED)
        return found

    @classmethod
    def read(cls, joints: Floats) -> GalleryBodies:
        """The bodies (N, 22, 3) that an image tower reads in N pictures."""
        found = cls.of([None] * len(joints))
        found.origins[:] = _READ
        return replace(found, joints=joints.astype(np.float32))

    def __len__(self) -> int:
        """Number of pictures, with and without joints."""
        return len(self.origins)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) of which pictures the joints are known."""
        return self.origins != _NONE

    @property
    def given(self) -> NDArray[np.bool_]:
        """(N,) of which pictures the joints are known, and not read by the image tower alone."""
        return self.known & (self.origins != _READ)

    def without_read(self) -> GalleryBodies:
        """The same without joints that a tower read, where others are given.

        What was read says the same of a picture as its feature does; beside other joints that would
        count it twice.
        """
        given = self.given
        if not given.any() or given.sum() == self.known.sum():
            return self
        rows = np.flatnonzero(~given)
        joints, origins = np.array(self.joints), self.origins.copy()
        joints[rows], origins[rows] = np.nan, _NONE
        return replace(self, joints=joints, origins=origins)

    @property
    def all_rendered(self) -> bool:
        """Whether there are bodies, and every one of them was rendered."""
        rendered = ORIGINS.index(JointsOrigin.RENDERED)
        return len(self) > 0 and bool((np.asarray(self.origins) == rendered).all())

    def origin(self, row: int) -> JointsOrigin | None:
        """Where the joints of a picture come from; None where nothing is known."""
        number = int(self.origins[row])
        return None if number == _NONE else ORIGINS[number]

    def body(self, row: int) -> Body:
        """One body whose joints are known, with what was not seen or only built."""
        floor, heading = (float(values[row]) for values in (self.floors, self.headings))
        seen = self.visibility[row].astype(np.float64)
        return Body(
            self.joints[row].astype(np.float64),
            None if np.isnan(floor) else floor,
            None if np.isnan(heading) else heading,
            frozenset(np.array(JOINTS)[self.built[row]].tolist()),
            None if np.isnan(seen).all() else seen,
        )

    def stacked(self, rows: NDArray[np.intp]) -> Bodies:
        """Bodies whose joints are known, as arrays; joints that nobody saw count as they are.

        An estimator's guess of a hidden limb is worth more to a ranking than nothing.
        """
        built = frozenset(np.array(JOINTS)[self.built[rows].any(0)].tolist())
        return Bodies(
            self.joints[rows].astype(np.float64),
            self.floors[rows].astype(np.float64),
            self.headings[rows].astype(np.float64),
            [built] * len(rows) if built else (),
        )

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> GalleryBodies:
        """Some of the pictures, in the given order."""
        return GalleryBodies(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def concatenated(cls, parts: Sequence[GalleryBodies]) -> GalleryBodies:
        """The bodies of several runs of pictures, one after the other; at least one."""
        return cls(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls))
        )

    @classmethod
    def stack(cls, parts: Sequence[GalleryBodies | int], places: RowPlaces) -> GalleryBodies | None:
        """The bodies of several runs of pictures; what is large of them stays where it is.

        Args:
            parts: the bodies of each run, or how many pictures it has where nothing is known.
            places: which of their rows count.

        Returns:
            None where nothing is known of any.
        """
        if all(isinstance(part, int) for part in parts):
            return None
        filled = [cls.of([None] * part) if isinstance(part, int) else part for part in parts]
        found = {
            field.name: stacked([getattr(part, field.name) for part in filled], places)
            for field in fields(cls)
        }
        small = {name: np.asarray(found[name]) for name in ("floors", "headings", "origins")}
        return cls(**{**found, **small})  # type: ignore[arg-type]

    def check_origins(self) -> None:
        """Refuse numbers of origins that stand for nothing.

        Raises:
            ValueError: there is such a number.
        """
        if (self.origins < _NONE).any() or (self.origins >= len(ORIGINS)).any():
            raise ValueError("origins has numbers that stand for nothing")

    def filled(self, more: GalleryBodies) -> GalleryBodies:
        """These bodies, and those of others where nothing is given here; of the same pictures."""
        kept = self.given | ~more.known
        arrays = {}
        for field in fields(self):
            own = np.asarray(getattr(self, field.name))
            taken = kept.reshape(-1, *[1] * (own.ndim - 1))
            arrays[field.name] = np.where(taken, own, np.asarray(getattr(more, field.name)))
        return GalleryBodies(**arrays)

    def to_bytes(self) -> bytes:
        """The content of an ``.npz`` file."""
        content = io.BytesIO()
        np.savez(content, **{field.name: getattr(self, field.name) for field in fields(self)})
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, count: int) -> GalleryBodies:
        """Read what `to_bytes` wrote.

        Args:
            content: of the file.
            count: of pictures in the gallery.

        Raises:
            ValueError: not such a file, or not of so many pictures.
        """
        model = cls.of([None] * count)
        names = [field.name for field in fields(cls)]
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                for item in packed.infolist():  # before anything is unpacked
                    kind = item.filename.removesuffix(".npy")
                    if kind not in names or item.file_size > _SLACK + getattr(model, kind).nbytes:
                        raise ValueError(f"{item.filename} is not of a gallery of {count} pictures")
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays = [stored[name] for name in names]
        except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise ValueError(f"the bodies cannot be read: {error}") from error
        for name, array in zip(names, arrays, strict=True):
            right = getattr(model, name)
            if array.shape != right.shape or array.dtype != right.dtype:
                raise ValueError(f"{name} is {array.dtype} {array.shape}, not {right.dtype}")
        found = cls(*arrays)
        found.check_origins()
        if not np.isfinite(found.joints[found.known]).all():
            raise ValueError("joints holds values that are not finite numbers")
        return found


def bodies_of(
    joints_of: JointsOf | None,
    ids: Sequence[str],
    root: Path,
    *,
    on_event: OnEvent | None = None,
) -> GalleryBodies | None:
    """The bodies of a gallery's pictures; None where nothing is known of any.

    Args:
        joints_of: tells what is known of one picture; None where nobody knows.
        ids: of the pictures.
        root: folder that the ids are relative to.
        on_event: called after each picture.
    """
    return known_bodies(looked_up(joints_of, ids, root, on_event=on_event))


def looked_up(
    joints_of: JointsOf | None,
    ids: Sequence[str],
    root: Path,
    *,
    on_event: OnEvent | None = None,
) -> list[PoseImage | None]:
    """What is known of each picture of a gallery; empty where nobody knows anything.

    Args:
        joints_of: tells what is known of one picture; None where nobody knows.
        ids: of the pictures.
        root: folder that the ids are relative to.
        on_event: called after each picture.
    """
    images: list[PoseImage | None] = []
    for name in ids if joints_of is not None else ():
        assert joints_of is not None, "nobody would have been asked"
        images.append(joints_of(name, root / name))
        if on_event is not None:
            on_event(Event("Looking for joints", len(images), len(ids)))
    return images


def known_bodies(images: Sequence[PoseImage | None]) -> GalleryBodies | None:
    """The bodies of pictures in their order; None where nothing is known of any."""
    found = GalleryBodies.of(images)
    return found if found.known.any() else None
