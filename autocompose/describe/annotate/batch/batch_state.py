"""What was sent to a batch endpoint and what became of it: one SQLite file beside the output.

Each change is one transaction, so that a run that is killed continues where it was.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autocompose.errors import BatchError

ATTEMPTS = 3
"""Times one request fails for one reason before it is given up."""

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
    tag TEXT PRIMARY KEY, file_id TEXT NOT NULL DEFAULT '', batch_id TEXT NOT NULL DEFAULT '',
    closed INTEGER NOT NULL DEFAULT 0, input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS requests (
    key TEXT PRIMARY KEY, tag TEXT NOT NULL, attempts INTEGER NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS failures (
    key TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (key, reason)
);
CREATE TABLE IF NOT EXISTS details (reason TEXT PRIMARY KEY, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_tag ON requests (tag, state);
"""
# Files of version 0.2 count attempts without their reasons.
_UPGRADE = (
    "INSERT OR IGNORE INTO failures SELECT key, reason, attempts FROM requests"
    " WHERE state = 'failed' AND key NOT IN (SELECT key FROM failures)"
)
_COUNT = "INSERT INTO failures VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"


@dataclass(frozen=True)
class SentBatch:
    """A batch of ours.

    Args:
        tag: our own name of it, stored at the endpoint too, so that a batch created just before a
            crash is found again instead of being paid for twice.
        file_id: of the uploaded requests; empty until it is uploaded.
        batch_id: empty until it is created.
    """

    tag: str
    file_id: str
    batch_id: str


@dataclass(frozen=True)
class BatchResult:
    """How an ended batch went.

    Args:
        answered: keys whose answer is in the response cache.
        failed: key -> reason.
        missing: the reason for its requests that are in neither.
        held: those requests were not tried: they wait until they are released, and no attempt is
            counted.
        details: reason -> the server's words, once.
        input_tokens: of all answers.
        output_tokens: of all answers.
    """

    answered: tuple[str, ...]
    failed: Mapping[str, str]
    missing: str
    input_tokens: int = 0
    output_tokens: int = 0
    held: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


class BatchState:
    """The requests that wait, were answered, or failed.

    Args:
        path: of the SQLite file; made when missing.
        about: what the run is for, e.g. endpoint and model; a file of another run is refused.

    Raises:
        BatchError: the file belongs to another run, or is no state file.
    """

    def __init__(self, path: Path, about: Mapping[str, str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
            self._db.execute(_UPGRADE)
            self._check(about)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise BatchError(f"{path} is not a batch state file ({error}); name another") from error
        except BatchError:
            self._db.close()
            raise

    def _check(self, about: Mapping[str, str]) -> None:
        known = dict(self._db.execute("SELECT name, value FROM about"))
        for name, value in about.items():
            if known.setdefault(name, value) != value:
                raise BatchError(
                    f'{self.path} belongs to a run with {name} "{known[name]}", not "{value}";'
                    " give the same options, or name another --batch-state"
                )
        with self._change():
            self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", known.items())

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def own_key(self, keys: Sequence[str]) -> str:
        """The key under which a request was sent, else the first of its keys."""
        find = "SELECT 1 FROM requests WHERE key = ?"
        return next((k for k in keys if self._db.execute(find, (k,)).fetchone()), keys[0])

    def keys(self, tag: str) -> frozenset[str]:
        """The requests of a batch."""
        rows = self._db.execute("SELECT key FROM requests WHERE tag = ?", (tag,))
        return frozenset(key for (key,) in rows)

    def may_send(self, key: str) -> bool:
        """Whether a request is neither on its way, nor held, nor given up.

        An answered one whose answer is no longer stored may be sent too.
        """
        row = self._db.execute("SELECT state FROM requests WHERE key = ?", (key,)).fetchone()
        return row is None or (row[0] in ("failed", "answered") and not self.failure(key))

    def failure(self, key: str) -> str:
        """The reason for which a request was given up; empty otherwise."""
        row = self._db.execute(
            "SELECT failures.reason FROM failures JOIN requests USING (key) WHERE key = ? AND"
            " state = 'failed' AND count >= ? ORDER BY count DESC LIMIT 1",
            (key, ATTEMPTS),
        ).fetchone()
        return row[0] if row else ""

    def detail(self, reason: str) -> str:
        """The server's words for a reason; empty where it had none."""
        row = self._db.execute("SELECT detail FROM details WHERE reason = ?", (reason,)).fetchone()
        return row[0] if row else ""

    def release(self, *, but: Collection[str] = ()) -> None:
        """Let held requests be sent, except those of some batches (tags)."""
        tags = "SELECT DISTINCT tag FROM requests WHERE state = 'held'"
        with self._change():
            for (tag,) in self._db.execute(tags).fetchall():
                if tag not in but:
                    self._db.execute(
                        "UPDATE requests SET state = 'failed' WHERE state = 'held' AND tag = ?",
                        (tag,),
                    )

    def forgive(self) -> None:
        """Forget the failures of requests that were given up, so that they are sent again."""
        with self._change():
            self._db.execute(
                "DELETE FROM failures WHERE key IN (SELECT key FROM failures JOIN requests"
                " USING (key) WHERE state = 'failed' AND count >= ?)",
                (ATTEMPTS,),
            )

    def plan_batch(self, tag: str, keys: Sequence[str]) -> None:
        """Note a batch before anything of it is sent."""
        with self._change():
            self._db.execute("INSERT INTO batches (tag) VALUES (?)", (tag,))
            self._db.executemany(
                "INSERT INTO requests VALUES (?, ?, 1, 'waiting', '') ON CONFLICT (key) DO UPDATE"
                " SET tag = excluded.tag, attempts = attempts + 1, state = 'waiting', reason = ''",
                [(key, tag) for key in keys],
            )

    def uploaded(self, tag: str, file_id: str) -> None:
        """Note the id of a batch's uploaded file."""
        with self._change():
            self._db.execute("UPDATE batches SET file_id = ? WHERE tag = ?", (file_id, tag))

    def created(self, tag: str, batch_id: str) -> None:
        """Note the id of a created batch."""
        with self._change():
            self._db.execute("UPDATE batches SET batch_id = ? WHERE tag = ?", (batch_id, tag))

    def forget(self, tag: str) -> None:
        """Drop a batch of which nothing reached the endpoint; its requests may be sent again."""
        with self._change():
            self._db.execute("DELETE FROM batches WHERE tag = ?", (tag,))
            self._db.execute("DELETE FROM requests WHERE tag = ? AND state = 'waiting'", (tag,))

    def open_batches(self) -> list[SentBatch]:
        """The batches whose answers are still to come, oldest first."""
        rows = self._db.execute(
            "SELECT tag, file_id, batch_id FROM batches WHERE NOT closed ORDER BY rowid"
        )
        return [SentBatch(*row) for row in rows]

    def close_batch(self, tag: str, result: BatchResult) -> None:
        """Note how a batch ended; its answers are in the response cache by now."""
        with self._change():
            self._db.executemany(
                "UPDATE requests SET state = 'answered' WHERE key = ? AND tag = ?",
                [(key, tag) for key in result.answered],
            )
            self._db.executemany(
                "UPDATE requests SET state = 'failed', reason = ? WHERE key = ? AND tag = ?",
                [(reason, key, tag) for key, reason in result.failed.items()],
            )
            missing = [
                (key, result.missing)
                for (key,) in self._db.execute(
                    "SELECT key FROM requests WHERE tag = ? AND state = 'waiting'", (tag,)
                ).fetchall()
            ]
            self._db.execute(
                "UPDATE requests SET state = ?, reason = ? WHERE tag = ? AND state = 'waiting'",
                ("held" if result.held else "failed", result.missing, tag),
            )
            self._db.executemany(_COUNT, result.failed.items())
            if not result.held:
                self._db.executemany(_COUNT, missing)
            self._db.executemany(
                "INSERT OR REPLACE INTO details VALUES (?, ?)", result.details.items()
            )
            self._db.execute(
                "UPDATE batches SET closed = 1, input_tokens = ?, output_tokens = ? WHERE tag = ?",
                (result.input_tokens, result.output_tokens, tag),
            )

    def tokens(self) -> tuple[int, int]:
        """Input and output tokens of all answers that were collected."""
        (row,) = self._db.execute("SELECT SUM(input_tokens), SUM(output_tokens) FROM batches")
        return row[0] or 0, row[1] or 0

    def counts(self) -> Counter[str]:
        """How many requests are ``waiting``, ``held``, ``answered`` and ``failed``."""
        return Counter(dict(self._db.execute("SELECT state, COUNT(*) FROM requests GROUP BY 1")))

    def reasons(self, state: str = "failed") -> Counter[str]:
        """Requests in a state by the reason of their last failure."""
        rows = self._db.execute(
            "SELECT reason, COUNT(*) FROM requests WHERE state = ? GROUP BY 1", (state,)
        )
        return Counter(dict(rows))
