"""Bodies by name: pictures, entries of joints.json, frames of motion files."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import INDEX, canonical
from autocompose.data.body_source import body_at, image_at
from autocompose.data.joints_file import write_joints
from autocompose.errors import DatasetError, JointImportError
from autocompose.schema import JointsOrigin, PoseImage
from tests.motion_fakes import bvh
from tests.poses import ARMS_DOWN


@pytest.fixture(name="folder")
def _folder(tmp_path):
    joints = tuple(tuple(float(v) for v in point) for point in ARMS_DOWN)
    image = PoseImage("a.png", tmp_path / "a.png", joints)  # type: ignore[arg-type]
    write_joints(tmp_path / "joints.json", [image], image_size=None)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "walk.bvh").write_text(bvh({"LeftArm": (90, 0, 0)}, frames=2))
    (tmp_path / "notes.txt").write_text("left")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("joints.json", "name one after a :"),
        ("joints.json:b.png", "no image"),
        ("away.jpg", "there is no file"),
        ("walk.bvh:9", "has 2 poses"),
        ("walk.bvh:last", "is no frame"),
        ("notes.txt", "names no body"),
    ],
)
def test_names_of_no_body_are_refused_with_what_to_do(folder, name, said):
    with pytest.raises((DatasetError, JointImportError), match=said):
        body_at(str(folder / name), folder)


@pytest.mark.parametrize("name", ["a.png", "joints.json:a.png"])
def test_a_picture_takes_the_joints_beside_it(folder, name):
    found = canonical(body_at(str(folder / name), folder).joints)
    assert np.allclose(found, canonical(ARMS_DOWN), atol=1e-3)


def test_frames_count_from_nought_and_left_stays_the_subjects(folder):
    found = image_at(str(folder / "walk.bvh:1"), folder)
    assert found.id == "walk.bvh:1"
    assert found.joints_origin is JointsOrigin.IMPORTED
    assert found.joints is not None
    heights = {side: found.joints[INDEX[f"{side}_hand"]][1] for side in ("left", "right")}
    assert heights["left"] > heights["right"] + 0.3
