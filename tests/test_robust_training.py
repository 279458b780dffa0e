"""A training that is killed, interrupted, starved of disk or fed bad data: what is left of it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from autocompose.cli import main
from autocompose.config import RunConfig
from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.joints_file import write_joints
from autocompose.errors import DatasetError, ImageError, MissingExtraError, TrainingError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.model.pose_mini import PoseTrunk
from autocompose.model.towers import build_towers
from autocompose.schema import PoseImage
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.pretrain.image_tower import JointImages, pretrain_image
from autocompose.training.pretrain.text_tower import JointNoise, TextPairs, pretrain_text
from autocompose.training.run import train
from tests.model_fakes import write_pictures
from tests.training_fakes import (
    EVERY_STEP,
    SEVERAL_STEPS,
    SHORT,
    TINY,
    posed,
    same,
    weights,
    write_tiny_dataset,
)
from tests.warm import run

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_tiny_dataset(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the processes that are killed
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def undisturbed(dataset, tmp_path_factory):
    """A training that nothing happened to."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    train(dataset, out, model=TINY, config=SEVERAL_STEPS, run=EVERY_STEP)
    return out


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "progress" / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def losses(out: Path) -> list[tuple[str, str, str, str]]:
    return [(r["stage"], r["epoch"], r["step"], r["loss"]) for r in rows(out)]


def worker(dataset, out: Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.training_fakes", str(dataset.root), str(out)]
    return run([*command, json.dumps(options)], cwd=REPOSITORY, env=os.environ, timeout=250)


@pytest.mark.slow
def test_a_training_killed_in_both_stages_ends_with_the_same_weights(
    dataset, undisturbed, tmp_path
):
    killed = worker(dataset, tmp_path / "out", kill=["stage 1", 2])
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "out" / "progress" / "stage-1.state.pt").exists()
    assert not (tmp_path / "out" / "config.json").exists()
    again = worker(dataset, tmp_path / "out", resume=True, kill=["stage 2", 4])
    assert again.returncode == -signal.SIGKILL, again.stderr
    told = []
    train(
        dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=EVERY_STEP,
        resume=True, on_event=told.append,
    )  # fmt: skip
    assert any("went on at epoch" in event.message for event in told)
    for stage in (1, 2):
        assert same(weights(tmp_path / "out", stage), weights(undisturbed, stage))
    assert losses(tmp_path / "out") == losses(undisturbed)
    left = load_checkpoint(tmp_path / "out").fingerprint
    assert left == load_checkpoint(undisturbed).fingerprint


@pytest.mark.slow
def test_the_curves_have_a_row_per_epoch_with_validation(undisturbed):
    found = [(row["stage"], row["epoch"], row["step"]) for row in rows(undisturbed)]
    assert found == [
        ("stage 1", "1", "2"), ("stage 1", "2", "4"),
        ("stage 2", "1", "2"), ("stage 2", "2", "4"), ("stage 2", "3", "6"),
    ]  # fmt: skip
    assert all(
        0 <= float(row["val_r1"]) <= float(row["val_r10"]) <= 100 for row in rows(undisturbed)
    )


def test_ctrl_c_finishes_the_step_saves_and_goes_on_later(dataset, undisturbed, tmp_path):
    def press(event):
        if event.stage == "stage 2" and event.done == 2:
            signal.raise_signal(signal.SIGINT)

    never = RunConfig(save_every=1e9)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(
            dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=never, on_event=press
        )
    assert signal.getsignal(signal.SIGINT) is before
    assert (tmp_path / "out" / "progress" / "stage-2.state.pt").exists()
    train(dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=never, resume=True)
    assert same(weights(tmp_path / "out", 2), weights(undisturbed, 2))


def test_ctrl_c_ends_the_command_with_130(dataset, tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("autocompose.training.run.train", interrupted)
    with pytest.raises(SystemExit) as left:
        main(["train", "--dataset", str(dataset.root), "--out", str(tmp_path / "out")])
    assert left.value.code == 130


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_stops_with_the_checkpoint_before_and_goes_on_when_there_is_room(
    dataset, undisturbed, tmp_path
):
    progress = tmp_path / "out" / "progress"

    def fill(event):
        if event.stage == "stage 2" and event.done == 2:
            # The next checkpoint is written through this link: the kernel says the disk is full.
            os.symlink("/dev/full", progress / "stage-2.state.part")

    with pytest.raises(TrainingError, match=r"No space left.*stage-2\.state\.pt \(epoch 1, step 2"):
        train(
            dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=EVERY_STEP,
            on_event=fill,
        )  # fmt: skip
    assert not list(progress.glob("*.part"))
    train(dataset, tmp_path / "out", model=TINY, config=SEVERAL_STEPS, run=EVERY_STEP, resume=True)
    assert same(weights(tmp_path / "out", 2), weights(undisturbed, 2))


@pytest.mark.slow
def test_a_checkpoint_stands_when_the_one_after_it_cannot_be_written(
    dataset, undisturbed, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    train(dataset, out, model=TINY, config=SEVERAL_STEPS)
    before = load_checkpoint(out).fingerprint

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match="No space left"):
        train(dataset, out, model=TINY, config=replace(SEVERAL_STEPS, seed=1))
    assert load_checkpoint(out).fingerprint == before


def test_a_loss_that_is_not_finite_stops_with_the_step_the_pairs_and_what_is_left(
    dataset, tmp_path
):
    config = replace(SEVERAL_STEPS, text_lr=1e30)
    with pytest.raises(TrainingError) as stopped:
        train(dataset, tmp_path / "out", model=TINY, config=config, run=EVERY_STEP)
    said = str(stopped.value)
    assert "stage 1, epoch 1, step 2, at " in said
    assert ".png -> " in said
    assert "stage-1.state.pt (epoch 1, step 1)" in said
    failed = json.loads((tmp_path / "out" / "progress" / "failed-batch.json").read_text())
    assert (failed["stage"], failed["epoch"], failed["step"]) == ("stage 1", 1, 2)
    assert len(failed["triplets"]) == 6
    assert f"{failed['triplets'][0]['reference']} -> {failed['triplets'][0]['target']}" in said


@pytest.mark.slow
def test_unreadable_images_and_malformed_records_are_left_out_counted_and_named(tmp_path):
    dataset = write_tiny_dataset(tmp_path / "data")
    (tmp_path / "data" / "images" / "03.png").write_bytes(b"\x89PNG\r\n\x1a\n cut short")
    captions = tmp_path / "data" / "captions" / "train.json"
    write_captions(captions, [*json.loads(captions.read_text()), {"reference": "00.png"}])
    dataset = open_dataset(dataset.root)
    told = []
    train(dataset, tmp_path / "out", model=TINY, config=SHORT, on_event=told.append)
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["triplets"] == 10  # 03 is a reference once and a target once
    assert list(metrics["unreadable"]) == ["03.png"]
    assert [line for line in metrics["malformed"] if "target" in line]
    messages = {event.stage: event.message for event in told}
    assert "03.png" in messages["unreadable images"]
    assert "target" in messages["malformed records"]
    assert "fewer than a batch of 12" in messages["training pairs"]
    strict = RunConfig(strict=True)
    with pytest.raises(DatasetError, match="target"):
        train(dataset, tmp_path / "strict", model=TINY, config=SHORT, run=strict)
    write_captions(captions, json.loads(captions.read_text())[:-1])
    with pytest.raises(ImageError, match=r"03\.png"):
        train(open_dataset(dataset.root), tmp_path / "strict", model=TINY, config=SHORT, run=strict)


def test_one_pair_is_too_few(tmp_path):
    dataset = write_tiny_dataset(tmp_path / "data", count=3)
    captions = tmp_path / "data" / "captions" / "train.json"
    write_captions(captions, json.loads(captions.read_text())[:1])
    with pytest.raises(TrainingError, match="one training pair"):
        train(open_dataset(dataset.root), tmp_path / "out", model=TINY, config=SHORT)


@pytest.mark.slow
def test_a_damaged_state_names_the_file(dataset, tmp_path):
    out = tmp_path / "out"
    train(dataset, out, model=TINY, config=SEVERAL_STEPS)
    (out / "progress" / "stage-2.pt").unlink()
    (out / "progress" / "stage-2.state.pt").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(TrainingError, match=r"stage-2\.state\.pt cannot be read.*delete it"):
        train(dataset, out, model=TINY, config=SEVERAL_STEPS, resume=True)


def test_curves_go_to_tensorboard_when_asked_and_it_is_there(dataset, tmp_path, monkeypatch):
    drawn = []

    class Writer:
        def __init__(self, folder):
            assert folder == str(tmp_path / "out" / "progress" / "tensorboard")

        def add_scalar(self, name, value, step):
            drawn.append((name, step))

        def flush(self):
            pass

    there = types.SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", there)
    run = RunConfig(tensorboard=True)
    train(dataset, tmp_path / "out", model=TINY, config=SHORT, run=run)
    assert ("stage 1/loss", 2) in drawn
    assert ("stage 2/val_r10", 3) in drawn
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtraError, match="pip install tensorboard"):
        train(dataset, tmp_path / "out", model=TINY, config=SHORT, run=run)


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
