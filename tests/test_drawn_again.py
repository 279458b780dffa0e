"""A dataset that is drawn again: bodies that stand, files that are whole, texts that stay true."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("roma", reason="needs the synthesis extra")
pytest.importorskip("pyvista", reason="needs the synthesis extra")

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors
from autocompose.body.skeleton import BONES, INDEX
from autocompose.data import dataset as layout
from autocompose.data.captions.side_car import drop_lines, side_car_path
from autocompose.describe.pairing import extend_pairs
from autocompose.errors import ConfigError
from autocompose.schema import ImageInfo, PoseImage, PosePair
from autocompose.synthesis.body import PosedBody
from autocompose.synthesis.mocap import SegmentPose
from autocompose.synthesis.settle import settled

UPRIGHT = SegmentPose(np.tile(np.eye(3), (13, 1, 1)), "as-star", "as-star-a-v0", "authored")


def _figure(left_leg: float, right_leg: float, roll: float = 0.0) -> PosedBody:
    """A body of sticks: legs so many degrees out to their sides, rolled to its left as a whole."""
    down, up = np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0])
    directions = np.tile(up, (len(BONES), 1))
    for row, (_, end) in enumerate(BONES):
        side = 1.0 if end.startswith("left") else -1.0
        if end.split("_")[-1] in ("shoulder", "hip"):
            directions[row] = (side, 0, 0)
        elif "elbow" in end or "wrist" in end or "hand" in end:
            directions[row] = down
        elif "knee" in end or "ankle" in end:
            out = np.radians(left_leg if side > 0 else right_leg)
            directions[row] = (side * np.sin(out), -np.cos(out), 0)
        elif "foot" in end:
            directions[row] = (0, 0, 1)
    joints = BoneVectors(directions, STANDARD_LENGTHS).joints()[:, [0, 2, 1]] * [1, -1, 1]
    angle = np.radians(roll)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    joints = joints @ turn.T
    joints -= [0, 0, joints[:, 2].min()]
    return PosedBody(joints.astype(np.float32), joints)


def _heights(body: PosedBody) -> dict[str, float]:
    return {side: float(body.joints[INDEX[f"{side}_ankle"], 2]) for side in ("left", "right")}


@pytest.mark.parametrize("roll", [7.0, -7.0])
def test_a_body_on_one_foot_of_two_is_tilted_until_both_carry_it(roll):
    leaning = _figure(30, 30, roll)
    low, high = ("left", "right") if roll > 0 else ("right", "left")
    assert _heights(leaning)[high] > _heights(leaning)[low] + 0.1
    pose, body = settled(UPRIGHT, leaning)
    after = _heights(body)
    assert after["left"] == pytest.approx(after["right"], abs=0.025)
    assert np.allclose(body.vertices, body.joints, atol=1e-5)
    # Its segments turned with it: back by the roll, give or take what counts as touching.
    back = np.degrees(np.arcsin(pose.rotations[0][0, 2]))
    assert -back == pytest.approx(roll, abs=1.5)
    assert np.allclose(pose.rotations, pose.rotations[0])


def test_who_stands_on_one_leg_or_jumps_or_is_far_from_standing_is_left_alone():
    on_the_left = _figure(left_leg=-6, right_leg=60)
    for pose, body in (
        (UPRIGHT, on_the_left),
        (replace(UPRIGHT, lift=0.3), _figure(30, 30, 7)),
        (UPRIGHT, _figure(30, 30, 25)),
    ):
        assert settled(pose, body) == (pose, body)


def test_who_lunges_gets_no_seat_though_the_thighs_are_level():
    from autocompose.synthesis.seats import seat_for

    joints = np.zeros((22, 3))
    knees = {"left": -0.42, "right": 0.34}  # -y is forward
    for side, x in (("left", 0.1), ("right", -0.1)):
        joints[INDEX[f"{side}_hip"]] = (x, 0, 0.5)
        joints[INDEX[f"{side}_knee"]] = (x, knees[side], 0.4)
    joints[INDEX["chest"]], joints[INDEX["head"]] = (0, 0, 0.95), (0, 0, 1.3)
    joints[INDEX["pelvis"]] = (0, 0, 0.5)
    feet = [(0.1, -0.9 - y, 0) for y in (0.0, 0.2)]
    buttocks = [(x, y, 0.41) for x in (0.08, -0.08) for y in (-0.05, 0.05)]
    body = PosedBody(np.array(feet + buttocks, np.float32), joints)
    assert seat_for(body, np.arange(2, 6)) is None
    joints[INDEX["right_knee"]] = (-0.55, -0.05, 0.4)  # a lunge to the right
    joints[INDEX["left_knee"]] = (0.4, -0.2, 0.4)
    assert seat_for(PosedBody(body.vertices, joints), np.arange(2, 6)) is None
    for side, x in (("left", 0.1), ("right", -0.1)):
        joints[INDEX[f"{side}_knee"]] = (x, -0.42, 0.4)
    assert seat_for(PosedBody(body.vertices, joints), np.arange(2, 6)) is not None


def test_the_trunk_beside_a_short_sleeve_wears_the_shirt_on_both_sides():
    from autocompose.synthesis.cast import PEOPLE
    from autocompose.synthesis.clothes import paint

    joints = _figure(5, 5).joints
    person = PEOPLE[3]
    rest = SimpleNamespace(joints=joints, person=person)
    shoulder = joints[INDEX["left_shoulder"]]
    for side in (1, -1):
        beside = shoulder * [side, 1, 1] - [0, 0, 0.12]
        points = np.array([beside, beside, [0, 0, 1.8], [0, 0, 0]], np.float32)
        is_arm = np.array([False, True, False, False])
        trunk, arm, _, _ = paint(rest, points, is_arm)  # pyright: ignore
        assert tuple(trunk) == person.shirt
        assert tuple(arm) == person.skin


def test_triangles_are_cut_in_four_or_left_as_they_are():
    from autocompose.synthesis.clothes import Subdivided

    corners = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0]], np.float32)
    faces = np.array([[0, 1, 2]])
    plain, cut = Subdivided.plain(faces), Subdivided.of(faces, 3)
    assert np.array_equal(plain.points(corners), corners)
    assert np.array_equal(plain.of_points(np.arange(3)), [0, 1, 2])
    assert {tuple(p) for p in cut.points(corners)[3:, :2].tolist()} == {(1, 0), (0, 1), (1, 1)}
    sides = cut.points(corners)[cut.faces]
    areas = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])[:, 2] / 2
    assert areas.tolist() == [0.5] * 4  # all of the triangle, none turned over


def _dataset(root: Path) -> list[PoseImage]:
    rng = np.random.default_rng(3)
    base = _figure(5, 5).joints[:, [0, 2, 1]] * [1, 1, -1]
    base = base - base[0]
    images = []
    for i in range(6):
        joints = base + rng.normal(0, 0.06, (22, 3)) * (i > 0)
        images.append(
            PoseImage(
                f"{i}.jpg", root / "images" / f"{i}.jpg", joints=tuple(map(tuple, joints.tolist())),
                floor_y=-0.95, info=ImageInfo(person="p1", camera="front"),
            )
        )  # fmt: skip
        (root / "images").mkdir(parents=True, exist_ok=True)
        (root / "images" / f"{i}.jpg").touch()
    texts = {
        "auto": ("Bend his left knee.",), "mllm": ("Raise your left arm.",),
        "search": ("she kneels",),
    }  # fmt: skip
    plain = {**texts, "auto": ("Bend the left knee.",)}
    pairs = [
        PosePair(images[0], images[1], "train", ("1.jpg", "2.jpg"), texts),
        PosePair(images[2], images[3], "train", ("3.jpg",), plain),
        PosePair(images[4], images[5], "train", ("5.jpg",), plain),
    ]
    layout.write_captions(root / "captions" / "train.json", pairs)
    layout.write_split(root / "image_splits" / "train.json", [i.id for i in images])
    layout.write_joints(root / "joints.json", images, image_size=(64, 64))
    lines = [
        {
            "reference": pair.reference.id, "target": pair.target.id, "view": "forward",
            "source": "mllm", "parts": [], "phrasings": list(pair.texts["mllm"]),
        }
        for pair in pairs
    ]  # fmt: skip
    car = side_car_path(root / "captions" / "train.json")
    car.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return images


def test_texts_that_guess_he_or_she_and_notes_of_texts_that_went_do_not_stay(tmp_path):
    images = _dataset(tmp_path)
    extend_pairs(tmp_path, "train", images[:4], moved={"3.jpg": 0.2}, count=0, seed=0)
    pairs = layout.open_dataset(tmp_path).pairs("train")
    guessed, moved = pairs
    assert not {"his", "her", "he", "she"} & set(" ".join(guessed.texts["auto"]).lower().split())
    assert len(guessed.texts["auto"]) == 3  # as rules write them now
    assert guessed.texts["mllm"] == ("Raise your left arm.",)
    assert guessed.texts["search"] == ("she kneels",)  # a model's: nobody writes it anew
    assert "mllm" not in moved.texts
    captions = tmp_path / "captions" / "train.json"
    lines = side_car_path(captions).read_text().splitlines()
    assert [json.loads(line)["reference"] for line in lines] == ["0.jpg"]
    assert drop_lines(captions, pairs) == 0


def test_texts_of_models_stay_beside_a_limb_that_moved_if_they_are_as_true_as_before(tmp_path):
    lowered = _figure(5, 5).joints[:, [0, 2, 1]] * [1, 1, -1]
    lowered = lowered - lowered[0]
    wrist, hand, elbow = (INDEX[f"left_{name}"] for name in ("wrist", "hand", "elbow"))
    raised = lowered.copy()
    for joint in (elbow, wrist, hand):
        raised[joint, 1] = 2 * raised[INDEX["left_shoulder"], 1] - raised[joint, 1]
    aside, elsewhere = raised.copy(), lowered.copy()
    aside[[wrist, hand], 0] += 0.1
    elsewhere[[INDEX["right_wrist"], INDEX["right_hand"]], 2] += 0.3
    (tmp_path / "images").mkdir()

    def image(name: str, joints: np.ndarray) -> PoseImage:
        path = tmp_path / "images" / name
        path.touch()
        where = tuple(map(tuple, joints.tolist()))
        return PoseImage(name, path, joints=where, floor_y=-1.0, info=ImageInfo("p1", "front"))

    before = [image("a.jpg", lowered), image("b.jpg", raised)]
    texts = {
        "auto": ("Raise the left arm.",), "mllm": ("Raise your left arm overhead.",),
        "search": ("left arm overhead",),
    }  # fmt: skip
    pair = PosePair(*before, "train", ("b.jpg",), texts)
    layout.write_joints(tmp_path / "joints.json", before, image_size=(64, 64))
    layout.write_split(tmp_path / "image_splits" / "train.json", ["a.jpg", "b.jpg"])
    for target, moved, stay in ((aside, 0.1, True), (elsewhere, 0.1, False), (aside, 0.2, False)):
        layout.write_captions(tmp_path / "captions" / "train.json", [pair])
        now = [before[0], image("b.jpg", target)]
        extend_pairs(tmp_path, "train", now, moved={"b.jpg": moved}, count=0, seed=0)
        (after,) = layout.open_dataset(tmp_path).pairs("train")
        assert ("mllm" in after.texts, "search" in after.texts) == (stay, stay), moved


def test_the_card_counts_the_texts_of_language_models(tmp_path):
    from autocompose.synthesis.data_card import model_texts

    _dataset(tmp_path)
    card = "\n".join(model_texts(tmp_path))
    assert "`mllm`, `reverse` (3 pairs of train)" in card
    assert "facts of both bodies (0 pairs)" in card
    assert model_texts(tmp_path / "nothing") == []


def test_a_run_that_is_stopped_while_it_writes_leaves_the_dataset_as_it_was(tmp_path):
    from autocompose.synthesis.keep import all_or_nothing, as_it_was

    _dataset(tmp_path)

    def files() -> dict[str, bytes]:
        return {
            str(p.relative_to(tmp_path)): p.read_bytes()
            for p in sorted(tmp_path.rglob("*"))
            if p.is_file()
        }

    before = files()

    def write() -> None:
        (tmp_path / "captions" / "train.json").write_text("[]")
        (tmp_path / "captions" / "new.json").write_text("[]")
        (tmp_path / "joints.json").unlink()

    def stopped() -> None:
        with all_or_nothing(tmp_path):
            write()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert files() != before
    assert as_it_was(tmp_path)
    assert files() == before
    assert not as_it_was(tmp_path)
    with all_or_nothing(tmp_path):
        write()
    written = files()
    assert set(before) - {"joints.json"} | {"captions/new.json"} == set(written)
    assert not as_it_was(tmp_path)


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ({"size": 64}, "are 64 pixels wide already"),
        ({"size": 128, "splits": ("train",)}, "--keep draws every split again"),
    ],
)
def test_a_dataset_is_drawn_again_whole_and_at_another_size(tmp_path, how, named):
    from autocompose.synthesis.build import synthesize

    _dataset(tmp_path)
    with pytest.raises(ConfigError, match=named):
        synthesize(tmp_path, clips=tmp_path, keep=True, **how)
