"""pose-mini's second look: the mean of the joints in a picture and in its mirror image."""

from __future__ import annotations

import json

import pytest
import torch

from autocompose.body.skeleton import INDEX
from autocompose.config import ModelConfig, to_json
from autocompose.errors import ConfigError
from autocompose.model.composed import ComposedModel
from autocompose.model.joint_branch import mirror_joints
from autocompose.model.towers import build_towers
from autocompose.training.presets import preset, with_file


@pytest.fixture(scope="module")
def towers():
    torch.manual_seed(0)
    return build_towers("pose-mini").eval()


@pytest.fixture
def pictures():
    return torch.randn(2, 3, 128, 128, generator=torch.Generator().manual_seed(0))


def config(**more):
    return ModelConfig("pose-mini", projection_dim=8, hidden_dim=8, **more)


def test_mirrored_joints_exchange_left_and_right():
    joints = torch.zeros(1, 22, 3)
    joints[0, INDEX["left_hand"]] = torch.tensor([0.5, 1.0, 0.2])
    twin = mirror_joints(joints)
    assert twin[0, INDEX["right_hand"]].tolist() == pytest.approx([-0.5, 1.0, 0.2])
    assert not twin[0, INDEX["left_hand"]].any()
    assert torch.equal(mirror_joints(twin), joints)


@torch.no_grad()
def test_the_settings_decide_how_often_is_looked(towers, pictures):
    trunk = towers.image_tower.trunk
    once = ComposedModel(towers, None, config()).towers.encode_image(pictures)
    own = trunk.estimate(pictures).joints
    twin = mirror_joints(trunk.estimate(pictures.flip(-1)).joints)
    torch.testing.assert_close(once, trunk.pose(own))
    twice = ComposedModel(towers, None, config(look_twice=True)).towers.encode_image(pictures)
    torch.testing.assert_close(twice, trunk.pose((own + twin) / 2))
    assert not torch.allclose(once, twice)
    # What is seen in the mirror image is the mirror image of what is seen in the picture.
    mirrored = towers.encode_image(pictures.flip(-1))
    torch.testing.assert_close(mirrored, trunk.pose(mirror_joints((own + twin) / 2)))


def test_a_checkpoint_that_looks_twice_is_another_one_and_earlier_ones_stay(towers):
    once = ComposedModel(towers, None, config()).fingerprint
    twice = ComposedModel(towers, None, config(look_twice=True)).fingerprint
    assert once != twice
    assert "look_twice" not in to_json(config())


def test_it_is_for_a_tower_that_reads_joints():
    with pytest.raises(ConfigError, match="look_twice is for pose-mini"):
        ModelConfig("RN50", look_twice=True)
    assert preset("demo").model.look_twice
    assert not preset("demo", "RN50").model.look_twice


def test_a_file_of_settings_says_whether_it_looks_twice(tmp_path):
    """A checkpoint's file trains the same again, and another backbone does not inherit it."""
    path = tmp_path / "config.json"
    values = {"model": to_json(config()), "train": {}, "fingerprint": "0"}
    path.write_text(json.dumps(values), encoding="utf-8")
    assert not with_file(preset("demo"), path).model.look_twice
    path.write_text(json.dumps({"model": {"hidden_dim": 8}}), encoding="utf-8")
    assert with_file(preset("demo"), path).model.look_twice
    path.write_text(json.dumps({"model": {"backbone": "RN50"}}), encoding="utf-8")
    assert not with_file(preset("demo"), path).model.look_twice
