"""The lab's bodies: capsules, plausibility, limbs exchanged, and poses as codes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors, on_standard_body
from autocompose.body.skeleton import INDEX, canonical, mean_joint_distance, mirror
from autocompose.errors import CheckpointError, DatasetError
from autocompose.lab.bodies.capsules import (
    CAPSULES,
    WATCHED,
    capsule_distances,
    contacts,
    mirrored_pairs,
    segment_distances,
)
from autocompose.lab.bodies.plausible import excess_depth, off_balance, plausible_bodies
from autocompose.lab.bodies.recombine import LIMB_BONES, exchanged_limb, recombined_bodies
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.lab_files import load_limb_codes, save_limb_codes
from autocompose.lab.tokens.limb_codes import CodeSettings, fit_limb_codes, perplexity
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, SQUAT, T_POSE, random_poses, with_joints

POSES = np.stack([ARMS_DOWN, T_POSE, SQUAT, HANDS_ON_HIPS])
LEFT_UP = with_joints(
    ARMS_DOWN,
    left_elbow=(0.3, 0.66, 0),
    left_wrist=(0.32, 0.9, 0.02),
    left_hand=(0.32, 0.98, 0.02),
)
CLAP = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.3, 0.2), left_wrist=(0.05, 0.3, 0.4), left_hand=(0.01, 0.3, 0.46),
    right_elbow=(-0.2, 0.3, 0.2), right_wrist=(-0.05, 0.3, 0.4), right_hand=(-0.01, 0.3, 0.46),
)  # fmt: skip


def tensor(joints: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(joints.astype(np.float64))


def test_segments_cross_lie_beside_each_other_and_shrink_to_points():
    def distance(*points: tuple[float, float, float]) -> float:
        a, b, c, d = (torch.tensor([p], dtype=torch.float64) for p in points)
        return float(segment_distances((a, b), (c, d)))

    assert distance((0, 0, 0), (2, 0, 0), (1, -1, 3), (1, 1, 3)) == pytest.approx(3)
    assert distance((0, 0, 0), (2, 0, 0), (3, 1, 0), (5, 1, 0)) == pytest.approx(2**0.5)
    assert distance((0, 0, 0), (2, 0, 0), (0, 1, 0), (2, 1, 0)) == pytest.approx(1)
    assert distance((1, 2, 2), (1, 2, 2), (0, 0, 0), (0, 0, 0)) == pytest.approx(3, abs=1e-5)


def test_segment_distances_are_those_of_the_nearest_of_many_points():
    rng = np.random.default_rng(0)
    a, b, c, d = rng.normal(size=(4, 40, 3))
    t = np.linspace(0, 1, 60)[:, None, None]
    first, second = a + t * (b - a), c + t * (d - c)
    brute = np.linalg.norm(first[:, None] - second[None], axis=-1).min((0, 1))
    found = segment_distances((tensor(a), tensor(b)), (tensor(c), tensor(d))).numpy()
    assert (found <= brute + 1e-9).all()
    assert np.abs(found - brute).max() < 0.06


def test_capsules_keep_their_distances_in_the_mirror_with_the_sides_exchanged():
    bodies = random_poses(6, seed=1)
    there = capsule_distances(tensor(bodies))
    twin = capsule_distances(tensor(mirror(bodies)))
    assert torch.allclose(twin, there[:, mirrored_pairs()])
    assert len(CAPSULES) == 16
    assert len(set(WATCHED)) == len(WATCHED) > 80


def test_hands_that_meet_touch_and_hands_apart_do_not():
    assert ("left hand", "right hand") in contacts(tensor(CLAP[None]))[0]
    assert contacts(tensor(T_POSE[None]))[0] == []
    on_hips = contacts(tensor(on_standard_body(HANDS_ON_HIPS[None])))[0]
    assert any("left hand" in pair and ("hips" in pair or "stomach" in pair) for pair in on_hips)
    assert not any({"left hand", "right hand"} == set(pair) for pair in on_hips)


def test_depth_can_be_differentiated_and_pulls_a_hand_out_of_the_chest():
    inside = with_joints(ARMS_DOWN, left_wrist=(0.1, 0.35, 0.02), left_hand=(0.02, 0.35, 0.0))
    joints = tensor(inside[None]).requires_grad_()
    depth = excess_depth(joints)
    depth.sum().backward()
    before = float(depth.detach())
    assert before > 0.05
    assert joints.grad is not None
    moved = joints.detach() - 0.02 * joints.grad.sign()
    assert float(excess_depth(moved)) < before


def test_a_body_that_leans_far_out_of_its_feet_would_fall():
    leaning = ARMS_DOWN.copy()
    upper = ARMS_DOWN[:, 1] > -0.3
    leaning[upper, 0] += 0.9
    assert off_balance(canonical(leaning[None]))[0] > 0.28
    assert off_balance(canonical(ARMS_DOWN[None]))[0] < 0.1
    assert plausible_bodies(POSES[:3]).all()
    assert plausible_bodies(mirror(POSES[:3])).all()
    assert not plausible_bodies(leaning[None])[0]


def test_recombined_bodies_are_plausible_new_and_drawn_again_alike():
    made = recombined_bodies(POSES, 60, seed=3)
    assert made.shape == (60, 22, 3)
    assert plausible_bodies(made).all()
    assert np.array_equal(made, recombined_bodies(POSES, 60, seed=3))
    assert not np.array_equal(made, recombined_bodies(POSES, 60, seed=4))
    known = on_standard_body(POSES)
    nearest = [mean_joint_distance(known, body).min() for body in made]
    assert np.median(nearest) > 0.03
    assert np.allclose(BoneVectors.of(made).lengths, STANDARD_LENGTHS)
    hands = made[:, [INDEX["left_hand"], INDEX["right_hand"]], 0]
    assert (hands[:, 0] > hands[:, 1]).mean() > 0.8  # left hands are on the left


def test_without_poses_nothing_can_be_recombined():
    with pytest.raises(DatasetError, match="no poses"):
        recombined_bodies(np.zeros((0, 22, 3)), 3, seed=0)


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_an_exchanged_arm_is_that_side_and_nothing_else_moves(side, other):
    body = exchanged_limb(ARMS_DOWN, T_POSE, f"{side} arm")
    sign = 1 if side == "left" else -1
    assert sign * body[INDEX[f"{side}_hand"], 0] > 0.7
    same = [i for name, i in INDEX.items() if not name.startswith(f"{side}_") or "hip" in name]
    assert np.allclose(body[same], ARMS_DOWN[same])
    assert np.allclose(body[INDEX[f"{other}_hand"]], ARMS_DOWN[INDEX[f"{other}_hand"]])


def test_an_exchanged_trunk_takes_the_arms_along_and_every_bone_has_one_limb():
    bowed = ARMS_DOWN.copy()
    angle = np.radians(60)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    upper = [i for n, i in INDEX.items() if not n.endswith(("hip", "knee", "ankle", "foot"))]
    bowed[upper] = bowed[upper] @ turn.T
    body = exchanged_limb(T_POSE, bowed, "trunk")
    assert body[INDEX["neck"], 2] > 0.3
    assert body[INDEX["left_hand"], 0] == pytest.approx(T_POSE[INDEX["left_hand"], 0], abs=0.02)
    assert sorted(row for rows in LIMB_BONES.values() for row in rows) == list(range(21))


def test_the_standing_body_is_upright_plausible_and_its_own_mirror_image():
    body = standing_body()
    assert np.allclose(mirror(body), body)
    assert plausible_bodies(body[None])[0]
    assert body[INDEX["head"], 1] > 0.6
    assert body[INDEX["left_hand"], 1] < 0.1


@pytest.fixture(scope="module")
def codes():
    return fit_limb_codes(random_poses(700, seed=5), CodeSettings(levels=3, codes=64))


def test_codes_bring_unseen_bodies_back_and_each_level_brings_them_nearer(codes):
    unseen = on_standard_body(random_poses(120, seed=6))
    found = codes.encode(unseen)
    assert found.shape == (120, 5, 3)
    error = mean_joint_distance(codes.decode(found), unseen).mean()
    shorter = type(codes)({kind: book[:1] for kind, book in codes.books.items()})
    coarse = mean_joint_distance(shorter.decode(shorter.encode(unseen)), unseen).mean()
    still = mean_joint_distance(unseen.mean(0), unseen).mean()
    assert error < 0.5 * coarse < 0.5 * still


def test_place_size_and_heading_change_no_code(codes):
    body = random_poses(5, seed=7)
    turn = np.array([[0.6, 0, 0.8], [0, 1, 0], [-0.8, 0, 0.6]])
    moved = 1.2 * body @ turn.T + np.array([3.0, 1.0, -2.0])
    assert np.array_equal(codes.encode(body), codes.encode(moved))
    tall = codes.decode(codes.encode(body), 1.2 * STANDARD_LENGTHS)
    assert np.allclose(tall, 1.2 * codes.decode(codes.encode(body)))


def test_the_sides_stay_apart_in_the_codes(codes):
    up, other = codes.encode(np.stack([LEFT_UP, mirror(LEFT_UP)]))
    down = codes.encode(ARMS_DOWN[None])[0]
    assert not np.array_equal(up[1], down[1])
    left, right = (codes.decode(c[None])[0] for c in (up, other))
    assert left[INDEX["left_hand"], 1] > left[INDEX["right_hand"], 1] + 0.5
    assert right[INDEX["right_hand"], 1] > right[INDEX["left_hand"], 1] + 0.5
    arms_exchanged = down.copy()
    arms_exchanged[1] = up[1]
    mixed = codes.decode(arms_exchanged[None])[0]
    assert mixed[INDEX["left_hand"], 1] > 0.6 > mixed[INDEX["right_hand"], 1]


def test_a_tokenizer_is_stored_and_a_damaged_one_refused(codes, tmp_path):
    path = tmp_path / "codes.safetensors"
    save_limb_codes(path, codes)
    body = random_poses(3, seed=8)
    assert np.array_equal(load_limb_codes(path).encode(body), codes.encode(body))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(CheckpointError, match="no pose tokenizer"):
        load_limb_codes(path)
    with pytest.raises(DatasetError, match="needs as many"):
        fit_limb_codes(body, CodeSettings(codes=64))


def test_perplexity_counts_the_entries_that_are_used_alike():
    assert perplexity(np.array([0, 1, 2, 3]), 8) == pytest.approx(4)
    assert perplexity(np.array([5, 5, 5]), 8) == pytest.approx(1)
