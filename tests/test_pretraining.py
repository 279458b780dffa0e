"""Pretraining that is interrupted, or is fed poses and pictures that it cannot learn from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from autocompose.config import RunConfig
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import write_joints
from autocompose.errors import ImageError, TrainingError
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import build_towers
from autocompose.schema import PoseImage
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.pretrain.image_tower import JointImages, pretrain_image
from autocompose.training.pretrain.text_tower import JointNoise, TextPairs, pretrain_text
from autocompose.training.run import train
from tests.model_fakes import write_pictures
from tests.training_fakes import SHORT, TINY, on_one_thread, posed, same, write_tiny_dataset


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    with on_one_thread():
        yield


def pretrained_image(progress, told=lambda event: None, *, spoilt=False):
    torch.manual_seed(0)
    trunk = PoseTrunk()
    generator = torch.Generator().manual_seed(0)
    pictures = JointImages(
        torch.randint(0, 255, (8, 3, 64, 64), generator=generator, dtype=torch.uint8),
        torch.rand(8, 22, 2, generator=generator) - 0.5,
        torch.randn(8, 22, 3, generator=generator),
        tuple(f"{i}.png" for i in range(8)),
    )
    if spoilt:
        pictures.joints[3] = float("nan")
    pretrain_image(
        trunk, pictures, epochs=3, batch=4, progress=progress, save_every=0.0, on_event=told
    )
    return trunk.state_dict()


def pretrained_text(progress, told=lambda event: None, *, spoilt=False):
    torch.manual_seed(0)
    towers = build_towers("pose-mini")
    towers.clip.token_embedding.requires_grad_(False)  # as in training, and most of the weights
    generator = torch.Generator().manual_seed(0)
    tokens = towers.tokenize(["raise the left arm", "lower it", "sit", "kneel"]).to(torch.int32)
    data = TextPairs(
        torch.randn(6, 22, 3, generator=generator),
        torch.tensor([0, 1, 2, 3]),
        torch.tensor([1, 2, 3, 4]),
        tokens[:, None],
    )
    if spoilt:
        data.joints[2] = float("nan")
    pretrain_text(
        towers, towers.image_tower.trunk.pose, data, noise=JointNoise(0.01 * torch.eye(66)),
        steps=20, batch=4, progress=progress, save_every=0.0, on_event=told,
    )  # fmt: skip
    return towers.state_dict()


@pytest.mark.slow
@pytest.mark.parametrize("work", [pretrained_image, pretrained_text])
def test_pretraining_goes_on_where_it_was_interrupted(work, tmp_path):
    def interrupt(event):
        if event.done >= event.total / 2:
            raise KeyboardInterrupt

    expected = work(None)
    progress = ProgressFolder(tmp_path, TINY, SHORT, resume=True)
    with pytest.raises(KeyboardInterrupt):
        work(progress, interrupt)
    (state,) = tmp_path.glob("*.state.pt")
    place = torch.load(state, weights_only=True)["place"]
    assert place["step"] > 0  # inside an epoch
    assert same(work(progress), expected)


@pytest.mark.parametrize(
    ("work", "stage", "spoilt"),
    [(pretrained_image, "image tower", "3.png"), (pretrained_text, "text tower", "poses ")],
)
def test_pretraining_stops_at_a_loss_that_is_no_number_with_the_step_and_the_batch(
    work, stage, spoilt, tmp_path
):
    progress = ProgressFolder(tmp_path, TINY, SHORT, resume=False)
    with pytest.raises(TrainingError, match=f"not finite in {stage}, step [12], at ") as stopped:
        work(progress, spoilt=True)
    assert "there is no checkpoint yet" in str(stopped.value)
    failed = json.loads((tmp_path / "failed-batch.json").read_text())
    assert failed["stage"] == stage
    assert any(spoilt in name for name in failed["batch"])
    assert f"step {failed['step']}," in str(stopped.value)


def pictures_to_learn_from(folder):
    """A good one, one without joints, one that is no picture, and one whose pixels are unknown."""
    paths = write_pictures(folder, 4)
    paths[2].write_bytes(b"not a picture")
    good = posed(paths[0].name, 0)
    at = tuple((20.0 + i, 10.0) for i in range(22))
    return [
        replace(good, path=paths[0], pixels=at),
        PoseImage(paths[1].name, paths[1]),
        replace(posed(paths[2].name, 2), path=paths[2], pixels=at),
        replace(posed(paths[3].name, 3), path=paths[3]),
    ]


def test_pretraining_skips_and_names_pictures_it_cannot_learn_from(tmp_path):
    images, told = pictures_to_learn_from(tmp_path), []
    loaded = JointImages.load(images, 16, told.append)
    assert loaded.pixels.shape == (1, 3, 16, 16)
    torch.testing.assert_close(loaded.joints[0], torch.tensor(images[0].joints))
    assert loaded.image_joints[0, 0].tolist() == [0.0, -0.5]  # of 40 pixels
    assert [("001" in line, "002" in line, "003" in line) for line in loaded.skipped] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    left_out = [e for e in told if e.stage == "pictures left out"]
    assert [(e.done, e.total, e.message) for e in left_out] == [
        (3, 4, line) for line in loaded.skipped
    ]
    with pytest.raises(TrainingError, match=r"picture_001\.png has no joints"):
        JointImages.load(images, 16, told.append, strict=True)
    with pytest.raises(ImageError, match=r"picture_002\.png"):
        JointImages.load([images[0], images[2]], 16, told.append, strict=True)
    with pytest.raises(TrainingError, match=r"none of 2 pictures.*picture_001\.png has no joints"):
        JointImages.load(images[1:3], 16, told.append)


@pytest.mark.slow
def test_a_training_that_pretrains_counts_them_and_teaches_the_text_tower_every_pose(
    tmp_path, monkeypatch
):
    from autocompose.training.pretrain import both_towers as pretraining

    dataset = write_tiny_dataset(tmp_path / "tiny")
    images = [replace(posed(f"{i:02d}.png", i), pixels=((1.0, 1.0),) * 22) for i in range(10)]
    write_joints(dataset.root / "joints.json", images, image_size=None)
    (dataset.root / "images" / "03.png").write_bytes(b"not a picture")
    given = {}
    monkeypatch.setattr(pretraining, "load_image_backbone", lambda trunk: None)
    monkeypatch.setattr(pretraining, "_set_word_vectors", lambda towers, tell: None)
    monkeypatch.setattr(
        pretraining, "pretrain_image", lambda trunk, images, **rest: given.update(seen=len(images))
    )
    monkeypatch.setattr(
        pretraining, "text_pairs", lambda joints, *rest, **more: given.update(posed=len(joints))
    )
    monkeypatch.setattr(pretraining, "pretrain_text", lambda *rest, **more: None)
    config = replace(SHORT, image_epochs=1, pretrain_steps=1)
    train(open_dataset(dataset.root), tmp_path / "out", model=TINY, config=config)
    assert given == {"seen": 9, "posed": 10}
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    named = metrics["left_out_of_pretraining"]
    assert len(named) == 3
    assert "03.png" in named[0]
    with pytest.raises(ImageError, match=r"03\.png"):
        train(
            open_dataset(dataset.root), tmp_path / "strict", model=TINY, config=config,
            run=RunConfig(strict=True),
        )  # fmt: skip
