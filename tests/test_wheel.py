"""The wheel in a fresh environment, away from the repository: documents' examples, the page."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser.chromium import REPOSITORY, free_port, missing, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
DEMO = REPOSITORY / "annotations" / "demo"
CHECKPOINT = REPOSITORY / "checkpoints" / "pose-mini"


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and the folder that programs run in."""

    wheel: Path
    bin: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        names = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        return {name: value for name, value in os.environ.items() if name not in names}

    def run(self, script: str) -> str:
        done = subprocess.run(
            [str(self.bin / "python"), "-c", script], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=800,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Installed:
    """Built and installed without a network; the dependencies are those of the test environment."""
    if find_spec("hatchling") is None:
        missing("hatchling is not here; install requirements-dev.txt")
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "-w", str(folder), str(REPOSITORY)], check=True, capture_output=True)
    (wheel,) = folder.glob("autocompose-*.whl")
    place = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin" / "python"
    install = [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # A path line does not run the .pth files behind it, so the editable install is not seen.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    others = place / "lib" / version / "site-packages" / "dependencies.pth"
    others.write_text(sysconfig.get_path("purelib") + "\n")
    work = folder / "work"
    work.mkdir()
    return Installed(wheel, python.parent, work)


@pytest.fixture(scope="module")
def with_demo(installed: Installed) -> Installed:
    """The demo and its checkpoint beside the program, and a few pictures as somebody's own."""
    if not (DEMO / "captions").is_dir() or not (CHECKPOINT / "config.json").is_file():
        missing("annotations/demo or checkpoints/pose-mini is not here")
    folder = installed.folder.with_name("with-demo")
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "pose-mini").symlink_to(CHECKPOINT)
    write_short_demo(folder / "annotations" / "demo")
    (folder / "photos").mkdir()
    pictures = sorted((DEMO / "images").glob("*.jpg"))[:13]
    shutil.copy(pictures[0], folder / "me.jpg")
    for picture in pictures[1:]:
        shutil.copy(picture, folder / "photos")
    return Installed(installed.wheel, installed.bin, folder)


def write_short_demo(folder: Path) -> None:
    """The demo with a few pairs a split, so that nothing embeds hundreds of pictures."""
    for name in ("captions", "image_splits"):
        (folder / name).mkdir(parents=True)
    for name in ("images", "joints.json"):
        (folder / name).symlink_to(DEMO / name)
    for split in ("val", "test"):
        rows = json.loads((DEMO / "captions" / f"{split}.json").read_text())[:12]
        used = {name for row in rows for name in (row["reference"], row["target"], *row["img_set"])}
        (folder / "captions" / f"{split}.json").write_text(json.dumps(rows))
        (folder / "image_splits" / f"{split}.json").write_text(json.dumps(sorted(used)))


def examples(page: str) -> str:
    """All Python of a page as one program, as a reader would paste it."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    return "\n".join(blocks)


def test_the_wheel_holds_the_page_the_tables_and_the_mark_of_types(installed):
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    package = REPOSITORY / "autocompose"
    kinds = {".py", ".css", ".js", ".json", ".html", ".typed", ".txt", ".svg", ".woff2"}
    for path in package.rglob("*"):
        if (path.is_file() and path.suffix in kinds) or path.name == "py.typed":
            assert path.relative_to(REPOSITORY).as_posix() in names
    assert not any(name.startswith(("tests/", "annotations/", "checkpoints/")) for name in names)


def test_the_package_that_runs_is_the_installed_one(installed):
    where = Path(installed.run("import autocompose; print(autocompose.__file__)").strip())
    assert where.is_relative_to(installed.bin.parent)


def test_the_examples_of_the_api_page_and_the_readme_run(with_demo):
    # Two programs, each with names of its own, in a process that imports everything once.
    pages = [examples("docs/api.md"), examples("README.md") + "\nprint(len(result.hits))"]
    printed = with_demo.run(f"for page in {pages!r}: exec(page, {{'__name__': '__main__'}})")
    assert "left knee bend 1" in printed  # "Bend the left knee slightly."
    assert "Raise your right arm." in printed  # the mirrored text
    assert printed.splitlines()[-1] == "5"


@pytest.mark.parametrize("place", ["nothing", "the demo"])
def test_the_studio_of_the_wheel_answers(installed, request, place):
    at = installed if place == "nothing" else request.getfixturevalue("with_demo")
    port = free_port()
    command = [str(at.bin / "autocompose"), "studio", "--port", str(port)]
    with (
        served(command, port, 120, folder=at.folder) as address,
        urllib.request.urlopen(address, timeout=60) as answer,
    ):
        assert answer.status == 200
        assert "AutoComPose Studio" in answer.read().decode()
