"""Annotation over Ray workers gives what one process gives."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.ray_workers import ModelAddress, ScaleOut, annotate_with_ray
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.errors import ConfigError
from tests.browser.chromium import missing
from tests.peers import model_server
from tests.studio_fakes import write_stick_dataset
from tests.test_annotation_command import command, finish, report_of


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=8)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_workers_give_the_texts_of_one_process_and_share_its_answers(
    dataset, tmp_path, monkeypatch
):
    if find_spec("ray") is None:
        missing("ray is not installed (extra ray)")
    monkeypatch.setenv("HOME", str(tmp_path))  # Ray keeps the token of a local cluster there
    for name in ("alone", "spread", "refused"):
        (tmp_path / name).mkdir()
    alone, spread = tmp_path / "alone" / "out.json", tmp_path / "spread" / "out.json"
    with_ray = ("--ray", "--workers", 2)
    with model_server() as peer:
        code, said = finish(command(dataset, peer, spread, "--views", "derive", *with_ray))
        assert code == 0, said
        counts = peer.get("/counts")
        assert (counts["answered"], counts["repeated"]) == (7 * 4, 0)

        code, said = finish(command(dataset, peer, alone, "--views", "derive"))
        assert code == 0, said
        assert json.loads(spread.read_text()) == json.loads(alone.read_text())
        kept = ("pairs", "texts", "calls", "discarded", "input_tokens", "output_tokens")
        reports = [{key: report_of(out)[key] for key in kept} for out in (spread, alone)]
        assert reports[0] == reports[1]

        # Workers read what one process was answered, and the other way round.
        before = peer.get("/counts")["arrived"]
        one = ("--ray", "--workers", 1)
        code, said = finish(command(dataset, peer, alone, "--views", "derive", *one))
        assert code == 0, said
        assert report_of(alone)["calls"] == 0
        assert peer.get("/counts")["arrived"] == before

        peer.post("/faults", [{"kind": "status", "status": 401, "times": 999}])
        code, said = finish(command(dataset, peer, tmp_path / "refused" / "out.json", *one))
    assert code == 1
    assert len([line for line in said.splitlines() if line.startswith("error:")]) == 1
    assert "refused the API key" in said
    assert "Traceback" not in said


def no_pairs(cache: ResponseCache, config: AnnotateConfig) -> None:
    address = ModelAddress("http://127.0.0.1:9/v1")
    listeners = (lambda event: None, lambda pair: None)
    annotate_with_ray([], address, config, cache=cache, scale=ScaleOut(), on=listeners)


def test_what_workers_cannot_share_is_refused_before_anything_starts(tmp_path):
    with ResponseCache(tmp_path / "a.sqlite3") as cache, pytest.raises(ConfigError, match="price"):
        no_pairs(cache, AnnotateConfig(model="m", max_cost=1.0))
    with ResponseCache() as memory, pytest.raises(ConfigError, match="need a file"):
        no_pairs(memory, AnnotateConfig(model="m"))
    with pytest.raises(ConfigError, match="workers 0"):
        ScaleOut(workers=0)


def test_the_key_is_not_shown():
    assert "sk-1" not in repr(ModelAddress("http://127.0.0.1:9/v1", "sk-1"))
