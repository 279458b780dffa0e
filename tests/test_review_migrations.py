"""The store's schema: from blank and from every older one to the same tables, nothing lost."""

import hashlib
import json

import pytest
from sqlalchemy import inspect, text

from autocompose.errors import ReviewError
from autocompose.review.queue.next_items import Selection, Session, find, next_items
from autocompose.review.store.database import Database
from autocompose.review.store.log import append_import, item_values
from autocompose.review.store.migrations import LATEST, MIGRATIONS, migrate, schema_version
from autocompose.review.store.records import Judgement, ReviewState, judgement_json, to_json
from autocompose.review.store.review_store import Store, original_sha256
from autocompose.review.store.tables import METADATA
from tests import review_fakes as fakes

RELEASED = {1: "f6e27c63cd3d", 2: "0f42add71563", 3: "58582f8bac91", 4: "5c03e6420317",
            5: "d664f646ebcc"}  # fmt: skip
"""How each migration's statements hash. Add a line for a new one; never change a line."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def new_url(request, tmp_path_factory):
    """Makes URLs of blank databases."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("schemas")
        yield lambda name: f"sqlite:///{folder}/{name}.sqlite3"
        return
    binaries = fakes.find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with fakes.postgres(binaries) as server:
        yield server.database


def older_database(monkeypatch, url, number):
    """A database as a program that knew migrations up to ``number`` left it."""
    monkeypatch.setattr("autocompose.review.store.database.migrate", lambda connection, *, now: 0)
    database = Database(url)
    monkeypatch.undo()
    with database.write() as connection:
        migrate(connection, now="2026-11-20", upto=number)
        assert schema_version(connection) == number
    return database


def write_rows(database, number):
    """One record, one description and its item, as a schema has them."""
    original = to_json(judgement_json(Judgement(("Raise the left arm.",))))
    sha256 = original_sha256(original, "{}")
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO records VALUES ('r', 'old', 'val', 0, 'a.png', 'b.png', :layout)"),
            {"layout": json.dumps({"reference": "a.png", "target": "b.png", "mllm": None})},
        )
        connection.execute(
            text(
                "INSERT INTO descriptions VALUES ('0123456789abcdef', 'r', 'mllm', 'forward',"
                " 'mllm', '', :original, '{}', :sha256, '2026')"
            ),
            {"original": original, "sha256": sha256},
        )
        row = {
            **item_values(ReviewState(0, Judgement(("Raise the left arm.",))), original),
            "description_id": "0123456789abcdef", "record_id": "r", "dataset": "old",
            "split": "val", "position": 0, "caption_key": "mllm", "view": "forward",
            "source": "mllm", "model": "", "reviewer": "", "reviewed_at": "", "stale": 0,
            "superseded": 0, "search_text": "raise the left arm." if number < 4 else "",
        }  # fmt: skip
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO items ({names}) VALUES ({values})"), row)
        if number >= 4:
            searched = {"id": row["description_id"], "content": "raise the left arm."}
            connection.execute(text("INSERT INTO search_texts VALUES (:id, :content)"), searched)
        summary = to_json({"originals": {"0123456789abcdef": sha256}})
        append_import(connection, "import:old", summary, by="ada", now="2026")


def schema_of(database):
    with database.read() as connection:
        found = inspect(connection)
        return {
            table: (
                [(column["name"], str(column["type"])) for column in found.get_columns(table)],
                sorted(str(index["name"]) for index in found.get_indexes(table)),
            )
            for table in sorted(found.get_table_names())
        }


def test_a_released_migration_is_never_edited():
    for migration in MIGRATIONS:
        digest = hashlib.sha256(repr(migration.statements).encode()).hexdigest()
        assert digest.startswith(RELEASED[migration.number]), migration.number
    assert [migration.number for migration in MIGRATIONS] == list(range(1, LATEST + 1))


@pytest.mark.slow
@pytest.mark.parametrize("number", [migration.number for migration in MIGRATIONS[:-1]])
def test_an_older_store_is_brought_up_to_date_with_all_it_holds(monkeypatch, new_url, number):
    url = new_url(f"older{number}")
    older = older_database(monkeypatch, url, number)
    write_rows(older, number)
    older.close()
    store = Store(url)
    blank = Database(new_url(f"blank{number}"))
    assert schema_of(store.database) == schema_of(blank)
    (item,) = find(store, Selection(text="LEFT ARM")).items
    assert item.state.judgement.phrasings == ("Raise the left arm.",)
    store.save(fakes.accept("op", item.id, 0, item.original))
    assert next_items(store, Session("t", "ada"), Selection()) == ()
    assert store.verify().sound
    store.close()
    blank.close()


def test_the_tables_that_queries_name_are_those_that_migrations_make(new_url):
    database = Database(new_url("tables"))
    made = {name: [c for c, _ in columns] for name, (columns, _) in schema_of(database).items()}
    named = {table.name: [c.name for c in table.columns] for table in METADATA.sorted_tables}
    assert made.pop("schema_versions") == ["number", "name", "applied_at"]
    assert {n: sorted(c) for n, c in made.items()} == {n: sorted(c) for n, c in named.items()}
    database.close()


def test_opening_twice_migrates_once(new_url):
    url = new_url("again")
    Database(url).close()
    database = Database(url)
    with database.read() as connection:
        applied = connection.execute(text("SELECT count(*) FROM schema_versions")).scalar()
    assert applied == LATEST
    database.close()


def test_a_store_of_a_newer_program_is_left_alone(new_url):
    url = new_url("newer")
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(f"INSERT INTO schema_versions VALUES ({LATEST + 1}, 'x', 'y')"))
    database.close()
    with pytest.raises(ReviewError, match=f"has schema {LATEST + 1}, .* update autocompose"):
        Database(url)


def test_the_log_cannot_be_changed_on_either_database(new_url):
    database = Database(new_url("frozen"))
    write_rows(database, LATEST)
    for statement in ("UPDATE events SET reviewer = 'eve'", "DELETE FROM descriptions"):
        with (
            pytest.raises(ReviewError, match="append-only"),
            database.write() as connection,
        ):
            connection.execute(text(statement))
    database.close()
