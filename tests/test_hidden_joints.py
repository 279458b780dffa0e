"""Joints that nobody saw: nothing is told of them, and no verdict rests on them."""

import json
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import Bodies, Body, BodyChange
from autocompose.body.hidden import hidden_measures, seen_floor
from autocompose.body.measures import COLUMN, MEASURES
from autocompose.body.paircodes import UNKNOWN, transition_codes
from autocompose.body.skeleton import INDEX, JOINTS, MIRROR
from autocompose.body.sources.photo import Estimate, area, in_picture
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.joints_file import read_joints, write_joints
from autocompose.describe.geometric import describe_joints
from autocompose.describe.views import mirror_image
from autocompose.errors import CaptionFileError
from autocompose.language.reader.claims import Claim, Outcome
from autocompose.schema import PoseImage, View
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.judge import PairJudge
from tests.model_fakes import write_pictures
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, random_poses, with_joints

LEGS = tuple(f"{s}_{j}" for s in ("left", "right") for j in ("hip", "knee", "ankle", "foot"))
BELOW_THE_CHEST = ("pelvis", "spine", *LEGS)


def seen_but(joints: np.ndarray, *guessed: str) -> Body:
    """A body with these joints guessed."""
    visibility = np.ones(len(JOINTS))
    visibility[[INDEX[name] for name in guessed]] = 0.49
    return Body(joints, visibility=visibility)


def elsewhere(joints: np.ndarray, names: tuple[str, ...], seed: int) -> np.ndarray:
    """The pose with some joints thrown about, each limb as long as before in sum."""
    moved = joints.copy()
    rows = [INDEX[name] for name in names]
    moved[rows] += np.random.default_rng(seed).normal(scale=0.3, size=(len(rows), 3))
    return moved


def test_a_portrait_tells_nothing_of_legs_below_the_picture():
    sunk = describe_joints(ARMS_DOWN, SQUAT)
    assert any("knee" in text or "squat" in text or "crouch" in text for text in sunk.phrasings)
    hidden = describe_joints(
        seen_but(ARMS_DOWN, *BELOW_THE_CHEST), seen_but(SQUAT, *BELOW_THE_CHEST)
    )
    assert hidden.phrasings == ()
    assert describe_joints(seen_but(ARMS_DOWN, *LEGS), SQUAT).phrasings == ()


def test_what_was_seen_is_still_told_beside_what_was_not():
    bent = with_joints(ARMS_DOWN, left_wrist=(0.2, 0.3, 0.2), left_hand=(0.2, 0.38, 0.21))
    told = describe_joints(seen_but(ARMS_DOWN, *BELOW_THE_CHEST), seen_but(bent, *BELOW_THE_CHEST))
    assert told.phrasings
    assert all("left" in text and "right" not in text for text in told.phrasings)
    assert all("legs" not in text for text in told.phrasings)


HIDDEN = {
    "legs": LEGS,
    "below the chest": BELOW_THE_CHEST,
    "feet": ("left_ankle", "left_foot", "right_ankle", "right_foot"),
    "left arm": ("left_elbow", "left_wrist", "left_hand"),
    "right leg": ("right_knee", "right_ankle", "right_foot"),
    "left hand": ("left_hand",),
    "head": ("head", "nose"),
    "shoulder": ("right_shoulder",),
}


@pytest.mark.parametrize("names", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("seed", range(4))
def test_codes_do_not_depend_on_where_unseen_joints_were_put(names, seed):
    poses = random_poses(2, seed=seed)
    first = transition_codes(*(Bodies.stacked([seen_but(pose, *names)]) for pose in poses))
    moved = [elsewhere(pose, names, seed) for pose in poses]
    second = transition_codes(*(Bodies.stacked([seen_but(pose, *names)]) for pose in moved))
    # The size of the body follows all limbs a little, so that metres may differ.
    sizeless = [i for i, m in enumerate(MEASURES) if m.unit not in ("m", "class", "leg")]
    known = [i for i in sizeless if first.target[0, i] != UNKNOWN]
    assert set(known) == {i for i in sizeless if second.target[0, i] != UNKNOWN}
    assert known
    np.testing.assert_allclose(first.amount[0, known], second.amount[0, known], atol=1e-9)
    np.testing.assert_array_equal(first.target[0, known], second.target[0, known])


def sides_of(claim: Claim) -> tuple[str, ...]:
    if claim.part in ("torso", "body", "head", "hips", "gaze"):
        return ()
    return (claim.side,) if claim.side in ("left", "right") else ("left", "right")


@pytest.mark.slow
@pytest.mark.parametrize("names", HIDDEN.values(), ids=HIDDEN)
def test_no_text_claims_what_was_not_seen(names):
    told = 0
    for seed in range(12):
        before, after = (seen_but(pose, *names) for pose in random_poses(2, seed=seed))
        judge = PairJudge(before, after)
        for text in describe_joints(before, after, seed=seed).phrasings:
            told += 1
            for verdict in judge.check(text).claims:
                claim = verdict.claim
                # The own joint of what is said to move or be somewhere; the shoulder turns the arm.
                own = {judge.measures.moving(claim.part, side) for side in sides_of(claim)}
                assert own.isdisjoint(names), (text, verdict)
                assert claim.part not in ("head", "gaze") or "nose" not in names, (text, verdict)
                assert verdict.outcome is not Outcome.CONTRADICTED, (text, verdict)
    assert told


def test_claims_about_unseen_limbs_are_unknown_and_say_why():
    text = "Raise your left arm out to the side and squat down, bending both knees."
    seen = PairJudge(ARMS_DOWN, with_joints(T_POSE, **squatting_legs())).check(text)
    limbs = [v for v in seen.claims if v.claim.change.kind is not ChangeKind.POSTURE]
    assert {v.outcome for v in limbs} == {Outcome.SUPPORTED}
    hidden = PairJudge(
        seen_but(ARMS_DOWN, *LEGS), seen_but(with_joints(T_POSE, **squatting_legs()), *LEGS)
    ).check(text)
    legs = [v for v in hidden.claims if v.claim.part in ("knee", "body", "hips")]
    assert legs
    assert {v.outcome for v in legs} == {Outcome.UNKNOWN}
    assert all("not seen" in v.evidence or "nan" not in v.evidence for v in hidden.claims)
    assert not any(v.outcome is Outcome.CONTRADICTED for v in hidden.claims)


def squatting_legs() -> dict[str, np.ndarray]:
    return {name: SQUAT[INDEX[name]] for name in LEGS}


def test_what_was_not_seen_keeps_its_side_in_every_view():
    change = BodyChange(seen_but(ARMS_DOWN, "left_hand"), seen_but(T_POSE, "right_foot"))
    mirrored = change.seen_as(View.MIRROR_REVERSE)
    assert mirrored.reference.guessed == {"left_foot"}
    assert mirrored.target.guessed == {"right_hand"}
    image = PoseImage(
        "a.jpg", path=Path("a.jpg"), joints=rows(T_POSE), visibility=tuple(np.linspace(0, 1, 22))
    )
    flipped = mirror_image(image)
    assert flipped.visibility == tuple(np.linspace(0, 1, 22)[MIRROR])
    assert mirror_image(flipped).visibility == image.visibility


def test_a_codes_view_is_the_view_of_the_codes():
    change = BodyChange(seen_but(ARMS_DOWN, "left_hand"), seen_but(T_POSE, "right_foot"))
    for view in View:
        seen = change.seen_as(view)
        direct = transition_codes(Bodies.stacked([seen.reference]), Bodies.stacked([seen.target]))
        algebra = transition_codes(
            Bodies.stacked([change.reference]), Bodies.stacked([change.target])
        ).seen_as(view)
        np.testing.assert_array_equal(direct.change, algebra.change)
        np.testing.assert_array_equal(direct.target, algebra.target)


def test_measures_need_the_joints_that_they_are_measured_from():
    assert hidden_measures(["left_wrist"])[COLUMN["left_elbow"]]
    assert not hidden_measures(["left_wrist"])[COLUMN["right_elbow"]]
    assert not hidden_measures(LEGS)[COLUMN["left_elbow"]]
    assert hidden_measures(["left_hip"])[COLUMN["turn_left"]]
    assert not hidden_measures([])[COLUMN["pelvis_height"]]
    assert hidden_measures([], floor=False)[COLUMN["pelvis_height"]]
    assert not hidden_measures(["nose"])[COLUMN["posture"]]


def test_the_floor_is_under_the_lowest_joint_that_was_seen():
    lifted = with_joints(ARMS_DOWN, right_foot=(-0.1, -3.0, 0.1))
    assert seen_floor(lifted, ["right_foot"]) == pytest.approx(-0.94)
    assert np.isnan(seen_floor(ARMS_DOWN, ["right_foot", "left_ankle"]))


def test_visibility_goes_into_the_file_and_back_and_old_files_have_none(tmp_path):
    shares = tuple(round(i / 21, 2) for i in range(22))
    images = [
        PoseImage("a.jpg", tmp_path / "a.jpg", joints=rows(T_POSE), visibility=shares),
        PoseImage("b.jpg", tmp_path / "b.jpg", joints=rows(T_POSE)),
    ]
    write_joints(tmp_path / "joints.json", images)
    read = read_joints(tmp_path / "joints.json", tmp_path)
    assert read["a.jpg"].visibility == shares
    assert "pelvis" in Body.of_image(read["a.jpg"]).guessed
    assert read["b.jpg"].visibility is None
    assert Body.of_image(read["b.jpg"]).guessed == frozenset()


@pytest.mark.parametrize("bad", [[0.5] * 21, [2.0] * 22, ["1"] * 22, [True] * 22, 1, [None] * 22])
def test_a_visibility_of_another_form_is_named(tmp_path, bad):
    write_joints(tmp_path / "j.json", [PoseImage("a.jpg", tmp_path, joints=rows(T_POSE))])
    document = json.loads((tmp_path / "j.json").read_text())
    document["images"]["a.jpg"]["visibility"] = bad
    (tmp_path / "j.json").write_text(json.dumps(document))
    with pytest.raises(
        CaptionFileError, match=r"a\.jpg: visibility must be 22 numbers from 0 to 1"
    ):
        read_joints(tmp_path / "j.json", tmp_path)


def test_a_landmark_outside_the_picture_is_not_seen_whatever_the_model_says():
    places = np.array([[10.0, 10.0], [-1.0, 5.0], [50.0, 101.0], [100.0, 100.0]])
    seen = in_picture(np.full(4, 0.9), places, (100, 100))
    assert seen.tolist() == [0.9, 0.0, 0.0, 0.9]


def test_of_several_people_the_one_who_fills_most_of_the_picture_is_taken():
    far = np.array([[10.0, 10.0], [20.0, 30.0]])
    near = np.array([[30.0, 10.0], [70.0, 90.0]])
    mostly_outside = np.array([[90.0, 50.0], [900.0, 800.0]])
    sizes = [area(body, (100, 100)) for body in (far, near, mostly_outside)]
    assert int(np.argmax(sizes)) == 1


def rows(joints: np.ndarray) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in joints)


def test_an_estimate_brings_its_visibility_and_the_number_of_people(tmp_path, monkeypatch):
    class Crowd:
        def people(self, _: object) -> tuple[Estimate, ...]:
            visibility = np.full(22, 0.987)
            visibility[INDEX["left_foot"]] = 0.0
            return (Estimate(T_POSE, np.zeros((22, 2)), visibility, heading=0.0, people=3),) * 3

    (path,) = write_pictures(tmp_path, 1)
    said: list[str] = []
    joints = PhotoJoints(tmp_path, on_note=said.append)
    monkeypatch.setattr(PhotoJoints, "load", lambda self: Crowd())
    image = joints.complete(PoseImage(path.name, path))
    assert Body.of_image(image).guessed == {"left_foot"}
    assert image.visibility is not None
    assert image.visibility[0] == 0.99
    assert said == ["picture_000.png: 3 people are found; the largest of them is taken"]
