"""Joint files of other tools (.npz, .bvh) -> ``joints.json`` of a dataset folder."""

from __future__ import annotations

import lzma
import struct
import tokenize
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autocompose.body.sources.bvh import MAX_BYTES, import_bvh
from autocompose.body.sources.skeletons import SKELETONS, Imported, import_joints
from autocompose.data.files import check_name, read_json, some
from autocompose.data.joints_file import read_joints, write_joints
from autocompose.errors import JointImportError, one_line
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage

MAX_ARRAY_BYTES = 1 << 30
# What zipfile, its decompressors and numpy raise for a file that somebody damaged, encrypted
# (RuntimeError) or whose header claims more than fits into memory.
_UNREADABLE = (
    OSError, ValueError, EOFError, RuntimeError, MemoryError, OverflowError, SyntaxError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError,
)  # fmt: skip
_ARRAY_KEYS = ("joints", "keypoints3d", "keypoints", "positions")


@dataclass(frozen=True)
class JointFormat:
    """How to read a file; see `autocompose.body.sources.skeletons`.

    Args:
        skeleton: of an .npz file; None where the number of joints tells it.
        units, up: None for the format's own.
        names: of a .bvh file, our joint -> the file's.
    """

    skeleton: str | None = None
    units: str | None = None
    up: str | None = None
    left_handed: bool = False
    names: Mapping[str, str] | None = None


def read_joint_file(path: Path, source: JointFormat) -> tuple[Imported, tuple[str, ...]]:
    """Read poses.

    Args:
        path: ``.bvh``; or ``.npz`` with an array ``joints`` (poses, joints, 3) and, optionally,
            ``images``, the file name of each pose.
        source: what the file does not say.

    Returns:
        The poses, and the names of their images (empty where the file has none).

    Raises:
        JointImportError: unreadable, too large, of another kind, or not 3-D; one line.
    """
    if path.suffix.lower() == ".bvh":
        if source.skeleton is not None:
            raise JointImportError(
                f"{path} names its joints itself; leave out the skeleton {source.skeleton}"
            )
        return _bvh(path, source), ()
    if path.suffix.lower() == ".npz":
        if source.names:
            raise JointImportError(
                f"{path} has no joint names, so {', '.join(source.names)} cannot be named; only a"
                " .bvh file has them"
            )
        return _npz(path, source)
    raise JointImportError(
        f"{path} is not an .npz or .bvh file; save other arrays with numpy.savez(..., joints=array)"
        " (pickles are never opened)"
    )


def import_into_dataset(
    root: Path, poses: Imported, images: Sequence[str], *, clip: str = ""
) -> int:
    """Write poses into ``joints.json`` of a dataset folder; other images keep their joints.

    Args:
        root: the dataset.
        poses: N poses.
        images: N file names inside ``images/``.
        clip: the sequence they come from.

    Returns:
        How many images now have these joints.

    Raises:
        JointImportError: another number of names than poses, or an image is not there.
        UnsafePathError: a name points outside the folder.
    """
    if len(images) != len(poses.joints):
        raise JointImportError(
            f"{len(images)} image names for {len(poses.joints)} poses; give one name for each pose"
        )
    twice = [name for name, count in Counter(images).items() if count > 1]
    if twice:
        raise JointImportError(
            f"{len(images)} poses for {len(set(images))} images: {some(twice)} would get more than"
            " one; name one image for each pose, with a place for its number as in"
            " frame_{:04d}.jpg"
        )
    path = root / "joints.json"
    known = read_joints(path, root / "images") if path.exists() else {}
    for i, name in enumerate(images):
        check_name(name, str(path))
        if not (root / "images" / name).is_file():
            raise JointImportError(f'image "{name}" of pose {i} is not in {root / "images"}')
        old = known.get(name)
        info = ImageInfo(
            person=old.info.person if old else "",
            camera=old.info.camera if old else "",
            clip=f"{clip}-{i:04d}" if clip else "",
            pose="imported",
            seconds=i * poses.seconds if poses.seconds else None,
        )
        known[name] = PoseImage(
            id=name,
            path=root / "images" / name,
            joints=_nested(poses.joints[i]),
            floor_y=float(poses.floor[i]),
            joints_origin=JointsOrigin.IMPORTED,
            info=info,
            heading=float(poses.heading[i]),
            built=poses.derived,
        )
    write_joints(path, known.values(), image_size=_image_size(path))
    return len(images)


def _bvh(path: Path, source: JointFormat) -> Imported:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise JointImportError(f"{path} has {path.stat().st_size} bytes; at most {MAX_BYTES}")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise JointImportError(f"{path} cannot be read ({error.strerror or error})") from error
    try:
        return import_bvh(
            text,
            units=source.units or "body",
            up=source.up or "+y",
            left_handed=source.left_handed,
            names=source.names,
        )
    except JointImportError as error:
        raise JointImportError(f"{path}: {error}") from error


def _npz(path: Path, source: JointFormat) -> tuple[Imported, tuple[str, ...]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > MAX_ARRAY_BYTES:
            raise JointImportError(f"{path} unpacks to {size} bytes; at most {MAX_ARRAY_BYTES}")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError as error:
        raise JointImportError(f"{path} cannot be read ({error.strerror})") from error
    except _UNREADABLE as error:
        said = getattr(error, "strerror", None) or one_line(error, 160)
        raise JointImportError(
            f"{path} is not a plain .npz file ({said}); save it again with numpy.savez"
        ) from error
    points = _points(arrays, path)
    names = tuple(str(name) for name in arrays.get("images", np.array([])).ravel())
    try:
        poses = import_joints(
            points,
            source.skeleton or _skeleton(points),
            units=source.units,
            up=source.up,
            left_handed=source.left_handed,
        )
    except JointImportError as error:
        raise JointImportError(f"{path}: {error}") from error
    return poses, names


def _points(arrays: Mapping[str, Any], path: Path) -> np.ndarray:
    key = next((k for k in _ARRAY_KEYS if k in arrays), None)
    if key is None:
        raise JointImportError(
            f'{path} has no array "joints"; it has {", ".join(arrays) or "none"}'
        )
    points = arrays[key]
    if not np.issubdtype(points.dtype, np.number):
        raise JointImportError(f'{path}: "{key}" holds {points.dtype}, not numbers')
    return points[None] if points.ndim == 2 else points


def _skeleton(points: np.ndarray) -> str:
    count = points.shape[1] if points.ndim == 3 else 0
    fitting = [name for name, s in SKELETONS.items() if len(s.joints) == count]
    if len(fitting) != 1:
        choices = ", ".join(fitting or SKELETONS)
        raise JointImportError(
            f"{count} joints do not identify the skeleton; name one of {choices}"
        )
    return fitting[0]


def _image_size(path: Path) -> tuple[int, int] | None:
    """What the file says of all its images; None where it says nothing."""
    document = read_json(path) if path.exists() else {}
    size = document.get("image_size") if isinstance(document, dict) else None
    if size is None:
        return None
    if not isinstance(size, list) or len(size) != 2 or not all(type(n) is int for n in size):
        raise JointImportError(
            f"{path}: image_size must be width and height in pixels, not {size!r}; leave it out"
            " where the images differ"
        )
    return size[0], size[1]


def _nested(joints: np.ndarray) -> Any:
    return tuple(tuple(float(v) for v in row) for row in joints)
