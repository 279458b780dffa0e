# ruff: noqa: E501 (bodies and cases: one a line reads best)
"""Claims scored on many bodies at once agree with the judge, and doubt what joints may get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import Bodies, Body
from autocompose.body.skeleton import mirror
from autocompose.language.reader.claims import ClaimKind, Outcome
from autocompose.language.reader.read import read_claims
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import View
from autocompose.verify.findings import outcome_of
from autocompose.verify.joint_error import ESTIMATED, TRUE, drawn
from autocompose.verify.judge import PairJudge
from autocompose.verify.soft import ClaimScorer, SoftBodies, ranking_claims
from tests.poses import ARMS_DOWN, T_POSE, with_joints

DEMO = Path(__file__).parent.parent / "annotations" / "demo"
GALLERY = 60
TEXTS = 40


@pytest.fixture(scope="module")
def demo():
    """(reference, target, text) of test records, and the bodies of their images."""
    images = json.loads((DEMO / "joints.json").read_text(encoding="utf-8"))["images"]
    records = json.loads((DEMO / "captions" / "test.json").read_text(encoding="utf-8"))[:TEXTS]
    bodies = {
        name: Body(
            np.array(images[name]["joints"], dtype=float),
            images[name]["floor_y"],
            images[name].get("heading"),
        )
        for name in images
        if name.startswith("test")
    }
    return [(r["reference"], r["target"], r["sents"][0]) for r in records], bodies


@pytest.fixture(scope="module")
def gallery(demo):
    return list(demo[1].values())[:GALLERY]


@pytest.fixture(scope="module")
def measured(gallery):
    return SoftBodies.of(Bodies.stacked(gallery))


def scorer(body: Body) -> ClaimScorer:
    return ClaimScorer(SoftBodies.of(body))


@pytest.mark.slow
def test_without_error_the_scorer_gives_the_verdicts_of_the_judge(demo, gallery, measured):
    records, bodies = demo
    seen = set()
    for reference, _, text in records:
        claims = ranking_claims(text)
        found = scorer(bodies[reference]).score(claims, measured).probability
        for row, body in enumerate(gallery):
            expected = [v.outcome for v in PairJudge(bodies[reference], body).judge(claims)]
            assert [outcome_of(p) for p in found[row]] == expected, (reference, row, text)
            seen.update(expected)
    assert seen == set(Outcome)


def test_one_body_scores_the_same_alone_and_among_others(demo, gallery, measured):
    records, bodies = demo
    for reference, _, text in records[:5]:
        claims = ranking_claims(text)
        together = scorer(bodies[reference]).score(claims, measured)
        alone = scorer(bodies[reference]).score(claims, SoftBodies.of(gallery[7]))
        np.testing.assert_allclose(alone.total[0], together.total[7], atol=1e-9)
        np.testing.assert_array_equal(alone.probability[0], together.probability[7])


def test_the_target_fits_its_text_better_than_the_reference_and_most_others(
    demo, gallery, measured
):
    records, bodies = demo
    beats, better = [], []
    for reference, target, text in records:
        judge = scorer(bodies[reference])
        claims = ranking_claims(text)
        own = judge.score(claims, SoftBodies.of(bodies[target])).total[0]
        better.append(own > judge.score(claims, SoftBodies.of(bodies[reference])).total[0])
        beats.append(np.mean(own > judge.score(claims, measured).total))
    assert np.mean(better) > 0.95
    assert np.mean(beats) > 0.95


def test_mirrored_bodies_and_text_score_the_same(demo, gallery):
    records, bodies = demo
    mirrored = SoftBodies.of(Bodies.stacked([body.mirrored() for body in gallery[:10]]))
    plain = SoftBodies.of(Bodies.stacked(gallery[:10]))
    for reference, _, text in records[:10]:
        own = scorer(bodies[reference]).score(read_claims(text), plain)
        other = scorer(bodies[reference].mirrored()).score(read_claims(mirror_text(text)), mirrored)
        np.testing.assert_allclose(other.total, own.total, atol=1e-6, err_msg=text)


def test_a_small_change_of_estimated_joints_is_unknown_and_a_large_one_stays():
    slightly = with_joints(ARMS_DOWN, left_wrist=(0.2, -0.05, 0.14), left_hand=(0.2, -0.1, 0.21))
    raised = with_joints(
        ARMS_DOWN,
        left_elbow=(0.3, 0.66, 0),
        left_wrist=(0.32, 0.9, 0.02),
        left_hand=(0.32, 0.98, 0.02),
    )
    small, large = read_claims("Bend your left elbow."), read_claims("Raise your left arm.")
    exact = scorer(Body(ARMS_DOWN))
    assert exact.score(small, SoftBodies.of(Body(slightly))).probability[0, 0] == 1
    guessed = ClaimScorer(SoftBodies.of(Body(ARMS_DOWN), error=ESTIMATED, count=32))
    small_now = guessed.score(small, SoftBodies.of(Body(slightly), error=ESTIMATED, count=32))
    large_now = guessed.score(large, SoftBodies.of(Body(raised), error=ESTIMATED, count=32))
    assert outcome_of(small_now.probability[0, 0]) is Outcome.UNKNOWN
    assert outcome_of(large_now.probability[0, 0]) is Outcome.SUPPORTED


def test_the_judge_doubts_what_estimated_joints_cannot_tell():
    slightly = with_joints(ARMS_DOWN, left_wrist=(0.2, -0.05, 0.14), left_hand=(0.2, -0.1, 0.21))
    claims = read_claims("Bend your left elbow.")
    exact = PairJudge(ARMS_DOWN, slightly)
    doubtful = PairJudge(ARMS_DOWN, slightly, error=ESTIMATED)
    assert exact.judge(claims)[0].outcome is Outcome.SUPPORTED
    assert doubtful.judge(claims)[0].outcome is Outcome.UNKNOWN
    assert doubtful.judge(claims)[0].evidence.endswith("not exact enough to tell")
    assert (
        doubtful.seen_as(View.MIRROR).judge(read_claims("Bend your right elbow."))[0].outcome
        is Outcome.UNKNOWN
    )


def test_draws_are_opposite_pairs_and_the_same_for_every_body():
    bodies = Bodies(np.stack([ARMS_DOWN, T_POSE]))
    assert drawn(bodies, TRUE, count=3) == (bodies,)
    exact, first, opposite, *rest = drawn(bodies, ESTIMATED, count=2)
    assert len(rest) == 2
    assert exact is bodies
    shift = first.joints - bodies.joints
    assert np.abs(shift).max() > 0.05
    np.testing.assert_allclose(shift + (opposite.joints - bodies.joints), 0, atol=0.05)
    np.testing.assert_array_equal(drawn(bodies, ESTIMATED, count=2)[1].joints, first.joints)


def test_postures_are_judged_and_their_sides_are_the_subjects():
    (claim,) = ranking_claims("Stand on your left leg.")
    raised = with_joints(
        ARMS_DOWN,
        right_knee=(-0.1, 0.0, 0.4),
        right_ankle=(-0.1, -0.4, 0.42),
        right_foot=(-0.1, -0.46, 0.55),
    )
    candidates = SoftBodies.of(Bodies(np.stack([raised, mirror(raised), ARMS_DOWN])))
    assert scorer(Body(ARMS_DOWN)).score([claim], candidates).probability[:, 0].tolist() == [
        1,
        0,
        0,
    ]


def test_leaving_a_posture_is_a_remark_and_likenesses_are_never_contradicted():
    (lunge,) = [
        c for c in ranking_claims("Rise out of the lunge.") if c.change.kind.value == "posture"
    ]
    assert not lunge.change.negated
    assert lunge.kind is ClaimKind.REMARK
    (kneel,) = [c for c in ranking_claims("Move as if kneeling.") if c.change.way == "kneel"]
    found = scorer(Body(ARMS_DOWN)).score([kneel], SoftBodies.of(Body(T_POSE)))
    assert found.probability[0, 0] == 0.5


def test_what_the_text_does_not_mention_should_stay():
    claims = read_claims("Bend your left knee.")
    both = SoftBodies.of(Bodies(np.stack([ARMS_DOWN, T_POSE])))
    stays, changes = scorer(Body(ARMS_DOWN)).score(claims, both).total
    assert stays > changes
