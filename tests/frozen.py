"""What `tests/test_frozen*.py` share: the frozen documents, and what they are compared with.

The expected values in ``tests/data/frozen`` were written by the code as it was before its modules
moved. A change of one of them is a change of something that people have measured, stored or
scripted; it needs a decision, not a new value here. Nothing in these tests imports a module that
may move: they go through the command line, the names of `autocompose` itself and the import paths
that are promised.

- ``names.json``: commands, options, JSON keys, records, errors and settings. More of each may come.
- ``texts.json``: digests of the describer's texts and of the committed files, and a few texts.
- ``figures.json``: what the commands and the official loaders print and give.
- ``gallery``: twelve demo pictures, indexed with ``checkpoints/pose-mini``. Its numbers, and what
  the checkpoint finds, are those of the checkpoint of 2026-11-30; its format is the first.
- ``answers.sqlite3.gz``: the stored answers of three runs of ``describe --provider openai``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import runpy
import sys
from pathlib import Path
from typing import Any

from tests.browser.chromium import REPOSITORY

DATA = REPOSITORY / "tests" / "data"
FROZEN = DATA / "frozen"
DEMO = REPOSITORY / "annotations" / "demo"
CHECKPOINT = REPOSITORY / "checkpoints" / "pose-mini"

NAMES: dict[str, Any] = json.loads((FROZEN / "names.json").read_text(encoding="utf-8"))
TEXTS: dict[str, Any] = json.loads((FROZEN / "texts.json").read_text(encoding="utf-8"))
FIGURES: dict[str, Any] = json.loads((FROZEN / "figures.json").read_text(encoding="utf-8"))


def program(*args: object) -> str:
    """What ``python -m autocompose`` prints; in this process, so that torch is imported once."""
    before, printed, code = sys.argv, io.StringIO(), None
    sys.argv = ["autocompose", *map(str, args)]
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_module("autocompose", run_name="__main__")
    except SystemExit as left:
        code = left.code
    finally:
        sys.argv = before
    assert code in (None, 0), f"exit code {code}: autocompose {' '.join(map(str, args))}"
    return printed.getvalue()


def sha256(content: object) -> str:
    """Of bytes as they are, of anything else as JSON."""
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def differences(frozen: Any, found: Any, at: str = "") -> list[str]:
    """Where a document says something else than the frozen one; new keys say nothing else."""
    if isinstance(frozen, dict) and isinstance(found, dict):
        lost = [f"{at}/{key} is gone" for key in frozen if key not in found]
        both = [key for key in frozen if key in found]
        return lost + [d for k in both for d in differences(frozen[k], found[k], f"{at}/{k}")]
    if isinstance(frozen, list) and isinstance(found, (list, tuple)):
        if len(frozen) != len(found):
            return [f"{at} had {len(frozen)} values, has {len(found)}"]
        rows = enumerate(zip(frozen, found, strict=True))
        return [d for i, (a, b) in rows for d in differences(a, b, f"{at}/{i}")]
    if isinstance(frozen, float) and isinstance(found, (int, float)):
        same = math.isclose(frozen, found, rel_tol=1e-5, abs_tol=1e-5)
    else:
        same = type(frozen) is type(found) and frozen == found
    return [] if same else [f"{at} was {frozen!r}, is {found!r}"]


def without_model_texts(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without the texts of language models, which the demo has had since 0.2.0."""
    return [
        {key: value for key, value in record.items() if not key.startswith("search")}
        for record in records
    ]


def demo_records(split: str) -> list[dict[str, Any]]:
    path = DEMO / "captions" / f"{split}.json"
    return without_model_texts(json.loads(path.read_text(encoding="utf-8")))


def write_json(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path
