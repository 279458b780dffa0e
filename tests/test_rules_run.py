"""A split described by rules keeps its part sentences and provenance, through review and out."""

import json
from dataclasses import replace

import pytest

from autocompose.cli import main
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.side_car import side_car_path
from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.describe.geometric import describe_pair
from autocompose.describe.rules_run import RulesConfig, describe_split
from autocompose.errors import CaptionFileError, DatasetError
from autocompose.review.files.export import Format, export
from autocompose.review.files.imports import import_records
from autocompose.review.store.review_store import Store
from autocompose.schema import View, caption_key, caption_meaning
from tests import review_fakes as fakes
from tests.studio_fakes import write_stick_dataset


@pytest.fixture
def dataset(tmp_path):
    return open_dataset(write_stick_dataset(tmp_path / "sticks", n=4))


@pytest.fixture
def joints(tmp_path):
    return PhotoJoints(tmp_path / "no-models")


def test_a_description_by_rules_is_reviewed_and_exported_with_its_parts(dataset, joints, tmp_path):
    out = tmp_path / "test.json"
    notes = []
    report = describe_split(dataset, "test", out, joints=joints, on_note=notes.append)
    assert (report.pairs, report.discarded, notes) == (3, {}, [])
    found = read_caption_file(out)
    expected = {}
    for pair in dataset.pairs("test"):
        for view in View:
            made = describe_pair(pair, view=view)
            expected[pair.reference.id, caption_key(made.source, view)] = made
    with Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=fakes.Clock()) as store:
        import_records(store, found, dataset=dataset, split="test", by="ada")
        for view in View:
            key = caption_key(made.source, view)
            for number, own in enumerate(fakes.ids_of(store, key)):
                original = store.item(own).original
                assert original.parts
                store.save(fakes.accept(f"{key} {number}", own, 0, replace(original)))
        rows = tmp_path / "rows.jsonl"
        export(store, rows, format=Format.JSONL, only_accepted=True)
    back = {(r.reference, t.key): t for r in read_caption_file(rows) for t in r.texts}
    assert back.keys() == expected.keys()
    for place, made in expected.items():
        assert (back[place].phrasings, back[place].parts) == (made.phrasings, made.parts)
        assert back[place].provenance["provider"] == "geometric"
        assert back[place].provenance["prompt_version"] == made.provenance.prompt_version


def test_the_parts_of_a_mirrored_view_are_on_the_other_side(dataset, joints, tmp_path):
    out = tmp_path / "test.json"
    describe_split(dataset, "test", out, joints=joints)
    checked = 0
    for record in read_caption_file(out):
        texts = {text.key: text for text in record.texts}
        for key, other in (("auto", "auto-mirror"), ("auto-reverse", "auto-mirror-reverse")):
            parts = {part.part for part in texts[key].parts}
            assert {part.part.mirrored for part in texts[other].parts} == parts
            checked += sum(part.side is not None for part in parts)
    assert checked > 0


def test_notes_of_other_texts_are_kept_and_a_second_run_changes_nothing(dataset, joints):
    path = dataset.root / "captions" / "test.json"
    rows = json.loads(path.read_text())
    rows[0]["mllm"] = ["Raise the left arm."]
    write_captions(path, rows)
    line = {
        "reference": rows[0]["reference"], "target": rows[0]["target"], "view": "forward",
        "source": "mllm", "phrasings": rows[0]["mllm"], "model": "m", "calls": [{"raw": "{}"}],
        "parts": [{"part": "left_arm", "text": "Raise it."}],
    }  # fmt: skip
    side_car_path(path).write_text(json.dumps(line) + "\n")
    contents = []
    for _ in range(2):
        describe_split(open_dataset(dataset.root), "test", path, joints=joints)
        contents.append((path.read_bytes(), side_car_path(path).read_bytes()))
    assert contents[0] == contents[1]
    lines = [json.loads(x) for x in side_car_path(path).read_text().splitlines()]
    assert [x for x in lines if x["source"] == "mllm"] == [line]
    assert len(lines) == 1 + 3 * len(View)
    first = read_caption_file(path)[0]
    meanings = {text.key: caption_meaning(text.key) for text in first.texts if text.parts}
    assert meanings.keys() == {"mllm", "auto", "auto-reverse", "auto-mirror", "auto-mirror-reverse"}


@pytest.fixture
def half(dataset):
    """The joints of the last picture are unknown, so the last of the three pairs has no text."""
    document = json.loads((dataset.root / "joints.json").read_text())
    document["images"].pop(dataset.pairs("test")[-1].target.id)
    (dataset.root / "joints.json").write_text(json.dumps(document))
    return open_dataset(dataset.root)


def test_discarded_pairs_are_counted_named_and_in_the_side_car(half, joints, tmp_path):
    notes = []
    out = tmp_path / "out.json"
    report = describe_split(
        half, "test", out, joints=joints,
        config=RulesConfig((View.FORWARD, View.REVERSE)), on_note=notes.append,
    )  # fmt: skip
    assert (report.pairs, report.described, report.rows) == (3, 2, 3)
    assert report.discarded == {"no joints": 1}
    assert report.discarded_views == {"forward: no joints": 1, "reverse: no joints": 1}
    assert len(notes) == 1
    assert notes[0].startswith("discarded pose_02")
    lines = [json.loads(line) for line in side_car_path(out).read_text().splitlines()]
    assert [(x["source"], x["view"], x["discarded"]) for x in lines if "discarded" in x] == [
        ("auto", "forward", "no joints"), ("auto", "reverse", "no joints")
    ]  # fmt: skip
    keys = [{text.key for text in record.texts} for record in read_caption_file(out)]
    # The third pair's own old `auto` text does not pass as a new one.
    assert keys == [{"auto", "sents", "auto-reverse"}] * 2 + [{"sents"}]


def test_in_its_own_file_a_run_keeps_every_row_key_and_note(half, joints):
    path = half.root / "captions" / "test.json"
    rows = json.loads(path.read_text())
    rows[0]["mine"] = {"checked": True}
    rows[2]["mllm"] = ["Raise the left arm."]
    write_captions(path, rows)
    note = {
        "reference": rows[2]["reference"], "target": rows[2]["target"], "view": "forward",
        "source": "mllm", "phrasings": rows[2]["mllm"], "model": "m", "parts": [],
    }  # fmt: skip
    lost = {**note, "view": "mirror", "source": "auto", "discarded": "no joints", "detail": "none"}
    del lost["phrasings"]
    side_car_path(path).write_text(json.dumps(note) + "\n" + json.dumps(lost) + "\n")
    forward = (View.FORWARD,)
    report = describe_split(
        open_dataset(half.root), "test", path, joints=joints, config=RulesConfig(forward, limit=1)
    )
    assert (report.described, report.rows, report.kept) == (1, 3, {})
    found = json.loads(path.read_text())
    assert found[1:] == rows[1:]
    assert {**found[0], "auto": None} == {**rows[0], "auto": None}
    assert found[0]["auto"] != rows[0]["auto"]
    lines = [json.loads(line) for line in side_car_path(path).read_text().splitlines()]
    assert note in lines
    assert lost in lines
    # The rest of the split can be described later; what has no description keeps what it had.
    report = describe_split(
        open_dataset(half.root), "test", path, joints=joints, config=RulesConfig(forward)
    )
    assert (report.described, report.rows, report.kept) == (2, 3, {"auto": 1})
    assert json.loads(path.read_text())[2] == rows[2]


def test_where_nothing_can_be_described_nothing_is_written(dataset, joints, tmp_path):
    (dataset.root / "joints.json").unlink()
    out = tmp_path / "out.json"
    out.write_text((dataset.root / "captions" / "test.json").read_text())
    before = out.read_bytes()
    report = describe_split(open_dataset(dataset.root), "test", out, joints=joints)
    assert (report.described, report.rows, report.discarded) == (0, None, {"no joints": 3})
    assert out.read_bytes() == before
    assert not side_car_path(out).exists()


def test_rows_of_other_pairs_are_not_written_over(dataset, joints, tmp_path):
    out = tmp_path / "out.json"
    describe_split(dataset, "test", out, joints=joints)
    before = out.read_bytes()
    with pytest.raises(DatasetError, match="holds 2 rows that this run would not write"):
        describe_split(dataset, "test", out, joints=joints, config=RulesConfig(limit=1))
    assert out.read_bytes() == before


@pytest.mark.slow
def test_the_command_tells_what_is_missing_and_ends_with_3(half, tmp_path, capsys):
    out = tmp_path / "out.json"
    words = ["describe", "--dataset", str(half.root), "--split", "test", "--out", str(out)]
    with pytest.raises(SystemExit) as left:
        main([*words, "--views", "forward"])
    said = capsys.readouterr().err
    assert left.value.code == 3
    assert "3 rows; 2 of 3 pairs described" in said
    assert "views without a text: forward: no joints 1" in said
    (half.root / "joints.json").unlink()
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 1
    assert "error: no pair was described: no joints 3" in capsys.readouterr().err
    assert len(json.loads(out.read_text())) == 3


def test_a_malformed_side_car_is_found_before_anything_is_written(dataset, joints, tmp_path):
    side_car_path(dataset.root / "captions" / "test.json").write_text("3")
    with pytest.raises(CaptionFileError, match="expected an object"):
        describe_split(dataset, "test", tmp_path / "out.json", joints=joints)
    assert not (tmp_path / "out.json").exists()
    report = describe_split(dataset, "test", None, joints=joints)  # a dry run needs no notes
    assert report.texts["auto"] > 0
