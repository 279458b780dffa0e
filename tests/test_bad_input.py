"""Bad files, folders and streams end in one line that says what to do, never in a traceback."""

import io
import json
import lzma
import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.cli import main
from autocompose.cli.crash_log import UNFORESEEN, crash_line, without_secrets
from autocompose.data.captions.caption_files import read_caption_file, write_captions
from autocompose.data.dataset import open_dataset, write_split
from autocompose.data.files import check_name, read_json, stream_whole, write_whole
from autocompose.data.joint_import import JointFormat, read_joint_file
from autocompose.data.row_files import read_json_lines, write_parquet
from autocompose.errors import (
    CaptionFileError,
    CheckpointError,
    DatasetError,
    JointImportError,
    UnsafePathError,
    WriteError,
)
from autocompose.model.weight_files import read_weights
from autocompose.review.people.users import Role, Users
from tests.bad_input_cases import COMMANDS, PAGE, Case, cases, page, sound_inputs

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "annotations" / "demo"


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


@pytest.fixture
def one_line_error(capsys):
    """Runs a command that must fail with exit code 1 and one line, and gives that line."""

    def fail(*args: object) -> str:
        assert run(*args) == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
        assert lines[-1].startswith("error: ")
        assert not any("Traceback" in line for line in lines)
        return lines[-1]

    return fail


@pytest.fixture
def dataset(tmp_path):
    root = tmp_path / "tiny"
    for sub in ("images", "captions", "image_splits"):
        (root / sub).mkdir(parents=True)
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(root / "images" / name)
    row = {"reference": "a.png", "target": "b.png", "img_set": ["b.png"], "sents": ["Sit."]}
    write_captions(root / "captions" / "val.json", [row])
    write_split(root / "image_splits" / "val.json", ["a.png", "b.png"])
    return root


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"n": ' + "9" * 5000 + "}]", "a whole number is too long"),
        ('[{"n": 1e999}]', "1e999 is too large a number"),
        ('[{"n": -1E+400}]', "-1E+400 is too large a number"),
        ('[{"n": NaN}]', "NaN is not a number that JSON can hold"),
        ('[{"n": {"m": ["", "ab\\ud83d"]}}]', r"[0]: n: m[1]: character 2 is half of a surrogate"),
        ('[{"\\uDC00": 1}]', "[0]: character 0 is half of a surrogate"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_values_that_could_not_be_written_again_are_refused_with_their_place(text, said, tmp_path):
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(CaptionFileError, match=re.escape(said)) as found:
        read_json(path)
    assert str(found.value).startswith(f"{path}")
    (tmp_path / "t.jsonl").write_text(f'"fine"\n{text}\n')
    with pytest.raises(CaptionFileError, match=re.escape(said)) as found:
        read_json_lines(tmp_path / "t.jsonl")
    assert "record in line 2" in str(found.value)


def test_whole_surrogate_pairs_and_large_numbers_are_read(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('["\\ud83d\\ude00", 1e300, 1e-999, ' + "9" * 310 + "]")
    assert read_json(path) == ["😀", 1e300, 0.0, int("9" * 310)]


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


def test_a_byte_order_mark_is_left_out(dataset, capsys):
    for path in (dataset / "captions" / "val.json", dataset / "image_splits" / "val.json"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_caption_file(dataset / "captions" / "val.json")) == 1
    lines = dataset / "rows.jsonl"
    lines.write_bytes(b'\xef\xbb\xbf{"reference": "a.png", "target": "b.png", "sents": ["Sit."]}')
    assert read_caption_file(lines)[0].reference == "a.png"
    out = dataset.parent / "out"
    assert run("convert", "--dataset", dataset, "--out", out) == 0, capsys.readouterr().err


@pytest.mark.parametrize("command", ["describe", "verify", "convert", "review import"])
@pytest.mark.parametrize("spoilt", ['"Raise \\ud83d the arm."', "9" * 5000])
def test_a_caption_file_that_could_not_be_written_again_is_refused(
    command, spoilt, dataset, one_line_error
):
    path = dataset / "captions" / "val.json"
    path.write_text(path.read_text().replace('"Sit."', f'"Sit.", {spoilt}'))
    out = dataset.parent / "out"
    calls = {
        "describe": ["--dataset", dataset, "--split", "val", "--provider", "geometric",
                     "--out", out],
        "verify": ["--captions", path, "--joints", DEMO / "joints.json"],
        "convert": ["--dataset", dataset, "--out", out],
        "review import": [path, "--dataset", dataset, "--store", f"sqlite:///{out}"],
    }  # fmt: skip
    assert "val.json" in one_line_error(*command.split(), *calls[command])
    assert not out.is_file() or command == "review import"


def test_a_name_that_is_not_utf8_is_refused():
    with pytest.raises(UnsafePathError, match=r'"caf\\udce9.png" is not UTF-8; rename'):
        check_name("caf\udce9.png", "x")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_picture_whose_name_is_not_utf8_is_left_out_of_a_gallery_and_named(tmp_path):
    from autocompose.retrieval.gallery import embed_images
    from autocompose.retrieval.gallery_files import load_gallery, save_gallery
    from tests.model_fakes import tiny_model

    names = ["a.png", os.fsdecode(b"caf\xe9.png")]
    for name in names:
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    gallery = embed_images(tiny_model(), [tmp_path / name for name in names])
    assert gallery.image_ids == ("a.png",)
    assert gallery.skipped == (r'"caf\udce9.png": the name is not UTF-8; rename the file',)
    save_gallery(gallery, tmp_path / "g")
    assert len(load_gallery(tmp_path / "g")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_output_that_lacks_letters_gets_escapes(encoding, tmp_path):
    rows = json.loads((DEMO / "captions" / "val.json").read_text())[:1]
    wrong = {**rows[0], "sents": ["Bend the left knee “fully” 😀. Bend the right knee."]}
    captions = tmp_path / "val.json"
    captions.write_text(json.dumps([wrong]))
    call = [sys.executable, "-m", "autocompose", "verify", "--captions", str(captions)]
    call += ["--joints", str(DEMO / "joints.json"), "--key", "sents"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    table = subprocess.run(call, env=environment, capture_output=True, check=False)
    assert table.returncode == 0, table.stderr
    lines = subprocess.run([*call, "--json"], env=environment, capture_output=True, check=False)
    assert lines.returncode == 0, lines.stderr
    assert json.loads(lines.stdout.decode(encoding))["text"] == wrong["sents"][0]
