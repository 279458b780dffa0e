"""A step in chunks or in two processes: the losses and gradients of one undivided step."""

from __future__ import annotations

import csv
import json
import os
import socket
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from autocompose.config import RunConfig, TrainConfig
from autocompose.errors import ConfigError, TrainingError
from autocompose.model.combiner import Combiner
from autocompose.model.losses import cyclic_loss, element_wise_sum
from autocompose.schema import Triplet
from autocompose.training.distributed import World, joined
from autocompose.training.features.feature_cache import FeatureCache
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.steps import Objective, RowDropout
from autocompose.training.loop.two_stages import encode_by_length
from autocompose.training.run import train
from tests.model_fakes import tiny_towers
from tests.training_fakes import SEVERAL_STEPS, TINY, weights, with_joints, write_tiny_dataset
from tests.warm import WarmProcess

REPOSITORY = Path(__file__).resolve().parents[1]
DIM, BATCH = 16, 10
WORDS = [
    "raise",
    "lower",
    "bend",
    "the",
    "left",
    "right",
    "arm",
    "knee",
    "slowly",
    "hip",
    "a",
    "bit",
]


class Double(FrozenFeatures):
    """In double precision, so that a comparison sees the method and not the order of sums."""

    def take(self, names, *, mirrored=None):
        return super().take(names, mirrored=mirrored).double()


def frozen_images(kind: type[FrozenFeatures] = Double) -> FrozenFeatures:
    cache = FeatureCache(None, {})
    names = [str(i) for i in range(BATCH + 1)]
    generator = torch.Generator().manual_seed(1)
    cache.add(names, torch.randn(len(names), 2, DIM, generator=generator), write=False)
    return kind({name: i for i, name in enumerate(names)}, cache, {})


def triplets() -> list[Triplet]:
    return [
        Triplet(
            str(i), str(i + 1), " ".join(WORDS[: i + 1]), " ".join(WORDS[i:]), mirrored=i % 3 == 0
        )
        for i in range(BATCH)
    ]


def gradients(module: nn.Module) -> dict[str, torch.Tensor]:
    return {n: p.grad.clone() for n, p in module.named_parameters() if p.grad is not None}


def text_step(chunk: int | None, config: TrainConfig) -> tuple[torch.Tensor, dict]:
    towers = tiny_towers().double()
    objective = Objective(
        frozen_images(),
        encode=lambda texts: encode_by_length(towers, texts),
        compose=element_wise_sum,
        config=config,
        chunk=chunk,
    )
    return objective.backward(triplets()), gradients(towers)


def combiner_step(chunk: int | None, config: TrainConfig) -> tuple[torch.Tensor, dict]:
    torch.manual_seed(0)
    combiner = Combiner(DIM, 24, 40).double().train()
    cache = FeatureCache(None, {})
    texts = sorted({t for x in triplets() for t in (x.text, x.reverse_text)})
    generator = torch.Generator().manual_seed(2)
    cache.add(texts, torch.randn(len(texts), 1, DIM, generator=generator), write=False)
    known = Double({text: i for i, text in enumerate(texts)}, cache, {})
    objective = Objective(
        frozen_images(),
        encode=known.take,
        compose=combiner.combine,
        config=config,
        chunk=chunk,
        dropout=RowDropout(combiner),
    )
    torch.manual_seed(7)
    loss = objective.backward(triplets())
    after = torch.rand(1)  # the stream of random numbers stands where it stood
    assert [m.training for m in combiner.modules() if isinstance(m, nn.Dropout)] == [True] * 4
    return loss, {**gradients(combiner), "random": after}


@pytest.mark.parametrize("switches", [{}, {"cycle": False}, {"cycle_rescale": True}])
@pytest.mark.parametrize("step", [text_step, combiner_step])
def test_gradient_caching_gives_the_loss_and_gradient_of_the_whole_batch(step, switches):
    config = TrainConfig(logit_scale=30.0, **switches)
    loss, expected = step(None, config)
    assert expected
    for chunk in (1, 3, 10, 64):
        chunked, found = step(chunk, config)
        assert float(abs(loss - chunked)) < 1e-9
        assert found.keys() == expected.keys()
        for name, gradient in expected.items():
            assert torch.allclose(found[name], gradient, rtol=1e-9, atol=1e-9), name


def test_a_step_has_the_loss_and_gradient_of_the_cyclic_loss():
    config = TrainConfig(cycle_weight=0.3)
    loss, found = text_step(None, config)
    towers, images, batch = tiny_towers().double(), frozen_images(), triplets()
    expected = cyclic_loss(
        images.of(batch, "reference"),
        images.of(batch, "target"),
        towers.encode_text(towers.tokenize([t.text for t in batch]), crop=False),
        towers.encode_text(towers.tokenize([t.reverse_text for t in batch]), crop=False),
        weight=0.3,
    )
    expected.backward()
    assert torch.allclose(loss, expected.detach(), atol=1e-9)
    for name, gradient in gradients(towers).items():
        assert torch.allclose(found[name], gradient, rtol=1e-9, atol=1e-9), name


def test_rescaled_the_composed_feature_is_as_long_as_a_reference_on_its_way_back():
    config = TrainConfig(cycle_weight=1.0, cycle_rescale=True, logit_scale=30.0)
    loss, _ = text_step(None, config)
    towers, batch = tiny_towers().double(), triplets()
    reference = frozen_images().of(batch, "reference")
    there, back = (
        towers.encode_text(towers.tokenize([getattr(t, name) for t in batch]), crop=False)
        for name in ("text", "reverse_text")
    )
    unit = torch.nn.functional.normalize
    composed = reference.norm(dim=-1).mean() * unit(reference + there)
    scores = 30.0 * unit(composed + back) @ unit(reference).T
    expected = torch.nn.functional.cross_entropy(scores, torch.arange(len(batch)))
    assert torch.allclose(loss, expected, atol=1e-9)
    plain, _ = text_step(None, replace(config, cycle_rescale=False))
    assert abs(float(loss - plain)) > 1e-3


def test_texts_grouped_by_length_have_their_own_features_in_their_own_order(monkeypatch):
    monkeypatch.setattr("autocompose.training.loop.two_stages._TEXTS_A_PASS", 3)
    towers = tiny_towers()
    texts = [" ".join(WORDS[: 1 + (7 * i) % 13]) for i in range(11)]
    whole = towers.encode_text(towers.tokenize(texts), crop=False)
    assert torch.allclose(encode_by_length(towers, texts), whole, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 9))
def test_shares_cover_every_row_once_and_differ_by_one(count, size):
    shares = [World(rank, size).rows(count) for rank in range(size)]
    assert [i for s in shares for i in range(count)[s]] == list(range(count))
    lengths = [s.stop - s.start for s in shares]
    assert max(lengths) - min(lengths) <= 1


def test_more_processes_than_triplets_is_refused():
    objective = Objective(
        frozen_images(), encode=lambda texts: torch.zeros(len(texts), DIM),
        compose=element_wise_sum, config=TrainConfig(), world=World(0, 4),
    )  # fmt: skip
    with pytest.raises(ConfigError, match="3 triplets a step are too few for 4 processes"):
        objective.backward(triplets()[:3])


def test_a_launcher_that_starts_one_process_quietly_is_found_out():
    with (
        pytest.raises(TrainingError, match="2 processes were asked for and 1 run"),
        joined({}, expected=2),
    ):
        pass
    with pytest.raises(TrainingError, match='WORLD_SIZE is "two"'), joined({"WORLD_SIZE": "two"}):
        pass
    with joined({"WORLD_SIZE": "1"}, expected=1) as world:
        assert (world.rank, world.size, world.main) == (0, 1, True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def in_two_processes(dataset, out: Path, **options: object) -> list[str]:
    """Train as torchrun would: real processes, gloo over the loopback device."""
    place = {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()),
        "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.training_fakes", str(dataset.root)]
    with tempfile.TemporaryFile() as one, tempfile.TemporaryFile() as other:
        logs = (one, other)
        started = [
            WarmProcess(
                # Only the first may write, so only its folder may come into being.
                [*command, str(out if rank == 0 else out.with_name("other")), json.dumps(options)],
                cwd=REPOSITORY,
                env={**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                output=log.fileno(),
            )
            for rank, log in enumerate(logs)
        ]
        try:
            codes = [process.wait(timeout=250) for process in started]
        finally:
            for process in started:
                process.kill()
        said = []
        for log in logs:
            log.seek(0)
            said.append(log.read().decode())
    assert codes == [0, 0], "\n".join(said)
    return said


def losses(out: Path) -> torch.Tensor:
    with (out / "progress" / "metrics.csv").open() as file:
        return torch.tensor([float(row["loss"]) for row in csv.DictReader(file)])


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """One process, the whole batch at once."""
    root = tmp_path_factory.mktemp("alone")
    dataset = write_tiny_dataset(root / "tiny")
    train(dataset, root / "out", model=TINY, config=SEVERAL_STEPS)
    return dataset, root / "out"


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_and_only_the_first_writes(alone, tmp_path):
    dataset, out = alone
    # The same features: encoded in other batches, they may round to a neighbour in float16.
    features = str(out / "progress" / "features")
    in_two_processes(dataset, tmp_path / "out", processes=2, cache=features)
    assert len(losses(out)) == 5
    assert torch.allclose(losses(tmp_path / "out"), losses(out), rtol=0, atol=1e-5)
    assert not (tmp_path / "other").exists()
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["processes"] == 2


@pytest.mark.slow
def test_two_processes_train_the_branch_for_joints_as_one_does(tmp_path):
    dataset = with_joints(write_tiny_dataset(tmp_path / "tiny"), known=range(8))
    model = replace(TINY, joints=True)
    train(dataset, tmp_path / "alone", model=model, config=SEVERAL_STEPS)
    features = str(tmp_path / "alone" / "progress" / "features")
    in_two_processes(dataset, tmp_path / "out", processes=2, cache=features, joints=True)
    assert torch.allclose(losses(tmp_path / "out"), losses(tmp_path / "alone"), rtol=0, atol=1e-5)


@pytest.mark.slow
def test_training_in_chunks_follows_training_at_once(alone, tmp_path):
    dataset, out = alone
    run = replace(RunConfig(), chunk=2)
    train(dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=run)
    assert torch.allclose(losses(tmp_path / "out"), losses(out), rtol=0, atol=1e-5)
    assert weights(tmp_path / "out", 2).keys() == weights(out, 2).keys()


@pytest.mark.slow
def test_training_in_bfloat16_follows_training_in_float32(alone, tmp_path):
    dataset, out = alone
    train(dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=RunConfig(bf16=True))
    half, whole = losses(tmp_path / "out"), losses(out)
    assert not torch.equal(half, whole)
    assert torch.allclose(half, whole, rtol=0.02, atol=0)
    stored = weights(tmp_path / "out", 2)
    assert {v.dtype for v in stored.values()} == {v.dtype for v in weights(out, 2).values()}
