"""The queue of the review store: order by expected error, and many decisions at once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.row_files import read_json_lines
from autocompose.errors import ConfigError, DatasetError, ReviewError
from autocompose.language.sides.mirror import mirror_text
from autocompose.review.files.derive import joint_writer, preview_regenerate
from autocompose.review.files.export import Format, Split, export, official_rows
from autocompose.review.quality.dashboard import count_store
from autocompose.review.queue.bulk import (
    apply_bulk,
    mirrored,
    preview_accept,
    preview_flip,
    undo_bulk,
)
from autocompose.review.queue.next_items import Selection, Session, find, next_items
from autocompose.review.queue.signals import measure_signals
from autocompose.review.queue.triage import Signals, expected_error, store_signals
from autocompose.review.store.records import ClaimMark, Decision
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, Source
from tests import review_fakes as fakes
from tests.review_fakes import mirror, reject
from tests.studio_fakes import write_stick_dataset

CONTRADICTED = ClaimMark("left_arm", "raised", "contradicted", "left arm 90° -> 20°")
SUPPORTED = ClaimMark("right_knee", "bent", "supported", "right knee 170° -> 90°")


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=fakes.Clock()) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        yield store


def test_expected_error_by_hand():
    told = expected_error(
        Signals((CONTRADICTED, SUPPORTED), disagreement=0.5, target_rank=10, gallery_size=100)
    )
    # 1 - (1 - 0.6)(1 - 0.5 * 0.5)(1 - 0.4 * log 10 / log 100)
    assert told.score == pytest.approx(1 - 0.4 * 0.75 * 0.8)
    assert told.reasons == (
        "1 of 2 claims contradict the joints (left arm)",
        "50 % of the samples disagree",
        "finds its target at rank 10 of 100",
    )
    nothing = expected_error(Signals((SUPPORTED,), target_rank=1, cycle_rank=1, gallery_size=9))
    assert (nothing.score, nothing.reasons) == (0, ("no contradictions found",))


@settings(max_examples=50)
@given(st.integers(0, 5), st.booleans(), st.floats(0, 1), st.integers(1, 50), st.integers(1, 50))
def test_more_against_a_text_never_makes_it_less_suspect(wrong, swapped, share, rank, back):
    signals = Signals((CONTRADICTED,) * wrong + (SUPPORTED,), swapped, share, rank, back, 50)
    told = expected_error(signals)
    assert 0 <= told.score <= 1
    assert expected_error(replace(signals, sides_swapped=True)).score >= told.score
    other = replace(CONTRADICTED, part="head")
    worse = replace(signals, claims=(*signals.claims, other))
    assert expected_error(worse).score >= told.score
    assert expected_error(replace(signals, target_rank=50)).score >= told.score


@pytest.mark.parametrize(
    "signals", [Signals(disagreement=1.5), Signals(target_rank=3, gallery_size=2)]
)
def test_impossible_numbers_are_refused(signals):
    with pytest.raises(ConfigError, match=r"outside"):
        expected_error(signals)


def test_the_suspect_come_first_and_say_why(store):
    ids = fakes.ids_of(store)
    store_signals(store, {ids[2]: Signals((CONTRADICTED, SUPPORTED)), ids[1]: Signals()})
    first = next_items(store, Session("t", "ada"), Selection(), count=1)[0]
    assert first.id == ids[2]
    assert first.reasons == ("1 of 2 claims contradict the joints (left arm)",)
    assert first.claims == (CONTRADICTED, SUPPORTED)
    assert [i.id for i in find(store, Selection(claim_verdict="contradicted")).items] == [ids[2]]
    none = Selection(claim_verdict="contradicted", part=BodyPart.RIGHT_KNEE)
    assert find(store, none).total == 0
    store_signals(store, {ids[2]: Signals((SUPPORTED,))})
    assert find(store, Selection(claim_verdict="contradicted")).total == 0


def test_claims_are_judged_by_the_joints_of_the_view_and_put_the_queue_in_order(tmp_path):
    dataset = open_dataset(write_stick_dataset(tmp_path / "sticks", n=4))
    forward = dataset.pairs("test")[0]  # the subject's left arm goes up by 42 degrees
    path = dataset.root / "captions" / "test.json"
    row = {"reference": forward.reference.id, "target": forward.target.id,
           "img_set": [forward.target.id]}  # fmt: skip
    right = {"mllm": ["Raise the left arm."], "reverse": ["Lower the left arm."],
             "mirror": ["Raise the right arm."]}  # fmt: skip
    wrong = {key: [text.replace("Raise", "X").replace("Lower", "Raise").replace("X", "Lower")]
             for key, (text,) in right.items()}  # fmt: skip
    write_captions(path, [row | right, row | wrong])
    with Store(f"sqlite:///{tmp_path}/review.sqlite3") as store:
        fakes.import_split(store, open_dataset(dataset.root), "test")
        report = measure_signals(store, dataset)
        assert (report.descriptions, report.judged, report.contradicted) == (6, 6, 3)
        found = find(store, Selection()).items
        assert {item.state.judgement.phrasings[0] for item in found[:3]} == {
            text for (text,) in wrong.values()
        }
        assert found[0].reasons[0].startswith("1 of 1 claims contradict the joints (")
        assert find(store, Selection(part=BodyPart.LEFT_ARM)).total == 4
        assert find(store, Selection(contradicted=False)).total == 3
    with (
        Store(f"sqlite:///{tmp_path}/other.sqlite3") as store,
        pytest.raises(DatasetError, match="import captions first"),
    ):
        measure_signals(store, dataset)


def test_samples_that_do_not_say_the_same_count_against_a_text(store):
    dataset = open_dataset(fakes.write_dataset(store_folder(store) / "tiny2").root)
    path = dataset.root / "captions" / "train.json"
    rows = json.loads(path.read_text())
    rows[0]["provenance"]["support"] = [{"part": "left_arm", "share": 0.25}, {"share": 0.75}]
    write_captions(path, rows)
    fakes.import_split(store, open_dataset(dataset.root))
    measure_signals(store, dataset)
    first = find(store, Selection(dataset="tiny2")).items[0]
    assert first.reasons == ("50 % of the samples disagree",)


def store_folder(store):
    return Path(store.database.url.database).parent


def test_accepting_all_without_a_contradiction_is_shown_first_and_can_be_undone(store):
    ids = fakes.ids_of(store)
    store_signals(store, {ids[0]: Signals((CONTRADICTED,))})
    store.save(fakes.accept("mine", ids[1], 0, store.item(ids[1]).original))
    preview = preview_accept(store, Selection())
    assert len(preview.changes) == 10
    assert ids[0] not in {change.description_id for change in preview.changes}
    assert count_store(store).accepted == 1
    # One of them is decided by hand while the preview is on the screen.
    store.save(reject("late", store.item(ids[2]), "bob"))
    done = apply_bulk(store, preview, operation="bulk-1", reviewer="ada")
    assert (len(done.saved), [r.description_id for r in done.refused]) == (9, [ids[2]])
    again = apply_bulk(store, preview, operation="bulk-1", reviewer="ada")
    assert all(saved.replayed for saved in again.saved)
    assert count_store(store).accepted == 10
    store.save(fakes.accept("on top", ids[3], 1, replace(store.item(ids[3]).original, note="!")))
    undone = undo_bulk(store, "bulk-1", operation="undo-1", reviewer="ada")
    assert (len(undone.saved), [r.description_id for r in undone.refused]) == (8, [ids[3]])
    assert count_store(store).accepted == 2
    assert store.verify().sound
    with pytest.raises(ReviewError, match='no bulk action "never"'):
        undo_bulk(store, "never", operation="u", reviewer="ada")


def test_sides_are_exchanged_in_texts_and_parts_or_refused(store):
    ids = fakes.ids_of(store)
    ambiguous = replace(store.item(ids[1]).original, phrasings=("Raise your own left arm.",))
    store.save(fakes.accept("a", ids[1], 0, ambiguous))
    preview = preview_flip(store, ids[:2], mirror)
    (change,) = preview.changes
    assert change.after.phrasings[0] == "Raise the right arm, 0."
    assert [row.part for row in change.after.parts] == [BodyPart.RIGHT_ARM, BodyPart.LEFT_KNEE]
    assert [refused.why for refused in preview.refused] == ['"own" may not be a side']
    assert mirrored(change.after, mirror) == change.before


def test_a_stale_mirror_is_made_anew_from_the_edited_text(store):
    first, mirror_id = fakes.ids_of(store)[0], fakes.ids_of(store, "mirror")[0]
    edited = replace(store.item(first).original, phrasings=("Lift the left hand.",))
    store.save(fakes.accept("a", first, 0, edited))
    reverse = fakes.ids_of(store, "reverse")[0]
    preview = preview_regenerate(store, [mirror_id, reverse], mirror)
    assert [(r.description_id, r.why) for r in preview.refused] == [
        (reverse, "reverse is no mirror image, and there is no writer for it")
    ]
    apply_bulk(store, preview, operation="r", reviewer="ada")
    state = store.state(mirror_id)
    assert state.judgement.phrasings == ("Lift the right hand.",)
    assert (state.judgement.verdict, state.judgement.written) == (Decision.PENDING, None)
    assert [item.id for item in find(store, Selection(stale=True)).items] == [reverse]
    undo_bulk(store, "r", operation="u", reviewer="ada")
    assert store.state(mirror_id).judgement == store.item(mirror_id).original


def test_a_reverse_is_written_anew_from_the_joints_and_never_called_a_models(tmp_path):
    """The mirror of the reverse follows it exactly, in one action; the export says ``auto``."""
    folder = write_stick_dataset(tmp_path / "sticks", n=3)
    rows = [{"reference": "pose_00_p0_front.jpg", "target": "pose_01_p1_front.jpg",
             "img_set": ["pose_01_p1_front.jpg"], "mllm": ["Raise the left arm."],
             "reverse": ["Lower the left arm.", "Drop it."], "mirror-reverse": ["Lower the right."],
             "auto-reverse": ["By the joints."]}]  # fmt: skip
    write_captions(folder / "captions" / "test.json", rows)
    with Store(f"sqlite:///{tmp_path}/s.sqlite3") as store:
        dataset = open_dataset(folder)
        fakes.import_split(store, dataset, "test")
        forward, reverse, back = (
            fakes.ids_of(store, k)[0] for k in ("mllm", "reverse", "mirror-reverse")
        )
        edited = replace(store.item(forward).original, phrasings=("Lift the left arm.",))
        store.save(fakes.accept("a", forward, 0, edited))
        assert {i.id for i in find(store, Selection(stale=True)).items} == {reverse, back}
        write = joint_writer(dataset)
        preview = preview_regenerate(store, [back, forward, reverse], mirror_text, write=write)
        assert [refused.why for refused in preview.refused] == [
            "mllm is not made from another view"
        ]
        apply_bulk(store, preview, operation="r", reviewer="ada")
        made, mirrored_back = (store.state(i).judgement for i in (reverse, back))
        assert made.written is mirrored_back.written is Source.AUTO
        assert mirrored_back.phrasings == tuple(mirror_text(text) for text in made.phrasings)
        assert find(store, Selection(stale=True)).total == 0
        (row,) = official_rows(store, Split("sticks", "test"))
        assert row["auto-reverse"] == ["By the joints.", *made.phrasings]
        assert row["auto-mirror-reverse"] == list(mirrored_back.phrasings)
        assert not {"reverse", "mirror-reverse"} & set(row)
        export(store, tmp_path / "out.jsonl", format=Format.JSONL)
        told = {r["text"]: (r["source"], r["key"]) for r in read_json_lines(tmp_path / "out.jsonl")}
        assert told[made.phrasings[0]] == ("auto", "auto-reverse")
        assert told["Lift the left arm."] == ("mllm", "mllm")
        assert store.verify().sound
        bare = preview_regenerate(
            store, [reverse], mirror_text, write=joint_writer(without_joints(dataset))
        )
        assert "has no joints" in bare.refused[0].why


def without_joints(dataset):
    (dataset.root / "joints.json").unlink()
    return open_dataset(dataset.root)
