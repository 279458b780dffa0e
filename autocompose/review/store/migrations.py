"""The store's schema as numbered migrations. A released one is never edited: add the next number.

Each migration is a list of statements; one that only one database understands is marked for it.
Flags are integers, times are ISO 8601 text in UTC, and everything nested is JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

from autocompose.errors import ReviewError


@dataclass(frozen=True)
class Migration:
    """One step of the schema.

    Args:
        statements: ``(dialect, sql)`` in order; dialect is ``any``, ``sqlite`` or ``postgresql``.
    """

    number: int
    name: str
    statements: tuple[tuple[str, str], ...]


def _append_only(table: str) -> tuple[tuple[str, str], ...]:
    """Triggers that refuse to change or delete a row, whoever asks."""
    refusal = f"{table} is append-only"
    sqlite = tuple(
        (
            "sqlite",
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
        )
        for verb in ("UPDATE", "DELETE")
    )
    return (
        *sqlite,
        (
            "postgresql",
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
        ),
        (
            "postgresql",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        ),
    )


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "originals, the log, and what follows from them",
        (
            (
                "any",
                """CREATE TABLE records (
                    id TEXT PRIMARY KEY, dataset TEXT NOT NULL, split TEXT NOT NULL,
                    position INTEGER NOT NULL, reference TEXT NOT NULL, target TEXT NOT NULL,
                    layout TEXT NOT NULL)""",
            ),
            ("any", "CREATE INDEX records_in_order ON records (dataset, split, position)"),
            (
                "any",
                """CREATE TABLE descriptions (
                    id TEXT PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records (id),
                    caption_key TEXT NOT NULL, view TEXT NOT NULL, source TEXT NOT NULL,
                    model TEXT NOT NULL, original TEXT NOT NULL, provenance TEXT NOT NULL,
                    sha256 TEXT NOT NULL, imported_at TEXT NOT NULL)""",
            ),
            ("any", "CREATE INDEX descriptions_of_record ON descriptions (record_id, caption_key)"),
            *_append_only("descriptions"),
            (
                "any",
                """CREATE TABLE events (
                    sequence BIGINT PRIMARY KEY, operation TEXT NOT NULL UNIQUE,
                    kind TEXT NOT NULL, description_id TEXT, revision INTEGER NOT NULL,
                    base_revision INTEGER NOT NULL, reviewer TEXT NOT NULL,
                    created_at TEXT NOT NULL, active_ms BIGINT NOT NULL, bulk TEXT NOT NULL,
                    submitted TEXT NOT NULL, result TEXT NOT NULL,
                    previous_hash TEXT NOT NULL, hash TEXT NOT NULL,
                    UNIQUE (description_id, revision))""",
            ),
            ("any", "CREATE INDEX events_of_reviewer ON events (reviewer, sequence)"),
            ("any", "CREATE INDEX events_of_bulk ON events (bulk, sequence)"),
            *_append_only("events"),
            # The one row every writer takes first: it orders the log and holds its last hash.
            (
                "any",
                """CREATE TABLE heads (
                    name TEXT PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT NULL)""",
            ),
            ("any", f"INSERT INTO heads VALUES ('log', 0, '{'0' * 64}')"),
            (
                "any",
                """CREATE TABLE items (
                    description_id TEXT PRIMARY KEY REFERENCES descriptions (id),
                    record_id TEXT NOT NULL, dataset TEXT NOT NULL, split TEXT NOT NULL,
                    position INTEGER NOT NULL, caption_key TEXT NOT NULL, view TEXT NOT NULL,
                    source TEXT NOT NULL, model TEXT NOT NULL, verdict TEXT NOT NULL,
                    reviewer TEXT NOT NULL, reviewed_at TEXT NOT NULL, revision INTEGER NOT NULL,
                    flagged INTEGER NOT NULL, edited INTEGER NOT NULL, conflicted INTEGER NOT NULL,
                    stale INTEGER NOT NULL, superseded INTEGER NOT NULL,
                    state TEXT NOT NULL, search_text TEXT NOT NULL)""",
            ),
            (
                "any",
                "CREATE INDEX items_in_order ON items "
                "(dataset, split, position, caption_key, verdict, superseded)",
            ),
            ("any", "CREATE INDEX items_of_record ON items (record_id, view)"),
        ),
    ),
    Migration(
        2,
        "leases, claims, and the order by expected error",
        (
            (
                "any",
                """CREATE TABLE leases (
                    description_id TEXT PRIMARY KEY, session TEXT NOT NULL,
                    reviewer TEXT NOT NULL, expires_at DOUBLE PRECISION NOT NULL)""",
            ),
            ("any", "CREATE INDEX leases_of_session ON leases (session)"),
            (
                "any",
                """CREATE TABLE claims (
                    description_id TEXT NOT NULL, part TEXT NOT NULL, change TEXT NOT NULL,
                    verdict TEXT NOT NULL, evidence TEXT NOT NULL, text_index INTEGER NOT NULL,
                    span_start INTEGER NOT NULL, span_end INTEGER NOT NULL)""",
            ),
            ("any", "CREATE INDEX claims_of_item ON claims (description_id)"),
            ("any", "CREATE INDEX claims_by_verdict ON claims (verdict, part, description_id)"),
            (
                "any",
                """CREATE TABLE item_parts (
                    part TEXT NOT NULL, description_id TEXT NOT NULL,
                    PRIMARY KEY (part, description_id))""",
            ),
            ("any", "CREATE INDEX item_parts_of_item ON item_parts (description_id)"),
            ("any", "ALTER TABLE items ADD COLUMN score DOUBLE PRECISION NOT NULL DEFAULT 0"),
            ("any", "ALTER TABLE items ADD COLUMN card_reasons TEXT NOT NULL DEFAULT '[]'"),
            ("any", "ALTER TABLE items ADD COLUMN shuffle TEXT NOT NULL DEFAULT ''"),
            # Ids are hashes: any digits of one are a fixed shuffle of all.
            ("any", "UPDATE items SET shuffle = substr(description_id, 9, 8)"),
            (
                "any",
                "CREATE INDEX items_by_error ON items "
                "(superseded, verdict, score DESC, description_id)",
            ),
            (
                "any",
                "CREATE INDEX items_shuffled ON items "
                "(superseded, verdict, shuffle, description_id)",
            ),
        ),
    ),
    Migration(
        3,
        "second readings, gold items and planted errors",
        (
            ("any", "ALTER TABLE items ADD COLUMN planted INTEGER NOT NULL DEFAULT 0"),
            (
                "any",
                """CREATE TABLE plants (
                    description_id TEXT PRIMARY KEY, kind TEXT NOT NULL, expected TEXT NOT NULL,
                    origin TEXT NOT NULL, exchanged INTEGER NOT NULL)""",
            ),
            # Narrow enough to count a filter's matches without reading any text.
            (
                "any",
                "CREATE INDEX items_by_filter ON items (superseded, dataset, split, view, source, "
                "model, verdict, reviewer, flagged, edited, conflicted, stale, planted, "
                "description_id)",
            ),
        ),
    ),
    Migration(
        4,
        "texts to search apart, and a filter's order in its index",
        (
            # In `items` a text lies behind the whole state: a search read every byte of both.
            (
                "any",
                """CREATE TABLE search_texts (
                    description_id TEXT PRIMARY KEY, content TEXT NOT NULL)""",
            ),
            ("any", "INSERT INTO search_texts SELECT description_id, search_text FROM items"),
            ("any", "UPDATE items SET search_text = ''"),
            ("any", "DROP INDEX items_by_filter"),
            (
                "any",
                "CREATE INDEX items_by_filter ON items (superseded, dataset, split, view, source, "
                "model, verdict, reviewer, flagged, edited, conflicted, stale, planted, score, "
                "shuffle, position, caption_key, description_id)",
            ),
        ),
    ),
    Migration(
        5,
        "cases that an error analysis sent to be reviewed",
        (
            (
                "any",
                """CREATE TABLE cases (
                    description_id TEXT PRIMARY KEY, reason TEXT NOT NULL, rank INTEGER NOT NULL,
                    sent_by TEXT NOT NULL, sent_at TEXT NOT NULL)""",
            ),
        ),
    ),
)

LATEST = MIGRATIONS[-1].number


def schema_version(connection: Connection) -> int:
    """The number of the last migration applied; 0 for a blank database."""
    if not inspect(connection).has_table("schema_versions"):
        return 0
    found = connection.execute(text("SELECT max(number) FROM schema_versions")).scalar()
    return int(found or 0)


def migrate(connection: Connection, *, now: str, upto: int = LATEST) -> int:
    """Bring a database up to a schema, inside the transaction of ``connection``.

    Args:
        connection: in a writing transaction that no other process can hold at the same time.
        now: ISO time to note beside each migration.
        upto: number to stop at; tests stop early to build an older schema.

    Returns:
        How many migrations were applied.

    Raises:
        ReviewError: the database was written by a newer version of this program.
    """
    have = schema_version(connection)
    if have > LATEST:
        raise ReviewError(
            f"the store has schema {have}, this program knows up to {LATEST}; update autocompose"
        )
    if have == 0:
        connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS schema_versions "
                "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"
            )
        )
    todo = [step for step in MIGRATIONS if have < step.number <= upto]
    for step in todo:
        for dialect, sql in step.statements:
            if dialect in ("any", connection.dialect.name):
                connection.exec_driver_sql(sql)
        connection.execute(
            text("INSERT INTO schema_versions VALUES (:number, :name, :now)"),
            {"number": step.number, "name": step.name, "now": now},
        )
    return len(todo)
