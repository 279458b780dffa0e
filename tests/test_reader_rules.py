"""Every declared rule of the reader reads its own example, and the example as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autocompose.language.reader import tokens
from autocompose.language.reader.rule_reader import read_by_rules
from autocompose.language.reader.tokens import PHRASE_RULES, WORD_RULES
from benchmarks.reader import LabelledText
from benchmarks.reader_rules import Use, uses
from tests.test_claims import named

RULES = (*WORD_RULES, *PHRASE_RULES)


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_reads_its_example(rule, monkeypatch):
    fired = []

    def watched(*place):
        found = rule.read(*place)
        fired.append(found is not None)
        return found

    table = "WORD_RULES" if rule in WORD_RULES else "PHRASE_RULES"
    rows = tuple(
        replace(row, read=watched) if row is rule else row for row in getattr(tokens, table)
    )
    monkeypatch.setattr(tokens, table, rows)
    read = {named(claim) for claim in read_by_rules(rule.example)}
    assert any(fired)
    assert read == {claim for claim in rule.claims.split("; ") if claim}


def test_what_a_rule_reads_is_counted_as_right_or_wrong():
    rows = [
        LabelledText("raise both hands", (("both hand: up", "m"),)),
        LabelledText("bend both knees", (("both knee: straighten", "m"),)),
    ]
    assert uses(rows)["word", "quantity"] == Use(texts=2, claims=2, right=1)
    assert uses(rows)["act", "up"] == Use(texts=1, claims=1, right=1)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Stop leaning, stand up straight", {"body: up", "body: upright"}),
        ("do not bend or lift the left arm", {"left elbow: not bend", "left arm: not up"}),
        ("move the left foot two feet to the left", {"left foot: left"}),
        ("move the right foot two feet to the right", {"right foot: right"}),
        ("keep your two feet together", {"both foot: together"}),
    ],
)
def test_what_shall_stop_ends_with_its_clause_and_a_length_is_no_part(text, claims):
    assert {named(claim) for claim in read_by_rules(text)} == claims
