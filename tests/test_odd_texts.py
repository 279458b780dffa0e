"""Numbers, letters and names of files that not every file or screen can hold."""

import json
import os
import re
import subprocess
import sys

import pytest
from PIL import Image

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.files import check_name, read_json
from autocompose.data.row_files import read_json_lines
from autocompose.errors import CaptionFileError, UnsafePathError
from tests.one_line_errors import DEMO, ROOT, failing, run, write_pair


@pytest.fixture
def one_line_error(capsys):
    return failing(capsys)


@pytest.fixture
def dataset(tmp_path):
    return write_pair(tmp_path / "tiny")


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


def test_a_byte_order_mark_is_left_out(dataset, capsys):
    for path in (dataset / "captions" / "val.json", dataset / "image_splits" / "val.json"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_caption_file(dataset / "captions" / "val.json")) == 1
    lines = dataset / "rows.jsonl"
    lines.write_bytes(b'\xef\xbb\xbf{"reference": "a.png", "target": "b.png", "sents": ["Sit."]}')
    assert read_caption_file(lines)[0].reference == "a.png"
    out = dataset.parent / "out"
    assert run("convert", "--dataset", dataset, "--out", out) == 0, capsys.readouterr().err


def test_a_name_that_is_not_utf8_is_refused():
    with pytest.raises(UnsafePathError, match=r'"caf\\udce9.png" is not UTF-8; rename'):
        check_name("caf\udce9.png", "x")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_picture_whose_name_is_not_utf8_is_left_out_of_a_gallery_and_named(tmp_path):
    from autocompose.retrieval.embed import embed_images
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
