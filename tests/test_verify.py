"""``autocompose verify``: caption files of ours and of others, and what cannot be judged."""

import json
from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.data.captions.side_car import side_car_path
from autocompose.data.joints_file import write_joints
from autocompose.language.reader.claims import Outcome
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.verify.caption_check import check_captions
from tests.poses import ARMS_DOWN, T_POSE, with_joints

DEMO = Path(__file__).resolve().parents[1] / "annotations" / "demo"
LEFT_OUT = with_joints(
    ARMS_DOWN, left_elbow=(0.45, 0.44, 0), left_wrist=(0.7, 0.44, 0), left_hand=(0.78, 0.44, 0)
)


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "captions").mkdir()
    images = [
        PoseImage(
            name, tmp_path / name, tuple(map(tuple, pose)), None, -0.94, JointsOrigin.IMPORTED
        )
        for name, pose in (("down.jpg", ARMS_DOWN), ("t.jpg", T_POSE), ("left.jpg", LEFT_OUT))
    ]
    write_joints(tmp_path / "joints.json", images)
    return tmp_path


def write(folder, *records):
    path = folder / "captions" / "test.json"
    path.write_text(json.dumps(list(records)), encoding="utf-8")
    return path


def pair(target="t.jpg", **texts):
    return {"reference": "down.jpg", "target": target, "img_set": [target], **texts}


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_text_is_one_json_line_with_its_claims(folder, capsys):
    path = write(folder, pair(mllm=["Raise both arms.", "Bend your left knee."]))
    assert run("verify", "--captions", path, "--json") == 0
    first, second = lines(capsys)
    assert (first["reference"], first["target"], first["key"]) == ("down.jpg", "t.jpg", "mllm")
    assert (first["index"], second["index"]) == (0, 1)
    (claim,) = first["claims"]
    assert set(claim) == {"part", "change", "span", "verdict", "evidence"}
    assert (claim["part"], claim["change"], claim["span"]) == ("both arms", "up", [0, 15])
    assert claim["verdict"] == "supported"
    assert second["claims"][0]["verdict"] == "contradicted"
    assert "left knee bend" in second["claims"][0]["evidence"]


def test_a_plain_string_is_one_text(folder, capsys):
    path = write(folder, pair(mllm="Raise both arms."))
    assert run("verify", "--captions", path, "--json") == 0
    (line,) = lines(capsys)
    assert line["text"] == "Raise both arms."


def test_texts_of_other_views_are_held_against_those_views(folder, capsys):
    record = pair(
        target="left.jpg",
        mllm=["Raise your left arm."],
        reverse=["Lower your left arm."],
        mirror=["Raise your right arm."],
    )
    record["mirror-reverse"] = ["Lower your right arm."]
    path = write(folder, record)
    for key in ("mllm", "reverse", "mirror", "mirror-reverse"):
        assert run("verify", "--captions", path, "--key", key, "--json") == 0
        (line,) = lines(capsys)
        assert [c["verdict"] for c in line["claims"]] == ["supported"], key


def test_exchanged_sides_are_marked(folder, capsys):
    path = write(folder, pair(target="left.jpg", mllm=["Raise your right arm."]))
    assert run("verify", "--captions", path, "--json") == 0
    (line,) = lines(capsys)
    assert line["sides_swapped"] is True


def test_the_table_lists_contradictions_and_counts(folder, capsys):
    path = write(folder, pair(auto=["Raise both arms and bend your left knee."]))
    assert run("verify", "--captions", path) == 0
    out = capsys.readouterr().out
    assert "left knee: bend" in " ".join(out.split())
    assert "1 texts under auto, 2 claims" in " ".join(out.split())
    assert "0 texts look as if left and right were swapped" in out


def test_a_malformed_side_car_does_not_keep_texts_from_being_judged(folder, capsys):
    path = write(folder, pair(mllm=["Raise both arms."]))
    side_car_path(path).write_text("not JSON")
    assert run("verify", "--captions", path, "--json") == 0
    assert len(lines(capsys)) == 1


def test_the_check_is_callable_from_python(folder):
    path = write(folder, pair(auto=["Raise both arms."]), pair(target="lost.jpg", auto=["Sit."]))
    seen = []
    found = check_captions(path, on_event=seen.append)
    assert (found.key, found.skipped, found.missing) == ("auto", 1, {"lost.jpg": 1})
    assert [(text.index, text.text) for text in found.texts] == [(0, "Raise both arms.")]
    assert found.claims == sum(found.count(outcome) for outcome in Outcome) > 0
    assert [(event.done, event.total) for event in seen] == [(1, 2), (2, 2)]


def test_images_without_joints_are_counted_and_named(folder, capsys):
    path = write(folder, pair(mllm=["Sit."]), pair(target="lost.jpg", mllm=["Stand up."]))
    assert run("verify", "--captions", path, "--json") == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    assert "skipped 1 pairs" in captured.err
    assert "lost.jpg" in captured.err


@pytest.mark.parametrize(
    ("records", "args", "words"),
    [
        ([pair(mllm=["Sit."])], ["--key", "sents"], 'no texts under "sents"'),
        ([pair(other=["Sit."])], [], "choose one with --key: other"),
        ([pair(target="lost.jpg", mllm=["Sit."])], [], "none of the"),
        ([{"target": "t.jpg", "mllm": ["Sit."]}], [], '"reference" must be a file name'),
        (["Sit."], [], "expected an object"),
        ([pair(mllm=["Sit."])], ["--joints", "nowhere.json"], "does not exist"),
    ],
)
def test_what_cannot_be_read_is_one_line(folder, capsys, records, args, words):
    path = write(folder, *records)
    assert run("verify", "--captions", path, *args) == 1
    (line,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error")]
    assert words in line


def test_a_missing_option_is_wrong_usage(capsys):
    assert run("verify") == 2
    assert "--captions" in capsys.readouterr().err


@pytest.mark.slow
def test_values_that_are_no_texts_are_named_counted_and_left_out(tmp_path, capsys):
    rows = json.loads((DEMO / "captions" / "val.json").read_text())[:3]
    odd = [None, 2.5, True, ["Raise the left arm."], {"text": "x"}]
    rows[0]["sents"] = ["Bend the left knee.", *odd]
    rows[1]["sents"] = None
    rows[2] |= {"sents": "Bend the right knee.", "auto": [7], "mine": ["Sit.", 1]}
    path = tmp_path / "val.json"
    path.write_text(json.dumps(rows))
    for key, left_out, texts in (("sents", 6, 2), ("mine", 1, 1)):
        call = ["verify", "--captions", str(path), "--joints", str(DEMO / "joints.json"), "--json"]
        assert run(*call, "--key", key) == 0
        told = capsys.readouterr()
        assert len(told.out.splitlines()) == texts
        assert f"left out {left_out} values under {key} that are no texts: " in told.err
        if key == "sents":
            assert f"{path}[0].sents[1] is null, {path}[0].sents[2] is 2.5" in told.err
            assert told.err.rstrip().endswith("and 1 more")
    checked = check_captions(path, joints=DEMO / "joints.json", key="sents")
    assert [value.where.removeprefix(str(path)) for value in checked.dropped] == [
        *(f"[0].sents[{i}]" for i in range(1, 6)),
        "[1].sents",
    ]
