"""Postures and acts as claims of a text, and what two bodies say of them."""

from __future__ import annotations

import numpy as np
import pytest

from autocompose.body.change import Body
from autocompose.body.skeleton import JOINTS, mirror
from autocompose.language.reader.claims import ClaimKind, Outcome
from autocompose.language.reader.read import read_claims
from autocompose.language.sides.mirror import mirror_text
from autocompose.postures.posture_evidence import posture_evidence
from autocompose.postures.posture_measures import posture_measures
from autocompose.postures.postures import NEAR, POSTURES, scores_of
from autocompose.schema import BodyPart
from autocompose.studio.server.row_check import row_problem
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.judge import check_text
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, random_poses, with_joints

ON_THE_LEFT_LEG = with_joints(
    ARMS_DOWN,
    right_knee=(-0.1, 0.0, 0.4),
    right_ankle=(-0.1, -0.4, 0.42),
    right_foot=(-0.1, -0.46, 0.55),
)


def postures_in(text: str) -> list[str]:
    return [
        f"{c.change}/{c.kind.value}"
        for c in read_claims(text)
        if c.change.kind is ChangeKind.POSTURE
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crawl on all fours.", ["crawl/m"]),
        ("Lie down", ["lie/m"]),
        ("lying on your left side", ["left lie on the side/s"]),
        ("do a plank", ["plank/m"]),
        ("Hold a plank.", ["plank/s"]),
        ("stand on one leg", ["stand on one leg/m"]),
        ("kick with the left leg", ["left kick/m"]),
        ("Punch with your right fist.", ["right punch/m"]),
        ("Kneel on your right knee.", ["right kneel on one knee/m"]),
        ("Rise out of the lunge.", ["lunge/r"]),
        ("Still kneeling, raise your left arm.", ["kneel/r"]),
        ("Do not lie down.", ["not lie/m"]),
        ("arms crossed over the chest", ["arms crossed/s"]),
        ("Move as if kneeling.", []),
        ("like an archer", []),
        ("The left thigh lies level.", []),
        ("Lay the right hand on your belly.", []),
        ("Put both hands on your hips.", []),
        ("Raise your left arm.", []),
    ],
)
def test_what_is_claimed_of_the_body(text, expected):
    assert postures_in(text) == expected


def test_a_posture_is_of_the_body_and_its_side_is_the_places():
    (claim,) = read_claims("Kick with the left leg.")
    assert (claim.part, claim.side) == ("body", "")
    assert (claim.change.way, claim.change.place_side) == ("kick", "left")
    assert claim.kind is ClaimKind.MOVEMENT
    assert claim.change.names_side


@pytest.mark.parametrize(
    "text", ["Kick with the left leg.", "Kneel on the right knee.", "Stand on your left leg."]
)
def test_a_mirrored_text_has_the_mirrored_claims(text):
    own, other = read_claims(text), read_claims(mirror_text(text))
    assert [c.change.mirrored() for c in own] == [c.change for c in other]


@pytest.mark.parametrize(
    ("text", "reference", "target", "outcome"),
    [
        ("Stand on your left leg.", ARMS_DOWN, ON_THE_LEFT_LEG, Outcome.SUPPORTED),
        ("Stand on your right leg.", ARMS_DOWN, ON_THE_LEFT_LEG, Outcome.CONTRADICTED),
        ("Stand on your right leg.", ARMS_DOWN, mirror(ON_THE_LEFT_LEG), Outcome.SUPPORTED),
        ("Stand on one leg.", ON_THE_LEFT_LEG, ON_THE_LEFT_LEG, Outcome.UNKNOWN),
        ("standing on one leg", ON_THE_LEFT_LEG, ON_THE_LEFT_LEG, Outcome.SUPPORTED),
        ("T-pose", ARMS_DOWN, T_POSE, Outcome.SUPPORTED),
        ("Do not lie down.", ARMS_DOWN, T_POSE, Outcome.SUPPORTED),
        ("Lie down.", ARMS_DOWN, T_POSE, Outcome.CONTRADICTED),
        ("Crouch.", ARMS_DOWN, T_POSE, Outcome.UNKNOWN),
    ],
)
def test_the_joints_decide(text, reference, target, outcome):
    found = check_text(text, reference, target).claims
    (posture,) = [v for v in found if v.claim.change.kind is ChangeKind.POSTURE]
    assert posture.outcome is outcome, posture.evidence


def test_leaving_a_posture_is_told_of_the_start_and_never_contradicted():
    (was,) = [
        v
        for v in check_text("Come out of standing on one leg.", ON_THE_LEFT_LEG, ARMS_DOWN).claims
        if v.claim.change.kind is ChangeKind.POSTURE
    ]
    assert was.outcome is Outcome.SUPPORTED
    assert was.evidence.startswith("at the start ")
    (never,) = [
        v
        for v in check_text("Come out of standing on one leg.", ARMS_DOWN, ARMS_DOWN).claims
        if v.claim.change.kind is ChangeKind.POSTURE
    ]
    assert never.outcome is Outcome.UNKNOWN


def test_evidence_has_the_numbers_of_what_decides():
    (verdict,) = check_text("Kick with the left leg.", ARMS_DOWN, SQUAT).claims
    assert verdict.evidence == "left knee 108°, right knee 108°"
    values = posture_measures(SQUAT[None])
    assert posture_evidence(values, "kneel on both knees", "") == (
        "shins 28° and 28° from hanging straight down, "
        "knees 0.17 and 0.17 thigh lengths below the hip"
    )


@pytest.mark.slow
def test_every_posture_has_evidence_for_any_body():
    values = posture_measures(random_poses(20, seed=3))
    for name, posture in POSTURES.items():
        for side in ("left", "right") if posture.sided else ("",):
            for row in range(20):
                words = posture_evidence(values, name, side, row=row)
                assert any(c.isdigit() for c in words) or "nan" in words, (name, words)


def test_a_side_without_a_name_is_the_likelier_one():
    values = posture_measures(ON_THE_LEFT_LEG[None])
    assert posture_evidence(values, "kick", "").startswith("right knee 91°")
    assert scores_of(values, names=["stand on one leg"])["left stand on one leg"][0] == 1


def test_near_postures_are_postures():
    for name, others in NEAR.items():
        assert name in POSTURES
        assert all(other.removeprefix("other ") in POSTURES for other in others)


def test_a_posture_in_the_row_of_a_part_is_no_error():
    assert not row_problem(BodyPart.LEFT_LEG, "Kick forward.")
    assert row_problem(BodyPart.LEFT_LEG, "Raise the right leg.")


def test_unseen_joints_leave_a_posture_unknown():
    seen = Body(ARMS_DOWN)
    unseen = {"right_knee", "right_ankle", "right_foot"}
    hidden = Body(ON_THE_LEFT_LEG, visibility=np.array([float(j not in unseen) for j in JOINTS]))
    (verdict,) = check_text("Stand on your left leg.", seen, hidden).claims
    assert verdict.outcome is Outcome.UNKNOWN
    assert "nan" not in verdict.evidence
    built = Body(ON_THE_LEFT_LEG, built=frozenset({"left_hand", "right_hand"}))
    (verdict,) = check_text("Put your hands behind the head and punch.", seen, built).claims[-1:]
    assert verdict.outcome is Outcome.UNKNOWN
