"""Answers kept under the content of their request, so that nothing is paid for twice.

One SQLite file (write-ahead log, ``synchronous=FULL``): an answer that `ResponseCache.put` has
returned for survives kill -9 and a power cut. Several processes may share the file. It holds the
answers and their token counts, neither images nor keys.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import TracebackType

from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest
from autocompose.errors import CacheError

_APPLICATION_ID = 0x41435053  # "ACPS": refuses somebody else's SQLite file
_VERSION = 1
_COLUMNS = tuple(field.name for field in fields(ModelAnswer))
_CREATE = (
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, input_tokens"
    " INTEGER NOT NULL, output_tokens INTEGER NOT NULL, seconds REAL NOT NULL, model TEXT NOT NULL,"
    " finish_reason TEXT NOT NULL, retries INTEGER NOT NULL, estimated INTEGER NOT NULL,"
    " created_at TEXT NOT NULL) WITHOUT ROWID"
)
_INSERT = f"INSERT OR IGNORE INTO answers VALUES ({', '.join('?' * (len(_COLUMNS) + 1))})"
_DELETE = "DELETE FROM answers WHERE key = ?"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM answers WHERE key = ?"
_BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class StoredAnswer:
    """An answer, and the key that it is stored under."""

    key: str
    answer: ModelAnswer


@dataclass(frozen=True)
class _Write:
    """An answer on its way to disk, or None to forget one, and who waits for it."""

    key: str
    answer: ModelAnswer | None
    done: asyncio.Future[None]
    loop: asyncio.AbstractEventLoop


class ResponseCache:
    """Stored answers. Use it as a context manager, or `close` it.

    Writes go through one thread of its own, so that no event loop waits for the disk; answers that
    arrive together share one commit. The first answer to a request is kept, later ones are ignored.

    Args:
        path: the file, made with its folder when missing; None keeps answers in memory.

    Raises:
        CacheError: the file is not a file of stored answers, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._memory: dict[str, ModelAnswer] = {}
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._reader = _open(path)
            except (OSError, sqlite3.Error) as error:
                raise CacheError(
                    f"{path} cannot be used for stored answers ({error}); name another file"
                ) from error
            self._thread = threading.Thread(target=self._write_all, name="answers", daemon=True)
            self._thread.start()

    def get(self, key: str) -> ModelAnswer | None:
        """The stored answer, or None.

        Raises:
            CacheError: the file cannot be read.
        """
        if self._reader is None:
            return self._memory.get(key)
        try:
            with self._lock:
                row = self._reader.execute(_SELECT, (key,)).fetchone()
        except sqlite3.Error as error:
            raise CacheError(f"{self.path} cannot be read ({error})") from error
        return None if row is None else _answer(row)

    def find(self, request: ModelRequest) -> StoredAnswer | None:
        """The stored answer to a request, also where an earlier version stored it."""
        for key in request.known_keys():
            answer = self.get(key)
            if answer is not None:
                return StoredAnswer(key, answer)
        return None

    async def put(self, key: str, answer: ModelAnswer) -> None:
        """Store an answer; returns when it is on disk.

        Raises:
            CacheError: it cannot be written (disk full, file taken away).
        """
        if self._thread is None:
            self._memory.setdefault(key, answer)
            return
        await self._write(key, answer)

    async def forget(self, key: str) -> None:
        """Take an answer out, so that its request is asked again; returns when that is on disk.

        Raises:
            CacheError: the file cannot be written.
        """
        if self._thread is None:
            self._memory.pop(key, None)
            return
        await self._write(key, None)

    async def _write(self, key: str, answer: ModelAnswer | None) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Write(key, answer, done, loop))
        # Shielded: a cancelled caller must not undo the write of an answer that was paid for.
        await asyncio.shield(done)

    def __len__(self) -> int:
        """How many answers are stored."""
        if self._reader is None:
            return len(self._memory)
        with self._lock:
            return int(self._reader.execute("SELECT count(*) FROM answers").fetchone()[0])

    def close(self) -> None:
        """Finish writing and close the file. Twice does no harm."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def __enter__(self) -> ResponseCache:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _write_all(self) -> None:
        """The writer thread: commit whatever has gathered, then tell those who wait."""
        assert self.path is not None
        failure: CacheError | None = None
        connection = _open(self.path)
        try:
            while (first := self._queue.get()) is not None:
                batch, last = [first], False
                while not self._queue.empty():
                    more = self._queue.get()
                    if more is None:
                        last = True
                        break
                    batch.append(more)
                try:
                    with connection:
                        for write in batch:
                            connection.execute(*_statement(write))
                except sqlite3.Error as error:
                    failure = CacheError(f"{self.path} cannot be written ({error})")
                for write in batch:
                    _tell(write, failure)
                if last:
                    return
        finally:
            connection.close()


def _statement(write: _Write) -> tuple[str, tuple[object, ...]]:
    if write.answer is None:
        return _DELETE, (write.key,)
    return _INSERT, (write.key, *astuple(write.answer))


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        # First: whoever makes the file writes its kind before its table.
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if not empty and (found, version) != (_APPLICATION_ID, _VERSION):
            raise CacheError(
                f"{path} is an SQLite file of another kind or version; name another file"
            )
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        with connection:
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={_VERSION}")
            connection.execute(_CREATE)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; several programs may open a new file at once."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            # The switch wants the file alone, and SQLite's own waiting does not cover it.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _answer(row: tuple[object, ...]) -> ModelAnswer:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["estimated"] = bool(values["estimated"])
    return ModelAnswer(**values)  # pyright: ignore[reportArgumentType]


def _tell(write: _Write, failure: CacheError | None) -> None:
    def resolve() -> None:
        if write.done.done():
            return
        if failure is None:
            write.done.set_result(None)
        else:
            write.done.set_exception(failure)

    # The loop may have closed meanwhile; the answer is stored either way.
    if not write.loop.is_closed():
        write.loop.call_soon_threadsafe(resolve)
