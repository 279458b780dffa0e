"""Bad files, folders and streams end in one line that says what to do, never in a traceback."""

import io
import json
import lzma
import re
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.cli.crash_log import UNFORESEEN, crash_line, without_secrets
from autocompose.data.dataset import open_dataset
from autocompose.data.joint_import import JointFormat, read_joint_file
from autocompose.errors import CheckpointError, DatasetError, JointImportError
from autocompose.model.weight_files import read_weights
from tests.bad_input_cases import COMMANDS, PAGE, Case, cases, page, sound_inputs
from tests.one_line_errors import DEMO, failing, run, write_pair


@pytest.fixture
def one_line_error(capsys):
    return failing(capsys)


@pytest.fixture
def dataset(tmp_path):
    return write_pair(tmp_path / "tiny")


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.command}: {case.kind}")
def test_each_command_says_what_is_wrong_with_its_input(case: Case, tmp_path, monkeypatch, capsys):
    sound_inputs(tmp_path)
    case.spoil(tmp_path)
    monkeypatch.chdir(tmp_path)
    models = property(lambda _: tmp_path / "models")  # none was fetched
    monkeypatch.setattr("autocompose.workspace.Workspace.models", models)
    assert run(*case.command.split(), *COMMANDS[case.command].split()) == case.code
    lines = capsys.readouterr().err.splitlines()
    assert case.said in lines[-1]
    assert lines[-1].startswith("error: ") == (case.code == 1)
    assert not any("Traceback" in line for line in lines)
    assert lines[-1].isprintable()
    assert " object at 0x" not in lines[-1]


@pytest.mark.parametrize("command", ["verify", "describe", "convert", "joints"])
def test_commands_work_on_the_inputs_that_the_cases_spoil(command, tmp_path, monkeypatch, capsys):
    sound_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(*command.split(), *COMMANDS[command].split()) == 0, capsys.readouterr().err


def test_the_document_has_the_cases_as_they_are_tested():
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "run python -m tests.bad_input_cases"


class Unforeseen(Exception):
    pass


def test_an_error_that_nobody_foresaw_is_one_line_that_names_a_log(
    monkeypatch, capsys, tmp_path, dataset
):
    def fail(*_, **__):
        raise Unforeseen("at https://ada:pw@host with key secret-value-1")

    monkeypatch.setattr("autocompose.verify.caption_check.check_captions", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "secret-value-1")
    captions = dataset / "captions" / "val.json"
    assert run("verify", "--captions", captions) == UNFORESEEN == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    log = Path(re.search(r"with (\S+\.log)", said).group(1))
    told = log.read_text()
    assert "Traceback" in told
    assert "in fail" in told
    assert f"autocompose verify --captions {captions}" in told
    for text in (said, told):
        assert "Unforeseen: at https://ada:***@host with key ***" in text
        assert "secret-value-1" not in text
        assert "pw@" not in text
    assert log.stat().st_mode & 0o077 == 0


def test_an_error_without_a_place_for_its_log_says_where_it_happened(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    try:
        raise Unforeseen("x")
    except Unforeseen as error:
        line = crash_line(error, ["verify"], environment={})
    assert f"at {__file__}, line " in line
    assert "no log can be written (No such file or directory)" in line


def test_out_of_memory_is_said(monkeypatch, one_line_error, dataset):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr("autocompose.verify.caption_check.check_captions", fail)
    assert "not enough memory" in one_line_error("verify", "--captions", dataset)


def test_short_values_of_the_environment_are_no_secrets():
    assert without_secrets("train on 8 cards", {"CARD_KEYS": "8"}) == "train on 8 cards"
    assert without_secrets("Bearer abc-def", {}) == "Bearer ***"


@pytest.mark.parametrize("name", ["clip.bvh", "poses.npz"])
def test_a_missing_file_of_joints_is_named(name, tmp_path, dataset, one_line_error):
    line = one_line_error("joints", tmp_path / name, "--dataset", dataset, "--images", "a.png")
    assert name in line
    assert "No such file" in line


def test_missing_start_weights_are_named_at_once(dataset, tmp_path, one_line_error):
    line = one_line_error(
        "ablate", "--dataset", dataset, "--pretrained", "nope.pt", "--out", tmp_path / "o"
    )
    assert "--pretrained nope.pt is no file" in line


def test_a_missing_extra_is_named(tmp_path, monkeypatch, one_line_error):
    monkeypatch.setitem(sys.modules, "roma", None)
    for name in [n for n in sys.modules if n.startswith("autocompose.synthesis")]:
        monkeypatch.delitem(sys.modules, name)
    line = one_line_error("synthesize", "--out", tmp_path / "d")
    assert "pip install 'autocompose[synthesis]'" in line


def encrypted(path: Path) -> None:
    plain = io.BytesIO()
    np.savez(plain, joints=np.zeros((1, 22, 3)))
    data = bytearray(plain.getvalue())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flag] |= 1
    path.write_bytes(bytes(data))


def damaged(path: Path) -> None:
    plain = io.BytesIO()
    np.savez_compressed(plain, joints=np.random.default_rng(0).random((50, 22, 3)))
    data = bytearray(plain.getvalue())
    data[200:260] = bytes(60)
    path.write_bytes(bytes(data))


def huge(path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 22, 3), }"
    header = header.ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("joints.npy", array)


@pytest.mark.parametrize("spoil", [encrypted, damaged, huge])
def test_a_damaged_npz_file_is_refused_by_name(spoil, tmp_path, dataset, one_line_error):
    path = tmp_path / "x.npz"
    spoil(path)
    line = one_line_error("joints", path, "--dataset", dataset, "--images", "a.png")
    assert f"{path} is not a plain .npz file (" in line
    assert line.count("x.npz") == 1


def test_the_name_of_a_file_is_said_once(tmp_path, dataset, one_line_error):
    np.savez(tmp_path / "x.npz", joints=np.zeros((1, 22, 3)))
    line = one_line_error("joints", tmp_path / "x.npz", "--dataset", dataset)
    assert line.count("x.npz") == 1
    assert "22 joints do not identify the skeleton" in line


@pytest.mark.parametrize("error", [zlib.error, lzma.LZMAError])
def test_errors_of_decompressors_are_foreseen(error, tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    np.savez(path, joints=np.zeros((1, 22, 3)))

    def fail(*_, **__):
        raise error("invalid")

    monkeypatch.setattr("numpy.load", fail)
    with pytest.raises(JointImportError, match="not a plain"):
        read_joint_file(path, JointFormat())


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, "absent", [256], "wide", [256, 2.5]])
def test_the_image_size_of_a_joints_file_may_be_missing_and_must_be_sound(size, tmp_path, capsys):
    root = tmp_path / "d"
    (root / "images").mkdir(parents=True)
    known = json.loads((DEMO / "joints.json").read_text())
    names = list(known["images"])[:2]
    known["images"] = {name: known["images"][name] for name in names}
    known["image_size"] = size
    if size == "absent":
        del known["image_size"]
    (root / "joints.json").write_text(json.dumps(known))
    Image.new("RGB", (4, 4)).save(root / "images" / names[0])
    joints = np.array([known["images"][names[0]]["joints"]])
    np.savez(tmp_path / "x.npz", joints=joints, images=names[:1])
    sound = size in (None, "absent")
    call = ("joints", tmp_path / "x.npz", "--dataset", root, "--skeleton", "autocompose-22")
    assert run(*call) == (0 if sound else 1)
    if sound:
        assert "image_size" not in json.loads((root / "joints.json").read_text())
    else:
        assert "image_size must be width and height in pixels" in capsys.readouterr().err


def test_a_dataset_to_convert_that_does_not_exist_is_said(tmp_path, one_line_error):
    absent = tmp_path / "nope"
    line = one_line_error("convert", "--dataset", absent, "--out", tmp_path / "out")
    assert f"{absent} is not a folder" in line
    assert "pairs/" not in line


def test_a_split_without_a_gallery_is_not_named_as_there(dataset):
    (dataset / "image_splits" / "val.json").unlink()
    with pytest.raises(DatasetError, match=r"the splits in image_splits/ are: (?!.*\bval\b)"):
        open_dataset(dataset).gallery("val")


@pytest.mark.parametrize("content", [b"hello", b"some text\n", b""])
def test_a_file_that_holds_no_weights_is_said(content, tmp_path):
    (tmp_path / "text.pt").write_bytes(content)
    with pytest.raises(
        CheckpointError, match=r'"text.pt" cannot be read: it is damaged or no weig'
    ):
        read_weights(tmp_path / "text.pt")
