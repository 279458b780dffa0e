"""Commands run in this process that must end in one line, and a dataset of one pair for them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from autocompose.cli import main
from autocompose.data.captions.caption_files import write_captions
from autocompose.data.dataset import write_split

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "annotations" / "demo"


def run(*args: object) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def failing(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A runner of commands that must fail with exit code 1 and one line; it gives that line."""

    def fail(*args: object) -> str:
        assert run(*args) == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
        assert lines[-1].startswith("error: ")
        assert not any("Traceback" in line for line in lines)
        return lines[-1]

    return fail


def write_pair(root: Path) -> Path:
    """Two pictures and one text, as the split ``val``."""
    for sub in ("images", "captions", "image_splits"):
        (root / sub).mkdir(parents=True)
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(root / "images" / name)
    row = {"reference": "a.png", "target": "b.png", "img_set": ["b.png"], "sents": ["Sit."]}
    write_captions(root / "captions" / "val.json", [row])
    write_split(root / "image_splits" / "val.json", ["a.png", "b.png"])
    return root
