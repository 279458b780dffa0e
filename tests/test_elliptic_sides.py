"""Sides whose part is said elsewhere, in texts that a model wrote and in short queries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text

MODEL_TEXTS = json.loads((Path(__file__).parent / "data/model_texts/mirrored.json").read_text())

FLIPPED = [
    # The part came before.
    ("The left arm rises; the right hangs.", "The right arm rises; the left hangs."),
    ("Both arms hang, the right drawn back.", "Both arms hang, the left drawn back."),
    (
        "Lift both hands, the right one higher than the left.",
        "Lift both hands, the left one higher than the right.",
    ),
    (
        "Let the left arm drop and the right hang in front.",
        "Let the right arm drop and the left hang in front.",
    ),
    ("Arms out, left one lower, right one high.", "Arms out, right one lower, left one high."),
    (
        "Lower the left foot; the right steps in under the hip.",
        "Lower the right foot; the left steps in under the hip.",
    ),
    (
        "Bend the left knee, keep the straight right back.",
        "Bend the right knee, keep the straight left back.",
    ),
    # The clause moves it.
    ("The left swings back.", "The right swings back."),
    ("Let the right hang.", "Let the left hang."),
    # A partner in the sentence.
    ("Arms out: right straight, left at the hip.", "Arms out: left straight, right at the hip."),
    ("right arm up, left down", "left arm up, right down"),
    (
        "Left hand up, right behind the head, feet together.",
        "Right hand up, left behind the head, feet together.",
    ),
    ("cross the right foot behind left", "cross the left foot behind right"),
    # A direction.
    ("Tip your chest left as you bend.", "Tip your chest right as you bend."),
    ("Eyes down and left, head tipped right.", "Eyes down and right, head tipped left."),
    ("Lean forward and left over the knee.", "Lean forward and right over the knee."),
    ("The right leg slants out right, knee soft.", "The left leg slants out left, knee soft."),
    ("Bend the head, tilting it right.", "Bend the head, tilting it left."),
    # An act that has a side.
    ("Take a big right step forward.", "Take a big left step forward."),
    ("left lunge, arms wide", "right lunge, arms wide"),
    ("Come up out of the right lean.", "Come up out of the left lean."),
]
UNTOUCHED = [
    "Sink right down into a squat.",
    "Stand right up, arms overhead.",
    "Bent right over, knees soft.",
    "Set the foot right below its hip.",
    "Raise both arms, right now!",
    "Hips right over the knees.",
]
REFUSED = [
    "Bend both knees to the right depth.",
    "Both hands find the right grip.",
    "Raise both arms; do it the right way.",
    "Lift both hands to the right height.",
    "Lift both arms; the right steps to take are these.",
    "Hold the right stretch with both arms.",
    "Take the right stand with both feet.",
    "Raise both arms and, with the right timing, kick.",
    "Both legs: the right rest helps.",
    "Both arms are up, the right choice for balance.",
    "The left foot is off the floor, right?",
    "Left knee up, right up to the chest.",
    "With the left arm up, this is right.",
    "Raise the left arm and right it.",
    "Tilt it; move it right.",
    "Both feet have left the floor.",
    "He left the room, both arms up.",
    "The left leg is left straight.",
    "Both arms hang, left loose.",
    "Raise the right leg, left in the air by the swing.",
    "Leave the arms as they are, left at the sides.",
    "Keep the little bend left in both knees.",
    "Feet apart, right under its hip.",
    "Shift the hips left over the foot.",
    "Tip right over the knee.",
    "Your back should be more straight and up right.",
    "Right: the left arm goes up.",
]


@pytest.mark.parametrize("row", MODEL_TEXTS, ids=range(len(MODEL_TEXTS)))
def test_texts_of_a_model_are_flipped_as_they_were_read(row):
    assert mirror_text(row["text"]) == row["mirrored"]
    assert mirror_text(row["mirrored"]) == row["text"]


@pytest.mark.parametrize(("text", "flipped"), FLIPPED)
def test_a_side_that_takes_up_a_part_or_names_a_way_is_exchanged(text, flipped):
    assert mirror_text(text) == flipped
    assert mirror_text(flipped) == text


@pytest.mark.parametrize("text", UNTOUCHED)
def test_right_that_only_stresses_stays(text):
    assert mirror_text(text) == text


@pytest.mark.parametrize("text", REFUSED)
def test_what_may_be_leave_correct_or_exactly_is_still_refused(text):
    with pytest.raises(AmbiguousSideError):
        mirror_text(text)


CLAUSES = [
    "the left arm rises", "the right hangs", "both arms up", "left high", "right one behind", "the",
    "swings", "lifts back", "tip the chest", "right", "left", "and", "while", "out", "over it",
    "down", "let", "hang", "a", "step", "level", "with", "is", "feet apart", "behind", "up to",
]  # fmt: skip
MARKS = [" ", ", ", "; ", ": ", ". ", "? "]


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(CLAUSES), st.sampled_from(MARKS)), max_size=9))
@settings(max_examples=500, deadline=None)
def test_every_accepted_text_of_clauses_comes_back(pieces):
    text = "".join(word + mark for word, mark in pieces)
    try:
        flipped = mirror_text(text)
    except AmbiguousSideError as error:
        start, end = error.span
        assert text[start:end]
        return
    assert mirror_text(flipped) == text


@given(st.sampled_from(FLIPPED), st.sampled_from(["", "Stand tall. ", "Turn, "]))
@settings(deadline=None)
def test_case_and_what_stands_before_do_not_matter(case, before):
    text = before + case[0]
    assert mirror_text(mirror_text(text)) == text
    assert mirror_text(case[0].upper()) == mirror_text(case[0]).upper()
