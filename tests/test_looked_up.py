"""The verdicts that were looked up: what they name exists, and most that stay are the model's."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.model_errors import FAULTS, demo_pairs, looked_up, still_contradicted


@pytest.fixture(scope="module")
def pairs():
    return demo_pairs()


@pytest.mark.slow
def test_every_verdict_names_words_of_a_text_of_the_demo(pairs):
    rows = looked_up(pairs)
    assert Counter(row.drawn for row in rows) == {
        "first": 100, "second": 59, "third": 100, "fourth": 60, "fifth": 40, "sixth": 60,
        "new reader": 52, "seventh": 72,
    }  # fmt: skip
    for row in rows:
        start, end = row.span
        assert 0 <= start < end <= len(row.text)
        assert row.fault in FAULTS


@pytest.mark.slow
def test_what_the_model_got_wrong_stays_and_what_we_got_wrong_mostly_goes(pairs):
    # The third and fourth were drawn from what another network read.
    for drawn, stays in ((("third", "fourth"), 0.75), (("sixth",), 0.9)):
        rows = [row for row in looked_up(pairs) if row.drawn in drawn]
        left = Counter(row.fault for row in rows if still_contradicted(row, pairs))
        of = Counter(row.fault for row in rows)
        assert left["model"] >= stays * of["model"]
        assert left["judge"] + left["reader"] <= 0.5 * (of["judge"] + of["reader"])
