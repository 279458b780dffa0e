"""What may be added to the paper's loss."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from autocompose.config import RunConfig, TrainConfig
from autocompose.errors import ConfigError
from autocompose.model.losses import composed_loss
from autocompose.schema import Triplet
from autocompose.training.loop.best_weights import Best
from autocompose.training.loop.hard_negatives import (
    Composed,
    contrastive_loss,
    other_sides,
    recipe_loss,
)
from autocompose.training.run import train
from tests.test_distributed import text_step
from tests.training_fakes import SHORT, TINY, write_tiny_dataset

EVERYTHING = {
    "symmetric": True,
    "mask_duplicates": True,
    "negatives": ("reference", "mirror", "sides", "direction"),
    "learn_scale": True,
}


def unit(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(*shape, generator=generator), dim=-1)


def batch(*names: tuple[str, str, str]) -> list[Triplet]:
    return [Triplet(a, b, text, "go back") for a, b, text in names]


PLAIN = batch(
    ("a", "b", "raise the left arm"), ("c", "d", "bow"), ("b", "e", "bend the right knee")
)


def loss_of(config: TrainConfig, triplets=PLAIN, **changed: torch.Tensor) -> float:
    parts = {"reference": unit(3, 8, seed=1) * 7, "target": unit(3, 8, seed=2) * 5}
    composed = Composed(unit(3, 8, seed=3), unit(3, 8, seed=4) if config.cycle else None)
    flipped = unit(3, 8, seed=5)
    if "sides" in config.negatives:
        composed = replace(composed, sides=unit(3, 8, seed=6))
    if "direction" in config.negatives:
        composed = replace(composed, direction=unit(3, 8, seed=7))
    return float(recipe_loss(composed, triplets, config, flipped=flipped, **{**parts, **changed}))


@pytest.mark.parametrize("cycle", [True, False])
def test_without_switches_it_is_the_papers_loss_bit_for_bit(cycle):
    config = TrainConfig(cycle=cycle, cycle_weight=0.3, logit_scale=30.0)
    expected = composed_loss(
        unit(3, 8, seed=3), unit(3, 8, seed=4) if cycle else None,
        unit(3, 8, seed=1) * 7, unit(3, 8, seed=2) * 5, weight=0.3, logit_scale=30.0,
    )  # fmt: skip
    assert loss_of(config) == float(expected)


def test_a_case_by_hand():
    # Two queries on two axes; the second key is turned to the first axis.
    query = torch.eye(2)
    key = torch.tensor([[2.0, 0.0], [3.0, 0.0]])
    nothing = torch.zeros(2, 2, dtype=torch.bool)
    one_way = contrastive_loss(query, key, nothing, scale=1.0, symmetric=False)
    assert float(one_way) == pytest.approx(math.log(2))  # logits [1, 1] and [0, 0]
    both = contrastive_loss(query, key, nothing, scale=1.0, symmetric=True)
    # Keys see the queries with logits [1, 0] each; the second wants its zero.
    back = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 2
    assert float(both) == pytest.approx((math.log(2) + back) / 2)


def test_a_slow_reference_with_all_negatives_agrees():
    config = TrainConfig(cycle=True, cycle_weight=0.0, logit_scale=4.0, **EVERYTHING)
    there, target = unit(3, 8, seed=3), unit(3, 8, seed=2)
    pool = torch.cat([target, unit(3, 8, seed=1), unit(3, 8, seed=5)])
    names = ["b", "d", "e", "a", "c", "b", "b'", "d'", "e'"]
    total = 0.0
    for i, own in enumerate(names[:3]):
        alive = [j for j, name in enumerate(names) if j == i or name != own]
        logits = [4.0 * float(there[i] @ pool[j]) for j in alive]
        total += math.log(sum(math.exp(v) for v in logits)) - 4.0 * float(there[i] @ target[i])
        wrong = [unit(3, 8, seed=7)[i]]
        if i != 1:  # "bow" has no sides to exchange
            wrong.append(unit(3, 8, seed=6)[i])
        logits = [4.0 * float(q @ target[i]) for q in [*there, *wrong]]
        total += math.log(sum(math.exp(v) for v in logits)) - 4.0 * float(there[i] @ target[i])
    assert loss_of(config) == pytest.approx(total / 6, rel=1e-5)


def test_a_picture_that_stands_twice_in_a_batch_is_no_negative_of_itself():
    twice = batch(("a", "b", "x"), ("c", "b", "y"), ("b", "e", "z"))
    same = unit(3, 8, seed=2)
    same[1] = same[0]
    plain = TrainConfig(cycle=False, logit_scale=4.0)
    masked = replace(plain, mask_duplicates=True)
    assert loss_of(masked, twice, target=same) < loss_of(plain, twice, target=same)
    assert loss_of(masked, PLAIN) == pytest.approx(loss_of(plain, PLAIN))
    mirrored = [replace(twice[0], mirrored=True), *twice[1:]]  # another picture than its flip
    assert loss_of(masked, mirrored) == pytest.approx(loss_of(plain, mirrored))


def test_a_flip_that_shows_the_same_pose_is_no_negative():
    config = TrainConfig(cycle=False, logit_scale=4.0, negatives=("mirror",))
    query, target, flipped = unit(3, 8, seed=3), unit(3, 8, seed=2), unit(3, 8, seed=5)
    flipped[1] = target[1]
    loss = recipe_loss(
        Composed(query), PLAIN, config, reference=unit(3, 8), target=target, flipped=flipped
    )
    logits = 4.0 * query @ torch.cat([target, flipped]).T
    logits[1, 4] = -math.inf
    assert float(loss) == pytest.approx(float(F.cross_entropy(logits, torch.arange(3))), rel=1e-5)


def test_the_wrong_text_has_the_subjects_other_side():
    assert other_sides("Raise the left arm.") == "Raise the right arm."
    assert other_sides("bow deeply") is None  # no side
    assert other_sides("do it the right way") is None  # a side, or a praise


@pytest.mark.parametrize(
    ("switch", "named"),
    [
        ({"negatives": ("up",)}, "negatives"),
        ({"negatives": ("direction",), "cycle": False}, "negatives"),
        ({"cycle_rescale": True, "cycle": False}, "cycle_rescale"),
    ],
)
def test_a_wrong_switch_is_one_clear_error(switch, named):
    with pytest.raises(ConfigError, match=named):
        TrainConfig(**switch)


def test_chunks_give_the_loss_and_gradient_of_the_whole_batch_with_every_switch():
    config = TrainConfig(logit_scale=30.0, **{**EVERYTHING, "learn_scale": False})
    loss, expected = text_step(None, config)
    chunked, found = text_step(3, config)
    assert float(abs(loss - chunked)) < 1e-9
    for name, gradient in expected.items():
        assert torch.allclose(found[name], gradient, rtol=1e-9, atol=1e-9), name


def test_the_best_validation_is_kept_and_the_first_of_equals(tmp_path):
    weight = torch.nn.Parameter(torch.zeros(2))
    best = Best("stage 1", {"w": weight}, None)
    for epoch, score in enumerate([3.0, 9.0, 9.0, 1.0], 1):
        with torch.no_grad():
            weight.fill_(epoch)
        best.offer(epoch, score)
    assert best.restore() == "weights of epoch 2, the best on validation"
    assert weight.tolist() == [2.0, 2.0]


@pytest.mark.slow
def test_a_model_trains_with_every_switch_and_goes_on_where_it_stopped(tmp_path):
    dataset = write_tiny_dataset(tmp_path / "tiny")
    config = replace(SHORT, keep_best=True, logit_scale=20.0, **EVERYTHING)
    run = RunConfig(save_every=0.0, validate_every=1)
    told = []
    whole = train(dataset, tmp_path / "a", model=TINY, config=config, run=run, on_event=told.append)
    assert [e.stage for e in told if "best on validation" in e.message] == ["stage 1", "stage 2"]
    assert not list((tmp_path / "a" / "progress").glob("*.best.pt"))
    # Stopped behind stage 1, and once more inside stage 2.
    stopped = replace(config)

    class Stop(Exception):
        pass

    def stop(event):
        if event.stage == "stage 2" and event.done >= 1:
            raise Stop

    with pytest.raises(Stop):
        train(dataset, tmp_path / "b", model=TINY, config=stopped, run=run, on_event=stop)
    again = train(dataset, tmp_path / "b", model=TINY, config=stopped, run=run, resume=True)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
