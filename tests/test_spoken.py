"""Evidence in the words of people: directions are named, numbers have no sign."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.language.reader.claims import Outcome
from autocompose.verify.judge import PairJudge, check_text
from autocompose.verify.spoken import LEFT_RIGHT, OVER_FLOOR, Spoken, spoken, spoken_change
from tests.poses import ARMS_DOWN, T_POSE, random_poses

SIGNED = re.compile(r"(?:^|\s)[-+]\d")
TEXTS = (
    "Raise the left arm above the head and turn the head to the right.",
    "Lean forward and to the left. Bend both knees. Step forward with the right foot.",
    "Put the left hand behind the back, the right hand below the hips and look up.",
    "Bring the right knee above the hip, move the left foot out and keep the torso upright.",
    "The left hand is in front of the chest; the feet are beside the body, on the floor.",
    "Turn to the left, tilt the head to the right, shift the hips back. Raise the left shoulder.",
)


def test_a_part_below_a_place_is_not_a_negative_height_above_it():
    (found,) = check_text("Both feet are above the head.", ARMS_DOWN, T_POSE).claims
    assert found.outcome is Outcome.CONTRADICTED
    assert re.fullmatch(r"left foot \d\.\d\d m below the head", found.evidence)
    (held,) = check_text("The left hand is below the head.", ARMS_DOWN, T_POSE).claims
    assert held.evidence.endswith("m below the head")


def test_a_turn_to_the_right_is_not_a_negative_turn_to_the_left():
    assert spoken_change(-26, -71, "°", poles=LEFT_RIGHT, digits=0) == "right 26° → 71°"
    assert spoken_change(26, 71, "°", poles=LEFT_RIGHT, digits=0) == "left 26° → 71°"
    assert spoken_change(-0.3, 10, "°", poles=LEFT_RIGHT, digits=0) == "left 0° → 10°"
    assert spoken_change(0.2, -10, "°", poles=LEFT_RIGHT, digits=0) == "right 0° → 10°"
    assert spoken_change(-26, 10, "°", poles=LEFT_RIGHT, digits=0) == "right 26° → left 10°"


def test_left_and_right_in_evidence_are_the_subjects():
    turned = ARMS_DOWN.copy()
    turned[5] = (0.1, 0.65, 0.08)  # the nose, to the subject's left
    (found,) = check_text("Turn the head to the left.", ARMS_DOWN, turned).claims
    assert found.outcome is Outcome.SUPPORTED
    assert re.fullmatch(r"head turned left \d+° → \d+°", found.evidence)
    (other,) = check_text("Turn the head to the right.", ARMS_DOWN, turned).claims
    assert (other.outcome, other.evidence) == (Outcome.CONTRADICTED, found.evidence)


@pytest.mark.parametrize("seed", range(12))
def test_no_evidence_has_a_sign(seed):
    reference, target = random_poses(2, seed=seed)
    judge = PairJudge(reference, target)
    evidence = [claim.evidence for text in TEXTS for claim in judge.check(text).claims]
    assert len(evidence) > 15
    assert [words for words in evidence if SIGNED.search(words)] == []


@given(st.floats(-99, 99), st.floats(-99, 99))
def test_what_is_said_gives_the_numbers_back(before, after):
    words = spoken_change(before, after, " m", poles=OVER_FLOOR)
    sizes = [float(number) for number in re.findall(r"\d+\.\d+", words)]
    assert sizes == [round(abs(before), 2), round(abs(after), 2)] or np.allclose(
        sizes, [abs(before), abs(after)], atol=0.0051
    )
    same = words.count("the floor") == 1
    assert same or (round(before, 2) < 0) != (round(after, 2) < 0)


def test_a_number_of_many_pairs_is_said_of_one():
    values = Spoken(np.array([0.5, -1.74]), " m", OVER_FLOOR)
    assert (values.at(0), values.at(1)) == ("0.50 m above the floor", "1.74 m below the floor")
    assert spoken(float("nan"), " m", OVER_FLOOR) == "nan m above the floor"
