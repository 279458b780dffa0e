"""What `benchmarks/fuzz.py` found: spoilt files that ended in an error of another package."""

import json
import zipfile

import pytest

from autocompose.body.skeleton import JOINTS
from autocompose.data.archive import extract_images
from autocompose.data.files import check_name
from autocompose.data.joints_file import read_joints
from autocompose.errors import CaptionFileError, UnsafePathError


def test_a_name_longer_than_a_file_system_takes_is_refused_in_one_short_line():
    assert check_name("é" * 127, "here")
    with pytest.raises(UnsafePathError, match="255 bytes; shorten it") as caught:
        check_name("folder/" + "é" * 128, "here")
    assert len(str(caught.value)) < 400


def test_a_path_of_many_short_names_is_refused_before_a_file_system_refuses_it():
    assert check_name("/".join(["a" * 99] * 10), "here")
    with pytest.raises(UnsafePathError, match="1,024 bytes with its folders; shorten") as caught:
        check_name("/".join(["é" * 50] * 11), "here")
    assert len(str(caught.value)) < 400


def test_a_zip_entry_without_a_name_is_refused(tmp_path):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("a.png", b"x")
    path.write_bytes(path.read_bytes().replace(b"a.png", b"\0.png"))
    with pytest.raises(UnsafePathError):
        extract_images(path, tmp_path / "out")


@pytest.mark.parametrize("key", ["joints", "floor_y"])
def test_a_whole_number_too_large_for_a_float_is_refused(tmp_path, key):
    rows = [[0.0, 0.0, 0.0] for _ in JOINTS]
    record = {"joints": rows, "floor_y": 0.0}
    if key == "joints":
        rows[0][0] = 10**400
    else:
        record[key] = 10**400
    path = tmp_path / "joints.json"
    path.write_text(json.dumps({"skeleton": list(JOINTS), "images": {"a.png": record}}))
    with pytest.raises(CaptionFileError, match=f"{key} must be"):
        read_joints(path, tmp_path)
