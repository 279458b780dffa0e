"""describe/response_cache: what is stored stays, comes back as it was, and is never mixed up."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.errors import CacheError

REPOSITORY = Path(__file__).resolve().parents[1]
ANSWER = ModelAnswer("text é\n\x00", 9, 4, 1.5, "m-1", "length", 2, True, "2026-01-02T03:04:05")


def put(cache, **answers):
    async def run():
        await asyncio.gather(*(cache.put(key, answer) for key, answer in answers.items()))

    asyncio.run(run())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "answers.sqlite3"


def test_an_answer_comes_back_as_it_was_also_after_reopening(path):
    with ResponseCache(path) as cache:
        assert cache.get("k") is None
        put(cache, k=ANSWER)
        assert cache.get("k") == ANSWER
    with ResponseCache(path) as cache:
        assert cache.get("k") == ANSWER
        assert cache.get("other") is None


def test_in_memory_it_behaves_the_same():
    with ResponseCache() as cache:
        put(cache, k=ANSWER)
        assert (cache.get("k"), cache.get("x"), len(cache)) == (ANSWER, None, 1)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=60), seconds=st.floats(0, 1e6), tokens=st.integers(0, 2**31))
def test_any_answer_survives_the_file(tmp_path_factory, text, seconds, tokens):
    answer = ModelAnswer(text, tokens, tokens, seconds)
    path = tmp_path_factory.mktemp("c") / "a.sqlite3"
    with ResponseCache(path) as cache:
        put(cache, k=answer)
    with ResponseCache(path) as cache:
        assert cache.get("k") == answer


def test_the_first_answer_to_a_request_is_kept(path):
    with ResponseCache(path) as cache:
        put(cache, k=ANSWER)
        put(cache, k=ModelAnswer("later"))
        assert cache.get("k") == ANSWER


def test_many_answers_at_once_share_commits_and_all_arrive(path):
    answers = {f"k{i}": ModelAnswer(str(i)) for i in range(500)}
    with ResponseCache(path) as cache:
        put(cache, **answers)
        assert {key: cache.get(key) for key in answers} == answers
        assert len(cache) == 500


def test_what_put_has_returned_for_survives_kill_9(path):
    script = (
        "import asyncio, os, signal, sys\nfrom pathlib import Path\n"
        "from autocompose.describe.mllm.chat import ModelAnswer\n"
        "from autocompose.describe.mllm.answer_store import ResponseCache\n"
        f"cache = ResponseCache(Path({str(path)!r}))\n"
        "async def run():\n"
        "    for i in range(20): await cache.put(f'k{i}', ModelAnswer(str(i)))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(run())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    with ResponseCache(path) as cache:
        assert [cache.get(f"k{i}") for i in range(20)] == [ModelAnswer(str(i)) for i in range(20)]


def test_it_flushes_each_commit_to_disk(path):
    with ResponseCache(path) as cache:
        put(cache, k=ANSWER)
        reader = sqlite3.connect(path)
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reader.close()
        assert cache._reader is not None
        assert cache._reader.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_several_users_of_one_file_see_each_others_answers(path):
    def write(number):
        with ResponseCache(path) as cache:
            put(cache, **{f"{number}-{i}": ModelAnswer(f"{number}-{i}") for i in range(20)})

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ResponseCache(path) as cache:
        assert len(cache) == 80


def test_a_cancelled_caller_does_not_undo_the_write(path):
    async def run(cache):
        task = asyncio.ensure_future(cache.put("k", ANSWER))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ResponseCache(path) as cache:
        asyncio.run(run(cache))
    with ResponseCache(path) as cache:
        assert cache.get("k") == ANSWER


def test_a_foreign_or_damaged_file_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at as one" * 40)
    foreign = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE bills (amount)")
    connection.commit()
    connection.close()
    for path in (text, foreign, tmp_path):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(CacheError, match="name another file"):
            ResponseCache(path)
        if before is not None:
            assert path.read_bytes() == before


def test_a_disk_that_does_not_take_the_answer_is_our_own_error(path):
    with ResponseCache(path) as cache:
        put(cache, k=ANSWER)
        connection = sqlite3.connect(path)
        connection.execute("DROP TABLE answers")
        connection.commit()
        connection.close()
        with pytest.raises(CacheError, match="cannot be written"):
            put(cache, other=ANSWER)
        with pytest.raises(CacheError, match="cannot be read"):
            cache.get("k")


def test_closing_twice_does_no_harm(path):
    with ResponseCache(path) as cache:
        put(cache, k=ANSWER)
        cache.close()
        cache.close()
    with ResponseCache(path) as again:
        assert again.get("k") == ANSWER
