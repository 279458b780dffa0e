"""Joints of other skeletons: every mapping keeps left and right, axes and units; clear refusals."""

from __future__ import annotations

import numpy as np
import pytest

from autocompose.body.skeleton import INDEX, JOINTS, heading, mirror
from autocompose.body.sources.photo import read_landmarks
from autocompose.body.sources.skeletons import SKELETONS, import_joints
from autocompose.errors import JointImportError
from tests.motion_fakes import ASYMMETRIC, measured, points_of

TURN = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # 90 degrees to the subject's left


@pytest.mark.parametrize("skeleton", list(SKELETONS))
def test_left_and_right_are_never_exchanged(skeleton):
    found = import_joints(points_of(skeleton), skeleton)
    values = measured(found.joints)
    assert values["left_hand_up"] > 1.6  # above the head
    assert values["right_hand_up"] < 0.5
    assert values["left_elbow"] < 10
    assert values["right_elbow"] == pytest.approx(90, abs=8)
    assert values["right_knee"] == pytest.approx(90, abs=8)
    assert values["left_knee"] < 10
    assert values["right_foot_up"] > 0.3
    assert values["hands_level"] > 0.5
    other = measured(import_joints(points_of(skeleton, mirror(ASYMMETRIC)), skeleton).joints)
    assert other["right_hand_up"] == pytest.approx(values["left_hand_up"], abs=1e-6)
    assert other["left_knee"] == pytest.approx(values["right_knee"], abs=1e-6)


@pytest.mark.parametrize("skeleton", list(SKELETONS))
def test_what_a_skeleton_has_stays_where_it_is_and_the_rest_is_named(skeleton):
    found = import_joints(points_of(skeleton), skeleton)
    kept = [n for n in JOINTS if n not in found.derived and n not in ("head", "neck", "pelvis")]
    rows = [INDEX[n] for n in kept]
    scale = 0.0 if skeleton.startswith("smpl") else 1e-6
    shift = 0.5 * (ASYMMETRIC[INDEX["left_hip"]] + ASYMMETRIC[INDEX["right_hip"]])
    if scale:
        np.testing.assert_allclose(found.joints[0, rows], (ASYMMETRIC - shift)[rows], atol=1e-3)
    assert {"left_elbow", "right_knee"} <= set(kept)
    assert ("nose" in found.derived) == skeleton.startswith("smpl")
    assert ("left_foot" in found.derived) == ("17" in skeleton)


def test_mediapipe_agrees_with_the_estimator_of_photos():
    points = points_of("mediapipe-33")[0]
    theirs = read_landmarks(points, points[:, :2], np.ones(33))
    ours = import_joints(points[None], "mediapipe-33")
    for name in JOINTS:
        if name not in ours.derived:
            np.testing.assert_allclose(
                ours.joints[0, INDEX[name]], theirs.joints[INDEX[name]], atol=1e-9
            )
    assert ours.heading[0] == pytest.approx(theirs.heading)


@pytest.mark.parametrize("up", ["+y", "-y", "+z", "-z"])
def test_every_axis_convention_is_a_turn(up):
    pose = ASYMMETRIC
    turned = {
        "+y": pose,
        "-y": pose * [1, -1, -1],
        "+z": np.stack([pose[:, 0], -pose[:, 2], pose[:, 1]], axis=1),
        "-z": np.stack([pose[:, 0], pose[:, 2], -pose[:, 1]], axis=1),
    }[up]
    found = import_joints(turned[None], "autocompose-22", up=up)
    plain = import_joints(pose[None], "autocompose-22")
    np.testing.assert_allclose(found.joints, plain.joints, atol=1e-9)


def test_a_heading_is_told_to_the_subjects_left_and_taken_out_of_the_joints():
    plain = import_joints(ASYMMETRIC[None], "autocompose-22")
    turned = import_joints((ASYMMETRIC @ TURN.T)[None], "autocompose-22")
    assert plain.heading[0] == pytest.approx(0)
    assert turned.heading[0] == pytest.approx(90)
    assert heading(ASYMMETRIC @ TURN.T) == pytest.approx(90)
    np.testing.assert_allclose(turned.joints, plain.joints, atol=1e-9)


def test_left_handed_axes_are_refused_until_said():
    flipped = ASYMMETRIC * [-1, 1, 1]
    with pytest.raises(JointImportError, match="left-handed"):
        import_joints(flipped[None], "autocompose-22")
    found = import_joints(flipped[None], "autocompose-22", left_handed=True)
    assert measured(found.joints)["left_hand_up"] > 1.6


def test_exchanged_labels_are_refused():
    exchanged = mirror(ASYMMETRIC) * [-1, 1, 1]  # the labels of left and right swapped, no mirror
    with pytest.raises(JointImportError, match="exchanged"):
        import_joints(exchanged[None], "autocompose-22")


@pytest.mark.parametrize(
    ("points", "skeleton", "message"),
    [
        (np.zeros((3, 17, 2)), "coco-17", "2-D"),
        (
            np.dstack([np.full((2, 17, 2), 200.0), np.full((2, 17, 1), 0.9)]),
            "coco-17",
            "confidence",
        ),
        (np.full((1, 33, 3), 0.4), "mediapipe-33", "world landmarks"),
        (np.zeros((3, 16, 3)), "coco-17", r"needs \(poses, 17, 3\)"),
        (np.full((1, 17, 3), np.nan), "coco-17", "not finite"),
        (np.zeros((1, 25, 3)), "openpose-25", "unknown; use one of"),
        (points_of("coco-17") * 100, "coco-17", "choose other units"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(points, skeleton, message):
    with pytest.raises(JointImportError, match=message) as caught:
        import_joints(points, skeleton)
    assert "\n" not in str(caught.value)
