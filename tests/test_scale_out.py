"""Annotation over Ray workers gives what one process gives."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

import pytest

from autocompose.config import AnnotateConfig
from autocompose.data.layout import open_dataset
from autocompose.describe.annotation import PairAnnotation
from autocompose.describe.mllm import OpenAIMLLM
from autocompose.describe.pipeline import annotate
from autocompose.describe.response_cache import ResponseCache
from autocompose.describe.scale_out import ModelAddress, ScaleOut, annotate_with_ray
from autocompose.errors import ConfigError, ModelUnavailableError
from tests.browser.chromium import missing
from tests.peers import Peer, model_server
from tests.studio_fakes import write_stick_dataset

CONFIG = AnnotateConfig(model="m", views="derive", concurrency=4)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=13)
    return open_dataset(folder).pairs("test")


@pytest.fixture
def workers(monkeypatch):
    if find_spec("ray") is None:
        missing("ray is not installed (extra ray)")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return ScaleOut(workers=2)


def spread(pairs, peer: Peer, path: Path, scale: ScaleOut, config=CONFIG):
    done: list[PairAnnotation] = []
    with ResponseCache(path) as cache:
        run = annotate_with_ray(
            pairs,
            ModelAddress(peer.base_url, "key"),
            config,
            cache=cache,
            scale=scale,
            on=(lambda event: None, done.append),
        )
    return done, run


def texts(done) -> list[dict[str, tuple[str, ...]]]:
    return [annotation.texts for annotation in done]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_two_workers_give_the_texts_of_one_process_and_share_its_answers(pairs, tmp_path, workers):
    with model_server() as peer:
        spread_out, run = spread(pairs, peer, tmp_path / "ray.sqlite3", workers)
        assert peer.get("/counts")["repeated"] == 0
        calls = peer.get("/counts")["answered"]

        async def local():
            with ResponseCache(tmp_path / "local.sqlite3") as cache:
                async with OpenAIMLLM(base_url=peer.base_url) as mllm:
                    return await annotate(pairs, mllm, CONFIG, cache=cache)

        alone = asyncio.run(local())
        assert [a.pair.id for a in spread_out] == [pair.id for pair in pairs]
        assert texts(spread_out) == texts(alone.pairs)
        assert (run.report.calls, run.report.texts) == (calls, alone.report.texts)

        before = peer.get("/counts")["arrived"]
        again, second = spread(pairs, peer, tmp_path / "local.sqlite3", workers)
        assert texts(again) == texts(alone.pairs)
        assert second.report.calls == 0
        assert peer.get("/counts")["arrived"] == before

        peer.post(
            "/faults", [{"kind": "status", "status": 401, "message": "no such key", "times": 999}]
        )
        _, refused = spread(pairs, peer, tmp_path / "refused.sqlite3", workers)
    assert isinstance(refused.stopped, ModelUnavailableError)
    assert "\n" not in str(refused.stopped)


def test_a_price_limit_is_refused_before_anything_starts(pairs, tmp_path):
    config = AnnotateConfig(model="m", max_cost=1.0)
    with pytest.raises(ConfigError, match="counted in one process"):
        spread(pairs, Peer("http://127.0.0.1:9"), tmp_path / "a.sqlite3", ScaleOut(), config)


def test_the_key_is_not_shown():
    assert "sk-1" not in repr(ModelAddress("http://127.0.0.1:9/v1", "sk-1"))
