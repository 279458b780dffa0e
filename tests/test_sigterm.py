"""SIGTERM, as job schedulers send it, ends long commands in one line and with exit code 130."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from autocompose.cli import main
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval import index_run
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.review.quality.dashboard import count_store
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes
from tests.estimate_fakes import FakeEstimator
from tests.model_fakes import tiny_model
from tests.studio_fakes import write_stick_dataset
from tests.test_mining import small_copy
from tests.training_fakes import write_tiny_dataset
from tests.warm import Program

REPOSITORY = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to handle")

COMMANDS = {
    "describe": "--dataset d --split test --provider geometric --out out/val.json",
    "verify": "--captions d/captions/test.json --joints d/joints.json --key auto",
    "score": "--captions d/captions/test.json --references d/captions/test.json --key auto",
    "evaluate": "--checkpoint model --dataset d --split test --csv out/q.csv",
    "index": "--checkpoint model --images d/images --out out/gallery",
    "convert": "--dataset d --out out/hub",
    "estimate": "--images d/images --out out/joints.json",
    "review import": "reviewed/captions/train.json --dataset reviewed",
    "review triage": "--dataset reviewed --store sqlite:///full.db",
    "synthesize": "--out mined --texts-only --pairs 20",
    "train": "--dataset tiny --out out/run",
}
"""Commands that show their progress: arguments in the folder that `inputs` fills."""

WRITERS = {
    "convert": "--checkpoint model --out out/official",
    "index": "--checkpoint model --images d/images --out out/gallery",
    "joints": "poses.npz --dataset d --skeleton autocompose-22",
    "review export": "--out out/val.json --store sqlite:///full.db",
    "review export --format jsonl": "--out out/val.jsonl --store sqlite:///full.db",
}
"""Commands that write files: the signal comes while the first one is half written."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A dataset with bodies, one to review, one to train on, one to mine, and a model."""
    root = tmp_path_factory.mktemp("inputs")
    write_stick_dataset(root / "d")
    write_tiny_dataset(root / "tiny")
    small_copy(root / "mined")
    save_checkpoint(root / "model", tiny_model(), train=None, metrics={}, card="")
    dataset = fakes.write_dataset(root / "reviewed", pairs=12)
    with Store(f"sqlite:///{root}/full.db") as store:
        fakes.import_split(store, dataset)
    return root


@pytest.fixture
def folder(inputs, tmp_path, monkeypatch):
    shutil.copytree(inputs, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOCOMPOSE_STORE", "sqlite:///store.db")
    monkeypatch.setattr(PhotoJoints, "load", lambda self: FakeEstimator())
    return tmp_path


@pytest.fixture
def ended(monkeypatch, capsys):
    """Runs a command; gives its exit code and what it said. A signal that it ignores is no end."""
    unheard = []
    before = signal.signal(signal.SIGTERM, lambda *_: unheard.append(1))

    def run(command: str, arguments: str) -> tuple[int, list[str]]:
        try:
            main([*command.split(), *arguments.split()])
        except SystemExit as left:
            assert not unheard, "nobody handles SIGTERM"
            return int(left.code or 0), capsys.readouterr().err.splitlines()
        return 0, capsys.readouterr().err.splitlines()

    yield run
    signal.signal(signal.SIGTERM, before)


def send(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def left_behind(folder: Path) -> list[str]:
    """Files that are neither inputs nor what a rerun makes use of."""
    found = [path for path in folder.rglob("*") if path.is_file() and "progress" not in path.parts]
    return [str(path) for path in found if path.suffix == ".part" or path.name.endswith(".owner")]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_stopped_at_work_writes_nothing_and_ends_with_130(
    command, folder, ended, monkeypatch
):
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    monkeypatch.setattr("autocompose.cli.console._LinePerStage.__call__", send)
    code, said = ended(command, COMMANDS[command])
    assert (code, said[-1]) == (130, "cancelled")
    assert left_behind(folder) == []
    results = {path for path in folder.rglob("*.json") if "progress" not in path.parts}
    assert results == before.keys()
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
@pytest.mark.parametrize("command", WRITERS)
def test_a_command_that_is_stopped_while_it_writes_leaves_no_half_file(
    command, folder, ended, monkeypatch
):
    old = {name: b"old" for name in ("val.json", "val.jsonl")}
    (folder / "out").mkdir()
    for name, content in old.items():
        (folder / "out" / name).write_bytes(content)
    joints = (folder / "d" / "joints.json").read_bytes()
    poses = json.loads(joints)["images"]
    np.savez("poses.npz", joints=[one["joints"] for one in poses.values()], images=list(poses))
    fsync = os.fsync
    monkeypatch.setattr("os.fsync", lambda handle: (fsync(handle), send()))
    code, said = ended(command, WRITERS[command])
    assert (code, said[-1]) == (130, "cancelled")
    assert left_behind(folder) == []
    there = {path.name: path.read_bytes() for path in (folder / "out").iterdir() if path.is_file()}
    assert {name: there[name] for name in old} == old
    assert (folder / "d" / "joints.json").read_bytes() == joints


def test_index_keeps_what_it_embedded_before_it_was_stopped(folder, ended, monkeypatch):
    embed = index_run.EmbeddedSoFar.add
    monkeypatch.setattr(index_run.EmbeddedSoFar, "add", lambda *args: (embed(*args), send()))
    assert ended("index", COMMANDS["index"])[0] == 130
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    code, said = ended("index", COMMANDS["index"])
    assert code == 0
    assert said[0] == "16 images were embedded by an earlier run that was stopped"
    assert len(load_gallery(folder / "out" / "gallery")) == 16


def test_an_import_that_is_stopped_imports_nothing_and_the_next_everything(
    folder, ended, monkeypatch
):
    monkeypatch.setattr("autocompose.cli.console._LinePerStage.__call__", send)
    assert ended("review import", COMMANDS["review import"])[0] == 130
    with Store("sqlite:///store.db") as store:
        assert count_store(store).descriptions == 0
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    url = " --store sqlite:///store.db"
    code, said = ended("review import", COMMANDS["review import"] + url)
    assert code == 0
    assert any(line.startswith("12 records, 36 descriptions, 48 texts:") for line in said)
    assert len(read_caption_file(folder / "reviewed" / "captions" / "train.json")) == 12


@pytest.mark.slow
def test_a_process_that_gets_the_signal_ends_with_130_and_one_line(folder):
    """As a scheduler sends it, to a process of its own that embeds the demo's pictures."""
    command = [sys.executable, "-m", "autocompose", "index", "--checkpoint", "model"]
    command += ["--images", str(REPOSITORY / "annotations" / "demo" / "images"), "--out", "g"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = Program(command, cwd=folder, env=environment)
    said = process.stderr.readline()
    assert said.startswith("Preparing the gallery: ")
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == 130, rest
    assert rest.splitlines()[-1] == "cancelled"
    assert "Traceback" not in rest
    assert not (folder / "g" / "gallery.json").exists()
    assert list((folder / "g" / ".embedded").glob("*.npz"))
