"""Codes of change: symmetries over random and captured poses, and one case by hand per family."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import Bodies, Body
from autocompose.body.measures import measure_poses
from autocompose.body.paircodes import (
    COLUMN,
    GAINED,
    LOST,
    MEASURES,
    UNKNOWN,
    UPRIGHT,
    transition_codes,
    without_built,
)
from autocompose.body.skeleton import INDEX, mirror
from autocompose.data.joints_file import read_joints
from autocompose.language.writer.select import read_facts
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, SQUAT, T_POSE, random_poses, with_joints

DEMO = Path(__file__).parent.parent / "annotations" / "demo"


def assert_same(a, b) -> None:
    np.testing.assert_array_equal(a.change, b.change)
    np.testing.assert_array_equal(a.reference, b.reference)
    np.testing.assert_array_equal(a.target, b.target)
    np.testing.assert_allclose(a.amount, b.amount, atol=1e-6)


def captured(n: int) -> np.ndarray:
    """Every k-th pose of the demo dataset: motion capture, key poses and recombinations."""
    images = list(read_joints(DEMO / "joints.json", DEMO / "images").values())
    return np.array([image.joints for image in images[:: len(images) // n][:n]])


@pytest.fixture(scope="module", params=["random", "captured"])
def pairs(request):
    if request.param == "random":
        return random_poses(300, seed=1), random_poses(300, seed=2)
    poses = captured(600)
    return poses[:300], poses[300:]


def facing(*sides: np.ndarray) -> list[Bodies]:
    rng = np.random.default_rng(9)
    return [Bodies(joints, headings=rng.uniform(-180, 180, len(joints))) for joints in sides]


def one(joints: np.ndarray, floor: float | None = None, heading: float | None = None) -> Bodies:
    return Bodies.stacked([Body(joints, floor, heading)])


def code(name: str, reference: np.ndarray | Bodies, target: np.ndarray | Bodies) -> int:
    both = [one(side) if isinstance(side, np.ndarray) else side for side in (reference, target)]
    return int(transition_codes(*both).change[0, COLUMN[name]])


def test_exchanging_the_images_reverses_every_code(pairs):
    reference, target = facing(*pairs)
    forward = transition_codes(reference, target)
    back = transition_codes(target, reference)
    assert_same(back, forward.reversed())
    moved = np.count_nonzero(forward.change, axis=0)
    unmoved = {m.family for m in MEASURES if m.steps and not moved[COLUMN[m.name]]}
    assert unmoved <= {"contact"}  # two unrelated poses rarely touch the same thing


def test_mirroring_both_poses_exchanges_left_and_right(pairs):
    bodies = facing(*pairs)
    flipped = [Bodies(mirror(b.joints), headings=-b.headings) for b in bodies]
    assert_same(transition_codes(*flipped), transition_codes(*bodies).mirrored())


def test_a_batch_equals_its_pairs_one_by_one(pairs):
    reference, target = (p[:20] for p in pairs)
    batch = transition_codes(reference, target)
    for i in range(20):
        alone = transition_codes(reference[i : i + 1], target[i : i + 1])
        np.testing.assert_array_equal(alone.change[0], batch.change[i])
        np.testing.assert_array_equal(alone.target[0], batch.target[i])


def test_position_heading_and_body_size_do_not_matter(pairs):
    reference, target = pairs
    angle = 1.1
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    moved = 1.31 * target @ turn.T + np.array([0.4, 1.2, -3.0])
    plain, turned = transition_codes(reference, target), transition_codes(reference, moved)
    np.testing.assert_array_equal(plain.change, turned.change)
    np.testing.assert_array_equal(plain.target, turned.target)


def test_bend_is_in_degrees_a_right_angle_from_straight_is_much():
    bent = with_joints(
        T_POSE,
        left_wrist=T_POSE[INDEX["left_elbow"]] + [0, 0.25, 0],
        left_hand=T_POSE[INDEX["left_elbow"]] + [0, 0.33, 0],
    )
    codes = transition_codes(T_POSE[None], bent[None])
    assert codes.change[0, COLUMN["left_elbow"]] == 3  # 90 degrees, much is 75
    assert codes.amount[0, COLUMN["left_elbow"]] == pytest.approx(90 / 32)
    assert codes.change[0, COLUMN["right_elbow"]] == 0


@pytest.mark.parametrize(("degrees", "size"), [(10, 0), (20, 1), (50, 2), (90, 3)])
def test_degrees_of_a_code_are_none_slightly_plain_and_much(degrees, size):
    a = np.radians(degrees)
    elbow = T_POSE[INDEX["left_elbow"]]
    bent = with_joints(
        T_POSE,
        left_wrist=elbow + 0.25 * np.array([np.cos(a), np.sin(a), 0]),
        left_hand=elbow + 0.33 * np.array([np.cos(a), np.sin(a), 0]),
    )
    assert code("left_elbow", T_POSE, bent) == size
    assert code("left_elbow", bent, T_POSE) == -size


def test_straightening_an_arm_is_gained_and_bending_it_loses_it():
    assert code("left_arm_straight", HANDS_ON_HIPS, T_POSE) == GAINED
    assert code("left_arm_straight", T_POSE, HANDS_ON_HIPS) == LOST
    assert code("left_leg_straight", SQUAT, ARMS_DOWN) == GAINED
    assert code("left_leg_straight", ARMS_DOWN, T_POSE) == 0


def test_distance_between_the_hands_is_in_metres_of_a_body_of_one_stature():
    values = measure_poses(np.stack([ARMS_DOWN, T_POSE]))[:, COLUMN["hands_apart"]]
    limbs = sum(
        np.linalg.norm(T_POSE[INDEX[f"left_{a}"]] - T_POSE[INDEX[f"left_{b}"]])
        for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    )
    assert values[1] == pytest.approx(1.56 * 1.45 / limbs, rel=0.02)
    assert code("hands_apart", ARMS_DOWN, T_POSE) == 3
    assert code("left_hand_to_trunk", ARMS_DOWN, T_POSE) > 0


def test_position_lifting_the_arms_to_a_t_raises_both_hands_to_the_shoulders():
    codes = transition_codes(ARMS_DOWN[None], T_POSE[None])
    for side in ("left", "right"):
        assert codes.change[0, COLUMN[f"{side}_hand_up"]] == 3
        assert codes.target[0, COLUMN[f"{side}_hand_up"]] in (3, 4)
        assert codes.change[0, COLUMN[f"{side}_elbow_up"]] > 0
        assert codes.change[0, COLUMN[f"{side}_hand_out"]] > 0
        assert codes.change[0, COLUMN[f"{side}_knee"]] == 0
    assert codes.change[0, COLUMN["hands_level"]] == 0


def test_position_left_against_right_one_raised_hand_is_the_higher_one():
    raised = with_joints(
        ARMS_DOWN, left_elbow=(0.2, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0)
    )
    codes = transition_codes(ARMS_DOWN[None], raised[None])
    assert codes.change[0, COLUMN["hands_level"]] == 3
    assert codes.target[0, COLUMN["hands_level"]] == 4
    assert code("hands_level", mirror(ARMS_DOWN), mirror(raised)) == -3


def test_position_crossed_hands_are_on_each_others_side():
    crossed = with_joints(ARMS_DOWN, left_hand=(-0.1, 0.1, 0.2), right_hand=(0.1, 0.1, 0.2))
    codes = transition_codes(ARMS_DOWN[None], crossed[None])
    assert codes.change[0, COLUMN["hands_sideways"]] < 0
    assert codes.target[0, COLUMN["hands_sideways"]] == 0


def turned(pose: np.ndarray, names: list[str], axis: int, degrees: float) -> np.ndarray:
    """Turn joints about an axis (0 left, 1 up, 2 forward) through the pelvis, right-handed."""
    a = np.radians(degrees)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    rotation = np.eye(3)
    rotation[i, i] = rotation[j, j] = np.cos(a)
    rotation[i, j], rotation[j, i] = -np.sin(a), np.sin(a)
    changed = pose.copy()
    rows = [INDEX[n] for n in names]
    changed[rows] = pose[rows] @ rotation.T
    return changed


UPPER = [n for n in INDEX if not n.endswith(("pelvis", "hip", "knee", "ankle", "foot"))]


@pytest.mark.parametrize(
    ("name", "axis", "degrees"),
    [("lean_front", 0, 30), ("twist_left", 1, 30), ("lean_left", 2, -30)],
)  # fmt: skip
def test_trunk_turned_by_thirty_degrees_about_one_axis_gives_one_code(name, axis, degrees):
    moved = turned(ARMS_DOWN, UPPER, axis, degrees)
    values = measure_poses(np.stack([ARMS_DOWN, moved]))
    assert values[1, COLUMN[name]] - values[0, COLUMN[name]] == pytest.approx(30, abs=0.5)
    assert code(name, ARMS_DOWN, moved) == 2
    for other in {"lean_front", "twist_left", "lean_left"} - {name}:
        assert code(other, ARMS_DOWN, moved) == 0


@pytest.mark.parametrize(
    ("nose", "name", "size"),
    [((0.1, 0.67, 0.05), "head_left", 3), ((0, 0.71, 0.08), "head_up", 2)],
)
def test_head_turned_left_or_raised(nose, name, size):
    assert code(name, ARMS_DOWN, with_joints(ARMS_DOWN, nose=nose)) == size


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [(10, 20, 0), (0, 90, 2), (170, -150, 1), (30, -140, -3), (0, -25, -1)],
)  # fmt: skip
def test_turn_of_the_whole_body_takes_the_short_way_round(before, after, size):
    bodies = [one(ARMS_DOWN, heading=heading) for heading in (before, after)]
    assert code("turn_left", *bodies) == size


def test_turn_is_unknown_without_both_headings_and_never_zero_by_guess():
    for reference in (ARMS_DOWN[None], one(ARMS_DOWN, heading=20.0)):
        codes = transition_codes(reference, ARMS_DOWN[None])
        assert codes.change[0, COLUMN["turn_left"]] == 0
        assert codes.target[0, COLUMN["turn_left"]] == UNKNOWN
        assert codes.mirrored().target[0, COLUMN["turn_left"]] == UNKNOWN
        assert not np.isnan(codes.amount).any()


def test_height_squatting_lowers_the_hips_and_does_not_lift_the_knees():
    assert code("pelvis_height", ARMS_DOWN, SQUAT) < 0
    facts = read_facts(transition_codes(ARMS_DOWN[None], SQUAT[None]))[0]
    assert ("squat", "squat") in {(f.kind, f.move) for f in facts.merged}
    assert ("body", "sink") in {(f.kind, f.move) for f in facts.single}
    assert ("thigh", "up") not in {(f.kind, f.move) for f in facts.single}


def test_contact_hands_on_the_hips_are_gained_and_lost():
    for side in ("left", "right"):
        assert code(f"{side}_hand_on_hip", ARMS_DOWN, HANDS_ON_HIPS) == GAINED
        assert code(f"{side}_hand_on_hip", HANDS_ON_HIPS, ARMS_DOWN) == LOST
        assert code(f"{side}_foot_on_floor", ARMS_DOWN, HANDS_ON_HIPS) == 0


def test_contact_with_the_floor_of_feet_knees_hips_and_head():
    lifted = with_joints(
        ARMS_DOWN, right_knee=(-0.1, -0.1, 0.4), right_ankle=(-0.1, -0.45, 0.3),
        right_foot=(-0.1, -0.5, 0.42),
    )  # fmt: skip
    assert code("right_foot_on_floor", ARMS_DOWN, lifted) == LOST
    assert code("left_foot_on_floor", ARMS_DOWN, lifted) == 0
    names = ("hips_on_floor", "left_knee_on_floor", "right_hand_on_floor")
    seated = with_joints(
        ARMS_DOWN, left_knee=(0.1, 0.0, 0.42), left_ankle=(0.1, 0.0, 0.83),
        left_foot=(0.1, 0.1, 0.9),
        right_knee=(-0.1, 0.0, 0.42), right_ankle=(-0.1, 0.0, 0.83), right_foot=(-0.1, 0.1, 0.9),
        right_hand=(-0.3, -0.05, -0.2), left_hand=(0.1, 0.2, 0.3),
    )  # fmt: skip
    on_the_floor = one(seated, floor=-0.1)
    assert [code(n, ARMS_DOWN, on_the_floor) for n in names] == [GAINED] * 3
    assert code("left_hand_on_floor", ARMS_DOWN, on_the_floor) == 0
    assert code("head_on_floor", ARMS_DOWN, on_the_floor) == 0
    assert code("head_on_floor", ARMS_DOWN, -ARMS_DOWN) == GAINED  # upside down


def test_posture_a_t_pose_is_upright_and_a_body_on_its_back_faces_up():
    lying = turned(ARMS_DOWN, list(INDEX), 0, -90)
    codes = transition_codes(T_POSE[None], lying[None])
    assert codes.reference[0, COLUMN["posture"]] == UPRIGHT
    assert codes.target[0, COLUMN["posture"]] == 3  # FACE_UP


def test_the_same_pose_has_no_change():
    poses = random_poses(50, seed=3)
    assert not transition_codes(poses, poses).change.any()


def test_noise_is_off_by_default_and_seeded_when_on(pairs):
    reference, target = pairs
    quiet = transition_codes(reference, target)
    assert_same(quiet, transition_codes(reference, target))
    noisy = transition_codes(reference, target, noise_seed=4)
    assert_same(noisy, transition_codes(reference, target, noise_seed=4))
    other = transition_codes(reference, target, noise_seed=5)
    assert (noisy.change != other.change).any()
    assert (np.abs(noisy.change.astype(int) - quiet.change) <= 2).all()
    np.testing.assert_array_equal(noisy.target, quiet.target)


def test_a_known_floor_tells_a_jump_from_standing():
    floor = ARMS_DOWN[:, 1].min() - 0.02
    codes = transition_codes(one(ARMS_DOWN, floor), one(ARMS_DOWN, floor - 0.3))
    assert codes.change[0, COLUMN["left_foot_up"]] > 0
    assert codes.change[0, COLUMN["right_foot_up"]] > 0
    unknown = transition_codes(one(ARMS_DOWN, np.nan), ARMS_DOWN[None])
    assert not unknown.change.any()


def test_every_measure_has_one_column_a_mirror_and_usable_thresholds():
    names = [m.name for m in MEASURES]
    assert len(set(names)) == len(names)
    assert {m.mirrored for m in MEASURES} == set(names)
    families = Counter(m.family for m in MEASURES)
    assert set(families) == {
        "bend", "straight", "distance", "position", "trunk", "head", "turn", "height", "contact",
        "posture",
    }  # fmt: skip
    for m in MEASURES:
        assert list(m.bands) == sorted(m.bands)
        assert list(m.steps) == sorted(m.steps)
        assert len(m.steps) == (1 if m.event else 0 if m.unit == "class" else 3)
        if m.flips:
            assert m.bands == tuple(-b for b in reversed(m.bands))


def test_what_needs_a_built_joint_is_unknown_and_no_change():
    codes = transition_codes(ARMS_DOWN[None], HANDS_ON_HIPS[None])
    bare = without_built(codes, [["left_hand", "nose"]])
    touch, twin, gaze = (COLUMN[n] for n in ("left_hand_on_hip", "right_hand_on_hip", "head_up"))
    assert (codes.change[0, touch], codes.change[0, twin]) == (GAINED, GAINED)
    assert (bare.change[0, touch], bare.target[0, touch]) == (0, UNKNOWN)
    assert bare.change[0, twin] == GAINED
    assert bare.target[0, gaze] == UNKNOWN
    assert bare.change[0, COLUMN["left_elbow"]] == codes.change[0, COLUMN["left_elbow"]] != 0
