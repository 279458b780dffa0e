"""What must not change while modules move: commands, options, records, errors and stored ids."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
from enum import Enum
from typing import Any

import pytest

import autocompose
from autocompose import config, errors, schema
from autocompose.evaluation import eval_report
from autocompose.schema import View
from tests.browser.chromium import REPOSITORY
from tests.frozen import DEMO, FIGURES, NAMES, demo_records, differences, program, write_json


def shown_options(text: str) -> list[str]:
    """The options that a help page declares: dashes at the start of a row."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    rows = re.findall(r"(?m)^[│| ]*\*?[ ]*(-[-\w]+(?:[ ,/]+-[-\w]+)*)", plain)
    return sorted({option for row in rows for option in re.split(r"[ ,/]+", row)})


def help_page(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "250")
    if command != "app.py":
        return program(*command.split(), "--help")
    printed = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["app.py", "--help"])
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as left:
        runpy.run_path(str(REPOSITORY / "app.py"), run_name="__main__")
    assert left.value.code in (None, 0)
    return printed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("command", NAMES["options"])
def test_every_command_still_has_its_options(command, monkeypatch):
    frozen = NAMES["options"][command]
    assert [o for o in frozen if o not in shown_options(help_page(command, monkeypatch))] == []


def test_the_process_lists_every_command():
    environment = {**os.environ, "COLUMNS": "250", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-m", "autocompose", "--help"],
        capture_output=True, text=True, check=True, env=environment, cwd=REPOSITORY,
    )  # fmt: skip
    commands = {name.split()[0] for name in NAMES["options"]} - {"app.py"}
    shown = set(re.findall(r"(?m)^[│| ]*([a-z]+) {2}", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)))
    assert commands - shown == set()


@pytest.mark.slow
def test_review_stats_has_its_keys(tmp_path):
    path = write_json(tmp_path / "captions.json", demo_records("val")[:4])
    store = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    program("review", "import", path, "--dataset", DEMO, "--split", "val", "--store", store)
    found = json.loads(program("review", "stats", "--json", "--store", store))
    assert found.keys() >= set(NAMES["keys"]["review stats"])
    assert differences(FIGURES["review stats"], found) == []


def test_the_package_still_gives_its_names():
    for name in NAMES["package"]:
        assert getattr(autocompose, name) is not None
    assert set(NAMES["package"]) <= set(autocompose.__all__)


@pytest.mark.parametrize("path", NAMES["import paths"])
def test_a_promised_import_path_works(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def plain(field: dataclasses.Field[Any]) -> object:
    """A field's default as JSON can hold it."""
    value = field.default
    if value is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else "made"
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else value


def record_fields() -> dict[str, dict[str, object]]:
    """Fields of the records and of the settings with their defaults, members of the enums."""
    found: dict[str, dict[str, object]] = {}
    for module in (schema, config, eval_report):
        for name, kind in vars(module).items():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            if dataclasses.is_dataclass(kind):
                found[name] = {field.name: plain(field) for field in dataclasses.fields(kind)}
            elif issubclass(kind, Enum):
                found[name] = {member.name: member.value for member in kind}
    return found


def test_records_and_settings_keep_their_fields_and_defaults():
    assert differences(NAMES["records"], record_fields()) == []


def error_tree() -> dict[str, list[str]]:
    kinds = {n: k for n, k in vars(errors).items() if isinstance(k, type)}
    return {
        name: [base.__name__ for base in kind.__mro__[1:] if base.__module__ == errors.__name__]
        for name, kind in kinds.items()
        if issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }


def test_errors_keep_their_names_and_parents():
    found = error_tree()
    for name, parents in NAMES["errors"].items():
        assert name in found
        assert set(parents) <= set(found[name]), name


def test_stored_ids_and_caption_keys_are_made_as_before():
    written = (schema.Source.AUTO, schema.Source.MLLM)
    keys = {f"{s.value} {v.value}": schema.caption_key(s, v) for s in written for v in View}
    assert schema.content_id("a.jpg", "b.jpg") == FIGURES["ids"]["content"]
    assert keys == FIGURES["ids"]["keys"]
