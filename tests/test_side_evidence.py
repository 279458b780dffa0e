"""What a whole text says of its sides: an exchange shows though no claim is contradicted."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.language.reader.claims import Claim, Outcome
from autocompose.schema import View
from autocompose.tagger.claimed_change import Change
from autocompose.verify.findings import drawn_pairs
from autocompose.verify.joint_error import TRUE
from autocompose.verify.judge import PairJudge, read_claims
from autocompose.verify.side_evidence import SideEvidence, side_evidence
from tests.poses import ARMS_DOWN, random_poses, with_joints

LEFT_ARM_OUT = with_joints(
    ARMS_DOWN, left_elbow=(0.45, 0.44, 0), left_wrist=(0.7, 0.44, 0), left_hand=(0.78, 0.44, 0)
)
JUDGE = PairJudge(ARMS_DOWN, LEFT_ARM_OUT)
POSES = random_poses(8, seed=5)
TEXTS = (
    "Raise your left arm and bend your right knee.",
    "Lean to the left and turn your head to the right, left foot in front of the right.",
    "Kneel on the right knee, left hand on your left hip.",
)


def evidence(judge: PairJudge, claims) -> SideEvidence:
    mirrored = judge.seen_as(View.MIRROR)
    pairs = [drawn_pairs(one.change, TRUE) for one in (judge, mirrored)]
    return side_evidence(claims, *pairs)


def unsure(text: str) -> list[Claim]:
    return [replace(claim, sure=0.5) for claim in read_claims(text)]


def test_exchanged_sides_show_though_every_claim_may_be_misread():
    wrong = unsure("Raise your right arm. Move the right hand out, right arm at shoulder height.")
    verdicts = JUDGE.judge(wrong)
    assert not any(v.outcome is Outcome.CONTRADICTED for v in verdicts)
    assert JUDGE.sides_swapped(verdicts)
    right = unsure("Raise your left arm. Move the left hand out, left arm at shoulder height.")
    assert not JUDGE.sides_swapped(JUDGE.judge(right))


@pytest.mark.parametrize(
    ("change", "sure", "odds"),
    # True here and false there: 1.5, and 1.2 more as it moves here alone; unsure ones count 0.6.
    [("up", 1.0, 2.7), ("up", 0.5, 1.62), ("straighten", 1.0, 0.0)],
)
def test_a_claim_weighs_what_the_mirror_image_says_otherwise(change, sure, odds):
    part = "elbow" if change == "straighten" else "hand"
    claim = Claim(part, "left", Change.parse(change), None, (0, 1), sure=sure)
    assert evidence(JUDGE, [claim]).log_odds == pytest.approx(odds, abs=0.2)


@given(st.sampled_from(TEXTS), st.integers(0, 7), st.integers(0, 7))
@settings(max_examples=20, deadline=None)
def test_what_speaks_for_a_text_speaks_against_it_on_the_mirror_image(text, first, second):
    judge = PairJudge(POSES[first], POSES[second])
    claims = read_claims(text)
    own = evidence(judge, claims)
    other = evidence(judge.seen_as(View.MIRROR), claims)
    assert other.log_odds == pytest.approx(-own.log_odds)


def test_what_fits_neither_body_is_not_exchanged():
    assert SideEvidence(-3.0, 2.0, 1.0).exchanged
    assert not SideEvidence(-3.0, 1.0, 1.0).exchanged
    assert not SideEvidence(-1.7, 5.0, 0.0).exchanged


def test_a_text_without_sides_says_nothing():
    assert evidence(JUDGE, read_claims("Bow down and raise both arms.")) == SideEvidence()
