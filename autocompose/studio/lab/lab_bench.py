"""What the pose lab of one studio keeps: the model that draws bodies, and motion files as read."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from autocompose.body.sources.skeletons import Imported
from autocompose.data.joint_import import JointFormat, read_joint_file
from autocompose.errors import JointImportError
from autocompose.studio.server.state import Studio
from autocompose.workspace import find_workspace

if TYPE_CHECKING:
    from autocompose.lab.lm.lab_files import PoseLab

MAX_MOTION_BYTES = 8 * 2**20
"""Of a motion file that a visitor sends; longer ones are for the command line."""

MAX_MOTION_SIZE = 1_500_000
"""Frames times joints of such a file; a joint in a frame takes about 100 bytes while it is read."""

_KEPT_MOTIONS = 4
_JOINT = re.compile(rb"^\s*(?:ROOT|JOINT|End)\b", re.MULTILINE)
_FRAMES = re.compile(rb"^\s*Frames:\s*(\d{1,12})", re.MULTILINE)


@dataclass(frozen=True)
class _Loaded:
    stamp: int
    lab: PoseLab


class LabBench:
    """The pose lab of one studio, shared by its visitors.

    Args:
        folder: of the model; it is looked at again whenever it is asked for, so that one that is
            trained while the studio runs is found.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: _Loaded | None = None
        self._loading = threading.Lock()
        self._motions: OrderedDict[tuple[str, int, int], Imported] = OrderedDict()
        self._reading = threading.Lock()

    def is_there(self) -> bool:
        """Whether there is a model, as far as can be told without loading it."""
        from autocompose.lab.lm.lab_files import CONFIG

        return (self.folder / CONFIG).is_file()

    def lab(self) -> PoseLab:
        """The model, loaded once.

        Raises:
            CheckpointError: there is none, or it is damaged.
        """
        from autocompose.lab.lm.lab_files import CONFIG, load_pose_lab

        with self._loading:
            config = self.folder / CONFIG
            stamp = config.stat().st_mtime_ns if config.is_file() else 0
            if self._loaded is None or self._loaded.stamp != stamp:
                self._loaded = None
                self._loaded = _Loaded(stamp, load_pose_lab(self.folder))
            return self._loaded.lab

    def warm(self) -> None:
        """Begin to load the model, if there is one, so that the first wish need not wait."""
        threading.Thread(target=self._warm, name="pose-lab", daemon=True).start()

    def _warm(self) -> None:
        from autocompose.errors import CheckpointError

        try:
            self.lab()
        except CheckpointError:
            return  # whoever asks for it is told

    def motion(self, path: Path) -> Imported:
        """The poses of a motion file that a visitor has sent.

        Raises:
            JointImportError: no motion file, too large, cut off, or with joints of other names.
        """
        told = path.stat()
        key = (str(path), told.st_size, told.st_mtime_ns)
        with self._reading:
            found = self._motions.get(key)
            if found is None:
                _check_size(path, told.st_size)
                found = _read_motion(path)
                self._motions[key] = found
            self._motions.move_to_end(key)
            while len(self._motions) > _KEPT_MOTIONS:
                self._motions.popitem(last=False)
            return found


def _read_motion(path: Path) -> Imported:
    try:
        return read_joint_file(path, JointFormat())[0]
    except JointImportError as error:
        # Where the file lies on the server is no concern of a visitor's.
        raise JointImportError(str(error).replace(f"{path}", f'"{path.name}"')) from error


def _check_size(path: Path, size: int) -> None:
    if path.suffix.lower() != ".bvh":
        raise JointImportError(f'"{path.name}" is no motion file; send a .bvh file')
    if size > MAX_MOTION_BYTES:
        raise JointImportError(
            f"the motion file has {size / 2**20:.1f} MB; this page takes up to"
            f" {MAX_MOTION_BYTES // 2**20} MB. Cut it, or use `autocompose edit --reference"
            " clip.bvh:FRAME`"
        )
    content = path.read_bytes()
    frames = max((int(number) for number in _FRAMES.findall(content)), default=0)
    joints = len(_JOINT.findall(content))
    if frames * joints > MAX_MOTION_SIZE:
        raise JointImportError(
            f"the motion file has {frames:,} frames of {joints} joints; this page takes up to"
            f" {MAX_MOTION_SIZE:,} joints in all frames together. Cut it"
        )


_benches: WeakKeyDictionary[Studio, LabBench] = WeakKeyDictionary()
_lock = threading.Lock()


def bench_of(studio: Studio) -> LabBench:
    """The pose lab of a studio."""
    with _lock:
        if studio not in _benches:
            config = studio.config
            folder = config.pose_lab or (config.workspace or find_workspace()).pose_lab
            _benches[studio] = LabBench(folder)
        return _benches[studio]
