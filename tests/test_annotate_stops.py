"""``autocompose describe --provider openai`` that stops: prices, refusals, Ctrl-C."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autocompose.cli import main
from tests.annotate_runs import KEY, PAIRS, arguments, forgetful, run, write_small_split
from tests.peers import llama_server, model_server
from tests.warm import Program
from tests.warm import run as run_program

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def server():
    with model_server() as peer:
        yield peer


@pytest.fixture
def peer(server, monkeypatch):
    return forgetful(server, monkeypatch)


@pytest.fixture
def dataset(tmp_path):
    return write_small_split(tmp_path / "tiny")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "val.json"


def test_a_dry_run_needs_no_key_asks_nothing_and_writes_nothing(
    peer, dataset, out, capsys, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(SystemExit) as left:
        main(
            [
                *arguments(dataset, out, None, "--dry-run")[:-3],
                "--model",
                "gpt-4o-mini",
                "--dry-run",
            ]
        )
    assert left.value.code == 0
    written = capsys.readouterr()
    found = json.loads(written.out)
    assert (found["pairs"], found["calls"], found["estimated"]) == (PAIRS, 8 * PAIRS, True)
    assert 0 < found["cost_usd"] < 1
    assert 0 < found["image_tokens"] < found["input_tokens"]
    assert "estimate for 3 pairs" in written.err
    assert "list price of 20" in written.err
    assert not out.parent.exists()
    assert peer.get("/counts")["arrived"] == 0


@pytest.mark.slow
def test_a_price_limit_stops_before_it_is_passed_and_keeps_what_is_done(peer, dataset, out, capsys):
    # A call costs 900 x 1 + 60 x 10 dollars per million and could cost about 0.0128.
    limit = ["--price", "1,10", "--max-cost", "0.018", "--views", "forward", "--concurrency", 1]
    path = out.with_name("report.json")
    assert run(dataset, out, peer, "--report", path, *limit) == 1
    err = capsys.readouterr().err
    assert "--max-cost $0.018" in err.splitlines()[-1]
    report = json.loads(path.read_text())
    assert 0 < report["cost_usd"] <= 0.018
    assert out.exists()
    more = ["--price", "1,10", "--max-cost", "1", "--views", "forward"]
    assert run(dataset, out, peer, *more) == 0
    assert peer.get("/counts")["arrived"] == 2 * PAIRS


def test_a_limit_for_a_model_of_unknown_price_is_refused_before_a_call(peer, dataset, out, capsys):
    assert run(dataset, out, peer, "--max-cost", 1) == 1
    err = capsys.readouterr().err
    assert "--price IN,OUT" in err
    assert err.count("\n") == 1
    assert peer.get("/counts")["arrived"] == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401, "message": f"bad {KEY}"}, "refused the API key"),
        ({"status": 404, "message": "no such model"}, 'does not serve a model "M"'),
        ({"status": 500, "message": "image input is not supported"}, "does not read images"),
        ({"status": 429, "code": "insufficient_quota"}, "no credit left"),
    ],
)
def test_when_no_call_can_pass_one_line_says_why(peer, dataset, out, capsys, fault, words):
    peer.post("/faults", [{"kind": "status", "times": 99, **fault}])
    assert run(dataset, out, peer, "--concurrency", 2) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(errors) == 1
    assert words in errors[0]
    assert KEY not in errors[0]
    assert not out.exists()
    assert not out.with_name("val.provenance.jsonl").exists()
    assert peer.get("/counts")["arrived"] <= 4


@pytest.mark.slow
def test_a_real_server_without_eyes_is_one_clear_line(dataset, out, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with llama_server() as llama:
        assert run(dataset, out, llama) == 1
    err = capsys.readouterr().err
    assert err.startswith('error: model "M" at http://127.0.0.1')
    assert "does not read images" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--samples", "99"], "samples 99 is outside"),
        (["--price", "free"], "IN,OUT"),
        (["--base-url", "ftp://x"], "is not an endpoint"),
    ],
)
def test_a_setting_out_of_range_is_one_line(peer, dataset, out, capsys, more, words):
    assert run(dataset, out, peer, *more) == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_without_a_model_or_a_key_it_says_what_is_missing(peer, dataset, out, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert run(dataset, out, None) == 1
    assert "set OPENAI_API_KEY" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(arguments(dataset, out, peer)[:-2])
    assert "--provider openai needs --model" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_keep_what_is_done_and_end_with_130(dataset, out, monkeypatch, number):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with model_server(latency=0.4) as slow:
        command = [sys.executable, "-m", "autocompose"]
        command += arguments(
            dataset, out, slow, "--concurrency", "2", "--report", out.with_name("r")
        )
        process = Program(command, cwd=REPOSITORY, env=os.environ)
        until = time.monotonic() + 150
        while slow.get("/counts")["answered"] < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert not list(out.parent.glob(".*.part"))
        written = json.loads(out.read_text()) if out.exists() else []
        described = sum("mllm" in row for row in written)
        assert f"{described} of 3 pairs described" in err or not out.exists()
        arrived = slow.get("/counts")["answered"]
        assert 2 <= arrived < 8 * PAIRS
        # Every answer that came is stored: the same command asks for the rest only.
        done = run_program(command, cwd=REPOSITORY, env=os.environ)
        assert done.returncode == 0, done.stderr
        assert slow.get("/counts")["answered"] == 8 * PAIRS
        assert json.loads(out.with_name("r").read_text())["cache_hits"] == arrived
