"""Every supported Python gets the pinned requirements, and another one than this starts the page.

Both need a package index, so they run where ``CI`` is true. Resolving needs no interpreter of that
version; starting needs one, and the index has none: it is looked for on PATH and in pyenv's folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.chromium import REPOSITORY, free_port, served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("CI") != "true", reason="needs a package index; set CI=true"),
]
PROJECT = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
LOW, HIGH = map(int, re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', PROJECT)[0])
MINORS = range(LOW, HIGH)


def uv(*words: object) -> None:
    """Run uv; what it says on failure is the failure's message."""
    command = [sys.executable, "-m", "uv", "--quiet", *map(str, words)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("minor", MINORS)
def test_the_requirements_resolve(tmp_path, minor):
    out = tmp_path / "pins.txt"
    uv("pip", "compile", "requirements.txt", "--python-version", f"3.{minor}", "-o", out)
    pins = out.read_text()
    for pin in re.findall(r"^(?:torch|gradio|sqlalchemy)[^=]*==\S+", requirements(), re.MULTILINE):
        assert re.sub(r"\[.*\]", "", pin) in pins


def test_a_python_that_is_too_old_is_refused(tmp_path):
    out = tmp_path / "pins.txt"
    with pytest.raises(AssertionError, match="No solution found"):
        uv("pip", "compile", "requirements.txt", "--python-version", f"3.{LOW - 1}", "-o", out)


@pytest.mark.timeout(1200)
def test_the_page_starts_on_another_python(tmp_path):
    found = other_python()
    if found is None:
        pytest.skip(f"no other Python of 3.{LOW}-3.{HIGH - 1} is on this machine")
    python = tmp_path / "venv" / "bin" / "python"
    uv("venv", "--python", found, tmp_path / "venv")
    # All but torch and what comes with it, several GB: it is loaded behind the page, which says
    # that it has no model here.
    pins = tmp_path / "pins.txt"
    uv("pip", "compile", "requirements.txt", "--python", python, "-o", pins)
    light = [p for p in pins.read_text().splitlines() if not HEAVY.match(p)]
    pins.write_text("\n".join(light))
    uv("pip", "install", "--python", python, "--no-deps", "-r", pins)
    port = free_port()
    command = [str(python), "app.py", "--port", str(port), "--store", f"sqlite:///{tmp_path}/s"]
    with served(command, port, 120) as address:
        assert address


HEAVY = re.compile(r"(torch|torchvision|triton|nvidia-|cuda-)")


def requirements() -> str:
    return (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")


def other_python() -> Path | None:
    """The newest supported interpreter that is not of this one's version."""
    folders = sorted(Path.home().glob(".pyenv/versions/*/bin"))
    for minor in reversed(MINORS):
        if minor == sys.version_info.minor:
            continue
        name = f"python3.{minor}"
        places = [folder / name for folder in folders if (folder / name).exists()]
        on_path = shutil.which(name)
        for place in [*places, *([Path(on_path)] if on_path else [])]:
            if works(place):
                return place
    return None


def works(python: Path) -> bool:
    """A shim may be there without its interpreter."""
    done = subprocess.run([python, "-c", "import ssl, sqlite3"], capture_output=True, check=False)
    return done.returncode == 0
