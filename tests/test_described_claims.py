"""Claims that the tagger read in descriptions are rejected only where that is sure."""

from __future__ import annotations

import json
from dataclasses import replace
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


def described(part, change, *, side="", kind=ClaimKind.MOVEMENT) -> Claim:
    return Claim(part, side, Change.parse(change), None, (0, 1), kind, 0.99)


def judged(claim: Claim, *poses) -> Outcome:
    (verdict,) = judge_claims([claim], *poses)
    return verdict.outcome


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_knee_is_off_the_floor_by_its_own_height(side):
    kneeling = {
        f"{s}_{name}": (x * (1 if s == "left" else -1), y, z)
        for s in ("left", "right")
        for name, x, y, z in (
            ("knee", 0.1, -0.45, 0.01), ("ankle", 0.1, -0.45, -0.41), ("foot", 0.1, -0.5, -0.5),
        )
    }  # fmt: skip
    on_knees = with_joints(ARMS_DOWN, **kneeling)
    off = described("knee", "off floor", side=side, kind=ClaimKind.STATE)
    assert judged(off, on_knees, ARMS_DOWN) is Outcome.SUPPORTED
    assert judged(off, ARMS_DOWN, on_knees) is Outcome.CONTRADICTED


@pytest.mark.parametrize("side", ["left", "right"])
def test_hips_come_forward_over_the_foot_that_stands(side):
    sign, other = (1, -1) if side == "left" else (-1, 1)
    lifted = {f"{side}_knee": (sign * 0.1, -0.35, -0.2), f"{side}_ankle": (sign * 0.1, -0.4, -0.6)}
    behind = {f"{'right' if side == 'left' else 'left'}_ankle": (other * 0.1, -0.86, 0.15)}
    start = with_joints(ARMS_DOWN, **lifted, **behind)
    target = with_joints(ARMS_DOWN)
    forward = described("hips", "forward")
    assert judged(forward, start, target) is not Outcome.CONTRADICTED
    assert judged(replace(forward, sure=1.0), start, target) is Outcome.CONTRADICTED
    assert judged(described("hips", "back"), ARMS_DOWN, start) is not Outcome.SUPPORTED


def test_a_chest_that_does_not_turn_by_itself_may_turn_with_the_body():
    assert judged(described("torso", "turn left"), ARMS_DOWN, ARMS_DOWN) is Outcome.UNKNOWN
    order = replace(described("torso", "turn left"), sure=1.0)
    assert judged(order, ARMS_DOWN, ARMS_DOWN) is Outcome.CONTRADICTED
