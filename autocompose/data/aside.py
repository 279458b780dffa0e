"""Temporary files and folders beside what they become; those of dead processes are removed.

A writer holds a lock on what it writes aside. The operating system ends the lock with the process,
however that ends. The first time that a process writes into a folder, it removes what nobody holds
there. Windows and file systems without locks keep what a killed process leaves.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, which renames nothing that is open
    fcntl = None

_OURS = re.compile(r"\..+\.[a-z0-9_]{8}\.part|\.writing-[a-z0-9_]{8}")
"""What this module names, and what checkpoints were written in up to 0.2.0."""
_MAX_STEM = 40
"""Letters of the name to keep: what is added must not make it too long."""
_looked_at: set[Path] = set()


@contextmanager
def held_aside(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """A new empty file beside ``path``, to be written and renamed; removed if it is still there.

    Args:
        path: what it will become; its folder is made where it is missing.
        folder: make a folder instead of a file.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parent = path.parent.resolve()
    if parent not in _looked_at:
        _looked_at.add(parent)
        clear_left_over(parent)
    aside, handle = _held(path, folder=folder)
    try:
        yield aside
    finally:
        _remove(aside)
        if handle is not None:
            os.close(handle)


def clear_left_over(folder: Path) -> list[str]:
    """Remove what processes that died wrote aside in a folder; the names of what is gone."""
    if fcntl is None:
        return []
    gone = []
    for entry in sorted(folder.iterdir()):
        if not _OURS.fullmatch(entry.name) or entry.is_symlink():
            continue
        with suppress(OSError):  # somebody else's, or gone meanwhile
            handle = os.open(entry, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(entry)
                gone.append(entry.name)
            finally:
                os.close(handle)
    return gone


def _held(path: Path, *, folder: bool) -> tuple[Path, int | None]:
    """A new file or folder beside a path, and what holds its lock."""
    prefix = f".{path.name[:_MAX_STEM]}."
    while True:
        if folder:
            name = tempfile.mkdtemp(dir=path.parent, prefix=prefix, suffix=".part")
            handle = None if fcntl is None else os.open(name, os.O_RDONLY)
        else:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".part")
        if fcntl is None:
            if handle is not None:
                os.close(handle)
            return Path(name), None
        assert handle is not None
        with suppress(OSError):  # a file system without locks: nobody will clear there either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            return Path(name), handle
        os.close(handle)  # somebody cleared before it was held


def _remove(aside: Path) -> None:
    if aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink(missing_ok=True)
