"""Touches: regions that can touch, texts that say so, and bodies turned until they do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from autocompose.body.directions import BoneVectors
from autocompose.body.skeleton import INDEX, JOINTS, mirror
from autocompose.cli import main
from autocompose.errors import TextError, UnknownBodyPartError
from autocompose.lab.bodies.capsules import CAPSULES, contacts
from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.contacts.picture_view import BodyView
from autocompose.lab.contacts.refined import MET_M, AskedBody, refined_bodies, refined_body
from autocompose.lab.contacts.regions import (
    MIDLINE,
    NAMES,
    PAIRED,
    SIDES,
    RegionPairs,
    can_touch,
    capsules_under,
    mirrored_region,
    read_region,
)
from autocompose.lab.contacts.sides import assignments, chosen_pairs
from autocompose.lab.contacts.touch_fit import FitRow, FitRules, fitted, pair_distances
from autocompose.lab.contacts.touch_words import touches_in
from autocompose.lab.contacts.touches import Touch
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, SQUAT, T_POSE, random_poses, with_joints

SIDED = (*MIDLINE, *(f"{side} {kind}" for kind in PAIRED for side in SIDES))
QUICK = FitRules(steps=120)
OFF_HIP = with_joints(
    ARMS_DOWN,
    left_elbow=(0.38, 0.24, -0.05), left_wrist=(0.27, 0.08, 0.03), left_hand=(0.23, 0.03, 0.04),
    right_elbow=(-0.45, 0.44, 0), right_wrist=(-0.7, 0.44, 0), right_hand=(-0.78, 0.44, 0),
)  # fmt: skip
"""The left hand is some 8 cm off the hips; the right arm is stretched out to the side."""


def tensor(joints: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(joints.astype(np.float64))


def gap(joints: np.ndarray, a: str, b: str) -> float:
    return float(pair_distances(joints[None], [(a, b)])[0, 0])


def test_regions_that_are_capsules_are_as_far_apart_as_the_capsules():
    bodies = random_poses(5, seed=2)
    names = [capsule.name for capsule in CAPSULES]
    pairs = [(a, b) for a in names for b in names if can_touch(a, b)]
    found = RegionPairs(pairs).distances(tensor(bodies)) < 0.02
    for row, touching in zip(found, contacts(tensor(bodies)), strict=True):
        mine = {frozenset(pairs[i]) for i in torch.nonzero(row).flatten().tolist()}
        assert {frozenset(pair) for pair in touching} <= mine | {
            frozenset((a, b)) for a in names for b in names if not can_touch(a, b)
        }


def test_distances_of_all_regions_keep_in_the_mirror_with_the_sides_exchanged():
    bodies = random_poses(4, seed=3)
    pairs = [(a, b) for a in SIDED for b in SIDED if a < b and can_touch(a, b)]
    there = RegionPairs(pairs).distances(tensor(bodies))
    twins = [(mirrored_region(a), mirrored_region(b)) for a, b in pairs]
    assert torch.allclose(RegionPairs(twins).distances(tensor(mirror(bodies))), there)
    assert all(can_touch(a, b) == can_touch(b, a) for a in SIDED for b in SIDED)
    assert {mirrored_region(name) for name in SIDED} == set(SIDED)


def test_a_hand_behind_the_body_is_at_the_back_and_not_at_the_belly():
    behind = with_joints(ARMS_DOWN, left_wrist=(0.08, 0.14, -0.12), left_hand=(0.0, 0.15, -0.14))
    assert gap(behind, "left hand", "back") < 0.02 < gap(behind, "left hand", "face")
    front = with_joints(ARMS_DOWN, left_wrist=(0.08, 0.14, 0.12), left_hand=(0.0, 0.15, 0.14))
    assert gap(front, "left hand", "back") > gap(behind, "left hand", "back") + 0.05


def test_own_limbs_that_meet_say_nothing_and_the_other_sides_do():
    assert not can_touch("left hand", "left elbow")
    assert can_touch("left hand", "right elbow")
    assert can_touch("left foot", "bottom")
    assert not can_touch("left thigh", "hips")
    assert not can_touch("chest", "head")
    assert capsules_under("left knee") == ("left thigh", "left shin")


@pytest.mark.parametrize(
    ("words", "name"),
    [("Left Wrist", "left hand"), ("feet", "foot"), ("right_hip", "right hip"), ("hips", "hips"),
     ("BELLY", "stomach"), ("left lower-leg", "left shin"), ("knees", "knee"), ("calves", "shin")],
)  # fmt: skip
def test_regions_are_read_as_people_call_them(words, name):
    assert read_region(words) == name


@pytest.mark.parametrize("words", ["tail", "left head", "", "hand" * 5000, "left", "\x00\n", "🙂"])
def test_what_is_no_region_is_refused_in_one_short_line(words):
    with pytest.raises(UnknownBodyPartError, match="use one of head, face") as refused:
        read_region(words)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 420


def test_touches_are_read_and_mean_every_side_that_can_be_meant():
    assert Touch.parse("left hand: right knee").pairs() == (("left hand", "right knee"),)
    assert Touch.parse("hand, hand").pairs() == (("left hand", "right hand"),)
    assert set(Touch.parse("hand:elbow").pairs()) == {
        ("left hand", "right elbow"), ("left elbow", "right hand"),
    }  # fmt: skip
    assert len(Touch.parse("hand:knee").pairs()) == 4
    assert Touch.parse("hips:left hand") == Touch.parse("left hand:hips")
    assert str(Touch.parse("hips:left hand")) == "left hand to hips"
    assert Touch.parse("left hand:right knee").mirrored() == Touch("left knee", "right hand")
    for nothing in ("left hand", "left hand:left elbow", "a:b:c", "chest:head", "knee:knee:"):
        with pytest.raises(TextError):
            Touch.parse(nothing)


@pytest.mark.parametrize("kind", NAMES)
def test_no_touch_loses_its_sides_in_the_mirror(kind):
    for other in SIDED:
        touch = Touch(kind, other)
        twins = {tuple(sorted(map(mirrored_region, pair))) for pair in touch.pairs()}
        assert twins == set(touch.mirrored().pairs())


@pytest.mark.parametrize(
    ("text", "touches"),
    [
        ("put both hands on the hips", ["left hand to hips", "right hand to hips"]),
        ("put the left hand on the right knee", ["left hand to right knee"]),
        ("right foot on the left knee", ["right foot to left knee"]),
        ("touch your toes with the right hand", ["right hand to foot"]),
        ("put one hand on the belly", ["hand to stomach"]),
        ("cross your arms", ["left forearm to right forearm", "left hand to right arm",
                             "right hand to left arm"]),
        ("knees together", ["left knee to right knee"]),
        ("put the hands behind the head", ["left hand to head", "right hand to head"]),
        ("salute with the right hand", ["right hand to head"]),
        ("do not put the hand on the knee", []),
        ("take the left hand off the hip", []),
        ("raise the left arm", []),
    ],
)  # fmt: skip
def test_touches_that_a_text_claims(text, touches):
    assert sorted(map(str, touches_in(text).touches)) == sorted(touches)


def test_a_text_and_its_mirror_image_claim_mirrored_touches():
    for text, twin in (
        ("put the left hand on the right knee", "put the right hand on the left knee"),
        ("salute with the left hand", "salute with the right hand"),
        ("hold the left foot behind the back", "hold the right foot behind the back"),
    ):
        there = [touch.mirrored() for touch in touches_in(text).touches]
        assert there
        assert there == list(touches_in(twin).touches)
    assert touches_in("hands on the floor").not_used == ("floor",)


@pytest.mark.parametrize("yaw", [0, 40, -40, 90])
def test_the_view_of_a_picture_is_found_from_its_pixels(yaw):
    body = SQUAT - SQUAT[:1]
    true = BodyView.along(body, yaw)
    found = BodyView.of(body, 300 + 110 * true.points)
    assert np.allclose(found.axes, true.axes, atol=1e-6)
    flat = found.points - found.points.mean(0)
    assert np.allclose(flat, true.points - true.points.mean(0), atol=1e-6)


def test_a_camera_in_front_sees_the_subjects_left_on_the_right_of_the_picture():
    view = BodyView.along(T_POSE, 0)
    assert view.points[INDEX["left_hand"], 0] > 0.5 > view.points[INDEX["right_hand"], 0]
    assert view.points[INDEX["head"], 1] < view.points[INDEX["left_foot"], 1]
    beside = BodyView.along(T_POSE, 90)  # from the subject's left they face left
    assert beside.points[INDEX["nose"], 0] < beside.points[INDEX["head"], 0]


@pytest.mark.slow
def test_a_hand_off_the_hips_is_brought_there_and_the_nearer_side_is_chosen():
    assert 0.05 < gap(OFF_HIP, "hips", "left hand") < 0.11
    found = refined_body(AskedBody(OFF_HIP, (Touch.parse("hand:hips"),)))
    (met,) = found.met
    assert met.pairs == (("hips", "left hand"),)
    assert met.after <= MET_M < met.before
    assert found.plausible
    assert found.refused == ()
    moved = np.linalg.norm(found.joints - OFF_HIP, axis=-1)
    assert moved[INDEX["left_hand"]] > 0.03 > moved[INDEX["right_hand"]]
    assert np.allclose(BoneVectors.of(found.joints).lengths, BoneVectors.of(OFF_HIP).lengths)


@pytest.mark.slow
def test_both_hands_are_meant_where_both_are_nearly_there():
    near = with_joints(
        OFF_HIP, right_elbow=(-0.38, 0.24, -0.05), right_wrist=(-0.27, 0.08, 0.03),
        right_hand=(-0.23, 0.03, 0.04),
    )  # fmt: skip
    ways = assignments(
        [Touch.parse("hand:hips")],
        {("hips", "left hand"): 0.05, ("hips", "right hand"): 0.06},
    )
    assert set(chosen_pairs(ways[0])) == {("hips", "left hand"), ("hips", "right hand")}
    found = refined_body(AskedBody(near, (Touch.parse("hand:hips"),)))
    assert found.met[0].after <= MET_M


@pytest.mark.slow
def test_sides_of_two_touches_are_chosen_together():
    gaps = {
        ("left hand", "left knee"): 0.2, ("left hand", "right knee"): 0.3,
        ("left knee", "right hand"): 0.4, ("right hand", "right knee"): 0.1,
        ("hips", "left hand"): 0.3, ("hips", "right hand"): 0.05,
    }  # fmt: skip
    asked = [Touch.parse("hand:knee"), Touch.parse("hand:hips")]
    best = assignments(asked, gaps, count=4)
    assert chosen_pairs(best[0]) == (("right hand", "right knee"), ("hips", "right hand"))
    assert len({chosen_pairs(way) for way in best}) == 4
    # On a body one hand cannot be at knee and hips of a standing person: the fit says so.
    body = with_joints(
        OFF_HIP,
        right_elbow=(-0.19, 0.16, 0),
        right_wrist=(-0.2, -0.2, 0.1),
        right_hand=(-0.17, -0.3, 0.12),
    )
    found = refined_body(AskedBody(body, tuple(asked)))
    pairs = [pair for met in found.met for pair in met.pairs]
    assert ("hips", "left hand") in pairs
    assert ("right hand", "right knee") in pairs


@pytest.mark.slow
def test_a_touch_out_of_reach_is_refused_by_name_and_the_other_is_kept():
    asked = (Touch.parse("left hand:hips"), Touch.parse("left foot:head"))
    found = refined_body(AskedBody(OFF_HIP, asked), QUICK)
    assert [str(one.touch) for one in found.met] == ["left hand to hips"]
    assert [str(one.touch) for one in found.refused] == ["left foot to head"]
    assert found.refused[0].after > MET_M
    alone = refined_body(AskedBody(OFF_HIP, asked[1:]), QUICK)
    assert alone.met == ()
    assert np.array_equal(alone.joints, OFF_HIP)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["hand:hips", "left hand:hips", "hand:knee"])
def test_the_mirror_image_is_refined_to_the_mirror_image(words):
    touch = Touch.parse(words)
    pixels = 100 + 90 * BodyView.along(OFF_HIP, 40).points
    turned = 200 - pixels[:, 0], pixels[:, 1]
    flipped = mirror(np.stack([*turned, np.zeros(22)], axis=1))[:, :2] * (-1, 1)
    one, other = refined_bodies(
        [
            AskedBody(OFF_HIP, (touch,), BodyView.of(OFF_HIP, pixels)),
            AskedBody(mirror(OFF_HIP), (touch.mirrored(),), BodyView.of(mirror(OFF_HIP), flipped)),
        ],
        QUICK,
    )
    assert np.allclose(mirror(one.joints), other.joints, atol=1e-4)


def test_parts_of_which_nothing_is_said_are_kept_apart_where_all_is_said():
    row = FitRow(HANDS_ON_HIPS, (), complete=True)
    assert gap(HANDS_ON_HIPS, "left hand", "hips") < 0.02
    apart, as_it_was = fitted([row, FitRow(HANDS_ON_HIPS)], QUICK).joints
    assert gap(apart, "left hand", "hips") > 0.02
    assert gap(as_it_was, "left hand", "hips") < 0.025


@pytest.mark.slow
def test_size_and_place_of_a_body_do_not_matter_and_batches_are_as_singles():
    touch = (Touch.parse("left hand:hips"),)
    moved = 1.15 * OFF_HIP + np.array([0.4, 0.9, -2.0])
    together = refined_bodies([AskedBody(OFF_HIP, touch), AskedBody(moved, touch)], QUICK)
    assert np.allclose(
        1.15 * together[0].joints + np.array([0.4, 0.9, -2.0]), together[1].joints, atol=1e-5
    )
    assert np.allclose(refined_body(AskedBody(OFF_HIP, touch), QUICK).joints, together[0].joints)
    assert refined_bodies([]) == []


def test_a_body_that_could_stand_still_can():
    found = refined_body(AskedBody(T_POSE, (Touch.parse("left hand:head"),)), QUICK)
    assert plausible_bodies(found.joints[None])[0]


def joints_file(path: Path) -> Path:
    body = {"joints": OFF_HIP.tolist(), "floor_y": -0.95, "origin": "imported"}
    record = {"skeleton": list(JOINTS), "units": "metres", "image_size": [256, 256]}
    path.write_text(json.dumps({**record, "images": {"me.jpg": body}}))
    return path


def told(capsys, *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["contacts", *args])
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


@pytest.mark.slow
def test_the_command_writes_the_pose_and_says_what_it_refused(tmp_path, capsys):
    name = f"{joints_file(tmp_path / 'joints.json')}:me.jpg"
    out, png = tmp_path / "out.json", tmp_path / "out.png"
    code, shown, said = told(
        capsys, name, "--text", "left hand on the hips", "--touch", "left foot:head",
        "--out", str(out), "--png", str(png), "--json",
    )  # fmt: skip
    assert code == 3
    found = json.loads(shown)
    assert [row["touch"] for row in found["met"]] == ["left hand to hips"]
    assert found["met"][0]["after_m"] < 0.03 < found["met"][0]["before_m"]
    assert "refused: left foot to head stays" in said
    assert png.read_bytes()[:4] == b"\x89PNG"
    written = np.array(json.loads(out.read_text())["images"]["me.jpg"]["joints"])
    assert np.allclose(written, found["joints"], atol=2e-3)
    code, shown, _ = told(capsys, f"{out}:me.jpg", "--touch", "hand:hips")
    assert code == 0
    assert shown.startswith("met: hand to hips, ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "nothing is said to touch"),
        (("--text", "raise the left arm"), "says of no two regions that they touch"),
        (("--text", " "), "the text is empty"),
        (("--touch", "left hand"), "does not name two regions"),
        (("--touch", "left hand:tail"), '"tail" is not a region'),
        (("--touch", "left foot:head"), "no touch can be met within 3 cm (left foot to head"),
    ],
)
def test_the_command_says_what_is_wrong_and_writes_nothing(args, words, tmp_path, capsys):
    name = f"{joints_file(tmp_path / 'joints.json')}:me.jpg"
    out = tmp_path / "out.json"
    code, shown, said = told(capsys, name, *args, "--out", str(out))
    assert (code, shown) == (1, "")
    assert words in said.splitlines()[-1]
    assert not out.exists()
