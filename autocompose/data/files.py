"""Names confined to a folder, JSON read with its line, files that appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from autocompose.data.aside import held_aside
from autocompose.data.json_text import is_unicode, parse_json, read_text
from autocompose.errors import UnsafePathError, WriteError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


MAX_NAME_BYTES = 255
"""Of a file or a folder, on every common file system."""
MAX_PATH_BYTES = 1024
"""Of a name with its folders: systems allow 1,024 to 4,096 for a whole path."""


def check_name(name: str, where: str) -> str:
    """Refuse a name that could leave the folder it is confined to.

    Args:
        name: a relative path with ``/`` as in a caption file.
        where: file and record, for the message.

    Raises:
        UnsafePathError: the name is empty, absolute, has ``..``, a backslash, a drive or a NUL,
            is not UTF-8, or is longer than a file name or a path can be.
    """
    parts = PurePosixPath(name).parts
    unsafe = (
        not parts
        or name.startswith("/")
        or ".." in parts
        or "\\" in name
        or "\0" in name
        or bool(PureWindowsPath(name).drive)
    )
    if unsafe:
        raise UnsafePathError(
            f"{where}: {json.dumps(name)} points outside the images folder;"
            " use a file name inside it"
        )
    if not is_unicode(name):
        raise UnsafePathError(f"{where}: the name {json.dumps(name)} is not UTF-8; rename the file")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        raise UnsafePathError(
            f"{where}: the name {json.dumps(name[:40])}... has more than {MAX_NAME_BYTES} bytes;"
            " shorten it"
        )
    if len(name.encode()) > MAX_PATH_BYTES:
        raise UnsafePathError(
            f"{where}: the name {json.dumps(name[:40])}... has more than {MAX_PATH_BYTES:,} bytes"
            " with its folders; shorten them"
        )
    return name


def some(names: Sequence[str], most: int = 5) -> str:
    """Names for an error: the first few, and how many more there are.

    >>> some(["a.jpg", "b.jpg", "c.jpg"], most=2)
    'a.jpg, b.jpg and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def read_json(path: Path) -> object:
    """Read a JSON file.

    Raises:
        CaptionFileError: missing, unreadable, not UTF-8, or not JSON (the message has the line).
    """
    return parse_json(read_text(path), str(path))


def is_confined(path: Path, root: Path) -> bool:
    """Whether a path, its links followed, stays in a folder of images, or in the folder's dataset.

    The images of a dataset may be links to files that it keeps elsewhere in its own folder.
    """
    resolved = path.resolve()
    if resolved.is_relative_to(root.resolve()):
        return True
    dataset = root.absolute().parent
    keeps_images = root.name == "images" and (dataset / "captions").is_dir()
    return keeps_images and resolved.is_relative_to(dataset.resolve())


def name_inside(path: Path, root: Path) -> str:
    """A path as a name with forward slashes below a folder; links are followed on both sides.

    Raises:
        UnsafePathError: the path leads out of the folder; see `is_confined`.
    """
    resolved, inside = path.resolve(), root.resolve()
    absolute = path.absolute()
    listed = absolute.is_relative_to(root.absolute()) and ".." not in absolute.parts
    if not (is_confined(path, root) if listed else resolved.is_relative_to(inside)):
        raise UnsafePathError(f'"{path.name}" is not inside the folder {root}; copy it in')
    # The name as listed, not where a link leads: two names of one file are two images.
    if listed:
        return absolute.relative_to(root.absolute()).as_posix()
    return resolved.relative_to(inside).as_posix()


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file aside in its own folder, flush it to disk, and rename it into place.

    A reader, or a machine that stops half-way, sees the old file or the new one, never a part.
    The file gets its permissions ``mode`` before it gets its name.

    Args:
        path: of the file; its folder is made where it is missing.
        content: text is written as UTF-8.
        mode: permissions.
    """
    with stream_whole(path, mode=mode) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def stream_whole(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Like `write_whole` for content that comes piece by piece: in place when the block ends well.

    An error in the block leaves the old file, or none.
    """
    with written_aside(path, mode=mode) as aside, aside.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def written_aside(path: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """A name beside ``path`` for somebody to write: it becomes ``path`` when the block ends well.

    Raises:
        WriteError: the folder cannot be written, or the disk is full.
    """
    writing = True
    try:
        with held_aside(path) as aside:
            writing = False
            yield aside
            writing = True
            aside.chmod(mode)  # it was made private
            aside.replace(path)
            sync_folder(path.parent)
    except OSError as error:
        # The block may read files: of its errors, only these are certain to be of writing.
        if writing or error.errno in _NO_ROOM:
            raise WriteError.of(path, error) from error
        raise


def json_lines(rows: list[object]) -> str:
    """A JSON list with one record a line: stable, small, and a change of one record is one line."""
    if not rows:
        return "[]\n"
    return "[\n" + ",\n".join(dumps(row) for row in rows) + "\n]\n"


def dumps(value: object, *, dense: bool = False) -> str:
    """One-line JSON that keeps key order and letters as they are.

    ``dense`` leaves out the spaces.
    """
    separators = (",", ":") if dense else (", ", ": ")
    return json.dumps(value, ensure_ascii=False, separators=separators, allow_nan=False)


def sync_folder(folder: Path) -> None:
    """Flush a folder to disk: without it a power cut undoes a rename in it."""
    if os.name == "nt":  # which cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
