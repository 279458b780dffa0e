"""``autocompose joints``: the poses of a file become the joints.json of a dataset, or one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from autocompose.body.skeleton import JOINTS, mirror
from autocompose.body.sources.skeletons import import_joints
from autocompose.data.joint_import import JointFormat, import_into_dataset, read_joint_file
from autocompose.data.joints_file import read_joints
from autocompose.errors import CaptionFileError, JointImportError, UnsafePathError
from autocompose.schema import JointsOrigin
from tests.motion_fakes import ASYMMETRIC, bvh, measured, points_of


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
