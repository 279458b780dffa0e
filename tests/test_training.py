"""Training: augmentation, noise, features, both stages, resume. Tiny sizes, real modules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch

from autocompose.body.skeleton import INDEX, mirror
from autocompose.errors import ConfigError, TrainingError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.pose_mini import PoseTrunk
from autocompose.schema import Triplet
from autocompose.training.features.feature_cache import FeatureCache
from autocompose.training.features.tower_features import FrozenFeatures, image_features
from autocompose.training.pretrain import text_tower as pretrain_text
from autocompose.training.pretrain.image_tower import augmented, normalised
from autocompose.training.pretrain.text_tower import JointNoise
from autocompose.training.run import train
from tests.training_fakes import SHORT, TINY, write_tiny_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_tiny_dataset(tmp_path_factory.mktemp("data") / "tiny")


def test_a_flip_exchanges_left_and_right_joints_and_both_coordinate_systems_agree():
    generator = torch.Generator().manual_seed(0)
    joints = torch.randn(64, 22, 3, generator=generator)
    at = torch.rand(64, 22, 2, generator=generator) - 0.5
    pixels = torch.zeros(64, 3, 8, 8)
    _, moved, turned = augmented(pixels, image_joints=at, joints=joints, generator=generator)
    flipped = torch.isclose(turned, torch.from_numpy(mirror(joints.numpy()))).all((1, 2))
    kept = torch.isclose(turned, joints).all((1, 2))
    assert bool((flipped ^ kept).all())
    assert 10 < int(flipped.sum()) < 54
    # In a flipped picture the joint called left is where the right one was, on the other half.
    left, right = INDEX["left_hand"], INDEX["right_hand"]
    for row in flipped.nonzero().flatten().tolist():
        towards = torch.sign(moved[row, left, 0] - moved[row, right, 0])
        before = torch.sign(at[row, right, 0] - at[row, left, 0])
        assert towards == -before


def test_a_dot_moves_with_its_joint_under_augmentation():
    generator = torch.Generator().manual_seed(3)
    pixels = torch.zeros(16, 3, 65, 65)
    pixels[:, :, 40, 20] = 255.0
    at = torch.tensor([20.5, 40.5]) / 65 * 2 - 1
    image_joints = at.expand(16, 22, 2).clone()
    moved_pixels, moved, _ = augmented(
        pixels, image_joints=image_joints, joints=torch.zeros(16, 22, 3), generator=generator
    )
    for picture, joint in zip(moved_pixels, moved[:, 0], strict=True):
        brightest = int(picture.sum(0).argmax())
        found = torch.tensor([brightest % 65 + 0.5, brightest // 65 + 0.5]) / 65 * 2 - 1
        assert torch.allclose(found, joint, atol=2.1 / 65)


def test_joint_noise_has_the_covariance_it_was_fitted_to():
    generator = torch.Generator().manual_seed(0)
    true = torch.zeros(400, 22, 3)
    error = torch.randn(400, 66, generator=generator) * torch.linspace(0.01, 0.1, 66)
    noise = JointNoise.between(true + error.view(400, 22, 3), true)
    drawn = noise.add(torch.zeros(4000, 22, 3), 1.0, generator).flatten(1)
    assert torch.allclose(drawn.std(0), error.std(0), rtol=0.15, atol=0.01)
    assert torch.equal(noise.add(true, 0.0, generator), true)


def test_features_of_a_mirrored_triplet_come_from_the_flipped_tensor():
    plain, mirrored = torch.arange(4.0).view(2, 2), -torch.arange(4.0).view(2, 2)
    cache = FeatureCache(None, {})
    cache.add(["sha-a", "sha-b"], torch.stack([plain, mirrored], dim=1), write=False)
    features = FrozenFeatures({"a": 0, "b": 1}, cache, {})
    triplets = [Triplet("a", "b", "x"), Triplet("b", "a", "x", mirrored=True)]
    assert torch.equal(features.of(triplets, "reference"), torch.stack([plain[0], mirrored[1]]))
    assert torch.equal(features.of(triplets, "target"), torch.stack([plain[1], mirrored[0]]))


@pytest.mark.slow
def test_cached_features_are_those_of_the_tower(dataset):
    from autocompose.data.preprocess import load_image, preprocess
    from autocompose.model.towers import build_towers

    torch.manual_seed(0)
    towers = build_towers("pose-mini").eval()
    images = dataset.gallery("train")
    cached = image_features(towers, images, transform="squarepad", on_event=lambda e: None)
    pixels = preprocess(
        load_image(images[5].path), "squarepad", towers.image_size, mean=towers.mean, std=towers.std
    )
    with torch.no_grad():
        flipped = towers.encode_image(pixels.flip(-1)[None])[0]
    found = cached.take([images[5].id], mirrored=[True])[0]
    assert torch.allclose(found, flipped, rtol=1e-3, atol=1e-4)


def test_the_trunk_estimates_joints_where_its_heat_is():
    torch.manual_seed(0)
    trunk = PoseTrunk().eval()
    with torch.no_grad():
        seen = trunk.estimate(normalised(torch.randint(0, 255, (2, 3, 128, 128))))
    assert seen.heat.shape == (2, 22, 16, 16)
    assert seen.joints.shape == (2, 22, 3)
    assert bool((seen.image_joints[..., :2].abs() <= 1).all())


@pytest.mark.slow
def test_training_writes_a_checkpoint_that_loads_and_resumes_to_the_same_weights(dataset, tmp_path):
    events = []
    trained = train(dataset, tmp_path / "a", model=TINY, config=SHORT, on_event=events.append)
    loaded = load_checkpoint(tmp_path / "a")
    assert loaded.fingerprint == load_checkpoint(tmp_path / "a").fingerprint
    for name, weight in trained.combiner.state_dict().items():
        assert torch.allclose(weight, loaded.combiner.state_dict()[name], atol=2e-3)
    metrics = json.loads((tmp_path / "a" / "metrics.json").read_text())
    assert metrics["triplets"] == 12
    assert metrics["val"]["num_queries"] == 12
    assert {"stage 1", "stage 2", "done"} <= {event.stage for event in events}
    # Lose the second stage, as a kill between the stages would, and go on.
    before = {k: v.clone() for k, v in trained.combiner.state_dict().items()}
    (tmp_path / "a" / "progress" / "stage-2.pt").unlink()
    resumed = train(dataset, tmp_path / "a", model=TINY, config=SHORT, resume=True)
    for name, weight in resumed.combiner.state_dict().items():
        assert torch.equal(weight, before[name])
    assert resumed.towers.state_dict().keys() == trained.towers.state_dict().keys()
    for name, weight in resumed.towers.state_dict().items():
        assert torch.equal(weight, trained.towers.state_dict()[name])


def test_resuming_with_other_settings_is_refused(dataset, tmp_path):
    progress = tmp_path / "progress"
    progress.mkdir()
    (progress / "settings.json").write_text("{}")
    with pytest.raises(ConfigError, match="other settings"):
        train(dataset, tmp_path, model=TINY, config=SHORT, resume=True)


@pytest.mark.slow
def test_a_mode_no_pair_can_serve_is_one_clear_line(dataset, tmp_path):
    from dataclasses import replace

    config = replace(SHORT, source="mllm", mode="mllm-reverse_3")
    with pytest.raises(TrainingError, match="no pair has all texts of mode mllm-reverse_3"):
        train(dataset, tmp_path / "b", model=TINY, config=config)


def test_pretraining_without_joints_names_the_remedy(dataset, tmp_path):
    from dataclasses import replace

    config = replace(SHORT, image_epochs=1)
    with pytest.raises(TrainingError, match=r"needs joints\.json"):
        train(dataset, tmp_path / "c", model=TINY, config=config)
    assert not Path(tmp_path / "c" / "config.json").exists()


@pytest.mark.slow
def test_pictures_of_another_dataset_join_the_pretraining_alone(dataset, tmp_path, monkeypatch):
    from dataclasses import replace

    from autocompose.training import run as module

    more = write_tiny_dataset(tmp_path / "more", count=14)
    seen = []
    monkeypatch.setattr(
        module, "pretrain_towers", lambda towers, work, phases: seen.append(work.gallery())
    )
    config = replace(SHORT, image_epochs=1)
    train(dataset, tmp_path / "d", model=TINY, config=config, pictures=more)
    assert len(seen[0]) == 12 + 14
    assert json.loads((tmp_path / "d" / "metrics.json").read_text())["triplets"] == 12
    card = (tmp_path / "d" / "card.md").read_text()
    assert "--pictures more" in card
    assert "joints and poses of `more`" in card
    assert re.search(r"^\| picture and text \| [\d.]+ \| [\d.]+ \|$", card, re.MULTILINE)
    # A run with other pictures is another run.
    with pytest.raises(ConfigError, match="other settings"):
        train(dataset, tmp_path / "d", model=TINY, config=config, resume=True)


def test_settings_that_name_pictures_ask_for_them(dataset, tmp_path):
    from dataclasses import replace

    with pytest.raises(ConfigError, match=r'"large"; give that dataset \(--pictures DIR\)'):
        train(dataset, tmp_path / "e", model=TINY, config=replace(SHORT, pictures="large"))
    assert not (tmp_path / "e").exists()


def test_a_step_among_very_many_poses_has_its_targets_and_a_sample_as_keys():
    generator = torch.Generator().manual_seed(0)
    targets = torch.tensor([7000, 12, 9999])
    few = pretrain_text.step_keys(50, targets, generator)
    assert torch.equal(few, torch.arange(50))
    many = pretrain_text.step_keys(10_000, targets, generator)
    assert torch.equal(many[:3], targets)
    assert len(many) == 6000
    assert many.max() < 10_000
