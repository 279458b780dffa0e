"""One writer at a time: refused with a name, taken over from the dead, never in the way."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.data.lock import lock_file, lock_folder
from autocompose.errors import LockError

HOLD = """
import sys, time
from pathlib import Path
from autocompose.cli import main
from autocompose.data.lock import lock_folder
with lock_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that writes ``tmp_path / "g"`` until it is killed."""
    script = [sys.executable, "-c", HOLD, str(tmp_path / "g")]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_refused_and_told_who_the_first_is(holder, tmp_path):
    with pytest.raises(LockError, match=rf"g is being written by process {holder.pid} since 20"):
        lock_folder(tmp_path / "g").__enter__()


def test_the_lock_of_a_killed_process_is_taken_over_and_said(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with lock_folder(tmp_path / "g") as line:
        assert f"taking over from process {holder.pid} since 20" in line
    with lock_folder(tmp_path / "g") as line:
        assert line == ""


def test_an_error_in_the_block_frees_the_lock(tmp_path):
    with pytest.raises(ZeroDivisionError), lock_folder(tmp_path):
        _ = 1 / 0
    with lock_folder(tmp_path) as line:
        assert line == ""


def test_files_of_one_folder_are_locked_apart(tmp_path):
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    refused = pytest.raises(LockError, match=r"a\.json is being written by process")
    with lock_file(one), lock_file(other), refused:
        lock_file(one).__enter__()
    assert not one.exists()


def test_an_owner_that_cannot_be_read_is_still_another_process(tmp_path):
    with lock_folder(tmp_path):
        (tmp_path / ".lock.owner").write_text("{}")
        with pytest.raises(LockError, match="written by another process"):
            lock_folder(tmp_path).__enter__()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LockError, match=r"file/g cannot be written \(Not a directory\)"):
        lock_folder(tmp_path / "file" / "g").__enter__()


def test_index_leaves_a_gallery_alone_that_another_process_writes(holder, tmp_path, capsys):
    (tmp_path / "a.jpg").touch()
    args = ["index", "--checkpoint", "c", "--images", str(tmp_path), "--out", str(tmp_path / "g")]
    with pytest.raises(SystemExit, match="1"):
        main([*args, "--add"])
    error = capsys.readouterr().err
    assert f"g is being written by process {holder.pid} since" in error
    assert error.count("\n") == 1


FIRST = """
import sys, time
from pathlib import Path
from autocompose.data.lock import lock_file, lock_folder
with {"file": lock_file, "folder": lock_folder}[sys.argv[1]](Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""
DEMO = Path(__file__).resolve().parents[1] / "annotations" / "demo"
WRITERS = {
    "describe by rules": ("file", ["describe", "--dataset", DEMO, "--split", "val", "--limit", "1",
                                   "--provider", "geometric", "--out"]),
    "describe by a model": ("file", ["describe", "--dataset", DEMO, "--split", "val",
                                     "--provider", "openai", "--model", "m", "--base-url",
                                     "http://127.0.0.1:9/v1", "--out"]),
    "convert": ("file", ["convert", "--dataset", DEMO, "--out"]),
    "train": ("folder", ["train", "--dataset", DEMO, "--preset", "demo", "--out"]),
    "ablate": ("folder", ["ablate", "--dataset", DEMO, "--pretrained", __file__, "--out"]),
    "synthesize": ("folder", ["synthesize", "--texts-only", "--out"]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_every_command_that_writes_for_long_leaves_alone_what_another_process_writes(
    name, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    kind, call = WRITERS[name]
    out = tmp_path / "out"
    script = [sys.executable, "-c", FIRST, kind, str(out)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        before = sorted(path.name for path in tmp_path.rglob("*"))
        with pytest.raises(SystemExit) as left:
            main([*map(str, call), str(out)])
        process.kill()
    assert left.value.code == 1
    said = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        rf"error: \S+out is being written by process {process.pid} since .*", said[-1]
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_describe_takes_over_from_a_process_that_was_killed(tmp_path, capsys):
    out = tmp_path / "out.json"
    script = [sys.executable, "-c", FIRST, "file", str(out)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
    with pytest.raises(SystemExit) as left:
        main([*map(str, WRITERS["describe by rules"][1]), str(out)])
    assert not left.value.code
    assert f"taking over from process {process.pid} since" in capsys.readouterr().err
    assert out.exists()
