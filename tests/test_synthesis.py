"""Poses and pairs of the synthesized dataset, without its heavy extras where possible."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

roma = pytest.importorskip("roma", reason="needs the synthesis extra")

from autocompose.body.skeleton import INDEX, mean_joint_distance, mirror  # noqa: E402
from autocompose.errors import ConfigError, DatasetError  # noqa: E402
from autocompose.schema import ImageInfo, PoseImage  # noqa: E402
from autocompose.synthesis.authored import KEY_POSES, segment_pose  # noqa: E402
from autocompose.synthesis.mocap import (  # noqa: E402
    SEGMENT,
    SegmentPose,
    limbs_mixed,
    mirrored,
    read_clip,
    recombined,
    turn,
    without_heading,
)
from autocompose.synthesis.pose_choice import PlacedPose, distinct, plausible, split_of  # noqa: E402

KEYS = {key.name: segment_pose(key) for key in KEY_POSES}


def _down(pose: SegmentPose, segment: str) -> np.ndarray:
    """Where "down the limb" points: +x subject's left, -y forward, +z up."""
    return pose.rotations[SEGMENT[segment]] @ [0.0, 0.0, -1.0]


def test_the_t_pose_points_the_left_arm_to_the_subjects_left():
    assert _down(KEYS["t-pose"], "left_shoulder") == pytest.approx([1, 0, 0], abs=1e-6)
    assert _down(KEYS["t-pose"], "right_shoulder") == pytest.approx([-1, 0, 0], abs=1e-6)


def test_sitting_brings_thighs_forward_and_lets_shins_hang():
    assert _down(KEYS["sit"], "left_hip")[1] < -0.9
    assert _down(KEYS["sit"], "left_knee")[2] < -0.9


def test_waving_raises_the_right_arm_only():
    assert _down(KEYS["wave"], "right_elbow")[2] > 0.7
    assert _down(KEYS["wave"], "left_elbow")[2] < -0.7


def test_mixed_limbs_come_from_their_own_poses_and_from_the_subjects_own_sides():
    rng = np.random.default_rng(0)
    angles = []
    for _ in range(20):
        mixed = limbs_mixed(KEYS["sit"], KEYS["t-pose"], KEYS["wave"], legs=KEYS["sit"], rng=rng)
        assert _down(mixed, "left_shoulder")[0] > 0.5  # out to the subject's left, as in the T
        assert _down(mixed, "left_hip")[1] < -0.5  # thighs forward, as when sitting
        assert np.allclose(mixed.rotations @ mixed.rotations.transpose(0, 2, 1), np.eye(3))
        bend = mixed.rotations[SEGMENT["left_hip"]].T @ mixed.rotations[SEGMENT["left_knee"]]
        angles.append(np.degrees(np.arccos((np.trace(bend) - 1) / 2)))
    assert 60 < min(angles) < max(angles) < 115  # knees still bend, and a little differently
    assert {"sit", "t-pose", "wave"} == set(mixed.clip.split("+"))


@pytest.mark.parametrize("name", sorted(KEYS))
def test_mirroring_twice_gives_the_pose_back(name):
    twice = mirrored(mirrored(KEYS[name]))
    assert np.allclose(twice.rotations, KEYS[name].rotations)
    assert mirrored(KEYS[name]).clip == KEYS[name].clip


def test_every_segment_of_every_key_pose_is_a_rotation():
    for pose in KEYS.values():
        assert np.allclose(pose.rotations @ pose.rotations.transpose(0, 2, 1), np.eye(3), atol=1e-9)
        assert np.allclose(np.linalg.det(pose.rotations), 1.0)


def test_heading_is_removed_and_nothing_else_changes():
    pose = KEYS["lunge"].rotations
    turned = turn(0.7) @ pose
    assert np.allclose(without_heading(turned), pose)


def test_a_recombination_takes_the_legs_of_the_second_and_the_arms_of_the_first():
    pose = recombined(KEYS["t-pose"], KEYS["sit"])
    assert _down(pose, "left_shoulder") == pytest.approx([1, 0, 0], abs=1e-6)
    assert _down(pose, "left_hip")[1] < -0.9
    assert pose.kind == "recombined"


def test_clips_and_key_poses_never_stand_in_two_splits_and_twins_stay_together():
    names = [key.name for key in KEY_POSES]
    assert len(set(names)) == len(names)
    assert {split_of(name) for name in names} == {"train", "val", "test"}
    assert {split_of("dance_b"), split_of("getup_faceup"), split_of("walk")} == {
        "test",
        "val",
        "train",
    }
    for pose in KEYS.values():
        assert split_of(mirrored(pose).clip) == split_of(pose.clip)


def test_a_clip_file_is_read_frame_by_frame(tmp_path):
    still = [0.0333, 0, 0.9, 0] + [1, 0, 0, 0] * 4 + [0.0] + [1, 0, 0, 0] * 2 + [0.5]
    still += [1, 0, 0, 0] + [0.0] + [1, 0, 0, 0] * 2 + [0.0]
    assert len(still) == 44
    path = tmp_path / "humanoid3d_still.txt"
    path.write_text(json.dumps({"Frames": [still, still]}))
    poses = read_clip(path)
    assert [p.clip for p in poses] == ["still", "still"]
    assert poses[1].seconds == pytest.approx(0.0333)
    # The right elbow is bent by half a radian, forward; the left is straight.
    assert _down(poses[0], "right_elbow")[1] == pytest.approx(-np.sin(0.5))
    assert _down(poses[0], "left_elbow")[1] == pytest.approx(0.0, abs=1e-9)


def test_a_file_that_is_no_clip_is_named(tmp_path):
    path = tmp_path / "humanoid3d_bad.txt"
    path.write_text("[1, 2")
    with pytest.raises(DatasetError, match="humanoid3d_bad"):
        read_clip(path)


def _standing() -> np.ndarray:
    joints = np.zeros((22, 3))
    for name, at in {
        "spine": (0, 0.15, 0), "chest": (0, 0.35, 0), "neck": (0, 0.5, 0), "head": (0, 0.65, 0.02),
        "nose": (0, 0.65, 0.12),
        "shoulder": (0.18, 0.47, 0), "elbow": (0.3, 0.22, 0), "wrist": (0.38, 0, 0.03),
        "hand": (0.4, -0.08, 0.05), "hip": (0.1, 0, 0),
        "knee": (0.12, -0.45, 0.02), "ankle": (0.13, -0.88, 0),
        "foot": (0.14, -0.93, 0.15),
    }.items():  # fmt: skip
        if name in INDEX:
            joints[INDEX[name]] = at
        else:
            joints[INDEX[f"left_{name}"]] = at
            joints[INDEX[f"right_{name}"]] = (-at[0], at[1], at[2])
    return joints


def test_standing_is_plausible_and_an_arm_through_the_belly_is_not():
    joints = _standing()
    assert plausible(joints)
    through = joints.copy()
    through[INDEX["left_wrist"]] = (0.0, 0.1, 0.0)
    assert not plausible(through)


def test_a_body_that_leans_past_its_feet_is_not_plausible():
    joints = _standing()
    angle = np.radians(60)
    feet = joints[:, 1].min()
    tipped = joints.copy()
    tipped[:, 1] = (joints[:, 1] - feet) * np.cos(angle)
    tipped[:, 2] += (joints[:, 1] - feet) * np.sin(angle)
    assert not plausible(tipped)


def test_distinct_keeps_no_two_near_poses():
    rng = np.random.default_rng(0)
    base = _standing()
    poses = [
        PlacedPose(KEYS["stand"], base + rng.normal(0, scale, base.shape))
        for scale in (0, 0.001, 0.05, 0.1)
    ]
    kept = distinct(poses, 0.05)
    gaps = [mean_joint_distance(a.joints, b.joints) for i, a in enumerate(kept) for b in kept[:i]]
    assert len(kept) == 3
    assert min(gaps) >= 0.05


def _images(count: int, noise: float = 0.09) -> list[PoseImage]:
    rng = np.random.default_rng(1)
    images = []
    for i in range(count):
        joints = _standing() + rng.normal(0, noise, (22, 3)) * (i > 0)
        joints = joints if i % 2 else mirror(joints)
        images.append(
            PoseImage(
                f"{i}.jpg",
                Path(f"{i}.jpg"),
                joints=tuple(map(tuple, joints.tolist())),  # pyright: ignore
                info=ImageInfo(person=f"p{i % 2}", camera="front"),
            )
        )
    return images


def test_mined_pairs_keep_person_and_camera_and_stay_in_the_band():
    from autocompose.body.mining import MiningRules
    from autocompose.describe.pairing import mine_pairs

    low, high = MiningRules().distance

    images = _images(40)
    pairs = mine_pairs(images, 40, split="train", seed=0)
    assert len(pairs) == 40
    assert len({frozenset((p.reference.id, p.target.id)) for p in pairs}) == 40
    for pair in pairs:
        assert pair.reference.info == pair.target.info
        gap = mean_joint_distance(np.array(pair.reference.joints), np.array(pair.target.joints))
        assert low < gap < high
        assert pair.target.id in pair.image_set
        assert pair.reference.id not in pair.image_set
        assert len(pair.image_set) == 6
    targets = [p.target.id for p in pairs]
    assert max(targets.count(t) for t in set(targets)) <= 3
    assert pairs == mine_pairs(images, 40, split="train", seed=0)


def test_too_small_a_request_is_one_clear_line(tmp_path):
    from autocompose.synthesis.build import synthesize

    with pytest.raises(ConfigError, match="pairs 3 is too small; use at least 20"):
        synthesize(tmp_path / "out", clips=tmp_path, pairs=3)


@pytest.mark.slow
def test_everyday_poses_are_found_again_by_name_and_no_letter_is_in_two_splits(tmp_path):
    from autocompose.postures.postures import POSTURES
    from autocompose.synthesis.everyday import EVERYDAY, LETTERS, everyday_pose
    from autocompose.synthesis.pose_names import NamedPoses

    assert len(set("".join(LETTERS.values()))) == len("".join(LETTERS.values()))
    assert len({entry.posture for entry in EVERYDAY}) == len(EVERYDAY)
    named = NamedPoses(tmp_path, seed=0)
    for entry in EVERYDAY[::7]:
        assert entry.posture in POSTURES
        pose = everyday_pose(entry, "g", 1, seed=0)
        assert np.allclose(named.pose(pose.name).rotations, pose.rotations)
        twin = mirrored(pose)
        assert np.allclose(named.pose(twin.name).rotations, twin.rotations)
    assert np.allclose(named.pose("kneelm").rotations, mirrored(KEYS["kneel"]).rotations)
    mixed = named.pose("t-pose+sit")
    assert np.allclose(mixed.rotations, recombined(KEYS["t-pose"], KEYS["sit"]).rotations)
    with pytest.raises(DatasetError, match="no motion clip or key pose is called dance_b-0001"):
        named.pose("dance_b-0001")


def test_texts_without_pronouns_call_nobody_he_or_she():
    from autocompose.describe.geometric import PhrasingBank, phrase_pairs
    from autocompose.schema import PosePair

    images = _images(40)
    pairs = [PosePair(a, b, "train", ()) for a, b in zip(images[:-2], images[2:], strict=True)]
    gendered = {"he", "she", "his", "her", "him", "hers"}

    def words(*, neutral: bool) -> set[str]:
        texts = [
            text
            for bank in PhrasingBank
            for texts in phrase_pairs(pairs, bank=bank, neutral=neutral)
            for text in texts
        ]
        return {word.strip(".,") for text in texts for word in text.lower().split()}

    assert words(neutral=False) & gendered
    assert not words(neutral=True) & gendered


def test_a_dataset_is_extended_without_losing_pairs_and_moved_poses_get_new_texts(tmp_path):
    from dataclasses import replace

    from autocompose.data import dataset as layout
    from autocompose.describe.pairing import extend_pairs, write_pairs

    images = _images(60, noise=0.055)
    old, new = images[:40], images[40:]
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    for image in images:
        (root / "images" / image.id).touch()
    write_pairs(root, "train", old, count=30, seed=0, neutral=True)
    layout.write_split(root / "image_splits" / "train.json", [i.id for i in old])
    layout.write_joints(root / "joints.json", images, image_size=(64, 64))
    before = layout.open_dataset(root).pairs("train")
    leaves, moves = before[0].reference.id, before[1].target.id
    there = [
        replace(i, joints=tuple(map(tuple, (np.array(i.joints) * 1.1).tolist())))
        if i.id == moves
        else i
        for i in images
        if i.id != leaves
    ]
    extend_pairs(root, "train", there, moved={moves: 0.1}, count=8, seed=0)
    layout.write_split(root / "image_splits" / "train.json", [i.id for i in there])
    after = {p.id: p for p in layout.open_dataset(root).pairs("train")}
    for pair in before:
        ends = {pair.reference.id, pair.target.id}
        assert (pair.id in after) == (leaves not in ends)
        if pair.id in after and moves not in ends:
            assert after[pair.id].texts == pair.texts
    added = [p for p in after.values() if p.id not in {b.id for b in before}]
    assert len(added) == 8
    stayed = [p for p in before if p.id in after]
    paired = {name for p in stayed for name in (p.reference.id, p.target.id)}
    assert not any({p.reference.id, p.target.id} <= paired for p in added)
    assert {image.id for image in new} & {p.target.id for p in added}
