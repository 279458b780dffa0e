"""Codes of change: symmetries, batch equality and a hand-computed case."""

from __future__ import annotations

import numpy as np
import pytest

from autocompose.pose.facts import read_facts
from autocompose.pose.skeleton import INDEX, mirror
from autocompose.pose.transitions import COLUMN, MEASURES, UPRIGHT, transition_codes
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, random_poses, with_joints


def assert_same(a, b) -> None:
    np.testing.assert_array_equal(a.change, b.change)
    np.testing.assert_array_equal(a.reference, b.reference)
    np.testing.assert_array_equal(a.target, b.target)
    np.testing.assert_allclose(a.amount, b.amount, atol=1e-9)


@pytest.fixture(scope="module")
def pairs():
    return random_poses(300, seed=1), random_poses(300, seed=2)


def test_exchanging_the_images_reverses_every_code(pairs):
    reference, target = pairs
    assert_same(transition_codes(target, reference), transition_codes(reference, target).reversed())


def test_mirroring_both_poses_exchanges_left_and_right(pairs):
    reference, target = pairs
    mirrored = transition_codes(mirror(reference), mirror(target))
    assert_same(mirrored, transition_codes(reference, target).mirrored())


def test_a_batch_equals_its_pairs_one_by_one(pairs):
    reference, target = (p[:20] for p in pairs)
    batch = transition_codes(reference, target)
    for i in range(20):
        one = transition_codes(reference[i : i + 1], target[i : i + 1])
        np.testing.assert_array_equal(one.change[0], batch.change[i])
        np.testing.assert_array_equal(one.target[0], batch.target[i])


def test_position_and_heading_do_not_matter(pairs):
    reference, target = pairs
    angle = 1.1
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    moved = target @ turn.T + np.array([0.4, 1.2, -3.0])
    plain, turned = transition_codes(reference, target), transition_codes(reference, moved)
    np.testing.assert_array_equal(plain.change, turned.change)
    np.testing.assert_array_equal(plain.target, turned.target)


def test_lifting_the_arms_to_a_t_raises_both_hands_to_the_shoulders():
    codes = transition_codes(ARMS_DOWN[None], T_POSE[None])
    for side in ("left", "right"):
        assert codes.change[0, COLUMN[f"{side}_hand_up"]] == 3
        assert codes.target[0, COLUMN[f"{side}_hand_up"]] in (3, 4)
        assert codes.change[0, COLUMN[f"{side}_elbow"]] == 0
        assert codes.change[0, COLUMN[f"{side}_knee"]] == 0
    assert codes.target[0, COLUMN["posture"]] == UPRIGHT


def test_a_right_angle_in_one_elbow_is_measured_in_degrees():
    bent = with_joints(
        T_POSE,
        left_wrist=T_POSE[INDEX["left_elbow"]] + [0, 0.25, 0],
        left_hand=T_POSE[INDEX["left_elbow"]] + [0, 0.33, 0],
    )
    codes = transition_codes(T_POSE[None], bent[None])
    assert codes.change[0, COLUMN["left_elbow"]] == 3  # 90 degrees, much is 75
    assert codes.amount[0, COLUMN["left_elbow"]] == pytest.approx(90 / 32)
    assert codes.change[0, COLUMN["right_elbow"]] == 0


def test_the_same_pose_has_no_change():
    poses = random_poses(50, seed=3)
    assert not transition_codes(poses, poses).change.any()


def test_a_known_floor_tells_a_jump_from_standing():
    floor = np.array([ARMS_DOWN[:, 1].min() - 0.02])
    codes = transition_codes(
        ARMS_DOWN[None], ARMS_DOWN[None], reference_floor=floor, target_floor=floor - 0.3
    )
    assert codes.change[0, COLUMN["left_foot_up"]] > 0
    assert codes.change[0, COLUMN["right_foot_up"]] > 0


def test_squatting_lowers_the_hips_and_does_not_lift_the_knees():
    facts = read_facts(transition_codes(ARMS_DOWN[None], SQUAT[None]))[0]
    moves = {(f.kind, f.move) for f in facts.merged}
    assert ("body", "sink") in moves
    assert ("knee", "bend") in moves
    assert ("thigh", "up") not in moves


def test_every_measure_has_one_column_and_a_mirror():
    names = [m.name for m in MEASURES]
    assert len(set(names)) == len(names)
    assert {m.mirrored for m in MEASURES} == set(names)
