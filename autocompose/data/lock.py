"""One writer at a time for a folder or a file; a second one learns who the first is.

The operating system holds the lock, so that it ends with its process, however that ends. A file
beside the lock says who holds it, and stays there when that process dies.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from autocompose.data.files import write_whole
from autocompose.errors import LockError


@contextmanager
def lock_folder(folder: Path) -> Iterator[str]:
    """Be the only writer of a folder while the block runs; the folder is made if it is missing.

    Yields:
        One line about a writer that died before it had ended, empty when there was none.

    Raises:
        LockError: another process writes it (the line names the process and since when), or the
            folder cannot be written.
    """
    with _locked(folder, folder / ".lock") as line:
        yield line


@contextmanager
def lock_file(file: Path) -> Iterator[str]:
    """Be the only writer of a file while the block runs; see `lock_folder`."""
    with _locked(file, file.with_name(f".{file.name}.lock")) as line:
        yield line


@contextmanager
def _locked(what: Path, at: Path) -> Iterator[str]:
    # Not in the lock's own file: a writer that waits for that one may empty it.
    owner = at.with_name(f"{at.name}.owner")
    lock = FileLock(at, timeout=0)
    left = ""
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        if owner.exists():
            left = f"{what}: taking over from {_owner(owner)}, which ended early"
        who = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
        write_whole(owner, json.dumps(who) + "\n")
    except Timeout:
        raise LockError(
            f"{what} is being written by {_owner(owner)}; wait until that ends, or write elsewhere"
        ) from None
    except OSError as error:
        lock.release()
        raise LockError(
            f"{what} cannot be written ({error.strerror or error}); choose a place that you may"
            " write"
        ) from error
    try:
        yield left
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S%z")


def _owner(file: Path) -> str:
    """Who holds a lock, in words."""
    try:
        who = json.loads(file.read_text(encoding="utf-8"))
        place = "" if who["host"] == socket.gethostname() else f" on {who['host']}"
        return f"process {int(who['pid'])}{place} since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # it has only begun, or died while it wrote its name
