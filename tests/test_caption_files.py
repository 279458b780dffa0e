"""Caption files: every form comes back as it was written, with the same ids, parts and texts."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autocompose.data.captions.caption_files import (
    read_caption_file,
    read_texts_only,
    scan_captions,
    write_captions,
)
from autocompose.data.captions.caption_keys import PREFERRED_KEYS, TEXT_KEYS, preferred_key
from autocompose.data.captions.caption_records import (
    CaptionRecord,
    RecordPlace,
    TextNote,
    record_id,
    text_id,
)
from autocompose.data.captions.kept_notes import EarlierNotes
from autocompose.data.captions.side_car import (
    described_line,
    discarded_line,
    side_car_line,
    side_car_path,
)
from autocompose.data.captions.text_rows import RowPlace, parts_column, place_columns
from autocompose.data.dataset import read_captions
from autocompose.data.row_files import write_dataset_folder, write_json_lines, write_parquet
from autocompose.errors import CaptionFileError, UnknownBodyPartError
from autocompose.schema import (
    CAPTION_MEANINGS,
    BodyPart,
    PartDescription,
    PoseImage,
    PosePair,
    Provenance,
    Source,
    TextStyle,
    TransitionDescription,
    View,
    caption_key,
    caption_meaning,
    caption_view,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TEXTS = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
PARTS = st.dictionaries(st.sampled_from(BodyPart), TEXT, max_size=3).map(
    lambda found: tuple(PartDescription(part, text) for part, text in found.items())
)
MADE_KEYS = [key for key, meaning in CAPTION_MEANINGS.items() if meaning.source is not Source.HUMAN]
DESCRIBED = st.dictionaries(
    st.sampled_from(MADE_KEYS), st.tuples(TEXTS, PARTS), min_size=1, max_size=4
)
# Few names, so that several records are about the same two images.
RECORDS = st.lists(st.tuples(st.sampled_from(["a", "b"]), DESCRIBED), min_size=1, max_size=4)


def pair_of(reference: str, number: int, texts: dict) -> PosePair:
    images = (PoseImage(reference, Path(reference)), PoseImage("t", Path("t")))
    return PosePair(*images, image_set=("t",), texts=texts, number=number)


def description(pair: PosePair, key: str, texts, parts) -> TransitionDescription:
    meaning = caption_meaning(key)
    assert meaning is not None
    made = Provenance("test", model="m", prompt_version="1")
    return TransitionDescription(
        pair.id, meaning.view, meaning.source, parts, texts, made, meaning.style
    )


def pairs_of(records) -> list[PosePair]:
    seen: dict[str, int] = {}
    pairs = []
    for reference, described in records:
        texts = {key: texts for key, (texts, _) in described.items()}
        pairs.append(pair_of(reference, seen.setdefault(reference, 0), texts))
        seen[reference] += 1
    return pairs


def expected(records) -> list[dict[str, tuple]]:
    """For each record: id of the texts -> key, texts and parts."""
    return [
        {
            text_id(pair.reference.id, "t", pair.number, key=key): (key, *found)
            for key, found in described.items()
        }
        for pair, (_, described) in zip(pairs_of(records), records, strict=True)
    ]


def held(records: tuple[CaptionRecord, ...]) -> list[dict[str, tuple]]:
    return [{t.id: (t.key, t.phrasings, t.parts) for t in record.texts} for record in records]


def texts_differ(records) -> bool:
    """Two notes of the same images, key and texts cannot be told apart: the first one counts."""
    all_of_them = [(name, key, f[0]) for name, described in records for key, f in described.items()]
    return len(set(all_of_them)) == len(all_of_them)


def write_side_car(path: Path, records) -> None:
    write_captions(path, pairs_of(records))
    lines = [
        side_car_line(described_line(pair, description(pair, key, *found)))
        for pair, (_, described) in zip(pairs_of(records), records, strict=True)
        for key, found in described.items()
    ]
    side_car_path(path).write_text("".join(lines), encoding="utf-8")


def text_rows(records) -> list[dict]:
    rows = []
    for position, (reference, described) in enumerate(records):
        for key, (texts, parts) in described.items():
            meaning = caption_meaning(key)
            assert meaning is not None
            place = RowPlace(
                "d", "train", position, reference, "t", ("t",), f"{position}{key}", key
            )
            columns = place_columns(place, view=meaning.view, source=meaning.source)
            made = {"model": "m", "provenance": "{}", "parts": parts_column(parts)}
            rows += [{**columns, **made, "index": i, "text": t} for i, t in enumerate(texts)]
    return rows


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(RECORDS)
def test_an_official_file_with_its_side_car_comes_back_with_ids_and_parts(records):
    assume(texts_differ(records))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "train.json"
        write_side_car(path, records)
        read = read_caption_file(path)
        assert held(read) == expected(records)
        again = Path(folder) / "again.json"
        write_captions(again, read)
        assert again.read_bytes() == path.read_bytes()
        assert [[t.id for t in r.texts] for r in read_caption_file(again)] == [
            [t.id for t in r.texts] for r in read
        ]
        pairs = read_captions(path, images=Path(folder))
        assert [pair.number for pair in pairs] == [record.number for record in read]


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(RECORDS)
def test_json_lines_of_texts_come_back_with_ids_and_parts(records):
    assume(texts_differ(records))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        write_json_lines(path, text_rows(records))
        assert held(read_caption_file(path)) == expected(records)


@pytest.mark.parametrize("form", ["jsonl", "parquet", "datasets"])
def test_every_table_form_gives_the_same_records(tmp_path, form):
    left, right = (
        PartDescription(BodyPart(f"{side}_arm"), "Lift it.") for side in ("left", "right")
    )
    records = [
        ("a", {"mllm": (("One.", "Two."), (left,)), "mirror": (("One, mirrored.",), (right,))}),
        ("a", {"mllm": (("Three.",), ())}),
        ("b", {"auto-reverse": (("Four.",), (right,))}),
    ]
    path = tmp_path / f"train.{form}"
    write = {"jsonl": write_json_lines, "parquet": write_parquet, "datasets": write_dataset_folder}
    write[form](path, text_rows(records))
    assert held(read_caption_file(path)) == expected(records)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(TEXTS, PARTS, st.sampled_from(["auto", "mllm"]))
def test_a_record_that_carries_its_parts_comes_back_with_them(texts, parts, key):
    note = TextNote(texts, parts, {"provider": "geometric", "model": "m"})
    written = {key: texts, "sents": ("Sit.",)}
    record = CaptionRecord.described("a", "t", ("t",), texts=written, note=note)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.json"
        write_captions(path, [record])
        (read,) = read_caption_file(path)
    assert read.row == record.row
    made, people = read.texts
    assert (made.key, made.phrasings, made.parts, made.model) == (key, texts, parts, "m")
    assert made.id == text_id("a", "t", 0, key=key)
    assert (people.parts, people.provenance) == ((), {})  # no person's text was made by the rules


def test_a_note_counts_for_exactly_the_texts_it_was_made_for(tmp_path):
    path = tmp_path / "train.json"
    part = (PartDescription(BodyPart.LEFT_ARM, "Lift it."),)
    write_side_car(path, [("a", {"mllm": (("One.",), part)}), ("a", {"mllm": (("Two.",), ())})])
    rows = json.loads(path.read_text())
    write_captions(path, rows[::-1])
    assert [record.texts[0].parts for record in read_caption_file(path)] == [(), part]
    rows[0]["mllm"] = ["Edited."]
    write_captions(path, rows)
    assert [record.texts[0].parts for record in read_caption_file(path)] == [(), ()]


def test_notes_of_texts_that_stay_are_kept_and_those_of_new_texts_are_not(tmp_path):
    path = tmp_path / "train.json"
    left = (PartDescription(BodyPart.LEFT_ARM, "Lift it."),)
    records = [
        ("a", {"mllm": (("One.",), left), "auto": (("Two.",), left)}),
        ("b", {"mllm": (("Three.",), left)}),
    ]
    write_side_car(path, records)
    kept, other = pairs_of(records)
    lost = discarded_line(kept, View.REVERSE, Source.MLLM, reason="timeout", detail="slow")
    mine = discarded_line(kept, View.REVERSE, Source.AUTO, reason="no joints", detail="none")
    old = {name: value for name, value in lost.items() if name != "source"}
    with side_car_path(path).open("a") as file:
        file.writelines(side_car_line(line) for line in (lost, mine, old))
    rewritten = {text_id("a", "t", 0, key="auto")}
    notes = EarlierNotes.read(path)
    decided = {*rewritten, text_id("a", "t", 0, key="auto-reverse")}
    places = [RecordPlace(kept.reference.id, kept.target.id, kept.number)]
    lines = [json.loads(x) for x in notes.lines_to_keep(places, rewritten, decided=decided)]
    assert [line.get("phrasings") for line in lines] == [["One."], None, None]
    assert lines[0]["parts"] == [{"part": "left_arm", "text": "Lift it."}]
    assert lines[1:] == [lost, old]
    assert other.reference.id not in {line["reference"] for line in lines}


def test_a_key_and_its_meaning_are_inverse_to_each_other():
    assert len(CAPTION_MEANINGS) == 13
    for key, meaning in CAPTION_MEANINGS.items():
        assert caption_key(meaning.source, meaning.view, meaning.style) == key
        assert caption_meaning(key) == meaning
        assert caption_view(key) is meaning.view
    assert caption_meaning("new-words") is None
    assert caption_view("new-words") is View.FORWARD
    assert "new-words" in TEXT_KEYS
    with pytest.raises(KeyError):
        caption_key(Source.HUMAN, View.MIRROR)
    with pytest.raises(KeyError):
        caption_key(Source.AUTO, View.FORWARD, TextStyle.SEARCH)


def test_which_texts_are_taken_when_nobody_chose():
    assert preferred_key(["sents", "mllm", "auto"]) == "mllm"
    assert preferred_key({"sents"}) == "sents"
    assert preferred_key(["reverse"]) is None
    assert [caption_view(key) for key in PREFERRED_KEYS] == [View.FORWARD] * 3


def test_ids_do_not_depend_on_the_texts_and_tell_everything_else_apart():
    ids = {text_id(r, "t", n, key=k) for r in "ab" for n in (0, 1) for k in CAPTION_MEANINGS}
    assert len(ids) == 2 * 2 * 13
    assert len({record_id(d, "train", ("a", "t"), number=n) for d in "xy" for n in (0, 1)}) == 4


def test_a_malformed_record_does_not_shift_the_numbers_of_the_others(tmp_path):
    path = tmp_path / "train.json"
    row = {"reference": "a", "target": "t", "mllm": ["One."]}
    path.write_text(json.dumps([row, {**row, "mllm": "One."}, row, 3]))
    scan = scan_captions(path)
    assert {i: record.number for i, record in scan.records.items()} == {0: 0, 2: 2}
    assert sorted(scan.problems) == [1, 3]
    with pytest.raises(CaptionFileError, match=r"\[1\]: mllm is one string"):
        read_captions(path, images=tmp_path)


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("3", CaptionFileError, r"provenance\.jsonl: record 1: expected an object"),
        ('{"phrasings": ["x"]}', CaptionFileError, "needs reference, target, view, source"),
        (
            '{"reference": "a", "target": "t", "view": "sideways", "source": "mllm",'
            ' "phrasings": ["x"]}',
            CaptionFileError,
            "sideways",
        ),
        (
            '{"reference": "a", "target": "t", "view": "forward", "source": "mllm",'
            ' "phrasings": ["x"], "parts": [{"part": "tail", "text": "Wag it."}]}',
            UnknownBodyPartError,
            "tail",
        ),
    ],
)
def test_a_malformed_side_car_is_one_line_that_says_where(tmp_path, line, error, message):
    path = tmp_path / "train.json"
    write_captions(path, [{"reference": "a", "target": "t", "img_set": ["t"], "mllm": ["x"]}])
    side_car_path(path).write_text(line)
    with pytest.raises(error, match=message) as caught:
        read_caption_file(path)
    assert "\n" not in str(caught.value)


def test_one_string_is_a_list_of_one_only_where_that_is_asked_for(tmp_path):
    path = tmp_path / "train.json"
    path.write_text(json.dumps([{"reference": "a", "target": "t", "mllm": "One."}]))
    with pytest.raises(CaptionFileError, match=r'mllm is one string.*\["..."\]'):
        read_caption_file(path)
    (record,) = read_texts_only(path).records
    assert record.phrasings == {"mllm": ("One.",)}
