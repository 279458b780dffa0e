"""How well people review: agreement, planted errors and the dashboard."""

from dataclasses import replace

import pytest

from autocompose.errors import ReviewError
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
from autocompose.review.queue.bulk import preview_accept
from autocompose.review.queue.next_items import Selection, Session, next_items
from autocompose.review.queue.second_readings import second_readings
from autocompose.review.store.records import Decision, EventKind, Judgement, Reason, Save
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, PartDescription
from tests import review_fakes as fakes
from tests.review_fakes import mirror, reject


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=fakes.Clock()) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        yield store


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
