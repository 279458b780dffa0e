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

from autocompose.cli import main
from autocompose.config import RunConfig
from autocompose.data.dataset import open_dataset, write_captions
from autocompose.errors import DatasetError, ImageError, MissingExtraError, TrainingError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.training.run import train
from tests.training_fakes import (
    EVERY_STEP,
    SEVERAL_STEPS,
    SHORT,
    TINY,
    on_one_thread,
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
    with on_one_thread():
        yield


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
