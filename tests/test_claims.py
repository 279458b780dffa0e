"""What a text claims about a body, and whether the joints bear it out."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.body.change import Body
from autocompose.body.skeleton import mirror
from autocompose.describe.views import view_pair
from autocompose.language.reader.claims import Claim, Outcome
from autocompose.schema import PoseImage, PosePair, View
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.judge import PairJudge, check_text, judge_claims, read_claims
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, SQUAT, T_POSE, random_poses, with_joints

DATA = Path(__file__).parent / "data"
LEFT_ARM_OUT = with_joints(
    ARMS_DOWN, left_elbow=(0.45, 0.44, 0), left_wrist=(0.7, 0.44, 0), left_hand=(0.78, 0.44, 0)
)


def named(claim: Claim) -> str:
    return f"{claim.side} {claim.part}: {claim.change}".strip()


def gold() -> list[tuple[str, set[str]]]:
    """Sentences and their claims, labelled by hand."""
    rows = []
    for line in (DATA / "claims_gold.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, claims = line.partition("|")
            rows.append((text.strip(), {c.strip() for c in claims.split(";") if c.strip()}))
    return rows


GOLD = gold()
ALL = " ".join(text for text, _ in GOLD)


@pytest.mark.parametrize(("text", "claims"), GOLD, ids=[text for text, _ in GOLD])
def test_a_sentence_is_read_as_a_careful_person_reads_it(text, claims):
    assert {named(claim) for claim in read_claims(text)} == claims


def test_the_gold_sentences_are_many():
    assert len(GOLD) >= 100


@pytest.mark.parametrize("words", ["a little", "slightly", "a few inches"])
def test_an_amount_is_read_as_a_slight_degree(words):
    (claim,) = read_claims(f"Raise your left arm {words}.")
    assert claim.degree == 1


def test_a_span_covers_the_words_of_its_claim():
    text = "Please listen. Then raise your LEFT arm and bend your right knee."
    spans = [text[slice(*claim.span)] for claim in read_claims(text)]
    assert spans == ["raise your LEFT arm", "bend your right knee"]


@given(st.text(max_size=80) | st.lists(st.sampled_from(ALL.split()), max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_read_and_spans_lie_in_it(text):
    for claim in read_claims(text):
        start, end = claim.span
        assert 0 <= start < end <= len(text)


def verdict(text: str, reference: np.ndarray, target: np.ndarray) -> Outcome:
    claims = check_text(text, reference, target).claims
    (found,) = [c for c in claims if c.claim.change.kind is not ChangeKind.POSTURE]
    return found.outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Raise both arms to shoulder height.", "supported supported"),
        ("Lower both arms.", "contradicted"),
        ("Spread your arms.", "supported"),
        ("Bend your left knee.", "contradicted"),
        ("Keep your legs straight.", "supported"),
        ("Do not move your feet.", "supported"),
        ("Put your hands on your hips.", "contradicted"),
        ("Turn your left foot to the window.", "unknown"),
        ("Raise one hand.", "supported"),
        ("Move the arm on screen left up.", "unknown"),
    ],
)
def test_arms_rise_to_the_sides(text, expected):
    report = check_text(text, ARMS_DOWN, T_POSE)
    assert " ".join(c.outcome.value for c in report.claims) == expected


def test_a_squat_is_told_from_standing_up_and_from_bowing():
    assert verdict("Squat down.", ARMS_DOWN, SQUAT) is Outcome.SUPPORTED
    assert verdict("Stand up.", ARMS_DOWN, SQUAT) is Outcome.CONTRADICTED
    assert verdict("Lean forward.", ARMS_DOWN, SQUAT) is Outcome.CONTRADICTED
    assert verdict("Both knees are at a right angle.", ARMS_DOWN, SQUAT) is Outcome.SUPPORTED


def test_a_contact_is_measured():
    assert verdict("Hands on hips.", ARMS_DOWN, HANDS_ON_HIPS) is Outcome.SUPPORTED
    assert verdict("Hands on your head.", ARMS_DOWN, HANDS_ON_HIPS) is Outcome.CONTRADICTED


def test_the_evidence_is_in_numbers():
    (found,) = check_text("Bend your left knee.", ARMS_DOWN, SQUAT).claims
    assert re.fullmatch(r"left knee bend \d+° → \d+°", found.evidence)
    (still,) = check_text("Raise your right hand.", ARMS_DOWN, LEFT_ARM_OUT).claims
    assert still.outcome is Outcome.CONTRADICTED
    assert "→" in still.evidence


def test_exchanged_sides_are_noticed_and_true_ones_are_not():
    wrong = "Raise your right arm out to the side and keep your left arm down."
    right = "Raise your left arm out to the side and keep your right arm down."
    assert check_text(wrong, ARMS_DOWN, LEFT_ARM_OUT).sides_swapped
    assert not check_text(right, ARMS_DOWN, LEFT_ARM_OUT).sides_swapped
    assert not check_text("Bend your left knee.", ARMS_DOWN, LEFT_ARM_OUT).sides_swapped


def test_negation_turns_the_verdict_around():
    assert verdict("Do not raise your left arm.", ARMS_DOWN, LEFT_ARM_OUT) is Outcome.CONTRADICTED
    assert verdict("Do not raise your right arm.", ARMS_DOWN, LEFT_ARM_OUT) is Outcome.SUPPORTED


def exchange(text: str) -> str:
    return re.sub(r"\b(left|right)\b", lambda m: "right" if m.group() == "left" else "left", text)


SIDED = [
    text
    for text, claims in GOLD
    if any(side in text for side in ("left", "right"))
    and {named(c) for c in read_claims(exchange(text))} == {exchange(c) for c in claims}
]
POSES = random_poses(8, seed=3)


def test_most_sided_sentences_can_be_exchanged():
    assert len(SIDED) >= 30


@pytest.mark.slow
@given(st.sampled_from(SIDED), st.integers(0, 7), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_mirroring_bodies_and_text_keeps_every_verdict(text, a, b):
    plain = check_text(text, POSES[a], POSES[b])
    turned = check_text(exchange(text), mirror(POSES[a]), mirror(POSES[b]))
    assert [c.outcome for c in plain.claims] == [c.outcome for c in turned.claims]


@given(st.sampled_from(GOLD), st.floats(-3, 3), st.floats(-2, 2), st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_where_a_body_stands_and_looks_changes_no_verdict(row, yaw, shift, i):
    cos, sin = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    reference, target = POSES[i], POSES[(i + 1) % 8]
    plain = check_text(row[0], reference, target)
    moved = check_text(row[0], reference @ turn.T + shift, target)
    assert [c.outcome for c in plain.claims] == [c.outcome for c in moved.claims]


def test_judging_claims_at_once_equals_judging_them_one_by_one():
    claims = read_claims("Raise your left arm, bend your right knee and look down.")
    together = judge_claims(claims, POSES[0], POSES[1])
    assert together == tuple(judge_claims([c], POSES[0], POSES[1])[0] for c in claims)


def test_a_judge_that_has_read_other_captions_judges_as_a_new_one():
    captions = [" ".join(text for text, _ in GOLD[i : i + 6]) for i in range(0, len(GOLD) - 6, 6)]
    judge = PairJudge(ARMS_DOWN, T_POSE)
    judge.check(ALL)
    for caption in captions:
        assert judge.check(caption) == PairJudge(ARMS_DOWN, T_POSE).check(caption)


def turned(text: str, headings: tuple[float | None, float | None]) -> Outcome:
    bodies = [Body(ARMS_DOWN, heading=heading) for heading in headings]
    (found,) = PairJudge(*bodies).check(text).claims
    return found.outcome


@pytest.mark.parametrize(
    ("text", "headings", "expected"),
    [
        ("Turn your body to the left.", (10.0, 60.0), "supported"),
        ("Turn your body to the right.", (10.0, 60.0), "contradicted"),
        ("Turn your body to the right.", (10.0, 10.0), "contradicted"),
        ("Turn your body to the left.", (170.0, -140.0), "supported"),
        ("Turn to the right.", (0.0, 180.0), "supported"),
        ("Turn your hips to the left.", (0.0, 40.0), "supported"),
        ("Turn your torso to the left.", (0.0, 50.0), "unknown"),
        ("Turn your body to the left.", (None, 60.0), "unknown"),
        ("Turn your body to the left.", (None, None), "unknown"),
    ],
)
def test_a_turn_of_the_whole_body_needs_both_headings(text, headings, expected):
    assert turned(text, headings).value == expected


def image(name: str, joints: np.ndarray, **known: object) -> PoseImage:
    return PoseImage(name, Path(name), joints=joints.tolist(), **known)  # pyright: ignore


def test_headings_follow_the_view():
    pair = image("a", ARMS_DOWN, heading=0.0), image("b", ARMS_DOWN, heading=50.0)
    expected = {View.FORWARD: "left", View.REVERSE: "right", View.MIRROR: "right"}
    for view, side in expected.items():
        judge = PairJudge.of_images(*pair, view=view)
        (found,) = judge.check(f"Turn your body to the {side}.").claims
        assert found.outcome is Outcome.SUPPORTED
        assert judge.sides_swapped([found]) is False


def test_nothing_is_known_of_a_joint_that_was_built():
    text = "Raise your left hand. Raise your left arm. Point your left toes out. Look up."
    built = ("left_hand", "left_foot", "nose")
    plain = PairJudge(ARMS_DOWN, LEFT_ARM_OUT).check(text)
    bare = PairJudge(ARMS_DOWN, Body(LEFT_ARM_OUT, built=frozenset(built))).check(text)
    assert plain.claims[0].outcome is Outcome.SUPPORTED
    assert plain.claims[3].outcome is Outcome.CONTRADICTED
    assert [c.outcome.value for c in bare.claims] == ["unknown", "supported", "unknown", "unknown"]
    assert "built from its neighbours" in bare.claims[0].evidence


def test_built_joints_change_sides_with_the_view():
    images = image("a", ARMS_DOWN, built=("left_hand",)), image("b", LEFT_ARM_OUT)
    mirrored = PairJudge.of_images(*images, view=View.MIRROR)
    (own,) = mirrored.check("Raise your right hand.").claims
    (other,) = mirrored.check("Raise your left hand.").claims
    assert (own.outcome, other.outcome) == (Outcome.UNKNOWN, Outcome.CONTRADICTED)
    assert view_pair(PosePair(*images), View.MIRROR).reference.built == ("right_hand",)


def test_the_claims_of_a_text_are_read_from_the_package_itself():
    import autocompose

    (claim,) = autocompose.read_claims("Raise your left arm.")
    assert (claim.side, claim.part, str(claim.change), claim.kind) == ("left", "arm", "up", "m")
    report = autocompose.check_text("Raise your left arm.", ARMS_DOWN, LEFT_ARM_OUT)
    mirrored = autocompose.check_text("Raise your right arm.", ARMS_DOWN, LEFT_ARM_OUT)
    assert [c.outcome for c in report.claims] == [Outcome.SUPPORTED]
    assert [c.outcome for c in mirrored.claims] == [Outcome.CONTRADICTED]


def test_what_touches_each_other_ends_before_a_comma():
    text = "feet brought closer together until they almost touch, both hands together overhead"
    read = [(claim.label, str(claim.change)) for claim in read_claims(text)]
    assert ("both hands", "above head") in read
    assert ("both feet", "above head") not in read
