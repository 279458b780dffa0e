"""Folders and disks that take no file: one line says so, and the old file stays."""

import pytest

from autocompose.data.files import stream_whole, write_whole
from autocompose.data.row_files import write_parquet
from autocompose.errors import WriteError
from autocompose.review.people.users import Role, Users


def test_a_read_only_folder_is_said(tmp_path, monkeypatch):
    def refuse(*_, **__):  # an administrator may write into any folder
        raise PermissionError(13, "Permission denied")

    shut = tmp_path / "shut"
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(WriteError, match=r"t\.json cannot be written \(Permission denied\)"):
        write_whole(shut / "t.json", "x")
    with pytest.raises(WriteError, match="Permission denied"):
        write_parquet(shut / "t.parquet", [{"a": 1}])
    with pytest.raises(WriteError, match="Permission denied"):
        Users(shut / "users.json").add("ada", "long enough 1", role=Role.REVIEWER)


def full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "t.json"
    write_whole(path, "old")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WriteError, match=r"t\.json cannot be written \(No space left on device\)"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.json"]


def test_a_disk_that_is_full_in_the_middle_is_said(tmp_path):
    def write() -> None:
        with stream_whole(tmp_path / "t") as file:
            file.write(b"x")
            full()

    with pytest.raises(WriteError, match=r"t cannot be written \(No space"):
        write()


def test_an_error_of_reading_in_the_middle_is_not_taken_for_one_of_writing(tmp_path):
    with pytest.raises(FileNotFoundError), stream_whole(tmp_path / "t"):
        (tmp_path / "missing").read_text()


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path):
    (tmp_path / "t").mkdir()
    with pytest.raises(WriteError, match="t cannot be written"):
        write_whole(tmp_path / "t", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["t"]
