"""Order by expected error, bulk actions, agreement, planted errors and the dashboard."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.row_files import read_json_lines
from autocompose.errors import ConfigError, DatasetError, ReviewError, TextError
from autocompose.language.sides.mirror import mirror_text
from autocompose.review.files.derive import joint_writer, preview_regenerate
from autocompose.review.files.export import Format, Split, export, official_rows
from autocompose.review.quality.agreement import Rating, agreement, measure_agreement, part_ratings
from autocompose.review.quality.dashboard import Count, count_store, measure_dashboard
from autocompose.review.quality.planted import (
    PlantKind,
    ReviewerQuality,
    is_fast,
    measure_reviewers,
    plant,
    plant_some,
)
from autocompose.review.queue.bulk import (
    apply_bulk,
    mirrored,
    preview_accept,
    preview_flip,
    undo_bulk,
)
from autocompose.review.queue.next_items import (
    Selection,
    Session,
    find,
    next_items,
)
from autocompose.review.queue.second_readings import second_readings
from autocompose.review.queue.signals import measure_signals
from autocompose.review.queue.triage import Signals, expected_error, store_signals
from autocompose.review.store.records import (
    ClaimMark,
    Decision,
    EventKind,
    Judgement,
    Reason,
    Save,
)
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, PartDescription, Source
from tests import review_fakes as fakes
from tests.studio_fakes import write_stick_dataset

CONTRADICTED = ClaimMark("left_arm", "raised", "contradicted", "left arm 90° -> 20°")
SUPPORTED = ClaimMark("right_knee", "bent", "supported", "right knee 170° -> 90°")


def mirror(text):
    """Exchange the two words; refuse a text that says "own"."""
    if "own" in text:
        raise TextError('"own" may not be a side')
    swap = {"left": "right", "right": "left"}
    return " ".join(swap.get(word, word) for word in text.split(" "))


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=fakes.Clock()) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        yield store


def reject(operation, item, reviewer, **fields):
    judgement = replace(item.original, verdict=Decision.REJECTED, **fields)
    return Save(operation, item.id, 0, judgement, reviewer, active_ms=9000)


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


def test_plants_are_picked_from_accepted_texts_that_can_be_made_wrong(store):
    ids = fakes.ids_of(store)
    without_side = replace(store.item(ids[1]).original, phrasings=("Stand up.",), parts=())
    unclear = replace(store.item(ids[2]).original, phrasings=("Raise your own left arm.",))
    for i, judgement in ((0, store.item(ids[0]).original), (1, without_side), (2, unclear)):
        store.save(fakes.accept(f"a{i}", ids[i], 0, judgement))
    asked = {"count": 5, "by": "ada", "mirror": mirror}
    (made,) = plant_some(store, Selection(), PlantKind.SIDES, **asked)
    assert store.item(made).original.phrasings[0] == "Raise the right arm, 0."
    assert plant_some(store, Selection(), PlantKind.SIDES, **asked) == ()  # it is there already
    assert len(plant_some(store, Selection(), PlantKind.GOLD, **asked)) == 3
    assert plant_some(store, Selection(split="val"), PlantKind.GOLD, **asked) == ()


def test_a_decision_that_was_taken_back_counts_nowhere(store):
    first = fakes.ids_of(store)[0]
    item = store.item(first)
    store.save(reject("r1", item, "ada", wrong_parts=(BodyPart.LEFT_ARM,)))
    taken_back = Save("r2", first, 1, item.original, "ada", active_ms=10)
    store.save(taken_back)
    store.save(Save("o", first, 2, replace(item.original, verdict=Decision.ACCEPTED), "bob"))
    page = measure_dashboard(store)
    assert (page.errors, page.agreement.verdict.units) == ((), 0)
    assert [one.reviewer for one in page.reviewers] == ["bob"]


def test_krippendorffs_alpha_by_hand():
    # Four units, two reviewers: AA AA BB AB. Of the 8 values 5 are A and 3 are B; one unit
    # disagrees: observed 2/8, expected 2*5*3/(8*7): alpha = 1 - (1/4) / (15/28) = 8/15.
    values = ["AA", "AA", "BB", "AB"]
    ratings = [
        Rating(str(i), who, value)
        for i, pair in enumerate(values)
        for who, value in zip(("ada", "bob"), pair, strict=True)
    ]
    found = agreement([*ratings, Rating("alone", "ada", "A")])
    assert found.alpha == pytest.approx(8 / 15)
    assert (found.units, found.ratings) == (4, 8)
    assert agreement(ratings[:4]).alpha is None  # all say A: nothing to measure against
    assert agreement([]).alpha is None
    # A reviewer's last word counts.
    assert agreement([Rating("3", "bob", "B"), *ratings[:-1], Rating("3", "bob", "A")]).alpha == 1


def test_what_a_reviewers_edit_says_of_each_part():
    arm, knee = BodyPart.LEFT_ARM, BodyPart.RIGHT_KNEE
    original = Judgement(("p",), (PartDescription(arm, "a"), PartDescription(knee, "k")))
    edited = Judgement(
        ("p",), (PartDescription(arm, "b"), PartDescription(BodyPart.HEAD, "h")),
        wrong_parts=(BodyPart.HIPS,),
    )  # fmt: skip
    assert part_ratings(original, edited, [BodyPart.HIPS, BodyPart.TORSO]) == {
        arm: "wrong", knee: "wrong", BodyPart.HIPS: "wrong", BodyPart.TORSO: "right",
        BodyPart.HEAD: "missing",
    }  # fmt: skip


def test_agreement_in_the_store_counts_second_readings(store):
    ids = fakes.ids_of(store)
    for i, description in enumerate(ids):
        store.save(fakes.accept(f"a{i}", description, 0, store.item(description).original))
    for i, item in enumerate(second_readings(store, Session("t", "bob"), share=1.0)):
        opinion = replace(item.original, verdict=Decision.ACCEPTED)
        if i == 0:
            wrong = (BodyPart.LEFT_ARM,)
            opinion = replace(opinion, verdict=Decision.REJECTED, wrong_parts=wrong)
        store.save(Save(f"b{i}", item.id, 1, opinion, "bob", kind=EventKind.OPINION))
    report = measure_agreement(store)
    # Values A*7, R*1 over four units, one of which disagrees: observed 2/8, expected 2*7/56.
    assert report.verdict.alpha == pytest.approx(0.0)
    assert report.verdict.units == 4
    assert {part: found.units for part, found in report.by_part} == {
        "left_arm": 4, "right_knee": 4,
    }  # fmt: skip
    assert dict(report.by_part)["right_knee"].alpha is None
    assert report.claims.ratings == 16


def test_planted_errors_measure_reviewers_and_are_in_no_count_and_no_bulk(store):
    ids = fakes.ids_of(store)
    with pytest.raises(ReviewError, match="is not accepted"):
        plant(store, ids[:1], PlantKind.GOLD, by="root")
    for i, description in enumerate(ids):
        store.save(fakes.accept(f"a{i}", description, 0, store.item(description).original))
    (gold,) = plant(store, ids[:1], PlantKind.GOLD, by="root")
    (sides,) = plant(store, ids[1:2], PlantKind.SIDES, by="root", mirror=mirror)
    (images,) = plant(store, ids[2:3], PlantKind.IMAGES, by="root")
    assert plant(store, ids[2:3], PlantKind.IMAGES, by="root") == (images,)
    assert count_store(store).descriptions == 12
    assert store.item(images).exchanged
    assert store.item(sides).original.phrasings[0] == "Raise the right arm, 1."
    waiting = {item.id for item in next_items(store, Session("t", "bob"), Selection(), count=50)}
    assert {gold, sides, images} <= waiting
    before = {change.description_id for change in preview_accept(store, Selection()).changes}
    assert not before & {gold, sides, images}
    store.save(fakes.accept("g", gold, 0, store.item(gold).original, reviewer="bob"))
    corrected = replace(store.item(sides).original, phrasings=("Raise the left arm, 1.",))
    store.save(fakes.accept("s", sides, 0, corrected, reviewer="bob"))
    store.save(fakes.accept("i", images, 0, store.item(images).original, reviewer="bob",
                            active_ms=100))  # fmt: skip
    quality = {found.reviewer: found for found in measure_reviewers(store)}
    bob = quality["bob"]
    assert (bob.gold_right, bob.gold, bob.caught, bob.errors, bob.fast) == (1, 1, 1, 2, 1)
    assert bob.seconds_per_item == 9.0
    assert quality["ada"].errors == 0
    assert store.verify().sound


def test_warnings_are_for_haste_and_for_errors_passed():
    assert is_fast(80, 9_999)
    assert not is_fast(80, 10_001)
    good = ReviewerQuality("a", 100, 9.0, 3, 5, 4, 2, 2)
    assert good.warning == ""
    assert "too fast to have been read" in replace(good, fast=30).warning
    assert "caught 1 of 5" in replace(good, caught=1).warning


def test_the_dashboard_counts_what_was_decided(store):
    first, second, *_ = (store.item(i) for i in fakes.ids_of(store))
    store.save(
        reject("a", first, "ada", reasons=(Reason.WRONG_SIDE,), wrong_parts=(BodyPart.LEFT_ARM,))
    )
    store.save(fakes.accept("b", second.id, 0, second.original, reviewer="bob"))
    found = measure_dashboard(store)
    assert Count(("tiny", "train", "pending"), 10) in found.progress
    assert found.errors == (Count(("left arm", "forward", "large"), 1),)
    assert found.reasons == (Count(("wrong side", "forward", "large"), 1),)
    assert found.throughput == (
        Count(("2026-11-21", "ada"), 1), Count(("2026-11-21", "bob"), 1),
    )  # fmt: skip
    assert [who.reviewer for who in found.reviewers] == ["ada", "bob"]


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
