"""Claims that the tagger read in descriptions are rejected only where that is sure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autocompose.language.reader.claims import Claim, ClaimKind, Outcome
from autocompose.language.reader.read import read_claims
from autocompose.tagger.claimed_change import Change
from autocompose.verify.findings import SURE
from autocompose.verify.judge import judge_claims
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, with_joints

DEV = Path(__file__).parent / "data" / "claims_mllm" / "dev.jsonl"
REACHING = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.44, 0.28),
    left_wrist=(0.2, 0.44, 0.52),
    left_hand=(0.2, 0.44, 0.6),
)


def outcome(change: str, sure: float, *, part: str = "arm", kind: str = "m", poses) -> Outcome:
    claim = Claim(part, "left", Change.parse(change), None, (0, 1), ClaimKind(kind), sure)
    (verdict,) = judge_claims([claim], *poses)
    return verdict.outcome


@pytest.mark.parametrize(
    ("sure", "expected"),
    [
        (1.0, Outcome.CONTRADICTED),
        (SURE, Outcome.CONTRADICTED),
        (SURE - 0.01, Outcome.UNKNOWN),
        (0.0, Outcome.UNKNOWN),
    ],
)
def test_what_may_be_misread_is_not_contradicted(sure, expected):
    assert outcome("down", sure, poses=(ARMS_DOWN, T_POSE)) is expected


def test_what_may_be_misread_is_still_supported():
    assert outcome("up", 0.2, poses=(ARMS_DOWN, T_POSE)) is Outcome.SUPPORTED


def test_a_description_tells_a_movement_by_its_end():
    still = (REACHING, REACHING)
    assert outcome("forward", 1.0, poses=still) is Outcome.CONTRADICTED
    assert outcome("forward", 0.99, poses=still) is Outcome.UNKNOWN
    assert outcome("forward", 0.99, poses=(REACHING, ARMS_DOWN)) is Outcome.CONTRADICTED


def test_a_leg_is_in_front_where_it_is_ahead_of_the_other():
    back = with_joints(ARMS_DOWN, right_ankle=(-0.1, -0.8, -0.4), right_foot=(-0.1, -0.86, -0.26))
    assert (
        outcome("in front", 1.0, part="leg", kind="s", poses=(ARMS_DOWN, back)) is Outcome.SUPPORTED
    )


def test_a_lean_with_degrees_is_about_as_far():
    said = Claim("torso", "", Change.parse("lean forward 0"), None, (0, 1), ClaimKind.STATE)
    (verdict,) = judge_claims([said], SQUAT, ARMS_DOWN)
    assert verdict.outcome is not Outcome.CONTRADICTED


def test_the_tagger_says_how_sure_it_is_and_rules_are_certain():
    row = json.loads(DEV.read_text(encoding="utf-8").splitlines()[0])
    described = [claim for claim in read_claims(row["text"]) if claim.change.is_read]
    assert described
    assert all(0 <= claim.sure < 1 and claim.described for claim in described)
    assert all(claim.sure == 1 for claim in read_claims("Raise your left arm."))
