"""The commands of README.md, in the order in which they stand and exactly as they are printed."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.motion_fakes import bvh
from tests.peers import model_server
from tests.warm_clone import warm_clone

REPOSITORY = Path(__file__).resolve().parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
BUNDLED = ("app.py", "annotations", "autocompose", "checkpoints")
"""What the commands use of a clone."""
PAIRS = 24
"""Pairs of each split of its demo."""

ELSEWHERE = {
    "studio": ("serves until it is stopped", "test_studio_command.py"),
    "synthesize": ("downloads motion capture and renders for hours", "test_mining.py"),
    "report": ("explains again what failures explains", "test_failures.py"),
    "train": ("trains for hours", "test_training.py"),
    "train-ranker": ("starts from what train leaves", "test_pose_voice.py"),
    "ablate": ("trains for hours, from what train leaves", "test_ablation.py"),
}
"""Commands that do not run here: why, and the test that runs them on something small."""


def commands() -> list[str]:
    """The lines of the blocks that are no Python."""
    return [line for kind, block in BLOCKS if not kind for line in block.splitlines() if line]


def subcommand(line: str) -> str:
    return line.split()[1]


def clone(folder: Path) -> None:
    """Copy the tracked files that the commands use, as they now are."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *BUNDLED], cwd=REPOSITORY, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git clone")
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)


def shorten(dataset: Path) -> None:
    """Leave some pairs in each split: what a command does with them it does with all."""
    for captions in (dataset / "captions").glob("*.json"):
        rows = json.loads(captions.read_text(encoding="utf-8"))[:PAIRS]
        captions.write_text(json.dumps(rows), encoding="utf-8")
        used = {name for row in rows for name in (row["reference"], row["target"], *row["img_set"])}
        split = dataset / "image_splits" / captions.name
        listed = [name for name in json.loads(split.read_text(encoding="utf-8")) if name in used]
        split.write_text(json.dumps(listed), encoding="utf-8")


def own_files(folder: Path) -> None:
    """What the README says is the reader's own."""
    (folder / "clip.bvh").write_text(bvh({"LeftArm": (90, 0, 0)}, frames=2), encoding="utf-8")
    (folder / "photos").mkdir()
    for photo in sorted((REPOSITORY / "tests" / "data" / "photos").rglob("*.jpg"))[:2]:
        shutil.copy(photo, folder / "photos" / photo.name)
    pictures = folder / "data" / "clip" / "images"
    pictures.mkdir(parents=True)
    for number in range(2):
        Image.new("RGB", (64, 64)).save(pictures / f"frame_{number:04d}.jpg")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_commands_run_from_top_to_bottom_as_they_are_printed(tmp_path):
    clone(tmp_path)
    shorten(tmp_path / "annotations" / "demo")
    own_files(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    environment.pop("AUTOCOMPOSE_STORE", None)
    with model_server() as peer:
        environment |= {"OPENAI_BASE_URL": peer.base_url, "OPENAI_API_KEY": "sk-none"}
        with warm_clone(tmp_path, environment) as program:
            said = {
                line: program.run(["-m", *shlex.split(line)])
                for line in commands()
                if subcommand(line) not in ELSEWHERE
            }
            for kind, block in BLOCKS:
                if kind == "python":
                    program.run(["-c", block])
        asked = peer.get("/counts")["arrived"]
    assert asked == 0  # --dry-run calls nobody
    (hits,) = (out for line, out in said.items() if subcommand(line) == "retrieve")
    assert len(re.findall(r"^ +\d+  0\.\d+  \w+\.jpg\b", hits, re.MULTILINE)) == 10
    for name in ("joints.json", "val.json", "reviewed/captions/val.json", "data/clip/joints.json"):
        assert (tmp_path / name).stat().st_size > 1000, name


def test_a_shell_changes_no_command_before_it_runs():
    # Above they are split into words as a shell splits them; what else it would do, none needs.
    for line in commands():
        assert line.startswith("autocompose ")
        told = subprocess.run(
            ["sh", "-c", line.replace("autocompose", "printf '%s\\n'", 1)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout.splitlines() == shlex.split(line)[1:]


def test_every_command_that_is_not_run_here_is_tested_elsewhere():
    assert {kind for kind, _ in BLOCKS} == {"", "python"}
    assert ELSEWHERE.keys() <= {subcommand(line) for line in commands()}
    for command, (_, name) in ELSEWHERE.items():
        text = (REPOSITORY / "tests" / name).read_text(encoding="utf-8")
        assert re.search(rf'"{command}"', text), command


def test_a_command_of_the_readme_starts_from_what_an_earlier_one_leaves():
    lines = commands()
    ablate = next(line for line in lines if subcommand(line) == "ablate")
    train = next(line for line in lines if subcommand(line) == "train")
    out = train.split("--out ")[1]
    assert f"--pretrained {out}/progress/text-tower.pt" in ablate
    assert lines.index(train) < lines.index(ablate)
    assert len(lines) == len(set(lines))
