"""Poses of motion capture files, kept once each: a pool for training that has no pictures.

A pool is an ``.npz`` file with ``joints`` (N, 22, 3) float32, canonical metres on the standard body
of `autocompose.body.directions`, and ``names`` (N,): the clip and the frame of each pose. Motion
files are read from a folder or a zip, which may be somebody else's: sizes are bounded, and nothing
is unpacked to disk.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import on_standard_body
from autocompose.body.skeleton import JOINTS
from autocompose.body.sources.asf_amc import read_amc, read_asf
from autocompose.body.sources.bvh import MAX_BYTES, Motion, import_motion, read_bvh
from autocompose.data.archive import MAX_ENTRIES
from autocompose.data.dataset import PoseDataset
from autocompose.data.files import is_confined, some, write_whole
from autocompose.errors import DatasetError, JointImportError, one_line
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float32]

SUFFIXES = (".bvh", ".amc")
AVOID_M = 0.05
"""Poses this near to a validation or test pose (mean joint distance, metres) are left out."""

_BLOCK = 2048


@dataclass(frozen=True, eq=False)
class PosePool:
    """Distinct poses.

    Args:
        joints: (N, 22, 3) canonical, metres, on the standard body.
        names: clip and frame of each.
    """

    joints: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        """How many poses."""
        return len(self.names)

    def save(self, path: Path) -> None:
        """Write the file aside and rename it into place.

        Raises:
            WriteError: it cannot be written.
        """
        stream = io.BytesIO()
        np.savez_compressed(stream, joints=self.joints, names=np.array(self.names, dtype=np.str_))
        write_whole(path, stream.getvalue())


@dataclass
class PoolCounts:
    """What became of the poses that were offered.

    Args:
        clips: motion files read.
        frames: looked at, after the frame rate was lowered.
        kept: new poses in the pool.
        near: left out because a pose of validation or test is too near.
        alike: left out because the pool has such a pose.
        refused: one line for each file that could not be used.
    """

    clips: int = 0
    frames: int = 0
    kept: int = 0
    near: int = 0
    alike: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PoolRules:
    """Which poses are kept.

    Args:
        fps: frames a second that are looked at.
        distinct: distance from every kept pose, metres (mean over joints).
        held_out: (M, 22, 3) poses that nothing may come near, see `held_out_poses`.
    """

    fps: float = 10.0
    distinct: float = 0.05
    held_out: Floats | None = field(default=None, repr=False)


def load_pool(path: Path) -> PosePool:
    """Read a pool.

    Raises:
        JointImportError: unreadable, or no pool.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            joints, names = stored["joints"], stored["names"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise JointImportError(f"{path} is no pool of poses ({one_line(error, 120)})") from error
    shape = (len(names), len(JOINTS), 3)
    if joints.shape != shape or not np.isfinite(joints).all():
        raise JointImportError(f"{path}: joints of shape {joints.shape}, expected {shape}")
    return PosePool(joints.astype(np.float32), tuple(str(name) for name in names))


def held_out_poses(dataset: PoseDataset, splits: Sequence[str] = ("val", "test")) -> Floats:
    """The poses (M, 22, 3) of a dataset's splits, on the standard body; missing splits add none."""
    found = [
        image.joints
        for split in splits
        if split in dataset.splits
        for image in dataset.gallery(split)
        if image.joints
    ]
    joints = np.array(found, dtype=np.float64).reshape(-1, len(JOINTS), 3)
    return on_standard_body(joints).astype(np.float32)


def add_poses(
    source: Path, pool: PosePool | None, rules: PoolRules, *, on_event: OnEvent | None = None
) -> tuple[PosePool, PoolCounts]:
    """Read every motion file of a folder or zip and keep its distinct poses.

    Args:
        source: with .bvh files, or .amc files beside the .asf of their performer.
        pool: to add to.
        rules: which poses are kept.
        on_event: called after each file.

    Returns:
        The pool with the new poses at its end, and what became of the others.

    Raises:
        DatasetError: neither a folder nor a zip, or without a motion file.
    """
    counts = PoolCounts()
    kept = _Kept(pool, rules.distinct)
    files = _motion_files(source)
    clips = [name for name in files if name.lower().endswith(SUFFIXES)]
    if not clips:
        raise DatasetError(f"{source} holds no motion file ({', '.join(SUFFIXES)})")
    for done, name in enumerate(clips, start=1):
        try:
            motion = _motion(name, files)
            poses = import_motion(motion)
        except JointImportError as error:
            counts.refused.append(f"{name}: {error}")
        else:
            counts.clips += 1
            step = max(1, round(1 / (rules.fps * motion.seconds))) if motion.seconds > 0 else 1
            joints = on_standard_body(poses.joints[::step]).astype(np.float32)
            stem = PurePosixPath(name).stem
            for i, pose in enumerate(joints):
                counts.frames += 1
                if rules.held_out is not None and _nearest(pose, rules.held_out) < AVOID_M:
                    counts.near += 1
                elif kept.take(pose, f"{stem}-{i * step:05d}"):
                    counts.kept += 1
                else:
                    counts.alike += 1
        if on_event is not None:
            on_event(Event("motions", done, len(clips), f"{counts.kept} poses"))
    return kept.pool(), counts


class _Kept:
    """Poses so far, in a table that grows by doubling."""

    def __init__(self, pool: PosePool | None, minimum: float) -> None:
        self._names = [] if pool is None else list(pool.names)
        first = np.zeros((0, len(JOINTS), 3), np.float32) if pool is None else pool.joints
        self._table = np.concatenate([first, np.zeros((_BLOCK, len(JOINTS), 3), np.float32)])
        self._minimum = minimum

    def take(self, pose: Floats, name: str) -> bool:
        """Keep a pose that no kept one is like."""
        count = len(self._names)
        if count and _nearest(pose, self._table[:count]) < self._minimum:
            return False
        if count == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        self._table[count] = pose
        self._names.append(name)
        return True

    def pool(self) -> PosePool:
        return PosePool(self._table[: len(self._names)].copy(), tuple(self._names))


def _nearest(pose: Floats, table: Floats) -> float:
    if not len(table):
        return float("inf")
    return float(np.sqrt(((table - pose) ** 2).sum(-1)).mean(-1).min())


def _motion(name: str, files: Mapping[str, _File]) -> Motion:
    if name.lower().endswith(".bvh"):
        return read_bvh(files[name].text())
    skeleton = _skeleton_of(name, files)
    return read_amc(files[name].text(), read_asf(files[skeleton].text()))


def _skeleton_of(name: str, files: Mapping[str, _File]) -> str:
    """The .asf of an .amc: its performer's (``02.asf`` of ``02_05.amc``), or the only one."""
    path = PurePosixPath(name)
    beside = [
        n for n in files if n.lower().endswith(".asf") and PurePosixPath(n).parent == path.parent
    ]
    performer = path.stem.split("_")[0]
    for found in beside:
        if PurePosixPath(found).stem == performer:
            return found
    if len(beside) == 1:
        return beside[0]
    raise JointImportError(
        f"its skeleton {performer}.asf is not beside it"
        + (f" (there are {some(beside)})" if beside else "")
    )


@dataclass(frozen=True)
class _File:
    """A file of a folder or of a zip, read when it is wanted."""

    size: int
    folder: Path | None = None
    archive: Path | None = None
    name: str = ""

    def text(self) -> str:
        if self.size > MAX_BYTES:
            raise JointImportError(f"{self.size} bytes; at most {MAX_BYTES}")
        try:
            return self._bytes().decode("utf-8", "replace")
        except (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise JointImportError(f"cannot be read ({one_line(error, 120)})") from error

    def _bytes(self) -> bytes:
        if self.folder is not None:
            return (self.folder / self.name).read_bytes()
        assert self.archive is not None
        with zipfile.ZipFile(self.archive) as opened, opened.open(self.name) as stream:
            content = stream.read(MAX_BYTES + 1)  # whatever size the entry claims
        if len(content) > MAX_BYTES:
            raise JointImportError(f"unpacks to more than {MAX_BYTES} bytes")
        return content


def _motion_files(source: Path) -> dict[str, _File]:
    """Name -> file, sorted; links that leave the folder are not followed."""
    if source.is_dir():
        paths = sorted(p for p in source.rglob("*") if p.is_file() and is_confined(p, source))
        wanted = [p for p in paths if p.suffix.lower() in (*SUFFIXES, ".asf")]
        return {
            p.relative_to(source).as_posix(): _File(
                p.stat().st_size, folder=source, name=p.relative_to(source).as_posix()
            )
            for p in wanted
        }
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{source} is neither a folder nor a zip file ({one_line(error, 120)})"
        ) from error
    if len(entries) > MAX_ENTRIES:
        raise DatasetError(f"{source} has {len(entries)} entries; at most {MAX_ENTRIES}")
    return dict(sorted(_zipped(source, entries)))


def _zipped(source: Path, entries: Iterable[zipfile.ZipInfo]) -> Iterator[tuple[str, _File]]:
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.suffix.lower() in (*SUFFIXES, ".asf") and "__MACOSX" not in path.parts:
            yield entry.filename, _File(entry.file_size, archive=source, name=entry.filename)
