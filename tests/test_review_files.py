"""Captions into the review store and out of it: nothing is lost, added or changed on the way."""

import json
from dataclasses import replace

import datasets
import pytest

from autocompose.cli import main
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.hub.hub_datasets import write_hub
from autocompose.data.row_files import read_json_lines, read_parquet
from autocompose.errors import CaptionFileError, MissingImageError, ReviewError, UnsafePathError
from autocompose.review.files.export import Format, export
from autocompose.review.files.imports import import_records, meaning_in_review
from autocompose.review.files.training_texts import with_accepted_texts
from autocompose.review.store.records import Decision, Reason, Save
from autocompose.review.store.review_store import Store
from autocompose.schema import Source, View
from tests import review_fakes as fakes

HARD_TEXTS = (
    "<script>alert('a')</script> & \"quotes\" \\ back",
    "\u202eright-to-left override\u202c \u200f نص عربي",
    "👩🏽‍🦽 leans \U0001f9d8\u200d♀️",
    "line\u2028separator\u2029and\tcontrol \x01 \x00 \x7f",
    "e\u0301 is not é",
    "long " * 2000,
)


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=fakes.Clock()) as store:
        yield store


@pytest.fixture
def tiny(tmp_path):
    return fakes.write_dataset(tmp_path / "tiny")


def test_what_was_imported_is_exported_byte_for_byte(store, tiny, tmp_path):
    path = tiny.root / "captions" / "train.json"
    report = fakes.import_split(store, tiny)
    assert (report.records, report.descriptions, report.texts) == (4, 12, 16)
    written = export(store, tmp_path / "out", format=Format.OFFICIAL)
    assert (written.descriptions, written.texts) == (12, 16)
    assert written.paths[0].read_bytes() == path.read_bytes()
    again = fakes.import_split(store, tiny)
    assert (again.added, again.known) == (0, 12)
    assert store.verify().events == 1


def test_keys_that_are_nobodys_and_records_of_the_same_two_pictures_survive(store, tiny, tmp_path):
    path = tiny.root / "captions" / "train.json"
    row = json.loads(path.read_text())[0]
    rows = [row, {**row, "mllm": ["Another."], "theirs": {"x": [1, None]}, "empty": None}, row]
    rows.append({**row, "mirror": []})
    write_captions(path, rows)
    fakes.import_split(store, open_dataset(tiny.root))
    (out,) = export(store, tmp_path / "o.json", format=Format.OFFICIAL).paths
    assert json.loads(out.read_text()) == rows


@pytest.mark.parametrize("format", list(Format))
def test_hard_texts_survive_import_review_and_export_unchanged(store, tiny, tmp_path, format):
    path = tiny.root / "captions" / "train.json"
    rows = json.loads(path.read_text())[:1]
    rows[0]["mllm"] = list(HARD_TEXTS)
    write_captions(path, rows)
    fakes.import_split(store, open_dataset(tiny.root))
    (first,) = fakes.ids_of(store)
    edited = tuple(text + " !" for text in HARD_TEXTS)
    judgement = replace(store.item(first).original, phrasings=edited, note=HARD_TEXTS[3])
    store.save(fakes.accept("op", first, 0, judgement))
    assert store.state(first).judgement.phrasings == edited
    out = tmp_path / f"out.{'json' if format is Format.OFFICIAL else format.value}"
    export(store, out, format=format, only_accepted=True)
    if format is Format.OFFICIAL:
        (tiny.root / "captions" / "back.json").write_bytes(out.read_bytes())
        (pair,) = open_dataset(tiny.root).pairs("back")
        assert pair.texts["mllm"] == edited
        return
    back = read_caption_file(out)
    assert [text.phrasings for text in back[0].texts] == [edited]


@pytest.mark.parametrize("format", [Format.JSONL, Format.PARQUET, Format.DATASETS])
def test_rows_say_who_made_and_who_judged_each_text(store, tiny, tmp_path, format):
    fakes.import_split(store, tiny)
    first, second, *_ = fakes.ids_of(store)
    one = replace(store.item(first).original, phrasings=("New.", "Lift your left arm, 0."))
    store.save(fakes.accept("a", first, 0, replace(one, flagged=True)))
    no = replace(store.item(second).original, verdict=Decision.REJECTED, note="bad",
                 reasons=(Reason.WRONG_SIDE,))  # fmt: skip
    store.save(Save("b", second, 0, no, "bob"))
    out = tmp_path / f"rows.{format.value}"
    report = export(store, out, format=format)
    assert (report.descriptions, report.texts) == (12, 16)
    rows = {
        Format.JSONL: read_json_lines,
        Format.PARQUET: read_parquet,
        Format.DATASETS: lambda path: datasets.load_from_disk(str(path)).to_list(),
    }[format](out)
    assert len(rows) == 16
    mine = [row for row in rows if row["description"] == first]
    assert [(r["index"], r["text"], r["original"], r["edited"]) for r in mine] == [
        (0, "New.", "Raise the left arm, 0.", True),
        (1, "Lift your left arm, 0.", "Lift your left arm, 0.", False),
    ]
    assert mine[0]["verdict"] == "accepted"
    assert (mine[0]["reviewer"], mine[0]["revision"], mine[0]["flagged"]) == ("ada", 1, True)
    assert json.loads(mine[0]["provenance"]) == {"model": "large", "provider": "openai"}
    assert json.loads(mine[0]["parts"])["left_arm"] == "Raise the left arm."
    rejected = next(row for row in rows if row["description"] == second)
    assert (rejected["verdict"], rejected["reasons"], rejected["note"]) == (
        "rejected", "wrong side", "bad",
    )  # fmt: skip


@pytest.mark.parametrize("format", [Format.JSONL, Format.PARQUET, Format.DATASETS])
def test_rows_that_come_back_say_who_made_and_who_edited_their_texts(store, tiny, tmp_path, format):
    fakes.import_split(store, tiny)
    first = fakes.ids_of(store)[0]
    edited = replace(store.item(first).original, phrasings=("New.", "Lift your left arm, 0."))
    store.save(fakes.accept("a", first, 0, edited))
    out = tmp_path / f"rows.{format.value}"
    export(store, out, format=format)
    back = read_caption_file(out)
    # The same texts are known to the store they came from; the edited one is another original.
    with Store(f"sqlite:///{tmp_path}/other.sqlite3") as other:
        report = import_records(other, back, dataset=tiny, split="train", by="ada")
        assert (report.records, report.descriptions, report.texts) == (4, 12, 16)
        for mine, theirs in zip(fakes.ids_of(store), fakes.ids_of(other), strict=True):
            item, original = other.item(theirs), store.item(mine).original
            assert item.model == store.item(mine).model
            assert item.original.parts == original.parts
            if mine == first:
                assert item.original.phrasings == edited.phrasings
                assert item.provenance["edited_by"] == "ada"
            else:
                assert (mine, item.original) == (theirs, original)
        export(other, tmp_path / "again.json", format=Format.OFFICIAL)
        rows = json.loads((tmp_path / "again.json").read_text())
    export(store, tmp_path / "direct.json", format=Format.OFFICIAL)
    direct = json.loads((tmp_path / "direct.json").read_text())
    texts = ("reference", "target", "img_set", "mllm", "reverse", "mirror")
    assert rows == [{key: row[key] for key in row if key in texts} for row in direct]


def test_provenance_that_is_no_json_is_named(tiny, tmp_path):
    row = {"reference": "pose0.png", "target": "pose1.png", "key": "mllm", "text": "Sit."}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**row, "provenance": "who knows"}))
    with pytest.raises(CaptionFileError, match=r"\[0\]: provenance and parts must be"):
        read_caption_file(path)
    path.write_text(json.dumps(row))
    assert read_caption_file(path)[0].texts[0].phrasings == ("Sit.",)


@pytest.mark.parametrize("form", ["parquet", "datasets"])
def test_a_hugging_face_table_of_records_is_imported_as_it_is(store, tiny, tmp_path, form):
    path = tiny.root / "captions" / "train.json"
    rows = [{k: v for k, v in row.items() if k not in ("parts", "provenance")}
            for row in json.loads(path.read_text())]  # fmt: skip
    del rows[1]["mirror"]
    rows[2]["reverse"] = []
    write_captions(path, rows)
    folder = write_hub(open_dataset(tiny.root), tmp_path / "hub", form=form)
    table = folder / "pairs" / ("train.parquet" if form == "parquet" else "train")
    found = read_caption_file(table)
    import_records(store, found, dataset=tiny, split="train", by="ada")
    (out,) = export(store, tmp_path / "o.json", format=Format.OFFICIAL).paths
    assert json.loads(out.read_text()) == rows


def test_only_accepted_leaves_out_the_rest_and_what_is_in_conflict(store, tiny, tmp_path):
    fakes.import_split(store, tiny)
    first, second, third, _ = fakes.ids_of(store)
    for i, description in enumerate((first, second)):
        store.save(fakes.accept(f"a{i}", description, 0, store.item(description).original))
    rejected = replace(store.item(third).original, verdict=Decision.REJECTED)
    store.save(Save("c", third, 0, rejected, "ada"))
    other = replace(store.item(second).original, verdict=Decision.REJECTED)
    assert store.save(Save("d", second, 0, other, "bob")).state.conflicts
    (out,) = export(store, tmp_path / "o.json", format=Format.OFFICIAL, only_accepted=True).paths
    (row,) = json.loads(out.read_text())
    assert row["reference"] == "pose0.png"
    assert "reverse" not in row
    assert row["mllm"] == ["Raise the left arm, 0.", "Lift your left arm, 0."]


def test_other_texts_under_a_key_need_a_word_and_never_erase_the_old(store, tiny):
    fakes.import_split(store, tiny)
    old = fakes.ids_of(store)[0]
    path = tiny.root / "captions" / "train.json"
    rows = json.loads(path.read_text())
    rows[0]["mllm"] = ["Something else."]
    write_captions(path, rows)
    found = read_caption_file(path)
    with pytest.raises(ReviewError, match=r'other texts under "mllm" .*--replace'):
        import_records(store, found, dataset=tiny, split="train", by="ada")
    report = import_records(store, found, dataset=tiny, split="train", by="ada", replace=True)
    assert (report.added, report.known, report.superseded) == (1, 11, 1)
    assert fakes.ids_of(store)[0] != old
    assert store.item(old).original.phrasings[0] == "Raise the left arm, 0."
    rows[0]["mllm"] = ["Raise the left arm, 0.", "Lift your left arm, 0."]
    write_captions(path, rows)
    found = read_caption_file(path)
    import_records(store, found, dataset=tiny, split="train", by="ada", replace=True)
    assert fakes.ids_of(store)[0] == old
    assert store.verify().sound


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"reference": 3}, CaptionFileError, r"\[1\]: reference must be a file name"),
        ({"target": "none.png"}, MissingImageError, "none.png"),
        ({"mllm": [3]}, CaptionFileError, "mllm must be a list of strings"),
        ({"mllm": "Sit."}, CaptionFileError, "mllm must be a list of strings"),
        ({"mllm": ["\ud83d"]}, CaptionFileError, "half of a surrogate pair"),
        ({"parts": [3]}, CaptionFileError, "parts must be a list"),
        ({"img_set": None}, CaptionFileError, "img_set must be a list of strings"),
        ({"img_set": []}, CaptionFileError, "img_set is an empty list"),
        ({"img_set": ["pose0.png"]}, CaptionFileError, "img_set does not contain the target"),
        ({"img_set": ["pose2.png", "../x.png"]}, UnsafePathError, "points outside"),
    ],
)
def test_a_malformed_record_is_named_and_nothing_is_imported(store, tiny, change, error, message):
    path = tiny.root / "captions" / "train.json"
    rows = json.loads(path.read_text())
    rows[1] |= change
    path.write_text(json.dumps(rows))
    with pytest.raises(error, match=message):
        fakes.import_split(store, tiny)
    assert store.verify().events == 0


def test_what_the_describer_noted_beside_a_file_comes_along(store, tiny):
    path = tiny.root / "captions" / "train.json"
    notes = {
        "reference": "pose0.png", "target": "pose1.png", "view": "reverse", "source": "mllm",
        "parts": [{"part": "left_arm", "text": "Lower it."}], "model": "gpt",
        "phrasings": ["Lower the left arm, 0."], "calls": [{"raw": "{}"}],
    }  # fmt: skip
    stale = {**notes, "target": "pose2.png", "reference": "pose1.png", "phrasings": ["Old."]}
    lines = [json.dumps(line) for line in (notes, stale, {**notes, "phrasings": ["x"]} | {
        "view": "mirror-reverse"}, {"discarded": "timeout"})]  # fmt: skip
    path.with_name("train.provenance.jsonl").write_text("\n".join(lines))
    fakes.import_split(store, tiny)
    first, second, *_ = (store.item(i) for i in fakes.ids_of(store, "reverse"))
    assert (first.model, first.original.parts[0].text) == ("gpt", "Lower it.")
    assert first.provenance["calls"] == [{"raw": "{}"}]
    assert (second.model, second.original.parts, second.provenance) == ("", (), {})


def test_sentences_of_rendered_pictures_are_not_called_human():
    def meaning(key, rendered):
        found = meaning_in_review(key, rendered=rendered)
        return found.view, found.source

    assert meaning("sents", rendered=False) == (View.FORWARD, Source.HUMAN)
    assert meaning("sents", rendered=True) == (View.FORWARD, Source.AUTO)
    assert meaning("mirror-reverse", rendered=True) == (View.MIRROR_REVERSE, Source.MLLM)
    assert meaning("new-words", rendered=False) == (View.FORWARD, Source.AUTO)


def test_training_reads_what_was_accepted_and_nothing_else(store, tiny):
    with pytest.raises(ReviewError, match='no text of "tiny" train is accepted'):
        with_accepted_texts(tiny, store)
    fakes.import_split(store, tiny)
    first = fakes.ids_of(store)[0]
    store.save(
        fakes.accept("a", first, 0, replace(store.item(first).original, phrasings=("Mine.",)))
    )
    reviewed = with_accepted_texts(tiny, store)
    (pair,) = reviewed.pairs("train")
    assert pair.texts == {"mllm": ("Mine.",)}
    assert len(tiny.pairs("train")) == 4


def test_accepted_texts_find_their_own_record_among_those_of_the_same_pictures(store, tiny):
    path = tiny.root / "captions" / "train.json"
    row = {key: json.loads(path.read_text())[0][key] for key in ("reference", "target", "img_set")}
    rows = [{**row, "mllm": ["First."]}, {**row, "mllm": ["Second."]}]
    write_captions(path, rows)
    fakes.import_split(store, open_dataset(tiny.root))
    for number, description in enumerate(fakes.ids_of(store)):
        original = store.item(description).original
        store.save(fakes.accept(f"op{number}", description, 0, original))
    # The first record breaks after its import: the second one keeps its own text.
    write_captions(path, [{**rows[0], "img_set": []}, rows[1]])
    (pair,) = with_accepted_texts(open_dataset(tiny.root), store).pairs("train", strict=False)
    assert pair.texts == {"mllm": ("Second.",)}


def run(*args):
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def test_the_command_imports_counts_exports_and_checks(tiny, tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/new/folder/store.sqlite3"
    captions = tiny.root / "captions" / "train.json"
    assert run("review", "stats", "--store", url) == 1
    assert "autocompose review import" in capsys.readouterr().err
    assert run("review", "import", captions, "--dataset", tiny.root, "--store", url) == 0
    said = capsys.readouterr().err
    for line in ("check records: 4/4", "import records: 4/4", "write the store: 5/5"):
        assert line in said
    with Store(url) as store:
        first, second, *_ = fakes.ids_of(store)
        edited = replace(store.item(first).original, phrasings=("Mine.",), flagged=True)
        store.save(fakes.accept("a", first, 0, edited))
        rejected = replace(store.item(second).original, verdict=Decision.REJECTED)
        store.save(Save("b", second, 0, rejected, "bob"))
    capsys.readouterr()
    assert run("review", "stats", "--json", "--store", url) == 0
    assert json.loads(capsys.readouterr().out) == {
        "descriptions": 12, "reviewed": 2, "accepted": 1, "edited": 1, "rejected": 1,
        "flagged": 1, "reviewers": 2,
    }  # fmt: skip
    out = tmp_path / "accepted.json"
    args = ["review", "export", "--format", "official", "--out", out, "--store", url]
    assert run(*args, "--only", "accepted") == 0
    assert [row["mllm"] for row in json.loads(out.read_text())] == [["Mine."]]
    assert "1 descriptions, 1 texts" in capsys.readouterr().err
    assert run(*args, "--only", "rejected") == 1
    assert run("review", "verify", "--store", url) == 0
    assert "3 events, no problems" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["import", "export", "triage", "stats", "verify", "user"])
def test_help_ends_in_an_example(command, capsys):
    assert run("review", command, "--help") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Example: autocompose review {command}" in shown


def test_train_reads_the_store_when_it_is_told_to(tiny, tmp_path, monkeypatch, capsys):
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    args = ["train", "--dataset", tiny.root, "--out", tmp_path / "c", "--store", url]
    assert run(*args, "--reviewed", "all") == 1
    assert "use accepted" in capsys.readouterr().err
    with Store(url) as store:
        fakes.import_split(store, tiny)
        for i, description in enumerate(fakes.ids_of(store)[:2]):
            store.save(fakes.accept(f"{i}", description, 0, store.item(description).original))
    seen = []
    monkeypatch.setattr(
        "autocompose.training.run.train",
        lambda dataset, out, **_: seen.append(dataset.pairs("train")),
    )
    assert run(*args, "--reviewed", "accepted") == 0
    assert [pair.texts.keys() for pair in seen[0]] == [{"mllm"}, {"mllm"}]
