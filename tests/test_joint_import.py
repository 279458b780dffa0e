"""Joints of other skeletons: every mapping keeps left and right, axes and units; clear refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from autocompose.body.measures import COLUMN, measure_poses
from autocompose.body.skeleton import INDEX, JOINTS, heading, mirror
from autocompose.body.sources.bvh import import_bvh, read_bvh
from autocompose.body.sources.bvh_names import find_joints, split_name
from autocompose.body.sources.photo import read_landmarks
from autocompose.body.sources.skeletons import SKELETONS, Imported, import_joints
from autocompose.data.joint_import import JointFormat, import_into_dataset, read_joint_file
from autocompose.data.joints_file import read_joints
from autocompose.errors import CaptionFileError, JointImportError, UnsafePathError
from autocompose.schema import JointsOrigin
from tests.poses import ARMS_DOWN, with_joints

# Left arm straight up, right forearm forward, right knee lifted: nothing here is symmetric.
ASYMMETRIC = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0),
    right_wrist=(-0.19, 0.16, 0.25), right_hand=(-0.19, 0.16, 0.33),
    right_knee=(-0.1, -0.05, 0.41), right_ankle=(-0.1, -0.46, 0.41), right_foot=(-0.1, -0.52, 0.55),
)  # fmt: skip
TURN = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # 90 degrees to the subject's left


def points_of(skeleton: str, pose: np.ndarray = ASYMMETRIC) -> np.ndarray:
    """The pose as that skeleton would have it, in its own axes and units."""
    at = {name: pose[i] for name, i in INDEX.items()}
    rows = []
    for name in SKELETONS[skeleton].joints:
        side, _, part = name.partition("_")
        own = {"left": 1.0, "right": -1.0}.get(side, 0.0)
        if name in at:
            rows.append(at[name])
        elif part in ("ear", "eye", "mouth", "eye_inner", "eye_outer"):
            rows.append(at["head"] + [0.07 * own, 0, 0.0 if part == "ear" else 0.08])
        elif part in ("pinky", "index", "thumb"):
            rows.append(at[f"{side}_hand"])
        elif part == "heel":
            rows.append(at[f"{side}_ankle"] + [0, -0.05, -0.04])
        elif part == "foot_index":
            rows.append(
                (at[f"{side}_foot"] - 0.2 * (at[f"{side}_ankle"] + [0, -0.05, -0.04])) / 0.8
            )
        elif part == "collar":
            rows.append(0.5 * (at["neck"] + at[f"{side}_shoulder"]))
        else:
            rows.append(
                {"root": at["pelvis"], "spine2": at["chest"], "skull_base": at["head"]}[name]
            )
    points = np.array(rows)[None]
    if skeleton == "mediapipe-33":
        points = points * [1, -1, -1]
    return points * (100 if skeleton == "aist-17" else 1)


def measured(joints: np.ndarray) -> dict[str, float]:
    values = measure_poses(joints)[0]
    return {name: float(values[i]) for name, i in COLUMN.items()}


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


HIERARCHY = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
%s
}
MOTION
Frames: %d
Frame Time: 0.05
%s
"""


def _chain(parts: list[tuple[str, tuple[float, float, float]]], depth: int = 1) -> str:
    """Nested joints, each with an offset and three angles."""
    if not parts:
        return ""
    name, (x, y, z) = parts[0]
    pad = "  " * depth
    inner = (
        _chain(parts[1:], depth + 1)
        or f"{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 0 1\n{pad}  }}"
    )
    return (
        f"{pad}JOINT {name}\n{pad}{{\n{pad}  OFFSET {x} {y} {z}\n"
        f"{pad}  CHANNELS 3 Zrotation Xrotation Yrotation\n{inner}\n{pad}}}"
    )


def bvh(
    motion: dict[str, tuple[float, float, float]], style: str = "{side}{part}", frames: int = 1
) -> str:
    """A clip in centimetres whose rest pose is a T: angles (z, x, y) per joint, degrees."""
    parts = {
        "leg": [
            ("UpLeg", (9, -3, 0)), ("Leg", (0, -42, 0)), ("Foot", (0, -41, 0)),
            ("ToeBase", (0, -6, 14)),
        ],
        "arm": [
            ("Shoulder", (5, 45, 0)), ("Arm", (12, 0, 0)), ("ForeArm", (28, 0, 0)),
            ("Hand", (25, 0, 0)),
        ],
    }  # fmt: skip
    chains, order = [], ["Hips"]
    for side, sign in (("Left", 1), ("Right", -1)):
        for limb in ("leg", "arm"):
            named = [
                (style.format(side=side, part=p, s=side[0]), (sign * x, y, z))
                for p, (x, y, z) in parts[limb]
            ]
            chains.append(_chain(named))
            order += [name for name, _ in named]
    head = [("Spine", (0, 25, 0)), ("Neck", (0, 24, 0)), ("Head", (0, 10, 0))]
    chains.append(_chain(head))
    order += [name for name, _ in head]
    angles = [v for name in order for v in motion.get(name, (0.0, 0.0, 0.0))]
    row = " ".join(str(v) for v in [0, 92, 0, *angles])
    return HIERARCHY % ("\n".join(chains), frames, "\n".join([row] * frames))


def test_a_bvh_left_arm_turned_up_about_z_is_the_left_arm_overhead():
    text = bvh({"LeftArm": (90, 0, 0), "RightArm": (90, 0, 0)})
    values = measured(import_bvh(text).joints)
    # About +z (forward), +x (left) turns up and -x (right) turns down.
    assert values["left_hand_up"] > 1.5
    assert values["right_hand_up"] < 0.2
    assert values["left_elbow"] < 1


def test_a_bvh_knee_and_head_and_heading_are_read_from_their_angles():
    text = bvh(
        {"RightUpLeg": (0, -90, 0), "RightLeg": (0, 90, 0), "Head": (0, 0, 40), "Hips": (0, 0, 30)}
    )
    found = import_bvh(text, units="cm")
    values = measured(found.joints)
    assert values["right_knee"] == pytest.approx(90, abs=1)
    assert values["right_knee_up"] == pytest.approx(0, abs=0.02)
    assert values["left_knee"] < 1
    assert values["head_left"] == pytest.approx(40, abs=1)
    assert found.heading[0] == pytest.approx(30, abs=1)
    assert found.seconds == pytest.approx(0.05)
    assert found.floor[0] < -0.8


@pytest.mark.parametrize(
    "style", ["{side}{part}", "mixamorig:{side}{part}", "{s}_{part}", "{part}_{s}", "{part}.{side}"]
)
def test_bvh_names_of_many_tools_are_recognized(style):
    found = import_bvh(bvh({}, style))
    assert measured(found.joints)["left_elbow"] < 1
    assert "left_foot" not in found.derived


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("LeftUpLeg", ("left", "upleg")), ("lShldr", ("left", "shldr")),
        ("rThigh", ("right", "thigh")),
        ("lfemur", ("left", "femur")), ("RightHand", ("right", "hand")), ("Head", ("", "head")),
        ("LowerBack", ("", "lowerback")), ("left_hip", ("left", "hip")), ("Hips", ("", "hips")),
        ("calf_r", ("right", "calf")), ("LHipJoint", ("left", "hipjoint")), ("root", ("", "root")),
    ],
)  # fmt: skip
def test_a_side_is_read_only_where_a_name_has_one(name, split):
    assert split_name(name) == split


def test_a_joint_that_bvh_lacks_is_named_and_can_be_pointed_out():
    text = bvh({}).replace("LeftUpLeg", "Oberschenkel")
    with pytest.raises(JointImportError, match=r"left_hip.*left_hip=NAME.*Oberschenkel") as caught:
        import_bvh(text)
    assert "\n" not in str(caught.value)
    found = import_bvh(text, names={"left_hip": "Oberschenkel"})
    assert measured(found.joints)["left_knee"] < 1
    with pytest.raises(JointImportError, match='no joint "Nope"'):
        import_bvh(text, names={"left_hip": "Nope"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no", "not a BVH file"),
        ("HIERARCHY\nROOT Hips\n{\nMOTION\nFrames: 1\nFrame Time: 1\n", "brace is not closed"),
        (HIERARCHY % ("", 2, "0 0 0 0 0 0"), "cut off"),
        (HIERARCHY % ("", 1, "0 0 0 0 0 nan"), "not finite"),
        (HIERARCHY % ("", 1, "0 0 0 0 0 x"), "not a number"),
        (HIERARCHY % ("", 10**9, "0"), "are allowed"),
        ((HIERARCHY % ("", 1, "0")).replace("Xposition", "Qposition"), "line 5"),
        ((HIERARCHY % ("JOINT a\n{\n" * 600, 1, "0")), "more than 512"),
    ],
)
def test_a_broken_bvh_file_is_one_clear_line(text, message):
    with pytest.raises(JointImportError, match=message) as caught:
        read_bvh(text)
    assert "\n" not in str(caught.value)


def dataset(root: Path, names: list[str]) -> Path:
    (root / "images").mkdir(parents=True)
    for name in names:
        (root / "images" / name).write_bytes(b"x")
    return root


def test_poses_of_a_file_become_the_joints_of_a_dataset(tmp_path):
    root = dataset(tmp_path / "data", ["a.jpg", "b.jpg"])
    points = np.concatenate([points_of("smpl-24"), points_of("smpl-24", mirror(ASYMMETRIC))])
    np.savez(tmp_path / "clip.npz", joints=points, images=np.array(["a.jpg", "b.jpg"]))
    poses, names = read_joint_file(tmp_path / "clip.npz", JointFormat())
    assert import_into_dataset(root, poses, names, clip="walk") == 2
    known = read_joints(root / "joints.json", root / "images")
    assert known["a.jpg"].joints_origin is JointsOrigin.IMPORTED
    assert known["a.jpg"].info.clip == "walk-0000"
    assert known["b.jpg"].heading is not None
    left, right = (np.array(known[n].joints)[None] for n in ("a.jpg", "b.jpg"))
    assert measured(left)["left_hand_up"] > 1.6
    assert measured(right)["right_hand_up"] > 1.6


def test_the_command_line_imports_a_bvh_clip(tmp_path):
    from autocompose.cli import app

    root = dataset(tmp_path / "data", ["f0000.jpg", "f0001.jpg"])
    clip = tmp_path / "walk.bvh"
    clip.write_text(bvh({"LeftArm": (90, 0, 0)}, frames=2))
    done = CliRunner().invoke(
        app, ["joints", str(clip), "--dataset", str(root), "--images", "f{:04d}.jpg"]
    )
    assert done.exit_code == 0, done.output
    known = read_joints(root / "joints.json", root / "images")
    assert [known[n].info.seconds for n in ("f0000.jpg", "f0001.jpg")] == [0.0, 0.05]


def test_files_that_must_not_be_read_are_refused(tmp_path):
    root = dataset(tmp_path / "data", ["a.jpg"])
    poses = import_joints(ASYMMETRIC[None], "autocompose-22")
    with pytest.raises(UnsafePathError):
        import_into_dataset(root, poses, ["../a.jpg"])
    with pytest.raises(JointImportError, match="is not in"):
        import_into_dataset(root, poses, ["c.jpg"])
    with pytest.raises(JointImportError, match="2 image names for 1 poses"):
        import_into_dataset(root, poses, ["a.jpg", "a.jpg"])
    np.savez(tmp_path / "pickled.npz", joints=np.array([{}], dtype=object))
    np.savez(tmp_path / "other.npz", verts=np.zeros(3))
    np.savez(tmp_path / "seventeen.npz", joints=np.zeros((1, 17, 3)))
    (tmp_path / "text.npz").write_text("x")
    (tmp_path / "motion.pkl").write_text("x")
    for name, message in (
        ("pickled.npz", "not a plain"), ("other.npz", 'no array "joints"'),
        ("text.npz", "not a plain"),
        ("motion.pkl", "never opened"), ("seventeen.npz", "coco-17, aist-17"),
    ):  # fmt: skip
        with pytest.raises(JointImportError, match=message):
            read_joint_file(tmp_path / name, JointFormat())


def test_joints_json_names_the_joints_that_were_built(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").touch()
    poses = import_joints(points_of("coco-17"), "coco-17")
    import_into_dataset(tmp_path, poses, ["a.jpg"])
    built = read_joints(tmp_path / "joints.json", tmp_path / "images")["a.jpg"].built
    assert {"left_hand", "right_foot", "spine"} <= set(built)
    assert built == poses.derived
    path = tmp_path / "joints.json"
    path.write_text(path.read_text().replace('"built":["', '"built":["left_wing", "'))
    with pytest.raises(CaptionFileError, match="built must be a list of joints"):
        read_joints(path, tmp_path / "images")


def rolled(degrees: float) -> Imported:
    """A clip whose head joint is turned against the body in every frame."""
    return import_bvh(bvh({"Head": (0, 0, degrees)}, frames=5))


def test_a_bvh_head_whose_frames_do_not_follow_the_body_counts_as_built():
    plain, turned = rolled(0), rolled(91)
    assert {"head", "nose"} <= set(turned.derived)
    assert not {"head", "nose"} & set(plain.derived)
    assert "91 degrees off the chest" in turned.notes[0]
    rest = [i for i, name in enumerate(JOINTS) if name not in ("head", "nose")]
    np.testing.assert_allclose(turned.joints[:, rest], plain.joints[:, rest], atol=1e-9)
    # A head that is turned for some of the clip is a head that turns.
    assert rolled(50).derived == plain.derived


def mirrored_axes(text: str) -> str:
    """The same clip as a program with left-handed axes writes it: x, and turns about y and z."""
    head, _, motion = text.partition("MOTION")
    head = re.sub(r"OFFSET (\S+)", lambda m: f"OFFSET {-float(m[1])}", head)
    lines = motion.split("\n")
    values = np.array(lines[3].split(), dtype=float)
    values[0] *= -1
    values[3::3] *= -1  # about z
    values[5::3] *= -1  # about y
    return f"{head}MOTION" + "\n".join([*lines[:3], " ".join(map(str, values)), *lines[4:]])


def test_a_left_handed_bvh_keeps_the_subjects_sides():
    text = bvh({"LeftArm": (60, 0, 0), "Head": (0, 20, 30), "RightUpLeg": (0, -40, 10)})
    with pytest.raises(JointImportError, match="left-handed"):
        import_bvh(mirrored_axes(text))
    found = import_bvh(mirrored_axes(text), left_handed=True)
    np.testing.assert_allclose(found.joints, import_bvh(text).joints, atol=1e-9)
    assert measured(found.joints)["left_hand_up"] > 1.2


def test_frames_that_the_header_does_not_count_are_said():
    text = bvh({}, frames=3).replace("Frames: 3", "Frames: 2")
    found = import_bvh(text)
    assert len(found.joints) == 2
    assert found.notes == ("the file declares 2 frames and holds 3; the first 2 are used",)


@pytest.mark.parametrize(
    "names",
    [
        {"LeftUpLeg": "Bip01 L Thigh", "RightArm": "Bip01 R UpperArm", "Head": "Bip01 Head"},
        {"LeftUpLeg": "CC_Base_L_Thigh", "Neck": "CC_Base_NeckTwist01"},
        {"LeftUpLeg": "lhip", "RightUpLeg": "rhip", "LeftArm": "lshoulder", "LeftShoulder": "lcl"},
        {"LeftFoot": "L_Ankle", "LeftToeBase": "L_Foot", "LeftHand": "L_Wrist"},
    ],
)  # fmt: skip
def test_bvh_names_of_more_families_are_recognized(names):
    text = bvh({"LeftArm": (60, 0, 0)})
    for ours, theirs in names.items():
        text = text.replace(f"JOINT {ours}\n", f"JOINT {theirs}\n")
    found, plain = import_bvh(text), import_bvh(bvh({"LeftArm": (60, 0, 0)}))
    np.testing.assert_allclose(found.joints, plain.joints, atol=1e-9)
    assert found.derived == plain.derived


def test_bvh_channels_may_be_in_any_case_and_lengths_in_inches():
    text = bvh({"LeftArm": (60, 0, 0)})
    for case in (str.upper, str.lower):
        other = re.sub(r"[XYZ](rotation|position)", lambda m, case=case: case(m[0]), text)
        np.testing.assert_array_equal(import_bvh(other).joints, import_bvh(text).joints)
    inches = re.sub(
        r"OFFSET (\S+) (\S+) (\S+)",
        lambda m: "OFFSET " + " ".join(str(float(v) / 2.54) for v in m.groups()),
        text,
    )
    np.testing.assert_allclose(
        import_bvh(inches, units="in").joints, import_bvh(text, units="cm").joints, atol=1e-9
    )


def test_an_error_lists_few_of_the_files_joints():
    with pytest.raises(JointImportError, match=r"j19 and 145 more$"):
        find_joints([f"j{i}" for i in range(165)], {})


def joints_command(file, root, *options: str):
    from autocompose.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["joints", str(file), "--dataset", str(root), *options])
    return ended.value.code


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("walk.bvh", ["--images", "one.jpg"], r"3 poses for 1 images: one\.jpg would get more"),
        ("walk.bvh", ["--images", "f{}.jpg", "--joint", "nonsense=Hips"], '"nonsense" is not one'),
        ("walk.bvh", ["--images", "f{}.jpg", "--joint", "left_hip"], "is not one new OUR_JOINT"),
        ("walk.bvh", ["--images", "f{}.jpg", "--skeleton", "smpl-22"], "leave out the skeleton"),
        ("walk.bvh", ["--first", "1"], "add --images"),
        ("none.bvh", ["--images", "f{}.jpg"], "cannot be read"),
        ("twice.npz", [], r"error: \S+twice\.npz: 22 joints do not identify"),
        ("twice.npz", ["--skeleton", "autocompose-22"], r"2 poses for 1 images: one\.jpg would"),
        ("twice.npz", ["--joint", "left_hip=LThigh"], "has no joint names"),
    ],
)
def test_what_joints_cannot_do_is_one_line_and_writes_nothing(
    tmp_path, capsys, name, options, message
):
    root = dataset(tmp_path / "data", ["one.jpg", "f0.jpg", "f1.jpg", "f2.jpg"])
    (tmp_path / "walk.bvh").write_text(bvh({}, frames=3))
    np.savez(
        tmp_path / "twice.npz", joints=np.array([ASYMMETRIC] * 2), images=["one.jpg", "one.jpg"]
    )
    assert joints_command(tmp_path / name, root, *options) == 1
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert error.count("\n") == 1
    assert not (root / "joints.json").exists()


def test_images_may_start_at_one_and_skip_poses(tmp_path):
    root = dataset(tmp_path / "data", ["f1.jpg", "f2.jpg"])
    (tmp_path / "walk.bvh").write_text(bvh({}, frames=4))
    options = ["--images", "f{}.jpg", "--first", "1", "--stride", "3"]
    assert joints_command(tmp_path / "walk.bvh", root, *options) == 0
    known = read_joints(root / "joints.json", root / "images")
    assert {n: known[n].info.seconds for n in known} == {"f1.jpg": 0.0, "f2.jpg": 0.15}


@pytest.mark.parametrize("before", [None, '{"image_size": null', '{"image_size": [640, 480]'])
def test_joints_json_gets_no_image_size_that_nobody_knows(tmp_path, before):
    root = dataset(tmp_path / "data", ["a.jpg"])
    if before:
        skeleton = json.dumps(list(JOINTS))
        (root / "joints.json").write_text(f'{before}, "skeleton": {skeleton}, "images": {{}}}}')
    import_into_dataset(root, import_joints(ASYMMETRIC[None], "autocompose-22"), ["a.jpg"])
    document = json.loads((root / "joints.json").read_text())
    assert document.get("image_size") == ([640, 480] if before and "640" in before else None)


def test_a_byte_order_mark_does_not_matter(tmp_path):
    root = dataset(tmp_path / "data", ["a.jpg"])
    import_into_dataset(root, import_joints(ASYMMETRIC[None], "autocompose-22"), ["a.jpg"])
    path = root / "joints.json"
    known = read_joints(path, root / "images")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_joints(path, root / "images") == known
