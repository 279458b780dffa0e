"""Motion clips in BVH: angles, names of many tools, axes and units; broken files in one line."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autocompose.body.skeleton import JOINTS
from autocompose.body.sources.bvh import import_bvh, read_bvh
from autocompose.body.sources.bvh_names import find_joints, split_name
from autocompose.body.sources.skeletons import Imported
from autocompose.errors import JointImportError
from tests.motion_fakes import HIERARCHY, bvh, measured


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


def test_an_error_lists_few_of_the_files_joints():
    with pytest.raises(JointImportError, match=r"j19 and 145 more$"):
        find_joints([f"j{i}" for i in range(165)], {})


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
