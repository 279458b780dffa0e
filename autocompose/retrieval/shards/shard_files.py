"""One shard: a folder of arrays that never changes once it has its name.

::

    shard-<16 hex digits of its content>/
      ids                  names, UTF-8, separated by NUL
      embeddings.npy       (n, D) float32 unit rows      norms.npy    (n,) float32
      halves.npy           (n, D) bits of bfloat16, the same rows; from 1,000 rows
      looks.npy            (n, 320) uint8, see `autocompose.retrieval.scenes`
      joints.npy, ...      the fields of `GalleryBodies`, where joints are known
      notes.npy, notes.json             person, camera, clip and source as numbers, and their values
      thumbnails, thumbnail_ends.npy    JPEGs one after the other, and where each ends

It is written aside, flushed and renamed. The manifest holds the size and the SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autocompose.data.aside import held_aside
from autocompose.data.files import MAX_NAME_BYTES, check_name, sync_folder
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.scenes import WIDTH, Looks
from autocompose.retrieval.shards.halves import HALVED_ROWS, Halves, halved
from autocompose.retrieval.shards.picture_notes import NOTE_FIELDS, PictureNotes
from autocompose.retrieval.shards.thumbnails import PackedThumbnails

SHARD_NAME = re.compile(r"shard-[0-9a-f]{16}")
MAPPED_BYTES = 4_000_000
"""Larger arrays stay on disk; each that does keeps a file open."""
_BODY_FIELDS = tuple(field.name for field in fields(GalleryBodies))
_SUSPECT = ("\\", ":", "..", "\0/", "\0\0")
"""What hardly any safe name has, looked for in all names of a shard at once: a million names are
not taken to pieces one by one."""


@dataclass(frozen=True)
class FileStamp:
    """Size and SHA-256 of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Shard:
    """What the manifest says of a shard.

    Args:
        name: of its folder.
        rows: pictures in it, those that were removed later included.
        files: its files by name.
        removed: rows that no longer count, rising.
    """

    name: str
    rows: int
    files: Mapping[str, FileStamp]
    removed: tuple[int, ...] = ()

    @property
    def live(self) -> int:
        """Pictures that count."""
        return self.rows - len(self.removed)

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(stamp.bytes for stamp in self.files.values())

    def kept(self) -> NDArray[np.intp] | None:
        """The rows that count; None where all do."""
        if not self.removed:
            return None
        alive = np.ones(self.rows, dtype=bool)
        alive[list(self.removed)] = False
        return np.flatnonzero(alive)


@dataclass(frozen=True, eq=False)
class ShardContent:
    """A shard that was opened; its large arrays stay on disk."""

    image_ids: list[str]
    embeddings: NDArray[np.float32]
    halves: Halves | None
    norms: NDArray[np.float32]
    bodies: GalleryBodies | None
    looks: Looks | None
    notes: PictureNotes | None
    thumbnails: PackedThumbnails | None


class _Stamped:
    """Writes a file and stamps what it writes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self._bytes = file, hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        self._digest.update(content)
        self._bytes += len(content)
        return self._file.write(content)

    def stamp(self) -> FileStamp:
        return FileStamp(self._bytes, self._digest.hexdigest())


def write_shard(folder: Path, content: Gallery) -> Shard:
    """Write the pictures of a gallery as one shard.

    Args:
        folder: of the whole gallery.
        content: what to write; its name and fingerprint are the manifest's affair.

    Raises:
        OSError: the folder cannot be written.
    """
    with held_aside(folder / "shard", folder=True) as aside:
        files = {name: _write(aside / name, put) for name, put in _parts(content)}
        sync_folder(aside)
        stamp = json.dumps({name: one.sha256 for name, one in sorted(files.items())})
        shard = Shard(
            f"shard-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}", len(content), files
        )
        place = folder / shard.name
        if place.exists() and not spoilt(folder, shard):
            return shard
        if place.exists():
            shutil.rmtree(place)
        aside.chmod(0o755)  # it was made private
        aside.replace(place)
        sync_folder(folder)
    return shard


def _write(path: Path, put: Callable[[Any], object]) -> FileStamp:
    with path.open("wb") as file:
        stamped = _Stamped(file)
        put(stamped)
        file.flush()
        os.fsync(file.fileno())
    return stamped.stamp()


def _parts(content: Gallery) -> Iterator[tuple[str, Callable[[Any], object]]]:
    """Each file's name, and what writes it."""
    names = "\0".join(content.image_ids).encode()
    yield "ids", lambda file: file.write(names)
    arrays: dict[str, Any] = {"embeddings": content.embeddings, "norms": content.norms}
    if len(content) >= HALVED_ROWS:
        arrays["halves"] = halved(np.asarray(content.embeddings))
    if content.bodies is not None:
        arrays |= {name: getattr(content.bodies, name) for name in _BODY_FIELDS}
    if content.looks is not None:
        arrays["looks"] = content.looks
    if content.notes is not None:
        arrays["notes"] = content.notes.codes
        values = json.dumps(dict(zip(NOTE_FIELDS, content.notes.values, strict=True)))
        yield "notes.json", lambda file: file.write(values.encode())
    if content.thumbnails is not None:
        packed = PackedThumbnails.packed(content.thumbnails)
        arrays["thumbnail_ends"] = packed.ends
        yield "thumbnails", lambda file: file.write(packed.data.tobytes())
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        if name in ("embeddings", "norms"):
            whole = whole.astype(np.float32, copy=False)
        yield (
            f"{name}.npy",
            lambda file, whole=whole: np.lib.format.write_array(file, whole, allow_pickle=False),
        )


def spoilt(folder: Path, shard: Shard) -> str:
    """Why a shard cannot be used, told from every byte of it; empty where it can.

    Args:
        folder: of the whole gallery.
        shard: as the manifest has it.
    """
    for name, stamp in shard.files.items():
        path = folder / shard.name / name
        if why := _wrong_size(path, stamp):
            return why
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != stamp.sha256:
                return f"{shard.name}/{name} is not what was written"
    return ""


def _wrong_size(path: Path, stamp: FileStamp) -> str:
    try:
        size = path.stat().st_size
    except OSError:
        return f"{path.parent.name}/{path.name} is missing"
    if size != stamp.bytes:
        return f"{path.parent.name}/{path.name} has {size:,} bytes, not {stamp.bytes:,}"
    return ""


def read_ids(folder: Path, shard: Shard) -> list[str]:
    """The names of a shard's pictures, each safe to be put behind a folder.

    Args:
        folder: of the whole gallery.
        shard: as the manifest has it.

    Raises:
        UnsafePathError: a name leads out of a folder.
        ValueError: the file is not what the manifest says.
        OSError: it cannot be read.
    """
    path = folder / shard.name / "ids"
    if why := _wrong_size(path, shard.files["ids"]):
        raise ValueError(why)
    text = path.read_bytes().decode("utf-8")
    names = text.split("\0")
    framed = f"\0{text}\0"
    if any(sign in framed for sign in _SUSPECT) or max(map(len, names)) > MAX_NAME_BYTES // 4:
        for name in names:
            check_name(name, str(path))
    if len(names) != shard.rows:
        raise ValueError(f"{shard.name}/ids has {len(names)} names, not {shard.rows}")
    return names


def read_shard(folder: Path, shard: Shard, *, width: int) -> ShardContent:
    """Open a shard.

    Args:
        folder: of the whole gallery.
        shard: as the manifest has it.
        width: columns of its embeddings.

    Raises:
        UnsafePathError: a name leads out of a folder.
        ValueError: a file is missing, or is not what the manifest says.
        OSError: a file cannot be read.
    """
    for name, stamp in shard.files.items():
        if why := _wrong_size(folder / shard.name / name, stamp):
            raise ValueError(why)

    def array(name: str, dtype: type, *shape: int) -> NDArray[Any]:
        return _array(folder / shard.name / f"{name}.npy", np.dtype(dtype), shape)

    count = shard.rows
    bodies = halves = looks = notes = thumbnails = None
    if "halves.npy" in shard.files:
        halves = array("halves", np.uint16, count, width)
    if "looks.npy" in shard.files:
        looks = array("looks", np.uint8, count, WIDTH)
    if "joints.npy" in shard.files:
        model = GalleryBodies.of([])
        stored = {}
        for name in _BODY_FIELDS:
            like = getattr(model, name)
            stored[name] = array(name, like.dtype.type, count, *like.shape[1:])
        bodies = GalleryBodies(**stored)
        bodies.check_origins()
    if "notes.json" in shard.files:
        values = json.loads((folder / shard.name / "notes.json").read_text(encoding="utf-8"))
        named = tuple(tuple(map(str, values[field])) for field in NOTE_FIELDS)
        notes = PictureNotes(named, array("notes", np.int32, count, len(NOTE_FIELDS)))
    if "thumbnails" in shard.files:
        size = shard.files["thumbnails"].bytes
        packed = folder / shard.name / "thumbnails"
        data = np.memmap(packed, np.uint8, "r") if size else np.zeros(0, np.uint8)
        thumbnails = PackedThumbnails(data, array("thumbnail_ends", np.int64, count))
    norms = array("norms", np.float32, count)
    if not np.isfinite(norms).all():
        raise ValueError(f"{shard.name}/norms.npy holds values that are not finite numbers")
    embeddings = array("embeddings", np.float32, count, width)
    ids = read_ids(folder, shard)
    return ShardContent(ids, embeddings, halves, norms, bodies, looks, notes, thumbnails)


def _array(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """An array in memory or, where it is large, mapped; writes to it stay in memory."""
    mapped = path.stat().st_size > MAPPED_BYTES
    found = np.load(path, mmap_mode="c" if mapped else None, allow_pickle=False)
    if found.dtype != dtype or found.shape != shape:
        raise ValueError(
            f"{path.parent.name}/{path.name} holds {found.dtype} {found.shape}, not {dtype} {shape}"
        )
    return found
