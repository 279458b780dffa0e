"""A derived mirror text beside a generated one: every word accounted for, in its order."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text
from autocompose.studio.augment.mirror_diff import mirror_difference, word_difference

WORDS = st.lists(
    st.sampled_from(["raise", "left", "right", "arm,", "Arm", "arm.", "and"]), max_size=12
)


def joined(runs, *kinds: str) -> str:
    return " ".join(run.text for run in runs if run.kind in kinds)


@given(WORDS, WORDS)
@settings(max_examples=60, deadline=None)
def test_the_runs_give_both_texts_back_word_for_word(a, b):
    runs = word_difference("  ".join(a), "\n".join(b))
    assert joined(runs, "same", "del") == " ".join(a)
    assert joined(runs, "same", "ins") == " ".join(b)
    assert all(run.text for run in runs)
    assert all(one.kind != two.kind for one, two in pairwise(runs))


def test_case_and_punctuation_count():
    found = word_difference("Raise your left arm.", "raise your left Arm")
    assert [(r.kind, r.text) for r in found] == [
        ("del", "Raise"),
        ("ins", "raise"),
        ("same", "your left"),
        ("del", "arm."),
        ("ins", "Arm"),
    ]


def test_identical_texts_are_said_to_be_identical():
    text = "Raise your left arm and turn counterclockwise."
    found = mirror_difference(None, {"text": text, "generated": mirror_text(text)})
    assert found.identical is True
    assert (found.removed, found.added) == (0, 0)
    assert [run.kind for run in found.runs] == ["same"]
    assert found.derived.startswith("Raise your right arm")


def test_what_differs_is_counted_on_each_side():
    page = {"text": "Lift your left arm.", "generated": "Lift your right arm high up."}
    found = mirror_difference(None, page)
    assert (found.identical, found.removed, found.added) == (False, 1, 3)


def test_a_text_without_words_has_no_runs_in_common():
    found = mirror_difference(None, {"text": "", "generated": "Bend."})
    assert [(r.kind, r.text) for r in found.runs] == [("ins", "Bend.")]
    assert not found.identical


def test_an_ambiguous_side_is_refused_with_its_reason():
    with pytest.raises(AmbiguousSideError, match="right"):
        mirror_difference(None, {"text": "Move the right way.", "generated": "Move."})
