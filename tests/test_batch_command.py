"""``autocompose describe --batch``: submit, collect, ask again; options that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autocompose.cli import main
from tests.batch_server import batch_server
from tests.model_server import answer_text
from tests.studio_fakes import write_stick_dataset

KEY = "sk-secret-0123456789"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=6)


@pytest.fixture
def server():
    with batch_server() as server:
        yield server


def run(capsys, *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    out, said = capsys.readouterr()
    return int(left.value.code or 0), out, said


@pytest.fixture
def words(server, dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return [
        "describe", "--dataset", dataset, "--split", "test", "--provider", "openai", "--model",
        "gpt-4o-mini", "--base-url", server.base_url, "--out", tmp_path / "out.json", "--report",
        tmp_path / "report.json", "--views", "forward",
    ]  # fmt: skip


@pytest.mark.slow
def test_submit_then_collect_until_the_captions_are_there(server, words, capsys, tmp_path):
    code, _, said = run(capsys, *words, "--batch", "submit")
    assert code == 0, said
    assert "5 requests submitted" in said
    assert not (tmp_path / "out.json").exists()
    for _ in range(4):
        code, _, said = run(capsys, *words, "--batch", "collect")
        assert code == 0, said
    rows = json.loads((tmp_path / "out.json").read_text())
    assert [len(row["mllm"]) for row in rows] == [3] * 5
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["calls"], report["texts"]["mllm"]) == (10, 15)
    assert report["cost_usd"] == pytest.approx((9000 * 0.15 + 600 * 0.60) / 1e6 / 2)
    # The same answers serve an ordinary run: nothing is left to ask.
    code, _, said = run(capsys, *words)
    assert code == 0, said
    assert json.loads((tmp_path / "report.json").read_text())["calls"] == 0
    assert server.lines == 10


@pytest.mark.slow
def test_failed_requests_are_discards_with_their_reason(server, words, capsys, tmp_path):
    server.fail_every = 1
    run(capsys, *words, "--batch", "submit")
    codes = [run(capsys, *words, "--batch", "collect")[0] for _ in range(7)]
    assert codes == [0, 0, 0, 0, 0, 1, 1]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["discarded"] == {"batch: 429 rate_limit_exceeded": 5}


@pytest.mark.slow
def test_a_limit_that_holds_is_told_and_waited_for(server, words, capsys, tmp_path):
    server.fail_whole = "Enqueued token limit reached."
    run(capsys, *words, "--batch", "submit")
    for _ in range(4):  # it is not sent again while nothing has changed
        code, _, said = run(capsys, *words, "--batch", "collect")
        assert code == 0
    assert len(server.batches) == 1
    assert '5 requests are held back (batch failed 5: "Enqueued token limit reached.")' in said
    assert "--batch submit sends them again" in said
    for _ in range(4):  # no refusal counts as an attempt
        assert "5 requests submitted" in run(capsys, *words, "--batch", "submit")[2]
        run(capsys, *words, "--batch", "collect")
        run(capsys, *words, "--batch", "collect")
    server.fail_whole = ""
    run(capsys, *words, "--batch", "submit")
    codes = [run(capsys, *words, "--batch", "collect")[0] for _ in range(4)]
    assert codes == [0] * 4
    assert [len(row["mllm"]) for row in json.loads((tmp_path / "out.json").read_text())] == [3] * 5


@pytest.mark.slow
def test_what_was_given_up_can_be_submitted_again(server, words, capsys, tmp_path):
    server.fail_every = 1
    run(capsys, *words, "--batch", "submit")
    ends = [run(capsys, *words, "--batch", "collect") for _ in range(7)]
    assert [code for code, _, _ in ends] == [0, 0, 0, 0, 0, 1, 1]
    assert '5 failed (429 rate_limit_exceeded 5: "slow down")' in ends[1][2]
    assert "--batch submit asks again" in ends[-1][2]
    server.fail_every = 0
    assert (
        "0 requests submitted"
        in run(capsys, *words, "--batch", "submit", "--no-retry-discarded")[2]
    )
    assert "5 requests submitted" in run(capsys, *words, "--batch", "submit")[2]
    codes = [run(capsys, *words, "--batch", "collect")[0] for _ in range(4)]
    assert codes == [0] * 4
    assert [len(row["mllm"]) for row in json.loads((tmp_path / "out.json").read_text())] == [3] * 5


@pytest.mark.slow
def test_discarded_answers_are_submitted_again_once(server, words, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tests.batch_server.answer_text", lambda stage, raw: "")
    run(capsys, *words, "--batch", "submit")
    codes = [run(capsys, *words, "--batch", "collect")[0] for _ in range(7)]
    assert codes == [0, 0, 0, 0, 0, 1, 1]
    assert server.lines == 15
    monkeypatch.setattr("tests.batch_server.answer_text", answer_text)
    assert "5 requests submitted" in run(capsys, *words, "--batch", "submit")[2]
    assert "0 requests submitted" in run(capsys, *words, "--batch", "submit")[2]
    codes = [run(capsys, *words, "--batch", "collect")[0] for _ in range(5)]
    assert codes == [0] * 5
    assert server.lines == 25
    assert [len(row["mllm"]) for row in json.loads((tmp_path / "out.json").read_text())] == [3] * 5


def test_a_batch_costs_half_in_the_estimate(words, capsys):
    direct = json.loads(run(capsys, *words, "--dry-run")[1])
    batched = json.loads(run(capsys, *words, "--dry-run", "--batch", "submit")[1])
    assert batched["cost_usd"] == pytest.approx(direct["cost_usd"] / 2, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "words_said"),
    [
        (("--batch", "collect"), "begin with --batch submit"),
        (("--batch", "submit", "--max-cost", "1"), "--max-cost"),
        (("--batch", "submit", "--ray"), "cannot be combined"),
        (("--workers", "2"), "belong to --ray"),
    ],
)
def test_options_that_do_not_fit_are_one_clear_line(words, capsys, options, words_said):
    code, _, said = run(capsys, *words, *options)
    assert code == 1
    assert words_said in said
    assert len(said.strip().splitlines()) == 1
