"""joints.json is checked like what `joints` imports: metres, y up, sides, image by image."""

import json

import numpy as np
import pytest

from autocompose.body.skeleton import INDEX, JOINTS, MIRROR
from autocompose.body.sources.skeletons import backward, import_joints
from autocompose.data.joints_file import read_joints
from autocompose.errors import CaptionFileError, JointImportError
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, random_poses, with_joints

KNEELING = with_joints(
    ARMS_DOWN,
    left_ankle=(0.1, -0.45, -0.42), left_foot=(0.1, -0.47, -0.56),
    right_ankle=(-0.1, -0.45, -0.42), right_foot=(-0.1, -0.47, -0.56),
)  # fmt: skip
"""The feet point backward, the face does not."""


def exchanged(joints: np.ndarray) -> np.ndarray:
    """The same places under the other side's names."""
    return joints[MIRROR]


def write(path, **poses: np.ndarray) -> None:
    images = {f"{name}.jpg": {"joints": pose.tolist()} for name, pose in poses.items()}
    path.write_text(json.dumps({"skeleton": list(JOINTS), "images": images}))


def test_bodies_of_every_kind_are_read(tmp_path):
    hanging = dict(enumerate(random_poses(40, seed=1, tilt=0.6)))
    write(tmp_path / "j.json", kneeling=KNEELING, **{f"p{i}": p for i, p in hanging.items()})
    assert len(read_joints(tmp_path / "j.json", tmp_path)) == 41


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (100 * T_POSE, r"of b\.jpg add up to 136.*give all joints in metres"),
        (0.001 * T_POSE, r"of b\.jpg add up to 0\.00136"),
        (exchanged(T_POSE), r"point backward in b\.jpg: left and right joints are exchanged"),
        (T_POSE * [-1, 1, 1], r"point backward in b\.jpg"),
        (T_POSE * [1, -1, 1], r"point backward in b\.jpg.*y up"),
        (T_POSE * [1, 1, -1], r"point backward in b\.jpg.*z forward"),
    ],
    ids=["centimetres", "kilometres", "names exchanged", "x to the right", "y down", "z back"],
)
def test_one_wrong_body_among_right_ones_is_named(tmp_path, wrong, message):
    write(tmp_path / "j.json", a=ARMS_DOWN, b=wrong, c=SQUAT)
    with pytest.raises(CaptionFileError, match=message) as caught:
        read_joints(tmp_path / "j.json", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_in_which_everybody_is_upside_down_is_refused(tmp_path):
    turned = {f"p{i}": pose * [1, -1, -1] for i, pose in enumerate(random_poses(6, seed=2))}
    write(tmp_path / "j.json", **turned)
    with pytest.raises(CaptionFileError, match="y must point up"):
        read_joints(tmp_path / "j.json", tmp_path)
    write(tmp_path / "j.json", handstand=T_POSE * [1, -1, -1], standing=T_POSE)
    assert len(read_joints(tmp_path / "j.json", tmp_path)) == 2


def test_face_and_feet_that_nobody_saw_say_nothing_of_the_sides():
    poses = np.array([exchanged(T_POSE), T_POSE, KNEELING])
    assert backward(poses).tolist() == [True, False, False]
    assert backward(poses, [["left_foot"]] * 3).tolist() == [True, False, False]
    for hidden in (["nose"], ["left_foot", "right_foot"]):
        assert backward(poses, [hidden] * 3).tolist() == [False] * 3


def test_a_single_mirrored_pose_is_found_among_imported_ones():
    poses = np.array([T_POSE, exchanged(SQUAT), ARMS_DOWN])
    with pytest.raises(JointImportError, match=r"in 1 of 3 poses \(1; the first is 0\)"):
        import_joints(poses, "autocompose-22")
    assert len(import_joints(np.delete(poses, 1, axis=0), "autocompose-22").joints) == 2
    assert INDEX["left_hand"] == MIRROR[INDEX["right_hand"]]
