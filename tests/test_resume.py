"""A training that is killed, wherever that happens, resumes to the same weights to the last bit."""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
import torch

from autocompose.data.captions.caption_files import write_captions
from autocompose.data.dataset import write_split
from autocompose.data.joints_file import read_joints, write_joints
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.loop.phases import Phases
from tests.training_fakes import SHORT, TINY, same, weights
from tests.warm import WarmProcess

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "annotations" / "demo"
STAGES = ("image tower", "text tower", "stage 1", "stage 2")


def start(dataset: Path, out: Path, **options: object) -> WarmProcess:
    call = [sys.executable, "-m", "tests.training_fakes", dataset, out]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    asked = json.dumps({"pretrain": True, "joints": True, "resume": True, **options})
    with (out.parent / "said.log").open("wb") as log:
        return WarmProcess([*map(str, call), asked], env=environment, cwd=ROOT, output=log.fileno())


def finish(process: WarmProcess, out: Path) -> int:
    code = process.wait()
    assert code in (0, -signal.SIGKILL), (out.parent / "said.log").read_text()
    return code


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A small part of the demo: pretraining needs joints that fit their pixels."""
    root = tmp_path_factory.mktemp("resume") / "small"
    known = read_joints(DEMO / "joints.json", DEMO / "images")
    used = {}
    (root / "images").mkdir(parents=True)
    for split, count in (("train", 26), ("val", 4)):
        rows = json.loads((DEMO / "captions" / f"{split}.json").read_text())[:count]
        names = sorted({name for row in rows for name in (row["reference"], row["target"])})
        for row in rows:
            row["img_set"] = [row["target"]]
        write_captions(root / "captions" / f"{split}.json", rows)
        write_split(root / "image_splits" / f"{split}.json", names)
        for name in names:
            shutil.copy(DEMO / "images" / name, root / "images" / name)
            used[name] = known[name]
    write_joints(root / "joints.json", used.values())
    assert len(used) >= 48
    return root


@pytest.fixture(scope="module")
def undisturbed(dataset, tmp_path_factory):
    """Where a run ended that nothing stopped, and how many seconds it took."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    begun = time.monotonic()
    assert finish(start(dataset, out), out) == 0
    return out, time.monotonic() - begun


def assert_equal(out: Path, whole: Path) -> None:
    for stage in (1, 2):
        assert same(weights(out, stage), weights(whole, stage)), f"stage {stage}"
    for name in ("image-tower", "text-tower"):
        ours, theirs = (
            torch.load(folder / "progress" / f"{name}.pt", weights_only=True)
            for folder in (out, whole)
        )
        assert same(ours, theirs), name
    (ours, theirs) = (json.loads((folder / "metrics.json").read_text()) for folder in (out, whole))
    assert ours["seconds"].keys() == theirs["seconds"].keys() == {*STAGES, "total"}
    assert ours["seconds"]["total"] >= sum(ours["seconds"][stage] for stage in STAGES) - 0.3
    assert ours["val"] == theirs["val"] | {"checkpoint": ours["val"]["checkpoint"]}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_in_stages_and_between_two_change_nothing(dataset, undisturbed, tmp_path):
    """One run, killed in each stage of the towers; inside the two stages: test_robust_training."""
    out = tmp_path / "out"
    # The last stands at the end of stage 1, before stage 2 begins.
    for kill in (("image tower", 1), ("word vectors", 1), ("text tower", 3), ("text features", 1)):
        assert finish(start(dataset, out, kill=kill), out) == -signal.SIGKILL, kill
    assert finish(start(dataset, out), out) == 0
    assert_equal(out, undisturbed[0])


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_kills_at_random_moments_change_nothing(dataset, undisturbed, tmp_path):
    whole, seconds = undisturbed
    out, draws = tmp_path / "out", random.Random(0)
    kills = 0
    while kills < 6:
        process = start(dataset, out)
        time.sleep(draws.uniform(0.1, 0.5) * seconds)
        process.kill()
        if finish(process, out) != 0:
            kills += 1
        elif kills:
            break
        else:  # it was quicker than the one that was timed
            shutil.rmtree(out)
            seconds /= 2
    assert finish(start(dataset, out), out) == 0
    assert kills
    assert_equal(out, whole)
    assert not list((out / "progress").glob("*.part"))


class Draws(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(3))

    def draw(self) -> None:
        self.weight.data = torch.randn(3)


def test_the_stage_after_a_kept_one_draws_what_it_would_have_drawn(tmp_path):
    def run(*, resume: bool, until: int) -> tuple[list[torch.Tensor], Phases, list[str]]:
        torch.manual_seed(0)
        progress = ProgressFolder(tmp_path / "progress", TINY, SHORT, resume=resume)
        phases = Phases(progress, lambda event: None)
        modules, left_out = [Draws(), Draws()], []

        def first() -> None:
            modules[0].draw()
            left_out.append("b.png: no joints")

        phases.run("image tower", modules[0], first, left_out=left_out)
        if until == 2:
            phases.run("text tower", modules[1], modules[1].draw)
        return [module.weight.detach() for module in modules], phases, left_out

    whole, _, _ = run(resume=False, until=2)
    run(resume=False, until=1)
    resumed, phases, left_out = run(resume=True, until=2)
    for ours, theirs in zip(resumed, whole, strict=True):
        assert torch.equal(ours, theirs)
    assert left_out == ["b.png: no joints"]
    assert phases.seconds.keys() == {"image tower", "text tower"}
    assert phases.earlier > 0


def test_a_folder_of_an_older_version_without_these_files_resumes(tmp_path):
    progress = ProgressFolder(tmp_path / "progress", TINY, SHORT, resume=False)
    module = Draws()
    progress.keep("stage 1", module)
    phases = Phases(ProgressFolder(progress.folder, TINY, SHORT, resume=True), lambda event: None)
    phases.run("stage 1", module, module.draw)
    assert torch.equal(module.weight, torch.zeros(3))
    assert phases.seconds == {}
    assert phases.earlier == 0.0
