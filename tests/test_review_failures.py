"""The store where things go wrong, on both databases: clear errors, nothing lost, work goes on."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, product
from pathlib import Path

import pytest

from autocompose.errors import StoreUnavailableError
from autocompose.review.queue.next_items import (
    LEASE_SECONDS,
    Order,
    Selection,
    Session,
    find,
    next_items,
    release,
)
from autocompose.review.store.records import Decision
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, View
from tests import review_fakes as fakes

REPOSITORY = Path(__file__).resolve().parents[1]
NUMBERS = count()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def server(request, tmp_path_factory):
    """Makes URLs of blank databases; None instead of a server for SQLite."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("stores")
        yield None, lambda name: f"sqlite:///{folder}/{name}.sqlite3"
        return
    binaries = fakes.find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with fakes.postgres(binaries) as server:
        yield server, server.database


@pytest.fixture
def url(server):
    return server[1](f"store{next(NUMBERS)}")


@pytest.fixture
def clock():
    return fakes.Clock()


@pytest.fixture
def store(url, tmp_path, clock):
    with Store(url, clock=clock) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        yield store


def test_one_operation_sent_by_many_at_once_is_one_event(store):
    first = fakes.ids_of(store)[0]
    save = fakes.accept("op", first, 0, store.item(first).original)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: store.save(save), range(24)))
    assert {answer.sequence for answer in answers} == {2}
    assert sum(not answer.replayed for answer in answers) == 1
    assert len(store.history(first)) == 1
    assert store.verify().sound


def test_reviewers_who_ask_at_once_share_no_item_until_a_lease_runs_out(store, clock):
    sessions = [Session(f"tab-{i}", f"reviewer {i}") for i in range(6)]
    with ThreadPoolExecutor(6) as threads:
        given = list(threads.map(lambda s: next_items(store, s, Selection(), count=3), sessions))
    ids = [item.id for items in given for item in items]
    assert len(ids) == len(set(ids)) == 12
    late = Session("late", "late")
    clock.forward(LEASE_SECONDS - 1)
    assert next_items(store, late, Selection()) == ()
    clock.forward(2)
    assert len(next_items(store, late, Selection())) == 12
    release(store, late)


FOUND = {
    Selection(): 12,
    Selection(view=View.REVERSE, verdict=Decision.PENDING): 4,
    Selection(part=BodyPart.RIGHT_KNEE): 4,
    Selection(verdict=Decision.ACCEPTED, reviewer="ada", edited=True): 1,
    Selection(text="100%_ ЖЁЛТЫЙ"): 1,
    Selection(text="nowhere"): 0,
}


def test_both_databases_find_count_and_order_alike(store):
    first = fakes.ids_of(store)[0]
    odd = replace(store.item(first).original, phrasings=("At 100%_ жёлтый.",))
    store.save(fakes.accept("op", first, 0, odd))
    for (selection, expected), order in product(FOUND.items(), Order):
        whole = find(store, selection, order=order)
        assert whole.total == len(whole.items) == expected
        pages = [find(store, selection, order=order, limit=5, offset=i) for i in (0, 5, 10)]
        paged = [item.id for page in pages for item in page.items]
        assert paged == [item.id for item in whole.items]
        assert {page.total for page in pages} == {expected}
    by_file = find(store, Selection(), order=Order.SEQUENTIAL).items
    assert [(item.reference, item.key) for item in by_file[2:4]] == [
        ("pose0.png", "reverse"), ("pose1.png", "mirror"),
    ]  # fmt: skip
    shuffled = [item.id for item in find(store, Selection(), order=Order.RANDOM).items]
    assert shuffled == sorted(shuffled, key=lambda i: i[8:])


def test_a_conflict_keeps_both_and_names_who(store):
    first = fakes.ids_of(store)[0]
    base = store.item(first).original
    other = base.phrasings[1]
    store.save(fakes.accept("a", first, 0, replace(base, phrasings=("Ada's.", other))))
    mine = replace(base, phrasings=("Bob's.", "Bob's second."))
    (conflict,) = store.save(fakes.accept("b", first, 0, mine, reviewer="bob")).state.conflicts
    assert (conflict.theirs, conflict.mine) == ("Ada's.", "Bob's.")
    assert (conflict.their_reviewer, conflict.my_reviewer) == ("ada", "bob")
    assert store.state(first).judgement.phrasings == ("Ada's.", "Bob's second.")
    assert store.verify().sound


def test_a_database_turned_read_only_refuses_reads_on_and_takes_the_save_later(store, server, url):
    first = fakes.ids_of(store)[0]
    save = fakes.accept("op", first, 0, store.item(first).original)
    name = url.split("/")[3].split("?")[0]
    if server[0] is None:
        frozen = Store(url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true")
    else:
        freeze = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        with store.database.write() as connection:
            connection.exec_driver_sql(freeze)
        frozen = Store(url)
    with frozen:
        assert find(frozen, Selection()).total == 12
        with pytest.raises(StoreUnavailableError, match="can only be read: nothing of this save"):
            frozen.save(save)
        assert frozen.verify().events == 1
    if server[0] is not None:
        with store.database.write() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ WRITE")
            connection.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with Store(url) as again:
        assert again.save(save).sequence == 2
        assert again.verify().sound


@pytest.mark.slow
def test_a_database_server_that_crashes_loses_nothing_it_acknowledged(store, server):
    if server[0] is None:
        return  # SQLite has no server; tests/test_review_writers.py kills its writers
    ids = fakes.ids_of(store)
    saves = [fakes.accept(f"op-{i}", d, 0, store.item(d).original) for i, d in enumerate(ids)]
    for save in saves[:3]:
        store.save(save)
    server[0].kill()
    with pytest.raises(StoreUnavailableError, match="check that it is there"):
        store.save(saves[3])
    server[0].start()
    # The same store object goes on, and what a page would send again is taken once.
    for save in saves:
        store.save(save)
    assert [len(store.history(description)) for description in ids] == [1] * len(ids)
    assert store.verify().sound


# A process whose files may not grow: what the system refuses in the middle of a save.
NARROW = """
import resource, signal, sys
from dataclasses import replace
from autocompose.errors import StoreUnavailableError
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes

url = sys.argv[1]
with Store(url, create=False) as store:
    ids = fakes.ids_of(store)
    store.save(fakes.accept("before", ids[0], 0, store.item(ids[0]).original))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    big = fakes.accept("big", ids[1], 0, replace(store.item(ids[1]).original, note="n" * 90_000))
    for _ in range(2):
        try:
            store.save(big)
        except StoreUnavailableError as error:
            print(error)
    assert store.state(ids[0]).revision == 1
    assert store.state(ids[1]).revision == 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(store.save(big).sequence, store.verify().problems)
"""


def test_a_system_that_refuses_to_write_costs_one_save_and_nothing_else(store, server, url):
    if server[0] is not None:
        return  # the files are the server's
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", NARROW, url], cwd=REPOSITORY, capture_output=True, text=True,
        timeout=200, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    first, second, last = done.stdout.splitlines()
    for line in (first, second):
        assert "nothing of this save was" in line
    assert last == "3 ()"
    with Store(url) as again:
        assert again.verify().events == 3


def test_a_large_import_leaves_the_database_counted_for_its_first_reader(
    url, tmp_path, monkeypatch
):
    monkeypatch.setattr("autocompose.review.store.database._MANY_ROWS", 1)
    with Store(url) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        if not store.database.is_sqlite:
            there = "SELECT count(*) FROM items"
            seen = "SELECT reltuples, relallvisible FROM pg_class WHERE relname = 'items'"
            with store.database.read() as connection:
                rows = connection.exec_driver_sql(there).scalar_one()
                counted, visible = connection.exec_driver_sql(seen).one()
            assert counted == rows > 0
            assert visible > 0
