"""``autocompose describe --provider openai`` as a process, against servers over real sockets."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autocompose.data.dataset import open_dataset
from autocompose.describe.mllm.answer_store import ResponseCache
from tests.peers import REPOSITORY, Peer, llama_server, llmock, model_server
from tests.studio_fakes import write_stick_dataset
from tests.warm import Program

PAIRS = 24
CONCURRENCY = 4
KEY = "sk-secret-0123456789"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=PAIRS + 1)


def command(dataset: Path, peer: Peer, out: Path, *options: object) -> list[str]:
    words = [
        "describe", "--dataset", dataset, "--split", "test", "--provider", "openai", "--model",
        "smollm2-135m", "--base-url", peer.base_url, "--out", out, "--report",
        out.with_name("report.json"), "--concurrency", CONCURRENCY, *options,
    ]  # fmt: skip
    return [sys.executable, "-m", "autocompose", *map(str, words)]


def start(words: list[str]) -> Program:
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONPATH": str(REPOSITORY)}
    return Program(words, cwd=REPOSITORY, env=environment)


def finish(words: list[str]) -> tuple[int, str]:
    """Exit code and stderr; the key is in neither stream."""
    process = start(words)
    out, said = process.communicate(timeout=240)
    assert KEY not in out + said
    return process.returncode, said


def report_of(out: Path) -> dict:
    return json.loads(out.with_name("report.json").read_text())


# ---- kill -9 in the middle


@pytest.mark.slow
def test_after_kill_9_no_answer_is_lost_and_only_calls_in_flight_are_repeated(dataset, tmp_path):
    out = tmp_path / "out.json"
    with model_server(latency=0.15) as peer:
        words = command(dataset, peer, out, "--views", "forward")
        process = start(words)
        until = time.monotonic() + 200
        while peer.get("/counts")["answered"] < 2 * PAIRS * 0.4:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = peer.get("/counts")
        assert not out.exists()  # whole or not at all
        with ResponseCache(tmp_path / "out.answers.sqlite3") as cache:
            stored = len(cache)
        # Every answer is on disk but those that were on their way when the process died.
        assert before["arrived"] - CONCURRENCY <= stored <= before["arrived"]
        assert 0 < stored < 2 * PAIRS

        code, said = finish(words)
        assert code == 0, said
        after = peer.get("/counts")
    assert after["repeated"] <= CONCURRENCY
    assert after["arrived"] == 2 * PAIRS + after["repeated"]
    report = report_of(out)
    assert (report["cache_hits"], report["calls"]) == (stored, 2 * PAIRS - stored)
    assert report["texts"]["mllm"] == 3 * PAIRS
    rows = json.loads(out.read_text())
    assert len(rows) == PAIRS
    assert all(len(row["mllm"]) == 3 for row in rows)


@pytest.mark.slow
def test_a_third_run_asks_nothing(dataset, tmp_path):
    out = tmp_path / "out.json"
    with model_server() as peer:
        words = command(dataset, peer, out, "--views", "forward", "--limit", 3)
        assert finish(words)[0] == 0
        first, asked = out.read_bytes(), peer.get("/counts")["arrived"]
        assert finish(words)[0] == 0
        assert peer.get("/counts")["arrived"] == asked == 6
    assert out.read_bytes() == first
    assert report_of(out)["calls"] == 0


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(dataset, tmp_path):
    out = tmp_path / "out.json"
    with model_server(latency=0.15) as peer:
        words = command(dataset, peer, out, "--views", "forward")
        process = start(words)
        while peer.get("/counts")["answered"] < PAIRS // 2:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 130, said
        assert finish(words)[0] == 0
        counts = peer.get("/counts")
    assert counts["repeated"] == 0
    assert len(json.loads(out.read_text())) == PAIRS


# ---- everything a report promises, with faults on the way


@pytest.mark.slow
def test_the_report_adds_up_and_official_code_could_read_the_file(dataset, tmp_path):
    out = tmp_path / "out.json"
    with model_server() as peer:
        peer.post(
            "/faults",
            [
                {"kind": "status", "status": 500, "times": 2, "every": 5},
                {"kind": "status", "status": 429, "retry_after": 0.2, "times": 2, "every": 7},
                {"kind": "cut", "times": 1, "every": 9},
                {"kind": "text", "text": "I cannot.", "stage": "parts", "times": 1, "every": 4},
            ],
        )
        code, said = finish(command(dataset, peer, out, "--limit", 3, "--n", 2))
        assert code == 0, said
        counts = peer.get("/counts")
    report = report_of(out)
    assert report["texts"] == {"mllm": 6, "reverse": 6, "mirror": 6, "mirror-reverse": 6}
    assert report["discarded"] == {}
    assert report["calls"] == counts["statuses"]["200"] - 1 == 25  # the cut one was no answer
    assert report["retries"] == 6
    assert report["input_tokens"] == 900 * report["calls"]
    assert report["output_tokens"] == 60 * report["calls"]
    assert counts["keys"] == [f"Bearer {KEY}"]
    captions = tmp_path / "data" / "captions"
    captions.mkdir(parents=True)
    (captions / "test.json").write_bytes(out.read_bytes())
    (tmp_path / "data" / "images").symlink_to(dataset / "images")
    pairs = open_dataset(tmp_path / "data").pairs("test")
    assert [len(pair.texts["mirror-reverse"]) for pair in pairs] == [2, 2, 2]


# ---- llmock, written elsewhere


@pytest.mark.slow
def test_llmock_with_faults_is_described_in_full(dataset, tmp_path):
    out = tmp_path / "out.json"
    with llmock("--error-rate", "500=0.1", "--error-rate", "429=0.1", "--latency-ms", "20") as peer:
        code, said = finish(
            command(dataset, peer, out, "--n", 1, "--limit", 4, "--views", "forward")
        )
        seen = peer.get("/_llmock/requests")["requests"]
    assert code == 0, said
    report = report_of(out)
    assert report["texts"]["mllm"] == 4
    statuses = [request["status"] for request in seen]
    assert report["calls"] == statuses.count(200)
    assert report["retries"] == len(statuses) - statuses.count(200)


@pytest.mark.slow
def test_answers_that_stay_broken_are_discarded_and_counted(dataset, tmp_path):
    out = tmp_path / "out.json"
    with llmock() as peer:
        broken = {"type": "reply", "text": "Certainly! Raise your arm.", "times": None}
        peer.post("/_llmock/scenario", {"behaviors": [broken]})
        code, said = finish(command(dataset, peer, out, "--limit", 2, "--views", "forward"))
        asked = peer.get("/_llmock/requests")["count"]
    assert code == 1, said
    assert "no pair was described: invalid JSON 2" in said
    report = report_of(out)
    assert report["discarded"] == {"invalid JSON": 2}
    assert not any(report["texts"].values())
    assert (report["calls"], report["retries"]) == (asked, 4) == (6, 4)
    assert "discarded" in said


# ---- llama.cpp: a real server, whose model has no eyes


@pytest.mark.slow
def test_a_text_model_is_refused_in_one_clear_line(dataset, tmp_path):
    with llama_server() as peer:
        code, said = finish(command(dataset, peer, tmp_path / "out.json", "--limit", 2))
    assert code == 1
    errors = [line for line in said.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "does not read images" in errors[0]
    assert "Traceback" not in said
