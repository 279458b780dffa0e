"""Mined pairs satisfy every constraint (T5), leak over no split, and can be made anew in place."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import Bodies
from autocompose.body.mining import MiningRules, PoseTable, farthest_first, pose_features
from autocompose.body.mining import mine_pairs as mine
from autocompose.body.paircodes import transition_codes
from autocompose.body.skeleton import canonical, mean_joint_distance, mirror
from autocompose.data.dataset import open_dataset
from autocompose.describe.geometric import PROMPT_VERSION, describe_pair
from autocompose.describe.pairing import mine_pairs, rewrite_pairs
from autocompose.errors import DatasetError
from autocompose.schema import View
from tests.poses import ARMS_DOWN, T_POSE, random_poses

DEMO = Path(__file__).parent.parent / "annotations" / "demo"
RULES = MiningRules()


@pytest.fixture(scope="module")
def images():
    """Pictures of the test split: three looks, motion capture and key poses."""
    return open_dataset(DEMO).gallery("test")


@pytest.fixture(scope="module")
def pairs(images):
    return mine_pairs(images, 10_000, split="test", seed=0)


def clip_of(image) -> tuple[str, float] | None:
    clip, _, frame = image.info.clip.rpartition("-")
    if "+" in clip or not frame.rstrip("m").isdigit() or len(frame.rstrip("m")) != 4:
        return None
    seconds = image.info.seconds
    return clip + frame[4:], int(frame[:4]) / 30 if seconds is None else seconds


def in_sequence(pair) -> bool:
    a, b = clip_of(pair.reference), clip_of(pair.target)
    return a is not None and b is not None and a[0] == b[0]


@pytest.mark.slow
def test_every_pair_satisfies_every_constraint(pairs, images):
    assert len(pairs) > 300
    joints = np.array([image.joints for image in images])
    at = {image.id: i for i, image in enumerate(images)}
    cosine = pose_features(joints) @ pose_features(joints).T
    looks = [(i.info.person, i.info.camera) for i in images]
    for pair in pairs:
        a, b = at[pair.reference.id], at[pair.target.id]
        assert RULES.distance[0] < mean_joint_distance(joints[a], joints[b]) < RULES.distance[1]
        assert RULES.similarity[0] < cosine[a, b] < RULES.similarity[1]
        same_look = [i for i in range(len(images)) if looks[i] == looks[b] and i != b]
        assert sum(cosine[i, b] > cosine[a, b] for i in same_look) < RULES.among
        assert looks[a] == looks[b]
        codes = transition_codes(
            Bodies(joints[[a]], np.array([pair.reference.floor_y])),
            Bodies(joints[[b]], np.array([pair.target.floor_y])),
        )
        least = RULES.codes_in if in_sequence(pair) else RULES.codes_out
        assert codes.differing()[0] >= least
        if in_sequence(pair):
            gap = clip_of(pair.target)[1] - clip_of(pair.reference)[1]
            assert 0 < gap < RULES.seconds
        assert pair.target.id in pair.image_set
        assert pair.reference.id not in pair.image_set


@pytest.mark.slow
def test_in_a_sequence_a_pose_plays_each_role_once(pairs):
    inside = [p for p in pairs if in_sequence(p)]
    assert len(inside) > 20
    for role in ("reference", "target"):
        assert max(Counter(getattr(p, role).id for p in inside).values()) == 1


@pytest.mark.slow
def test_out_of_sequence_no_pose_is_overused_and_no_pair_occurs_twice(pairs):
    outside = [p for p in pairs if not in_sequence(p)]
    assert max(Counter(p.target.id for p in outside).values()) <= RULES.per_target
    assert max(Counter(p.reference.id for p in outside).values()) <= RULES.per_reference
    assert len({frozenset((p.reference.id, p.target.id)) for p in pairs}) == len(pairs)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_pairs_and_fewer_are_a_beginning(images, pairs):
    again = mine_pairs(images, 10_000, split="test", seed=0)
    assert [p.id for p in again] == [p.id for p in pairs]
    fewer = mine_pairs(images, 100, split="test", seed=0)
    assert [p.id for p in fewer] == [p.id for p in pairs][:100]


def test_farthest_points_come_first_and_copies_last():
    line = np.stack([ARMS_DOWN + np.array([x, 0, 0]) for x in (0.0, 0.1, 0.2, 1.0, 0.0)])
    order = farthest_first(line)
    assert order[0] == 3  # farthest from the mean
    assert order[1] in (0, 4)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert order[-1] in (0, 4)  # the copy adds nothing


def test_the_feature_knows_bone_directions_and_no_size():
    poses = canonical(random_poses(20, seed=2))
    features = pose_features(poses)
    np.testing.assert_allclose((features**2).sum(1), 1)
    np.testing.assert_allclose(pose_features(poses * 1.3), features, atol=1e-12)
    # One arm of four bones turned by 90 degrees, of 21 bones: the mean cosine by hand.
    raised = ARMS_DOWN.copy()
    raised[6:10] = T_POSE[6:10]
    expected = float((pose_features(ARMS_DOWN[None]) @ pose_features(raised[None]).T)[0, 0])
    assert 16 / 21 < expected < 19 / 21


def table(joints: np.ndarray, **changes) -> PoseTable:
    n = len(joints)
    plain = PoseTable(joints, np.full(n, np.nan), ("g",) * n, ("",) * n, np.full(n, np.nan))
    return replace(plain, **changes)


def test_groups_keep_splits_people_and_cameras_apart():
    joints = canonical(random_poses(60, seed=3, tilt=0.1) * 0.2 + ARMS_DOWN * 0.8)
    groups = tuple("train" if i % 2 else "test" for i in range(60))
    loose = MiningRules(distance=(0.01, 1.0), similarity=(0.0, 1.0), codes_in=1, codes_out=1)
    found = mine(table(joints, groups=groups), 200, rules=loose)
    assert found
    assert all(groups[p.reference] == groups[p.target] for p in found)


def test_in_a_sequence_the_target_comes_after_the_reference_and_soon():
    joints = canonical(random_poses(12, seed=4, tilt=0.1) * 0.3 + ARMS_DOWN * 0.7)
    loose = MiningRules(distance=(0.0, 2.0), similarity=(-1, 1.1), codes_in=1, codes_out=1)
    seconds = np.arange(12) * 0.2
    found = mine(table(joints, sequences=("walk",) * 12, seconds=seconds), 99, rules=loose)
    assert found
    for pair in found:
        assert pair.in_sequence
        assert 0 < seconds[pair.target] - seconds[pair.reference] < 0.5
    late = mine(
        table(joints, sequences=("walk",) * 12, seconds=np.arange(12) * 1.0), 99, rules=loose
    )
    assert late == []  # one sequence, but too far apart in time: neither kind of pair


@pytest.mark.slow
def test_no_clip_of_a_mined_split_stands_in_another(pairs):
    dataset = open_dataset(DEMO)
    others = {i.id for s in ("train", "val") for i in dataset.gallery(s)}
    assert not {i.id for p in pairs for i in (p.reference, p.target)} & others


def small_copy(root: Path) -> Path:
    """The first pictures of each split with their joints, without caption files."""
    source = open_dataset(DEMO)
    names = {s: [i.id for i in source.gallery(s)][:60] for s in ("train", "val", "test")}
    (root / "images").mkdir(parents=True)
    (root / "captions").mkdir()
    (root / "image_splits").mkdir()
    for split, listed in names.items():
        (root / "image_splits" / f"{split}.json").write_text(json.dumps(listed))
        for name in listed:
            shutil.copy(DEMO / "images" / name, root / "images" / name)
    shutil.copy(DEMO / "joints.json", root / "joints.json")
    (root / "card.md").write_text("Texts come from rules (source `auto`, bank by bank below).")
    return root


@pytest.mark.slow
def test_pairs_and_texts_are_made_anew_without_touching_a_picture(tmp_path):
    root = small_copy(tmp_path / "copy")
    before = {p.name: p.read_bytes() for p in (root / "images").iterdir()}
    written = rewrite_pairs(root, {"train": 20, "val": 10, "test": 10}, seed=1)
    assert set(written) == {"train", "val", "test"}
    assert {p.name: p.read_bytes() for p in (root / "images").iterdir()} == before
    dataset = open_dataset(root)
    assert [len(dataset.pairs(s)) for s in ("train", "val", "test")] == [
        written[s] for s in ("train", "val", "test")
    ]
    pair = dataset.pairs("train")[0]
    for view, key in ((View.FORWARD, "auto"), (View.MIRROR_REVERSE, "auto-mirror-reverse")):
        assert describe_pair(pair, view=view, n=3, seed=1).phrasings == pair.texts[key]
    assert set(dataset.pairs("test")[0].texts) == {"sents", "auto", "new-words"}
    assert f"describer `{PROMPT_VERSION}`" in (root / "card.md").read_text()
    assert rewrite_pairs(root, seed=1) == written  # as many as there are
    assert (root / "card.md").read_text().count("describer") == 1


@pytest.mark.slow
def test_the_command_line_makes_them_anew(tmp_path):
    from typer.testing import CliRunner

    from autocompose.cli import app

    root = small_copy(tmp_path / "copy")
    command = ["synthesize", "--out", str(root), "--texts-only", "--pairs", "20"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert open_dataset(root).pairs("train")


@pytest.mark.slow
def test_images_without_joints_are_one_clear_line(tmp_path):
    root = small_copy(tmp_path / "copy")
    (root / "joints.json").unlink()
    with pytest.raises(DatasetError, match="have no joints, the first is") as caught:
        rewrite_pairs(root)
    assert "\n" not in str(caught.value)


def test_a_mirrored_pool_gives_mirrored_distances():
    poses = canonical(random_poses(15, seed=8))
    plain, flipped = pose_features(poses), pose_features(canonical(mirror(poses)))
    np.testing.assert_allclose(plain @ plain.T, flipped @ flipped.T, atol=1e-9)
