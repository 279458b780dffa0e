"""docs/photos.md: its commands run as they stand, on the photographs of tests/data/photos."""

import re
import shlex
from pathlib import Path

import pytest

from autocompose.cli import main

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run_on_photographs(tmp_path, monkeypatch, capsys):
    text = (REPOSITORY / "docs" / "photos.md").read_text(encoding="utf-8")
    block = text.split("```")[1]
    for name in ("checkpoints", "tests"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    monkeypatch.chdir(tmp_path)
    told = []
    for line in re.findall(r"^autocompose (.+)$", block, re.MULTILINE):
        with pytest.raises(SystemExit) as left:
            main(shlex.split(line))
        assert int(left.value.code or 0) == 0
        told.append(capsys.readouterr())
    indexed, retrieved = told
    assert "36 images, 36 with joints" in indexed.err
    hits = retrieved.out.splitlines()
    assert len(hits) == 10
    assert all("claims met" in hit for hit in hits)
    assert "read as: " in retrieved.err
