"""One database behind the store: SQLite in WAL mode, or PostgreSQL, with errors in plain words.

Readers never wait for a writer. Writers wait for each other, inside this process in a fair order
and between processes for up to `BUSY_SECONDS`, instead of failing with "database is locked". A
commit is on the disk when it returns (synchronous=FULL; PostgreSQL's default). A live SQLite file
belongs on a local disk: network mounts break the locks that WAL needs.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from autocompose.errors import (
    MissingExtraError,
    ReviewError,
    StoreUnavailableError,
    one_line,
)
from autocompose.review.store.migrations import LATEST, migrate, schema_version
from autocompose.review.store.tables import METADATA

BUSY_SECONDS = 60.0
"""How long one process waits for another's write."""

CONNECT_SECONDS = 10
"""How long a PostgreSQL server may take to answer."""

_MANY_ROWS = 1000
_WRITES = "autocompose_writes"


class Database:
    """Transactions on the store's database.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user@host/name``.
        create: make a database that is not there; else that is an error.

    Raises:
        StoreUnavailableError: it is not there, cannot be read, or its schema cannot be updated.
        ReviewError: the URL is of no known kind, or the schema is newer than this program.
        MissingExtraError: PostgreSQL's driver is not installed.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.url = _read_url(url)
        # As people write it, without the driver.
        shown = self.url.set(drivername=self.url.get_backend_name())
        self.shown = shown.render_as_string(hide_password=True)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _check_file(self.url, self.shown, create=create)
        self._writer: AbstractContextManager[Any] = (
            threading.Lock() if self.is_sqlite else nullcontext()
        )
        try:
            self._engine = _sqlite_engine(self.url) if self.is_sqlite else _engine(self.url)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"{self.shown} needs {error.name}; pip install 'autocompose[review]'"
            ) from error
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the store; sees nothing that is committed while it is open."""
        with self._explained(), self._engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A writing transaction: all of it is on the disk when the block ends, or none of it."""
        with self._explained(), self._writer, self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def why_read_only(self) -> str:
        """Why nothing can be written here, in one line; empty where it can."""
        try:
            with self.write() as connection:
                # Changes nothing, and needs all that a change needs.
                connection.exec_driver_sql("DELETE FROM leases WHERE 1 = 0")
        except StoreUnavailableError as error:
            cause = error.__cause__
            reason = cause.orig if isinstance(cause, DBAPIError) else error
            return f"the review store {self.shown} takes no decisions ({one_line(reason)})"
        return ""

    def settle(self, rows: int) -> None:
        """After so many rows were written at once: spare the first readers what they left to do.

        PostgreSQL marks what is visible and counts for its planner some time later by itself, while
        people wait. Nothing is lost where it may not be done now.
        """
        if self.is_sqlite or rows < _MANY_ROWS:
            return
        with suppress(StoreUnavailableError), self._explained(), self._engine.connect() as raw:
            connection = raw.execution_options(isolation_level="AUTOCOMMIT")
            for table in METADATA.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (ANALYZE) {table.name}")

    def close(self) -> None:
        """Give the connections back; the last one folds SQLite's log into its file."""
        self._engine.dispose()

    def _bring_up_to_date(self) -> None:
        with self.read() as connection:
            have = schema_version(connection)
        if have == LATEST:
            return
        with self.write() as connection:
            if not self.is_sqlite:
                # Two servers started at once: the second waits here and finds nothing to do.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20261121)")
            migrate(connection, now=datetime.now(UTC).isoformat())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreUnavailableError(_explain(error, self.shown)) from error


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ReviewError(f'store "{url}" is not a URL; use {_ALLOWED}') from error
    if kind not in ("sqlite", "postgresql"):
        raise ReviewError(f'store "{parsed.drivername}" is not supported; use {_ALLOWED}')
    if kind == "postgresql" and parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


_ALLOWED = "sqlite:///path/to/file.sqlite3 or postgresql://user@host/name"


def _check_file(url: URL, shown: str, *, create: bool) -> None:
    if url.database in (None, "", ":memory:"):
        raise ReviewError(f"store {shown} has no file, so nothing would last; use {_ALLOWED}")
    path = _file_of(url)
    if path.exists():
        return
    if not create:
        raise StoreUnavailableError(
            f"there is no review store at {path}; make one with `autocompose review import`"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"{path.parent} cannot be made ({error.strerror})") from error


def _file_of(url: URL) -> Path:
    return Path(str(url.database).removeprefix("file:").split("?")[0])


def store_exists(url: str) -> bool:
    """Whether a store's file is there; a database on a server always counts as there.

    Raises:
        ReviewError: the URL is of no known kind.
    """
    parsed = _read_url(url)
    return parsed.get_backend_name() != "sqlite" or _file_of(parsed).exists()


def _engine(url: URL) -> Engine:
    # A server that is away must not keep a page waiting for minutes; the URL may say otherwise.
    wait = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    # Of a lost connection the driver also complains on stderr; the error says all of it.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    return create_engine(url, pool_size=24, max_overflow=24, pool_pre_ping=True, connect_args=wait)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=24, max_overflow=24, connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own idea of when to begin is switched off; `begin` below says it.
        connection.isolation_level = None
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")  # KiB: 50,000 items stay in memory

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A write that begins as a read cannot wait for its turn: it fails at once as "locked".
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    # The change to WAL needs the file alone and does not wait: only the first process makes it.
    until = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0].lower() != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


_EXPLANATIONS = (
    (("disk is full", "No space left", "could not extend file", "disk full"),
     "is full: nothing of this save was written; make room and send it again"),
    (("readonly", "read-only"),
     "can only be read: nothing of this save was written; make it writable and send it again"),
    (("disk I/O error",),
     "could not be written: nothing of this save was; check the disk and its quota, send it again"),
    (("locked", "lock timeout"),
     f"was held by another program for {BUSY_SECONDS:.0f} s; close that program and send it again"),
    (("malformed", "not a database", "disk image"),
     "is damaged or no review store; restore it from a backup"),
    (("append-only",), "keeps its log append-only; save a new revision instead"),
    (("unable to open", "connection is bad", "connection refused", "closed the connection",
      "connection to server", "connection is closed", "terminating connection",
      "does not exist", "password authentication"),
     "cannot be opened; check that it is there and that you may use it"),
)  # fmt: skip


def _explain(error: DBAPIError, shown: str) -> str:
    cause = one_line(error.orig or error)
    if error.connection_invalidated:
        return (
            f"the review store {shown} went away in the middle: what was not finished is not"
            f" written; do it again when the server is back ({cause})"
        )
    for signs, words in _EXPLANATIONS:
        if any(sign.lower() in cause.lower() for sign in signs):
            return f"the review store {shown} {words} ({cause})"
    return f"the review store {shown} failed ({cause})"
