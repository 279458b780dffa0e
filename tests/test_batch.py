"""Annotation through a Batch API: split files, come back any time, pay once, count what fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.config import AnnotateConfig
from autocompose.data.dataset import open_dataset
from autocompose.describe.annotate.batch import batch_run as batch
from autocompose.describe.annotate.batch.batch_endpoint import OpenAIBatchEndpoint
from autocompose.describe.annotate.batch.batch_run import (
    BatchProgress,
    BatchRun,
    ResultLine,
    advance,
    read_result_line,
)
from autocompose.describe.annotate.batch.batch_state import BatchResult, BatchState
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.errors import BatchError
from tests.batch_server import BatchServer, batch_server
from tests.studio_fakes import write_stick_dataset

pytestmark = pytest.mark.slow

KEY = "sk-secret-0123456789"
CONFIG = AnnotateConfig(model="gpt-4o-mini", views="forward")
ABOUT = {"endpoint": "here", "model": "gpt-4o-mini"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=6)


@pytest.fixture
def server():
    with batch_server() as server:
        yield server


def step(server: BatchServer, dataset: Path, folder: Path, config=CONFIG) -> BatchProgress:
    """One call of `advance`, as a process of its own would do it."""
    pairs = open_dataset(dataset).pairs("test")
    with (
        contextlib.closing(BatchState(folder / "state.sqlite3", ABOUT)) as state,
        ResponseCache(folder / "answers.sqlite3") as cache,
        contextlib.closing(OpenAIBatchEndpoint(server.base_url, KEY)) as endpoint,
    ):
        return asyncio.run(advance(pairs, BatchRun(config, cache, state, endpoint, folder)))


def steps(server: BatchServer, dataset: Path, folder: Path, config=CONFIG) -> list[BatchProgress]:
    """Come back until nothing waits."""
    done = []
    for _ in range(20):
        done.append(step(server, dataset, folder, config))
        if done[-1].finished:
            return done
    raise AssertionError(done)


def stages_sent(server: BatchServer) -> list[Counter[str]]:
    """Per batch, how many of its requests carried pictures and how many did not."""
    return [
        Counter("parts" if "image_url" in json.dumps(line) else "phrasings" for line in lines)
        for lines in (server.requests(batch) for batch in server.batches.values())
    ]


def test_the_stages_follow_each_other_and_a_finished_run_sends_nothing(server, dataset, tmp_path):
    first, waiting, second, last_wait, done = steps(server, dataset, tmp_path)
    assert (first.submitted, first.waiting, first.open_batches) == (5, 5, 1)
    assert (waiting.submitted, waiting.collected) == (0, 0)
    assert (second.collected, second.submitted) == (5, 5)
    assert last_wait.collected == 0
    assert (done.collected, done.waiting, done.finished) == (5, 0, True)
    assert stages_sent(server) == [Counter(parts=5), Counter(phrasings=5)]
    assert step(server, dataset, tmp_path).finished
    assert len(server.batches) == 2
    assert not list(tmp_path.glob(".batch-*"))


def test_files_stay_below_the_limits(server, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "MAX_REQUESTS", 2)
    assert step(server, dataset, tmp_path).open_batches == 3
    assert [len(server.requests(b)) for b in server.batches.values()] == [2, 2, 1]
    sizes = [len(server.files[b["input_file_id"]]) for b in server.batches.values()]
    monkeypatch.setattr(batch, "MAX_REQUESTS", 50_000)
    monkeypatch.setattr(batch, "MAX_BYTES", max(sizes))
    (tmp_path / "other").mkdir()
    step(server, dataset, tmp_path / "other")
    again = [len(server.files[b["input_file_id"]]) for b in server.batches.values()][3:]
    assert len(again) >= 3
    assert max(again) <= max(sizes)


def test_a_request_larger_than_a_file_is_one_clear_error(server, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "MAX_BYTES", 1000)
    with pytest.raises(BatchError, match="smaller pictures"):
        step(server, dataset, tmp_path)
    assert server.batches == {}


def test_lines_that_fail_are_counted_and_sent_again(server, dataset, tmp_path):
    server.fail_every = 4
    done = steps(server, dataset, tmp_path)
    reasons = sum((Counter(progress.failed) for progress in done), Counter())
    assert reasons == {"429 rate_limit_exceeded": 3}
    assert sum(progress.collected for progress in done) == 10
    assert server.lines == 13


def test_what_fails_three_times_is_given_up(server, dataset, tmp_path):
    server.fail_every = 1
    done = steps(server, dataset, tmp_path)
    assert server.lines == 15
    assert done[-1].finished
    assert sum(progress.collected for progress in done) == 0


def test_attempts_are_counted_for_each_cause(tmp_path):
    with contextlib.closing(BatchState(tmp_path / "state.sqlite3", ABOUT)) as state:
        for number, reason in enumerate(["429", "429", "500", "500", "429"]):
            assert state.may_send("a")
            state.plan_batch(f"t{number}", ["a"])
            state.close_batch(f"t{number}", BatchResult((), {"a": reason}, "lost"))
        assert (state.may_send("a"), state.failure("a")) == (False, "429")
        state.forgive()
        assert (state.may_send("a"), state.failure("a")) == (True, "")


def test_a_batch_that_was_not_tried_is_held_back_and_costs_no_attempt(tmp_path):
    with contextlib.closing(BatchState(tmp_path / "state.sqlite3", ABOUT)) as state:
        for number in range(5):
            state.plan_batch(f"t{number}", ["a"])
            state.close_batch(f"t{number}", BatchResult((), {}, "batch failed", held=True))
            assert not state.may_send("a")
            state.release(but=[f"t{number}"])
            assert not state.may_send("a")
            state.release()
            assert state.may_send("a")
        assert state.failure("a") == ""


def test_what_was_given_up_before_reasons_were_counted_stays_given_up(tmp_path):
    path = tmp_path / "state.sqlite3"
    BatchState(path, ABOUT).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE failures")
        db.execute("INSERT INTO requests VALUES ('a', 't', 3, 'failed', '429')")
        db.execute("INSERT INTO requests VALUES ('b', 't', 1, 'failed', '429')")
        db.commit()
    with contextlib.closing(BatchState(path, ABOUT)) as state:
        assert (state.failure("a"), state.may_send("a"), state.may_send("b")) == (
            "429",
            False,
            True,
        )


def test_lines_that_come_twice_or_are_somebody_elses_count_for_nothing(server, dataset, tmp_path):
    server.extra_lines = True
    done = steps(server, dataset, tmp_path)
    assert sum(progress.collected for progress in done) == 10
    assert sum(progress.ignored for progress in done) == 12
    with contextlib.closing(BatchState(tmp_path / "state.sqlite3", ABOUT)) as state:
        assert state.tokens() == (9000, 600)


def test_lines_that_never_come_are_a_reason_of_their_own(server, dataset, tmp_path):
    server.drop_lines = True
    reasons = [Counter(progress.failed) for progress in steps(server, dataset, tmp_path)]
    assert sum(reasons, Counter()) == {"no line came back": 15}


def test_an_expired_batch_keeps_its_answers_and_sends_the_rest_again(server, dataset, tmp_path):
    server.end_as = "expired"
    step(server, dataset, tmp_path)
    step(server, dataset, tmp_path)
    progress = step(server, dataset, tmp_path)
    assert progress.collected == 2
    assert progress.failed == {"batch_expired": 3}
    assert progress.submitted == 5  # three again, two in their second stage
    server.end_as = "completed"
    assert steps(server, dataset, tmp_path)[-1].finished


def test_a_refused_batch_can_be_tried_again(server, dataset, tmp_path):
    server.refuse_create = 1
    with pytest.raises(BatchError, match="too many enqueued tokens") as caught:
        step(server, dataset, tmp_path)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert steps(server, dataset, tmp_path)[-1].finished
    assert server.lines == 10


def test_a_batch_whose_creation_was_not_heard_of_is_found_not_paid_twice(server, dataset, tmp_path):
    server.lose_answer = 1
    with pytest.raises(BatchError, match="start the batch"):
        step(server, dataset, tmp_path)
    assert len(server.batches) == 1
    assert steps(server, dataset, tmp_path)[-1].finished
    assert len(server.batches) == 2  # the second is Stage II
    assert server.lines == 10


def test_a_run_that_dies_before_its_upload_sends_everything_next_time(server, dataset, tmp_path):
    with contextlib.closing(BatchState(tmp_path / "state.sqlite3", ABOUT)) as state:
        state.plan_batch("lost", ["a" * 64, "b" * 64])
    assert step(server, dataset, tmp_path).waiting == 5


def test_an_unreachable_endpoint_is_one_clear_line(dataset, tmp_path):
    with batch_server() as gone:
        pass
    with pytest.raises(BatchError, match="check --base-url") as caught:
        step(gone, dataset, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_state_file_of_another_run_is_refused(tmp_path):
    BatchState(tmp_path / "state.sqlite3", ABOUT).close()
    with pytest.raises(BatchError, match="belongs to a run with model"):
        BatchState(tmp_path / "state.sqlite3", {**ABOUT, "model": "other"})
    (tmp_path / "text.sqlite3").write_text("not a database, but long enough to be looked at" * 9)
    with pytest.raises(BatchError, match="not a batch state file"):
        BatchState(tmp_path / "text.sqlite3", ABOUT)


def test_a_batch_counts_each_of_its_requests_once(tmp_path):
    with contextlib.closing(BatchState(tmp_path / "state.sqlite3", ABOUT)) as state:
        state.plan_batch("t", ["a", "b", "c"])
        state.close_batch("t", BatchResult(("a",), {"b": "429"}, "batch expired", 10, 5))
        assert state.counts() == {"answered": 1, "failed": 2}
        assert state.reasons() == {"429": 1, "batch expired": 1}
        assert state.tokens() == (10, 5)
        assert state.may_send("a")  # asked for only where its answer is not stored any more
        assert state.may_send("b")


def test_a_result_line_is_read_by_hand():
    body = {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": 3}}
    line = json.dumps({"custom_id": "k", "response": {"status_code": 200, "body": body}})
    read = read_result_line(line)
    assert read.key == "k"
    assert isinstance(read.outcome, ModelAnswer)
    assert read.outcome.text == "x"
    error = {"custom_id": "k", "response": None, "error": {"code": "batch_expired"}}
    assert read_result_line(json.dumps(error)) == ResultLine("k", "batch_expired")
    body = {"error": {"code": "x", "message": "Not\nso."}}
    refused = {"custom_id": "k", "response": {"status_code": 400, "body": body}}
    assert read_result_line(json.dumps(refused)) == ResultLine("k", "400 x", "Not so.")
    empty = {"custom_id": "k", "response": {"status_code": 200, "body": {}}}
    assert read_result_line(json.dumps(empty)) == ResultLine("k", "not a chat completion")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["custom_id", "response", "error", "body", "status_code", "choices"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.text() | JSON.map(json.dumps))
def test_whatever_a_result_line_holds_it_is_an_answer_or_a_reason(line):
    read = read_result_line(line)
    assert isinstance(read.key, str)
    assert isinstance(read.outcome, ModelAnswer | str)
    assert read.detail.isprintable()
