"""Studies: variants from one start, and training texts with planted errors."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autocompose.body.skeleton import canonical
from autocompose.cli import main
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import write_joints
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, DatasetError
from autocompose.model.towers import build_towers
from autocompose.schema import PoseImage, PosePair
from autocompose.training.study.ablation import (
    STUDIES,
    Variant,
    VariantResult,
    configured,
    rephrased,
    run_study,
    table,
)
from autocompose.training.study.corruption import corrupt, corrupted
from tests.poses import random_poses
from tests.training_fakes import SHORT, TINY, write_tiny_dataset

TEXT = "Raise the left arm. Bend the right knee"


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    dataset = write_tiny_dataset(folder / "tiny")
    torch.manual_seed(0)
    torch.save(build_towers("pose-mini").state_dict(), folder / "text-tower.pt")
    return dataset, replace(TINY, pretrained=str(folder / "text-tower.pt"))


@pytest.mark.slow
def test_a_study_trains_every_variant_from_one_start_and_goes_on_where_it_stopped(start, tmp_path):
    dataset, model = start
    variants = [Variant("plain"), Variant("wrong", noise=0.5), Variant("long", {"text_epochs": 3})]
    told = []

    def study(chosen):
        return run_study(
            dataset, tmp_path / "out", chosen, model=model, base=SHORT, seeds=(0, 1),
            split="val", on_event=told.append,
        )  # fmt: skip

    study(variants[:1])
    trained = sum(e.stage == "stage 2" for e in told)
    assert trained
    told.clear()
    study(variants[:1])
    assert not any(e.stage.startswith("stage") for e in told)
    outcomes = study(variants)
    assert [o.ranks.shape for o in outcomes] == [(2, 12)] * 3
    files = [json.loads(f.read_text()) for f in (tmp_path / "out").glob("*.json")]
    assert (
        sorted(f["variant"]["name"] for f in files) == ["long"] * 2 + ["plain"] * 2 + ["wrong"] * 2
    )
    plain = next(f for f in files if f["variant"]["name"] == "plain")
    # A study of hours must not begin anew because a later version knows more settings.
    assert plain["variant"] == {"name": "plain", "changes": {}, "noise": 0.0}
    assert not {"joints_from", "cycle_rescale"} & set(plain["train"])
    assert not list((tmp_path / "out").glob(".*.part")), "weights of finished runs are removed"
    lines = table(outcomes).splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("| plain | ")


def test_a_study_needs_weights_to_start_from(start, tmp_path):
    dataset, _ = start
    with pytest.raises(ConfigError, match="--pretrained"):
        run_study(dataset, tmp_path, STUDIES["paper"], model=TINY, base=SHORT)


def test_rows_of_1_3_and_5_texts_draw_from_the_same_five_in_as_many_steps(start, tmp_path):
    dataset = with_poses(write_tiny_dataset(tmp_path / "posed"))
    rows = [v for v in STUDIES["paper"] if not v.noise]
    assert {v.phrasings for v in rows} == {5}
    written = rephrased(dataset, 5)
    assert written.pairs("train") == rephrased(dataset, 5).pairs("train"), "one seed, one text"
    assert written.pairs("val") == dataset.pairs("val")
    samplers = {
        v.name: TripletSampler(
            written.pairs("train"),
            v.changes.get("mode", "auto-mirror-reverse_3"),
            cycle=v.changes.get("cycle", True),
            seed=0,
        )
        for v in rows
    }
    assert {len(s) for s in samplers.values()} == {len(dataset.pairs("train"))}
    for pair in written.pairs("train"):
        drawn = {
            name: {t.text for t, _ in samplers[row].outcomes(pair)}
            for name, row in ((1, "1 text"), (3, rows[0].name), (5, "5 texts"))
        }
        assert drawn[1] < drawn[3] < drawn[5]
        assert len(drawn[5]) == 20, "five texts in each of four views"
    _, model = start
    with pytest.raises(DatasetError, match=r"joints\.json, or another --study"):
        run_study(start[0], tmp_path / "out", rows, model=model, base=SHORT, split="val")


def with_poses(dataset):
    """Joints that differ from picture to picture by a lot, so that every pair has texts."""
    spread = random_poses(12, seed=3)
    images = [
        PoseImage(f"{i:02d}.png", dataset.root / "images", joints=tuple(map(tuple, joints)))
        for i, joints in enumerate(canonical(spread).tolist())
    ]
    write_joints(dataset.root / "joints.json", images, image_size=None)
    return open_dataset(dataset.root)


def test_larger_batches_get_as_many_steps():
    config = configured(SHORT, Variant("twice", {"text_lr": 0.1}, batches=2), seed=4)
    expected = replace(
        SHORT, text_batch=12, combiner_batch=24, text_epochs=4, combiner_epochs=6, text_lr=0.1,
        seed=4,
    )  # fmt: skip
    assert config == expected
    assert configured(SHORT, Variant("plain"), seed=0) == SHORT
    assert {v.batches for v in STUDIES["recipe"]} == {1, 2}


def test_recalls_and_gains_by_hand():
    base = VariantResult(Variant("a"), (0, 1), np.array([[1, 20, 1, 20], [1, 20, 20, 20]]))
    better = VariantResult(Variant("b"), (0, 1), np.array([[1, 1, 1, 20], [1, 1, 1, 20]]))
    assert base.recall("1") == 37.5
    assert base.spread("1") == pytest.approx(np.std([50, 25], ddof=1))
    gain, low, high = better.gain(base, "10")
    assert gain == pytest.approx((0 + 100 + 50 + 0) / 4)
    assert low <= gain <= high
    assert base.gain(base, "1") == (0, 0, 0)


def test_the_texts_of_a_query_are_drawn_together():
    base = VariantResult(Variant("a"), (0,), np.array([[[20, 20, 20, 20], [1, 20, 20, 20]]]))
    better = VariantResult(Variant("b"), (0,), np.array([[[1, 20, 20, 20], [1, 1, 20, 20]]]))
    assert (base.recall("1"), better.recall("1")) == (12.5, 37.5)
    as_one_text_each = [
        VariantResult(o.variant, (0,), np.array([[1, 1, 20, 20] if o is better else [20] * 4]))
        for o in (base, better)
    ]
    gain, low, high = as_one_text_each[1].gain(as_one_text_each[0], "1")
    assert better.gain(base, "1") == (gain / 2, low / 2, high / 2)


@pytest.mark.slow
def test_a_study_may_ask_under_several_keys(start, tmp_path):
    dataset, model = start

    def study(keys):
        return run_study(
            dataset, tmp_path / "out", [Variant("plain")], model=model, base=SHORT, seeds=(0, 1),
            split="val", keys=keys,
        )[0]  # fmt: skip

    both = study(("sents", "auto"))
    assert both.ranks.shape == (2, 2, 12)
    assert (both.ranks[:, 0] == study(("sents",)).ranks).all()
    with pytest.raises(DatasetError, match="12 of 12 pairs of split val have no text under mllm"):
        study(("sents", "mllm"))


@given(st.integers(0, 200))
def test_a_planted_error_changes_a_text_and_keeps_the_rest(seed):
    wrong = corrupt(TEXT, "Turn the head left; bow.", random.Random(seed))
    assert wrong in {
        "Raise the right arm. Bend the left knee",
        "Raise the left leg. Bend the right knee",
        "Raise the left arm. Bend the right elbow",
        f"{TEXT}. Turn the head left.",
        f"{TEXT}. Bow.",
    }


def test_the_share_of_wrong_texts_is_what_was_asked(start):
    dataset, _ = start
    pairs = dataset.pairs("train") * 40
    before = [t for p in pairs for texts in p.texts.values() for t in texts]
    spoilt = corrupted(pairs, share=0.3, seed=1)
    after = [t for p in spoilt for texts in p.texts.values() for t in texts]
    changed = np.mean([a != b for a, b in zip(before, after, strict=True)])
    assert 0.26 < changed < 0.34
    assert spoilt == corrupted(pairs, share=0.3, seed=1)
    assert corrupted(pairs, share=0.0, seed=1) == tuple(pairs)
    assert all(isinstance(p, PosePair) for p in spoilt)
    with pytest.raises(ConfigError, match=r"0\.\.1"):
        corrupted(pairs, share=30, seed=1)


def test_an_unknown_study_is_one_line(start, tmp_path, capsys):
    dataset, model = start
    arguments = ["--dataset", str(dataset.root), "--pretrained", str(model.pretrained)]
    with pytest.raises(SystemExit) as end:
        main(["ablate", *arguments, "--out", str(tmp_path), "--study", "everything"])
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        'error: study "everything" is unknown; use one of recipe, model, paper\n'
    )
