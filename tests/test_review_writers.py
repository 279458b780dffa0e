"""Many writers at once, and writers that are killed: every acknowledged save is there, once."""

import os
import sys
from pathlib import Path

import pytest

from autocompose.review.store.records import EventKind
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes
from tests.warm import Program

REPOSITORY = Path(__file__).resolve().parents[1]
WRITERS, SAVES = 8, 100
"""As many at once as meet all the time. docs/performance.md tells of 500 saves each."""

# Each writer goes round all descriptions, from a place of its own, so that they meet: a save whose
# base revision is behind is merged. It says each operation's name once the store has acknowledged.
WRITER = """
import sys
from dataclasses import replace
from autocompose.review.store.records import Save
from autocompose.review.store.review_store import Store

url, name, first, last, *ids = sys.argv[1:]
with Store(url, create=False) as store:
    for i in range(int(first), int(last)):
        description = ids[(i + 7 * int(name)) % len(ids)]
        state = store.state(description)
        judgement = replace(state.judgement, note=f"{name}-{i}")
        save = Save(f"{name}-{i}", description, state.revision, judgement, "writer " + name)
        store.save(save)
        print(save.operation, flush=True)
"""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def url(request, tmp_path_factory):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store')}/review.sqlite3"
        return
    binaries = fakes.find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with fakes.postgres(binaries) as server:
        yield server.database("review")


@pytest.fixture
def store(url, tmp_path):
    with Store(url) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny", pairs=20))
        yield store


def start(url, name, first, last, ids):
    command = [sys.executable, "-c", WRITER, url, str(name), str(first), str(last), *ids]
    return Program(command, cwd=REPOSITORY, env=os.environ)


def saves_of(store):
    events = [e for i in fakes.ids_of(store) for e in store.history(i) if e.kind is EventKind.SAVE]
    return [event.operation for event in events]


@pytest.mark.slow
def test_eight_writers_at_once_lose_no_save_and_store_none_twice(store, url):
    ids = fakes.ids_of(store)
    writers = [start(url, name, 0, SAVES, ids) for name in range(WRITERS)]
    for writer in writers:
        said, complaint = writer.communicate(timeout=280)
        assert complaint == ""  # above all not "database is locked"
        assert writer.returncode == 0
        assert len(said.split()) == SAVES
    stored = saves_of(store)
    assert len(stored) == len(set(stored)) == WRITERS * SAVES
    assert store.verify().problems == ()


@pytest.mark.slow
def test_a_writer_that_is_killed_has_stored_what_was_acknowledged_and_nothing_twice(store, url):
    ids = fakes.ids_of(store)
    acknowledged = []
    for attempt in range(3):
        # As a page's outbox does: after each crash, everything unacknowledged is sent again, and
        # the last acknowledged one too, as if its answer had been lost on the way.
        first = max(0, len(acknowledged) - 1)
        writer = start(url, 9, first, 400, ids)
        assert writer.stdout is not None
        for _ in range(40):
            acknowledged.append(writer.stdout.readline().strip())
        writer.kill()
        rest, _ = writer.communicate()
        # A line that was cut short was not acknowledged in full.
        acknowledged += [line.strip() for line in rest.splitlines(keepends=True) if "\n" in line]
        acknowledged = list(dict.fromkeys(acknowledged))
        assert writer.returncode == -9
        stored = [name for name in saves_of(store) if name.startswith("9-")]
        assert set(acknowledged) <= set(stored)
        assert len(stored) == len(set(stored)) <= len(acknowledged) + 1
        assert store.verify().problems == (), attempt
