"""body/sources/photo: joints from landmarks keep their sides, and looks that agree are told."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import INDEX, JOINTS, mirror
from autocompose.body.sources.photo import Estimate, check_parts, read_landmarks, turned_back
from autocompose.body.sources.second_look import confirmed, unmirrored
from autocompose.errors import EstimationError
from tests.estimate_fakes import FACING, NUM_LANDMARKS, SEEN, read, swapped


def test_the_subjects_left_arm_up_and_right_knee_forward_stay_so():
    joints = read(FACING).joints
    hand = joints[INDEX["left_hand"]]
    assert hand == pytest.approx([0.54, 1.0, 0.1])  # to its left, up, in front
    assert joints[INDEX["right_hand"]][1] == pytest.approx(-0.12)
    knee = joints[INDEX["right_knee"]]
    assert knee == pytest.approx([-0.1, -0.3, 0.3])
    assert joints[INDEX["left_knee"]][2] == pytest.approx(0.0)
    assert joints[INDEX["neck"]] == pytest.approx([0.0, 0.55, 0.0])
    assert joints[INDEX["head"]] == pytest.approx([0.0, 0.65, 0.0])


def test_a_flipped_photo_gives_the_mirrored_body():
    flipped = swapped(FACING) * (-1.0, 1.0, 1.0)
    np.testing.assert_allclose(read(flipped).joints, mirror(read(FACING).joints), atol=1e-12)


def test_a_body_of_the_mirrored_photo_is_the_body_of_the_photo():
    found = replace(read(FACING), pixels=read(FACING).pixels * 100 + 300, heading=25.0)
    flipped = swapped(FACING) * (-1.0, 1.0, 1.0)
    seen = replace(read(flipped), pixels=read(flipped).pixels * 100 + 300, heading=-25.0)
    back = unmirrored(seen, 600)
    np.testing.assert_allclose(back.joints, found.joints, atol=1e-12)
    np.testing.assert_allclose(back.pixels, found.pixels, atol=1e-9)
    assert back.heading == 25.0


def test_two_looks_that_agree_give_their_mean_and_two_bodies_none():
    one = replace(read(FACING), heading=170.0)

    def other(shift: float, aside: float = 0.0) -> Estimate:
        moved = one.joints + np.array([shift, 0, 0])
        return replace(one, joints=moved, pixels=one.pixels + aside, heading=-170.0)

    (mean,) = confirmed([one], [other(5.0, 9.0), other(0.1)], needed=True)
    np.testing.assert_allclose(mean.joints, one.joints + np.array([0.05, 0, 0]))
    assert mean.heading == 180.0
    assert confirmed([one], [other(0.3)], needed=True) == [one]
    assert confirmed([one], [other(0.4)], needed=False) == []
    for elsewhere in ([], [other(0.0, 9.0)]):
        assert confirmed([one], elsewhere, needed=False) == [one]
        assert confirmed([one], elsewhere, needed=True) == []


def test_the_heading_is_removed_and_told():
    turn = np.radians(30.0)  # the camera's z points away, so this turns the body to its left
    rotation = np.array(
        [[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]
    )
    turned = read(FACING @ rotation.T)
    np.testing.assert_allclose(turned.joints, read(FACING).joints, atol=1e-12)
    assert turned.heading == pytest.approx(30.0)
    assert read(FACING).heading == pytest.approx(0.0)


def test_a_joint_is_as_visible_as_its_least_visible_landmark():
    visibility = SEEN.copy()
    visibility[17] = 0.1  # left little finger
    estimate = read_landmarks(FACING, FACING[:, :2], visibility)
    assert estimate.guessed == ("left_hand",)
    assert estimate.joints.shape == (len(JOINTS), 3)
    assert estimate.pixels[INDEX["nose"]] == pytest.approx(FACING[0, :2])
    assert estimate.pixels[INDEX["left_wrist"]] == pytest.approx(FACING[15, :2])
    assert estimate.pixels[INDEX["chest"]] == pytest.approx([0.0, -0.55 * 0.5])


def test_what_is_no_body_is_refused():
    with pytest.raises(EstimationError, match="no whole body"):
        read(FACING * 0.01)


def test_what_is_said_of_parts_names_them():
    seen = np.ones(NUM_LANDMARKS)
    for gone, words in (((11, 12), "only the legs"), ((23, 24), "only the upper body")):
        part = seen.copy()
        part[list(gone)] = 0.0
        with pytest.raises(EstimationError, match=words):
            check_parts(part)
    check_parts(seen)
    check_parts(0.5 * seen)
    with pytest.raises(EstimationError, match="no person"):
        check_parts(0.5 * seen, turned=True)


@pytest.mark.parametrize("angle", [-90.0, 20.0, 180.0])
def test_places_of_a_turned_picture_lead_back_to_the_picture(angle):
    white = Image.new("L", (60, 40))
    white.putpixel((50, 10), 255)
    turned = white.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    at = np.array(np.unravel_index(np.argmax(np.asarray(turned)), turned.size[::-1]))[::-1] + 0.5
    back = turned_back(at[None].astype(float), angle, was=turned.size, size=white.size)
    np.testing.assert_allclose(back[0], [50.5, 10.5], atol=1.0)
