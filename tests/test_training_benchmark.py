"""The benchmark of training runs, and its two ways agree."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests import warm

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_official_way_and_ours_have_the_same_losses_and_recalls(tmp_path):
    figures = tmp_path / "figures.json"
    parts = ["combiner", "short-texts", "evaluation"]
    command = ["benchmarks/training.py", "--quick", "--json", str(figures), "--only", *parts]
    # -c, because a script's own folder would stand before the repository on the path.
    start = (
        f"import sys, runpy; sys.argv = {command!r}; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = warm.run([sys.executable, "-c", start], cwd=REPOSITORY, env=os.environ, timeout=280)
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    assert all(found[part]["same"] for part in parts)
    assert found["combiner"]["ratio"] > 0  # how much is for the benchmark to say
    assert "pairs/s" in done.stdout
