"""What is written aside belongs to its process while that lives, and is cleared when it died."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from autocompose.data import aside
from autocompose.data.aside import clear_left_over, held_aside
from autocompose.data.files import stream_whole, write_whole
from tests.warm import Program

REPOSITORY = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot rename what is locked")

# Each begins to write in the folder that it is given, says so, and waits to be killed.
WRITERS = {
    "a file": """
from autocompose.data.files import stream_whole
with stream_whole(folder / "a.json") as file:
    file.write(b"half")
    wait()
""",
    "a checkpoint": """
from autocompose.model import checkpoint
checkpoint.os.fsync = lambda handle: wait()
checkpoint._write_together(folder, {"model.safetensors": b"half", "config.json": b"{}"})
""",
    "a picture of a zip": """
import io, zipfile
from autocompose.data import archive
with zipfile.ZipFile(folder / "x.zip", "w") as made:
    made.writestr("a.png", b"x" * 100)
archive.zipfile.ZipExtFile.read = lambda self, n: wait()
archive.extract_images(folder / "x.zip", folder)
""",
    "a folder of rows": """
import datasets
from autocompose.data.row_files import write_dataset_folder
datasets.Dataset.save_to_disk = lambda self, path: (open(path, "w").close(), wait())
write_dataset_folder(folder / "rows", [{"text": "Sit."}])
""",
    "a dataset for the Hub": """
from autocompose.data.hub import hub_datasets
with hub_datasets._aside(folder / "hub") as made:
    (made / "half.parquet").write_bytes(b"half")
    wait()
""",
}
WAIT = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
def wait():
    print("writing", flush=True)
    time.sleep(600)
"""


def begun(writer: str, folder: Path) -> Program:
    """A process that is writing in a folder."""
    call = [sys.executable, "-c", WAIT + WRITERS[writer], str(folder)]
    process = Program(call, cwd=REPOSITORY, env=os.environ)
    assert process.stdout.readline() == "writing\n"
    return process


def hidden(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name.startswith(".")}


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS)
def test_what_a_killed_process_wrote_aside_is_cleared_by_the_next_writer(
    writer, tmp_path, monkeypatch
):
    monkeypatch.setattr(aside, "_looked_at", set())  # as in a process that has just started
    process = begun(writer, tmp_path)
    try:
        left = hidden(tmp_path)
        assert len(left) == 1
        write_whole(tmp_path / "b.json", "[]")
        assert hidden(tmp_path) == left  # its writer lives
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert hidden(tmp_path) == left
    write_whole(tmp_path / "b.json", "[]")
    assert hidden(tmp_path) == left  # looked at once in a process, not at every write
    monkeypatch.setattr(aside, "_looked_at", set())
    write_whole(tmp_path / "b.json", "[]")
    assert hidden(tmp_path) == set()


def test_only_names_of_this_program_are_cleared(tmp_path):
    kept = {"a.part", ".a.part", ".a.12345678.tmp", ".a.1234.part", ".a.ABCDEFGH.part", ".writing"}
    for name in kept:
        (tmp_path / name).write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_text("mine")
    (tmp_path / ".b.abcd_123.part").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".a.abcd_123.part").write_text("left")
    (tmp_path / ".writing-abcd_123").mkdir()
    (tmp_path / ".writing-abcd_123" / "config.json").write_text("left")
    assert clear_left_over(tmp_path) == [".a.abcd_123.part", ".writing-abcd_123"]
    there = {path.name for path in tmp_path.iterdir()}
    assert there == kept | {"elsewhere", ".b.abcd_123.part"}
    assert (tmp_path / "elsewhere" / "x").read_text() == "mine"


def test_what_this_process_writes_is_not_cleared(tmp_path):
    with stream_whole(tmp_path / "a.json") as file:
        file.write(b"half")
        assert clear_left_over(tmp_path) == []
        file.write(b" and half")
    with held_aside(tmp_path / "made", folder=True) as folder:
        assert clear_left_over(tmp_path) == []
        assert folder.is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {"a.json"}
    assert (tmp_path / "a.json").read_bytes() == b"half and half"


def test_a_file_that_was_cleared_before_it_was_held_is_made_again(tmp_path, monkeypatch):
    flock, cleared = aside.fcntl.flock, []

    def late(handle: int, how: int) -> None:
        if not cleared:
            cleared.extend(path.name for path in tmp_path.iterdir())
            (tmp_path / cleared[0]).unlink()
        flock(handle, how)

    monkeypatch.setattr(aside.fcntl, "flock", late)
    write_whole(tmp_path / "a.json", json.dumps([1]))
    assert len(cleared) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"a.json"}


def test_a_name_of_255_bytes_can_be_written(tmp_path):
    write_whole(tmp_path / ("a" * 255), "whole")
    assert (tmp_path / ("a" * 255)).read_text() == "whole"
