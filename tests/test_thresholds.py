"""The one table of thresholds: each is used, none stands twice, and the page shows them all."""

import re

import pytest

from autocompose.thresholds import THRESHOLDS, threshold
from tests import threshold_table
from tests.test_architecture import PACKAGE

ASKED = re.compile(r'threshold\(\s*f?"([^"]*)"\s*\)')


def test_every_threshold_has_one_name_and_says_where_it_comes_from():
    names = [row.name for row in THRESHOLDS]
    assert len(set(names)) == len(names)
    assert all(row.unit and row.decides and row.source for row in THRESHOLDS)
    with pytest.raises(KeyError):
        threshold("no such number")


def test_every_threshold_is_asked_for_by_its_name():
    asked = {
        re.sub(r"\\\{\w+\\\}", r"\\w[\\w ]*", re.escape(name))
        for path in (PACKAGE / "verify", PACKAGE / "postures", PACKAGE / "tagger")
        for file in path.glob("*.py")
        for name in ASKED.findall(file.read_text(encoding="utf-8"))
    }
    for row in THRESHOLDS:
        assert any(re.fullmatch(name, row.name) for name in asked), row.name


def test_no_other_number_stands_in_the_judge_itself():
    counting = {0.0, 0.5, 1.0, 2.0, 3.0, 1e-9}
    for name in ("described", "findings", "judge", "side_evidence", "unasked", "verdicts"):
        source = (PACKAGE / "verify" / f"{name}.py").read_text(encoding="utf-8")
        told = r'""".*?"""|#[^\n]*|"[^"\n]*"'
        code = re.sub(told, "", source, flags=re.DOTALL)
        found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", code)
        assert {float(number) for number in found} <= counting, name


def test_the_page_shows_the_table_as_it_is():
    assert threshold_table.OUT.read_text(encoding="utf-8") == threshold_table.content()
