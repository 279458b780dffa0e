"""The describer from joints: true, deterministic, for the four views, and clear when it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.skeleton import mirror
from autocompose.describe.geometric import (
    PhrasingBank,
    describe_joints,
    describe_pair,
    phrase_pairs,
    sample_phrasings,
    sample_views,
)
from autocompose.errors import DescriptionError
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import BodyPart, PoseImage, PosePair, Source, View
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, INDEX, SQUAT, T_POSE, random_poses, with_joints

LEFT_ARM_UP = with_joints(
    ARMS_DOWN, left_elbow=(0.2, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0)
)


def image(name: str, joints=None) -> PoseImage:
    points = None if joints is None else tuple(tuple(float(v) for v in row) for row in joints)
    return PoseImage(id=name, path=Path(name), joints=points)


def pair(reference, target) -> PosePair:
    return PosePair(image("a.jpg", reference), image("b.jpg", target))


def parts_of(text) -> dict[BodyPart, str]:
    return {p.part: p.text for p in text.parts}


def test_a_raised_left_arm_is_said_of_the_left_hand_only():
    parts = parts_of(describe_joints(ARMS_DOWN, LEFT_ARM_UP))
    assert set(parts) == {BodyPart.LEFT_HAND}
    assert parts[BodyPart.LEFT_HAND] == "Raise the left hand above the head."


def test_the_part_table_names_each_side_and_phrasings_join_them():
    text = describe_joints(ARMS_DOWN, HANDS_ON_HIPS, n=20)
    parts = parts_of(text)
    assert {BodyPart.LEFT_ELBOW, BodyPart.RIGHT_ELBOW} <= set(parts)
    assert "left hip" in parts[BodyPart.LEFT_HAND]
    assert all(
        "left" not in t and "right " not in t.replace("right angle", "") for t in text.phrasings
    )


def test_the_same_seed_gives_the_same_texts_and_they_are_distinct():
    a = describe_joints(ARMS_DOWN, SQUAT, n=5, seed=4)
    assert a == describe_joints(ARMS_DOWN, SQUAT, n=5, seed=4)
    assert a.phrasings != describe_joints(ARMS_DOWN, SQUAT, n=5, seed=5).phrasings
    assert len(set(a.phrasings)) == 5


def test_views_describe_the_mirrored_or_exchanged_joints():
    forward = pair(ARMS_DOWN, LEFT_ARM_UP)
    texts = {view: parts_of(describe_pair(forward, view=view)) for view in View}
    assert texts[View.FORWARD][BodyPart.LEFT_HAND].startswith("Raise the left hand")
    assert texts[View.MIRROR][BodyPart.RIGHT_HAND].startswith("Raise the right hand")
    assert texts[View.REVERSE][BodyPart.LEFT_HAND].startswith("Lower the left hand")
    assert texts[View.MIRROR_REVERSE][BodyPart.RIGHT_HAND].startswith("Lower the right hand")


@pytest.mark.parametrize("seed", range(8))
def test_the_mirror_view_is_the_description_of_mirrored_joints(seed):
    reference, target = random_poses(2, seed=seed)
    described = describe_pair(pair(reference, target), view=View.MIRROR, seed=seed)
    assert described.parts == describe_joints(mirror(reference), mirror(target), seed=seed).parts
    swapped = {p.part.mirrored for p in describe_joints(reference, target).parts}
    assert {p.part for p in described.parts} == swapped


def test_a_description_says_that_rules_wrote_it():
    described = describe_pair(pair(ARMS_DOWN, T_POSE))
    assert described.source is Source.AUTO
    assert described.provenance.provider == "geometric"
    assert described.provenance.prompt_version.startswith("geometric-")
    assert len(described.phrasings) == 3


def test_an_image_without_joints_is_one_clear_line():
    with pytest.raises(DescriptionError, match=r"upload\.jpg has no joints") as caught:
        describe_pair(PosePair(image("upload.jpg"), image("b.jpg", T_POSE)))
    assert "configure a model or import a skeleton" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_pose_twice_is_one_clear_line():
    with pytest.raises(DescriptionError, match="nothing changes"):
        describe_pair(pair(ARMS_DOWN, ARMS_DOWN))
    assert describe_joints(ARMS_DOWN, ARMS_DOWN).phrasings == ()


def test_the_fast_path_writes_what_the_slow_path_could():
    reference, target = random_poses(5, seed=1), random_poses(5, seed=2)
    texts = sample_phrasings(reference, target, bank=PhrasingBank.TRAIN, seed=3, n=2)
    assert [len(t) for t in texts] == [2] * 5
    assert texts == sample_phrasings(reference, target, bank=PhrasingBank.TRAIN, seed=3, n=2)
    one = describe_joints(reference[0], target[0], bank=PhrasingBank.TRAIN, seed=3, n=2)
    assert list(one.phrasings) == texts[0]


def test_many_pairs_at_once_get_the_words_of_one_at_a_time():
    poses = random_poses(12, seed=21)
    pairs = [
        PosePair(image(f"{i}.jpg", poses[i]), image(f"{i + 6}.jpg", poses[i + 6])) for i in range(6)
    ]
    for view in View:
        alone = [describe_pair(p, view=view, n=3, seed=2).phrasings for p in pairs]
        assert phrase_pairs(pairs, view=view, n=3, seed=2) == alone
    assert len({texts[0].split()[0] for texts in phrase_pairs(pairs)}) > 1  # each its own words
    assert phrase_pairs([PosePair(pairs[0].reference, pairs[0].reference)]) == [()]


def test_four_views_at_once_speak_of_the_other_side_and_the_other_way():
    before, after = ARMS_DOWN[None].repeat(40, 0), LEFT_ARM_UP[None].repeat(40, 0)
    texts = sample_views(before, after, bank=PhrasingBank.TRAIN, seed=1)
    said = {view: " ".join(t.lower() for ts in rows for t in ts) for view, rows in texts.items()}
    for view in View:
        own, other = ("right", "left") if view.mirrors else ("left", "right")
        assert own in said[view]
        assert other not in said[view]
    assert "raise" in said[View.FORWARD]
    assert "lower" in said[View.REVERSE]
    assert "raise" not in said[View.REVERSE]


def test_a_turn_of_the_whole_body_is_told_when_both_headings_are_known():
    def turned(degrees: float | None) -> PoseImage:
        return replace(image("b.jpg", T_POSE), heading=degrees)

    start = replace(image("a.jpg", ARMS_DOWN), heading=10.0)
    parts = parts_of(describe_pair(PosePair(start, turned(100.0))))
    assert "turn" in parts[BodyPart.HIPS].lower()
    assert "left" in parts[BodyPart.HIPS]
    mirrored = parts_of(describe_pair(PosePair(start, turned(100.0)), view=View.MIRROR))
    assert "right" in mirrored[BodyPart.HIPS]
    assert BodyPart.HIPS not in parts_of(describe_pair(PosePair(start, turned(None))))


def test_a_pair_with_nothing_to_say_has_no_text():
    both = np.stack([ARMS_DOWN, ARMS_DOWN])
    other = np.stack([ARMS_DOWN, T_POSE])
    texts = sample_phrasings(both, other, bank=PhrasingBank.VAL, seed=0)
    assert texts[0] == []
    assert len(texts[1]) == 1


@pytest.mark.slow
def test_said_bends_are_true_of_the_joints():
    reference, target = random_poses(200, seed=8), random_poses(200, seed=9)
    for before, after in zip(reference, target, strict=True):
        for part in describe_joints(before, after, n=1).parts:
            if part.part in (BodyPart.LEFT_ELBOW, BodyPart.RIGHT_ELBOW):
                angles = [_bend(p, part.part.side) for p in (before, after)]
                assert part.text.startswith("Bend") == (angles[1] > angles[0])
                if "right angle" in part.text:
                    assert 65 < angles[1] < 115


def _bend(pose: np.ndarray, side: str) -> float:
    upper = pose[INDEX[f"{side}_elbow"]] - pose[INDEX[f"{side}_shoulder"]]
    fore = pose[INDEX[f"{side}_wrist"]] - pose[INDEX[f"{side}_elbow"]]
    cos = upper @ fore / np.linalg.norm(upper) / np.linalg.norm(fore)
    return float(np.degrees(np.arccos(np.clip(cos, -1, 1))))


def test_views_side_by_side_draw_the_same_words():
    raised = pair(ARMS_DOWN, LEFT_ARM_UP)
    for seed in range(8):
        forward = describe_pair(raised, seed=seed, same_words=True).phrasings
        mirrored = describe_pair(raised, view=View.MIRROR, seed=seed, same_words=True).phrasings
        assert [mirror_text(text) for text in forward] == list(mirrored)
